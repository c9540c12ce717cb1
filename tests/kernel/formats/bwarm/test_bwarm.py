"""BWARM in and out: what is written is read again, every rule has both sides, hostile sets do not harm."""

import dataclasses
import random
from pathlib import Path

import pytest

from muniment.kernel.formats.bwarm import NotWritable, SetWriter, check, fileset, layout_of, open_set, read_set
from muniment.kernel.formats.bwarm.door import FORMAT
from muniment.kernel.formats.bwarm.layout import VERSIONS
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.formats.door import Head, format_of, head_of, recognise
from muniment.kernel.formats.door.records import RecordingRecord, ShareRecord, TitleRecord, WorkRecord
from muniment.kernel.words.problems import BadFile, Level, Problem
from tests.kernel.formats.bwarm.samples import AT, DPID, PARTIES, WORKS, change, write_sample
from tests.kernel.formats.golden import golden_bytes


@pytest.fixture(params=VERSIONS)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the sample as a set of each version."""
    return write_sample(tmp_path / "set", request.param)


def _works(folder: Path) -> list[WorkRecord]:
    return [item for item in read_set(folder) if isinstance(item, WorkRecord)]


def test_what_was_written_is_read_without_a_problem(sample: Path) -> None:
    items = list(read_set(sample))
    assert not [item for item in items if isinstance(item, Problem)]
    version = open_set(sample).version
    for told, read in zip(WORKS, items, strict=True):
        assert isinstance(read, WorkRecord)
        assert [dataclasses.replace(share, line=0) for share in read.shares] == list(told.shares)
        assert [title.text for title in read.titles] == [title.text for title in told.titles]
        assert read.titles[1:] == told.titles[1:]
        assert (read.key, read.duration_ms, read.disputed) == (told.key, told.duration_ms, told.disputed)
        assert read.language == (told.language if version == "2.0" else "")
        assert [one.value for one in read.identifiers] == [one.value for one in told.identifiers]
        for ours, theirs in zip(told.recordings, read.recordings, strict=True):
            assert (ours.titles, ours.artist, ours.identifiers) == (theirs.titles, theirs.artist, theirs.identifiers)
            assert (ours.duration_ms, ours.p_line) == (theirs.duration_ms, theirs.p_line)


def test_parties_come_with_the_works_that_name_them(sample: Path) -> None:
    first = _works(sample)[0]
    assert [(party.name, party.roles) for party in first.parties] == [
        ("Nurlan Tashenov", ("composer",)),
        ("River Tunes", ("publisher",)),
    ]
    assert first.parties[0].identifiers == PARTIES[0].identifiers
    assert first.identifiers[1].allocated_by == "Society of the Steppe"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_bytes_are_those_that_were_reviewed(version: str, tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", version)
    for path in sorted(folder.iterdir()):
        written = path.read_bytes()
        assert golden_bytes(f"bwarm/{version}/{path.name}", written) == written


def test_a_header_may_be_there_and_may_order_the_cells_otherwise(tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "1.0.1")
    before = _works(folder)
    names = [cell.cell for cell in layout_of("1.0.1")["works"].cells]
    lines = (folder / "works.tsv").read_text(encoding="utf-8").splitlines()
    turned = ["#" + "\t".join(reversed(names)), *("\t".join(reversed(line.split("\t"))) for line in lines)]
    (folder / "works.tsv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(turned).encode())
    next(folder.glob("BWARM_Manifest*")).unlink()
    after = _works(folder)
    assert [dataclasses.replace(one, line=0) for one in after] == [dataclasses.replace(one, line=0) for one in before]
    assert [one.line for one in after] == [2, 3]


BROKEN = {
    "BW-05": ("works", None, None),
    "BW-06": ("works", "T0001234565\t", "T0001234565\tA\tB\tC\tD\tE\tF\tG\tH\t"),
    "BW-07": ("parties", "River Tunes", ""),
    "BW-08": ("parties", "P2\t", "P1\t"),
    "BW-09": ("workrightshares", "S4\tW1", "S4\tW9"),
    "BW-10": ("works", "Song of", "Song\x00of"),
    "BW-11": ("works", "Song of", "Song \u202eof"),
    "BW-12": ("works", "T0001234565", "T0001234566"),
    "BW-13": ("workrightshares", "\tComposer\t", "\tSinger\t"),
    "BW-14": ("workrightshares", "50.00", "150.00"),
    "BW-15": ("works", "PT3M21S", "3:21"),
    "BW-16": ("works", "true", "perhaps"),
    "BW-17": ("workrightshares", "2020-01-01", "1.1.2020"),
    "BW-18": ("works", "true\t\tfalse\t\t", "true\t\tfalse\t\t1.1.2020"),
    "BW-19": ("workrightshares", "2029-12-31", "2019-12-31"),
    "BW-20": ("workrightshares", "\tUS\t", "\tXX\t"),
    "BW-21": ("workrightshares", "S3\tW1\tP3\tOriginalPublisher\t50", "S3\tW1\tP3\tOriginalPublisher\t70"),
    "BW-22": ("workrightshares", "S3\tW1\tP3\tOriginalPublisher\t50", "S3\tW1\tP3\tOriginalPublisher\t10"),
    "BW-23": ("works", "Song of", "Song " * 500),
    "BW-24": ("works", "Song of", "Song " * 300_000),
    "BW-26": ("workrightshares", "\tS3\tWorldwide", "\tS99\tWorldwide"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told(rule: str, tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "1.0.1")
    stem, old, new = BROKEN[rule]
    if old is None or new is None:
        (folder / "readme.txt").write_text("Hello", encoding="utf-8")
    else:
        change(folder, stem, old, new)
    problems = list(check(folder))
    assert rule in {problem.rule for problem in problems}
    found = next(problem for problem in problems if problem.rule == rule)
    assert (found.line is not None) == (rule != "BW-05")
    assert found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [("BW-02", "works.tsv", "word.tsv"), ("BW-03", "works.tsv\t2", "works.tsv\t7"), ("BW-04", "works.tsv\t2\t", None)],
)
def test_a_manifest_that_says_something_else_is_told(rule: str, old: str, new: str | None, tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "1.0.1")
    manifest = next(folder.glob("BWARM_Manifest*"))
    text = manifest.read_text(encoding="utf-8")
    place = text.index(old) + len(old)
    changed = text.replace(old, new, 1) if new else text[:place] + "0" * 32 + text[place + 32 :]
    manifest.write_text(changed, encoding="utf-8")
    assert rule in {problem.rule for problem in check(folder)}


@pytest.mark.parametrize("told", ["9" * 5_000, "²", "١", "-1", ""])
def test_a_manifest_that_counts_in_no_number_is_not_counted_with(told: str, tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "1.0.1")
    manifest = next(folder.glob("BWARM_Manifest*"))
    text = manifest.read_text(encoding="utf-8")
    assert "works.tsv\t2\t" in text
    manifest.write_text(text.replace("works.tsv\t2\t", f"works.tsv\t{told}\t", 1), encoding="utf-8")
    assert list(check(folder)) == []


def test_a_file_is_digested_once_however_often_a_manifest_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_sample(tmp_path / "set", "1.0.1")
    manifest = next(folder.glob("BWARM_Manifest*"))
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text * 50, encoding="utf-8")
    digested: list[str] = []
    digest = fileset._digest
    monkeypatch.setattr(fileset, "_digest", lambda path: digested.append(path.name) or digest(path))
    assert list(check(folder)) == []
    assert digested
    assert len(digested) == len(set(digested))


def test_a_set_without_works_is_refused(tmp_path: Path) -> None:
    (tmp_path / "parties.tsv").write_text("P1\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no table of works"):
        list(read_set(tmp_path))


def test_every_rule_of_the_table_has_a_case() -> None:
    written = {"BW-01", "BW-02", "BW-03", "BW-04", "BW-25"}
    assert set(TABLE.ids) == set(BROKEN) | written


def test_a_share_of_an_unknown_work_costs_only_itself(tmp_path: Path) -> None:
    folder = change(write_sample(tmp_path / "set", "1.0.1"), "workrightshares", "S4\tW1", "S4\tW9")
    problem = next(found for found in check(folder) if found.rule == "BW-09")
    assert problem.line == 3
    assert "workrightshares.tsv FeedProvidersWorkId" in problem.field
    assert {share.key for share in _works(folder)[0].shares} == {"S1", "S3", "S5", "S6"}


def test_a_key_that_stands_twice_is_the_first_one(tmp_path: Path) -> None:
    folder = change(write_sample(tmp_path / "set", "1.0.1"), "works", "W2\t", "W1\t")
    assert [work.titles[0].text for work in _works(folder)] == ["Song of the River"]


def test_a_list_of_nearly_every_country_is_the_world_without_the_rest(sample: Path) -> None:
    places = {share.key: share.place for share in _works(sample)[0].shares}
    assert (places["S4"].included, places["S4"].excluded) == ((2136,), (840,))
    assert places["S6"].included == (840,)


def test_shares_by_place_are_added_up_place_by_place(tmp_path: Path) -> None:
    folder = change(write_sample(tmp_path / "set", "1.0.1"), "workrightshares", "\tUS\t", "\tUS|CA\t")
    (folder / "workrightshares.tsv").write_text(
        (folder / "workrightshares.tsv").read_text(encoding="utf-8").replace("\t2020-01-01\t2029-12-31", "\t\t"),
        encoding="utf-8",
    )
    assert [problem.rule for problem in check(folder)] == ["BW-21"]  # in Canada the three make 200 %


def test_recordings_without_a_work_come_by_themselves(tmp_path: Path) -> None:
    folder = change(write_sample(tmp_path / "set", "1.0.1"), "worksrecordings", "W2-R2\tW2\tR2\n", "")
    alone = [item for item in read_set(folder) if isinstance(item, RecordingRecord)]
    assert [(one.key, one.works) for one in alone] == [("R2", ())]


def test_the_door_knows_a_set_by_its_tables(sample: Path) -> None:
    found = recognise(sample)
    assert (found.format.name, found.recognised.version) == ("bwarm", open_set(sample).version)
    assert format_of("bwarm") is FORMAT
    assert FORMAT.recognise(Head(b"a\tb\n", "works.csv")) is None
    table = sample / ("works.tsv" if open_set(sample).version == "1.0.1" else "musicalworks.tsv")
    alone = FORMAT.recognise(head_of(table))
    assert alone is not None
    assert alone.certainty_ppm < 700_000


def test_the_preview_shows_works_and_counts_lines(sample: Path) -> None:
    preview = FORMAT.preview(sample, 1)
    assert [row[1] for row in preview.rows] == ["Song of the River"]
    assert preview.counts["works"] == 2
    assert preview.counts["shares"] == 6
    assert not list(FORMAT.check(sample))


def test_what_the_standard_cannot_hold_is_not_written(tmp_path: Path) -> None:
    with (
        pytest.raises(NotWritable, match="no role"),
        SetWriter(tmp_path / "a", version="2.0", sender=DPID, at=AT) as out,
    ):
        out.work(WorkRecord("W1", (TitleRecord("Voice"),), shares=(ShareRecord("P1", 1, "S1", role="narrator"),)))
    with (
        pytest.raises(NotWritable, match="WorkTitle"),
        SetWriter(tmp_path / "b", version="2.0", sender=DPID, at=AT) as out,
    ):
        out.work(WorkRecord("W1", ()))
    with pytest.raises(NotWritable, match="not empty"):
        SetWriter(tmp_path / "b", version="2.0", sender=DPID, at=AT)
    assert not list((tmp_path / "a").glob("BWARM_Manifest*"))


def test_tabs_and_ends_of_lines_in_a_text_become_blanks(tmp_path: Path) -> None:
    with SetWriter(tmp_path / "set", version="2.0", sender=DPID, at=AT) as out:
        out.work(WorkRecord("W1", (TitleRecord("One\ttwo\nthree"),)))
    assert [work.titles[0].text for work in _works(tmp_path / "set")] == ["One two three"]


def test_a_changed_set_gives_problems_and_no_exception(tmp_path: Path) -> None:
    pristine = write_sample(tmp_path / "set", "1.0.1")
    texts = {path: path.read_bytes() for path in sorted(pristine.iterdir())}
    chance = random.Random(20_260_501)
    told = 0
    for _ in range(150):
        path = chance.choice(sorted(texts))
        spoilt = bytearray(texts[path])
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(spoilt)) if spoilt else 0
            kind = chance.randrange(4)
            if kind == 0 and spoilt:
                spoilt[place] = chance.randrange(256)
            elif kind == 1:
                del spoilt[place : place + chance.randint(1, 40)]
            elif kind == 2:
                spoilt[place:place] = bytes(spoilt[: chance.randint(1, 60)])
            else:
                spoilt[place:place] = chance.choice(
                    [b"\x00", b"\t", b"\n", b"|", "\u202e".encode(), b"\xff\xfe", b"9" * 999]
                )
        path.write_bytes(spoilt)
        told += len([item for item in read_set(pristine) if isinstance(item, Problem)])
        path.write_bytes(texts[path])
    assert told > 100
    assert all(problem.level is Level.ERROR or problem.remedy for problem in check(pristine))
