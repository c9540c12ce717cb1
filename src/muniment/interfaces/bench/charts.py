"""Precision over recall as a picture: one curve a system, drawn as plain SVG."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 200, 44, 52
LOWEST_PRECISION = 0.8
COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#525252")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "1 5")
"""Systems differ by dash as well as by colour, for eyes and printers that see no colours."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A system's curve: (recall, precision), the surest answers first."""

    name: str
    points: tuple[Point, ...]


def precision_recall_svg(title: str, curves: list[Curve]) -> str:
    """Return the picture; precision from 0.8 up, with lines where recall is told."""
    body = [_text(LEFT, 24, title, 15, weight="bold"), *_axes()]
    for number, curve in enumerate(curves):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        drawn = " ".join(f"{_x(recall):.1f},{_y(precision):.1f}" for recall, precision in _visible(curve.points))
        width = 3 if number == 0 else 2
        stroke = f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"'
        body.append(f'<polyline points="{drawn}" fill="none" stroke-linejoin="round" {stroke}/>')
        level = TOP + 14 + 22 * number
        body.append(f'<path d="M{WIDTH - RIGHT + 14} {level - 4}h28" fill="none" {stroke}/>')
        body.append(_text(WIDTH - RIGHT + 50, level, curve.name, 13))
    style = 'font-family="system-ui, sans-serif"'
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    lines = "\n".join([ground, *body])
    return f"<svg {box} {style}>\n<title>{escape(title)}</title>\n{lines}\n</svg>\n"


def _visible(points: tuple[Point, ...]) -> list[Point]:
    """Return the points from the lowest precision drawn up; one that is lower is put on the edge of the picture."""
    return [(recall, max(precision, LOWEST_PRECISION)) for recall, precision in points]


def _axes() -> list[str]:
    lines = []
    for step in range(11):
        recall = step / 10
        lines.append(f'<path d="M{_x(recall):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e5e5e5"/>')
        lines.append(_text(_x(recall), HEIGHT - BOTTOM + 18, f"{recall:.1f}", 12, anchor="middle"))
    for precision in (0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1.0):
        lines.append(f'<path d="M{LEFT} {_y(precision):.1f}H{WIDTH - RIGHT}" stroke="#d4d4d4"/>')
        if precision != 0.99:
            lines.append(_text(LEFT - 8, _y(precision) + 4, f"{precision:.2f}", 12, anchor="end"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(_text(middle, HEIGHT - 12, "recall: share of the identifiable lines", 13, anchor="middle"))
    turned = f'transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})"'
    lines.append(_text(16, (TOP + HEIGHT - BOTTOM) / 2, "precision", 13, anchor="middle", more=turned))
    return lines


def _x(recall: float) -> float:
    return LEFT + recall * (WIDTH - LEFT - RIGHT)


def _y(precision: float) -> float:
    return TOP + (1 - precision) / (1 - LOWEST_PRECISION) * (HEIGHT - TOP - BOTTOM)


def _text(
    x: float, y: float, text: str, size: int, *, anchor: str = "start", weight: str = "normal", more: str = ""
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text {place} fill="#171717" {more}>{escape(text)}</text>'
