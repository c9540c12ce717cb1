"""The logins of a demonstration: made once with generated passwords, kept in its home, and printed each time."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.trust.access.rules import Role
from muniment.trust.access.services import create_user

_FILE = "logins.json"


@dataclass(frozen=True, slots=True)
class Login:
    """Who may come in: the name, the role, what is said of them, and the party that a member stands for."""

    name: str
    role: Role
    who: str
    party_id: int | None = None


def make_logins(home: Path, logins: Sequence[Login]) -> None:
    """Make the logins, and keep their passwords in the home, for its owner alone to read."""
    passwords = {one.name: secrets.token_urlsafe(12) for one in logins}
    for one in logins:
        create_user(
            actor=operator_actor("installer"),
            at=now(),
            username=one.name,
            password=passwords[one.name],
            name=one.name.title(),
            role=one.role,
            party_id=one.party_id,
        )
    path = home / _FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(passwords))


def have_logins(home: Path) -> bool:
    """Say whether the logins of a demonstration are made."""
    return (home / _FILE).exists()


def show_logins(home: Path, port: int, logins: Sequence[Login]) -> None:
    """Print the logins with their passwords, and where to use them."""
    passwords = json.loads((home / _FILE).read_text())
    rows: list[list[object]] = [[one.name, passwords[one.name], one.who] for one in logins]
    rows.append(["(erlan)", "none", "an outsider: sees the public search and nothing else"])
    print_table("\nLogins", ["Name", "Password", "Who"], rows)
    console.print(f"\nOpen http://127.0.0.1:{port}/login/ and log in as one of them.")
