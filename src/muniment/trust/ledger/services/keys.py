"""The Ed25519 key that signs seals: a file that only its owner may read, beside a list of the public keys ever used.

The curve is that of the `cryptography` package; ours is where a key is kept. A key here is the 32 bytes that RFC 8032
calls the private key.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from muniment.kernel.words.problems import UserError

SECRET_NAME = "seal_key"  # noqa: S105 - the name of a file
PUBLIC_NAME = "seal_keys.pub"


class BadSealKey(UserError):
    """The key file cannot be used."""


def secret_key(home: Path, make: Callable[[], Ed25519PrivateKey] = Ed25519PrivateKey.generate) -> bytes:
    """Return the key that signs seals, kept in `home` as 64 hexadecimal digits with mode 0600; `make` makes the first.

    Raises:
        BadSealKey: the file does not hold a key.
    """
    path = home / SECRET_NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        made = make().private_bytes_raw()
        with (home / PUBLIC_NAME).open("a") as known:
            known.write(f"{public_key(made).hex()}\n")
        begin_secret(path, made.hex())
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise BadSealKey(f"{path} holds no key of 64 hexadecimal digits.", "Restore it from a backup of the home.")
    return secret


def public_key(secret: bytes) -> bytes:
    """Return the 32 bytes of the public key that belongs to a secret one.

    Raises:
        ValueError: the secret has not 32 bytes.
    """
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def sign(secret: bytes, message: bytes) -> bytes:
    """Return the 64 bytes of the signature of a message; the same secret and message give the same.

    Raises:
        ValueError: the secret has not 32 bytes.
    """
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def begin_secret(path: Path, text: str) -> None:
    """Write the first text of a key file, unless somebody else did so at the same moment: theirs stays."""
    unfinished = _unfinished(path, text)
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()


def replace_secret(path: Path, text: str) -> None:
    """Write a key file anew: a reader finds the old text or the new one, whole."""
    _unfinished(path, text).replace(path)


def _unfinished(path: Path, text: str) -> Path:
    """Write a text into a file of its own beside `path`, which only its owner may read, and return it."""
    handle, name = mkstemp(prefix=f"{path.name}.", suffix=".unfinished", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
