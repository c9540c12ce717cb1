"""The life of the index: built once, beside a base while little changed, never used broken, removed when old."""

from datetime import timedelta
from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code, repertoire
from muniment.rights.works.services import merge_works
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from muniment.use.matching import queries, services
from muniment.use.matching.bulk.layers import LayeredIndex, work_digests
from muniment.use.matching.bulk.match import DECISIONS, match_lines
from muniment.use.matching.models import IndexVersion
from muniment.use.matching.rules.layers import Layering
from muniment.use.matching.rules.scoring import Thresholds
from muniment.use.matching.services import indexes
from tests.cast import CHEN, DEWI
from tests.use.matching.test_match import lines_of
from tests.use.world import AT, WORKS, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

ANY_DELTA = Layering(most_delta_ppm=1_000_000, smallest_base=1)
LATER = AT + timedelta(days=1)
NEW = ("W-7", "Copper Morning", "Elva Marrow", "Station Four", None, None)


def load(**changes: object) -> object:
    """Load the index, with a delta however large."""
    return services.load_index(**{"actor": CHEN, "at": AT, "layering": ANY_DELTA, **changes})  # type: ignore[arg-type]


def best(index: object, **line: str) -> int | None:
    """Return the best candidate of a line."""
    matched = match_lines(lines_of(line), index, DECISIONS.empty_table(), Thresholds())  # type: ignore[arg-type]
    found: list[int | None] = matched.matches.column("candidate_work_id").to_pylist()
    return found[0]


def built() -> int:
    """Return how many indexes the audit trail says were built."""
    return list_events(tag="index.built").total


def test_an_index_is_built_once(store: Path) -> None:
    register_repertoire()
    first, again = load(), load()
    assert first.version == again.version  # type: ignore[attr-defined]
    assert built() == 1
    (row,) = queries.list_indexes()
    assert (row.work_count, row.base_folder, row.used_at) == (len(WORKS), "", None)
    assert (store / "indexes" / row.folder / "manifest.json").is_file()


def test_what_changed_is_indexed_beside_the_base() -> None:
    register_repertoire()
    base = load()
    register_repertoire([NEW])
    index = load()
    assert isinstance(index, LayeredIndex)
    assert (len(index.work_ids), len(index.delta.work_ids), len(index.gone)) == (7, 1, 0)
    assert index.base.version == base.version  # type: ignore[attr-defined]
    assert best(index, title="Copper Morning", performer="Station Four") == ids_by_code(["W-7"])["W-7"]
    assert best(index, title="The Silver Ferry", performer="Garden Collective") == ids_by_code(["W-1"])["W-1"]
    assert load().version == index.version  # type: ignore[attr-defined]
    assert built() == 2
    whole = load(afresh=True)
    assert not isinstance(whole, LayeredIndex)
    assert load().version == whole.version  # type: ignore[attr-defined]


def test_a_small_repertoire_gets_a_new_base() -> None:
    register_repertoire()
    load(layering=None)
    register_repertoire([NEW])
    assert not isinstance(load(layering=None), LayeredIndex)
    assert [row.base_folder for row in queries.list_indexes()] == ["", ""]


def test_a_merged_work_is_gone_and_its_numbers_lead_to_the_kept_one() -> None:
    register_repertoire()
    load()
    kept, dropped = (ids_by_code([code])[code] for code in ("W-2", "W-3"))
    merge = merge_works(actor=CHEN, at=AT, keep_id=kept, drop_id=dropped)
    index = load()
    assert isinstance(index, LayeredIndex)
    assert dropped not in index.work_ids
    assert index.base.work_ids[index.gone].tolist() == [kept, dropped]
    assert index.delta.work_ids.tolist() == [kept]
    assert best(index, title="Lantern Song", performer="Station Four") == kept
    assert best(index, title="Lantern Song", source_id="W-3") == kept
    assert merge is not None


@pytest.mark.parametrize("harm", ["cut", "other", "manifest"])
def test_a_broken_index_is_told_and_built_again(store: Path, harm: str) -> None:
    register_repertoire()
    version = load().version  # type: ignore[attr-defined]
    (row,) = queries.list_indexes()
    folder = store / "indexes" / row.folder
    if harm == "cut":
        data = (folder / "titles_data.bin").read_bytes()
        (folder / "titles_data.bin").write_bytes(data[:-1])
    elif harm == "other":
        (folder / "manifest.json").write_text('{"format": 99}')
    else:
        (folder / "manifest.json").unlink()
    ((_, fault),) = queries.check_indexes()
    assert row.folder in fault
    assert load().version == version  # type: ignore[attr-defined]
    assert [fault for _, fault in queries.check_indexes()] == [""]
    event = list_events(tag="index.built").rows[0]
    assert event.after is not None
    assert "instead_of" in event.after


def test_a_changed_byte_is_found_by_the_check(store: Path) -> None:
    register_repertoire()
    load()
    (row,) = queries.list_indexes()
    path = store / "indexes" / row.folder / "titles_data.bin"
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    ((_, fault),) = queries.check_indexes()
    assert "titles_data" in fault


def test_a_base_without_its_digests_carries_no_delta(store: Path) -> None:
    register_repertoire()
    load()
    (row,) = queries.list_indexes()
    (store / "indexes" / row.folder / "works.parquet").write_bytes(b"PAR1")
    ((_, fault),) = queries.check_indexes()
    assert "works.parquet" in fault
    register_repertoire([NEW])
    assert not isinstance(load(), LayeredIndex)


def test_who_is_slower_uses_the_index_of_who_was_faster(store: Path) -> None:
    register_repertoire()
    first = load()
    (row,) = queries.list_indexes()
    before = (store / "indexes" / row.folder / "manifest.json").stat().st_ino
    whole = repertoire()
    tables = (whole.titles, whole.names, whole.codes, whole.recordings)
    second = indexes._put(row.folder, tables, row.repertoire_digest, work_digests(*tables), lambda *_: None)
    assert second.version == first.version  # type: ignore[attr-defined]
    assert (store / "indexes" / row.folder / "manifest.json").stat().st_ino == before
    assert [folder.name for folder in (store / "indexes").iterdir()] == [row.folder]


def test_old_indexes_go_and_used_ones_stay(store: Path, tmp_path: Path) -> None:
    register_repertoire()
    load()
    receipt = import_log(write_log(tmp_path, "title,artist,plays,date\nLantern Song,Kite Sisters,3,2026-07-01\n"))
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    register_repertoire([NEW])
    load(afresh=True)
    register_repertoire([("W-8", *NEW[1:])])
    newest = load()
    used, middle, last = reversed(queries.list_indexes())
    assert last.base_folder == middle.folder
    assert last.version == newest.version  # type: ignore[attr-defined]
    assert used.used_at == AT
    assert services.prune_indexes(actor=CHEN, at=LATER, keep_count=1, used_days=30) == ()
    (gone,) = services.prune_indexes(actor=CHEN, at=LATER + timedelta(days=30), keep_count=1, used_days=30)
    assert gone.folder == used.folder
    assert not (store / "indexes" / gone.folder).exists()
    assert IndexVersion.objects.get(folder=gone.folder).removed_at == LATER + timedelta(days=30)
    with pytest.raises(NotAllowed):
        services.prune_indexes(actor=DEWI, at=LATER, keep_count=1, used_days=0)
