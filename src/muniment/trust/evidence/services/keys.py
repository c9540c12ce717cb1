"""The log's keys: files in the home that only their owner may read.

`log_key` signs checkpoints, one key a line as 64 hexadecimal digits (the 32 bytes of RFC 8032): the first is the key in
use, those below it are on their way out and sign beside it until they are retired. `leaf_key` signs our own leaves.
`log_keys.pub` lists every verifier key ever used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.leaves import key_hash
from muniment.trust.evidence.rules.notes import ED25519, VerifierKey, is_name
from muniment.trust.ledger.services.keys import begin_secret, replace_secret

LOG_NAME = "log_key"
LEAF_NAME = "leaf_key"
PUBLIC_NAME = "log_keys.pub"
SIGSUM_PREFIX = "sigsum.org/v1/tree/"

MakeKey = Callable[[], Ed25519PrivateKey]
Entropy = Callable[[int], bytes]
"""Gives so many random bytes, such as `secrets.token_bytes`."""


class BadLogKey(UserError):
    """A key file cannot be used, or a key cannot be changed like that."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys that sign: checkpoints (`secrets`, the one in use first) and our own leaves, and the log's origin."""

    origin: str
    secrets: tuple[bytes, ...]
    leaf_secret: bytes

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The public halves of the keys that sign checkpoints."""
        return tuple(VerifierKey(self.origin, ED25519, public_of(secret)) for secret in self.secrets)

    @property
    def leaf_public(self) -> bytes:
        """The public key of our own leaves."""
        return public_of(self.leaf_secret)


def log_keys(home: Path, origin: str = "", make: MakeKey = Ed25519PrivateKey.generate) -> LogKeys:
    """Return the keys of the home, made on first use; an empty origin gives Sigsum's, after the oldest key's hash.

    Raises:
        BadLogKey: a file does not hold keys, or the origin cannot be one.
    """
    secrets = _secrets(home / LOG_NAME, make)
    name = origin or SIGSUM_PREFIX + key_hash(public_of(secrets[-1])).hex()
    if not is_name(name):
        raise BadLogKey(f"{name!r} cannot name a log.", "Write an address without https:// and without spaces.")
    keys = LogKeys(name, secrets, _secrets(home / LEAF_NAME, make)[0])
    _publish(home, keys)
    return keys


def rotate(home: Path, keys: LogKeys, make: MakeKey = Ed25519PrivateKey.generate) -> None:
    """Put a new key first; the others sign beside it until `retire`.

    Raises:
        BadLogKey: the origin is Sigsum's, which names the key, so another key is another log.
    """
    if keys.origin.startswith(SIGSUM_PREFIX):
        raise BadLogKey(
            "The origin of this log is the hash of its key, as Sigsum wants it; another key would be another log.",
            "Start the log with an origin of its own (MUNIMENT_LOG_ORIGIN) where keys are to change.",
        )
    replace_secret(home / LOG_NAME, _lines((make().private_bytes_raw(), *keys.secrets)))


def retire(home: Path, keys: LogKeys) -> None:
    """Let the oldest key sign no more.

    Raises:
        BadLogKey: it is the only one.
    """
    if len(keys.secrets) == 1:
        raise BadLogKey("The log has one key.", "Rotate first, and tell everybody the new key.")
    replace_secret(home / LOG_NAME, _lines(keys.secrets[:-1]))


def public_of(secret: bytes) -> bytes:
    """Return the 32 public bytes of a secret key."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _secrets(path: Path, make: MakeKey) -> tuple[bytes, ...]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        begin_secret(path, _lines((make().private_bytes_raw(),)))
    try:
        secrets = tuple(bytes.fromhex(line) for line in path.read_text().split())
    except ValueError:
        secrets = ()
    if not secrets or any(len(secret) != 32 for secret in secrets):
        raise BadLogKey(f"{path} holds no keys of 64 hexadecimal digits.", "Restore it from a backup of the home.")
    return secrets


def _lines(secrets: tuple[bytes, ...]) -> str:
    return "".join(f"{secret.hex()}\n" for secret in secrets)


def _publish(home: Path, keys: LogKeys) -> None:
    """Keep the list of verifier keys; it only grows."""
    path = home / PUBLIC_NAME
    known = path.read_text().split() if path.exists() else []
    new = [key.text for key in keys.verifiers if key.text not in known]
    if new:
        with path.open("a") as file:
            file.write("".join(f"{text}\n" for text in new))
