"""The house rules that a machine can check: rooms, private tables, short functions, docstrings, clean words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "muniment"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
MAX_FUNCTION_LINES = 70
FLOORS = ("trust", "rights", "trade", "use", "pay")
ROOMS = {
    "__init__",
    "apps",
    "rules",
    "models",
    "triggers",
    "search",
    "services",
    "queries",
    "bulk",
    "jobs",
    "migrations",
}
DATA = {"policies", "model"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_no_function_is_longer_than_seventy_lines() -> None:
    long = [
        f"{dotted(path)}.{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


def _is_overload(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and "overload" in {ast.unparse(mark) for mark in node.decorator_list}


def test_every_module_class_and_public_function_has_a_docstring() -> None:
    bare = []
    for path in MODULES:
        tree = tree_of(path)
        if not ast.get_docstring(tree):
            bare.append(dotted(path))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        methods = [node for owner in classes for node in owner.body if isinstance(node, ast.FunctionDef)]
        for node in [*tree.body, *methods]:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and not _is_overload(node):
                bare.append(f"{dotted(path)}.{node.name}")
    assert [name for name in bare if not name.endswith("templatetags")] == []


def test_domain_packages_have_the_rooms_of_the_house_and_no_others() -> None:
    strange = [
        str(room.relative_to(SOURCE))
        for floor in FLOORS
        for package in (SOURCE / floor).iterdir()
        if package.is_dir() and package.name != "__pycache__"
        for room in package.iterdir()
        if room.stem not in ROOMS | DATA and room.name != "__pycache__"
    ]
    assert strange == []


def test_tables_are_private_to_their_package() -> None:
    """Others use queries and services; only the login machinery of the pages may know the table of people."""
    allowed = {"muniment.trust.access.models"}
    broken = []
    for path in MODULES:
        for line, name in imports_of(path):
            found = re.fullmatch(r"(muniment\.(?:trust|rights|trade|use|pay)\.\w+)\.models(\.\w+)?", name)
            inside = found and dotted(path).startswith(found[1])
            if found and not inside and f"{found[1]}.models" not in allowed:
                broken.append(f"{dotted(path)}:{line} imports {name}")
    assert broken == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\bget_model\(", "reaches a table behind its package's back"),
        (r"django\.dispatch|django\.db\.models\.signals|@receiver", "signals hide who acts"),
        (r"except[^:\n]*:\s*\n?\s*pass\b", "an error is swallowed"),
    ],
)
def test_banned_words(pattern: str, why: str) -> None:
    found = [dotted(path) for path in MODULES if re.search(pattern, path.read_text(encoding="utf-8"))]
    assert found == [], why


def test_no_module_has_a_name_that_says_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
    assert [dotted(path) for path in MODULES if banned & set(path.relative_to(SOURCE).with_suffix("").parts)] == []


def test_services_never_read_the_clock() -> None:
    """Time is an argument from the outermost edge in; only the interfaces and the settings know what time it is."""
    clock = re.compile(r"datetime\.now\(|timezone\.now\(|date\.today\(|time\.time\(")
    inner = [path for path in MODULES if not {"interfaces"} & set(path.relative_to(SOURCE).parts)]
    assert [dotted(path) for path in inner if clock.search(path.read_text(encoding="utf-8"))] == []


def test_no_test_is_empty() -> None:
    """Every test function asserts something, itself or through what it calls `assert_…` or `pytest.raises`."""
    empty = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                body = ast.unparse(node)
                if not re.search(r"\bassert\b|pytest\.raises|assert_|expect\(", body):
                    empty.append(f"{path.relative_to(ROOT)}::{node.name}")
    assert empty == []


def test_no_requirement_names_an_address() -> None:
    text = "".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))
    assert not re.search(r"https?://|file://|--(extra-)?index-url|--find-links", text)
    assert text.count("--hash=sha256:") > 100
