"""A work in the letters of CWR: capitals and the standard's characters, other scripts beside them.

A title or name that the standard's characters cannot write is romanised; what it was goes into the records that the
standard has for it (NPN, NWN, NAT).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from anyascii import anyascii

from muniment.kernel.formats.cwr.works import CwrName, CwrPublisher, CwrTitle, CwrWork, CwrWriter

TITLE_LETTERS = frozenset(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`{}~")
"""The characters of CISAC's set for titles that are ASCII."""
NAME_LETTERS = frozenset(" !#$%&'()+-./0123456789?@ABCDEFGHIJKLMNOPQRSTUVWXYZ`")
"""The same for names."""


def capitals(text: str, letters: frozenset[str]) -> str:
    """Return the text in capitals, romanised, with blanks for what the standard's characters lack."""
    latin = text.upper() if text.isascii() else anyascii(text).upper()
    return " ".join("".join(letter if letter in letters else " " for letter in latin).split())


def is_plain(text: str, letters: frozenset[str]) -> bool:
    """Say whether a text in capitals has only these letters."""
    return letters.issuperset(text.upper())


def _tidy(text: str) -> str:
    """Return the text on one line without doubled blanks; control characters and halves of letters become blanks."""
    return " ".join(
        "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text).split()
    )


def prepare_work(work: CwrWork, version: str = "02.10") -> CwrWork:
    """Return the work as CWR writes it: Latin text in capitals, names and titles of other scripts beside it.

    A title or name that the standard's characters cannot write is romanised, and what it was stands among `titles`
    (kind OT) or `other_names`; from CWR 2.2 on a link names the chain of its publisher. Doing it twice changes nothing
    more.
    """
    title = _tidy(work.title)
    titles = tuple(replace(other, title=_shown(_tidy(other.title))) for other in work.titles)
    if not is_plain(title, TITLE_LETTERS):
        native = CwrTitle(title, "OT", work.language)
        titles = titles if native in titles else (*titles, native)
    publishers = {publisher.ip_number: publisher for publisher in map(_prepare_publisher, work.publishers)}
    linked = version != "02.10"
    return replace(
        work,
        title=capitals(title, TITLE_LETTERS),
        titles=tuple(sorted(titles, key=lambda other: not is_plain(other.title, TITLE_LETTERS))),
        publishers=tuple(map(_prepare_publisher, work.publishers)),
        writers=tuple(_prepare_writer(writer, publishers, linked=linked) for writer in work.writers),
        performers=tuple(
            replace(
                performer,
                last_name=capitals(_tidy(performer.last_name), NAME_LETTERS),
                first_name=capitals(_tidy(performer.first_name), NAME_LETTERS),
            )
            for performer in work.performers
        ),
    )


def _shown(title: str) -> str:
    return title.upper() if is_plain(title, TITLE_LETTERS) else title


def _prepare_publisher(publisher: CwrPublisher) -> CwrPublisher:
    name = _tidy(publisher.name)
    others = tuple(replace(other, name=_tidy(other.name), first_name="") for other in publisher.other_names)
    if not is_plain(name, NAME_LETTERS) and not name.isascii():
        native = CwrName(name)
        others = others if native in others else (*others, native)
    return replace(publisher, name=capitals(name, NAME_LETTERS), other_names=others)


def _prepare_writer(writer: CwrWriter, publishers: Mapping[str, CwrPublisher], *, linked: bool) -> CwrWriter:
    last, first = _tidy(writer.last_name), _tidy(writer.first_name)
    others = tuple(
        replace(other, name=_tidy(other.name), first_name=_tidy(other.first_name)) for other in writer.other_names
    )
    if not (f"{last}{first}".isascii()):
        native = CwrName(last, first)
        others = others if native in others else (*others, native)
    links = tuple(
        replace(link, publisher_name=publishers[link.publisher_ip_number].name)
        if link.publisher_ip_number in publishers
        else link
        for link in writer.publishers
    )
    return replace(
        writer,
        last_name=capitals(last, NAME_LETTERS),
        first_name=capitals(first, NAME_LETTERS),
        other_names=others,
        publishers=tuple(
            replace(link, chain=(link.chain or _chain(link.publisher_ip_number, publishers)) if linked else None)
            for link in links
        ),
    )


def _chain(ip_number: str, publishers: Mapping[str, CwrPublisher]) -> int | None:
    return publishers[ip_number].chain if ip_number in publishers else None
