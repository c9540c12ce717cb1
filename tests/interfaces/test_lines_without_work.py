"""After an import of works, a person reads how many lines of the past could be asked again, and how."""

from pathlib import Path

import pytest
from django.urls import reverse

from muniment.trust.access.rules import Role
from muniment.trust.batches.queries import list_intakes
from muniment.use.matching import queries, services
from muniment.use.matching.rules.review import Verdict
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import done
from tests.rights.works.samples import write_table
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

HEAD = "title,artist,plays,date\n"
UNKNOWN = "Copper Morning,Station Four,2,2026-07-04\n"
COPPER = "C1,Copper Morning,,,,Asan,,CA,100,,"


def matched(folder: Path, text: str) -> int:
    """Import a log and match it; return the report's number."""
    receipt = import_log(write_log(folder, HEAD + text, f"{len(text)}.csv"))
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    return receipt.report_id


def test_lines_without_a_work_are_counted_once(tmp_path: Path) -> None:
    register_repertoire()
    assert queries.lines_without_work() == queries.WithoutWorkRow(0, 0, 0)
    matched(tmp_path, "The Silver Ferry,Garden Collective,3,2026-07-01\n" + 3 * UNKNOWN)
    matched(tmp_path, UNKNOWN + "Nothing Like It,Nobody At All,1,2026-07-04\n")
    assert queries.lines_without_work() == queries.WithoutWorkRow(5, 2, 2)


def test_a_line_that_a_person_settled_waits_no_more(tmp_path: Path) -> None:
    register_repertoire()
    report = matched(tmp_path, "Lantern Song,,5,2026-07-02\n")
    assert queries.lines_without_work().line_count == 1
    (item,) = queries.queue(band=None).rows
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict=Verdict.REJECT)
    assert queries.lines_without_work().line_count == 1
    matched(tmp_path, UNKNOWN)
    services.undo_report(actor=CHEN, at=AT, report_id=report)
    assert queries.lines_without_work().line_count == 1


def test_the_command_says_how_to_ask_them_again(tmp_path: Path) -> None:
    register_repertoire()
    assert "match retry" not in done("work", "import", str(write_table(tmp_path, "R1,River,,,,Asan,,CA,100,,")))
    matched(tmp_path, 2 * UNKNOWN)
    told = done("work", "import", str(write_table(tmp_path, COPPER)), "--claim", "own")
    number = list_intakes().rows[0].id
    assert "2 lines of 1 reports have no work yet, 1 of them different." in told
    assert f"muniment match retry --intake {number}" in told
    assert "1 distinct lines asked" in done("match", "retry", "--intake", str(number))


def test_the_page_of_the_import_says_so_too(tmp_path: Path) -> None:
    register_repertoire()
    done("work", "import", str(write_table(tmp_path, COPPER)), "--claim", "own")
    number = list_intakes().rows[0].id
    address = reverse("office:work-intake", args=[number])
    client = login(Role.DOCUMENTATION)
    assert "match retry" not in page(client, address)
    matched(tmp_path, "Somewhere Else Entirely,Nobody,2,2026-07-04\n")
    assert f"muniment match retry --intake {number}" in page(client, address)
