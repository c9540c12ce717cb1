"""The log of this installation, as its settings describe it: its home, its keys and its policy."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate
from django.conf import settings

from muniment.kernel.words.problems import BadFile, UserError
from muniment.trust.evidence.rules.leaves import is_token
from muniment.trust.evidence.rules.lifetimes import DEFAULT, Lifetimes, read_lifetimes
from muniment.trust.evidence.rules.policies import Known, Policy, read_policy
from muniment.trust.evidence.rules.stamps import read_roots
from muniment.trust.evidence.services.keys import LogKeys, log_keys
from muniment.trust.evidence.services.stamping import Authorities

POLICY_NAME = "log_policy"
ROOTS_NAME = "log_stamp_roots.pem"
LIFETIMES_NAME = "log_algorithms"
SUBMITTERS_NAME = "log_submitters"
_KEY = re.compile("[0-9a-fA-F]{64}")
_SECONDS = 10
_MOST_BYTES = 1024 * 1024


class BadSubmitters(UserError):
    """The file of those who may send leaves cannot be read."""


def home() -> Path:
    """Return the folder of the installation."""
    return Path(settings.MUNIMENT_HOME)


def keys() -> LogKeys:
    """Return the keys of the log; they are made on first use."""
    return log_keys(home(), settings.MUNIMENT_LOG_ORIGIN)


def policy_in(path: Path | None) -> Policy:
    """Return whom the policy in a file believes; without a file, whom this installation does.

    Raises:
        BadFile, BadPolicy: it cannot be read, or is no policy.
    """
    return policy() if path is None else read_policy(text_of(path))


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        BadFile: it cannot be read, or is no text.
    """
    try:
        return bytes_of(path).decode()
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path} is not a text: byte {error.start} is not UTF-8.", "Give the file as it was made."
        ) from error


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        BadFile: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", "Check its name and who may read it.") from error


def policy() -> Policy:
    """Return whose word is enough: `log_policy` in the home, and our own keys; without the file, our own word is.

    Raises:
        BadPolicy: the file is none.
    """
    path = home() / POLICY_NAME
    asked = read_policy(text_of(path)) if path.exists() else Policy()
    listed = {known.key.public for known in asked.logs}
    own = tuple(Known(key, settings.MUNIMENT_LOG_URL) for key in keys().verifiers if key.public not in listed)
    return Policy((*own, *asked.logs), asked.witnesses, asked.groups, asked.quorum)


def stamp_roots() -> tuple[Certificate, ...]:
    """Return the roots of the time-stamping authorities: `log_stamp_roots.pem` in the home, none without it.

    Raises:
        BadStamp: the file holds no certificate.
    """
    path = home() / ROOTS_NAME
    return read_roots(path.read_bytes()) if path.exists() else ()


def lifetimes() -> Lifetimes:
    """Return the last days of algorithms: as `log_algorithms` in the home says, else as is known to everybody.

    Raises:
        BadLifetimes: the file cannot be read.
    """
    path = home() / LIFETIMES_NAME
    return read_lifetimes(text_of(path) if path.exists() else DEFAULT)


def authorities() -> Authorities:
    """Return whom to ask for timestamps, and whom to believe.

    Raises:
        BadStamp: the file of roots holds no certificate.
    """
    return Authorities(settings.MUNIMENT_LOG_STAMPS, stamp_roots(), secrets.token_bytes, post_query)


@dataclass(frozen=True, slots=True)
class Submitter:
    """A domain that may send leaves: its rate-limit key, and how many leaves it may send on a day."""

    domain: str
    public: bytes
    most_a_day: int


def submitters() -> tuple[Submitter, ...]:
    """Return who may send leaves: lines of `log_submitters` in the home, each a domain, a key and a number.

    Raises:
        BadSubmitters: a line says something else.
    """
    path = home() / SUBMITTERS_NAME
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != 3 or not _KEY.fullmatch(words[1]) or not words[2].isdecimal():
            raise BadSubmitters(
                f"Line {number} of {path} names no submitter.", "Write a domain, 64 hexadecimal digits and a number."
            )
        found.append(Submitter(words[0], bytes.fromhex(words[1]), int(words[2])))
    return tuple(found)


def submitter_of(header: str) -> Submitter | None:
    """Return whose submit token a header holds (`domain signature`), None if nobody's."""
    domain, _, text = header.strip().partition(" ")
    try:
        token = bytes.fromhex(text)
    except ValueError:
        return None
    log = keys().verifiers[0].public
    known = (one for one in submitters() if one.domain == domain and is_token(one.public, log, token))
    return next(known, None)


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """Post bytes and return status and answer; status 0 and the reason where nobody answers in ten seconds."""
    return send(url, body, "text/plain; charset=utf-8")


def post_query(url: str, body: bytes) -> tuple[int, bytes]:
    """Post a timestamp query (RFC 3161) and return status and answer, as `post` does."""
    return send(url, body, "application/timestamp-query")


def send(url: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """Post bytes of a type and return status and answer; addresses other than http and https are not followed."""
    if not url.startswith(("https://", "http://")):
        return 0, f"{url} is no address on the web".encode()
    request = Request(url, data=body, headers={"Content-Type": content_type}, method="POST")  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - checked above
            return answer.status, answer.read(_MOST_BYTES)
    except HTTPError as error:
        return error.code, error.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        return 0, str(error).encode()
