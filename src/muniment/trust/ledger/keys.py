"""The key that signs seals: a file that only its owner may read, beside a list of the public keys ever used."""

import os
from collections.abc import Callable
from pathlib import Path

from muniment.kernel.words.problems import UserError
from muniment.trust.ledger.ed25519 import public_key

SECRET_NAME = "seal_key"  # noqa: S105 - the name of a file
PUBLIC_NAME = "seal_keys.pub"


class BadSealKey(UserError):
    """The key file cannot be used."""


def secret_key(home: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> bytes:
    """Return the key that signs seals, kept in `home` as 64 hexadecimal digits; made on first use with mode 0600.

    Raises:
        BadSealKey: the file does not hold a key.
    """
    path = home / SECRET_NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        made = random_bytes(32)
        with (home / PUBLIC_NAME).open("a") as known:
            known.write(f"{public_key(made).hex()}\n")
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made.hex())
        unfinished.rename(path)
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise BadSealKey(f"{path} holds no key of 64 hexadecimal digits.", "Restore it from a backup of the home.")
    return secret
