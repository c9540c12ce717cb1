"""Agreements of CWR (AGR): who assigned what to whom, where and until when; and whether a chain keeps to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from muniment.kernel.formats.cwr import CwrRecord, CwrTransaction
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_ipi_base, parse_ipi_name
from muniment.kernel.words.problems import Level, Problem
from muniment.kernel.words.territory import Territories, UnknownTerritory
from muniment.rights.works.rules.cwr_works import plain_text
from muniment.rights.works.rules.drafts import ContributorDraft, WorkDraft

ASSIGNS, ACQUIRES = "AS", "AC"
"""The roles of the parties of an agreement."""

_BY_WRITERS = frozenset({"OS", "OG"})
"""Agreements by which a writer assigns, for named works or for all; in the others a publisher does."""


@dataclass(frozen=True, slots=True)
class AgreementSide:
    """A party of an agreement in some territories (TIS codes from left to right), with its shares in ppm."""

    role: str
    contributor: ContributorDraft
    territories: str
    pr_ppm: int = 0
    mr_ppm: int = 0
    sr_ppm: int = 0


@dataclass(frozen=True, slots=True)
class AgreementTold:
    """An agreement as one AGR transaction tells it; days are None where it says none.

    `collected_until` is the last day on which what was earned before the end may still be collected.
    """

    number: str
    kind: str
    starts_on: date | None
    ends_on: date | None
    collected_until: date | None
    society_number: str
    sides: tuple[AgreementSide, ...]


@dataclass(frozen=True, slots=True)
class KnownAgreement:
    """An agreement in force: its days, the parties by role, and where each acquirer acquires."""

    number: str
    starts_on: date | None
    ends_on: date | None
    assignors: frozenset[int]
    acquirers: frozenset[int]
    territories: tuple[str, ...]


def agreement_of(transaction: CwrTransaction) -> tuple[AgreementTold, tuple[Problem, ...]]:
    """Return the agreement that an AGR transaction tells, and warnings about numbers in it that are left out."""
    header = transaction.header
    problems: list[Problem] = []
    sides = tuple(_sides(transaction.records, header.text("agreement_type"), problems))
    ends = (header.day("retention_end_date"), header.day("post_term_collection_end_date"))
    return AgreementTold(
        number=plain_text(header.text("submitter_agreement_number")),
        kind=header.text("agreement_type"),
        starts_on=header.day("agreement_start_date"),
        ends_on=header.day("agreement_end_date"),
        collected_until=max((day for day in ends if day), default=None),
        society_number=plain_text(header.text("society_agreement_number")),
        sides=sides,
    ), tuple(problems)


def _sides(records: Sequence[CwrRecord], kind: str, problems: list[Problem]) -> Iterator[AgreementSide]:
    """Yield the parties; each run of territories holds for the parties that follow it."""
    territories: list[str] = []
    open_run = False
    for record in records:
        if record.kind == "TER":
            territories = territories if open_run else []
            open_run = True
            territories.append(f"{'-' if record.text('inclusion') == 'E' else ''}{record.number('tis')}")
        elif record.kind == "IPA":
            open_run = False
            yield AgreementSide(
                record.text("role"),
                _contributor(record, kind, problems),
                " ".join(territories),
                *(record.number(f"{right}_share") for right in ("pr", "mr", "sr")),
            )


def _contributor(record: CwrRecord, kind: str, problems: list[Problem]) -> ContributorDraft:
    by_writer = record.text("role") == ASSIGNS and kind in _BY_WRITERS
    society = record.text("pr_society")
    return ContributorDraft(
        name=plain_text(f"{record.text('first_name')} {record.text('last_name')}".strip()),
        role="CA" if by_writer else "E",
        ipi_name=_number(parse_ipi_name, record.text("ipi_name"), "ipi_name", record.line, problems),
        ipi_base=_number(parse_ipi_base, record.text("ipi_base"), "ipi_base", record.line, problems),
        society_code=society if society.isdigit() and int(society) not in (0, 99) else "",
    )


def _number(parse: Callable[[str], str], text: str, field: str, line: int, problems: list[Problem]) -> str | None:
    if not text.strip("0 "):
        return None
    try:
        return parse(text)
    except InvalidIdentifier as error:
        remedy = "It is left out; ask the sender to correct it."
        problems.append(Problem(line, field, "work.wrong_number", error.message, remedy, Level.WARNING))
        return None


def chain_problems(
    draft: WorkDraft, party_ids: Sequence[int | None], known: Mapping[str, KnownAgreement], on: date
) -> tuple[Problem, ...]:
    """Return what in a work's chains contradicts the agreements that it names, as far as we know those.

    Asked are the days of the agreement on `on`, that writer and publisher are parties of it, and that what is
    collected under it lies within its territories. Agreements that nobody told us are not asked about.
    """
    found: dict[str, str] = {}
    for named in draft.agreements:
        agreement = known.get(named.number)
        if agreement is None:
            continue
        found |= _day_faults(agreement, on)
        assignor = None if named.assignor is None else party_ids[named.assignor]
        acquirer = None if named.acquirer is None else party_ids[named.acquirer]
        if assignor is not None and agreement.assignors and assignor not in agreement.assignors:
            who = draft.contributors[named.assignor or 0].name
            found["work.agreement_assignor"] = f"{who} assigns nothing in agreement {named.number}."
        if acquirer is not None and agreement.acquirers and acquirer not in agreement.acquirers:
            who = draft.contributors[named.acquirer or 0].name
            found["work.agreement_acquirer"] = f"{who} acquires nothing in agreement {named.number}."
    for share in draft.shares:
        agreement = known.get(share.agreement_number)
        if agreement is not None and not _covers(agreement.territories, share.territories):
            where = f"collects in {share.territories}, outside of agreement {agreement.number}"
            found["work.agreement_territory"] = f"{draft.contributors[share.contributor].name} {where}."
    remedy = "Compare the agreement; send it anew if it changed."
    return tuple(
        Problem(draft.line, "agreement", rule, message, remedy, Level.WARNING) for rule, message in found.items()
    )


def _day_faults(agreement: KnownAgreement, on: date) -> dict[str, str]:
    if agreement.starts_on and on < agreement.starts_on:
        return {"work.agreement_not_begun": f"Agreement {agreement.number} begins on {agreement.starts_on}."}
    if agreement.ends_on and agreement.ends_on < on:
        return {"work.agreement_ended": f"Agreement {agreement.number} ended on {agreement.ends_on}."}
    return {}


def _covers(territories: Sequence[str], claimed: str) -> bool:
    try:
        asked = Territories.parse(claimed).countries
        given = [Territories.parse(text).countries for text in territories if text]
    except UnknownTerritory:
        return True  # said where the territory was read
    return not given or asked <= frozenset().union(*given)
