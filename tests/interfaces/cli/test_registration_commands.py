"""The commands `muniment registration …`: from a file to the register, licences, pledges, an extract, figures."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import _registration_desk, _registration_estate, build_app, deposit, registration
from muniment.kernel.words.problems import UserError

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FORM = """# an invented data-set of an invented firm
profile = "zhejiang"
title = "云泽茶园采摘时令数据集"
title_latin = "Yunze plucking seasons"
industry = "0164"
scenario = "Choosing the days of plucking"
summary = "Invented, from 2023 to 2025"
processing = "Rows are cleaned, joined by hillside and day, and weighted by a rule of the applicant's own."
is_substantive = true
record_count = 120000
byte_count = 9000000
storage_format = "CSV 1.0"
update_frequency = "weekly"
update_term = "1y"
sample = '''
plot,day,grade
A,2025-04-01,1
B,2025-04-02,2
'''
has_personal_data = false
has_important_data = false
has_core_data = false
is_ownership_disputed = false
is_unpublished = true
deposit = "DEPOSIT"

[[applicants]]
name = "云泽云泽晴有限公司（虚构）"
kind = "legal"
identifier = "91990000000000001H"
role = "holder"
country = ""

[[sources]]
kind = "self_collected"
route = "Sensors on the hillside"
method = "Read every hour"

[[structure]]
name = "plot"
kind = "text"
meaning = "code of the plot"

[[structure]]
name = "day"
kind = "date"
meaning = "day of plucking"
"""


class Clock:
    """The clock of the commands, which goes on a minute with each reading, and by days when told to."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have the commands read one clock that the test turns."""
    found = Clock()
    for module in (registration, _registration_desk, _registration_estate, deposit):
        monkeypatch.setattr(module, "now", found)
    return found


Muniment = Callable[..., Result]


