"""The page of a work shows its editions and what else a recording tells."""

from pathlib import Path

import pytest

from muniment.rights.works.services.records import import_records
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.rights.works.samples import AT
from tests.rights.works.test_records import ISBNS, work_named, write_onix


@pytest.mark.django_db
def test_the_page_of_a_work_shows_its_editions(tmp_path: Path) -> None:
    path = write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge &lt;b&gt;"))
    import_records(actor=CHEN, at=AT, format_name="onix", path=path, claim="Steppe Press")
    work = work_named(ISBNS[0])
    shown = page(login(Role.DOCUMENTATION), f"/office/works/{work.id}/")
    assert "ISBN 978-0-306-40615-7" in shown
    assert "A Bridge &lt;b&gt;" in shown
    assert "2026-01-31" in shown
