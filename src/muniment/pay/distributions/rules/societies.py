"""Agreements with sister societies, and what may be taken from money that passes between us; pure.

From money of a sister society nothing is deducted but the management fee, unless the society agrees (directive
2014/26, article 15). What is agreed is a fact with its own time: a run asks what was known at its instant.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, Right, format_percent
from muniment.kernel.words.territory import Territories


class NotAgreed(UserError):
    """A deduction from a sister society's money that no agreement allows."""


class Direction(StrEnum):
    """Whose money an agreement is about: `outgoing` for the society's members, `incoming` for ours."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class TaxTreatment(StrEnum):
    """How tax on the money is handled: paid gross, withheld by the payer at the source, or free by treaty."""

    GROSS = "gross"
    AT_SOURCE = "at_source"
    TREATY = "treaty"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with a society; `right` and `use_kind` empty stand for every one."""

    id: int
    society_id: int
    direction: Direction
    right: Right | None
    territories: Territories
    use_kind: str
    valid: Period
    known: Known
    fee_ppm: int
    cultural_ppm: int
    tax_ppm: int
    tax: TaxTreatment


@dataclass(frozen=True, slots=True)
class AgreementQuestion:
    """For what money an agreement is looked for."""

    society_id: int
    direction: Direction
    right: Right
    territory: int
    use_kind: str
    on: date
    known_at: datetime


def agreement_for(agreements: Iterable[Agreement], asked: AgreementQuestion) -> Agreement | None:
    """Return the agreement that speaks of the money: one for the very right and use goes first, then the newest."""
    found = [
        row
        for row in agreements
        if row.society_id == asked.society_id
        and row.direction is asked.direction
        and row.right in (None, asked.right)
        and row.use_kind in ("", asked.use_kind)
        and row.valid.contains(asked.on)
        and row.known.contains(asked.known_at)
        and row.territories.covers(asked.territory)
    ]
    return max(found, key=lambda row: (row.right is not None, row.use_kind != "", row.id), default=None)


@dataclass(frozen=True, slots=True)
class Taken:
    """A deduction of a pool as it was taken: from the pool's gross money, for an account."""

    account: str
    amount_micro: int


def excess_of(taken: Sequence[Taken], *, net_micro: int, parts: Mapping[int, int], gross_micro: int) -> int:
    """Return what of a pool's cultural and other deductions a society gets back on its part, in micro-units.

    `parts` has its part of the net pool, in micro-units by the rate in ppm that it agreed to for them. Its part of the
    deductions is in proportion to its part of the net pool, rounded down; what it agreed to is each rate of that part
    of the gross pool, rounded up together. Administration is the fee and stays.
    """
    part_micro = sum(parts.values())
    if not net_micro or not part_micro:
        return 0
    others_micro = sum(row.amount_micro for row in taken if row.account != "administration")
    of_part_micro = others_micro * part_micro // net_micro
    rated_micro = sum(amount_micro * rate_ppm for rate_ppm, amount_micro in parts.items())
    agreed_micro = -(-(gross_micro * rated_micro) // (net_micro * PPM))
    return max(0, of_part_micro - agreed_micro)


@dataclass(frozen=True, slots=True)
class SocietyTax:
    """What the law takes from money to societies abroad: `default_ppm`, or the treaty's rate of those named.

    A society stands in `treaty_ppm` while its residence document holds. `country` is whose tax it is, `rounded` the
    law's rounding of an amount of tax in micro-units.
    """

    country: str
    default_ppm: int
    treaty_ppm: Mapping[int, int]
    rounded: Callable[[int], int]


def tax_rate(agreement: Agreement | None, society_id: int, tax: SocietyTax | None) -> int:
    """Return the rate in ppm that is withheld from a society's money.

    Nothing where the agreement says gross; its own rate where it says at the source; else the law's: the treaty's rate
    where a residence document is on file, and the default rate where none is.

    Raises:
        NotAgreed: the agreement has tax withheld, and nothing says for which country.
    """
    if agreement is not None and agreement.tax is TaxTreatment.GROSS:
        return 0
    if agreement is not None and agreement.tax is TaxTreatment.AT_SOURCE:
        if tax is None and agreement.tax_ppm:
            raise NotAgreed(
                f"Agreement {agreement.id} has {format_percent(agreement.tax_ppm)} % withheld at the source, and the"
                " payment policy withholds for no country.",
                "Settle with a payment policy that has a table [withholding], such as --policy treaty.",
            )
        return agreement.tax_ppm
    return 0 if tax is None else tax.treaty_ppm.get(society_id, tax.default_ppm)


def deduct_agreed(
    amount_micro: int, *, fee_ppm: int, cultural_ppm: int, agreement: Agreement | None
) -> tuple[int, int]:
    """Return fee and cultural deduction from incoming money, each rounded down, in favour of the members.

    Raises:
        NotAgreed: a rate is above what the agreement allows, or there is none.
    """
    allowed = (0, 0) if agreement is None else (agreement.fee_ppm, agreement.cultural_ppm)
    for name, wanted_ppm, allowed_ppm in (
        ("fee", fee_ppm, allowed[0]),
        ("cultural deduction", cultural_ppm, allowed[1]),
    ):
        if wanted_ppm > allowed_ppm:
            raise NotAgreed(
                f"A {name} of {format_percent(wanted_ppm)} % from this society's money is not agreed;"
                f" {format_percent(allowed_ppm)} % is.",
                "Distribute without it, or record the society's express consent as an agreement first.",
            )
    return amount_micro * fee_ppm // PPM, amount_micro * cultural_ppm // PPM


class IncomingKind(StrEnum):
    """Why a sister society sends money.

    `regular`: uses of our members' works there. `returned`: money of ours that found nobody there. `adjustment`: a
    correction of an earlier statement; lines may be below zero. `third_party_tax`: tax that somebody on the way had
    withheld and gave back.
    """

    REGULAR = "regular"
    RETURNED = "returned"
    ADJUSTMENT = "adjustment"
    THIRD_PARTY_TAX = "third_party_tax"


class IncomingState(StrEnum):
    """The life of a society's statement: read, approved by a second person, distributed to members."""

    RECEIVED = "received"
    APPROVED = "approved"
    POSTED = "posted"
