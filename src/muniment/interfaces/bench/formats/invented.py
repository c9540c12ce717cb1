"""A CWR file of any size: the catalogue of an invented publisher, its writers, sub-publishers and recordings.

Every work is another one: titles, writers, shares, recordings and territories vary; IPI numbers, ISWCs and ISRCs have
valid check digits and belong to nobody. Societies have numbers that exist, since CWR-API takes no others.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.formats.cwr import (
    CwrHeader,
    CwrLink,
    CwrOrigin,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrSender,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
    write_cwr,
)
from muniment.kernel.words.identifiers import make_ipi_name, make_isrc, make_iswc
from muniment.kernel.words.shares import PPM

_SENT_AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
_HEADER = CwrHeader(CwrSender("PB", "000000199", "INVENTED MUSIC"), _SENT_AT, date(2026, 11, 22))
_INVENTED = 5_000
_PUBLISHERS, _WRITERS, _PERFORMERS = 200, 20_000, 3_000
_NOUNS = [
    "RAIN",
    "STEPPE",
    "RIVER",
    "STONE",
    "WINTER",
    "LANTERN",
    "HARBOUR",
    "GARDEN",
    "SPARROW",
    "MIRROR",
    "TRAIN",
    "LETTER",
    "ORCHARD",
    "TIDE",
    "EMBER",
]
_MARKS = [
    "OLD",
    "BLUE",
    "LAST",
    "QUIET",
    "GOLDEN",
    "BROKEN",
    "DISTANT",
    "SLOW",
    "PAPER",
    "WOODEN",
    "SILVER",
    "HIDDEN",
    "FIRST",
    "NORTHERN",
    "OPEN",
]
_NAMES = [
    "SEITKALI",
    "NURLAN",
    "DOSOV",
    "AHMED",
    "RAHMAN",
    "SILVA",
    "COSTA",
    "HALONEN",
    "OKAFOR",
    "TANAKA",
    "MOREAU",
    "KELLER",
    "NOVAK",
    "IVANOVA",
    "LINDQVIST",
]
_FIRST = [
    "AIGUL",
    "BILAL",
    "CHEN",
    "DEWI",
    "ERLAN",
    "FARIDA",
    "GUL",
    "HAMID",
    "INES",
    "JONAS",
    "KEMAL",
    "LENA",
    "MARAT",
    "NADIA",
    "OMAR",
]
_TERRITORIES = (2136, 2120, 2106, 2129, 2132, 586, 398, 724, 276)


def write_invented_cwr(path: Path, *, works: int, seed: int = 1) -> int:
    """Write a file of so many works; return how many records it has.

    Works beyond the first few thousand are those again by the same writers, with titles and numbers of their own:
    inventing takes longer than reading.
    """
    chance = random.Random(seed)  # noqa: S311 invented works are no secret
    invented = [_work(chance, place) for place in range(1, min(works, _INVENTED) + 1)]
    header, group, *body, _, _ = write_cwr(_HEADER, invented)
    records = 2
    with path.open("wb") as file:
        file.writelines((header, group))
        for start in range(0, works, len(invented)):
            for line in _renumbered(body, start, works):
                records += 1
                file.write(line)
        file.write(b"GRT00001%08d%08d   0000000000\r\n" % (works, records))
        file.write(b"TRL00001%08d%08d\r\n" % (works, records + 2))
    return records + 2


def _renumbered(body: list[bytes], start: int, works: int) -> Iterator[bytes]:
    """Yield the lines of transactions counted on from `start`, up to `works`; works and recordings are other ones."""
    mark = b" %d" % (start // _INVENTED) if start else b""
    for line in body:
        number = start + int(line[3:11])
        if number >= works:
            return
        shown = line[:3] + b"%08d" % number + line[11:19]
        match line[:3]:
            case b"NWR":
                iswc = make_iswc(900_000_001 + number).encode() if line[95:106].strip() else line[95:106]
                yield b"%b%b%bINV%09d%b%b%b" % (
                    *(shown, _marked(line[19:79], mark), line[79:81]),
                    *(number + 1, line[93:95], iswc, line[106:]),
                )
            case b"ALT":
                yield shown + _marked(line[19:79], mark) + line[79:]
            case b"REC":
                yield shown + line[19:98] + _marked(line[98:158], mark) + line[158:]
            case _:
                yield shown + line[19:]


def _marked(title: bytes, mark: bytes) -> bytes:
    return (title.rstrip() + mark).ljust(60)


def works_of_size(size: int, seed: int = 1) -> int:
    """Return how many works make a file of about so many bytes."""
    chance = random.Random(seed)  # noqa: S311 invented works are no secret
    sample = sum(map(len, write_cwr(_HEADER, (_work(chance, place) for place in range(1, 201)))))
    return max(1, size * 200 // sample)


def _title(chance: random.Random) -> str:
    return f"{chance.choice(_MARKS)} {chance.choice(_NOUNS)} OF THE {chance.choice(_MARKS)} {chance.choice(_NOUNS)}"


def _work(chance: random.Random, place: int) -> CwrWork:
    publishers = _publishers(chance) if chance.random() < 0.85 else ()
    published_ppm = 500_000 if publishers else 0
    writers = _writers(chance, publishers, PPM - published_ppm)
    performers = tuple(_performer(chance) for _ in range(chance.randint(0, 2)))
    return CwrWork(
        submitter_work_number=f"INV{place:09d}",
        title=_title(chance),
        iswc=make_iswc(900_000_000 + place % 99_999_999) if chance.random() < 0.6 else "",
        language=chance.choice(["", "EN", "ES", "RU"]),
        duration_ms=chance.randint(60, 600) * 1000,
        distribution_category="POP",
        recorded="Y" if performers else "N",
        titles=tuple(CwrTitle(_title(chance)) for _ in range(chance.choice([0, 0, 1, 2]))),
        publishers=publishers,
        writers=writers,
        performers=performers,
        recordings=tuple(_recording(chance, place, number) for number in range(len(performers))),
        origins=(CwrOrigin("LIB", cd_identifier=f"CD{place % 9999}", music_library="INV"),)
        if chance.random() < 0.1
        else (),
    )


def _publishers(chance: random.Random) -> tuple[CwrPublisher, ...]:
    """Return the chain of an original publisher that collects itself, or of one whose sub-publisher does."""
    number = chance.randrange(_PUBLISHERS)
    terms = (CwrTerm("I", chance.choice(_TERRITORIES), 500_000, PPM, PPM),)
    own = chance.random() < 0.7
    first = CwrPublisher(
        chain=1,
        role="E",
        controlled=True,
        ip_number=f"P{number}",
        name=f"INVENTED MUSIC {number}",
        ipi_name=make_ipi_name(500_000_000 + number),
        pr_society="101",
        mr_society="101",
        sr_society="101",
        pr_ppm=500_000,
        mr_ppm=PPM,
        sr_ppm=PPM,
        terms=terms if own else (),
    )
    if own:
        return (first,)
    other = number + _PUBLISHERS
    return (
        first,
        CwrPublisher(
            chain=1,
            role="SE",
            controlled=True,
            ip_number=f"P{other}",
            name=f"INVENTED SUB-PUBLISHING {other}",
            ipi_name=make_ipi_name(500_000_000 + other),
            pr_society="102",
            society_agreement_number=f"A{other}",
            agreement_type="OG",
            terms=terms,
        ),
    )


def _writers(chance: random.Random, publishers: tuple[CwrPublisher, ...], rest_ppm: int) -> tuple[CwrWriter, ...]:
    count = chance.choice([1, 1, 2, 2, 3, 4])
    part = rest_ppm // count // 100 * 100
    parts = [rest_ppm - part * (count - 1), *[part] * (count - 1)]
    return tuple(_writer(chance, publishers, share_ppm) for share_ppm in parts)


def _writer(chance: random.Random, publishers: tuple[CwrPublisher, ...], share_ppm: int) -> CwrWriter:
    number = chance.randrange(_WRITERS)
    mechanical_ppm = 0 if publishers else share_ppm
    return CwrWriter(
        controlled=bool(publishers),
        ip_number=f"W{number}",
        last_name=f"{_NAMES[number % len(_NAMES)]}{number % 97}",
        first_name=_FIRST[number % 13 % len(_FIRST)],
        role=chance.choice(["CA", "C", "A", "CA"]) if not publishers else "CA",
        ipi_name=make_ipi_name(510_000_000 + number),
        pr_society=f"{101 + number % 5}",
        pr_ppm=share_ppm,
        mr_ppm=mechanical_ppm,
        sr_ppm=mechanical_ppm,
        terms=(CwrTerm("I", 2136, share_ppm),) if publishers else (),
        publishers=(CwrLink(publishers[0].ip_number, publishers[0].name),) if publishers else (),
    )


def _performer(chance: random.Random) -> CwrPerformer:
    return CwrPerformer(f"THE {chance.choice(_MARKS)} {chance.randrange(_PERFORMERS)}")


def _recording(chance: random.Random, place: int, number: int) -> CwrRecording:
    on = date(2000 + place % 26, 1 + place % 12, 1 + place % 28)
    isrc = make_isrc("QZ", f"I{place // 100_000 % 100:02d}", on, place % 100_000) if number == 0 else ""
    return CwrRecording(
        isrc=isrc, duration_ms=chance.randint(60, 600) * 1000, release_date=on, album_title=_title(chance)
    )
