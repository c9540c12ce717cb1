"""Reads about money that waits; the amounts are the ledger's own."""

from dataclasses import dataclass
from datetime import datetime

from muniment.pay.distributions.models import DistributionRun, HoldRelease
from muniment.pay.distributions.rules.causes import PAYEE_REASONS
from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.rights.parties.queries import bank_accounts_approved, names_of
from muniment.trust.ledger.queries import balances


@dataclass(frozen=True, slots=True)
class HoldRow:
    """Money on one account of held money: of a pool's unknown owners, or of one payee."""

    reason: str
    scope: str
    amount_micro: int
    party_id: int | None
    party_name: str
    has_bank: bool


@dataclass(frozen=True, slots=True)
class HoldSum:
    """Everything that waits for one reason."""

    reason: str
    amount_micro: int
    account_count: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release of holds: what became payable by it, for how many payees, by which entry."""

    id: int
    released_at: datetime
    released_by: str
    currency: str
    amount_micro: int
    payee_count: int
    entry_id: int | None


def release_row(release: HoldRelease) -> ReleaseRow:
    """Return the frozen row of a release."""
    return ReleaseRow(
        release.pk,
        release.released_at,
        release.released_by,
        release.currency,
        release.amount_micro,
        release.payee_count,
        release.entry_id,
    )


def payee_of_account(account: str) -> int:
    """Return the party whose held money the account is: held/NO_PAYEE/party-7 gives 7."""
    return int(account.rsplit("/party-", 1)[1])


def hold_sums(currency: str) -> tuple[HoldSum, ...]:
    """Return what waits in a currency, by reason; reasons without money are left out."""
    sums: dict[str, tuple[int, int]] = {}
    for account, amount_micro in balances("held/", currency).items():
        if amount_micro:
            reason = account.split("/")[1]
            total, count = sums.get(reason, (0, 0))
            sums[reason] = (total + amount_micro, count + 1)
    return tuple(HoldSum(reason, *sums[reason]) for reason in sorted(sums))


def list_holds(currency: str, *, reason: str | None = None) -> tuple[HoldRow, ...]:
    """Return the accounts with money that waits, of one reason or all, the largest amounts first."""
    prefix = f"held/{HoldReason(reason).value}/" if reason else "held/"
    found = [(account, amount) for account, amount in balances(prefix, currency).items() if amount]
    parties = {account: payee_of_account(account) for account, _ in found if account.split("/")[1] in PAYEE_REASONS}
    names, banks = names_of(parties.values()), bank_accounts_approved(parties.values())
    rows = []
    for account, amount_micro in found:
        _, why, scope = account.split("/", 2)
        party_id = parties.get(account)
        name = names.get(party_id, "") if party_id is not None else ""
        rows.append(HoldRow(why, scope, amount_micro, party_id, name, party_id in banks))
    return tuple(sorted(rows, key=lambda row: (-row.amount_micro, row.reason, row.scope)))


def held_currencies() -> list[str]:
    """Return the currencies in which anything was ever distributed, in alphabetical order."""
    return sorted(set(DistributionRun.objects.values_list("currency", flat=True)))


def list_releases(*, limit: int = 50) -> tuple[ReleaseRow, ...]:
    """Return the releases of holds, newest first."""
    return tuple(release_row(release) for release in HoldRelease.objects.order_by("-id")[:limit])
