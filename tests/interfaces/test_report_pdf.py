"""The transparency report on paper: the figures of the report, in a language, the same bytes every time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from muniment.interfaces.report_pdf import NotPrintedIn, published_pdf, report_pdf
from muniment.interfaces.report_table import SECTIONS
from muniment.kernel.formats import printed
from muniment.kernel.words.money import parse_amount
from muniment.pay.distributions.queries.published_reports import published_report
from muniment.pay.distributions.queries.transparency import transparency_report
from muniment.pay.distributions.services.transparency import prepare_report, publish_report
from muniment.trust.access.rules import Role
from tests.cast import CHEN, FARIDA
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import done, refused
from tests.pay.distributions.test_transparency import a_year

NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def printed_values(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Return what is given to the layout from now on, instead of its being typeset."""
    seen: list[Mapping[str, Any]] = []

    def remember(_layout: Path, value: Mapping[str, Any], _at: datetime, *, tagged: bool) -> bytes:
        assert tagged
        seen.append(value)
        return b"%PDF-"

    monkeypatch.setattr(printed, "typeset", remember)
    return seen


def test_every_figure_is_printed_and_each_total_is_the_sum_of_its_rows(printed_values: list[Mapping[str, Any]]) -> None:
    a_year()
    report = transparency_report(2026)
    report_pdf(report, "en")
    sections = {section["title"]: section for section in printed_values[0]["sections"]}
    paid = sections["Paid to right holders"]["tables"][0]
    assert [column["label"] for column in paid["columns"]] == ["Line", "Use", "Amount"]
    assert [row[1:] for row in paid["rows"]] == [("live", "100.000000"), ("radio", "400.000000")]
    shown = [
        row[-1] for section in list(sections.values())[:14] for table in section["tables"] for row in table["rows"]
    ]
    told = [row for row in report.figures if any(row.key.line in lines for _, lines in SECTIONS)]
    assert len(shown) == len(told)
    for section in sections.values():
        for table in section["tables"]:
            for total in table["sums"]:
                rows = sum(parse_amount(row[-1], table["caption"]) for row in table["rows"])
                assert parse_amount(total[-1], table["caption"]) == rows
    assert {row[-1] for row in sections["Checks"]["tables"][0]["rows"]} == {"0.000000"}
    assert sections["Checks"]["tables"][0]["rows"][0][0] != "closing"


def test_the_paper_is_in_the_language_asked_for_and_says_whether_it_is_published(
    printed_values: list[Mapping[str, Any]],
) -> None:
    a_year()
    report = prepare_report(actor=CHEN, at=NOW, year=2026)
    report_pdf(report)
    report_pdf(replace(report, checks=(replace(report.checks[0], books_micro=-1),)), "ur")
    publish_report(actor=FARIDA, at=NOW, year=2026)
    published = published_report(2026)
    assert published is not None
    published_pdf(published, "ur")
    draft, wrong, sealed = printed_values
    assert (draft["lead"][1:], draft["language"], draft["right_to_left"]) == (("Draft, not published",), "en", False)
    assert (len(wrong["lead"]), wrong["right_to_left"]) == (3, True)
    assert "2027-02-01" in sealed["mark"]
    assert draft["mark"] != sealed["mark"]
    assert draft["sections"][0]["title"] != sealed["sections"][0]["title"]
    with pytest.raises(NotPrintedIn, match="not printed in 'xx'"):
        report_pdf(report, "xx")


def test_the_command_the_office_and_everybody_get_it_and_the_bytes_stay(tmp_path: Path) -> None:
    a_year()
    out, again = tmp_path / "a.pdf", tmp_path / "b.pdf"
    asked = ("report", "transparency", "--year", "2026", "--format", "pdf")
    for place in (out, again):
        done(*asked, "--out", str(place), "--language", "ur")
    assert out.read_bytes() == again.read_bytes()
    assert out.read_bytes().startswith(b"%PDF-")
    assert "needs a file" in refused(*asked)
    assert "Write one of en, ur" in refused(*asked, "--out", str(out), "--language", "tlh")
    assert "is not published" in refused(*asked, "--out", str(out), "--published")
    office = login(Role.AUDITOR).get("/office/reports/transparency/2026/report.pdf")
    assert (office["Content-Type"], office.content[:5]) == ("application/pdf", b"%PDF-")
    anybody = Client()
    assert anybody.get("/public/transparency/2026/report.pdf").status_code == 404
    prepare_report(actor=CHEN, at=NOW, year=2026)
    publish_report(actor=FARIDA, at=NOW, year=2026)
    assert "/public/transparency/2026/report.ur.pdf" in page(anybody, "/public/transparency/2026/")
    sent = anybody.get("/public/transparency/2026/report.ur.pdf").content
    done(*asked, "--out", str(out), "--language", "ur", "--published")
    assert out.read_bytes() == sent
    assert sent != anybody.get("/public/transparency/2026/report.pdf").content
    assert anybody.get("/public/transparency/2026/report.tlh.pdf").status_code == 404
