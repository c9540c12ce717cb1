"""The table of contents of the command line tells the truth, and what is only listed is not loaded."""

import subprocess
import sys
from importlib import import_module
from inspect import getdoc
from pkgutil import iter_modules

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from muniment.interfaces import cli
from muniment.interfaces.cli._parts import COMMANDS, GROUPS, Part, command_name, load

HEAVY = ("duckdb", "lxml", "numba", "numpy", "pyarrow", "pyspark", "typst", "xlsxwriter")
PARTS = (*COMMANDS, *GROUPS)


def loaded_by(program: str) -> set[str]:
    """Return the names of the packages that a fresh interpreter has loaded after a program."""
    told = f"import sys\ntry:\n    {program}\nfinally:\n    print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    return {name.split(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_help_loads_neither_django_nor_what_computes() -> None:
    loaded = loaded_by("sys.argv = ['muniment', '--help']; from muniment.interfaces.cli import main; main()")
    assert "typer" in loaded
    assert loaded & {"django", *HEAVY} == set()


def test_setting_django_up_loads_nothing_that_computes() -> None:
    names = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'muniment.settings'; django.setup()"
    loaded = loaded_by(names)
    assert "django" in loaded
    assert loaded & set(HEAVY) == set()


def test_logins_are_managed_without_loading_what_computes() -> None:
    loaded = loaded_by("sys.argv = ['muniment', 'user', '--help']; from muniment.interfaces.cli import main; main()")
    assert "django" in loaded
    assert loaded & {"numba", "duckdb", "typst", "xlsxwriter"} == set()


def test_help_lists_every_part_with_its_summary() -> None:
    told = " ".join(CliRunner().invoke(cli.build_app(), ["--help"], env={"COLUMNS": "250"}).output.split())
    assert [part.name for part in PARTS if f"{part.name} {part.summary}" not in told] == []


@pytest.mark.parametrize("part", GROUPS, ids=lambda part: part.name)
def test_a_group_says_of_itself_what_the_table_says(part: Part) -> None:
    group = load(part.name)
    assert isinstance(group, TyperGroup)
    assert group.help == part.summary


@pytest.mark.parametrize("part", COMMANDS, ids=lambda part: part.name)
def test_a_command_says_of_itself_what_the_table_says(part: Part) -> None:
    module = import_module(f"{cli.__name__}.{part.module}")
    documents = {command_name(function.__name__): getdoc(function) for function in module.COMMANDS}
    assert " ".join((documents[part.name] or "").split("\n\n")[0].split()) == part.summary
    assert load(part.name).callback is not None


def test_no_module_is_missing_in_the_table() -> None:
    found = set()
    for info in iter_modules(cli.__path__):
        module = import_module(f"{cli.__name__}.{info.name}")
        found |= {command_name(function.__name__) for function in getattr(module, "COMMANDS", ()) if callable(function)}
        if hasattr(module, "app"):
            found.add(info.name)
    named = {part.name for part in COMMANDS} | {part.module for part in GROUPS}
    assert found - named == set(), "add a line to cli/_parts.py"


def test_an_unknown_name_is_refused_with_those_alike() -> None:
    told = CliRunner().invoke(cli.build_app(), ["paymnts"])
    assert told.exit_code == 2
    assert "payments" in told.output
