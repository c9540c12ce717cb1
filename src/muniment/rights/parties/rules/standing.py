"""What a line adds to a party that is known already, and in what it differs.

New facts are added; a fact that differs is only told, because a file is no reason to overwrite the register.
"""

from dataclasses import dataclass, replace

from muniment.kernel.words.names import fold
from muniment.rights.parties.rules.values import (
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    PartyDraft,
    PartyKind,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a party: in the register, or from an earlier line of the same file.

    `codes` are its code and member numbers, `folded_names` all its names in their compared form.
    """

    kind: PartyKind
    name: str
    codes: frozenset[str]
    folded_names: frozenset[str]
    ipi_names: frozenset[str] = frozenset()
    ipi_base: str | None = None
    isni: str | None = None
    country: str = ""
    is_member: bool = False
    mandates: tuple[MandateDraft, ...] = ()
    society_ids: frozenset[int] = frozenset()
    ibans: frozenset[str] = frozenset()
    has_proposal: bool = False


@dataclass(frozen=True, slots=True)
class Additions:
    """The facts that are new; empty where the line says nothing new."""

    names: tuple[NameDraft, ...] = ()
    membership: MembershipDraft | None = None
    mandates: tuple[MandateDraft, ...] = ()
    society_id: int | None = None
    bank: BankDraft | None = None

    def __bool__(self) -> bool:
        return bool(self.names or self.membership or self.mandates or self.society_id or self.bank)


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact of the line that the register has otherwise; `target` is the field of the member table."""

    target: str
    given: str
    kept: str


def standing_of_draft(draft: PartyDraft) -> Standing:
    """Return what a draft will be known for once it is registered."""
    numbers = {draft.code, draft.membership.member_number if draft.membership else ""}
    ipi_names = {draft.ipi_name, *(name.ipi_name for name in draft.names)}
    return Standing(
        kind=draft.kind,
        name=draft.name,
        codes=frozenset(numbers - {""}),
        folded_names=frozenset(fold(name) for name in (draft.name, *(name.name for name in draft.names))),
        ipi_names=frozenset(number for number in ipi_names if number),
        ipi_base=draft.ipi_base,
        isni=draft.isni,
        country=draft.country,
        is_member=draft.membership is not None,
        mandates=draft.mandates,
        society_ids=frozenset({draft.society_id} if draft.society_id else ()),
        ibans=frozenset({draft.bank.iban} if draft.bank else ()),
        has_proposal=draft.bank is not None,
    )


def is_somebody_else(draft: PartyDraft, known: Standing) -> bool:
    """Say whether a party found by its code alone is surely another one: neither a name nor the IPI number fits."""
    same_name = fold(draft.name) in known.folded_names
    return not same_name and bool(draft.ipi_name and known.ipi_names and draft.ipi_name not in known.ipi_names)


def compare(draft: PartyDraft, known: Standing) -> tuple[Additions, tuple[Difference, ...]]:
    """Return what the draft adds to a known party, and where the two differ."""
    joins = draft.membership is not None and not known.is_member
    mandates, other_ends = _compare_mandates(draft, known)
    differences = [*_plain_differences(draft, known, joins=joins), *other_ends]
    society_id = draft.society_id if draft.society_id and draft.society_id not in known.society_ids else None
    if society_id and known.society_ids:
        differences.append(Difference("society", "another society", "the one it has"))
        society_id = None
    bank = draft.bank if draft.bank and draft.bank.iban not in known.ibans else None
    if bank and known.has_proposal:
        differences.append(Difference("iban", f"…{bank.iban[-4:]}", "a proposal that waits for a decision"))
        bank = None
    additions = Additions(
        names=tuple(name for name in draft.names if fold(name.name) not in known.folded_names),
        membership=draft.membership if joins else None,
        mandates=mandates,
        society_id=society_id,
        bank=bank,
    )
    return additions, tuple(differences)


def _plain_differences(draft: PartyDraft, known: Standing, *, joins: bool) -> list[Difference]:
    pairs = [
        ("kind", draft.kind.value, draft.kind is known.kind, known.kind.value),
        ("name", draft.name, fold(draft.name) in known.folded_names, known.name),
        ("code", draft.code, joins or draft.code in known.codes, " ".join(sorted(known.codes))),
        ("ipi_name", draft.ipi_name, draft.ipi_name in known.ipi_names, " ".join(sorted(known.ipi_names))),
        ("ipi_base", draft.ipi_base, draft.ipi_base == known.ipi_base, known.ipi_base),
        ("isni", draft.isni, draft.isni == known.isni, known.isni),
        ("country", draft.country, draft.country == known.country, known.country),
    ]
    return [Difference(target, given, kept or "none") for target, given, same, kept in pairs if given and not same]


def _compare_mandates(draft: PartyDraft, known: Standing) -> tuple[tuple[MandateDraft, ...], list[Difference]]:
    """Return the mandates that are new, and those known with another end."""
    ends = {replace(mandate, valid_to=None): mandate.valid_to for mandate in known.mandates}
    new: list[MandateDraft] = []
    differences: list[Difference] = []
    for mandate in draft.mandates:
        known_without_end = replace(mandate, valid_to=None)
        if known_without_end not in ends:
            new.append(mandate)
        elif ends[known_without_end] != mandate.valid_to:
            given, kept = mandate.valid_to or "no end", ends[known_without_end] or "no end"
            differences.append(Difference("mandate_to", str(given), str(kept)))
    return tuple(new), differences


def merge(draft: PartyDraft, additions: Additions) -> PartyDraft:
    """Return a draft with what a later line of the same file adds to it."""
    return replace(
        draft,
        names=(*draft.names, *additions.names),
        membership=additions.membership or draft.membership,
        mandates=(*draft.mandates, *additions.mandates),
        society_id=additions.society_id or draft.society_id,
        bank=additions.bank or draft.bank,
    )
