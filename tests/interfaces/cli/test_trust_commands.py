"""The commands `muniment user …` and `muniment fsck`."""

import re
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import build_app
from muniment.kernel.words.problems import UserError
from muniment.trust.access.queries import find_user, list_events
from muniment.trust.access.rules import Role

pytestmark = pytest.mark.django_db


def muniment(*words: str) -> Result:
    """Run a command; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), words)
    if isinstance(result.exception, UserError):
        raise result.exception
    return result


def test_a_login_from_the_command_line() -> None:
    made = muniment("user", "add", "gul", "--role", "finance", "--name", "Gul", "--as", "root")
    shown = re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", made.output)
    assert shown
    assert authenticate(username="gul", password=shown[0]) is not None
    assert list_events().rows[0].actor_name == "root"
    assert "finance" in muniment("user", "list").output
    muniment("user", "role", "gul", "member", "--party", "7")
    muniment("user", "close", "gul")
    gul = find_user("gul")
    assert gul is not None
    assert (gul.role, gul.party_id, gul.is_active) == (Role.MEMBER, 7, False)
    muniment("user", "open", "gul")
    renewed = muniment("user", "password", "gul")
    assert shown[0] not in renewed.output
    assert authenticate(username="gul", password=shown[0]) is None
    with pytest.raises(UserError, match="no login 'nobody'"):
        muniment("user", "close", "nobody")


def test_fsck_ends_with_a_status_that_a_script_understands(store: Path) -> None:
    muniment("user", "add", "gul", "--role", "finance")
    sound = muniment("fsck")
    assert (sound.exit_code, "Everything ties." in sound.output) == (0, True)


def test_fsck_names_what_is_broken(store: Path) -> None:
    muniment("user", "add", "gul", "--role", "finance")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_chainhead SET seq = seq + 1 WHERE name = 'audit'")
    broken = muniment("fsck")
    assert (broken.exit_code, "audit trail" in broken.output, "broken" in broken.output) == (1, True, True)
