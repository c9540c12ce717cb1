"""What the desk's pages show of an application: its fields in groups with findings beside them, rounds, clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise

from muniment.interfaces.pages import now
from muniment.interfaces.registry_diff import Comparison, compare_rounds
from muniment.interfaces.registry_fields import FIELD_GROUPS, field_label, is_stated, parts_of, stated_text
from muniment.rights.registry.queries.applications import EventRow, RoundRow
from muniment.rights.registry.rules.application import Kind, Statement, differences
from muniment.rights.registry.rules.precheck import Finding
from muniment.rights.registry.rules.profiles import Need, Profile
from muniment.rights.registry.rules.standing import Act, State
from muniment.rights.registry.services.leaves import day_of

_KIND_FIELDS = frozenset({"subject", "reason", "transferee"})
_LONG = 120
MINE, NOBODY = "mine", "nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the queue is asked for, as its form shows it."""

    state: str
    profile: str
    kind: str
    whose: str
    overdue: bool
    text: str

    @property
    def is_any(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.state or self.profile or self.kind or self.whose or self.overdue or self.text)


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a statement: its text, or its rows of parts (path, label, text); `is_missing` if required."""

    path: str
    label: str
    text: str
    rows: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
    is_missing: bool
    findings: tuple[Finding, ...]

    @property
    def is_long(self) -> bool:
        """Whether the text wants the width of the page."""
        return len(self.text) > _LONG or "\n" in self.text


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of fields with its heading."""

    heading: Promise
    fields: tuple[ShownField, ...]


def today() -> date:
    """Return the day that acts of now are dated with."""
    return day_of(now())


def asked_of(query: QueryDict) -> Asked:
    """Return what an address asks the queue for; what nobody knows asks for nothing."""

    def one_of(name: str, known: Sequence[str]) -> str:
        return query.get(name, "") if query.get(name, "") in known else ""

    return Asked(
        one_of("state", list(State)),
        query.get("profile", "").replace("\0", "")[:40],
        one_of("kind", list(Kind)),
        one_of("whose", (MINE, NOBODY)),
        query.get("overdue", "") == "1",
        query.get("q", "").replace("\0", " ").strip()[:200],
    )


def examiner_of(asked: Asked, request: HttpRequest) -> str | None:
    """Return whose applications are asked for: a name, nobody's (empty) or all (None)."""
    return {MINE: request.user.get_username(), NOBODY: ""}.get(asked.whose)


def shown_groups(statement: Statement, profile: Profile, kind: Kind, findings: Sequence[Finding]) -> list[ShownGroup]:
    """Return the fields that the profile asks for, and whatever else is stated, in groups; empty groups left out."""
    groups = []
    for heading, names in FIELD_GROUPS:
        shown = [_shown(name, statement, profile, kind, findings) for name in names]
        kept = tuple(one for one in shown if one is not None)
        if kept:
            groups.append(ShownGroup(heading, kept))
    return groups


def loose_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are about no field of their own: they stand above the fields."""
    known = {name for _heading, names in FIELD_GROUPS for name in names}
    return tuple(one for one in findings if one.field.partition(".")[0] not in known)


def _shown(
    name: str, statement: Statement, profile: Profile, kind: Kind, findings: Sequence[Finding]
) -> ShownField | None:
    value = getattr(statement, name)
    about = tuple(one for one in findings if one.field.partition(".")[0] == name)
    need = _need(name, profile, kind)
    is_there = is_stated(value) and not (value is False and need is Need.ABSENT)
    if need is Need.ABSENT and not is_there and not about:
        return None
    rows = _rows(name, value)
    text = "" if rows or not is_there else stated_text(name, value)
    return ShownField(name, field_label(name), text, rows, need is Need.REQUIRED and not is_there, about)


def _rows(name: str, value: object) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    if isinstance(value, tuple):
        named = [(f"{name}.{place}", row) for place, row in enumerate(value)]
    else:
        named = [(name, value)]
    return tuple((path, tuple(parts)) for path, row in named if (parts := parts_of(path, row)))


def _need(name: str, profile: Profile, kind: Kind) -> Need:
    procedure = profile.procedures[kind]
    if name in procedure.needs:
        return Need.REQUIRED
    if name in _KIND_FIELDS:
        return Need.OPTIONAL if name == "subject" else Need.ABSENT
    return profile.need(name) if procedure.is_whole_form else Need.ABSENT


def points_between(events: Sequence[EventRow], first: int, last: int) -> list[tuple[str, str]]:
    """Return the points (field, text) that were asked after round `first` and before round `last`."""
    asked = [event.points for event in events if event.act is Act.ASK_CORRECTION]
    return [(point.field, point.text) for points in asked[first:last] for point in points]


def comparison_of(rounds: Sequence[RoundRow], events: Sequence[EventRow], first: int, last: int) -> Comparison | None:
    """Return two rounds side by side; None where one is erased."""
    before, after = rounds[first].statement, rounds[last].statement
    if before is None or after is None:
        return None
    return compare_rounds(differences(before, after), points_between(events, first, last))
