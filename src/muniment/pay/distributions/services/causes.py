"""Let the money of payees wait for what is on file about them, and let it go on when that has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.digests import Plain, digest_value
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.queries.holds import ReleaseRow, payee_of_account
from muniment.pay.distributions.rules import Hold
from muniment.pay.distributions.rules.causes import PAYEE_CAUSES, PAYEE_REASONS
from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.pay.distributions.services.holds import book_release
from muniment.pay.distributions.services.posting import payee_scope
from muniment.pay.distributions.services.stops import stopped_accounts
from muniment.rights.parties.queries import bank_accounts_approved
from muniment.trust.access.rules import Action, Actor, instant_text, require
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, held, payable
from muniment.trust.ledger.services import post_entry


@dataclass(frozen=True, slots=True)
class CauseReport:
    """What a review of payees came to: what began to wait, and what stopped, in micro-units of the currency.

    `passed_micro` is what payees who died owed and their heirs owe now.
    """

    held_micro: int
    held_count: int
    release: ReleaseRow | None
    passed_micro: int = 0


@transaction.atomic
def hold_for_causes(
    *,
    actor: Actor,
    at: datetime,
    currency: str,
    causes: Mapping[int, HoldReason],
    heirs: Mapping[int, Mapping[int, int]],
) -> CauseReport:
    """Let everything that payees have coming wait for a cause, and let go on what waits for none any more.

    Money of a payee whose cause ended is payable again, or waits for a bank account; that of a payee with heirs goes
    to them in proportion to their shares, each by their own standing. Accounts with a legal hold are left alone.

    Args:
        causes: why nothing may be paid to a payee now, one of PAYEE_CAUSES; who is not named has no cause.
        heirs: to whom everything of a payee passes, with the shares in ppm, which sum to the whole.

    Raises:
        NotAllowed: see there.
    """
    require(actor, Action.DISTRIBUTION_POST)
    lock_heads()
    stopped = stopped_accounts(currency)
    there = _of_payees(currency)
    parties = sorted({heir for shares in heirs.values() for heir in shares} | {party_id for party_id, _ in there})
    with_bank = bank_accounts_approved(parties)

    def goal_of(party_id: int) -> str:
        if party_id in causes:
            return held(causes[party_id].value, payee_scope(party_id))
        return payable(party_id) if party_id in with_bank else held(Hold.NO_PAYEE.value, payee_scope(party_id))

    raised: list[TransferDraft] = []
    released: list[TransferDraft] = []
    for (party_id, account), amount_micro in sorted(there.items()):
        waits_for_cause = account.split("/")[1] in PAYEE_CAUSES
        if account in stopped or not (party_id in causes or party_id in heirs or waits_for_cause):
            continue
        shares = heirs.get(party_id) or {party_id: PPM}
        parts = split_exactly(amount_micro, list(shares.values()), list(shares))
        moves = [TransferDraft(account, goal_of(to), part) for to, part in zip(shares, parts, strict=True) if part]
        moves = [move for move in moves if move.credit != account]
        (raised if party_id in causes and party_id not in heirs else released).extend(moves)
    held_micro = sum(move.amount_micro for move in raised)
    if raised:
        _book_held(actor, at, currency, raised)
    release = None
    if released:
        release = book_release(actor=actor, at=at, currency=currency, transfers=released, memo="causes that ended")
    return CauseReport(held_micro, len({move.credit for move in raised}), release)


def _of_payees(currency: str) -> dict[tuple[int, str], int]:
    """Return what each payee has coming, by party and account: payable, or waiting for whatever reason."""
    start = payable(0).removesuffix("0")
    found = {(int(code.removeprefix(start)), code): micro for code, micro in balances(start, currency).items()}
    for code, amount_micro in balances("held/", currency).items():
        if code.split("/")[1] in PAYEE_REASONS:
            found[payee_of_account(code), code] = amount_micro
    return {key: amount_micro for key, amount_micro in found.items() if amount_micro > 0}


def _book_held(actor: Actor, at: datetime, currency: str, transfers: Sequence[TransferDraft]) -> None:
    moves: list[Plain] = [[move.debit, move.credit, move.amount_micro] for move in transfers]
    draft = EntryDraft(
        idempotency_key=f"payee-holds/{digest_value([instant_text(at), currency, moves])}",
        kind="hold of payees",
        booked_on=at.date(),
        currency=currency,
        transfers=tuple(transfers),
        memo="What is on file about payees lets their money wait",
    )
    entry = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST)
    record_event(
        actor=actor,
        at=at,
        tag="hold.raised",
        subject_kind="entry",
        subject_id=entry.id,
        after={
            "accounts": sorted({move.credit for move in transfers}),
            "amount_micro": sum(move.amount_micro for move in transfers),
        },
    )
