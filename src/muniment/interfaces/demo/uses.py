"""What licensees report: plays on the radio, songs at concerts, streams; the way people really write them down."""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from muniment.interfaces.demo.people import People, any_script
from muniment.interfaces.demo.repertoire import DemoRecording, DemoWork, make_title
from muniment.interfaces.demo.words import FOREIGN_TITLES, LATIN

QUARTER_FROM = date(2026, 7, 1)
QUARTER_TO = date(2026, 10, 1)
"""The quarter of every invented report, the last day not included."""

_QUARTER_SECONDS = int((QUARTER_TO - QUARTER_FROM).total_seconds())
_OUTSIDE = 0.06
"""The part of all uses whose music is not in the repertoire."""

_RADIO_USES = (("Feature", 78), ("Background", 12), ("Theme", 7), ("Jingle", 3))


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of music as it was used; `work` is None for music from outside the repertoire."""

    work: DemoWork | None
    recording: DemoRecording | None
    title: str
    performer: str
    writers: str
    duration_ms: int

    @property
    def work_code(self) -> str:
        """The number of the work, or nothing: what a perfect match would find."""
        return self.work.code if self.work else ""


class Popularity:
    """Draws works so that the n-th most popular is used about 1/n as often as the first (Zipf's law)."""

    def __init__(self, rng: random.Random, works: Sequence[DemoWork]) -> None:
        """Rank the works in a random order that the generator fixes."""
        self._rng = rng
        self.ranked = list(works)
        rng.shuffle(self.ranked)
        self._bounds = list(accumulate(1_000_000 // rank for rank in range(3, len(self.ranked) + 3)))

    def draw(self) -> DemoWork:
        """Return one work, the popular ones more often."""
        return self.ranked[bisect(self._bounds, self._rng.randrange(self._bounds[-1]))]


def hear(rng: random.Random, popularity: Popularity, people: People) -> Heard:
    """Return one use as a perfect ear would write it, sometimes of music from outside."""
    if rng.random() < _OUTSIDE:
        return outside(rng, people)
    work = popularity.draw()
    recording = rng.choice(work.recordings) if work.recordings else None
    writers = [writer.name.native if rng.random() < 0.5 else writer.name.latin for writer in work.writers]
    return Heard(
        work=work,
        recording=recording,
        title=recording.title if recording else work.title,
        performer=recording.performer if recording else rng.choice(people.performers).name.latin,
        writers=" / ".join(writers),
        duration_ms=recording.duration_ms if recording else work.duration_ms,
    )


def outside(rng: random.Random, people: People) -> Heard:
    """Return music that is not in the repertoire, most of it with foreign titles."""
    if rng.random() < 0.7:
        extra = rng.choice(("", "", " II", " 77", " Nova"))
        title = f"{rng.choice(FOREIGN_TITLES).latin}{extra}"
    else:
        title = f"{make_title(rng, any_script(rng))[0]} {rng.randrange(2, 99)}"
    performer = (
        f"Los {rng.choice(LATIN.nouns).latin}s" if rng.random() < 0.8 else rng.choice(people.performers).name.latin
    )
    return Heard(None, None, title, performer, "", 1000 * rng.randrange(125, 420))


def as_written(rng: random.Random, heard: Heard) -> Heard:
    """Return the use as a presenter types it: most of them right, the others in one of the usual ways wrong."""
    title, performer = heard.title, heard.performer
    if heard.work and title == heard.work.title and rng.random() < 0.25:
        title = heard.work.latin_title
    chance = rng.random()
    if chance < 0.10:
        title, performer = title.upper(), performer.upper()
    elif chance < 0.17:
        title = _misspell(rng, title)
    elif chance < 0.20:
        title, performer = performer, title
    elif chance < 0.23:
        performer = _misspell(rng, performer)
    elif chance < 0.27:
        title = f"{title}{rng.choice((' (Radio Edit)', ' - Remastered', ' (Live)', ' (Acoustic)'))}"
    elif chance < 0.29:
        performer = f"{performer} feat. {rng.choice(LATIN.given[0]).latin}{rng.choice(LATIN.given[1]).latin}"
    elif chance < 0.32:
        title = title.removeprefix("The ").lower()
    elif chance < 0.33:
        title = title[:18].rstrip()
    elif chance < 0.35:
        performer = ""
    return Heard(heard.work, heard.recording, title, performer, heard.writers, heard.duration_ms)


def _misspell(rng: random.Random, text: str) -> str:
    """Drop, double or swap one letter, or put a neighbour's in its place; a text under four letters stays."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return text[:at] + text[at + 1 :]
    if slip == 1:
        return text[:at] + text[at] + text[at:]
    if slip == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at - 1] + text[at + 1 :]


def clock(duration_ms: int) -> str:
    """Write a duration as minutes and seconds, "3:05"."""
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


RADIO_HEADERS = ("Date", "Time", "Title", "Artist", "Composer", "Duration", "Use")


def radio_rows(
    rng: random.Random, popularity: Popularity, people: People, count: int
) -> Iterator[tuple[Heard, tuple[str, ...]]]:
    """Yield the lines of a radio log in the order of time, each with what was really played."""
    moments = sorted(rng.randrange(_QUARTER_SECONDS) for _ in range(count))
    start = datetime.combine(QUARTER_FROM, datetime.min.time())
    kinds = [kind for kind, _ in _RADIO_USES]
    weights = [weight for _, weight in _RADIO_USES]
    for moment in moments:
        heard = as_written(rng, hear(rng, popularity, people))
        at = start + timedelta(seconds=moment)
        use = rng.choices(kinds, weights)[0]
        seconds_ms = heard.duration_ms if use == "Feature" else 1000 * rng.randrange(8, 95)
        writers = heard.writers if rng.random() < 0.4 else ""
        yield (
            heard,
            (
                at.date().isoformat(),
                at.strftime("%H:%M:%S"),
                heard.title,
                heard.performer,
                writers,
                clock(seconds_ms),
                use,
            ),
        )


SETLIST_HEADERS = ("Event", "Date", "No.", "Title", "Performer", "Writers", "Duration")


def setlist_rows(
    rng: random.Random, popularity: Popularity, people: People, count: int
) -> Iterator[tuple[Heard, tuple[str, ...]]]:
    """Yield the songs of concerts of eight to twenty songs, each with what was really sung.

    Most songs of an evening are the performer's own, the others are favourites that everybody plays.
    """
    recorded = _recorded_by(popularity.ranked)
    left, concert = count, 0
    while left:
        concert += 1
        songs = min(left, rng.randrange(8, 21))
        left -= songs
        on = QUARTER_FROM + timedelta(days=(concert * 5 + rng.randrange(4)) % (QUARTER_TO - QUARTER_FROM).days)
        performer = rng.choice(people.performers).name
        own = recorded.get(performer.latin, []) + recorded.get(performer.native, [])
        event = f"Evening {concert}: {performer.latin}"
        for number in range(1, songs + 1):
            is_own = bool(own) and rng.random() < 0.7
            heard = as_written(rng, _sung(rng, rng.choice(own)) if is_own else hear(rng, popularity, people))
            yield (
                heard,
                (
                    event,
                    on.isoformat(),
                    str(number),
                    heard.title,
                    performer.latin,
                    heard.writers if rng.random() < 0.75 else "",
                    clock(heard.duration_ms),
                ),
            )


def _recorded_by(works: Sequence[DemoWork]) -> dict[str, list[DemoWork]]:
    """Return the works that each performer has recorded, by the name on the recording."""
    found: dict[str, list[DemoWork]] = {}
    for work in works:
        for name in dict.fromkeys(recording.performer for recording in work.recordings):
            found.setdefault(name, []).append(work)
    return found


def _sung(rng: random.Random, work: DemoWork) -> Heard:
    writers = " / ".join(writer.name.latin for writer in work.writers)
    return Heard(work, None, work.title, "", writers, work.duration_ms + 1000 * rng.randrange(-20, 60))
