"""Let money go on that has stopped waiting."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from muniment.pay.distributions.models import HoldRelease, Pool, RunPayee
from muniment.pay.distributions.queries.holds import ReleaseRow, payee_of_account, release_row
from muniment.pay.distributions.rules import PAYABLE, Hold, PayeeStanding, parse_policy, payee_outcome
from muniment.pay.distributions.services.dimensions import pool_dimensions
from muniment.pay.distributions.services.frozen import least_of
from muniment.pay.distributions.services.posting import payee_account
from muniment.pay.distributions.services.stops import refuse_stopped, stopped_accounts
from muniment.rights.parties.queries import bank_accounts_approved, party_hits
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, payable
from muniment.trust.ledger.services import post_entry


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What of one payee waits, and what is on the account already."""

    party_id: int
    no_payee_micro: int
    below_min_micro: int
    payable_micro: int


@transaction.atomic
def release_payee_holds(
    *, actor: Actor, at: datetime, currency: str, minimum_micro: int | None = None
) -> ReleaseRow | None:
    """Move everything that waits for a payee and no longer has to, as one entry; None where nothing does.

    A payee whose bank account is approved by now is paid if everything coming reaches the minimum; else what waited
    for the account now waits for the minimum.

    Args:
        currency: of the holds.
        minimum_micro: in place of the minimum in the policy of each payee's last run; 0 pays out everything, as
            societies do at the end of a year.

    Raises:
        NotAllowed: see there.
    """
    require(actor, Action.DISTRIBUTION_POST)
    lock_heads()  # no other writer moves the money between looking and booking
    waiting = list(_waiting(currency))
    with_bank = bank_accounts_approved(row.party_id for row in waiting)
    minimums = _minimums([row.party_id for row in waiting], currency, at) if minimum_micro is None else {}
    stopped = stopped_accounts(currency)
    transfers: list[TransferDraft] = []
    for row in waiting:
        if row.party_id in with_bank:
            least = minimums.get(row.party_id, 0) if minimum_micro is None else minimum_micro
            transfers.extend(move for move in _released(row, least) if move.debit not in stopped)
    if not transfers:
        return None
    return book_release(actor=actor, at=at, currency=currency, transfers=transfers, memo="holds of payees")


def book_release(
    *,
    actor: Actor,
    at: datetime,
    currency: str,
    transfers: Sequence[TransferDraft],
    memo: str,
    pool_id: int | None = None,
    keys_batch_id: int | None = None,
    batch_id: int | None = None,
    action: Action = Action.DISTRIBUTION_POST,
) -> ReleaseRow:
    """Book transfers out of held accounts as one release; its amount is what becomes payable by them.

    Raises:
        LegalHoldStands: a legal hold is on one of the accounts.
    """
    refuse_stopped((transfer.debit for transfer in transfers), currency)
    paid = [transfer for transfer in transfers if transfer.credit.startswith("payable/")]
    release = HoldRelease.objects.create(
        released_at=at,
        released_by=actor.name,
        currency=currency,
        amount_micro=sum(transfer.amount_micro for transfer in paid),
        payee_count=len({transfer.credit for transfer in paid}),
        pool_id=pool_id,
        keys_batch_id=keys_batch_id,
        batch_id=batch_id,
    )
    pool = Pool.objects.select_related("run").filter(pk=pool_id or 0).first()
    draft = EntryDraft(
        idempotency_key=f"hold-release/{release.pk}",
        kind="hold release",
        booked_on=at.date(),
        currency=currency,
        transfers=tuple(transfers),
        memo=f"Release {release.pk}: {memo}",
        dimensions=pool_dimensions(pool) if pool else "",
    )
    entry = post_entry(actor=actor, at=at, draft=draft, action=action)
    release.entry_id = entry.id
    release.save(update_fields=["entry"])
    record_event(
        actor=actor,
        at=at,
        tag="hold.released",
        subject_kind="hold_release",
        subject_id=release.pk,
        after={"amount_micro": release.amount_micro, "payee_count": release.payee_count, "entry": entry.id},
    )
    return release_row(release)


def _waiting(currency: str) -> Iterator[_Waiting]:
    """Yield, by party, every payee with money on hold."""
    no_payee = _by_party(Hold.NO_PAYEE, currency)
    below_min = _by_party(Hold.BELOW_MIN, currency)
    accounts = balances("payable/", currency)
    for party_id in sorted(no_payee.keys() | below_min.keys()):
        on_account = accounts.get(payable(party_id), 0)
        yield _Waiting(party_id, no_payee.get(party_id, 0), below_min.get(party_id, 0), on_account)


def _by_party(reason: Hold, currency: str) -> dict[int, int]:
    found = balances(f"held/{reason.value}/", currency)
    return {payee_of_account(account): amount_micro for account, amount_micro in found.items() if amount_micro}


def _minimums(party_ids: list[int], currency: str, at: datetime) -> dict[int, int]:
    """Return what the policy of each payee's last posted run in the currency asks for, by country and this month."""
    rows = (
        RunPayee.objects.filter(party_id__in=party_ids, run__currency=currency, run__posted_at__isnull=False)
        .order_by("run__number")
        .values_list("party_id", "run__policy_digest", "run__policy_text")
    )
    known = party_hits(party_ids)
    policies: dict[str, Callable[[str], int]] = {}
    minimums: dict[int, int] = {}
    for party_id, digest, text in rows.iterator():
        if digest not in policies:
            policies[digest] = least_of(parse_policy(text, "policy"), currency, at)
        minimums[party_id] = policies[digest](known[party_id].country if party_id in known else "")
    return minimums


def _released(row: _Waiting, minimum_micro: int) -> Iterator[TransferDraft]:
    standing = PayeeStanding(row.party_id, True, row.payable_micro, row.below_min_micro)
    outcome = payee_outcome(standing, row.no_payee_micro, minimum_micro)
    goal = payee_account(row.party_id, outcome)
    if row.no_payee_micro:
        yield TransferDraft(payee_account(row.party_id, Hold.NO_PAYEE.value), goal, row.no_payee_micro)
    if row.below_min_micro and outcome == PAYABLE:
        yield TransferDraft(payee_account(row.party_id, Hold.BELOW_MIN.value), goal, row.below_min_micro)
