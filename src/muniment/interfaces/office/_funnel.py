"""The picture of a run's money: received, then deducted, held and allocated, then paid; drawn in whole numbers.

Each place is a bar whose height is its part of what was received, and a band leads to it from where it came. Bars are
told apart by their patterns and by labels with amounts beside them, so no colour is needed. On right-to-left pages the
drawing is mirrored number by number, which leaves the texts as they are.
"""

from dataclasses import dataclass

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from muniment.pay.distributions.queries.funnels import Funnel

WIDTH = 960
_BAR, _TALL, _SLOT, _GAP, _TOP = 22, 220, 46, 10, 8
_COLUMNS = (10, 330, 650)
_FILLS = {
    "solid": "#17464f",
    "plain": "#fff",
    "stripes": "url(#funnel-stripes)",
    "dots": "url(#funnel-dots)",
    "lines": "url(#funnel-lines)",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A bar with its label; `text_x` is where the label begins, `anchor` the end of it that stands there."""

    name: str
    label: str
    amount_micro: int
    share_ppm: int
    x: int
    y: int
    height: int
    text_x: int
    fill: str


@dataclass(frozen=True, slots=True)
class Band:
    """A band from one bar to the next, as the path of an SVG drawing."""

    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole drawing; `rows` are the nodes in reading order, for the table beside it."""

    funnel: Funnel
    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]
    height: int
    bar: int
    is_mirrored: bool


def _first_column(funnel: Funnel) -> list[tuple[str, str, int, str]]:
    found = [
        ("deducted", _("Deducted"), funnel.deducted_micro, "stripes"),
        ("held", _("Held"), funnel.held_micro, "dots"),
        ("returned", _("Back in funds"), funnel.returned_micro, "lines"),
        ("allocated", _("Allocated"), funnel.allocated_micro, "plain"),
    ]
    return [row for row in found if row[2] or row[0] != "returned"]


def _second_column(funnel: Funnel) -> list[tuple[str, str, int, str]]:
    found = [
        ("paid", _("Paid"), funnel.paid_micro, "solid"),
        ("ordered", _("On the way at the bank"), funnel.ordered_micro, "lines"),
        ("settled", _("Taxes, advances, overpayments"), funnel.settled_micro, "stripes"),
        ("to_come", _("Still to be paid"), funnel.to_come_micro, "plain"),
    ]
    return [row for row in found if row[2] or row[0] == "paid"]


def picture_of(funnel: Funnel | None) -> Picture | None:
    """Return the drawing of a funnel for the language of the page; None where there is no money to draw."""
    if funnel is None or funnel.received_micro <= 0:
        return None
    mirrored = get_language_bidi()

    def height(amount_micro: int) -> int:
        return max(amount_micro * _TALL // funnel.received_micro, 2 if amount_micro else 1)

    def column(place: int, top: int, rows: list[tuple[str, str, int, str]]) -> list[Node]:
        nodes: list[Node] = []
        for name, label, amount_micro, pattern in rows:
            tall, x = height(amount_micro), _COLUMNS[place]
            share_ppm = amount_micro * 1_000_000 // funnel.received_micro
            left, text_x = (WIDTH - x - _BAR, WIDTH - x - _BAR - 8) if mirrored else (x, x + _BAR + 8)
            nodes.append(Node(name, label, amount_micro, share_ppm, left, top, tall, text_x, _FILLS[pattern]))
            top += max(tall, _SLOT) + _GAP
        return nodes

    received = column(0, _TOP, [("received", _("Received"), funnel.received_micro, "solid")])
    first = column(1, _TOP, _first_column(funnel))
    second = column(2, first[-1].y, _second_column(funnel))
    bands = [*_bands(received[0], first, mirrored), *_bands(first[-1], second, mirrored)]
    nodes = (*received, *first, *second)
    bottom = max(node.y + max(node.height, _SLOT) for node in nodes) + _TOP
    return Picture(funnel, nodes, tuple(bands), bottom, _BAR, mirrored)


def _bands(source: Node, goals: list[Node], mirrored: bool) -> list[Band]:
    bands, y = [], source.y
    for goal in goals:
        if goal.amount_micro <= 0:
            continue
        start, end = (source.x, goal.x + _BAR) if mirrored else (source.x + _BAR, goal.x)
        middle = (start + end) // 2
        path = (
            f"M{start} {y}C{middle} {y} {middle} {goal.y} {end} {goal.y}V{goal.y + goal.height}"
            f"C{middle} {goal.y + goal.height} {middle} {y + goal.height} {start} {y + goal.height}Z"
        )
        bands.append(Band(path))
        y += goal.height
    return bands
