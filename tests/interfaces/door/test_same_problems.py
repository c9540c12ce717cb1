"""A check and an import say the same of a file: each field of a table and of a known statement is damaged once."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from muniment.interfaces.door.acts import Act
from muniment.interfaces.door.columns import check_known, known
from muniment.interfaces.door.ways_in import way_of
from muniment.kernel.formats.door import as_read
from muniment.kernel.formats.reports import layout_of
from muniment.kernel.words.problems import Problem, UserError
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import muniment
from tests.kernel.formats.reports.samples import sample_of
from tests.use.world import AT

pytestmark = pytest.mark.django_db

DAMAGE = (
    "", "abc", "2026-13-01", "03/04/2026", "-3", "0", "XQX", "eur", "QZ-1", "a\u202eb", "a\u200bb", "a\x01b", "9" * 30,
    "1.5", "1,234", "١٢", "x" * 3000,
)  # fmt: skip
ANSWERS = {"source": "S", "fund": "f/1", "from": "2026-07-01", "to": "2026-10-01"}
USES = (
    "Title,Artist,Writers,ISRC,ISWC,Work code,Duration,Plays,Date,Territory,Amount,Currency,Use\n"
    "Rain,Asan,Omar,,,,3:20,3,2026-07-02,PK,1.5,EUR,feature\nNight,,,,,,,2,2026-07-03,,2,EUR,\n"
)
MEMBERS = "Name,Type,IPI name number,Joined on,Country,Pseudonym\nAsan,person,,2020-01-01,KZ,\nBilal,person,,,,\n"
WORKS = "Work number,Title,Writer,Role,PR share,ISRC,Duration\nW1,River,Asan,CA,100,,3:20\nW2,Rain,Asan,CA,100,,\n"
DSR = (
    "HEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tM1\t2026-10-05T08:00:00Z\t1\t1\t2026-07-01\t2026-09-30\tP1\tDemo\tS\t\t\tO\n"
    "SY02.02\t1\t\t\tSubscriptionModel\tStream\tKZ\tPremium\t10\t\tEUR\t5\n"
    "AS01\t1\tA1\td1\t\tRain\tRain\t\t\t\tSoundRecording\nSU01\t1\t1\tT\t\tA1\ttrue\tfalse\t{uses}\t\nFOOT\t5\n"
)


def damaged(text: str) -> Iterator[str]:
    """Give the table with each cell of its first row damaged in each way."""
    rows = list(csv.reader(io.StringIO(text)))
    for place in range(len(rows[0])):
        for damage in DAMAGE:
            rest = [*rows[1][:place], damage, *rows[1][place + 1 :]]
            out = io.StringIO()
            csv.writer(out).writerows([rows[0], rest, *rows[2:]])
            yield out.getvalue()


def plain(problems: Iterator[Problem]) -> set[tuple[object, ...]]:
    """Return problems without their order."""
    return {(one.line, one.field, one.level, one.rule, one.message, one.remedy) for one in problems}


def imported(path: Path) -> set[tuple[object, ...]]:
    """Return what an import says, which is taken back."""
    this = known(path)
    try:
        with transaction.atomic(), as_read(path, this.found) as file:
            outcome = way_of(this.found).take(Act(CHEN, AT, file, path.name, this.found, ANSWERS, mapping=this.mapping))
            transaction.set_rollback(True)
    except UserError as error:
        return {(error.message, error.remedy)}
    return plain(iter(outcome.problems))


@pytest.mark.parametrize("name", ["uses", "members", "works", "prs_statement_short", "setlist"])
def test_a_check_says_what_the_import_says(tmp_path: Path, name: str) -> None:
    texts = {"uses": USES, "members": MEMBERS, "works": WORKS}
    layout = layout_of(name)
    path, told = tmp_path / "table.csv", 0
    for text in damaged(texts[name] if layout is None else sample_of(layout)):
        path.write_text(text, encoding="utf-8")
        checked = plain(check_known(path, known(path), answers=ANSWERS))
        taken = imported(path)
        if len(next(iter(taken), ())) == 2:
            taken = {(None, "", "error", "file", *one) for one in taken}
        of_shares = {one for one in taken if one[3] == "work.under_claimed"}  # what the register alone can sum
        assert checked == taken - of_shares, text
        told += bool(checked)
    assert told > 10


def test_what_only_a_person_can_say_is_asked_once(tmp_path: Path) -> None:
    path = tmp_path / "uses.csv"
    path.write_text("Title,Plays,Date,Amount\nRain,3,03/04/2026,1.5\nNight,2,05/06/2026,2\n", encoding="utf-8")
    told = [(one.line, one.field, one.rule) for one in check_known(path, known(path))]
    assert told == [(2, "Date", "usage.two_dates"), (2, "Amount", "usage.no_currency")]
    said = {"currency": "EUR", "date-order": "dmy"}
    assert list(check_known(path, known(path), answers=said)) == []
    unknown = muniment("import", str(path), "--dry-run", "--currency", "XQX")
    assert (unknown.status, "XQX" in unknown.err + unknown.out) == (2, True)
    dry = muniment("import", str(path), "--dry-run", "--from", "2026-04-01", "--to", "2026-07-01")
    assert (dry.status, "usage.bad_amount" in dry.out) == (1, True)


@pytest.mark.parametrize(
    ("uses", "told"), [("3", set()), ("0", {"usage.bad_count"}), ("-3", {"usage.bad_count", "usage.bad_amount"})]
)
def test_sales_that_are_not_taken_are_told_by_the_check(tmp_path: Path, uses: str, told: set[str]) -> None:
    path = tmp_path / "report.tsv"
    path.write_text(DSR.format(uses=uses), encoding="utf-8")
    rules = {one.rule for one in check_known(path, known(path))}
    assert {one for one in rules if one.startswith("usage.")} == told
