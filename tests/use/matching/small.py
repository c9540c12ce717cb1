"""A small invented repertoire in many scripts, as the compiled matcher reads it; every name in it is made up."""

import pyarrow as pa

from muniment.kernel.columns.schemas import REPERTOIRE_CODES, REPERTOIRE_NAMES, REPERTOIRE_TITLES
from muniment.use.matching.bulk.index import RepertoireIndex, index_tables
from muniment.use.matching.bulk.matcher import QUERIES

Work = tuple[str, str, str]
"""A title, a writer and a performer."""
Line = dict[str, str | None]
"""What a line reports, by the names of QUERIES."""
Tables = tuple[pa.Table, pa.Table, pa.Table]

WORKS: tuple[Work, ...] = (
    ("Silver Ferry", "Nemira Ashford", "Garden Collective"),
    ("Lantern Song", "Tovik Hale", "Kite Sisters"),
    ("Lantern Song", "Elva Marrow", "Paper Moons"),
    ("Берег и колодец", "Нарсана Лугник", "Дом Ветра"),
    ("星空之桥", "林雨桐", "秋水乐团"),
    ("さくらの手紙", "山田ほたる", "ミナト座"),
    ("별빛 정거장", "김하람", "강변소년단"),
    ("شہر کی بارش", "نوید سحر", "کاروان بینڈ"),
    ("נמל הכסף", "אורי שדה", "להקת הגן"),
    ("नदी का गीत", "आरव मेघ", "चाँदनी मंडली"),
    ("Қоңыр дала", "Әсел Нұрқан", "Жел тобы"),
    ("A Window before the Harbour", "Quill Ravenhurst", "Amber Mirrors"),
    ("Copper Thistle Road", "Nemira Ashford", "Garden Collective"),
)
"""Work 1 is the first."""
SILVER_FERRY, LANTERN_HALE, LANTERN_MARROW = 1, 2, 3
BEREG, STARS, SAKURA, STATION, RAIN, HARBOUR_OF_SILVER, RIVER, STEPPE, WINDOW, THISTLE = range(4, 14)
CODES = ((SILVER_FERRY, "own", "W-1"), (THISTLE, "own", "W-13"))


def tables_of(works: tuple[Work, ...]) -> Tables:
    """Return the tables of a repertoire; its works are numbered from 1."""
    titles = [{"work_id": number, "title": title} for number, (title, _, _) in enumerate(works, 1)]
    names = [
        {"work_id": number, "name": name, "role": role}
        for number, (_, writer, performer) in enumerate(works, 1)
        for name, role in ((writer, "writer"), (performer, "performer"))
    ]
    codes = [{"work_id": work, "kind": kind, "code": code, "title": works[work - 1][0]} for work, kind, code in CODES]
    return (
        pa.Table.from_pylist(titles, REPERTOIRE_TITLES),
        pa.Table.from_pylist(names, REPERTOIRE_NAMES),
        pa.Table.from_pylist(codes, REPERTOIRE_CODES),
    )


def small_index(more: tuple[Work, ...] = ()) -> RepertoireIndex:
    """Return the index of the repertoire, with `more` works behind."""
    return index_tables(*tables_of(WORKS + more))


def queries(*lines: Line) -> pa.RecordBatch:
    """Return QUERIES that report the given texts; line 1 is the first."""
    rows = [{**dict.fromkeys(QUERIES.names), "line_id": number, **line} for number, line in enumerate(lines, 1)]
    return pa.RecordBatch.from_pylist(rows, QUERIES)
