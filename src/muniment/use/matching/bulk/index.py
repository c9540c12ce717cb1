"""An index that is open: the columns of its folder, read in place and shared by every process that opens it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.kernel.words.codepoints import table_digest
from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.readings import readings_version
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.bundle import Bundle
from muniment.use.matching.bulk.folder import BrokenIndex, open_columns, read_manifest
from muniment.use.matching.bulk.lookup import (
    CATALOGUE_LETTERS,
    CODE_WORKS,
    CODES_TEXTS,
    FACTS,
    NAME_KEYS,
    NAME_WORKS,
    NAMES_TEXTS,
    RECORDED_KEYS,
    SKELETON_KEYS,
    SKELETON_SKETCHES,
    TITLE_BITS,
    TITLE_KEY_SKETCHES,
    TITLE_KEYS,
    TITLE_KINDS,
    TITLE_WEIGHTS,
    TITLE_WORKS,
    TITLES_TEXTS,
    WORD_DATA,
    WORD_KEYS,
    WORD_STARTS,
    WORK_PERFORMERS,
    WORK_TITLE_COUNTS,
    WORK_TITLE_SIGNS,
    WORK_TITLES,
    WORK_WRITERS,
)

_DICTIONARY, _KEYS, _LISTS = (
    ("directory", "prints", "starts", "data"),
    ("directory", "prints", "targets"),
    ("starts", "items"),
)
_SLOTS = {
    **{("titles", part): TITLES_TEXTS + at for at, part in enumerate(_DICTIONARY)},
    **{("names", part): NAMES_TEXTS + at for at, part in enumerate(_DICTIONARY)},
    **{("codes", part): CODES_TEXTS + at for at, part in enumerate(_DICTIONARY)},
    **{("title_keys", part): TITLE_KEYS + at for at, part in enumerate(_KEYS)},
    **{("name_keys", part): NAME_KEYS + at for at, part in enumerate(_KEYS)},
    **{("words", part): WORD_KEYS + at for at, part in enumerate(_KEYS)},
    **{("title_works", part): TITLE_WORKS + at for at, part in enumerate(_LISTS)},
    **{("work_titles", part): WORK_TITLES + at for at, part in enumerate(_LISTS)},
    **{("name_works", part): NAME_WORKS + at for at, part in enumerate(_LISTS)},
    **{("work_performers", part): WORK_PERFORMERS + at for at, part in enumerate(_LISTS)},
    **{("work_writers", part): WORK_WRITERS + at for at, part in enumerate(_LISTS)},
    **{("code_works", part): CODE_WORKS + at for at, part in enumerate(_LISTS)},
    ("title", "kinds"): TITLE_KINDS,
    ("title", "bits"): TITLE_BITS,
    ("title", "weights"): TITLE_WEIGHTS,
    ("name_works", "letters"): CATALOGUE_LETTERS,
    ("", "facts"): FACTS,
    **{("recorded", part): RECORDED_KEYS + at for at, part in enumerate(_KEYS)},
    ("", "work_title_counts"): WORK_TITLE_COUNTS,
    **{("skeletons", part): SKELETON_KEYS + at for at, part in enumerate(_KEYS)},
    ("words", "starts"): WORD_STARTS,
    ("words", "data"): WORD_DATA,
    ("title_keys", "sketches"): TITLE_KEY_SKETCHES,
    ("skeletons", "sketches"): SKELETON_SKETCHES,
    ("", "work_title_signs"): WORK_TITLE_SIGNS,
}
"""Where each column of the folder stands in the bundle."""
_NAMES = {slot: "_".join(filter(None, name)) for name, slot in _SLOTS.items()}


@dataclass(frozen=True, slots=True)
class RepertoireIndex:
    """An open index; `work_ids` ascend, and a work's number is its place there."""

    columns: Bundle
    work_ids: np.ndarray[tuple[int], np.dtype[np.int64]]
    version: str
    digest: str  # of the repertoire


def open_index(folder: Path) -> RepertoireIndex:
    """Open an index folder.

    Raises:
        BrokenIndex: it is missing, truncated, of another version, of another table of code points or of other readings.
    """
    manifest = read_manifest(folder)
    if manifest["table"] != table_digest():
        raise BrokenIndex(
            f"Index {folder.name} was folded by another table of code points than this version has.", "Build it again."
        )
    if manifest["readings"] != readings_version():
        raise BrokenIndex(
            f"Index {folder.name} holds readings of other scripts that another version made.", "Build it again."
        )
    of = open_columns(folder, manifest)

    missing = sorted({*_NAMES.values(), "work_ids"} - of.keys())
    if missing:
        raise BrokenIndex(f"Index {folder.name} lacks {missing[0]}.", "Build it again.")
    columns = Bundle({slot: of[name] for slot, name in _NAMES.items()})
    return RepertoireIndex(columns, of["work_ids"], version_of(manifest), manifest["repertoire"])


def version_of(manifest: dict[str, Any]) -> str:
    """Return the version of an index: the digest of what its columns hold."""
    return digest_value([facts["sha256"] for facts in manifest["columns"].values()])


def index_tables(
    titles: pa.Table, names: pa.Table, codes: pa.Table, recordings: pa.Table | None = None
) -> RepertoireIndex:
    """Return an index of tables of REPERTOIRE_TITLES and so on that leaves no folder."""
    with tempfile.TemporaryDirectory() as room:
        build_index(titles, names, codes, Path(room) / "index", recordings=recordings)
        return open_index(Path(room) / "index")
