"""A sales report of any size: the streams of invented recordings, one block each, whose sums tie.

Titles, names, durations and counts vary; ISWCs and ISRCs have valid check digits and belong to nobody. One block in
five hundred is odd (a hyphened code), as in reports that services send, so that both ways of reading are measured.
"""

import random
from pathlib import Path

from muniment.kernel.words.identifiers import make_iswc

_INVENTED = 20_000
_ODD_EVERY = 500
_NOUNS = ("RAIN", "STEPPE", "RIVER", "STONE", "WINTER", "LANTERN", "HARBOUR", "GARDEN", "SPARROW", "MIRROR")
_NAMES = ("Aigul Seitkali", "Erlan Nurlan", "Chen Li", "Dewi Putri", "Jonas Keller", "Inês Costa", "Остнур Терновенко")
_HEAD = (
    "HEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tINVENTED-1\t2026-10-05T08:00:00Z\t1\t1\t2026-07-01\t2026-09-30"
    "\tPADPIDA0000000000D\tInvented Stream\tPremium\t\tInvented Society\t\n"
)
_SUMMARY = (
    "SY02.02\t1\t\t\tSubscriptionModel\tOnDemandStream\tKZ\tPremium\t{uses:012d}\t\tEUR\t1234567.89"
    "\t\t\t\t\t\t\tMusic\n"
)


def write_invented_dsr(path: Path, *, size: int, seed: int = 1) -> int:
    """Write a report of about `size` bytes; return how many lines it has. The same seed invents the same report."""
    chance = random.Random(seed)  # noqa: S311 invented streams are no secret
    recordings = [_recording(chance, number) for number in range(_INVENTED)]
    blocks = uses = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        place = file.tell()
        file.write(_SUMMARY.format(uses=0))
        written = place
        while written < size:
            blocks += 1
            count = chance.randint(1, 900)
            uses += count
            block = _block(recordings[blocks % _INVENTED], blocks, count)
            written += len(block)
            file.write(block)
        lines = 2 + 2 * blocks + 1
        file.write(f"FOOT\t{lines}\t{lines}\t1\t{blocks}\t{blocks}\n")
        file.seek(place)
        file.write(_SUMMARY.format(uses=uses))
    return lines


def _recording(chance: random.Random, number: int) -> str:
    """Return the cells of a recording behind its references."""
    title = f"{chance.choice(_NOUNS)} OF THE {chance.choice(_NOUNS)} {number % 997}"
    names = "|".join(chance.sample(_NAMES, chance.choice([1, 2, 2, 3])))
    cells = [
        *(f"QZMUN26{number:05d}", title, "", f"The {chance.choice(_NOUNS).title()}s", ""),
        *(f"PT{chance.randint(1, 9)}M{chance.randint(0, 59)}S", "SoundRecording"),
        *(make_iswc(900_000_000 + number) if chance.random() < 0.6 else "", names, "", "", "", "Invented Music"),
        *("", "", "", f"inv::{number}", "true"),
    ]
    return "\t".join(cells)


def _block(recording: str, number: int, count: int) -> str:
    if number % _ODD_EVERY == 0:
        recording = f"{recording[:2]}-{recording[2:]}"
    return (
        f"AS02.02\t{number}\tA{number}\tinv:{number}\t{recording}\n"
        f"SU02\t{number}\t1\tT{number}\t\tA{number}\ttrue\t{count}\t\t\n"
    )
