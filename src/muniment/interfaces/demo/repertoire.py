"""The invented works: titles, writers, publishers, shares and recordings, some of them wrong on purpose."""

import random
from dataclasses import dataclass
from datetime import date

from muniment.interfaces.demo.people import DemoParty, People, any_script
from muniment.interfaces.demo.words import Script
from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.identifiers import make_isrc, make_iswc

HUNDREDTHS = 10_000
"""A whole share in hundredths of a percent, the finest that CWR can carry."""

SOUND = "sound"
CONTESTED = "contested"
INCOMPLETE = "incomplete"
OVERCLAIMED = "overclaimed"


@dataclass(frozen=True, slots=True)
class DemoShare:
    """What one party claims of a work, in hundredths of a percent, for the World.

    `role` is CISAC's letter: C composer, A author, CA both, E publisher.
    """

    party: DemoParty
    role: str
    performing: int
    mechanical: int


@dataclass(frozen=True, slots=True)
class DemoRecording:
    """A recording; `isrc` is empty where nobody gave it one."""

    isrc: str
    title: str
    performer: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class DemoWork:
    """A work as its registrants describe it.

    `home` is the file that registers it: "xlsx", "csv", or the code of a publisher that sends CWR. A contested work
    has a `rival` publisher, whose own CWR registers it with the rival in the publisher's place.
    `title` is in the script of the work, `latin_title` its transliteration (the same for Latin).
    """

    code: str
    title: str
    latin_title: str
    script: str
    language: str
    iswc: str
    duration_ms: int
    state: str
    home: str
    rival: DemoParty | None
    shares: tuple[DemoShare, ...]
    recordings: tuple[DemoRecording, ...]

    @property
    def writers(self) -> tuple[DemoParty, ...]:
        """The writers among the parties, in the order of the registration."""
        return tuple(share.party for share in self.shares if share.role != "E")


def make_title(rng: random.Random, script: Script) -> tuple[str, str]:
    """Return a title in the script and its spelling in Latin letters."""
    pattern = rng.choice(script.patterns)
    adjective = rng.choice(script.adjectives) if script.adjectives else None
    noun, other = rng.sample(script.nouns, 2)
    phrase = rng.choice(script.phrases)
    native = pattern.native.format(
        a=adjective.native if adjective else "", n=noun.native, m=other.native, p=phrase.native
    )
    latin = pattern.latin.format(a=adjective.latin if adjective else "", n=noun.latin, m=other.latin, p=phrase.latin)
    return native, latin


def make_works(rng: random.Random, people: People, count: int) -> tuple[DemoWork, ...]:
    """Return `count` works; of a hundred 4 are contested, 3 incomplete and 2 claimed over the whole.

    Half come in the XLSX table, three tenths in the CSV table, the rest from the two publishers that send CWR.
    """
    return tuple(_make_work(rng, people, number) for number in range(1, count + 1))


def _make_work(rng: random.Random, people: People, number: int) -> DemoWork:
    state = _state(rng, number)
    home = _home(rng, people, state)
    senders = people.publishers[:2]
    publisher = next((sender for sender in senders if sender.code == home), None)
    rival = next(sender for sender in senders if sender.code != home) if state == CONTESTED else None
    if publisher is None and rng.random() < 0.45:
        publisher = rng.choice(people.publishers)
    script = any_script(rng)
    title, latin = make_title(rng, script)
    duration_ms = 1000 * rng.randrange(125, 420)
    writers = _choose_writers(rng, people, at_least=2 if state == OVERCLAIMED else 1)
    shares = _shares(rng, writers, publisher)
    return DemoWork(
        code=f"SGT{number:07d}",
        title=title,
        latin_title=latin,
        script=script.code,
        language=script.language,
        iswc=make_iswc(900_000_000 + number) if rival or rng.random() < 0.85 else "",
        duration_ms=duration_ms,
        state=state,
        home=home,
        rival=rival,
        shares=_spoilt(state, shares),
        recordings=_recordings(rng, people, writers, title, duration_ms, number),
    )


def _state(rng: random.Random, number: int) -> str:
    """Make every twenty-fifth work contested, so that a small demonstration has some, and spoil others by chance."""
    if number % 25 == 7:
        return CONTESTED
    chance = rng.random()
    if chance < 0.03:
        return INCOMPLETE
    return OVERCLAIMED if chance < 0.05 else SOUND


def _home(rng: random.Random, people: People, state: str) -> str:
    chance = rng.random()
    if state == CONTESTED:
        return people.publishers[chance < 0.5].code
    if state == SOUND and chance >= 0.8:
        return people.publishers[chance < 0.9].code
    return "xlsx" if chance < 0.5 else "csv"


def _choose_writers(rng: random.Random, people: People, *, at_least: int) -> tuple[DemoParty, ...]:
    count = max(at_least, rng.choices((1, 2, 3, 4), (38, 40, 15, 7))[0])
    chosen: list[DemoParty] = []
    while len(chosen) < count:
        pool = people.foreign_writers if rng.random() < 0.12 else people.writers
        # Squaring the draw favours the first: a few members write much, most write little.
        party = pool[int(len(pool) * rng.random() ** 2)]
        if party not in chosen:
            chosen.append(party)
    return tuple(chosen)


def _shares(rng: random.Random, writers: tuple[DemoParty, ...], publisher: DemoParty | None) -> tuple[DemoShare, ...]:
    """Divide the work: a publisher takes half of performing and all of mechanical, the writers the rest evenly."""
    roles = ("CA",) if len(writers) == 1 else ("C", "A", "CA", "CA")
    weights = [rng.choice((1, 1, 1, 2)) for _ in writers]
    performing = split_exactly(HUNDREDTHS // 2 if publisher else HUNDREDTHS, weights)
    mechanical = [0 for _ in writers] if publisher else performing
    lines = [DemoShare(writer, roles[at], performing[at], mechanical[at]) for at, writer in enumerate(writers)]
    if publisher:
        lines.append(DemoShare(publisher, "E", HUNDREDTHS // 2, HUNDREDTHS))
    return tuple(lines)


def _spoilt(state: str, shares: tuple[DemoShare, ...]) -> tuple[DemoShare, ...]:
    """Return the shares with the first line a quarter too small, or by a quarter of the whole too large."""
    first, *rest = shares
    if state == INCOMPLETE:
        first = DemoShare(first.party, first.role, first.performing * 3 // 4, first.mechanical * 3 // 4)
    elif state == OVERCLAIMED:
        first = DemoShare(first.party, first.role, first.performing + 2500, first.mechanical + 2500)
    return (first, *rest)


def _recordings(
    rng: random.Random, people: People, writers: tuple[DemoParty, ...], title: str, duration_ms: int, number: int
) -> tuple[DemoRecording, ...]:
    """Return one recording of most works, a few of some; the writer sings every third one."""
    count = rng.choices((0, 1, 2, 3), (8, 70, 16, 6))[0]
    made = []
    for take in range(count):
        performer = writers[0] if rng.random() < 0.33 else rng.choice(people.performers)
        name = performer.name.native if rng.random() < 0.6 else performer.name.latin
        year = date(2004 + rng.randrange(22), 1, 1)
        isrc = make_isrc("PK", f"S{take}{number // 100_000}", year, number % 100_000) if rng.random() < 0.9 else ""
        shown = f"{title} (Live)" if take == 2 else title
        made.append(DemoRecording(isrc, shown, name, duration_ms + 1000 * rng.randrange(-8, 9)))
    return tuple(made)
