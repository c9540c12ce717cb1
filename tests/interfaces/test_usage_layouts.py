"""Known statements and reports in several files, in the office and as commands."""

from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.interfaces.pages import new_form_token
from muniment.kernel.formats.reports import layout_of
from muniment.trust.access.rules import Role
from muniment.use.usages import queries
from tests.interfaces.browser import login, page
from tests.interfaces.test_usage_pages import FACTS, send, upload_of
from tests.kernel.formats.reports.samples import APPLE_LINES, sample_of
from tests.use.usages.test_layouts import part
from tests.use.world import import_log, write_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION)


def test_a_known_statement_is_previewed_and_imported_without_a_choice(chen: Client) -> None:
    layout = layout_of("apple_music_streams")
    assert layout is not None
    shown = send(chen, APPLE_LINES + sample_of(layout, "\t"), currency="").content.decode()  # type: ignore[attr-defined]
    assert "Apple Music streams" in shown
    assert "Amounts are in EUR" in shown
    assert "07/31/2026" in shown
    form = {**FACTS, "currency": "", "upload": upload_of(shown), "act": "import", "form_token": new_form_token()}
    form |= {f"column_{name}": header for name, header in layout.fields.items()}
    chen.post("/office/usage/import/", form)
    (report,) = queries.list_reports().rows
    assert (report.layout, report.currency, report.amount_micro) == ("apple_music_streams", "EUR", 2_469_136)
    assert "Apple Music streams" in page(chen, f"/office/usage/{report.id}/")


def test_a_report_in_several_files_says_what_is_missing(chen: Client, tmp_path: Path) -> None:
    first = import_log(write_log(tmp_path, part(1, 2), "1.tsv"), form="dsr").report_id
    assert "Of 2 files these are missing: 2." in page(chen, f"/office/usage/{first}/")
    import_log(write_log(tmp_path, part(2, 2), "2.tsv"), form="dsr")
    assert "their sums tie" in page(chen, f"/office/usage/{first}/")


def test_the_commands_do_the_same(tmp_path: Path) -> None:
    app, run = build_app(), CliRunner().invoke
    layout = layout_of("bandcamp")
    assert layout is not None
    path = write_log(tmp_path, sample_of(layout))
    assert "Bandcamp sales" in run(app, ["usage", "preview", str(path)]).output
    first = import_log(write_log(tmp_path, part(1, 2), "1.tsv"), form="dsr").report_id
    alone = run(app, ["usage", "files", str(first)])
    assert (alone.exit_code, "DSR.SET_MISSING" in alone.output) == (1, True)
    whole = import_log(write_log(tmp_path, part(1, 1, said=5), "2.tsv"), form="dsr").report_id
    assert "came in one file" in run(app, ["usage", "files", str(whole)]).output
