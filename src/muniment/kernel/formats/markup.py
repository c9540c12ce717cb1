"""XML of strangers, one record at a time: no entity is resolved, no network is asked, nothing but a record is held.

A file that defines entities is refused before its first record, so is one whose record, or whose space between two
records, is larger than `LARGEST_RECORD_BYTES` or weighs more than `HEAVIEST_RECORD`. What is not well formed refuses
the file where it shows.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lxml import etree

from muniment.kernel.words.problems import BadFile

LARGEST_RECORD_BYTES = 8 * 1024 * 1024
HEAVIEST_RECORD = 2_400_000
"""The weight of a record with nearly 50 MB of elements and attributes: see `weight_of`."""
_ELEMENT_WEIGHT, _ATTRIBUTE_WEIGHT = 6, 11
_CHUNK_BYTES = 64 * 1024
_PROLOG_BYTES = 1024 * 1024
_ENTITY = re.compile(rb"<!ENTITY|<\0?!\0?E\0?N\0?T\0?I\0?T\0?Y", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Root:
    """The first element of a file: its namespace, its local name, its attributes by local name."""

    namespace: str
    name: str
    attributes: Mapping[str, str]


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def read_root(path: Path) -> Root:
    """Return the first element of a file.

    Raises:
        BadFile: it is not XML, or defines entities.
    """
    _refuse_entities(path)
    parser = _parser(("start",))
    with _reading(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            parser.feed(chunk)
            for _event, element in parser.read_events():
                _refuse_defined(path, element)
                return _root_of(element)
    raise BadFile(f"{path.name} has no element.", "Ask the sender for the file with its content.")


def records(path: Path, names: frozenset[str]) -> Iterator[etree._Element]:
    """Yield each element of one of these local names, whole, and forget it afterwards.

    An element inside another one that is yielded is not yielded itself.

    Raises:
        BadFile: not well formed, defines entities, or something in it is too large to be held.
    """
    _refuse_entities(path)
    parser = _parser(("start", "end"))
    depth = waiting = weight = 0
    looked_at = False
    with _reading(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            parser.feed(chunk)
            waiting += len(chunk)
            weight += weight_of(chunk)
            # what is kept of an element when its record is freed makes lxml search the whole record for it
            events = [*parser.read_events()][::-1]
            while events:
                event, element = events.pop()
                if not looked_at:
                    _refuse_defined(path, element)
                    looked_at = True
                if local_name(element) not in names:
                    continue
                depth += 1 if event == "start" else -1
                if event == "end" and not depth:
                    yield element
                    _forget(element)
                    waiting = weight = 0
            if weight > HEAVIEST_RECORD:
                raise BadFile(
                    f"{path.name} has a record of very many elements.",
                    "Ask the sender for a file whose records are told apart, or look what fills it.",
                )
            if waiting > LARGEST_RECORD_BYTES:
                raise BadFile(
                    f"{path.name} has a record of more than {LARGEST_RECORD_BYTES // 1024**2} MB.",
                    "Ask the sender for a file whose records have their pictures and texts outside.",
                )
        parser.close()


def weight_of(content: bytes) -> int:
    """Return how many bytes of XML would be as heavy in memory as this piece, were they filled as usual.

    An element costs a hundred bytes and more however short its name is; so does an attribute. Twenty times the weight
    is about what a tree takes.
    """
    return content.count(b"<") * _ELEMENT_WEIGHT + content.count(b"=") * _ATTRIBUTE_WEIGHT


def _parser(events: tuple[Literal["start", "end"], ...]) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=events,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _root_of(element: etree._Element) -> Root:
    tag = str(element.tag)
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    attributes = {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}
    return Root(namespace, local_name(element), attributes)


def _forget(element: etree._Element) -> None:
    """Free a record and everything before it."""
    element.clear()
    for ancestor in [element, *element.iterancestors()]:
        parent = ancestor.getparent()
        while parent is not None and parent[0] is not ancestor:
            del parent[0]


def _refuse_entities(path: Path) -> None:
    """Refuse a file whose beginning defines entities: no format of the field needs any of its own.

    Raises:
        BadFile: it does, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            prolog = file.read(_PROLOG_BYTES)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", "Check the name and the rights.") from error
    if _ENTITY.search(prolog):
        raise _defines_entities(path)


def _refuse_defined(path: Path, root: etree._Element) -> None:
    """Refuse a file whose document type, wherever and in whatever letters it stands, has defined an entity."""
    defined = root.getroottree().docinfo.internalDTD
    if defined is not None and next(iter(defined.iterentities()), None) is not None:
        raise _defines_entities(path)


def _defines_entities(path: Path) -> BadFile:
    return BadFile(
        f"{path.name} defines entities, which is how small files are made to explode.",
        "Ask the sender for the file without a document type of its own.",
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        reason = _BLANKS.sub(" ", str(error.msg or "it cannot be read"))[:200]
        raise BadFile(
            f"{path.name} is not well formed XML: {reason}.", "Ask the sender for the file as it was written."
        ) from error
    except (ValueError, LookupError) as error:
        raise BadFile(
            f"{path.name} is not readable XML: {str(error)[:200]}.", "Ask the sender for it again."
        ) from error


def line_of(element: etree._Element) -> int:
    """Return the line on which an element begins."""
    return int(element.sourceline or 0)


def text_of(element: etree._Element | None) -> str:
    """Return all text inside an element with single blanks; "" where there is no element."""
    return "" if element is None else _BLANKS.sub(" ", "".join(element.itertext())).strip()
