"""Every numbered rule of DSR has a report that breaks it, and one whole report breaks none."""

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pytest

from muniment.kernel.formats.door import recognise
from muniment.kernel.formats.dsr import DsrTotals, compare_set, missing_files
from muniment.kernel.formats.dsr.checking import check_paths, check_stream
from muniment.kernel.formats.dsr.door import FORMAT
from muniment.kernel.formats.dsr.rules import rules
from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.problems import Problem

NAME = "DSR_Society_Service_Premium_2026-Q3_KZ_1of1_20261005T080000.tsv"
HEAD = (
    "HEAD\tdsrf/3.0\tUgcProfile\t1.1.1\tM1\t2026-10-05T08:00:00Z\t1\t1\t2026-07-01\t2026-09-30"
    "\tPADPIDA2014999999Z\tDemo\tPremium\tPADPIDA2014999998Z\tSociety\tSOC"
)
SUMMARY = "SY02.01\t1\tShop\tPADPIDA2014999999Z\tAdSupported\tStream\tKZ\tPremium\t10\t5\tEUR\t5.00\t\t\t\t\t\t"
RESOURCE = "AS01\t1\tA1\tdemo:1\tQZMUN2600001\tRain\t\tSingers\tns::1\tPT3M20S\tSoundRecording"
WORK = f"MW01.01\t1\tw1\t{make_iswc(1)}\tRain\t\tAigul\tns::2\tErlan\tns::3\tSteppe Music\tns::4\tX\tns::5\tdemo\tns::6"
RELEASES = "RU01\t1\t1\tv1|v2\t6|4"
USAGE = "SU03.01\t1\tT1\t1\tdemo:1\t10\t2.5\t2026-07-01\t2026-09-30"
LICENSOR = "LI01.01\t1\t1\tSOC\t\t\t50\tPerformingRight\t1.0\t0.5"
FOOT = "FOOT\t8\t8\t1\t1\t1"
ROWS = {
    "HEAD": HEAD,
    "SY": SUMMARY,
    "AS": RESOURCE,
    "MW": WORK,
    "RU": RELEASES,
    "SU": USAGE,
    "LI": LICENSOR,
    "FOOT": FOOT,
}


def report(**changes: str) -> bytes:
    """Return the whole report with rows changed (by the first letters of their type); "" leaves a row out."""
    rows = {**ROWS, **changes}
    return ("\n".join(row for row in rows.values() if row) + "\n").encode()


def swapped(kind: str, old: str, new: str) -> bytes:
    """Return the report with one text of one row changed."""
    assert old in ROWS[kind]
    return report(**{kind: ROWS[kind].replace(old, new, 1)})


def basic(*rows: str) -> bytes:
    """Return a Basic Audio 1.2 report of these rows behind its head and summary."""
    head = HEAD.replace("UgcProfile\t1.1.1", "BasicAudioProfile\t1.2")
    summary = "SY02.02\t1\t\t\tAdSupported\tStream\tKZ\tPremium\t10\t5\tEUR\t5.00\t\t\t\t\t\t\tMusic\t\t\t"
    return ("\n".join((head, summary, *rows, "FOOT")) + "\n").encode()


PROGRAMME = (
    HEAD.replace("UgcProfile\t1.1.1", "AudioVisualProfile\t1.1")
    + "\nSY02.02\t1\t\t\tSubscription\tStream\tKZ\tVideo\t10\t5\tEUR\t5.00\t\t\t\t\t\t\tFilm\t\t\t"
    + "\nAS03.01\t1\tA1\tf1\t000000000000\t\t\tFilm\tThe Ferry\t\t\t\t\t\tPT90M\t\t\tDirector"
)

