"""Files that wait between two pages: sent with one form, looked at, and imported with the next.

A file is held for the person who sent it, under a random token, for at most a day.
"""

import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from muniment.kernel.words.problems import BadFile
from muniment.trust.access.rules import Actor

_DAY_S = 24 * 60 * 60
_TOKEN_BYTES = 16


def hold_file(actor: Actor, path: Path, *, now_s: float | None = None) -> str:
    """Keep a copy of the file and return its token; what was held for longer than a day goes."""
    folder = _folder(actor)
    for old in _older_than_a_day(folder, time.time() if now_s is None else now_s):
        shutil.rmtree(old, ignore_errors=True)
    token = secrets.token_hex(_TOKEN_BYTES)
    place = folder / token
    place.mkdir(parents=True, mode=0o700)
    shutil.copyfile(path, place / path.name)
    return token


def held_file(actor: Actor, token: str) -> Path:
    """Return the file that the actor sent before.

    Raises:
        BadFile: it is not held any more, or somebody else sent it.
    """
    is_token = len(token) == 2 * _TOKEN_BYTES and all(char in "0123456789abcdef" for char in token)
    for path in (_folder(actor) / token).glob("*") if is_token else ():
        return path
    raise BadFile("The file is not held any more.", "Send it again.")


def release_file(actor: Actor, token: str) -> None:
    """Let a held file go; the import keeps its own copy."""
    shutil.rmtree(held_file(actor, token).parent, ignore_errors=True)


def _folder(actor: Actor) -> Path:
    return Path(settings.MUNIMENT_HOME) / "held" / str(actor.user_id or 0)


def _older_than_a_day(folder: Path, now_s: float) -> Iterator[Path]:
    for place in folder.glob("*"):
        if place.stat().st_mtime < now_s - _DAY_S:
            yield place
