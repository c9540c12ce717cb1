"""The index of words that works are found by: full text of the database at hand, with words cut by us.

SQLite keeps it in an FTS5 table, PostgreSQL in a tsvector under GIN. Both get the same words (see rules/words.py), so
both find the same works; neither language rules nor a collation of the database take part.
"""

from collections.abc import Iterable, Sequence
from itertools import batched

from django.db import connection

_BATCH = 5_000


def put_words(rows: Iterable[tuple[int, str]]) -> None:
    """Index works, new ones or again: (work id, words parted by blanks)."""
    with connection.cursor() as cursor:
        for batch in batched(rows, _BATCH):
            if connection.vendor == "postgresql":
                cursor.execute(
                    "INSERT INTO works_words (work_id, words)"
                    " SELECT work_id, array_to_tsvector(string_to_array(words, ' '))"
                    " FROM unnest(%s::bigint[], %s::text[]) AS fresh (work_id, words)"
                    " ON CONFLICT (work_id) DO UPDATE SET words = excluded.words",
                    [[work_id for work_id, _words in batch], [words for _work_id, words in batch]],
                )
            else:
                cursor.executemany("INSERT OR REPLACE INTO works_words (rowid, words) VALUES (%s, %s)", batch)


def find_ids(words: Sequence[str], limit: int) -> list[int]:
    """Return up to `limit` ids of works that have, for every word, a word that begins with it; the newest first."""
    if connection.vendor == "postgresql":
        statement = "SELECT work_id FROM works_words WHERE words @@ %s::tsquery ORDER BY work_id DESC LIMIT %s"
        question = " & ".join(f"'{word}':*" for word in words)
    else:
        statement = "SELECT rowid FROM works_words WHERE works_words MATCH %s ORDER BY rowid DESC LIMIT %s"
        question = " AND ".join(f'"{word}" *' for word in words)
    with connection.cursor() as cursor:
        cursor.execute(statement, [question, limit])
        return [row[0] for row in cursor.fetchall()]
