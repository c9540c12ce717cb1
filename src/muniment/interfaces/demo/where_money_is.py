"""One table of the whole quarter: what came in, and where each part of it is now, from the ledger alone."""

from dataclasses import dataclass

from muniment.trust.ledger.queries import trial_balance


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """What licensees paid, and the places where that money is; the places sum to what was paid."""

    received_micro: int
    places: tuple[tuple[str, int], ...]

    @property
    def ties(self) -> bool:
        """Say whether nothing is missing and nothing too much."""
        return self.received_micro == sum(amount for _, amount in self.places)


_PLACES = {
    "vat": "VAT owed to the state",
    "fund": "Waiting in funds for a report",
    "deduction/administration": "Deducted for administration",
    "deduction/social": "Deducted for the social and cultural fund",
    "held/UNMATCHED": "Held: works not identified yet",
    "held/UNCLAIMED": "Held: shares that nobody claims",
    "held/DISPUTE": "Held: shares in dispute",
    "held/NO_USAGE": "Held: nothing was used",
    "held/NO_PAYEE": "Held: payees without an approved bank account",
    "held/BELOW_MIN": "Held: payees below the minimum",
    "transit": "Ordered at the bank",
    "payable": "Owed to payees (returned payments, parts of a cent)",
}


def money_table(currency: str) -> MoneyTable:
    """Return the table from the trial balance.

    What licensees paid is all that ever came to the bank account. Of an invoice that is not paid yet, the part for
    the fund waits in `billed`; the rest of what is receivable is VAT that is not owed before it is received.
    """
    rows = trial_balance(currency=currency)
    bank = next(row for row in rows if row.code == "bank")
    sums = dict.fromkeys(_PLACES, 0)
    for row in rows:
        place = _place_of(row.code)
        sums[place] = sums.get(place, 0) + row.balance_micro
    sums["vat"] -= sums.pop("receivable", 0) - sums.pop("billed", 0)
    del sums["bank"]
    places = [(_PLACES.get(place, place), amount) for place, amount in sums.items() if amount]
    return MoneyTable(bank.debit_micro, (*places, ("Paid out by the bank", bank.credit_micro)))


def _place_of(code: str) -> str:
    named = next((place for place in _PLACES if f"{code}/".startswith(f"{place}/")), None)
    return named or code.partition("/")[0]
