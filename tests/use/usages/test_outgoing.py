"""A report goes out as a DSR flat file and comes in again: the same uses, the same money, no rule broken."""

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr.checking import check_stream
from muniment.kernel.words.identifiers import InvalidIdentifier, make_dpid, make_isrc, make_iswc
from muniment.kernel.words.problems import Problem
from muniment.use.usages import queries
from muniment.use.usages.queries import NoSuchProfile, Offer, OutgoingReport, UnknownReport, outgoing_dsr
from tests.use.world import AT, import_log, write_log

pytestmark = pytest.mark.django_db

OFFER = Offer(make_dpid(date(2026, 1, 1)), "Society of the Steppe", "EUR")
ISRC, ISWC = make_isrc("QZ", "MUN", date(2026, 1, 1), 7), make_iswc(900_000_002)
SALES = f"""Title;Artist;Composer;ISRC;ISWC;Work code;Duration;Plays;Date;Territory;Amount;Currency
Morning Star;Asan;Aigul Seitkali; Erlan;{ISRC};{ISWC};W-1;3:20;3;2026-07-31;KZ;1.234567;EUR
Night;Asan;;;;;;7;2026-07-02;KZ;0.000001;EUR
شام کی خوشبو;ملک;;;;;2:10.5;5;2026-07-02;PK;100;USD
=SUM(A1);|Bars|;;;;;;1;2026-07-02;2136;-;
""".replace("Aigul Seitkali; Erlan", '"Aigul Seitkali; Erlan"').replace(";-;", ";;")


def brought(tmp_path: Path, content: str) -> int:
    receipt = import_log(write_log(tmp_path, content), form="table")
    assert receipt.report_id is not None, receipt.problems
    return receipt.report_id


def written(report_id: int, profile: str = "") -> tuple[OutgoingReport, bytes]:
    told = outgoing_dsr(report_id, profile=profile, offer=OFFER, at=AT)
    return told, b"".join(told.lines)


def sums(report_id: int) -> dict[tuple[int, str], tuple[int, int]]:
    """Return uses and money by territory and currency; no money is none of the house's currency."""
    uses: Counter[tuple[int, str]] = Counter()
    money: Counter[tuple[int, str]] = Counter()
    for line in queries.iter_lines(report_id):
        uses[line.territory, line.currency or "EUR"] += line.use_count
        money[line.territory, line.currency or "EUR"] += line.amount_micro or 0
    return {key: (uses[key], money[key]) for key in uses}


def back(tmp_path: Path, content: bytes) -> int:
    path = tmp_path / "back.tsv"
    path.write_bytes(content)
    receipt = import_log(path, form="dsr")
    assert (receipt.bad_count, receipt.problem_count) == (0, 0), receipt.problems
    assert receipt.report_id is not None
    return receipt.report_id


@pytest.mark.parametrize("profile", ["", "basic-audio", "ugc"])
def test_uses_and_money_come_back_as_they_went(tmp_path: Path, profile: str) -> None:
    report_id = brought(tmp_path, SALES)
    told, content = written(report_id, profile)
    assert [item for item in check_stream(io.BytesIO(content)) if isinstance(item, Problem)] == []
    assert (told.sale_count, told.use_count, told.left_count) == (4, 16, 0)
    assert told.amounts_micro == {"EUR": 1_234_568, "USD": 100_000_000}
    again = back(tmp_path, content)
    assert sums(again) == sums(report_id)


def test_each_line_keeps_what_it_says(tmp_path: Path) -> None:
    report_id = brought(tmp_path, SALES)
    again = back(tmp_path, written(report_id)[1])
    for old, new in zip(queries.iter_lines(report_id), queries.iter_lines(again), strict=True):
        assert (new.isrc, new.iswc, new.duration_ms, new.use_count, new.used_on, new.territory) == (
            *(old.isrc, old.iswc, old.duration_ms, old.use_count, old.used_on, old.territory),
        )
        assert new.amount_micro == (old.amount_micro or 0)
        assert {name: new.reported.get(name) for name in ("title", "performer", "writers")} == {
            name: old.reported.get(name) for name in ("title", "performer", "writers")
        }
    first = next(iter(queries.iter_lines(again)))
    assert first.reported["source_id"] == f"{OFFER.sender_id}::W-1"


def test_what_was_read_from_a_sales_report_goes_out_under_its_services(tmp_path: Path) -> None:
    golden = Path(__file__).parents[2] / "golden" / "dsr" / "premium.tsv"
    receipt = import_log(golden, form="dsr")
    assert receipt.report_id is not None
    told, content = written(receipt.report_id)
    assert b"\tSubscriptionModel\tAsPerContract\tKZ\tPremium\t" in content
    assert sums(back(tmp_path, content)) == sums(receipt.report_id)
    assert told.amounts_micro == {"EUR": 4_512_345_678}


def test_a_line_that_the_standard_cannot_take_stays_behind(tmp_path: Path) -> None:
    report_id = brought(tmp_path, "Title;Artist;Plays;Date\nRain;;3;2026-07-02\nNight;Asan;2;2026-07-03\n")
    told, content = written(report_id)
    assert (told.sale_count, told.use_count, told.left_count) == (1, 2, 1)
    assert [(one.line, one.rule) for one in told.problems] == [(2, "usage.not_written")]
    assert "DisplayArtistName" in told.problems[0].message
    assert content.count(b"\nSU02\t") == 1


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    report_id = brought(tmp_path, SALES)
    with pytest.raises(NoSuchProfile):
        written(report_id, "radio")
    with pytest.raises(UnknownReport):
        written(report_id + 1)
    with pytest.raises(InvalidIdentifier):
        outgoing_dsr(report_id, profile="", offer=Offer("PADPIDA", "Society", "EUR"), at=AT)


LINE = st.tuples(
    st.text("abcž دریا|\\\"'", min_size=1, max_size=12).filter(lambda text: text.strip(" '\"") != ""),
    st.integers(1, 1_000_000),
    st.sampled_from(["KZ", "PK", "DE"]),
    st.integers(0, 10**9),
    st.sampled_from(["EUR", "USD", "JPY"]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINE, min_size=1, max_size=12))
def test_whatever_was_used_comes_to_the_same_sums(tmp_path: Path, lines: list[tuple[str, int, str, int, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Title", "Artist", "Plays", "Date", "Territory", "Amount", "Currency"])
    for title, uses, territory, amount_micro, currency in lines:
        digits = 4 if currency == "JPY" else 6
        amount = Decimal(amount_micro).scaleb(-digits)
        writer.writerow([title, "Asan", uses, "2026-07-05", territory, f"{amount:f}", currency])
    with transaction.atomic():
        report_id = brought(tmp_path, text.getvalue())
        for profile in ("basic-audio", "ugc"):
            assert sums(back(tmp_path, written(report_id, profile)[1])) == sums(report_id)
        transaction.set_rollback(True)
