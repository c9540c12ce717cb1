"""The elements of a product under their reference names, whichever tags the message is written in."""

from collections.abc import Iterator

from lxml import etree

from muniment.kernel.formats.markup import local_name, text_of
from muniment.kernel.formats.onix.layout import NAMES


class Node:
    """An element with its children by their reference names; what is absent is a node without anything."""

    __slots__ = ("_children", "element")

    def __init__(self, element: etree._Element | None) -> None:
        self.element = element
        self._children: dict[str, list[etree._Element]] = {}
        for child in () if element is None else element:
            name = local_name(child)
            self._children.setdefault(NAMES.get(name, name), []).append(child)

    def __bool__(self) -> bool:
        return self.element is not None

    def first(self, name: str) -> "Node":
        """Return the first child of that name."""
        found = self._children.get(name)
        return Node(found[0] if found else None)

    def each(self, name: str) -> Iterator["Node"]:
        """Yield every child of that name."""
        for child in self._children.get(name, ()):
            yield Node(child)

    def text(self, name: str) -> str:
        """Return the text of the first child of that name, "" where there is none."""
        found = self._children.get(name)
        return text_of(found[0]) if found else ""

    def texts(self, name: str) -> list[str]:
        """Return the texts of all children of that name."""
        return [text for child in self._children.get(name, ()) if (text := text_of(child))]
