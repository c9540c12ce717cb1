"""The rules of CWR that no single field decides: of works, agreements, acknowledgements, and of one society.

Each check looks at a transaction and yields the rules it finds broken; what is not asked (a profile that is off) is
passed over. Which rules there are, what they cost and say, is the table `rules.csv`.
"""

from collections.abc import Hashable, Iterator, Sequence

from muniment.kernel.formats.cwr.checks.agreements import check_agreement
from muniment.kernel.formats.cwr.checks.answers import check_answer
from muniment.kernel.formats.cwr.checks.builds import build_of, build_of_lines
from muniment.kernel.formats.cwr.checks.parties import PARTY_CHECKS
from muniment.kernel.formats.cwr.checks.shares import SHARE_CHECKS
from muniment.kernel.formats.cwr.checks.societies import society_checks
from muniment.kernel.formats.cwr.checks.work import Check, WorkLines, gather_work
from muniment.kernel.formats.cwr.checks.works import WORK_CHECKS
from muniment.kernel.formats.cwr.records import WORK_KINDS, CwrRecord, Records
from muniment.kernel.formats.cwr.rules import Broken, CwrRules
from muniment.kernel.words.problems import Problem

_CHECKS: tuple[Check, ...] = (*WORK_CHECKS, *SHARE_CHECKS, *PARTY_CHECKS)
_REMEMBERED = 4096
_SOUND: set[Hashable] = set()
"""Builds of works that break no rule, see `builds`."""
_MUST_HAVE_RECORDS = frozenset({"ISW", "EXC"})
"""A notice of an ISWC or of a conflict may be its header alone."""


def check_transaction(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> list[Problem]:
    """Return every broken rule of a transaction that is asked, in the order of the checks."""
    found = _broken(header, records, asked)
    return [problem for one in found if (problem := asked.problem(one)) is not None]


def _broken(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> Iterator[Broken]:
    if header.kind in WORK_KINDS:
        if records or header.kind not in _MUST_HAVE_RECORDS:
            yield from _check_work_once(header, records, asked)
    elif header.kind == "AGR":
        yield from check_agreement(header, records)
    elif header.kind == "ACK":
        yield from check_answer(header, records, asked)


def _check_work_once(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> Sequence[Broken]:
    """Return the broken rules of a work; of the works of one build that break none, the first is checked."""
    build = _build_of(header, records) if asked.alike else None
    if build is not None and build in _SOUND:
        return ()
    found = tuple(check_work(gather_work(header, records, asked)))
    if build is not None and not found:
        if len(_SOUND) >= _REMEMBERED:
            _SOUND.clear()
        _SOUND.add(build)
    return found


def _build_of(header: CwrRecord, records: Sequence[CwrRecord]) -> Hashable:
    if isinstance(records, Records) and records.lines is not None:
        return build_of_lines(header, records.lines)
    return build_of(header, records)


def check_work(work: WorkLines) -> Iterator[Broken]:
    """Yield the broken rules of a work transaction (NWR, REV, ISW, EXC)."""
    yield from work.chains.broken
    for check in _CHECKS:
        yield from check(work)
    for check in society_checks(work.asked.societies):
        yield from check(work)
