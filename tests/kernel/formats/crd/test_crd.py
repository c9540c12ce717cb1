"""CRD by the layout that is known: what is written is read again, sums tie, what is broken is told."""

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.crd import (
    CrdAdjustment,
    CrdHeader,
    CrdItem,
    CrdLine,
    CrdSource,
    header_for,
    read_crd,
    write_crd,
)
from muniment.kernel.formats.crd.rules import RULES
from muniment.kernel.formats.door import Becomes, recognise
from muniment.kernel.formats.widths import BadLayout, Unwritable
from muniment.kernel.words.problems import BadFile, Problem

HEADER = CrdHeader("EUR", 6, date(2026, 1, 1), date(2026, 6, 30), "2026-H1", "901", "035", "PER")
LINE = CrdLine(
    "W-1", "SONG OF THE WELL", 90_000_000, "T0345246801", "PER", "PB", "00000000199", "AIGUL SERIK", "AIGUL-1",
    500_000, "RADIO-1", "RA", 276, "feature", 12, date(2026, 1, 1), date(2026, 3, 31), "EUR", 100_000_000, 10_000_000,
)  # fmt: skip
LINES = (
    LINE,
    CrdLine(
        "W-2",
        "NIGHT MARKET",
        1,
        right_category="MEC",
        currency="EUR",
        share_ppm=1_000_000,
        period_start=date(2026, 4, 1),
        period_end=date(2026, 6, 30),
    ),
)
BACK = CrdAdjustment("deductions back", -7)


def written(header: CrdHeader = HEADER, lines: tuple[CrdLine | CrdAdjustment, ...] = (*LINES, BACK)) -> bytes:
    return b"".join(write_crd(header_for(header, lines), [CrdSource("RADIO-1", "Радио KVARTS", "01")], lines))


def read(content: bytes) -> tuple[list[CrdItem], list[Problem]]:
    items = list(read_crd(io.BytesIO(content)))
    return [item for item in items if not isinstance(item, Problem)], [
        item for item in items if isinstance(item, Problem)
    ]


def rules_of(content: bytes) -> set[str]:
    return {problem.rule for problem in read(content)[1]}


def bare(item: CrdItem) -> dict[str, object]:
    """Return what an item says, without the line it stands on and without what the statement's period fills in."""
    return {
        name: getattr(item, name)
        for name in item.__slots__  # type: ignore[union-attr]
        if name not in ("line", "period_start", "period_end")
    }


def test_what_is_written_is_read_again() -> None:
    items, problems = read(written())
    assert problems == []
    header, source, *rest = items
    assert isinstance(header, CrdHeader)
    assert (header.total_micro, header.line_count, header.receiver_society) == (89_999_994, 2, "035")
    assert source == CrdSource("RADIO-1", "Радио KVARTS", "01")
    assert [bare(item) for item in rest] == [bare(item) for item in (*LINES, BACK)]
    assert b"".join(write_crd(header, [source], rest)) == written()  # type: ignore[list-item, arg-type]


_texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=30)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            CrdLine,
            st.text(st.sampled_from("AW-19"), min_size=1, max_size=14),
            _texts,
            st.integers(-(10**15), 10**15),
            right_category=st.sampled_from(["PER", "MEC", "SYN", ""]),
            share_ppm=st.integers(0, 1_000_000),
            use_count=st.integers(0, 10**9),
            territory=st.sampled_from([None, 276, 2136]),
            currency=st.just("EUR"),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_sums_and_shares_come_back_to_the_micro_unit(lines: list[CrdLine]) -> None:
    items, problems = read(written(CrdHeader("EUR", 6), tuple(lines)))
    found = [item for item in items if isinstance(item, CrdLine)]
    assert problems == []
    assert [(one.remitted_micro, one.share_ppm, one.territory) for one in found] == [
        (one.remitted_micro, one.share_ppm, one.territory) for one in lines
    ]


