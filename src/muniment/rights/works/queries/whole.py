"""The whole repertoire at once: for the matching engine as columns, for a file as rows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched, chain

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from muniment.kernel.columns.schemas import (
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_RECORDINGS,
    REPERTOIRE_TITLES,
)
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import Progress, silent
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import every_current_party, names_of, other_names, party_hits
from muniment.rights.works.models import Contribution, Recording, ShareLine, Work, WorkTitle
from muniment.rights.works.queries.merges import merged_numbers
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES
from muniment.rights.works.rules.rows import ExportRow, Repertoire

_LIVING = Q(known_to__isnull=True)
_EXPORTED = 1_000


def iter_export(progress: Progress = silent) -> Iterator[ExportRow]:
    """Yield every share line of every living work in the order of ids; a thousand works in memory at a time."""
    works = Work.objects.filter(_LIVING).order_by("pk")
    total, done = works.count(), 0
    for chunk in batched(works.iterator(_EXPORTED), _EXPORTED):
        yield from _export_chunk(chunk)
        done += len(chunk)
        progress(done, total)


def _export_chunk(works: tuple[Work, ...]) -> Iterator[ExportRow]:
    ids = [work.pk for work in works]
    titles: dict[int, list[str]] = {}
    further = WorkTitle.objects.filter(_LIVING, work_id__in=ids).order_by("pk")
    for work_id, title in further.values_list("work_id", "title"):
        titles.setdefault(work_id, []).append(title)
    lines: dict[int, list[ShareLine]] = {}
    for line in ShareLine.objects.filter(_LIVING, work_id__in=ids).order_by("pk"):
        lines.setdefault(line.work_id, []).append(line)
    parties = party_hits(line.party_id for of_work in lines.values() for line in of_work)
    for work in works:
        head = (work.code, work.title, tuple(titles.get(work.pk, ())), work.iswc, work.language, work.duration_ms)
        if work.pk not in lines:
            yield ExportRow(*head, work.generated_shares)
        for line in lines.get(work.pk, ()):
            party = parties[line.party_id]
            share = (line.role, Right(line.right), line.share_ppm, line.territories, line.valid_from, line.valid_to)
            yield ExportRow(*head, work.generated_shares, line.claim, party.name, party.ipi_name or "", *share)


def repertoire() -> Repertoire:
    """Return what usage is matched against, as Arrow tables read straight from the database.

    `titles` has every title of every living work and of its recordings, `names` its writers, publishers and performers
    as written and under the other names that their parties have (aliases, other scripts), `codes` our code ("own"), the
    ISWC and the ISRCs of its recordings, and the code and the ISWC of every record that was merged into it.
    `recordings` says who performs which title, under every name that the performer has.
    """
    others = other_names()
    recordings = _recordings(others)
    return Repertoire(_titles(recordings), _names(recordings, others), _codes(), recordings)


def _columns(schema: pa.Schema, rows: Iterable[tuple[object, ...]]) -> pa.Table:
    """Gather rows, in whatever order the database likes best, into a table, a piece at a time."""
    batches = [
        pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(zip(*piece, strict=True), schema, strict=True)],
            schema=schema,
        )
        for piece in batched(rows, 50_000)
    ]
    return pa.Table.from_batches(batches, schema=schema)


def _recordings(others: Mapping[int, tuple[str, ...]]) -> pa.Table:
    recorded = Recording.objects.filter(_LIVING, work__known_to__isnull=True, work_id__isnull=False).order_by()
    rows = recorded.values_list("work_id", "title", "performer").iterator(50_000)
    return _in_order(_columns(REPERTOIRE_RECORDINGS, _under_all_names(rows, others)))


def _titles(recordings: pa.Table) -> pa.Table:
    main = Work.objects.filter(_LIVING).order_by().values_list("pk", "title")
    further = WorkTitle.objects.filter(_LIVING, work__known_to__isnull=True).order_by()
    table = pa.concat_tables(
        [
            _columns(REPERTOIRE_TITLES, main.iterator(50_000)),
            _columns(REPERTOIRE_TITLES, further.values_list("work_id", "title").iterator(50_000)),
            recordings.select(REPERTOIRE_TITLES.names).cast(REPERTOIRE_TITLES),
        ]
    )
    return _in_order(table)


def _names(recordings: pa.Table, others: Mapping[int, tuple[str, ...]]) -> pa.Table:
    contributions = Contribution.objects.filter(_LIVING, work__known_to__isnull=True).exclude(name="")
    contributed = contributions.order_by().values_list("work_id", "party_id", "name", "role")
    said = recordings.filter(pc.not_equal(recordings.column("performer"), ""))
    performed = pa.Table.from_arrays(
        [said.column("work_id"), said.column("performer"), pa.repeat(pa.scalar("performer"), said.num_rows)],
        schema=REPERTOIRE_NAMES,
    )
    rows = _names_of_parties(contributed.iterator(50_000), others)
    return _in_order(pa.concat_tables([_columns(REPERTOIRE_NAMES, rows), performed]))


def _names_of_parties(
    contributed: Iterable[tuple[int, int, str, str]], others: Mapping[int, tuple[str, ...]]
) -> Iterator[tuple[int, str, str]]:
    """Yield each contributor under the name of the claim and under every other name of the party that it is now."""
    leads = every_current_party()
    for work_id, party_id, name, role in contributed:
        kind = "publisher" if role in PUBLISHER_ROLES else "writer"
        yield work_id, name, kind
        for other in others.get(leads.get(party_id, party_id), ()):
            yield work_id, other, kind


def _under_all_names(
    recorded: Iterable[tuple[int, str, str]], others: Mapping[int, tuple[str, ...]]
) -> Iterator[tuple[int, str, str]]:
    """Yield each recording with its performer as displayed, and under the other names of the one party named so."""
    main_names = names_of(others)
    parties: dict[str, list[int]] = {}
    for party_id, main in main_names.items():
        for name in {fold(main), *map(fold, others[party_id])}:
            parties.setdefault(name, []).append(party_id)
    for work_id, title, performer in recorded:
        yield work_id, title, performer
        known = parties.get(fold(performer), []) if performer else []
        for party_id in known if len(known) == 1 else ():
            for name in (main_names[party_id], *others[party_id]):
                yield work_id, title, name


def _codes() -> pa.Table:
    living = Work.objects.filter(_LIVING).order_by().values_list("pk", "code", "iswc", "title").iterator(50_000)
    works = chain(living, merged_numbers())
    recordings = Recording.objects.filter(_LIVING, work__known_to__isnull=True, isrc__isnull=False)
    recorded = recordings.order_by().values_list("work_id", "isrc", "title").iterator(50_000)
    table = pa.concat_tables(
        [
            _columns(
                REPERTOIRE_CODES,
                (
                    row
                    for pk, code, iswc, title in works
                    for row in ((pk, "own", code, title), (pk, "iswc", iswc, title))
                    if row[2]
                ),
            ),
            _columns(REPERTOIRE_CODES, ((work_id, "isrc", isrc, title) for work_id, isrc, title in recorded)),
        ]
    )
    return _in_order(table)


def _in_order(table: pa.Table) -> pa.Table:
    """Drop repeated rows and sort by every column, so that equal repertoires give equal tables."""
    names = table.column_names
    different = table.group_by(names).aggregate([]).select(names).cast(table.schema)
    return different.sort_by([(name, "ascending") for name in names]).combine_chunks()
