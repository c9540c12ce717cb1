"""The page of figures: tables and pictures of every task kept, and what people wrote around them."""

import json
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

from muniment.interfaces.bench.charts import Curve, precision_recall_svg
from muniment.interfaces.bench.quality import Quality
from muniment.interfaces.bench.report import DUPLICATES, keep_record, write_page
from muniment.interfaces.bench.systems import SystemResult
from muniment.interfaces.bench.tasks import Task

QUALITY = Quality(
    100, 80, 90, 0.75, 0.8, ((0.999, 0.1, 0.9), (0.99, 0.2, 0.8), (0.98, 0.3, 0.7), (0.95, 0.4, 0.6)), ((0.4, 0.95),)
)


def result(system: str, match_cpu_s: float, *, calibrated: bool) -> SystemResult:
    own = QUALITY if calibrated else None
    return SystemResult(system, "1.0", 2.5, match_cpu_s, 1.0, 300, 100, QUALITY, own, ((1, 0.75), (10, 0.9)))


def test_the_page_has_a_table_and_a_picture_for_each_task(tmp_path: Path) -> None:
    kept, page = tmp_path / "kept", tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text("# Ours\n\nBefore.\n\n<!-- figures: begin -->\nold\n<!-- figures: end -->\n\nAfter.\n")
    results = [result("muniment", 0.01, calibrated=False), result("polars", 0.5, calibrated=True)]
    keep_record(kept, Task(Path("made-up"), "usage"), "Invented lines", 3, results, date(2026, 11, 22))
    (kept / DUPLICATES).write_text(json.dumps([{"Data": "made up", "Pair F1": 0.5}]))
    write_page(kept, page)
    text = page.read_text()
    assert text.startswith("# Ours\n\nBefore.\n")
    assert text.endswith("\n\nAfter.\n")
    assert "old" not in text
    assert "### Invented lines\n\n3 works, 100 lines, 80 of them identifiable. 2026-11-22, " in text
    assert "| polars + polars-ds | calibrated | 0.7500 | 0.1000 | 0.2000 | 0.3000 | 0.4000 | 0.9000 |" in text
    assert "| polars + polars-ds | 1.0 | 200 | 50.0 | 2.5 | 300 |" in text
    assert "| made up | 0.5 |" in text
    assert (page.parent / "pictures" / "matching-made-up-usage.svg").exists()
    write_page(kept, page)
    assert page.read_text() == text, "written twice, the same"


def test_the_picture_is_an_svg_with_one_curve_for_each_system() -> None:
    curves = [Curve("Ours & <others>", ((0.1, 1.0), (0.5, 0.97), (0.9, 0.6))), Curve("Another", ((0.2, 0.9),))]
    root = ET.fromstring(precision_recall_svg("Invented lines", curves))
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    below = [float(point.split(",")[1]) for point in lines[0].attrib["points"].split()][-1]
    assert below <= 388, "what is below the picture's lowest precision stays on its edge"
    assert "Ours & <others>" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
