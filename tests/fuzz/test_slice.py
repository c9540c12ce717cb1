"""A small slice of the fuzzing, the same at each run; and that the harness finds what it is there to find."""

import json
import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from muniment.kernel.formats.door import Format, Preview, all_formats, format_of
from muniment.kernel.formats.door import checking as watched
from muniment.kernel.words.problems import BadFile, Problem
from tests.fuzz.campaign import Campaign, watch
from tests.fuzz.coverage import Coverage
from tests.fuzz.mutating import LARGEST_BYTES, Mutator
from tests.fuzz.seeds import seeds, words
from tests.fuzz.trying import Limits, attempt

TRIES = 40


@pytest.mark.parametrize("format_", all_formats(), ids=lambda format_: format_.name)
def test_a_slice_of_every_format_finds_nothing(format_: Format, tmp_path: Path) -> None:
    campaign = Campaign(format_, 1, tmp_path)
    first = random.Random(1).sample(seeds(format_.name), 8)
    tally = list(islice(campaign.run(first), TRIES))[-1]
    assert (tally.tries, tally.findings) == (TRIES, [])
    assert tally.kept


def spoilt(check: object) -> Format:
    """Return the format of tables with another check."""
    return replace(format_of("tables"), check=check)  # type: ignore[arg-type]


def findings(check: object, tmp_path: Path, limits: Limits = Limits()) -> list[str]:  # noqa: B008
    """Return what is found in a format with that check."""
    tally = list(islice(Campaign(spoilt(check), 1, tmp_path, limits).run([b"Title,Plays\nRain,3\n"]), 2))[-1]
    return [sentence.split(": ", 1)[1] for sentence in tally.findings]


def test_an_exception_that_is_not_the_format_s_own_is_found_once(tmp_path: Path) -> None:
    def check(path: Path) -> Iterator[Problem]:
        raise KeyError(path.name)

    [told] = findings(check, tmp_path)
    assert told.startswith("KeyError in test_slice.py")
    [kept] = [path for path in (tmp_path / "findings").iterdir() if not path.suffix]
    assert kept.read_bytes() == b"Title,Plays\nRain,3\n"
    assert "KeyError" in kept.with_suffix(".txt").read_text()


def test_a_panic_of_a_compiled_library_is_found(tmp_path: Path) -> None:
    class PanicError(BaseException):
        """As those of Rust reach Python."""

    def check(path: Path) -> Iterator[Problem]:
        raise PanicError("index out of bounds")

    [told] = findings(check, tmp_path)
    assert told.startswith("PanicError in test_slice.py")


def test_a_reader_that_does_not_end_is_found(tmp_path: Path) -> None:
    def check(path: Path) -> Iterator[Problem]:
        while path.read_bytes() != b"Title,Plays\nRain,3\n":
            pass
        yield from ()

    [told] = findings(check, tmp_path, Limits(0.2))
    assert told.startswith("TooSlow")


def test_a_reader_that_takes_too_much_memory_is_found(tmp_path: Path) -> None:
    def check(path: Path) -> Iterator[Problem]:
        assert len(bytearray(b"x" * 90_000_000)) > path.stat().st_size
        yield from ()

    [told] = findings(check, tmp_path)
    assert told.startswith("TooLarge")


def test_a_process_that_dies_is_found_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead:
        returncode = -signal.SIGSEGV
        stdout = json.dumps({"format": "kbart", "tries": 7})

    def die(command: list[str], **given: object) -> Dead:
        folder = Path(given["env"]["TMPDIR"]) / "fuzz-1"  # type: ignore[index]
        folder.mkdir()
        (folder / "current").write_bytes(b"deadly")
        monkeypatch.setattr("tests.fuzz.campaign.time.monotonic", lambda: 1e12)
        return Dead()

    monkeypatch.setattr("tests.fuzz.campaign.subprocess.run", die)
    (tmp_path / "kbart").mkdir()
    tally = watch("kbart", 1, 60, tmp_path / "kbart")
    assert (tally.tries, len(tally.findings)) == (7, 1)
    assert tally.findings[0].endswith("died by SIGSEGV")
    assert b"deadly" in [path.read_bytes() for path in (tmp_path / "kbart" / "findings").iterdir()]


def test_a_refusal_in_other_words_of_the_file_is_no_news(tmp_path: Path) -> None:
    def refuse(path: Path, count: int) -> Preview:
        raise BadFile(f"{path.name} begins with {path.read_text()}.", "Send another.")

    told = []
    for text in ("title,plays\nRain,3\n", "title,plays\nSnow,4\n"):
        (tmp_path / "current").write_text(text)
        told.append(list(attempt(replace(format_of("tables"), preview=refuse), tmp_path / "current", Limits(60))))
    assert told[0] == told[1]
    assert any(rule.startswith("_shown: test_slice.py:") for rule in told[0])


def test_a_process_that_ends_in_error_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failed:
        returncode = 1
        stdout = json.dumps({"format": "kbart", "tries": 7})

    monkeypatch.setattr("tests.fuzz.campaign.subprocess.run", lambda *_, **__: Failed())
    tally = watch("kbart", 1, 60, tmp_path / "kbart")
    assert (tally.tries, tally.findings) == (7, ["kbart: could not be fuzzed, status 1"])


def test_new_lines_and_both_ways_of_a_branch_are_counted_once() -> None:
    with Coverage() as coverage:
        watched.Tally().add(Problem(1, "", "a", "b", "c"))
        first = coverage.count
        watched.Tally().add(Problem(1, "", "a", "b", "c"))
        again = coverage.count
        watched.Tally(keep=0).add(Problem(1, "", "a", "b", "c"))
        assert 0 < first == again < coverage.count


def test_the_same_chance_makes_the_same_files() -> None:
    first = seeds("tables")
    made = []
    for _ in range(2):
        chance = random.Random(7)
        mutator = Mutator(chance, words("tables"))
        made.append([mutator.mutate(content, first[0]) for content in first])
    assert made[0] == made[1]
    assert made[0] != first
    assert all(0 < len(content) <= 2 * LARGEST_BYTES for content in made[0])


def test_every_format_has_files_to_begin_with() -> None:
    for format_ in all_formats():
        assert len(seeds(format_.name)) > 8, format_.name
