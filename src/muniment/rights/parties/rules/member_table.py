"""One line of a member file as a draft: which columns are read, and what each cell must be.

A cell that cannot be read is a problem of its line, named by the header the file gives it. Several values in one cell
are parted by semicolons or vertical bars; rights and territories by blanks or commas as well.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from muniment.kernel.formats.tables import FieldKind, MappedRow, TargetField
from muniment.kernel.words.identifiers import parse_ipi_base, parse_ipi_name, parse_isni
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import Level, Problem, UserError
from muniment.kernel.words.shares import PPM, Right, parse_percent
from muniment.kernel.words.territory import WORLD, parse_territories
from muniment.rights.parties.rules.drafts import (
    InvalidParty,
    clean_bank,
    clean_code,
    clean_country,
    clean_mandate,
    clean_membership,
    clean_name,
)
from muniment.rights.parties.rules.values import (
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    NameKind,
    PartyDraft,
    PartyKind,
    parse_kind,
)

TARGETS: tuple[TargetField, ...] = (
    TargetField("name", ("party name", "member", "full name", "member name"), required=True),
    TargetField("kind", ("type", "category", "member type", "role"), required=True),
    TargetField("code", ("member number", "party number", "member no", "member code", "number", "id")),
    TargetField("native_name", ("native names", "name in native script", "original name", "local name")),
    TargetField("pseudonym", ("pseudonyms", "pen name", "stage name", "also known as", "alias", "aka")),
    TargetField("ipi_name", ("ipi name number", "ipi number", "ipi", "cae ipi", "ipi nr")),
    TargetField("ipi_base", ("ipi base number", "ipi base nr")),
    TargetField("isni", ()),
    TargetField("country", ("nationality", "country code")),
    TargetField("society", ("society code", "affiliation", "cmo", "pro")),
    TargetField("society_name", ("name of society",)),
    TargetField("joined_on", ("joined", "member since", "date joined", "accession date"), kind=FieldKind.DATE),
    TargetField("left_on", ("left", "resigned on", "date left"), kind=FieldKind.DATE),
    TargetField("rights", ("rights mandated", "right", "mandated rights")),
    TargetField("territories", ("territory", "mandate territory", "mandate territories")),
    TargetField("work_class", ("class of works", "work category")),
    TargetField("mandate_from", ("mandate start", "valid from", "mandate begins"), kind=FieldKind.DATE),
    TargetField("mandate_to", ("mandate end", "valid to", "mandate ends"), kind=FieldKind.DATE),
    TargetField("iban", ("account", "bank account", "account number")),
    TargetField("account_holder", ("holder", "name of account", "account name", "beneficiary")),
    TargetField("bic", ("swift", "bic code")),
    TargetField("successor_of", ("heir of", "successor to", "predecessor")),
    TargetField("succession_share", ("share of succession", "heir share", "inherited share"), kind=FieldKind.PERCENT),
    TargetField("succession_from", ("succession from", "successor since", "inherited on"), kind=FieldKind.DATE),
)
"""What a member file may say, in the order in which columns are chosen. Only name and kind must be there."""

_LIST = re.compile(r"[;|]")
_WORDS = re.compile(r"[\s,;|/+]+")
_RIGHT_WORDS = {
    "pr": Right.PERFORMING,
    "per": Right.PERFORMING,
    "performing": Right.PERFORMING,
    "performance": Right.PERFORMING,
    "mr": Right.MECHANICAL,
    "mec": Right.MECHANICAL,
    "mechanical": Right.MECHANICAL,
    "sr": Right.SYNCHRONISATION,
    "syn": Right.SYNCHRONISATION,
    "sync": Right.SYNCHRONISATION,
    "synchronisation": Right.SYNCHRONISATION,
    "synchronization": Right.SYNCHRONISATION,
}


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A line that can be taken: the party, and what it names by words that the register has to resolve.

    `society` is the code or name of a sister society; `predecessor` the code, IPI name number or name of the party
    that `succession_ppm` of the rights come from since `succession_from`.
    """

    line: int
    draft: PartyDraft
    society: str = ""
    society_name: str = ""
    predecessor: str = ""
    succession_ppm: int = PPM
    succession_from: date | None = None


