"""Recognition: the most certain format wins, a tie is refused and names both, heads are read safely."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muniment.kernel.formats.door import (
    CERTAIN_PPM,
    AmbiguousFile,
    Becomes,
    Format,
    Head,
    NotRecognised,
    Preview,
    Recognised,
    UnknownFormat,
    all_formats,
    as_format,
    format_of,
    recognise_head,
)
from muniment.kernel.words.problems import Problem


def nothing_wrong(path: Path) -> Iterator[Problem]:
    return iter(())


def no_preview(path: Path, line_count: int) -> Preview:
    return Preview((), (), {})


def a_format(name: str, certainty_ppm: int, becomes: Becomes | None = None) -> Format:
    def seen(head: Head) -> Recognised | None:
        if not head.start.startswith(b"X"):
            return None
        return Recognised("1", "", certainty_ppm, f"it begins as {name}", becomes)

    return Format(name, name.upper(), Becomes.WORKS, ("1",), seen, nothing_wrong, no_preview)


HEAD = Head(b"X", "file")


def test_the_most_certain_wins() -> None:
    found = recognise_head(HEAD, [a_format("one", 500_000), a_format("two", 700_000), a_format("three", 1)])
    assert (found.format.name, str(found), found.becomes) == ("two", "TWO 1", Becomes.WORKS)


def test_what_a_file_becomes_can_be_its_own() -> None:
    found = recognise_head(HEAD, [a_format("one", 5, Becomes.ANSWER_TO_WORKS)])
    assert found.becomes is Becomes.ANSWER_TO_WORKS


def test_a_tie_names_both() -> None:
    with pytest.raises(AmbiguousFile, match=r"ONE \(it begins as one\) and TWO"):
        recognise_head(HEAD, [a_format("two", 5), a_format("one", 5), a_format("three", 4)])


def test_what_no_format_knows_is_not_recognised() -> None:
    with pytest.raises(NotRecognised, match="no format that is known"):
        recognise_head(Head(b"Y", "file"), [a_format("one", CERTAIN_PPM)])


def test_a_person_can_overrule(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"Y")
    found = as_format(tmp_path / "file", a_format("one", 5))
    assert (found.overruled, found.recognised.because) == (True, "you said so")


def test_formats_are_found_by_folder_and_keep_the_contract() -> None:
    for format_ in all_formats():
        assert format_of(format_.name.upper()) is format_
        assert format_.title
        assert isinstance(format_.versions, tuple)
        for rubbish in (b"\x00", b"<", b"<?xml", b"\xff\xfe\x00", b"PK\x03\x04", b"{}", "‮abc".encode()):
            found = format_.recognise(Head(rubbish, "rubbish", (), len(rubbish)))
            assert found is None or 0 < found.certainty_ppm <= CERTAIN_PPM
    with pytest.raises(UnknownFormat, match="'nonsense' is not a format"):
        format_of("nonsense")


@pytest.mark.parametrize(
    ("start", "root"),
    [
        (b'<?xml version="1.0"?>\n<!-- a -->\n<Document xmlns="urn:x">', ("urn:x", "Document")),
        (b'\xef\xbb\xbf<e:Message xmlns:o="urn:o" xmlns:e = \'urn:e\' a="1">', ("urn:e", "Message")),
        (b"<ONIXMessage release='3.0'><a/>", ("", "ONIXMessage")),
        ('<a xmlns="urn:a"/>'.encode("utf-16"), ("urn:a", "a")),
        (b"<html", None),
        (b"HDR", None),
        (b"<!DOCTYPE lolz [<!ENTITY a 'b'>]><lolz>", None),
        (b"", None),
    ],
)
def test_the_root_of_xml_is_read_without_a_parser(start: bytes, root: tuple[str, str] | None) -> None:
    assert Head(start, "file.xml").xml_root == root


def test_text_is_decoded_without_believing_its_end() -> None:
    assert Head("title;é".encode()[:-1], "a").text == "title;"
    assert Head(b"caf\xe9 au lait", "a").text == "café au lait"
    assert Head("\ufeffa".encode("utf-16-le"), "a").text == "a"
    assert Head(b"\n one \r\n\r\ntwo", "a").first_lines == (" one ", "two")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_xml_that_defines_entities_is_told_as_such(mark: bytes) -> None:
    bomb = b'<?xml version="1.0"?>\n<!DOCTYPE ONIXMessage [<!ENTITY a "ha">]>\n<ONIXMessage>&a;</ONIXMessage>'
    with pytest.raises(NotRecognised, match="defines a document type of its own"):
        recognise_head(Head(mark + bomb, "bomb.xml"))
    with pytest.raises(NotRecognised, match="no format that is known"):
        recognise_head(Head(b"a letter about <!DOCTYPE x [", "letter.txt"))
