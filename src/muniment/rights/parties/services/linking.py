"""Which party a line is about: one of an earlier line, one of the register, or a new one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched

from muniment.kernel.words.problems import Level, Problem
from muniment.kernel.words.shares import Right
from muniment.rights.parties.models import Affiliation, BankAccount, Mandate, Membership, Party, PartyName
from muniment.rights.parties.queries import (
    ids_by_code,
    ids_by_identifier,
    ids_by_ipi_name,
)
from muniment.rights.parties.rules.member_table import MemberLine
from muniment.rights.parties.rules.standing import (
    Additions,
    Standing,
    compare,
    is_somebody_else,
    merge,
    standing_of_draft,
)
from muniment.rights.parties.rules.values import MandateDraft, MembershipDraft, PartyDraft, PartyKind
from muniment.rights.parties.services.register import write_clean
from muniment.rights.parties.services.rows import (
    write_accounts,
    write_affiliations,
    write_mandates,
    write_memberships,
    write_names,
)
from muniment.rights.parties.services.search_keys import rebuild_keys
from muniment.trust.access.rules import Actor

_CHUNK = 5_000

type Key = tuple[str, str]
"""A kind of identifier and its value."""


def keys_of(draft: PartyDraft) -> Iterator[Key]:
    """Yield what a party is known by, the surest first."""
    for number in (draft.ipi_name, *(name.ipi_name for name in draft.names)):
        if number:
            yield "ipi_name", number
    for kind in ("ipi_base", "isni", "society_code", "code"):
        value = getattr(draft, kind)
        if value:
            yield kind, value


@dataclass
class _Owner:
    """The party behind some lines: `party_id` None until it is registered, `draft` None where it was before."""

    standing: Standing
    line: int
    party_id: int | None = None
    draft: PartyDraft | None = None
    lines: list[int] = field(default_factory=list)
    additions: list[Additions] = field(default_factory=list)


class Linker:
    """Links lines to parties and writes what they bring, in the caller's transaction.

    After `link`: `problems`, how many parties were `created_count` and `linked_count` (known before), and the
    `fact_count` of facts added to known ones.
    """

    def __init__(self, actor: Actor, at: datetime, intake_id: int, headers: Mapping[str, str]) -> None:
        self._actor, self._at, self._intake_id, self._headers = actor, at, intake_id, headers
        self._owners: dict[Key, _Owner] = {}
        self._new: list[_Owner] = []
        self._known: dict[int, _Owner] = {}
        self.problems: list[Problem] = []
        self.created_count = self.linked_count = self.fact_count = 0

    def link(self, lines: Sequence[MemberLine]) -> dict[int, int]:
        """Write the lines; return the party id of each line that was taken."""
        self._load({key for line in lines for key in keys_of(line.draft)})
        for line in lines:
            self._place(line)
        self._write_new()
        self._write_additions()
        everyone = [*self._new, *self._known.values()]
        return {line: owner.party_id for owner in everyone for line in owner.lines if owner.party_id is not None}

    def _load(self, keys: set[Key]) -> None:
        """Find the parties of the register that have one of the keys."""
        by_kind: dict[str, list[str]] = {}
        for kind, value in keys:
            by_kind.setdefault(kind, []).append(value)
        found: dict[Key, int] = {}
        for kind, values in by_kind.items():
            ids = (
                ids_by_ipi_name(values)
                if kind == "ipi_name"
                else ids_by_code(values)
                if kind == "code"
                else ids_by_identifier(kind, values)
            )
            found.update({(kind, value): party_id for value, party_id in ids.items()})
        standings = load_standings(found.values())
        self._known = {pk: _Owner(standing, line=0, party_id=pk) for pk, standing in standings.items()}
        self._owners = {key: self._known[party_id] for key, party_id in found.items()}

    def _place(self, line: MemberLine) -> None:
        draft = line.draft
        found = {key: self._owners[key] for key in keys_of(draft) if key in self._owners}
        owners = {id(owner): owner for owner in found.values()}
        if len(owners) > 1:
            names = " and ".join(sorted(owner.standing.name for owner in owners.values()))
            self._note(line, "name", "two_parties", f"The numbers belong to different parties: {names}.")
            return
        if not owners:
            owner = _Owner(standing_of_draft(draft), line.line, draft=draft, lines=[line.line])
            self._new.append(owner)
        else:
            [owner] = owners.values()
            if {kind for kind, _ in found} == {"code"} and is_somebody_else(draft, owner.standing):
                message = (
                    f"The number {draft.code} belongs to {owner.standing.name}, who has another name and IPI number."
                )
                self._note(line, "code", "code_of_another", message)
                return
            self._add(line, owner)
        for key in keys_of(draft):
            self._owners.setdefault(key, owner)

    def _add(self, line: MemberLine, owner: _Owner) -> None:
        """Add what a line says of a party that an earlier line or the register knows."""
        additions, differences = compare(line.draft, owner.standing)
        for difference in differences:
            message = f"{owner.standing.name}: the file says {difference.given}, known is {difference.kept}."
            self._note(line, difference.target, "differs", message, Level.WARNING)
        if owner.line:
            again = f"The party stands on line {owner.line} already" + (
                "." if additions else ", with nothing new here."
            )
            self._note(line, "name", "repeated", again, Level.WARNING)
        owner.lines.append(line.line)
        if owner.draft is not None:
            owner.draft = merge(owner.draft, additions)
            owner.standing = standing_of_draft(owner.draft)
        elif additions:
            owner.additions.append(additions)
            owner.standing = _after(owner.standing, additions)

    def _write_new(self) -> None:
        drafts = [owner.draft for owner in self._new if owner.draft is not None]
        written = write_clean(by=self._actor.name, at=self._at, drafts=drafts, intake_id=self._intake_id)
        for owner, (party_id, _) in zip(self._new, written, strict=True):
            owner.party_id = party_id
        self.created_count = len(written)

    def _write_additions(self) -> None:
        linked = [owner for owner in self._known.values() if owner.lines]
        self.linked_count = len(linked)
        added = [(owner.party_id, add) for owner in linked for add in owner.additions if owner.party_id is not None]
        codes = dict(Party.objects.filter(pk__in=[pk for pk, _ in added]).values_list("pk", "code")) if added else {}
        names = [(pk, name) for pk, add in added for name in add.names]
        memberships = [(pk, _numbered(add.membership, codes[pk])) for pk, add in added if add.membership]
        mandates = [(pk, mandate) for pk, add in added for mandate in add.mandates]
        links = [(pk, add.society_id) for pk, add in added if add.society_id]
        accounts = [(pk, add.bank) for pk, add in added if add.bank]
        at, intake_id = self._at, self._intake_id
        self.fact_count = (
            write_names(names, intake_id=intake_id)
            + write_memberships(memberships, intake_id=intake_id)
            + write_mandates(mandates, at=at, intake_id=intake_id)
            + write_affiliations(links, at=at, intake_id=intake_id)
            + write_accounts(accounts, at=at, by=self._actor.name, intake_id=intake_id)
        )
        rebuild_keys(pk for pk, add in added if add.names or add.membership)

    def _note(self, line: MemberLine, target: str, rule: str, message: str, level: Level = Level.ERROR) -> None:
        remedy = (
            "Correct the line and import it again."
            if level is Level.ERROR
            else "What is known was left as it is; change it on the party's page if the file is right."
        )
        header = self._headers.get(target, target)
        self.problems.append(Problem(line.line, header, f"parties.{rule}", message, remedy, level))


def _numbered(membership: MembershipDraft, code: str) -> MembershipDraft:
    return membership if membership.member_number else replace(membership, member_number=code)


def _after(standing: Standing, additions: Additions) -> Standing:
    """Return what is known of a party of the register once the additions are in."""
    number = additions.membership.member_number if additions.membership else ""
    drafted = standing_of_draft(PartyDraft(standing.kind, standing.name, names=additions.names, bank=additions.bank))
    return replace(
        standing,
        codes=standing.codes | ({number} if number else frozenset()),
        folded_names=standing.folded_names | drafted.folded_names,
        is_member=standing.is_member or additions.membership is not None,
        mandates=(*standing.mandates, *additions.mandates),
        society_ids=standing.society_ids | ({additions.society_id} if additions.society_id else frozenset()),
        ibans=standing.ibans | drafted.ibans,
        has_proposal=standing.has_proposal or drafted.has_proposal,
    )


def load_standings(party_ids: Iterable[int]) -> dict[int, Standing]:
    """Return what the register knows of each party, in a handful of statements for any number of them."""
    found: dict[int, Standing] = {}
    for chunk in batched(sorted(set(party_ids)), _CHUNK):
        names = _grouped(PartyName.objects.filter(party_id__in=chunk).values_list("party_id", "folded", "ipi_name"))
        members = _grouped(
            Membership.objects.filter(party_id__in=chunk).values_list("party_id", "member_number", "left_on")
        )
        columns = ("party_id", "right", "territories", "work_class", "valid_from", "valid_to")
        mandates = _grouped(Mandate.objects.filter(party_id__in=chunk, known_to__isnull=True).values_list(*columns))
        links = Affiliation.objects.filter(party_id__in=chunk, known_to__isnull=True)
        societies = _grouped(links.values_list("party_id", "society_id"))
        open_accounts = BankAccount.objects.filter(party_id__in=chunk, state__in=["approved", "proposed"])
        accounts = _grouped(open_accounts.values_list("party_id", "iban", "state"))
        for party in Party.objects.filter(pk__in=chunk):
            numbers = [*names.get(party.pk, ())]
            found[party.pk] = Standing(
                kind=PartyKind(party.kind),
                name=party.name,
                codes=frozenset({party.code, *(str(number) for number, _ in members.get(party.pk, ()))}),
                folded_names=frozenset(str(folded) for folded, _ in numbers),
                ipi_names=frozenset(str(ipi_name) for _, ipi_name in numbers if ipi_name),
                ipi_base=party.ipi_base,
                isni=party.isni,
                country=party.country,
                is_member=any(left_on is None for _, left_on in members.get(party.pk, ())),
                mandates=tuple(MandateDraft(Right(right), *rest) for right, *rest in mandates.get(party.pk, ())),
                society_ids=frozenset(society_id for (society_id,) in societies.get(party.pk, ())),
                ibans=frozenset(str(iban) for iban, _ in accounts.get(party.pk, ())),
                has_proposal=any(state == "proposed" for _, state in accounts.get(party.pk, ())),
            )
    return found


def _grouped(rows: Iterable[Sequence[object]]) -> dict[object, list[Sequence]]:  # type: ignore[type-arg]
    """Gather rows by their first column, the party id, which is cut off."""
    found: dict[object, list[Sequence]] = {}  # type: ignore[type-arg]
    for party_id, *rest in rows:
        found.setdefault(party_id, []).append(rest)
    return found
