"""What leaves the house by its page: each way asks what must be said, gives the file, and tells what stayed behind."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from muniment.interfaces.door.ways_out import WAYS_OUT
from muniment.kernel.formats.door import format_of
from muniment.kernel.words.identifiers import make_dpid
from muniment.trust.access.rules import Role
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import muniment
from tests.rights.works.samples import sample_work, write_cwr_file
from tests.use.world import import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

DPID = make_dpid(date(2026, 1, 1))
LOG = "Title;Artist;Plays;Date;Amount;Currency\nRain;Asan;3;2026-07-02;1.5;EUR\nNight;;2;2026-07-03;2;EUR\n"


@pytest.fixture
def report_id(tmp_path: Path) -> int:
    receipt = import_log(write_log(tmp_path, LOG), form="table")
    assert receipt.report_id is not None
    return receipt.report_id


def content(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_every_way_out_is_listed_and_every_answer_is_an_option() -> None:
    text = "".join(page(login(role), "/office/export/") for role in (Role.DISTRIBUTION, Role.DOCUMENTATION))
    options = muniment("export", "--help").out
    for way in WAYS_OUT:
        assert f"/office/export/{way.what}/{way.format}/" in text
        assert format_of(way.format).title in text
        for question in way.questions:
            assert f"--{question.name[:12]}" in options, question.name


def test_a_report_leads_to_its_export(report_id: int) -> None:
    chen = login(Role.DISTRIBUTION)
    address = f"/office/export/usages/dsr/?report={report_id}"
    assert address in page(chen, f"/office/usage/{report_id}/")
    assert f'value="{report_id}"' in page(chen, address)


def test_a_sales_report_is_given_and_what_stayed_behind_is_told(report_id: int) -> None:
    chen = login(Role.DISTRIBUTION)
    answer = chen.post("/office/export/usages/dsr/", {"report": str(report_id), "sender": DPID})
    assert answer["Content-Disposition"] == 'attachment; filename="usages.tsv"'
    written = content(answer)
    assert written.startswith(b"HEAD\tdsrf/3.0\tUgcProfile\t1.2\t")
    assert b"\tRain\t" in written
    assert b"Night" not in written
    assert "1 stayed behind" in page(chen, "/office/export/")


def test_a_table_and_a_folder_are_given(report_id: int) -> None:
    chen = login(Role.DISTRIBUTION)
    table = content(chen.post("/office/export/usages/tables/", {"report": str(report_id)}))
    assert b"Night" in table
    register_repertoire()
    answer = login(Role.DOCUMENTATION).post("/office/export/works/bwarm/", {"sender": DPID, "version": "2.0"})
    assert answer["Content-Disposition"] == 'attachment; filename="works.zip"'
    with zipfile.ZipFile(io.BytesIO(content(answer))) as archive:
        assert "musicalworks.tsv" in archive.namelist()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"report": "1", "sender": ""}, "This field is required"),
        ({"report": "x", "sender": DPID}, "Which report is meant?"),
        ({"report": "999", "sender": DPID}, "999"),
        ({"report": "1", "sender": "PADPIDA"}, "PADPIDA"),
    ],
)
def test_what_cannot_be_written_is_asked_again(told: dict[str, str], words: str) -> None:
    answer = login(Role.DISTRIBUTION).post("/office/export/usages/dsr/", told)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_a_house_without_a_number_says_who_sends_works(tmp_path: Path) -> None:
    muniment("import", str(write_cwr_file(tmp_path / "sent.V21", [sample_work()])), "--yes")
    address, told = "/office/export/works/cwr/", {"society": "052", "version": "2.1", "claim": "FIRST PUBLISHER"}
    aigul = login(Role.DOCUMENTATION)
    refused = aigul.post(address, told)
    assert (refused.status_code, "Say who sends, such as SO:035" in refused.content.decode()) == (422, True)
    aigul.cookies["django_language"] = "ur"
    in_urdu = aigul.post(address, told).content.decode()
    assert "SO:035" in in_urdu
    assert not any(words in in_urdu for words in ("Say who sends", "&lt;U+"))
    given = aigul.post(address, {**told, "sender": "SO:035", "sender-code": "RIV"})
    assert content(given).startswith(b"HDRSO000000035")


def test_who_may_not_read_gets_nothing(report_id: int) -> None:
    aigul = login(Role.MEMBER)
    assert aigul.post("/office/export/usages/tables/", {"report": str(report_id)}).status_code == 403
    dewi = login(Role.AUDITOR)
    assert "/works/cwr/" not in page(dewi, "/office/export/")
    assert dewi.post("/office/export/works/cwr/", {"society": "035"}).status_code == 403
    assert Client().get("/office/export/").status_code == 302
    assert dewi.get("/office/export/works/nonsense/").status_code == 404


def test_in_the_shell_the_sums_are_written_and_the_rest_is_counted(report_id: int, tmp_path: Path) -> None:
    out = tmp_path / "report.tsv"
    typed = muniment("export", "usages", str(out), "--format", "dsr", "--report", str(report_id), "--sender", DPID)
    assert (typed.status, "1 stayed behind" in typed.out) == (1, True)
    assert muniment("check", str(out), "--limit", "0").status in {0, 1}
    assert b"\t1.50\t" in out.read_bytes()


def test_the_page_stands_in_urdu(report_id: int) -> None:
    chen = login(Role.DISTRIBUTION)
    chen.cookies["django_language"] = "ur"
    for each in ("/office/export/", "/office/export/usages/dsr/"):
        assert 'dir="rtl"' in page(chen, each)
