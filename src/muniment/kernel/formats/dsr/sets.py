"""Reports in several files: their sums are compared once all files are there; one that is missing or twice is told."""

from collections import Counter
from collections.abc import Iterator, Sequence

from muniment.kernel.formats.dsr.values import DsrTotals
from muniment.kernel.words.problems import Problem

_WHOLE = "Ask the service for the whole report."


def missing_files(files: Sequence[DsrTotals]) -> tuple[int, ...]:
    """Return the numbers of the files of a set that are not there; empty of no file at all."""
    there = {one.file_number for one in files}
    count = min(max((one.file_count for one in files), default=0), 100_000)
    return tuple(number for number in range(1, count + 1) if number not in there)


def compare_set(files: Sequence[DsrTotals]) -> Iterator[Problem]:
    """Compare the files of one report: all there, none twice, of one message, and sums and counts that tie."""
    if not files:
        return
    numbers = Counter(one.file_number for one in files)
    for number, times in sorted(numbers.items()):
        if times > 1:
            yield _problem("DSR.SET_TWICE", f"File {number} of the report is there {times} times.", "Keep one of them.")
    if len({one.message_id for one in files}) > 1:
        yield _problem("DSR.SET_MIXED", "The files are of different reports (MessageId).", "Send each report alone.")
        return
    if len({one.file_count for one in files}) > 1:
        said = ", ".join(str(count) for count in sorted({one.file_count for one in files}))
        yield _problem("DSR.SET_MIXED", f"The files do not agree how many there are: {said}.", _WHOLE)
    if missing := missing_files(files):
        shown = ", ".join(map(str, missing[:20])) + (" and more" if len(missing) > 20 else "")
        count = max(one.file_count for one in files)
        yield _problem("DSR.SET_MISSING", f"Of {count} files these are missing: {shown}.", _WHOLE)
        return
    yield from _compare_sums(files)
    yield from _compare_counts(files)


def _compare_sums(files: Sequence[DsrTotals]) -> Iterator[Problem]:
    if not all(one.whole for one in files):
        return
    for summary_id in sorted({name for one in files for name in one.said}):
        said = {one.said[summary_id] for one in files if summary_id in one.said}
        used = sum(one.used.get(summary_id, 0) for one in files)
        if len(said) == 1 and None not in said and said != {used}:
            told = next(iter(said))
            message = f"Summary {summary_id[:40]!r} says {told:,} usages; the sales of all files make {used:,}."
            yield _problem("DSR.SUM", message, "Ask the service for a corrected report.")


def _compare_counts(files: Sequence[DsrTotals]) -> Iterator[Problem]:
    lines = sum(one.line_count for one in files)
    plain = lines - sum(one.comment_count for one in files)
    blocks = sum(one.block_count for one in files)
    for one in sorted(files, key=lambda one: one.file_number):
        if one.told_lines is not None and one.told_lines not in (lines, plain):
            message = f"File {one.file_number} counts {one.told_lines:,} lines in the report; the files have {plain:,}."
            yield _problem("DSR.COUNT", message, _WHOLE)
        if one.told_blocks is not None and one.told_blocks != blocks:
            message = f"File {one.file_number} counts {one.told_blocks:,} blocks in the report; they have {blocks:,}."
            yield _problem("DSR.COUNT", message, _WHOLE)


def _problem(rule: str, message: str, remedy: str) -> Problem:
    return Problem(None, "", rule, message, remedy)
