"""The rules of CWR that no single field decides: of works, agreements, acknowledgements, and of one society.

Each check looks at a transaction and yields the rules it finds broken; what is not asked (a profile that is off) is
passed over. Which rules there are, what they cost and say, is the table `rules.csv`.
"""

from collections.abc import Iterator, Sequence

from muniment.kernel.formats.cwr.checks.agreements import check_agreement
from muniment.kernel.formats.cwr.checks.answers import check_answer
from muniment.kernel.formats.cwr.checks.parties import PARTY_CHECKS
from muniment.kernel.formats.cwr.checks.shares import SHARE_CHECKS
from muniment.kernel.formats.cwr.checks.societies import society_checks
from muniment.kernel.formats.cwr.checks.work import Check, WorkLines, gather_work
from muniment.kernel.formats.cwr.checks.works import WORK_CHECKS
from muniment.kernel.formats.cwr.records import WORK_KINDS, CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, CwrRules
from muniment.kernel.words.problems import Problem

_CHECKS: tuple[Check, ...] = (*WORK_CHECKS, *SHARE_CHECKS, *PARTY_CHECKS)
_MUST_HAVE_RECORDS = frozenset({"ISW", "EXC"})
"""A notice of an ISWC or of a conflict may be its header alone."""


def check_transaction(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> list[Problem]:
    """Return every broken rule of a transaction that is asked, in the order of the checks."""
    found = _broken(header, records, asked)
    return [problem for one in found if (problem := asked.problem(one)) is not None]


def _broken(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> Iterator[Broken]:
    if header.kind in WORK_KINDS:
        if records or header.kind not in _MUST_HAVE_RECORDS:
            yield from check_work(gather_work(header, records, asked))
    elif header.kind == "AGR":
        yield from check_agreement(header, records)
    elif header.kind == "ACK":
        yield from check_answer(header, records, asked)


def check_work(work: WorkLines) -> Iterator[Broken]:
    """Yield the broken rules of a work transaction (NWR, REV, ISW, EXC)."""
    yield from work.chains.broken
    for check in _CHECKS:
        yield from check(work)
    for check in society_checks(work.asked.societies):
        yield from check(work)
