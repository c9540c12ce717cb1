"""Looking into files: gzip, archives and folders; bombs, climbing names, links and damage are refused."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from muniment.kernel.formats.door import Limits, head_of, keep_stream, safe_name, unpacked
from muniment.kernel.words.problems import BadFile

SMALL = Limits(members=5, bytes_in_all=1_000_000, ratio=20, free_bytes=10_000)


def a_zip(folder: Path, members: dict[str, bytes], name: str = "files.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)
    return path


def test_a_plain_file_shows_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"title;artist\n" * 10_000)
    head = head_of(path)
    assert len(head.start) == 64 * 1024
    assert (head.file_name, head.members, head.size_bytes) == ("log.csv", (), 130_000)
    with unpacked(path) as same:
        assert same == path


def test_a_gzip_file_shows_what_it_unpacks_to(tmp_path: Path) -> None:
    path = tmp_path / "sales.tsv.gz"
    path.write_bytes(gzip.compress(b"HEAD|1\n"))
    assert (head_of(path).start, head_of(path).file_name) == (b"HEAD|1\n", "sales.tsv")
    with unpacked(path) as plain:
        assert (plain.name, plain.read_bytes()) == ("sales.tsv", b"HEAD|1\n")
    assert not plain.exists()


def test_an_archive_of_one_file_is_that_file_and_of_several_a_folder(tmp_path: Path) -> None:
    with unpacked(a_zip(tmp_path, {"in/works.tsv": b"a"})) as one:
        assert one.read_bytes() == b"a"
    several = a_zip(tmp_path, {"in/works.tsv": b"a", "in/parties.tsv": b"b", "__MACOSX/in/._works.tsv": b"x"})
    head = head_of(several)
    assert head.members == ("in/parties.tsv", "in/works.tsv")
    assert head.member_names == ("parties.tsv", "works.tsv")
    assert head.start == b"b"
    with unpacked(several) as folder:
        assert (folder / "in" / "works.tsv").read_bytes() == b"a"


def test_a_folder_is_looked_into_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.tsv").write_bytes(b"second")
    (tmp_path / "a.tsv").write_bytes(b"first")
    (tmp_path / ".hidden").write_bytes(b"never")
    (tmp_path / "link.tsv").symlink_to(tmp_path / "a.tsv")
    head = head_of(tmp_path)
    assert (head.start, head.members, head.size_bytes) == (b"first", ("a.tsv", "b.tsv"), 11)


def test_a_workbook_stays_as_it_is(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}, "book.xlsx")
    with unpacked(path) as same:
        assert same == path


@pytest.mark.parametrize("suffix", ["zip", "gz"])
def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path, suffix: str) -> None:
    zeros = bytes(900_000)
    path = tmp_path / f"bomb.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        a_zip(tmp_path, {"a": zeros, "b": b""}, path.name)
    with pytest.raises(BadFile, match="unpacks to more than"), unpacked(path, limits=SMALL):
        pass


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "C:\\x", "..\\x", "a\x1fb", "", "a" * 300])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert safe_name(name) is None
    if name:
        with pytest.raises(BadFile, match="cannot be unpacked safely"):
            head_of(a_zip(tmp_path, {name: b"x"}))


@pytest.mark.parametrize("name", ["works.tsv", "in/works.tsv", "./works.tsv", "عنوان.csv"])
def test_names_that_stay_inside_are_kept(name: str) -> None:
    assert safe_name(name) == name.removeprefix("./")


def test_links_passwords_doubles_and_crowds_are_refused(tmp_path: Path) -> None:
    linked = zipfile.ZipInfo("link")
    linked.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(linked, "/etc/passwd")
    crowd = a_zip(tmp_path, {str(number): b"" for number in range(6)}, "crowd.zip")
    double = a_zip(tmp_path, {"a": b"1", "./a": b"2"}, "double.zip")
    empty = a_zip(tmp_path, {}, "empty.zip")
    for path in (tmp_path / "link.zip", crowd, double, empty):
        with pytest.raises(BadFile):
            head_of(path, limits=SMALL)


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_file_cut_off_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"cut.{kind}"
    whole = (
        gzip.compress(bytes(range(256)) * 99)
        if kind == "gz"
        else a_zip(tmp_path, {"a": bytes(range(256)) * 99}).read_bytes()
    )
    path.write_bytes(whole[:-40])
    with pytest.raises(BadFile, match="damaged or cut off"), unpacked(path):
        pass


def test_missing_and_empty_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    for name, message in (("none.csv", "cannot be read"), ("empty.csv", "is empty"), ("nothing", "without files")):
        with pytest.raises(BadFile, match=message):
            head_of(tmp_path / name)


def test_a_stream_is_kept(tmp_path: Path) -> None:
    assert keep_stream(io.BytesIO(b"abc"), tmp_path / "kept") == 3
    assert (tmp_path / "kept").read_bytes() == b"abc"