class _Cells:
    """The cells of one row, read one by one; what fails is noted under its header and gives None."""

    def __init__(self, row: MappedRow, headers: Mapping[str, str]) -> None:
        self.row = row
        self.headers = headers
        self.problems: list[Problem] = list(row.problems)

    def text(self, target: str) -> str:
        """Return a cell without blanks around it; empty where the file has none."""
        return self.row.values.get(target, "").strip()

    def day(self, target: str) -> date | None:
        """Return a date, which the reader of the table has already checked and written as ISO."""
        return date.fromisoformat(self.text(target)) if self.text(target) else None

    def read[Value](self, target: str, parse: Callable[[str], Value]) -> Value | None:
        """Parse a cell that is not empty; what fails is noted."""
        return self.attempt(target, lambda: parse(self.text(target))) if self.text(target) else None

    def attempt[Value](self, target: str, build: Callable[[], Value]) -> Value | None:
        """Build a value of several cells; a refusal is noted under `target`."""
        try:
            return build()
        except UserError as error:
            self.note(target, type(error).__name__, error.message, error.remedy)
            return None

    def note(self, target: str, rule: str, message: str, remedy: str, level: Level = Level.ERROR) -> None:
        """Note a problem under the file's own header of `target`."""
        header = self.headers.get(target, target)
        self.problems.append(Problem(self.row.line, header, f"parties.{_snake(rule)}", message, remedy, level))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def read_line(row: MappedRow, headers: Mapping[str, str]) -> tuple[MemberLine | None, tuple[Problem, ...]]:
    """Return the line, or None where one of its problems is an error, and its problems.

    Args:
        row: the cells by target, see `TARGETS`.
        headers: the file's own header of each target.
    """
    cells = _Cells(row, headers)
    kind = cells.read("kind", parse_kind)
    name = cells.read("name", clean_name)
    draft = _draft(cells, kind or PartyKind.PERSON, name or "unnamed")
    ppm = cells.read("succession_share", parse_percent)
    if ppm == 0:
        cells.note("succession_share", "no_share", "A successor takes more than 0 %.", "Correct the share.")
    if any(problem.level is Level.ERROR for problem in cells.problems):
        return None, tuple(cells.problems)
    line = MemberLine(
        line=row.line,
        draft=draft,
        society=cells.text("society"),
        society_name=cells.text("society_name"),
        predecessor=cells.text("successor_of"),
        succession_ppm=PPM if ppm is None else ppm,
        succession_from=cells.day("succession_from"),
    )
    return _own_society_code(line), tuple(cells.problems)


def _own_society_code(line: MemberLine) -> MemberLine:
    """Read the society column of a society as its own number."""
    if line.draft.kind is not PartyKind.SOCIETY or not line.society.isdigit():
        return line
    return replace(line, society="", draft=replace(line.draft, society_code=line.society.zfill(3)[-3:]))


def _draft(cells: _Cells, kind: PartyKind, name: str) -> PartyDraft:
    code = cells.read("code", clean_code) or ""
    mandates = _mandates(cells)
    return PartyDraft(
        kind=kind,
        name=name,
        code=code,
        ipi_name=cells.read("ipi_name", parse_ipi_name),
        ipi_base=cells.read("ipi_base", parse_ipi_base),
        isni=cells.read("isni", parse_isni),
        country=cells.read("country", clean_country) or "",
        names=_names(cells, name),
        membership=_membership(cells, code, joined=bool(mandates)),
        mandates=mandates,
        bank=_bank(cells, name),
    )


def _names(cells: _Cells, main: str) -> tuple[NameDraft, ...]:
    found: dict[str, NameDraft] = {}
    for target, kind in (("native_name", NameKind.ALIAS), ("pseudonym", NameKind.PSEUDONYM)):
        for text in _LIST.split(cells.text(target)):
            name = cells.attempt(target, lambda text=text: clean_name(text)) if text.strip() else None  # type: ignore[misc]
            if name and name != main:
                found.setdefault(name, NameDraft(name, kind))
    return tuple(found.values())


def _membership(cells: _Cells, code: str, *, joined: bool) -> MembershipDraft | None:
    """Return the membership of a party that has a day of joining, or that gives us rights."""
    draft = MembershipDraft(code, cells.day("joined_on"), cells.day("left_on"))
    if not (joined or draft.joined_on or draft.left_on):
        return None
    return cells.attempt("left_on", lambda: clean_membership(draft, code))


def _mandates(cells: _Cells) -> tuple[MandateDraft, ...]:
    """Return one mandate for each right; where no territory is given, they hold for the World."""
    rights = cells.read("rights", parse_rights)
    if not rights:
        return ()
    territories = cells.read("territories", parse_territories) if cells.text("territories") else str(WORLD)
    start, end = cells.day("mandate_from"), cells.day("mandate_to")
    if territories is None:
        return ()
    drafts = [MandateDraft(right, territories, cells.text("work_class"), start, end) for right in rights]
    target = "mandate_to" if start and end and end < start else "territories"
    mandates = cells.attempt(target, lambda: tuple(clean_mandate(draft) for draft in drafts))
    return mandates or ()


def _bank(cells: _Cells, name: str) -> BankDraft | None:
    if not cells.text("iban"):
        return None
    draft = BankDraft(cells.text("iban"), cells.text("account_holder") or name, cells.text("bic"))
    return cells.attempt("iban", lambda: clean_bank(draft))


def parse_rights(text: str) -> tuple[Right, ...]:
    """Return the rights that words such as "PR MR", "performing, mechanical" or "all" name, each once.

    Raises:
        InvalidParty: a word names no right.
    """
    words = [word for word in _WORDS.split(fold(text)) if word]
    if words == ["all"]:
        return tuple(Right)
    unknown = [word for word in words if word not in _RIGHT_WORDS]
    if unknown:
        raise InvalidParty(
            "{word!r} is not a right.", "Write PR, MR, SR, or several parted by blanks.", word=unknown[0]
        )
    return tuple(dict.fromkeys(_RIGHT_WORDS[word] for word in words))
