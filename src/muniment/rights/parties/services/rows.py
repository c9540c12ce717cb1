"""From drafts to table rows: the one place that knows the columns of the bulk road."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from muniment.kernel.words.names import fold, romanise, script_of
from muniment.rights.parties.models import (
    Affiliation,
    BankAccount,
    Mandate,
    Membership,
    Party,
    PartyKey,
    PartyName,
)
from muniment.rights.parties.rules.search import party_keys
from muniment.rights.parties.rules.values import (
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    NameKind,
    PartyDraft,
)
from muniment.trust.batches.bulk import copy_rows

type Row = Sequence[object]
"""The cells of one table row."""

_PARTY = (
    "id", "kind", "code", "name", "sort_name", "ipi_name", "ipi_base", "isni", "society_code", "country",
    "intake_id", "created_at",
)  # fmt: skip
_NAME = ("party_id", "name", "folded", "script", "kind", "language", "ipi_name", "intake_id")
_MEMBERSHIP = ("party_id", "member_number", "joined_on", "left_on", "intake_id")
_MANDATE = (
    "party_id", "right", "territories", "work_class", "valid_from", "valid_to", "known_from", "intake_id",
)  # fmt: skip
_AFFILIATION = ("party_id", "society_id", "right", "known_from", "intake_id")
_BANK = ("party_id", "holder", "iban", "bic", "state", "proposed_by", "proposed_at", "decided_by", "intake_id")

type Numbered = tuple[int, PartyDraft]
"""A cleaned draft under the id it will have."""


def write_parties(parties: Sequence[Numbered], *, at: datetime, by: str, intake_id: int | None) -> None:
    """Write new parties with everything their drafts say, in the caller's transaction.

    Raises:
        django.db.IntegrityError: an identifier is taken.
    """
    copy_rows(Party, _PARTY, (_party_row(pk, draft, at, intake_id) for pk, draft in parties))
    names = ((pk, name) for pk, draft in parties for name in (main_name(draft), *draft.names))
    write_names(names, intake_id=intake_id)
    copy_rows(PartyKey, ("party_id", "key"), _key_rows(parties))
    joined = ((pk, draft.membership) for pk, draft in parties if draft.membership)
    write_memberships(joined, intake_id=intake_id)
    given = ((pk, mandate) for pk, draft in parties for mandate in draft.mandates)
    write_mandates(given, at=at, intake_id=intake_id)
    belonging = ((pk, draft.society_id) for pk, draft in parties if draft.society_id)
    write_affiliations(belonging, at=at, intake_id=intake_id)
    accounts = ((pk, draft.bank) for pk, draft in parties if draft.bank)
    write_accounts(accounts, at=at, by=by, intake_id=intake_id)


def main_name(draft: PartyDraft) -> NameDraft:
    """Return the main name of a draft as a name."""
    return NameDraft(draft.name, NameKind.MAIN, draft.language, draft.ipi_name)


def sort_name(name: str) -> str:
    """Return what lists are ordered by: the Latin spelling."""
    return (romanise(name) or name)[:120]


def _party_row(pk: int, draft: PartyDraft, at: datetime, intake_id: int | None) -> Row:
    return (
        pk, draft.kind.value, draft.code, draft.name, sort_name(draft.name), draft.ipi_name, draft.ipi_base,
        draft.isni, draft.society_code, draft.country, intake_id, at,
    )  # fmt: skip


def keys_of(draft: PartyDraft) -> set[str]:
    """Return every search key of a draft."""
    number = draft.membership.member_number if draft.membership else None
    codes = [draft.code, draft.ipi_name, draft.ipi_base, draft.isni, draft.society_code, number]
    return party_keys([draft.name, *(name.name for name in draft.names)], [*codes, *(n.ipi_name for n in draft.names)])


def _key_rows(parties: Iterable[Numbered]) -> Iterator[Row]:
    for pk, draft in parties:
        for key in sorted(keys_of(draft)):
            yield pk, key


def write_names(names: Iterable[tuple[int, NameDraft]], *, intake_id: int | None) -> int:
    """Write names, each to the party of its id."""
    return copy_rows(PartyName, _NAME, (_name_row(pk, name, intake_id) for pk, name in names))


def _name_row(pk: int, draft: NameDraft, intake_id: int | None) -> Row:
    folded, script = fold(draft.name)[:300], script_of(draft.name)
    return pk, draft.name, folded, script, draft.kind.value, draft.language, draft.ipi_name, intake_id


def write_memberships(memberships: Iterable[tuple[int, MembershipDraft]], *, intake_id: int | None) -> int:
    """Write memberships, each to the party of its id."""
    rows = ((pk, draft.member_number, draft.joined_on, draft.left_on, intake_id) for pk, draft in memberships)
    return copy_rows(Membership, _MEMBERSHIP, rows)


def write_mandates(mandates: Iterable[tuple[int, MandateDraft]], *, at: datetime, intake_id: int | None) -> int:
    """Write mandates, each to the party of its id, known from `at`."""
    return copy_rows(Mandate, _MANDATE, (_mandate_row(pk, draft, at, intake_id) for pk, draft in mandates))


def _mandate_row(pk: int, draft: MandateDraft, at: datetime, intake_id: int | None) -> Row:
    period = draft.valid_from, draft.valid_to
    return pk, draft.right.value, draft.territories, draft.work_class, *period, at, intake_id


def write_affiliations(links: Iterable[tuple[int, int]], *, at: datetime, intake_id: int | None) -> int:
    """Write that parties belong to societies, for every right, known from `at`."""
    rows = ((pk, society_id, "", at, intake_id) for pk, society_id in links)
    return copy_rows(Affiliation, _AFFILIATION, rows)


def write_accounts(accounts: Iterable[tuple[int, BankDraft]], *, at: datetime, by: str, intake_id: int | None) -> int:
    """Write accounts proposed by the person named `by`, each to the party of its id."""
    rows = ((pk, bank.holder, bank.iban, bank.bic, "proposed", by, at, "", intake_id) for pk, bank in accounts)
    return copy_rows(BankAccount, _BANK, rows)
