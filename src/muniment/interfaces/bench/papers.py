"""Measuring the four papers of the registry: what making and verifying one costs, everything included."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.formats.certificates.labels import LABELS
from muniment.rights.registry.queries.registrations import RegistrationRow, search_register
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.certificates import Registry, issue_certificate, make_certificate, pdf_path
from muniment.rights.registry.services.papers import (
    SearchFor,
    extract,
    registration_certificate,
    search_certificate,
)
from muniment.trust.access.rules import Actor
from muniment.trust.evidence.queries import count_waiting
from muniment.trust.evidence.rules.certificates import State, Trust, verify_certificate
from muniment.trust.evidence.services import sequence
from muniment.trust.evidence.services.keys import LogKeys

_LANGUAGES = tuple(LABELS)


@dataclass(frozen=True, slots=True)
class PaperRate:
    """What the papers of a kind cost: our own computing, each alone, in milliseconds; the papers come along."""

    kind: str
    made_ms: tuple[float, ...]
    verified_ms: tuple[float, ...]
    papers: tuple[bytes, ...]

    @property
    def per_second(self) -> float:
        """How many are made in a second of a core, on the average."""
        return 1000 * len(self.made_ms) / sum(self.made_ms)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who makes the papers, when, with which keys and for which registry."""

    actor: Actor
    at: datetime
    keys: LogKeys
    registry: Registry

    def sequence(self) -> None:
        """Have the log take in all that waits."""
        while count_waiting():
            sequence(actor=self.actor, at=self.at, keys=self.keys, home=self.registry.home, entropy=os.urandom)


def measure_papers(clerk: Clerk, trust: Trust, count: int) -> list[PaperRate]:
    """Make papers of registrations in force, at most `count` of each kind, in each language in turn, and verify them.

    One more of each kind is made before, so that fonts and keys are read.

    Raises:
        ValueError: there are not two registrations in force with a deposit, or a paper does not hold.
    """
    rows = search_register(state=RegistrationState.IN_FORCE, limit=10 * count).rows
    standing = [row for row in rows if row.deposit and (row.until_on is None or row.until_on >= clerk.at.date())]
    chosen = standing[: count + 1]
    if len(chosen) < 2:
        raise ValueError("there are no registrations in force to make papers of")
    deposits = _issued(clerk, chosen)
    makers: dict[str, Callable[[int], bytes]] = {
        "certificate of deposit": lambda place: _of_deposit(clerk, deposits[place]),
        "certificate of registration": lambda place: _of_registration(clerk, chosen[place], _language(place)),
        "extract": lambda place: _extract(clerk, chosen[place], _language(place)),
        "search certificate": lambda place: _search(clerk, chosen[place], place),
    }
    return [_measured(kind, make, len(chosen) - 1, clerk.at, trust) for kind, make in makers.items()]


def _measured(kind: str, make: Callable[[int], bytes], count: int, at: datetime, trust: Trust) -> PaperRate:
    made_ms, verified_ms, papers = [], [], []
    make(count)
    for place in range(count):
        start = time.process_time()
        paper = make(place)
        made = time.process_time()
        verdict = verify_certificate(paper, trust, at)
        verified_ms.append(1000 * (time.process_time() - made))
        made_ms.append(1000 * (made - start))
        if verdict.state is State.FAILS:
            raise ValueError(f"a {kind} does not hold that nobody changed: {verdict.steps}")
        papers.append(paper)
    return PaperRate(kind, tuple(made_ms), tuple(verified_ms), tuple(papers))


def _issued(clerk: Clerk, rows: Sequence[RegistrationRow]) -> list[str]:
    """Issue a certificate for the deposit of each, with leaves in the tree; return their numbers."""
    numbers = [
        issue_certificate(
            actor=clerk.actor,
            at=clerk.at,
            deposit=row.deposit,
            language=_language(place),
            issuer=clerk.registry.name,
            keys=clerk.keys,
            entropy=os.urandom,
        ).number
        for place, row in enumerate(rows)
    ]
    clerk.sequence()
    return numbers


def _of_deposit(clerk: Clerk, number: str) -> bytes:
    make_certificate(actor=clerk.actor, at=clerk.at, number=number, registry=clerk.registry)
    return pdf_path(clerk.registry.home, number).read_bytes()


def _of_registration(clerk: Clerk, row: RegistrationRow, language: str) -> bytes:
    number = row.certificate_number
    return registration_certificate(
        actor=clerk.actor, at=clerk.at, number=number, language=language, registry=clerk.registry
    ).content


def _extract(clerk: Clerk, row: RegistrationRow, language: str) -> bytes:
    return extract(
        at=clerk.at,
        number=row.certificate_number,
        on=clerk.at.date(),
        known_at=None,
        language=language,
        registry=clerk.registry,
    ).content


def _search(clerk: Clerk, row: RegistrationRow, place: int) -> bytes:
    """Search for a number that is there and for a holder that is not, in turn."""
    is_there = place % 2 == 0
    return search_certificate(
        at=clerk.at,
        asked=row.certificate_number if is_there else f"Nobody of the Invented Valley {place}",
        what=SearchFor.REGISTRATION if is_there else SearchFor.HOLDER,
        language=_language(place),
        registry=clerk.registry,
    ).content


def _language(place: int) -> str:
    return _LANGUAGES[place % len(_LANGUAGES)]