def muniment(*words: str | Path) -> Result:
    """Run a command of the group; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), ["registration", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def said(*words: str | Path) -> str:
    """Run a command that must end well, and return what it prints."""
    result = muniment(*words)
    assert result.exit_code == 0, result.output
    return result.output


def number_in(text: str, letter: str) -> str:
    """Return the first number of the registry in a text."""
    found = re.search(rf"{letter}-\d{{8}}-\d\d", text)
    assert found, text
    return found[0]


@pytest.fixture
def form(tmp_path: Path, clock: Clock) -> Path:
    """Return an application file whose data is deposited by its hash."""
    del clock
    content = tmp_path / "seasons.csv"
    content.write_text("invented\n")
    hashes = tmp_path / "seasons.json"
    run = CliRunner()
    run.invoke(build_app(), ["deposit", "hash", str(content), "--out", str(hashes)])
    who = ["--depositor", "Yunze (invented)", "--title", "Seasons"]
    result = run.invoke(build_app(), ["deposit", "add", str(hashes), "--hashes", *who])
    path = tmp_path / "application.toml"
    path.write_text(FORM.replace("DEPOSIT", number_in(result.output, "D")), encoding="utf-8")
    return path


def registered(form: Path, clock: Clock) -> str:
    """Take an application to its registration and return the certificate number."""
    number = number_in(said("apply", form), "A")
    said("take", number, "--as", "gulnar")
    said("pass", number, "--as", "gulnar")
    said("publish", number)
    clock.at += timedelta(days=20)
    said("clocks")
    return str(json.loads(said("register", "--json"))["rows"][0]["certificate_number"])


def test_from_a_file_with_a_correction_to_the_register_and_an_extract(form: Path, clock: Clock) -> None:
    assert "0 errors" in said("check", form)
    number = number_in(said("apply", form), "A")
    assert number in said("list", "--state", "submitted")
    said("take", number, "--as", "gulnar")
    asked = said("correct", number, "--point", "scenario: Say for whom.", "--as", "gulnar")
    assert "correction" in asked
    form.write_text(form.read_text().replace('days of plucking"', 'days of plucking, for growers"', 1))
    said("answer", number, form)
    assert "Say for whom." in said("show", number)
    assert "for growers" in said("show", number)
    said("pass", number, "--as", "gulnar")
    assert "publicity" in said("publish", number, "--as", "gulnar")
    assert number in said("clocks", "--look")
    assert json.loads(said("clocks", "--look", "--json"))[0]["what"] == "publicity"
    with pytest.raises(UserError):
        muniment("close", number)
    clock.at += timedelta(days=20)
    said("close", number)
    row = json.loads(said("register", "seasons", "--json"))["rows"][0]
    assert (row["state"], row["application"]) == ("in_force", number)
    extract = json.loads(said("extract", row["certificate_number"], "--json"))
    assert extract["holders"][0]["name"].startswith("云泽")
    assert "History" in said("extract", row["registration_number"])
    found = json.loads(said("figures", "2026", "--json"))
    assert (found["applied"], found["registered"]) == (1, 1)
    assert "Registered for the first time" in said("figures", "2026", "--profile", "zhejiang")
    assert json.loads(said("show", number, "--json"))["application"]["registration_number"]


def test_an_objection_is_answered_and_decided(form: Path, clock: Clock, tmp_path: Path) -> None:
    number = number_in(said("apply", form), "A")
    said("take", number)
    said("pass", number)
    said("publish", number)
    paper = tmp_path / "contract.txt"
    paper.write_text("invented contract")
    words = ("--name", "Moluo (invented)", "--contact", "invented", "--grounds", "Ours.", "--evidence", paper)
    objection = number_in(said("object", number, *words), "O")
    shown = json.loads(said("show", number, "--json"))["objections"][0]
    assert shown["evidence_sha256"] == hashlib.sha256(paper.read_bytes()).hexdigest()
    said("reply", number, objection, "--text", "It is not.")
    assert "publicity" in said("decide", number, objection, "--reject", "--reason", "The contract says so.")
    assert "leaves stay" in said("erase", objection)
    clock.at += timedelta(days=20)
    late = ("--name", "Late (invented)", "--contact", "invented", "--grounds", "Late.")
    with pytest.raises(UserError):
        muniment("object", number, *late)
    said("clocks")
    assert json.loads(said("show", number, "--json"))["application"]["state"] == "registered"


def test_licences_pledges_consent_transfer_and_revocation(form: Path, clock: Clock) -> None:
    certificate = registered(form, clock)
    party = ("--identifier", "INVENTED-1")
    licence = number_in(said("licence", certificate, "--to", "Moluo (invented)", "--amount", "1200.50", *party), "R")
    pledge = number_in(
        said("pledge", certificate, "--to", "Bank (invented)", "--amount", "5000000", "--currency", "CNY", *party), "R"
    )
    with pytest.raises(UserError, match="pledged"):
        muniment("licence", certificate, "--to", "Tanlu (invented)")
    agreed = said("licence", certificate, "--to", "Tanlu (invented)", "--consent", "Letter 7")
    assert "licence 2" in agreed
    taker = ("--identifier", "91990000000000002F", "--reason", "Sold.", "--kind", "legal")
    number = number_in(said("transfer", certificate, "--to", "Lanxi (invented)", *taker), "A")
    said("consent", pledge, number, "--document", "Letter 8")
    said("take", number)
    said("pass", number)
    said("publish", number)
    clock.at += timedelta(days=20)
    said("clocks")
    assert "Lanxi (invented)" in said("register", "--holder", "Lanxi")
    before = json.loads(said("extract", certificate, "--on", "2026-03-30", "--json"))
    assert before["holders"][0]["name"].startswith("云泽")
    assert "ended" in said("discharge", pledge, "--reason", "Paid back.")
    assert "ended" in said("discharge", licence, "--reason", "Over.", "--on", clock.at.date().isoformat())
    assert "erased" in said("erase-holders", certificate)
    assert "revoked" in said("revoke", certificate, "--reason", "A court said so.")
    with pytest.raises(UserError):
        muniment("licence", certificate, "--to", "Tanlu (invented)")


def test_a_change_and_a_cancellation_are_registered_without_publicity(form: Path, clock: Clock) -> None:
    certificate = registered(form, clock)
    form.write_text(form.read_text().replace("from 2023 to 2025", "from 2020 to 2025"))
    number = number_in(said("change", certificate, form, "--reason", "Earlier years were added."), "A")
    said("take", number, "--as", "gulnar")
    assert "registered" in said("pass", number, "--as", "gulnar")
    with pytest.raises(UserError):
        muniment("renew", certificate, form)
    number = number_in(said("cancel", certificate, "--reason", "The data is not kept any more."), "A")
    said("take", number)
    said("pass", number)
    row = json.loads(said("register", "--json"))["rows"][0]
    assert row["state"] == "cancelled"
    assert "erased" in said("erase", number)
    with pytest.raises(UserError):
        muniment("grant", number)


def test_a_file_is_told_line_by_line_and_stays_a_draft_until_it_is_right(form: Path, tmp_path: Path) -> None:
    good = form.read_text()
    form.write_text(good.replace('scenario = "Choosing the days of plucking"\n', "").replace('"0164"', '"9"'))
    told = muniment("check", form)
    assert told.exit_code == 1
    assert "line 5, industry" in told.output
    assert "scenario" in told.output
    assert muniment("check", form, "--json").exit_code == 1
    with pytest.raises(UserError, match="stays a draft") as refused:
        muniment("apply", form)
    number = number_in(refused.value.message, "A")
    form.write_text(good)
    said("change-draft", number, form)
    said("submit", number)
    said("withdraw", number, "--reason", "Later.")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('profile = "zhejiang"\nrecord_count = "many"\n')
    with pytest.raises(UserError, match="1 errors"):
        muniment("apply", wrong)
    assert muniment("check", wrong).exit_code == 1
    wrong.write_text('title = "no profile"\n')
    with pytest.raises(UserError, match="profile"):
        muniment("check", wrong)
    assert "draft" in said("apply", form, "--draft")


def test_profiles_are_listed_and_shown_with_where_their_rules_are_from() -> None:
    assert "zhejiang" in said("profiles")
    assert {"zhejiang", "copyright"} <= {row["name"] for row in json.loads(said("profiles", "--json"))}
    assert "recalled" in said("show-profile", "zhejiang")
    assert json.loads(said("show-profile", "zhejiang", "--json"))["term_years"] == 3


@pytest.mark.parametrize(
    "words",
    [
        ("show", "A-00000001-00"),
        ("take", "A-00000099-99"),
        ("pass", "nonsense"),
        ("show-profile", "atlantis"),
        ("extract", "20260333000000001"),
        ("revoke", "20260333000000001", "--reason", "x"),
        ("licence", "20260333000000001", "--to", "x"),
        ("pledge", "20260333000000001", "--to", "x", "--amount", "many"),
        ("discharge", "R-00000001-00", "--reason", "x"),
        ("check", "missing.toml"),
    ],
)
def test_nonsense_is_refused(words: tuple[str, ...], clock: Clock) -> None:
    del clock
    with pytest.raises(UserError):
        muniment(*words)


def test_two_registrars_at_once_and_points_without_a_field_are_refused(form: Path) -> None:
    number = number_in(said("apply", form), "A")
    version = json.loads(said("show", number, "--json"))["application"]["version"]
    said("take", number, "--version", str(version), "--as", "gulnar")
    with pytest.raises(UserError, match="Somebody else"):
        muniment("refuse", number, "--reason", "Raw data.", "--version", str(version), "--as", "hamid")
    for point in ("no field", "two words: x", "scenario:"):
        with pytest.raises(UserError, match="names no field"):
            muniment("correct", number, "--point", point)
    assert "refused" in said("refuse", number, "--reason", "Raw data.")
