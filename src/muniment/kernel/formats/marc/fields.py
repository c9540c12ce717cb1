"""MARC records in one shape, whichever of the three ways they are written in; one in memory at a time."""

import json
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pymarc
from lxml import etree
from pymarc.constants import DIRECTORY_ENTRY_LEN, END_OF_RECORD, LEADER_LEN
from pymarc.exceptions import (
    BadSubfieldCodeWarning,
    EndOfRecordNotFound,
    FatalReaderError,
    PymarcException,
    RecordLengthInvalid,
    TruncatedRecord,
)

from muniment.kernel.formats.marc.rules import TABLE
from muniment.kernel.formats.markup import line_of, local_name, read_root, records, text_of
from muniment.kernel.words.problems import BadFile, Problem

_RECORD = frozenset({"record"})
_CHUNK_LETTERS = 64 * 1024
_LONGEST_RECORD = 2 * 1024 * 1024
_LENGTH_DIGITS = 5
_BETWEEN = re.compile(r"[ \t\r\n,\[\]]*")
logging.getLogger("pymarc").setLevel(logging.ERROR)
"""Its warnings are whole fields of strangers' files."""
_ODD_SUBFIELD = re.compile(rb"\x1f[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class MarcField:
    """A field: its tag and indicators, its subfields in order, or the text of a control field."""

    tag: str
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()
    data: str = ""

    def first(self, code: str) -> str:
        """Return the first subfield of that code, "" where there is none."""
        return next((value for found, value in self.subfields if found == code), "")

    def each(self, codes: str) -> list[str]:
        """Return the subfields of any of these codes, in their order."""
        return [value for found, value in self.subfields if found in codes]


@dataclass(frozen=True, slots=True)
class MarcRecord:
    """A record; `place` is its number in the file, from 1, or the line on which it begins in XML."""

    leader: str
    fields: tuple[MarcField, ...]
    place: int

    def each(self, *tags: str) -> Iterator[MarcField]:
        """Yield the fields of these tags, in the order of the record."""
        return (field for field in self.fields if field.tag in tags)

    def first(self, tag: str) -> MarcField | None:
        """Return the first field of a tag."""
        return next(self.each(tag), None)

    def control(self, tag: str) -> str:
        """Return the text of a control field."""
        field = self.first(tag)
        return field.data if field else ""

    @property
    def is_unimarc(self) -> bool:
        """Say whether the fields are those of UNIMARC, which has titles in 200 and dates in 100 $a."""
        return self.first("200") is not None and self.first("245") is None


def marc_records(path: Path) -> Iterator[MarcRecord | Problem]:
    """Yield the records of a file and the places of those that cannot be read.

    Raises:
        BadFile: it is not MARC in any of its ways, or breaks in the middle.
    """
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise BadFile(f"{path.name} is empty.", "Ask the sender for the file with its content.")
    if start[:1] == b"<":
        return _from_xml(path)
    return _from_json(path) if start[:1] in b"[{" else _from_binary(path)


def _from_binary(path: Path) -> Iterator[MarcRecord | Problem]:
    with path.open("rb") as file:
        place = read_count = 0
        while True:
            place += 1
            try:
                content = _next_record(file)
            except FatalReaderError as error:
                yield _unreadable(place, error)
                place += 1
                break
            if not content:
                break
            try:
                record = _decoded(content)
            except (PymarcException, ValueError, LookupError, TypeError, AttributeError) as error:
                yield _unreadable(place, error)
                if place > 50 and not read_count:
                    raise BadFile(f"{path.name} has no MARC record that can be read.", "Export it again.") from error
                continue
            read_count += 1
            yield MarcRecord(str(record.leader), tuple(map(_field, record.fields)), place)
    if not read_count and place <= 2:
        raise BadFile(f"{path.name} has no MARC record that can be read.", "Export it again.")


def _next_record(file: BinaryIO) -> bytes:
    """Return the bytes of the next record, none at the end of the file.

    Raises:
        FatalReaderError: its length is not what is there, so that nobody knows where the next one begins.
    """
    told = file.read(_LENGTH_DIGITS)
    if not told:
        return b""
    if not told.strip().isdigit() or int(told) <= LEADER_LEN:
        raise RecordLengthInvalid
    content = told + file.read(int(told) - _LENGTH_DIGITS)
    if len(content) < int(told):
        raise TruncatedRecord
    if not content.endswith(END_OF_RECORD.encode()):
        raise EndOfRecordNotFound
    return content


def _decoded(content: bytes) -> pymarc.Record:
    """Return a record whose fields lie beside each other: a directory can tell the same bytes a thousand times over.

    Raises:
        ValueError, PymarcException and what else pymarc meets: the record cannot be read.
    """
    base = int(content[12:17])
    lengths = (int(content[at + 3 : at + 7]) for at in range(LEADER_LEN, base - 1, DIRECTORY_ENTRY_LEN))
    if sum(lengths) > len(content):
        raise ValueError("its fields lie over each other")
    if _ODD_SUBFIELD.search(content) is None:
        return pymarc.Record(content, to_unicode=True, hide_utf8_warnings=True)
    with warnings.catch_warnings():
        # Python keeps each text that it warned of: one for every odd subfield of every file
        warnings.simplefilter("ignore", BadSubfieldCodeWarning)
        return pymarc.Record(content, to_unicode=True, hide_utf8_warnings=True)


def _unreadable(place: int, error: BaseException | None) -> Problem:
    reason = " ".join(str(error or "it cannot be read").split())[:200]
    rule = "MA-12" if isinstance(error, UnicodeError) else "MA-01"
    return TABLE.broken(rule, place, "leader", f"Record {place} cannot be read: {reason}.")


def _field(field: pymarc.Field) -> MarcField:
    if field.control_field:
        return MarcField(field.tag, data=field.data or "")
    indicators = "".join(field.indicators or ())[:2].ljust(2)
    return MarcField(field.tag, indicators, tuple((one.code, one.value or "") for one in field.subfields))


def _from_xml(path: Path) -> Iterator[MarcRecord | Problem]:
    root = read_root(path)
    if root.name not in ("collection", "record"):
        raise BadFile(f"{path.name} is not MARCXML: it begins with {root.name[:60]}.", "Send MARCXML.")
    for element in records(path, _RECORD):
        leader = next((text_of(child) for child in element if local_name(child) == "leader"), "")
        fields = tuple(_xml_field(child) for child in element if local_name(child) in ("controlfield", "datafield"))
        yield MarcRecord(leader, fields, line_of(element))


def _xml_field(element: etree._Element) -> MarcField:
    tag = str(element.get("tag") or "")[:3]
    if local_name(element) == "controlfield":
        return MarcField(tag, data="".join(element.itertext()))
    indicators = f"{(element.get('ind1') or ' ')[:1]}{(element.get('ind2') or ' ')[:1]}"
    subfields = tuple(
        (str(child.get("code") or "")[:1], text_of(child)) for child in element if local_name(child) == "subfield"
    )
    return MarcField(tag, indicators, subfields)


def _from_json(path: Path) -> Iterator[MarcRecord | Problem]:
    for place, value in enumerate(_json_values(path), 1):
        try:
            record = _json_record(value, place)
            _check_letters(record)
        except UnicodeError as error:
            yield _unreadable(place, error)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
            yield TABLE.broken("MA-01", place, "", f"Record {place} is no record of MARC in JSON.")
        else:
            yield record


def _check_letters(record: MarcRecord) -> None:
    """Raise a UnicodeError where a text has half of a letter, as JSON can write it and nothing can keep it."""
    for field in record.fields:
        "".join((field.tag, field.data, *(letters for pair in field.subfields for letters in pair))).encode()
    record.leader.encode()


def _json_values(path: Path) -> Iterator[Any]:
    """Yield the values of an array, or those that follow each other, without holding the whole file."""
    decoder = json.JSONDecoder()
    text, at = "", 0
    with path.open(encoding="utf-8-sig") as file:
        while True:
            try:
                # what is not whole is read again from its beginning, so that much more of it must come
                piece = file.read(max(_CHUNK_LETTERS, min(len(text) - at, _LONGEST_RECORD - len(text))))
            except UnicodeDecodeError as error:
                raise BadFile(f"{path.name} is not UTF-8 text.", "Export it as UTF-8.") from error
            text, at = text[at:] + piece, 0
            while (at := _end_of(_BETWEEN, text, at)) < len(text):
                try:
                    value, at = decoder.raw_decode(text, at)
                except RecursionError as error:
                    raise BadFile(f"{path.name} is nested too deeply.", "Export it again.") from error
                except json.JSONDecodeError as error:
                    if not piece or len(text) - at > _LONGEST_RECORD:
                        raise BadFile(f"{path.name} is not JSON: {error.msg}.", "Export it again.") from error
                    break
                except ValueError as error:
                    raise BadFile(f"{path.name} has a number without end.", "Export it again.") from error
                yield value
            if not piece:
                return


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _json_record(value: Any, place: int) -> MarcRecord:
    fields: list[MarcField] = []
    for one in value["fields"]:
        [(tag, content)] = one.items()
        if isinstance(content, str):
            fields.append(MarcField(str(tag)[:3], data=content))
            continue
        subfields = tuple(
            (str(code)[:1], str(text)) for subfield in content["subfields"] for code, text in subfield.items()
        )
        fields.append(MarcField(str(tag)[:3], f"{content['ind1']}{content['ind2']}"[:2].ljust(2), subfields))
    return MarcRecord(str(value["leader"]), tuple(fields), place)
