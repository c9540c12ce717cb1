"""CWR in the office and at the command line: submit, follow, answer, write again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import override_settings
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.kernel.formats.cwr import CwrDecision
from muniment.rights.parties.services import ensure_society
from muniment.rights.works import queries, services
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.interfaces.browser import login
from tests.rights.works.samples import RIVAL, sample_work, write_cwr_file
from tests.rights.works.test_cwr_cycle import answer_file

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def intake_id(tmp_path: Path) -> int:
    """A file of one work that was imported."""
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    return services.import_cwr(actor=CHEN, at=AT, path=file).intake_id


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(), ["cwr", *words])
    return result.exit_code, result.output


def test_the_command_line_submits_follows_and_answers(tmp_path: Path, intake_id: int) -> None:
    sender = ("--sender", "PB:00000000201:FIRST PUBLISHER")
    code, said = run("submit", "052", "--all", "--claim", "FIRST PUBLISHER", *sender, "--folder", str(tmp_path))
    assert (code, "1 new, 0 revised" in said) == (0, True)
    [submission] = queries.list_submissions().rows
    assert (tmp_path / submission.file_name).read_bytes() == b"".join(queries.submission_lines(submission.id))
    assert "open" in run("submitted", "--state", "open")[1]
    ack = tmp_path / "ack.V21"
    ack.write_bytes(answer_file(submission.id, lambda _item: CwrDecision("AS", "S-1")))
    services.import_cwr(actor=CHEN, at=AT, path=ack)
    assert "S-1" in run("submitted", "--state", "accepted")[1]
    assert "0 works" in run("submitted", "--state", "open")[1]
    again = tmp_path / "again.V21"
    assert run("rewrite", str(submission.id), str(again))[0] == 0
    assert again.read_bytes() == (tmp_path / submission.file_name).read_bytes()
    out = tmp_path / "answer.V21"
    assert run("acknowledge", str(intake_id), str(out), "--sender", "SO:052")[0] == 0
    assert b"ACK0000000000000000" in out.read_bytes()
    restored = tmp_path / "restored.V21"
    assert run("restore", str(intake_id), str(restored))[0] == 0
    assert restored.read_bytes() == (tmp_path / "a.V21").read_bytes()
    assert "RIVER SONG" in run("received", str(intake_id))[1]
    assert "0 agreements" in run("agreements")[1]
    assert "1 submissions" in run("submissions")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("submit", "052"),
        ("submit", "XYZ", "--all", "--sender", "SO:052"),
        ("submitted", "--state", "unheard"),
        ("acknowledge", "99", "x.V21", "--sender", "SO:052"),
        ("acknowledge", "1", "x.V21", "--sender", "WHO"),
        ("rewrite", "99", "x.V21"),
        ("restore", "99", "x.V21"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_no_file(
    tmp_path: Path, intake_id: int, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert intake_id
    assert run(*words)[0] != 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("x.")] == []


@override_settings(MUNIMENT_SOCIETY="Demo Society")
def test_the_office_submits_and_answers(tmp_path: Path, intake_id: int) -> None:
    ensure_society(actor=CHEN, at=AT, code="901", name="Demo Society", intake_id=None)
    rival = write_cwr_file(tmp_path / "b.V21", [sample_work(number="R9", publisher=RIVAL)], "RIVAL", RIVAL)
    services.import_cwr(actor=CHEN, at=AT, path=rival)
    client = login(Role.DOCUMENTATION)
    assert "No submitted work fits." in client.get("/office/cwr/").content.decode()
    sent = {"society_code": "052", "claim": "FIRST PUBLISHER", "sender_code": "MUN", "version": "02.10", "codes": ""}
    shown = client.post("/office/cwr/submit/", sent, follow=True).content.decode()
    assert "CW" in shown
    assert "RIVER SONG" in shown
    [submission] = queries.list_submissions().rows
    file = client.get(f"/office/cwr/submissions/{submission.id}/file/")
    assert file.getvalue().startswith(b"HDRSO000000901")
    assert "FIRST PUBLISHER" in client.get("/office/cwr/received/").content.decode()
    answered = client.post(f"/office/cwr/received/{intake_id}/answer/")
    assert b"GRHACK" in answered.getvalue()
    client.logout()
    assert client.get("/office/cwr/").status_code == 302
