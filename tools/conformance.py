"""Write the page of conformance: `python tools/conformance.py [--samples FOLDER | --check]`.

For each format: what it reads and writes, how many of the standard's records it has, how many of its rules are checked
and how many a test asks, and what real samples came to. Rules come from the formats' own tables, tests from the tests'
own files. `--samples` reads the samples of a folder that is not part of this repository, and keeps the counts (no
data) in `tests/kernel/formats/conformance.json`; without it the counts that are kept stand. `--check` changes nothing
and exits with 1 where the page is not as it would be written.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from muniment.kernel.formats.door import (
    Format,
    Rule,
    Tally,
    all_formats,
    check_file,
    recognise,
)
from muniment.kernel.words.problems import BadFile, Level, UserError

ROOT = Path(__file__).parents[1]
FORMATS = ROOT / "src" / "muniment" / "kernel" / "formats"
TESTS = ROOT / "tests" / "kernel" / "formats"
PAGE = ROOT / "docs" / "formats-conformance.md"
COUNTS = TESTS / "conformance.json"

HEAD = """# Conformance of the formats

How much of each format is read, checked and written, counted from the tables and the tests by
`python tools/conformance.py`; a test fails where this page is not up to date. What each format means in the house is
told in [Formats](formats.md).

A *record* is a kind of line, table or message part of the standard. A *rule* is a row of the format's own rule table:
*checked* by the reader or the check, *asked* where a test of the format names it (for CWR: where the table of cases has
a file that passes and one that breaks it; how its rules count against the numbered edits of the standard is told in
[CWR](cwr.md)). *Unofficial* layouts were put together from parts that are public.
"""
SAMPLES_HEAD = """
## Real samples

Files of others, which this repository does not hold; the counts were taken where they lie. *Recognised*: told by the
one door as what they are. *Read to the end*: without a refusal of the whole file. *Without an error*: warnings aside.
Some samples are fragments of files, or wrong on purpose.
"""


@dataclass(frozen=True)
class Records:
    """Where the kinds of records stand: in a table of ours and in one of the reference, by these columns."""

    ours: tuple[str, ...]
    theirs: str
    columns: tuple[str, ...]


RECORDS: Mapping[str, Records] = {
    "cwr": Records(("layout_21.csv", "layout_22.csv"), "cwr/cwr22_layout.csv", ("record",)),
    "cwr3": Records(("cwr3_layout.csv", "layout_30.csv", "layout.csv"), "cwr/cwr3x_partial_layout.csv", ("record",)),
    "crd": Records(("crd30_layout.csv",), "crd/crd30_partial_layout.csv", ("record",)),
    "dsr": Records(("records.csv",), "ddex/dsrf_record_columns.csv", ("record",)),
    "bwarm": Records(("layout.csv",), "bwarm/bwarm_columns.csv", ("version", "file")),
}
SAMPLES: Mapping[str, tuple[str, ...]] = {
    "CWR 2.1 and 2.2": ("cwr/*.V21", "cwr/*.v22"),
    "CWR 3": ("cwr/*.SUB", "cwr/*.ISR"),
    "DDEX DSR": ("ddex/dsrf_testdata/*",),
    "ONIX": ("onix/*.xml",),
    "MARC 21": ("marc/*.dat", "marc/*.xml"),
    "KBART": ("kbart/*",),
    "Statements and logs": ("statements/suisa*.csv", "royalties/*.csv"),
}


def kinds_in(file: Path, columns: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the kinds of records that a table has; SPU/OPU are two, an ending of a file's name is none."""
    found: set[tuple[str, ...]] = set()
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            values = [row[column].removesuffix(".tsv") for column in columns]
            for last in values[-1].split("/"):
                if last not in {"", "PREFIX"}:
                    found.add((*values[:-1], last))
    return found


def rules_of(name: str) -> tuple[Rule, ...]:
    """Return the rules of a format as rows; those of CWR have a form of their own."""
    module: Any = import_module(f"muniment.kernel.formats.{name}.rules")
    if hasattr(module, "RULES"):
        return tuple(module.RULES)
    rows = module.rules()
    if isinstance(rows, Mapping):
        return tuple(
            Rule(key, str(rule.level.value), rule.message, True, "", ", ".join(sorted(rule.profiles)))
            for key, rule in rows.items()
        )
    return tuple(rows)