BREAKS: dict[str, bytes] = {
    "DSR.EMPTY": b"# nothing\n",
    "DSR.NOT_DSR": b"title,artist\n",
    "DSR.UTF8": report() + b"\xff\n",
    "DSR.ZERO_BYTE": report() + b"\x00\n",
    "DSR.LINE_LENGTH": report() + b"x" * (4 * 1024 * 1024 + 1),
    "DSR.GZIP": gzip.compress(report(), mtime=0)[:-9],
    "DSR.HEAD": swapped("HEAD", "M1", ""),
    "DSR.SECOND_HEAD": report(SY=f"{SUMMARY}\n{HEAD}"),
    "DSR.MISSING": swapped("AS", "A1", ""),
    "DSR.NUMBER": swapped("SU", "\t10\t", "\tmany\t"),
    "DSR.NO_SUMMARY": swapped("SU", "T1\t1", "T1\t9"),
    "DSR.NO_RESOURCE": basic("SU02\t1\t1\tT\t\tA9\ttrue\t10"),
    "DSR.CUE": f"{PROGRAMME}\nCU01\t1\tA9\t\tPT1M\nFOOT\n".encode(),
    "DSR.AFTER_FOOT": report() + f"{USAGE}\n".encode(),
    "DSR.NO_FOOT": report(FOOT=""),
    "DSR.COUNT": swapped("FOOT", "FOOT\t8", "FOOT\t9"),
    "DSR.SUM": swapped("SY", "\t10\t", "\t11\t"),
    "DSR.UNKNOWN_RECORD": report(LI=f"{LICENSOR}\nXX01\t1"),
    "DSR.VERSION": swapped("AS", "AS01", "AS01.77"),
    "DSR.PROFILE": swapped("HEAD", "UgcProfile", "HouseProfile"),
    "DSR.PROFILE_VERSION": swapped("HEAD", "1.1.1", "9.9"),
    "DSR.MORE_FILES": swapped("HEAD", "\t1\t1\t", "\t1\t2\t"),
    "DSR.SUMMARY_ELSEWHERE": report(HEAD=HEAD.replace("\t1\t1\t", "\t1\t2\t"), SY=""),
    "DSR.LICENSOR": report(RU=f"{LICENSOR}\n{RELEASES}"),
    "DSR.DATE": swapped("HEAD", "2026-07-01", "July"),
    "DSR.AMOUNT": swapped("SY", "5.00", "5,00"),
    "DSR.ISRC": swapped("AS", "QZMUN2600001", "QZ1"),
    "DSR.ISWC": swapped("MW", make_iswc(1), "T9999999999"),
    "DSR.DURATION": swapped("AS", "PT3M20S", "long"),
    "DSR.CELLS": swapped("LI", "\t0.5", "\t0.5\tmore"),
    "DSR.MANDATORY": swapped("AS", "Rain", ""),
    "DSR.REPEATED": swapped("AS", "Rain", "Rain|Snow"),
    "DSR.INTEGER": swapped("FOOT", "FOOT\t8", "FOOT\tmany"),
    "DSR.DECIMAL": swapped("LI", "\t1.0\t", "\t1,0\t"),
    "DSR.BOOLEAN": basic("SU02\t1\t1\tT\t\tA1\tperhaps\t10"),
    "DSR.DATE_FORM": swapped("SU", "2026-07-01", "1.7.2026"),
    "DSR.DATETIME_FORM": swapped("HEAD", "2026-10-05T08:00:00Z", "5 October"),
    "DSR.DURATION_FORM": swapped("AS", "PT3M20S", "3:20"),
    "DSR.CURRENCY": swapped("SY", "EUR", "eur"),
    "DSR.TERRITORY": swapped("SY", "KZ", "Nowhere"),
    "DSR.PARTY_FORM": swapped("AS", "ns::1", "1"),
    "DSR.DPID_FORM": swapped("HEAD", "PADPIDA2014999999Z", "X1"),
    "DSR.ISRC_FORM": swapped("AS", "QZMUN2600001", "QZ-MUN-26-00001"),
    "DSR.ISWC_FORM": swapped(
        "MW", make_iswc(1), f"T-{make_iswc(1)[1:4]}.{make_iswc(1)[4:7]}.{make_iswc(1)[7:10]}-{make_iswc(1)[10]}"
    ),
    "DSR.ISAN_FORM": f"{PROGRAMME.replace('000000000000', '12')}\nFOOT\n".encode(),
    "DSR.ICPN_FORM": basic("RE01\t1\tR1\td\t\t\t12\tX\t\tAlbum"),
    "DSR.DIRECTION": swapped("AS", "Rain", "\u202eniaR"),
    "DSR.NOT_IN_PROFILE": report(LI=f"{LICENSOR}\nSU05\t1\t1\tT\tA1\ttrue\t0"),
    "DSR.ORDER": report(LI=f"{LICENSOR}\n{SUMMARY}"),
    "DSR.BLOCK_RESOURCE": report(AS="", MW="", RU="", SU="", LI=RELEASES),
    "DSR.BLOCK_USAGE": basic("AS02.02\t1\tA1\td\t\tRain\t\tX"),
    "DSR.BLOCK_WORK": basic("AS01.01\t1\tA1\td\t\tRain\t\tX", "SU02\t1\t1\tT\t\tA1\ttrue\t10"),
    "DSR.BLOCK_ONCE": basic("RE01\t1\tR1\td", "RE01\t1\tR2\td", "AS02.02\t1\tA1\td\t\tRain\t\tX"),
    "DSR.REFERENCE_TWICE": report(MW=f"{RESOURCE}\n{WORK}"),
    "DSR.PAIRS": swapped("RU", "6|4", "6"),
    "DSR.SHARE": swapped("LI", "\t50\t", "\t500\t"),
    "DSR.NO_SUMMARIES": report(SY=""),
    "DSR.PERIOD": swapped("HEAD", "2026-09-30", "2026-06-30"),
    "DSR.FILE_NUMBER": swapped("HEAD", "\t1\t1\t", "\t3\t1\t"),
    "DSR.MESSAGE_VERSION": swapped("HEAD", "dsrf/3.0", "3.0"),
    "DSR.NAME": swapped("HEAD", "\t1\t1\t", "\t1\t2\t"),
}
OF_SETS = {"DSR.SET_MISSING", "DSR.SET_TWICE", "DSR.SET_MIXED"}


