"""tantivy's BM25 for the first candidates, rapidfuzz to put them in order: TASK USAGE OUT."""

import math
import tempfile
from importlib.metadata import version
from pathlib import Path

import peer
import polars as pl
import tantivy
from rapidfuzz import fuzz, process

FOUND = 24
KEPT = 10


def match(task: Path, usage: str, clock: peer.Clock) -> pl.DataFrame:
    """Return the candidates of every line."""
    with clock.stage("build"), tempfile.TemporaryDirectory() as folder:
        works = peer.read_works(task).works
        index = _index(works, folder)
        held = works.select("titles", "performers", "surnames").rows()
        work_ids = works["work_id"].to_list()
        common = _commonness(works)
    with clock.stage("match"):
        rows = []
        searcher = index.searcher()
        for line in peer.read_lines(task, usage).iter_rows(named=True):
            rows += _ranked(line, _found(line, index, searcher), held, work_ids, common)
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")


SCHEMA = {
    "line_id": pl.Int64,
    "place": pl.Int32,
    "work_id": pl.Int64,
    "score": pl.Float64,
    "f_bm25": pl.Float64,
    "f_bm25_share": pl.Float64,
    "f_title": pl.Float64,
    "f_title_words": pl.Float64,
    "f_name": pl.Float64,
    "f_name_words": pl.Float64,
    "f_named": pl.Float64,
    "f_writers": pl.Float64,
    "f_writers_reported": pl.Float64,
    "f_writers_differ": pl.Float64,
    "f_common": pl.Float64,
    "f_length": pl.Float64,
}


def _index(works: pl.DataFrame, folder: str) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, fast=True)
    for name in ("titles", "performers", "surnames"):
        builder.add_text_field(name, tokenizer_name="default")
    index = tantivy.Index(builder.build(), path=folder)
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for row, (titles, performers, surnames) in enumerate(works.select("titles", "performers", "surnames").iter_rows()):
        document = tantivy.Document()
        document.add_unsigned("row", row)
        for title in titles:
            document.add_text("titles", title)
        for name in performers:
            document.add_text("performers", name)
        document.add_text("surnames", " ".join(surnames))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def _commonness(works: pl.DataFrame) -> dict[str, float]:
    """Return the logarithm of how many works have a title."""
    counted = works.select("titles").explode("titles").group_by("titles").len()
    return {title: math.log1p(count) for title, count in counted.iter_rows()}


def _found(line: dict, index: tantivy.Index, searcher: tantivy.Searcher) -> list[tuple[float, int]]:
    """Return (BM25, row) of the works that share most with a line; a misspelt word is left to the other words."""
    clauses = []
    for field, text, boost in (
        ("titles", f"{line['title']} {line['other_title']}", 2.0),
        ("performers", f"{line['performer']} {line['other_performer']}", 1.0),
        ("surnames", " ".join(line["surnames"]), 1.0),
    ):
        for word in dict.fromkeys(text.split()):
            query = tantivy.Query.term_query(index.schema, field, word)
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, boost)))
    if not clauses:
        return []
    hits = searcher.search(tantivy.Query.boolean_query(clauses), limit=FOUND, count=False).hits
    return [(score, searcher.doc(address)["row"][0]) for score, address in hits]


def _ranked(line: dict, found: list, held: list, work_ids: list, common: dict[str, float]) -> list[tuple]:
    """Return the best of the found works with their features, by a sum of similarities."""
    rows = []
    top = found[0][0] if found else 1.0
    readings = [(line["title"], line["performer"])]
    if line["other_title"]:
        readings.append((line["other_title"], line["other_performer"]))
    reported = len(line["surnames"])
    for bm25, row in found:
        titles, performers, surnames = held[row]
        title = max(_nearest(text, titles, fuzz.ratio) for text, _ in readings)
        words = max(_nearest(text, titles, fuzz.token_set_ratio) for text, _ in readings)
        name = max(_nearest(text, performers, fuzz.ratio) for text in line["performers"]) if line["performers"] else 0.0
        name_words = _nearest(line["performer"] or line["other_performer"], performers, fuzz.token_set_ratio)
        both = len(set(line["surnames"]) & set(surnames))
        share = both / reported if reported else 0.0
        score = 0.5 * title + 0.15 * words + 0.35 * name + 0.1 * share
        rows.append(
            (
                work_ids[row], score, bm25, bm25 / top, title, words, name, name_words, float(bool(line["performer"])),
                share, float(reported > 0), float(reported > 0 and not both), common.get(line["title"], 0.0),
                math.log1p(len(line["title"])),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-row[1], row[0]))
    return [(line["line_id"], place, *row) for place, row in enumerate(rows[:KEPT], 1)]


def _nearest(text: str, known: list[str], scorer: object) -> float:
    """Return the similarity of the known text that is most alike, 0 to 1."""
    if not text or not known:
        return 0.0
    best = process.extractOne(text, known, scorer=scorer)
    return best[1] / 100 if best else 0.0


if __name__ == "__main__":
    peer.run(match, f"tantivy {version('tantivy')}, rapidfuzz {version('rapidfuzz')}")