def asked_of(name: str, rules: Iterable[Rule]) -> set[str]:
    """Return the ids of rules that a test of the format names, quoted, or that its table of cases has."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((TESTS / name).rglob("*.py")))
    cases = TESTS / name / "cases.csv"
    asked: set[str] = set()
    if cases.exists():
        with cases.open(encoding="utf-8", newline="") as stream:
            asked = {row["rule"] for row in csv.DictReader(stream)}
    ids = {rule.id: rule.id.rpartition(".")[2] if asked else rule.id for rule in rules}
    return {id_ for id_, word in ids.items() if word in asked or f'"{word}"' in text}


def records_of(name: str) -> set[tuple[str, ...]]:
    """Return the kinds of records that a format of ours has a layout for."""
    found: set[tuple[str, ...]] = set()
    for file in RECORDS[name].ours:
        if (FORMATS / name / file).exists():
            found |= kinds_in(FORMATS / name / file, RECORDS[name].columns)
    return found


def measure(folder: Path) -> dict[str, Any]:
    """Count the records of the reference and what each group of samples comes to."""
    standard: dict[str, Any] = {}
    for name, records in RECORDS.items():
        theirs = kinds_in(folder / records.theirs, records.columns)
        standard[name] = {"records": len(theirs), "missing": sorted("/".join(k) for k in theirs - records_of(name))}
    samples = {group: measure_group(folder, patterns) for group, patterns in SAMPLES.items()}
    return {"standard": standard, "samples": samples}


def measure_group(folder: Path, patterns: Sequence[str]) -> dict[str, Any]:
    """Return how many files a group has, as what they were recognised, and how reading them ended."""
    counts = Counter[str]()
    formats = Counter[str]()
    for path in sorted(file for pattern in patterns for file in folder.glob(pattern) if file.is_file()):
        counts["files"] += 1
        try:
            found = recognise(path)
        except BadFile:
            continue
        counts["recognised"] += 1
        formats[str(found.format.title)] += 1
        tally = Tally(keep=0)
        with suppress(UserError):
            for problem in check_file(path, found):
                tally.add(problem)
        counts["whole"] += not tally.rules["file"]
        counts["clean"] += not tally.levels[Level.ERROR]
    return {
        **{key: counts[key] for key in ("files", "recognised", "whole", "clean")},
        "as": dict(sorted(formats.items())),
    }


def page(counts: Mapping[str, Any]) -> str:
    """Return the whole page."""
    parts = [HEAD, "\n## The formats\n\n", _overview(counts), SAMPLES_HEAD, "\n", _samples(counts["samples"])]
    parts += ["\n## Rules of the standard that are not checked\n\n", _not_checked(), "\n## Records\n\n"]
    parts += [_records(counts["standard"])]
    return "".join(parts)


def _overview(counts: Mapping[str, Any]) -> str:
    rows = []
    for format_ in all_formats():
        rules = rules_of(format_.name)
        checked = sum(rule.covered for rule in rules)
        asked = len(asked_of(format_.name, [rule for rule in rules if rule.covered]))
        rows.append(
            (
                format_.title + ("" if format_.official else " (unofficial)"),
                ", ".join(format_.versions),
                format_.becomes.value,
                _ways(format_),
                _of(format_.name, counts["standard"]),
                f"{checked} of {len(rules)}",
                f"{asked} of {checked}",
            )
        )
    return _table(("format", "versions", "becomes", "ways", "records", "rules checked", "rules asked"), rows)


def _ways(format_: Format) -> str:
    ways = ["read", *(["written"] if format_.writes else []), *(["answered"] if format_.acknowledge else [])]
    return ", ".join(ways)


def _of(name: str, standard: Mapping[str, Any]) -> str:
    if name not in RECORDS or name not in standard:
        return "–"
    whole = standard[name]["records"]
    return f"{whole - len(standard[name]['missing'])} of {whole}"


def _samples(samples: Mapping[str, Any]) -> str:
    rows = [
        (
            group,
            str(told["files"]),
            f"{told['recognised']} of {told['files']}",
            f"{told['whole']} of {told['recognised']}",
            f"{told['clean']} of {told['recognised']}",
            ", ".join(f"{name} {count}" for name, count in told["as"].items()) or "–",
        )
        for group, told in samples.items()
    ]
    return _table(("samples", "files", "recognised", "read to the end", "without an error", "as"), rows)


def _not_checked() -> str:
    rows = [
        (format_.title, rule.id, rule.condition, rule.why_not)
        for format_ in all_formats()
        for rule in rules_of(format_.name)
        if not rule.covered
    ]
    return _table(("format", "rule", "what it asks", "why not"), rows) if rows else "None.\n"


def _records(standard: Mapping[str, Any]) -> str:
    lines = []
    titles = {format_.name: format_.title for format_ in all_formats()}
    for name, told in standard.items():
        if name in titles:
            missing = ", ".join(told["missing"]) or "nothing is missing"
            lines.append(f"- **{titles[name]}**: {_of(name, standard)}; {missing}.\n")
    return "".join(lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def main(words: Sequence[str]) -> int:
    """Do what was asked and return the exit status."""
    if "--samples" in words:
        counts = measure(Path(words[words.index("--samples") + 1]))
        COUNTS.write_text(json.dumps(counts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    counts = json.loads(COUNTS.read_text(encoding="utf-8"))
    text = page(counts)
    if "--check" in words:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not up to date: run python tools/conformance.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