def told(content: bytes) -> list[str]:
    """Return the rules that a file breaks."""
    return [item.rule for item in check_stream(io.BytesIO(content), NAME) if isinstance(item, Problem)]


def test_a_whole_report_breaks_no_rule() -> None:
    assert [rule for rule in told(report()) if rule != "DSR.MANDATORY"] == []


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_a_report_that_breaks_a_rule_is_told_so(rule: str) -> None:
    assert rule in told(BREAKS[rule])
    assert rule not in told(report().replace(b"\tAigul\t", b"\tDewi\t")) or rule == "DSR.MANDATORY"


def test_every_rule_that_is_checked_is_tried() -> None:
    known = rules()
    assert [rule.id for rule in known if rule.covered and rule.id not in BREAKS.keys() | OF_SETS] == []
    assert set(BREAKS) | OF_SETS <= {rule.id for rule in known}
    assert len({rule.id for rule in known}) == len(known)
    assert all(rule.why_not for rule in known if not rule.covered)


def totals(number: int, used: int) -> DsrTotals:
    """Return what one file of three sums to."""
    return DsrTotals("M1", number, 3, 4, 1, 1, told_lines=9, told_blocks=3, said={"1": 30}, used={"1": used})


def test_the_files_of_a_set_are_compared_when_all_are_there() -> None:
    files = [totals(1, 5), totals(2, 15), totals(3, 10)]
    assert [problem.rule for problem in compare_set(files)] == []
    assert [problem.rule for problem in compare_set([*files[:2], totals(3, 11)])] == ["DSR.SUM"]
    assert [problem.message for problem in compare_set(files[:2])] == ["Of 3 files these are missing: 3."]
    assert next(problem.rule for problem in compare_set([*files, files[0]])) == "DSR.SET_TWICE"
    assert [problem.rule for problem in compare_set([*files[:2], replace(files[2], message_id="M2")])] == [
        "DSR.SET_MIXED"
    ]
    assert [p.rule for p in compare_set([*files[:2], replace(files[2], file_count=4)])] == [
        "DSR.SET_MIXED",
        "DSR.SET_MISSING",
    ]
    assert {p.rule for p in compare_set([*files[:2], replace(files[2], told_lines=1, told_blocks=1)])} == {"DSR.COUNT"}
    assert (missing_files([]), list(compare_set([]))) == ((), [])


def test_a_folder_is_checked_as_a_set(tmp_path: Path) -> None:
    for number in (1, 2):
        content = report(
            HEAD=HEAD.replace("\t1\t1\t", f"\t{number}\t2\t"),
            SY=SUMMARY.replace("\t10\t", "\t20\t"),
            FOOT="FOOT\t8\t16\t1\t1\t2",
        )
        (tmp_path / NAME.replace("1of1", f"{number}of2")).write_bytes(content)
    found = [problem.rule for problem in FORMAT.check(tmp_path) if problem.rule != "DSR.MANDATORY"]
    assert found == []
    next(tmp_path.iterdir()).unlink()
    assert [problem.rule for problem in check_paths(list(tmp_path.iterdir()))][-1] == "DSR.SET_MISSING"


def test_the_door_knows_a_report_by_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "anything.bin"
    path.write_bytes(b"# a comment\n" + report())
    found = recognise(path)
    assert (found.format.name, found.recognised.profile, found.recognised.version) == ("dsr", "UgcProfile", "1.1.1")
    seen = FORMAT.preview(path, 5)
    assert seen.rows == (
        ("Rain", "Singers", "Aigul", "QZMUN2600001", make_iswc(1), "10", "0.50", "EUR", "KZ", "Premium"),
    )
    assert seen.counts["sales"] == 1


def test_a_sale_of_nothing_in_a_currency_that_is_none_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "report.tsv"
    lines = ["HEAD" + "\t" * 4 + "M1" + "\t" * 11 + "M", "SY02\t1" + "\t" * 5 + "2" + "\t" * 5, "AS02\t1\tA1"]
    lines += ["SU02\t1\t1" + "\t" * 5 + "3", "LI01\t1" + "\t" * 9]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    shown = FORMAT.preview(path, 5)
    assert [row[5:8] for row in shown.rows] == [("3", "", "")]
