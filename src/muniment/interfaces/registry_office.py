"""The registry of this installation, as its settings describe it: who signs, who stamps, where its pages are."""

import os
import secrets
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings

from muniment.interfaces import evidence_log
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.registry.rules.contents import Kind
from muniment.rights.registry.rules.hash_lists import read_hash_list
from muniment.rights.registry.services.bags import Content, read_content, staged_content
from muniment.rights.registry.services.certificates import Registry
from muniment.rights.registry.services.leaves import Leaves
from muniment.trust.evidence.rules.certificates import Trust
from muniment.trust.evidence.rules.policies import read_policy
from muniment.trust.evidence.rules.revocation import read_lists
from muniment.trust.evidence.rules.signing import NotSigned
from muniment.trust.evidence.rules.stamps import read_roots
from muniment.trust.evidence.services.keys import LOG_NAME
from muniment.trust.evidence.services.root import lists_of
from muniment.trust.evidence.services.signer import registry_signer, roots_of


def registry(at: datetime) -> Registry:
    """Return how certificates are made here; keys are made on first use."""
    home, site = evidence_log.home(), _site()
    return Registry(
        name=settings.MUNIMENT_SOCIETY,
        home=home,
        signer=registry_signer(home, settings.MUNIMENT_SOCIETY, at, lists_url()),
        policy=evidence_log.policy(),
        url=f"{site}certificate/",
        stamp=stamp if settings.MUNIMENT_LOG_STAMPS else None,
        site=site,
    )


def lists_url() -> str:
    """Return below which address the lists of revoked certificates are, as new certificates name it."""
    return f"{_site()}certificate/revoked/"


def leaves() -> Leaves:
    """Return with what acts of the registry are logged here; keys are made on first use."""
    return Leaves(evidence_log.keys(), secrets.token_bytes)


def stamp(query: bytes) -> bytes:
    """Have the first time-stamping authority that answers stamp a signature.

    Raises:
        NotSigned: none answers.
    """
    said = ""
    for url in settings.MUNIMENT_LOG_STAMPS:
        status, reply = evidence_log.post_query(url, query)
        if status == 200:
            return reply
        said = f"{url} answered {status}"
    raise NotSigned(f"No authority gives a timestamp ({said}).", "Try again later; nothing was kept.")


def content_of(
    path: Path, *, is_list: bool = False, is_kept: bool = True, progress: Progress = silent
) -> AbstractContextManager[Content]:
    """Give the content at a path: copied to be kept, only hashed, or as a list of hashes says."""
    if is_list:
        return nullcontext(Content(Kind.HASHES, read_hash_list(evidence_log.text_of(path))))
    if is_kept:
        return staged_content(evidence_log.home(), path, os.urandom, progress)
    return nullcontext(read_content(path, progress))


def trust_of(
    policy: Path | None = None, roots: Path | None = None, stamp_roots: Path | None = None, lists: Path | None = None
) -> Trust:
    """Return whom to believe: as the files say, else this installation's own, else nobody.

    `lists` are lists of revoked certificates, beside those that a paper brings.

    Raises:
        BadFile, BadPolicy, BadStamp, BadList, BadLifetimes: a file cannot be read.
    """
    has_log = (evidence_log.home() / LOG_NAME).exists()
    own = evidence_log.policy() if has_log and policy is None else None
    return Trust(
        own if policy is None else read_policy(evidence_log.text_of(policy)),
        roots_of(evidence_log.home()) if roots is None else _certificates(roots),
        evidence_log.stamp_roots() if stamp_roots is None else _certificates(stamp_roots),
        lists_of(evidence_log.home()) if lists is None else read_lists(evidence_log.text_of(lists).encode()),
        evidence_log.lifetimes(),
    )


def _site() -> str:
    return f"{settings.MUNIMENT_URL.rstrip('/')}/public/"


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    return read_roots(evidence_log.text_of(path).encode())
