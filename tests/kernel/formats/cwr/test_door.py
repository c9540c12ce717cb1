"""CWR at the door: recognised, checked, shown and answered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from muniment.kernel.formats.cwr import CwrTransaction, acknowledge, answer_of, iter_transactions, write_cwr
from muniment.kernel.formats.cwr.door import FORMAT
from muniment.kernel.formats.door import Becomes, NotRecognised, recognise
from tests.kernel.formats.cwr.test_acknowledgements import PROCESSED, SOCIETY
from tests.kernel.formats.cwr.works import DUST, HEADER, RAIN

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "any.name"
    path.write_bytes(b"".join(write_cwr(HEADER, [RAIN, DUST])))
    return path


def test_a_file_is_told_by_what_it_says_and_not_by_its_name(file: Path) -> None:
    found = recognise(file)
    assert (found.format.name, found.recognised.version, found.becomes) == ("cwr", "2.1", Becomes.WORKS)


def test_an_answer_is_an_answer(file: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    with file.open("rb") as stream:
        answer.write_bytes(b"".join(acknowledge(stream, SOCIETY, processed_on=PROCESSED)))
    assert recognise(answer).becomes is Becomes.ANSWER_TO_WORKS


@pytest.mark.parametrize(
    "content", [b"HDR is a headline\n", b"HDRPB\n", b"title,HDRPB\n1,2\n", b"GRHNWR0000102.10\n", b"\x00" * 90]
)
def test_what_only_looks_like_it_is_not_taken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    try:
        found = recognise(path)
    except NotRecognised:
        return
    assert found.format.name != "cwr"


def test_it_is_checked_shown_and_answered(file: Path, tmp_path: Path) -> None:
    assert list(FORMAT.check(file)) == []
    shown = FORMAT.preview(file, 1)
    assert shown.rows == (("NWR", "STEPPE-1", RAIN.title, RAIN.iswc, "", shown.rows[0][-1]),)
    out = tmp_path / "answer"
    assert FORMAT.acknowledge is not None
    FORMAT.acknowledge(file, out, AT)
    with out.open("rb") as stream:
        items = [item for item in iter_transactions(stream) if isinstance(item, CwrTransaction)]
    assert [answer_of(item).status for item in items] == ["RA", "RA"]
    file.write_bytes(file.read_bytes().replace(b"SWR", b"SXR", 1))
    assert list(FORMAT.check(file)) != []
