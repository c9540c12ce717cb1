"""The commands `muniment distribution …` beside the straight way: parts, refusals, what waits and what is given up."""

from pathlib import Path

import pytest

from muniment.use.matching.queries import unidentified
from muniment.use.matching.services import match_report
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import done, muniment, refused
from tests.pay.distributions.society import AT, RADIO, documented_members, radio_report

pytestmark = pytest.mark.django_db

DRAFT = ("distribution", "draft", "--title", "Radio", "--policy", "census-1", "--as", "chen")


def test_a_part_of_a_fund_is_drafted_computed_and_given_up(tmp_path: Path) -> None:
    documented_members()
    match_report(actor=CHEN, at=AT, report_id=radio_report(tmp_path))
    assert "Add --currency" in refused(*DRAFT, "--fund", f"{RADIO}=600")
    assert "600.00" in done(*DRAFT, "--fund", f"{RADIO}=600", "--currency", "EUR")
    assert "must be computed" in refused("distribution", "approve", "1", "--as", "farida")
    assert "Held: UNMATCHED" in done("distribution", "compute", "1", "--as", "chen")
    assert refused("distribution", "approve", "1", "--as", "chen")
    assert "is discarded" in done("distribution", "discard", "1", "--as", "chen")
    assert "discarded" in done("distribution", "show")
    assert "Together EUR 0.00" in done("distribution", "holds", "--currency", "EUR")


def test_unmatched_money_waits_until_its_work_is_found(tmp_path: Path) -> None:
    documented_members()
    report_id = radio_report(tmp_path)
    done("match", str(report_id))
    done(*DRAFT, "--fund", RADIO)
    for step, person in (("compute", "chen"), ("approve", "farida"), ("post", "chen")):
        done("distribution", step, "1", "--as", person)
    assert "UNMATCHED" in done("distribution", "holds", "--currency", "EUR", "--reason", "UNMATCHED")
    assert "No work was found" in done("distribution", "release-matched", "1")
    (item,) = unidentified().rows
    done("match", "decide", str(item.id), "pick", "--work", "W-2")
    done("match", "run", str(report_id))
    assert "of 1 payees became payable" in done("distribution", "release-matched", "1", "--as", "farida")
    assert "Together EUR 0.00" in done("distribution", "holds", "--currency", "EUR")
    assert refused("distribution", "reverse", "1", "--reason", "wrong log", "--as", "chen")


def test_every_statement_of_a_run_becomes_a_file(tmp_path: Path) -> None:
    documented_members()
    match_report(actor=CHEN, at=AT, report_id=radio_report(tmp_path))
    done(*DRAFT, "--fund", RADIO)
    for step, person in (("compute", "chen"), ("approve", "farida"), ("post", "chen")):
        done("distribution", step, "1", "--as", person)
    files = ("distribution", "statement-files", "1")
    assert "muniment distribution statements 1" in refused(*files, str(tmp_path))
    done("distribution", "statements", "1", "--as", "chen")
    folder = tmp_path / "out"
    assert "Make it, or choose another." in refused(*files, str(folder))
    folder.mkdir()
    assert "2 statements of run 1 are in" in done(*files, str(folder))
    assert "2 statements of run 1 are in" in done(*files, str(folder), "--form", "csv", "--language", "ur")
    numbers = ("0001-000001", "0001-000002")
    assert {file.name for file in folder.iterdir()} == {
        f"statement-{number}-{ending}" for number in numbers for ending in ("en.pdf", "ur.csv")
    }
    assert (folder / "statement-0001-000001-en.pdf").read_bytes().startswith(b"%PDF")
    assert "Write one of pdf, xlsx, csv." in refused(*files, str(folder), "--form", "doc")
    assert "Write one of en, ur." in refused(*files, str(folder), "--language", "fr")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ((*DRAFT, "--fund", RADIO, "--known-at", "lately"), "Write it as 2026-10-05T09:00:00+00:00."),
        ((*DRAFT, "--fund", RADIO, "--known-at", "2026-10-05T09:00"), "Add it, such as +00:00 for UTC."),
        ((*DRAFT, "--fund", "nowhere"), "nowhere"),
        ((*DRAFT[:5], "unheard-of", "--fund", RADIO), "unheard-of"),
        (("distribution", "show", "9"), "9"),
        (("distribution", "release", "--currency", "XXQ", "--minimum", "0"), "XXQ"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(words: tuple[str, ...], remedy: str) -> None:
    assert remedy in refused(*words)
    assert muniment("distribution", "show").status == 0
