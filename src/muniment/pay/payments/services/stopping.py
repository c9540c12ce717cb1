"""Let money wait for what is on file about its payees, and let it go on when that has ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.services.causes import CauseReport, hold_for_causes
from muniment.pay.distributions.services.recoveries import pass_debts
from muniment.pay.payments.queries.policies import DEFAULT_POLICY, daily_review_policy
from muniment.pay.payments.queries.records import records_of
from muniment.pay.payments.queries.stops import find_stops
from muniment.pay.payments.rules.facts import stop_on
from muniment.pay.payments.rules.orders import STOP_REASONS
from muniment.pay.payments.services.proposals import pass_advances
from muniment.rights.parties.queries import names_of
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.ledger.queries import currencies_booked

REVIEWED_TAG = "holds.reviewed"


@dataclass(frozen=True, slots=True)
class ReviewedCurrency:
    """What a review came to in one currency."""

    currency: str
    report: CauseReport


@dataclass(frozen=True, slots=True)
class DailyReview:
    """What the review of a day came to, by currency, and the policy that asked for it."""

    policy: str
    at: datetime
    by: str
    currencies: tuple[ReviewedCurrency, ...]


class PayeeStopped(UserError):
    """Nothing may be paid to a payee of a batch."""


@transaction.atomic
def review_payees(
    *, actor: Actor, at: datetime, currency: str, on: date | None = None, policy: str = DEFAULT_POLICY
) -> CauseReport:
    """Move what payees have coming onto holds for the causes on file, and back where a cause has ended.

    What a payee who died owes follows the money to the heirs: what was once paid too much by their shares, an advance
    as one that is recouped from all of them. Causes are a sanction, a death whose heirs are not known to the whole,
    and a missing residence document where the payment policy asks for one. Asked twice, the second time moves nothing.

    Args:
        on: the day that the documents have to hold on; that of `at` where left out.

    Raises:
        NotAllowed: the actor may not post.
        BadPaymentPolicy: there is no such policy.
    """
    require(actor, Action.DISTRIBUTION_POST)
    stops = find_stops(currency, on=on or at.date(), at=at, policy=policy)
    found = hold_for_causes(actor=actor, at=at, currency=currency, causes=stops.causes, heirs=stops.heirs)
    passed_micro = pass_debts(actor=actor, at=at, currency=currency, heirs=stops.heirs)
    passed_micro += pass_advances(actor=actor, at=at, currency=currency, heirs=stops.heirs)
    return replace(found, passed_micro=passed_micro)


@transaction.atomic
def review_daily(*, actor: Actor, at: datetime) -> DailyReview | None:
    """Review payees in every currency of the books, as the policy says that has it done every day; None without one.

    What it came to is told in the audit trail too. Asked twice, the second time moves nothing.

    Raises:
        NotAllowed: the actor may not post.
        BadPaymentPolicy: two policies say so, or a file is no policy.
    """
    require(actor, Action.DISTRIBUTION_POST)
    policy = daily_review_policy()
    if policy is None:
        return None
    found = tuple(
        ReviewedCurrency(currency, review_payees(actor=actor, at=at, currency=currency, policy=policy.name))
        for currency in currencies_booked()
    )
    record_event(
        actor=actor,
        at=at,
        tag=REVIEWED_TAG,
        subject_kind="payment policy",
        subject_id=policy.name,
        after={
            row.currency: {
                "held_micro": row.report.held_micro,
                "held_count": row.report.held_count,
                "released_micro": row.report.release.amount_micro if row.report.release else 0,
                "passed_micro": row.report.passed_micro,
            }
            for row in found
        },
    )
    return DailyReview(policy.name, at, actor.name, found)


def refuse_stopped_payees(party_ids: Sequence[int], on: date, at: datetime) -> None:
    """Let these payees be paid.

    Raises:
        PayeeStopped: a document that became known since the draft forbids it.
    """
    for party_id, record in sorted(records_of(party_ids).items()):
        stop = stop_on(record.documents, on, at)
        if stop is not None:
            name = names_of([party_id]).get(party_id, f"party {party_id}")
            raise PayeeStopped(
                f"{name} cannot be paid: {STOP_REASONS[stop.kind]} ({stop.number}).",
                "Cancel this draft and draft the payments again.",
            )
