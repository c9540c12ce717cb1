"""The index of words that registrations are found by: full text of the database at hand, with words cut by us.

SQLite keeps it in an FTS5 table, PostgreSQL in a tsvector under GIN, both with the same words, as the index of works
does. A word of a title begins with `t`, one of a holder's name with `h`, a number with `n`, so that one index answers
for each alone.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

from muniment.rights.works.rules.words import code_word, query_words, words_of

TITLE, HOLDER, NUMBER = "t", "h", "n"


def index_words(titles: Iterable[str], holders: Iterable[str], numbers: Iterable[str]) -> str:
    """Return the words of a registration, parted by blanks and in order."""
    words = {TITLE + word for text in titles for word in words_of(text)}
    words |= {HOLDER + word for text in holders for word in words_of(text)}
    words |= {NUMBER + code_word(number) for number in numbers}
    return " ".join(sorted(words))


def put_words(rows: Iterable[tuple[int, str]]) -> None:
    """Index registrations, new ones or again: (registration id, words parted by blanks)."""
    if connection.vendor == "postgresql":
        statement = (
            "INSERT INTO registry_words (registration_id, words)"
            " VALUES (%s, array_to_tsvector(string_to_array(%s, ' ')))"
            " ON CONFLICT (registration_id) DO UPDATE SET words = excluded.words"
        )
    else:
        statement = "INSERT OR REPLACE INTO registry_words (rowid, words) VALUES (%s, %s)"
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def found_by(text: str, holder: str) -> RawSQL | None:
    """Return the subquery of ids that a typed text and a holder's name find, None where nothing is to be found.

    Every word of the text must begin a word of the title, or all of it one of the numbers; every word of the holder one
    of the holders' names.
    """
    of_title = [TITLE + word for word in query_words(text)]
    of_holder = [HOLDER + word for word in query_words(holder)]
    if (text.strip() and not of_title) or (holder.strip() and not of_holder):
        return None
    number = NUMBER + code_word(text) if len(of_title) == 1 or any(char.isdigit() for char in text) else ""
    if connection.vendor == "postgresql":
        return RawSQL(
            # OFFSET 0 has the index of words answer first: the planner takes rare words for frequent ones.
            "SELECT registration_id FROM registry_words WHERE words @@ %s::tsquery OFFSET 0",
            [_question(of_title, number, of_holder, "'{}':*", "&", "|")],
        )
    return RawSQL(
        "SELECT rowid FROM registry_words WHERE registry_words MATCH %s",
        [_question(of_title, number, of_holder, '"{}" *', "AND", "OR")],
    )


def _question(of_title: list[str], number: str, of_holder: list[str], form: str, both: str, either: str) -> str:
    """Return the words as a question in the language of a full text."""
    parts = [form.format(word) for word in of_holder]
    if of_title:
        title = f" {both} ".join(form.format(word) for word in of_title)
        parts.append(f"(({title}) {either} {form.format(number)})" if number else title)
    return f" {both} ".join(parts)