def edited(kind: bytes, start: int, text: bytes) -> bytes:
    """Return the file with other bytes in the first record of a kind, from a place counted from 1."""
    lines = written().splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if line.startswith(kind))
    lines[place] = lines[place][: start - 1] + text + lines[place][start - 1 + len(text) :]
    return b"".join(lines)


BREAKING = {
    "CRD-01": written() + written().splitlines(keepends=True)[0],
    "CRD-02": edited(b"SDN", 120, b"???"),
    "CRD-03": edited(b"SDN", 113, b"9"),
    "CRD-04": edited(b"WER", 350, b"ninety"),
    "CRD-05": edited(b"SDN", 113, b"0").replace(b"000000000090000000", b"999999999990000000"),
    "CRD-06": b"".join(line for line in written().splitlines(keepends=True) if not line.startswith(b"MDR")),
    "CRD-07": edited(b"WER", 246, b"USD"),
    "CRD-08": edited(b"SDN", 77, b"000000000000000001"),
    "CRD-09": edited(b"SDN", 95, b"7"),
    "CRD-10": edited(b"WER", 145, b"20261301"),
    "CRD-11": edited(b"MIP", 46, b"999.0000"),
    "CRD-12": written() + b"ZZZ0000000000000000\r\n",
    "CRD-13": edited(b"WER", 57, b"9999"),
    "CRD-14": b"".join(line for line in written().splitlines(keepends=True) if not line.startswith(b"WER")),
}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_is_broken_by_a_file_and_kept_by_another(rule: str) -> None:
    assert rule in rules_of(BREAKING[rule])
    assert rule not in rules_of(written())


@pytest.mark.parametrize("content", [b"", b"\r\n", b"HDR", b"SD", b"\x00" * 40, b"x" * 70_000])
def test_what_is_no_crd_is_a_bad_file(content: bytes) -> None:
    with pytest.raises(BadFile):
        read(content)


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 900))
def test_hostile_bytes_raise_nothing_but_a_bad_file(noise: bytes, at: int) -> None:
    content = written()[:at] + noise + written()[at:]
    try:
        items, problems = read(content)
    except BadFile:
        return
    assert items or problems


def test_a_text_is_cut_at_a_letter_and_a_number_too_long_is_refused() -> None:
    [_header, _source, line] = read(written(lines=(CrdLine("W", "Ж" * 40, 1, currency="EUR"),)))[0]
    assert isinstance(line, CrdLine)
    assert line.title == "Ж" * 30
    with pytest.raises(Unwritable):
        written(lines=(CrdLine("W" * 15, "T", 1),))
    with pytest.raises(Unwritable):
        written(lines=(CrdLine("W", "T", 10**19),))


def test_the_layout_can_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.resources import files

    ours = (files("muniment.kernel.formats.crd") / "crd30_layout.csv").read_text(encoding="utf-8")
    (tmp_path / "crd30_layout.csv").write_text(ours.replace("WER,source_id,37,20", "WER,source_id,37,8"))
    monkeypatch.setenv("MUNIMENT_CRD_TABLES", str(tmp_path))
    assert read(written())[1] == []
    with pytest.raises(Unwritable):
        written(lines=(CrdLine("W", "T", 1, source_id="RADIO-123"),))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "crd30_layout.csv").write_text("record,field,start,size\nSDN,currency,x,3\n")
    monkeypatch.setenv("MUNIMENT_CRD_TABLES", str(tmp_path / "other"))
    with pytest.raises(BadLayout):
        read(written())


def test_the_door_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "statement.crd"
    path.write_bytes(written())
    found = recognise(path)
    assert (found.format.name, found.becomes, found.format.official) == ("crd", Becomes.MONEY_FROM_SOCIETIES, False)
    assert list(found.format.check(path)) == []
    assert found.format.preview(path, 1).rows[0][1] == "SONG OF THE WELL"
