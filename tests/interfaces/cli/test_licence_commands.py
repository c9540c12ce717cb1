"""The commands `muniment licence …`: declared figures, lines left out, and refusals."""

from pathlib import Path

import pytest

from muniment.trade.licensing.queries import get_invoice, list_invoices
from tests.interfaces.cli.keyboard import done, muniment, refused

pytestmark = pytest.mark.django_db

TARIFFS = Path(__file__).parents[2] / "trade" / "licensing" / "tariffs.toml"
ISSUE = ("licence", "invoice", "issue", "2026-Q3", "--issued-on", "2026-10-05")


@pytest.fixture
def licensed(tmp_path: Path) -> Path:
    """License a radio station and a bar, and return the folder of the files."""
    licensees, licences = tmp_path / "licensees.csv", tmp_path / "licences.csv"
    licensees.write_text("Licensee number,Name\nLIC-1,Radio One\nLIC-2,The Bar\n")
    licences.write_text(
        "Licence number,Licensee number,Tariff,Territory,Right,Valid from,Revenue,Area\n"
        "L-1,LIC-1,RADIO,586,PR,2026-01-01,10000000,\n"
        "L-2,LIC-2,BAR,586,PR,2026-01-01,,50\n"
    )
    assert "RADIO 1" in done("licence", "tariff", "publish", str(TARIFFS))
    assert "2 of 2 licensees taken" in done("licence", "licensee", "import", str(licensees))
    assert "2 of 2 licences taken" in done("licence", "import", str(licences))
    return tmp_path


def test_a_declared_figure_takes_the_place_of_that_of_the_licence(licensed: Path) -> None:
    assert "INV-2026-00001" in done(*ISSUE, "--licence", "L-2", "--area", "80", "--days", "92")
    assert get_invoice("INV-2026-00001").basis.area_dm2 == 8_000
    assert "figures can be declared for one licence only" in refused(*ISSUE, "--area", "80")
    issued = done(*ISSUE)
    assert "LIC-1" in issued
    assert "L-2" in issued
    assert list_invoices().total == 2


def test_a_line_that_cannot_be_used_is_told(licensed: Path) -> None:
    done(*ISSUE, "--licence", "L-1")
    receipts = licensed / "receipts.csv"
    receipts.write_text(
        "Reference,Invoice,Amount,Currency,Received on\n"
        "B-1,INV-2026-00001,1000.00,PKR,2026-10-20\nB-2,INV-2026-00001,-5,PKR,2026-10-20\n"
    )
    taken = muniment("licence", "receipt", "import", str(receipts))
    assert taken.status == 1
    assert "1 of 2 receipts taken" in taken.out
    assert "line 3" in taken.out
    assert "INV-2026-00001" in done("licence", "arrears", "--on", "2027-01-31")
    assert refused("licence", "invoice", "cancel", "INV-2026-00001", "--reason", "paid", "--on", "2026-10-21")


def test_what_cannot_be_is_refused_with_a_remedy(licensed: Path) -> None:
    assert "Check its name and permissions." in refused("licence", "tariff", "publish", str(licensed / "none.toml"))
    binary = licensed / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "Save it as UTF-8." in refused("licence", "tariff", "publish", str(binary))
    assert "Write it as 2026-09-30." in refused("licence", "arrears", "--on", "soon")
    assert "2026-Q9" in refused("licence", "invoice", "issue", "2026-Q9")
    assert "L-9" in refused(*ISSUE, "--licence", "L-9")
    assert "INV-1" in refused("licence", "invoice", "cancel", "INV-1", "--reason", "wrong")
    assert "B-9" in refused("licence", "receipt", "reverse", "B-9", "--reason", "wrong")
