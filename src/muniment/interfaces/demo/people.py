"""The invented parties: writers, publishers, performers and sister societies, with numbers whose check digits hold."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from muniment.interfaces.demo.words import BAND_WORDS, LATIN, SCRIPT_WEIGHTS, SCRIPTS, Script, Word
from muniment.kernel.words.identifiers import make_iban, make_ipi_base, make_ipi_name, make_isni

SOCIETY_NAME = "Sangat (invented society)"
SOCIETY_CODE = "990"
"""CISAC has given no society a number from 990 to 999 by 2026, so no real society is meant."""

_SISTERS = (
    ("991", "Nordlicht Tonkreis (invented society)", "DE"),
    ("992", "Ozerny Zvuk (invented society)", "KZ"),
    ("993", "Yunhe Yinyue Xiehui (invented society)", "CN"),
    ("994", "Haneulsori Hyeophoe (invented society)", "KR"),
)
_FIRST_NUMBER = 880_000_000
"""Invented numbers begin here, far above the IPI numbers in use."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in Latin letters and in its own script, given and family name apart for the formats that part them."""

    given: str
    family: str
    native: str
    script: str

    @property
    def latin(self) -> str:
        """The whole name in Latin letters, the given name first."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class DemoParty:
    """Someone in the invented world.

    `society` is the CISAC number of the society that a foreign writer belongs to, empty for members of our own. An
    heir has `succession_percent` of the rights of the writer with the code `successor_of`, since the quarter before.
    `mandate_from` is None for a person without a mandate; `iban` is empty for one without bank details.
    """

    code: str
    kind: str
    name: PersonName
    ipi_name: str
    ipi_base: str
    isni: str
    country: str
    society: str
    joined_on: date | None
    mandate_from: date | None
    iban: str
    successor_of: str = ""
    succession_percent: int = 0

    @property
    def is_member(self) -> bool:
        """Whether the party has joined our society."""
        return self.joined_on is not None


@dataclass(frozen=True, slots=True)
class People:
    """Every party of the world, by what it does."""

    writers: tuple[DemoParty, ...]
    publishers: tuple[DemoParty, ...]
    foreign_writers: tuple[DemoParty, ...]
    sisters: tuple[DemoParty, ...]
    performers: tuple[DemoParty, ...]
    heirs: tuple[DemoParty, ...]


def make_people(rng: random.Random, members: int) -> People:
    """Return the parties of a society of `members` members: of 100 members 4 are publishers and 6 performers.

    There are at least two publishers, because the demonstration needs two that contest a work.
    """
    numbers = _numbers()
    publishers = max(2, members * 4 // 100)
    performers = max(2, members * 6 // 100)
    writers = max(4, members - publishers - performers)
    taken: set[str] = set()
    written = tuple(_member(rng, n, "writer", _unique(rng, taken), numbers) for n in range(1, writers + 1))
    return People(
        writers=written,
        publishers=tuple(_publisher(rng, n, taken, numbers) for n in range(1, publishers + 1)),
        foreign_writers=tuple(_foreign(rng, n, taken, numbers) for n in range(1, max(4, members // 5) + 1)),
        sisters=tuple(_sister(sister, numbers) for sister in _SISTERS),
        performers=tuple(_performer(rng, n, taken, numbers) for n in range(1, performers + 1)),
        heirs=_heirs(rng, written, taken, numbers),
    )


def person_name(rng: random.Random, script: Script) -> PersonName:
    """Build a name of a person from the syllables of `script`."""
    given = [rng.choice(syllables) for syllables in script.given]
    family = [rng.choice(syllables) for syllables in script.family]
    native_given = "".join(word.native for word in given)
    native_family = "".join(word.native for word in family)
    native = f"{native_family}{native_given}" if script.family_first else f"{native_given} {native_family}"
    return PersonName(_joined(given), _joined(family), native, script.code)


def any_script(rng: random.Random) -> Script:
    """Choose a script by how common it is in this world."""
    return rng.choices(SCRIPTS, SCRIPT_WEIGHTS)[0]


def _joined(words: list[Word]) -> str:
    first, *rest = (word.latin for word in words)
    return first + "".join(part.lower() for part in rest)


def _unique(rng: random.Random, taken: set[str]) -> PersonName:
    """Build a name that nobody has yet; where the syllables run out a second family name makes it one."""
    script = any_script(rng)
    name = person_name(rng, script)
    while name.latin in taken:
        other = person_name(rng, script)
        if other.latin not in taken:
            name = other
        else:
            name = PersonName(name.given, f"{name.family} {other.family}", f"{name.native} {other.native}", script.code)
    taken.add(name.latin)
    return name


def _numbers() -> Iterator[int]:
    number = _FIRST_NUMBER
    while True:
        number += 1
        yield number


def _iban(rng: random.Random) -> str:
    return make_iban("PK", f"SNGT{rng.randrange(10**16):016d}")


def _member(rng: random.Random, number: int, kind: str, name: PersonName, numbers: Iterator[int]) -> DemoParty:
    """Return a member: of a hundred three have given no bank details and two no mandate."""
    joined = date(1990, 1, 1) + timedelta(days=rng.randrange(12_700))
    ipi = next(numbers)
    has_iban = rng.random() >= 0.03
    has_mandate = rng.random() >= 0.02
    prefix = {"writer": "W", "publisher": "P", "performer": "F"}[kind]
    return DemoParty(
        code=f"{prefix}-{number:05d}",
        kind=kind,
        name=name,
        ipi_name=make_ipi_name(ipi),
        ipi_base=make_ipi_base(ipi),
        isni=make_isni(1_000_000_000 + ipi) if rng.random() < 0.5 else "",
        country="PK",
        society="",
        joined_on=joined,
        mandate_from=joined if has_mandate else None,
        iban=_iban(rng) if has_iban else "",
    )


def _publisher(rng: random.Random, number: int, taken: set[str], numbers: Iterator[int]) -> DemoParty:
    name = _firm_name(rng, taken, "{} Music Publishing")
    party = _member(rng, number, "publisher", name, numbers)
    if number <= 2:  # the two that send CWR are in good standing, so that what they contest would be payable
        return _in_standing(rng, party)
    return party


def _in_standing(rng: random.Random, party: DemoParty) -> DemoParty:
    return replace(party, mandate_from=party.joined_on, iban=party.iban or _iban(rng))


def _performer(rng: random.Random, number: int, taken: set[str], numbers: Iterator[int]) -> DemoParty:
    if rng.random() < 0.4:
        pattern = rng.choice(BAND_WORDS).latin
        return _member(rng, number, "performer", _firm_name(rng, taken, pattern), numbers)
    return _member(rng, number, "performer", _unique(rng, taken), numbers)


def _firm_name(rng: random.Random, taken: set[str], pattern: str) -> PersonName:
    word = rng.choice(LATIN.nouns).latin
    text = pattern.format(word)
    while text in taken:
        word = f"{rng.choice(LATIN.adjectives).latin} {rng.choice(LATIN.nouns).latin}"
        if pattern.format(word) in taken:
            word = f"{word} {rng.choice(LATIN.family[0]).latin}{rng.choice(LATIN.family[1]).latin}"
        text = pattern.format(word)
    taken.add(text)
    return PersonName("", text, text, "Latn")


def _foreign(rng: random.Random, number: int, taken: set[str], numbers: Iterator[int]) -> DemoParty:
    society, _, country = rng.choice(_SISTERS)
    ipi = next(numbers)
    return DemoParty(
        code=f"X-{number:05d}",
        kind="writer",
        name=_unique(rng, taken),
        ipi_name=make_ipi_name(ipi),
        ipi_base=make_ipi_base(ipi),
        isni="",
        country=country,
        society=society,
        joined_on=None,
        mandate_from=None,
        iban="",
    )


def _heirs(
    rng: random.Random, writers: tuple[DemoParty, ...], taken: set[str], numbers: Iterator[int]
) -> tuple[DemoParty, ...]:
    """Return two heirs, of unequal shares, for every hundredth writer, the first one being the second."""
    heirs: list[DemoParty] = []
    for writer in writers[1::100]:
        for percent in (60, 40):
            name = _unique(rng, taken)
            heir = DemoParty(
                code=f"H-{len(heirs) + 1:05d}",
                kind="person",
                name=name,
                ipi_name=make_ipi_name(next(numbers)),
                ipi_base="",
                isni="",
                country="PK",
                society="",
                joined_on=None,
                mandate_from=None,
                iban=_iban(rng),
                successor_of=writer.code,
                succession_percent=percent,
            )
            heirs.append(heir)
    return tuple(heirs)


def _sister(sister: tuple[str, str, str], numbers: Iterator[int]) -> DemoParty:
    code, name, country = sister
    ipi = next(numbers)
    return DemoParty(
        code=f"S-{code}",
        kind="society",
        name=PersonName("", name, name, "Latn"),
        ipi_name=make_ipi_name(ipi),
        ipi_base=make_ipi_base(ipi),
        isni="",
        country=country,
        society=code,
        joined_on=None,
        mandate_from=None,
        iban="",
    )
