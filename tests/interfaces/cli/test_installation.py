"""Serving: the pages are served on the tables of this version, and on no others."""

import subprocess

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from typer.testing import CliRunner

from muniment.interfaces import cli
from muniment.interfaces.cli.installation import OldTables

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that were started in place of a server."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command: commands.append(command) or 0)
    return commands


def test_it_serves_on_the_tables_of_this_version(started: list[list[str]]) -> None:
    result = CliRunner().invoke(cli.build_app(), ["serve", "--port", "8123"])
    assert result.exit_code == 0
    assert "8123" in started[0]


def test_older_tables_are_named_with_the_remedy_before_anybody_sees_a_broken_page(started: list[list[str]]) -> None:
    MigrationRecorder(connection).record_unapplied("ledger", "0005_both_sides_in_one_index")
    result = CliRunner().invoke(cli.build_app(), ["serve"])
    assert isinstance(result.exception, OldTables)
    assert "muniment init" in result.exception.remedy
    assert started == []
