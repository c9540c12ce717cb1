"""What every check of a work looks at, made once: its records by kind, its chains, what is owned and collected."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from muniment.kernel.formats.cwr.chains import Chains, PartyLines, gather_chains
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, CwrRules
from muniment.kernel.words.shares import PPM
from muniment.kernel.words.territory import countries_of

TOLERANCE_PPM = 600
"""Sums may be off by 0.06 %, since shares are rounded to hundredths of a percent."""
HALF_PPM = PPM // 2
RIGHTS = ("pr", "mr", "sr")
SHARES = ("pr_share", "mr_share", "sr_share")
CHANGERS = frozenset({"AR", "AD", "SR", "SA", "TR"})
AUTHORS = frozenset({"CA", "A", "C"})
PUBLIC_DOMAIN = frozenset({"DP", "PD", "PUBLIC DOMAIN", "DOMAINE PUBLIC", "TRAD", "TRADITIONAL"})
"""What the last name of a writer without rights is written as."""


@dataclass(slots=True)
class WorkLines:
    """A work transaction as the checks look at it; shares are ppm in the order PR, MR, SR."""

    asked: CwrRules
    header: CwrRecord
    records: Sequence[CwrRecord]
    chains: Chains
    by_sequence: dict[int, list[PartyLines]]
    kinds: frozenset[str]
    roles: frozenset[str]
    published_ppm: tuple[int, int, int]
    written_ppm: tuple[int, int, int]

    def of_kind(self, kind: str) -> list[CwrRecord]:
        """Return the records of a kind, in their order."""
        return [record for record in self.records if record.kind == kind] if kind in self.kinds else []


Check = Callable[[WorkLines], Iterator[Broken]]


def gather_work(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> WorkLines:
    """Return a work as the checks look at it."""
    chains = gather_chains(records)
    return WorkLines(
        asked=asked,
        header=header,
        records=records,
        chains=chains,
        by_sequence=chains.by_sequence(),
        kinds=frozenset([record.kind for record in records]),
        roles=frozenset([writer.record.text("role") for writer in chains.writers]),
        published_ppm=_sums(chains.publishers),
        written_ppm=_sums(chains.writers),
    )


def shares_of(record: CwrRecord) -> tuple[int, int, int]:
    """Return the three shares of a record in ppm: what is owned or collected of each right."""
    values = record.values
    return values["pr_share"], values["mr_share"], values["sr_share"]  # type: ignore[return-value]  # always int


def owns(record: CwrRecord) -> bool:
    """Say whether a record has a share above zero."""
    values = record.values
    return bool(values["pr_share"] or values["mr_share"] or values["sr_share"])


def _sums(parties: Sequence[PartyLines]) -> tuple[int, int, int]:
    performing = mechanical = synchronisation = 0
    for party in parties:
        pr, mr, sr = shares_of(party.record)
        performing, mechanical, synchronisation = performing + pr, mechanical + mr, synchronisation + sr
    return performing, mechanical, synchronisation


@lru_cache(maxsize=4096)
def cases_of(codes: frozenset[int]) -> tuple[tuple[frozenset[int], int], ...]:
    """Return each different set of codes that some territory stands under, with one such territory.

    The countries are split only where the terms split them: two countries that the same terms name are one case.
    """
    if len(codes) == 1:
        return ((codes, next(iter(codes))),)
    found: dict[frozenset[int], int] = {}
    for country in sorted(frozenset[int]().union(*map(countries_of, codes))):
        found.setdefault(frozenset(code for code in codes if country in countries_of(code)), country)
    return tuple(found.items())


def collected(terms: Sequence[CwrRecord], named: frozenset[int], right: int) -> int:
    """Return the ppm that a party collects in the territory that `named` codes cover; later terms overrule earlier."""
    ppm = 0
    for term in terms:
        if term.values["tis"] in named:
            ppm = shares_of(term)[right] if term.values["inclusion"] == "I" else 0
    return ppm


def covering(terms: Sequence[CwrRecord], country: int) -> frozenset[int]:
    """Return the codes of these terms that cover a country."""
    codes = {term.number("tis") for term in terms if term.number("tis")}
    return frozenset(code for code in codes if country in countries_of(code))
