"""Labelled lines written anew as free text; every name here is made up."""

from random import Random

import pyarrow as pa

from muniment.interfaces.bench.free_text import Asked, as_free_text
from muniment.interfaces.bench.tasks import LINES
from muniment.kernel.columns.schemas import REPERTOIRE_RECORDINGS

FERRY, LANTERN, NOTHING = frozenset({1}), frozenset({2}), frozenset[int]()


def lines(*rows: tuple[str | None, str | None]) -> pa.Table:
    """Return lines that report a title and a performer each."""
    told = [{"line_id": at, "title": title, "performer": name} for at, (title, name) in enumerate(rows)]
    return pa.Table.from_pylist(told, LINES)


def recordings(*rows: tuple[int, str, str]) -> pa.Table:
    """Return (work, title, performer) as a repertoire's recordings."""
    told = [{"work_id": work, "title": title, "performer": name} for work, title, name in rows]
    return pa.Table.from_pylist(told, REPERTOIRE_RECORDINGS)


def test_both_stand_in_one_field_and_mean_the_same_work() -> None:
    """Of a performer who recorded nothing else there is nothing to put beside the title."""
    asked = Asked(lines(("Silver Ferry", "Kite Sisters"), ("Lantern Song", "Paper Moons")), [FERRY, NOTHING])
    made = as_free_text(asked, recordings((1, "Silver Ferry", "Kite Sisters")), Random(1))
    assert made.works == [FERRY, NOTHING]
    assert made.lines.schema == LINES
    for text, title, name in zip(
        made.lines.column("title").to_pylist(),
        ("Silver Ferry", "Lantern Song"),
        ("Kite Sisters", "Paper Moons"),
        strict=True,
    ):
        assert title in text
        assert name in text


def test_a_line_without_a_performer_is_left_out() -> None:
    """It is a title alone already."""
    made = as_free_text(
        Asked(lines(("Silver Ferry", None), (None, "Kite Sisters")), [FERRY, LANTERN]), recordings(), Random(1)
    )
    assert made.lines.num_rows == 0
    assert made.works == []


def test_another_title_of_the_performer_may_be_the_one_meant() -> None:
    """One line in ten or so gets one; which of the two is meant is drawn."""
    asked = Asked(lines(*[("Silver Ferry", "Kite Sisters")] * 400), [FERRY] * 400)
    made = as_free_text(asked, recordings((2, "Lantern Song", "Kite Sisters")), Random(1))
    both = [at for at, text in enumerate(made.lines.column("title").to_pylist()) if "Lantern Song" in text]
    meant = {made.works[at] for at in both}
    assert 20 <= len(both) <= 60
    assert meant == {FERRY, LANTERN}
    assert all(made.works[at] == FERRY for at in set(range(400)) - set(both))


def test_the_same_chance_gives_the_same_lines() -> None:
    """A model that is trained again is the same model."""
    asked = Asked(lines(*[("Silver Ferry", "Kite Sisters")] * 40), [FERRY] * 40)
    known = recordings((2, "Lantern Song", "Kite Sisters"))
    assert as_free_text(asked, known, Random(7)) == as_free_text(asked, known, Random(7))
