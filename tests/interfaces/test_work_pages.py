"""The pages, commands and API of works: who may, what is shown, what a form does once."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.rights.works import queries, services
from muniment.trust.batches.queries import list_intakes
from tests.cast import CHEN
from tests.interfaces.browser import login
from tests.rights.works.samples import AT, ISWC, LATER, RIVAL, sample_work, write_cwr_file, write_table

pytestmark = pytest.mark.django_db

ROW = {"party_code": "", "name": "", "ipi": "", "role": "", "pr_share": "", "mr_share": "", "sr_share": "",
       "territory": "", "valid_from": "", "valid_to": ""}  # fmt: skip


@pytest.fixture
def disputed(tmp_path: Path) -> int:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work(iswc=ISWC)]))
    rival = sample_work(number="R9", publisher=RIVAL, iswc=ISWC)
    services.import_cwr(actor=CHEN, at=LATER, path=write_cwr_file(tmp_path / "b.V21", [rival], "RIVAL & CO", RIVAL))
    return queries.find_works("river").rows[0].id


def rows(*filled: dict[str, str]) -> dict[str, str]:
    sent = {"form-TOTAL_FORMS": str(len(filled)), "form-INITIAL_FORMS": "0"}
    return sent | {f"form-{at}-{name}": text for at, row in enumerate(filled) for name, text in (ROW | row).items()}


@pytest.mark.parametrize("name", ["works", "work-conflicts", "work-imports", "recordings"])
def test_staff_see_the_lists_and_others_do_not(name: str, disputed: int) -> None:
    address = reverse(f"office:{name}")
    assert login("auditor", "dewi").get(address).status_code == 200
    assert login("member", "aigul").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_the_page_of_a_work_explains_its_conflict_and_answers_the_question(disputed: int) -> None:
    client = login("auditor", "dewi")
    address = reverse("office:work", args=[disputed])
    page = client.get(address, {"territory": "DE", "on": "2026-06-15"}).content.decode()
    assert "as RIVAL &amp; CO says" in page
    assert "held: in dispute" in page
    assert "SONG OF THE RIVER" in page
    assert "form_token" not in page
    assert "No territory has this code" in client.get(address, {"territory": "nowhere"}).content.decode()
    assert client.get(reverse("office:work", args=[10**9])).status_code == 404


def test_a_work_is_typed_once(disputed: int) -> None:
    client = login("documentation", "chen")
    sent = {"title": "درخت", "claim": "own", "form_token": "t1", "iswc": "", "alternate_titles": "Darakht"} | rows(
        {"name": "Asan", "role": "CA", "pr_share": "60,5", "territory": "PK"}, {}
    )
    first, second = (client.post(reverse("office:work-new"), sent) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    [hit] = queries.find_works("darakht").rows
    [line] = queries.get_work(hit.id).share_lines
    assert (line.share_ppm, line.territories, line.claim) == (605_000, "586", "own")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "required"),
        ({"iswc": "T-1"}, "not a valid ISWC"),
        ({"duration": "long"}, "not a duration"),
        ({"form-0-pr_share": "100.01"}, "above 100 %"),
        ({"form-0-pr_share": "-1"}, "not a share"),
        ({"form-0-role": "E", "form-0-territory": "7777"}, "not a TIS territory"),
        ({"form-0-role": ""}, "not a role"),
        ({"form-0-valid_from": "2026-05-01", "form-0-valid_to": "2026-01-01"}, "not after its first day"),
    ],
)
def test_wrong_input_is_shown_with_its_reason_and_writes_nothing(change: dict[str, str], words: str) -> None:
    client = login("documentation", "chen")
    sent = {"title": "River", "claim": "own", "form_token": "t1"} | rows(
        {"name": "Asan", "role": "CA", "pr_share": "50"}
    )
    answer = client.post(reverse("office:work-new"), sent | change)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert queries.find_works().total == 0


def test_a_work_that_is_there_is_refused_and_a_reader_may_not_write(disputed: int) -> None:
    client = login("documentation", "chen")
    sent = {"title": "River", "claim": "own", "form_token": "t1", "iswc": ISWC} | rows({})
    answer = client.post(reverse("office:work-new"), sent, follow=True)
    assert "registered already" in answer.content.decode()
    assert queries.find_works().total == 1
    reader = login("auditor", "dewi")
    for name in ("work-edit", "work-claims"):
        assert reader.get(reverse(f"office:{name}", args=[disputed])).status_code == 403
    assert reader.post(reverse("office:work-import"), {}).status_code == 403


def test_a_work_is_corrected_its_claims_changed_and_withdrawn(disputed: int) -> None:
    client = login("documentation", "chen")
    edit = reverse("office:work-edit", args=[disputed])
    assert "RIVER SONG" in client.get(edit).content.decode()
    code = queries.get_work(disputed).code
    assert client.post(edit, {"title": "Flood", "code": code, "iswc": "", "form_token": "1"}).status_code == 302
    assert (queries.get_work(disputed).title, queries.get_work(disputed).iswc) == ("Flood", None)
    claims = reverse("office:work-claims", args=[disputed])
    assert "2136 -586" in client.get(claims, {"claim": "RIVAL & CO"}).content.decode()
    sent = {"claim": "RIVAL & CO", "form_token": "2"} | rows({"name": "Rival", "role": "E", "mr_share": "10"})
    assert client.post(claims, sent).status_code == 302
    stated = [line for line in queries.get_work(disputed).share_lines if line.claim == "RIVAL & CO"]
    assert [(line.right.value, line.share_ppm) for line in stated] == [("MR", 100_000)]
    client.post(claims, {"act": "withdraw", "claim": "RIVAL & CO", "form_token": "3"})
    assert {line.claim for line in queries.get_work(disputed).share_lines} == {"FIRST PUBLISHER"}
    assert queries.list_conflicts().total == 0
    empty = client.post(claims, {"claim": "X", "form_token": "4"} | rows({}))
    assert "at least one share" in empty.content.decode()


def test_a_recording_is_added_and_linked(disputed: int) -> None:
    client = login("documentation", "chen")
    add = reverse("office:work-recording-add", args=[disputed])
    client.post(add, {"title": "River (live)", "performer": "A Band", "form_token": "1"})
    assert "ISRC" in client.post(add, {"isrc": "wrong", "form_token": "2"}, follow=True).content.decode()
    [recording] = [row for row in queries.get_work(disputed).recordings if row.performer == "A Band"]
    address = reverse("office:recording", args=[recording.id])
    assert client.get(address).status_code == 200
    client.post(address, {"code": "", "form_token": "3"})
    assert queries.list_recordings(unlinked=True).total == 1
    client.post(address, {"code": ISWC, "form_token": "4"})
    assert queries.get_recording(recording.id).work_id == disputed
    assert client.post(address, {"code": "NOPE", "form_token": "5"}, follow=True).status_code == 200


def test_a_table_goes_from_upload_to_undo(tmp_path: Path) -> None:
    client = login("documentation", "chen")
    content = write_table(tmp_path, "W1,River,,,,Asan,,CA,100,,", "W2,Sea,,,,Asan,,CA,150,,").read_bytes()
    upload = SimpleUploadedFile("works.csv", content)
    seen = client.post(reverse("office:work-preview"), {"file": upload, "form": "works.table"})
    assert "above 100 %" in seen.content.decode()
    digest = seen.context["digest"]
    sent = {"digest": digest, "file_name": "works.csv", "form": "works.table", "claim": "own", "form_token": "1"}
    sent |= {f"column_{name}": column for name, column in seen.context["fields"]}
    answer = client.post(reverse("office:work-import"), sent, follow=True)
    assert "1 of 2 taken" in answer.content.decode()
    assert queries.find_works().total == 1
    intake = answer.context["intake"]
    client.post(reverse("office:work-intake-undo", args=[intake.id]), {"form_token": "2"})
    assert queries.find_works().total == 0


def test_a_cwr_file_goes_from_upload_to_its_report(tmp_path: Path) -> None:
    client = login("documentation", "chen")
    upload = SimpleUploadedFile("a.V21", write_cwr_file(tmp_path / "a.V21", [sample_work()]).read_bytes())
    seen = client.post(reverse("office:work-preview"), {"file": upload, "form": "works.cwr"})
    assert "Sent by FIRST PUBLISHER" in seen.content.decode()
    sent = {"digest": seen.context["digest"], "file_name": "a.V21", "form": "works.cwr", "form_token": "1"}
    assert "1 of 1 taken" in client.post(reverse("office:work-import"), sent, follow=True).content.decode()
    repeated = client.post(reverse("office:work-import"), sent | {"form_token": "2"}, follow=True)
    assert "was imported on" in repeated.content.decode()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 64])
def test_only_an_uploaded_file_can_be_imported(digest: str) -> None:
    client = login("documentation", "chen")
    sent = {"digest": digest, "form": "works.table", "form_token": "1"}
    assert "not there any more" in client.post(reverse("office:work-import"), sent, follow=True).content.decode()
    bad = client.post(
        reverse("office:work-preview"), {"file": SimpleUploadedFile("x.csv", b"\x00\x01"), "form": "works.table"}
    )
    assert bad.status_code == 302


def test_the_public_search_shows_no_share_and_nothing_private(disputed: int) -> None:
    address = reverse("public:repertoire")
    assert "Type a title" in Client().get(address).content.decode()
    page = Client().get(address, {"q": "river"}).content.decode()
    assert "RIVER SONG" in page
    assert "ASAN AITMATOV" in page
    for word in ("RIVAL", "%", "dispute", "PUBLISHER"):
        assert word not in page.split("<main")[1]
    assert "No work was found" in Client().get(address, {"q": "<script>"}).content.decode()
    assert Client().get(address, {"q": "river", "page": "99999"}).status_code == 200


def test_the_api_answers_readers_and_lets_anybody_search(disputed: int) -> None:
    reader = login("auditor", "dewi")
    assert reader.get("/api/works", {"q": "river"}).json()["rows"][0]["has_dispute"] is True
    assert len(reader.get(f"/api/works/{disputed}").json()["share_lines"]) == 14
    question = {"right": "PR", "territory": 276, "on": "2026-06-15"}
    parts = reader.get(f"/api/works/{disputed}/shares", question).json()
    assert sum(part["share_ppm"] for part in parts) == 1_000_000
    before = reader.get(f"/api/works/{disputed}/shares", question | {"known_at": "2026-10-01T12:00:00Z"}).json()
    assert {part["status"] for part in before} == {"PAYABLE"}
    assert reader.get(f"/api/works/{disputed}/shares", question | {"territory": 9999}).status_code == 422
    assert reader.get("/api/works/999999").status_code == 422
    assert Client().get(f"/api/works/{disputed}").status_code == 401
    assert login("member", "aigul").get(f"/api/works/{disputed}").status_code == 403
    [row] = Client().get("/api/works/public", {"q": "river"}).json()["rows"]
    assert set(row) == {"code", "title", "iswc", "language", "writers", "performers"}


def test_the_commands_go_from_a_file_to_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    run, app = CliRunner(), build_app()
    table = write_table(
        tmp_path, f"W1,River,,{ISWC},,Asan,,CA,60,,", "W1,River,,,,Ayesha,,CA,60,,", "W2,Sea,,,,Asan,,CA,150,,"
    )
    assert "150" in run.invoke(app, ["work", "import", str(table), "--preview"]).output
    first = run.invoke(app, ["work", "import", str(table), "--claim", "own"])
    assert first.exit_code == 1
    assert "1 works in dispute" in first.output
    assert "River" in run.invoke(app, ["work", "search", "riv"]).output
    assert "Ayesha" in run.invoke(app, ["work", "show", "W1"]).output
    asked = run.invoke(app, ["work", "shares", "W1", "--territory", "PK", "--on", "2026-06-15"])
    assert "DISPUTE" in asked.output
    assert "W1" in run.invoke(app, ["work", "conflicts"]).output
    exported = tmp_path / "out.csv"
    assert run.invoke(app, ["work", "export", str(exported)]).exit_code == 0
    assert "60.00" in exported.read_text(encoding="utf-8-sig")
    intake = services.preview_works_table(exported)
    assert not [problem for problem in intake.problems if problem.level == "error"]
    cwr = write_cwr_file(tmp_path / "a.V21", [sample_work(iswc=ISWC)])
    assert "FIRST PUBLISHER" in run.invoke(app, ["work", "import-cwr", str(cwr), "--preview"]).output
    assert "1 recognised" in run.invoke(app, ["work", "import-cwr", str(cwr)]).output
    undone = run.invoke(app, ["work", "undo", str(list_intakes(kind="works.cwr").rows[0].id)])
    assert "is undone" in undone.output
    assert run.invoke(app, ["work", "shares", "W1", "--on", "yesterday"]).exit_code != 0
