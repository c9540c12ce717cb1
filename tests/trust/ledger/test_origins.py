"""Money followed through accounts in layers: which leaves first, what a reversal takes back, that nothing is lost."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.ledger.rules import dimensions_text
from muniment.trust.ledger.rules.origins import EntryFacts, Follower, Origin, Part, Stage, stage_of

DAY = date(2026, 5, 1)
RADIO, LIVE = "fund/radio/L-1/2025", "fund/live/L-2/2026"


class Books:
    """Entries in their order, each of transfers (debit, credit, amount); `parts` has what they were cut into."""

    def __init__(self, rights: dict[str, str] | None = None, reversed_ids: frozenset[int] = frozenset()) -> None:
        self.follower = Follower(lambda day: day.year, rights, reversed_ids)
        self.parts: list[Part] = []
        self.count = 0

    def book(
        self, *moved: tuple[str, str, int], key: str = "", said: str = "", on: date = DAY, reverses: int | None = None
    ) -> list[tuple[str, str, int]]:
        """Book an entry and return its parts by use and run."""
        self.count += 1
        entry = EntryFacts(self.count, key or f"k{self.count}", "test", on, "EUR", said, reverses)
        transfers = [(place, debit, credit, amount) for place, (debit, credit, amount) in enumerate(moved)]
        found = list(self.follower.entry(entry, transfers))
        self.parts += found
        return [(part.origin.use, part.origin.run, part.amount_micro) for part in found if not part.settles]


def two_funds(books: Books) -> None:
    """Receive 100 of radio and 50 of live, and give payee 7 both, by runs 1 and 2."""
    books.book(("bank", RADIO, 100), ("bank", LIVE, 50))
    books.book((RADIO, "payable/7", 80), (RADIO, "deduction/fee", 20), key="distribution/1/pool/1")
    books.book((LIVE, "payable/7", 30), (LIVE, "deduction/fee", 20), key="distribution/2/pool/1")


def test_the_oldest_money_leaves_first_and_deductions_give_back_the_latest() -> None:
    books = Books({"radio/L-1/2025": "PR"})
    two_funds(books)
    assert books.book(("payable/7", "transit/1", 90)) == [("radio", "1", 80), ("live", "2", 10)]
    assert books.book(("transit/1", "bank", 90)) == [("radio", "1", 80), ("live", "2", 10)]
    assert books.book(("deduction/fee", "payable/8", 25)) == [("live", "2", 20), ("radio", "1", 5)]
    assert books.parts[0].origin == Origin("radio/L-1/2025", "PR", "radio", 2026)
    assert {part.origin.payee for part in books.parts if part.credit == "payable/8"} == {"8"}


def test_a_settlement_and_a_said_run_take_their_own_layers() -> None:
    books = Books()
    two_funds(books)
    assert books.book(("deduction/fee", "payable/9", 5), key="society-settlement/1/9") == [("radio", "1", 5)]
    said = dimensions_text({"run": "2"})
    assert books.book(("payable/7", "held/DISPUTE/run-2-pool-1", 30), said=said) == [("live", "2", 30)]


def test_a_reversal_takes_back_the_very_layers() -> None:
    books = Books(reversed_ids=frozenset({3}))
    two_funds(books)
    back = ((("payable/7"), LIVE, 30), ("deduction/fee", LIVE, 20))
    assert books.book(*back, reverses=3) == [("live", "2", 30), ("live", "2", 20)]
    assert books.book((LIVE, "payable/8", 50), key="distribution/3/pool/1") == [("live", "3", 50)]


def test_what_the_bank_returns_is_the_payees_own() -> None:
    books = Books()
    books.book(("bank", RADIO, 60), ("bank", LIVE, 40))
    books.book((RADIO, "payable/1", 60), (LIVE, "payable/2", 40))
    books.book(("payable/1", "transit/1", 60), ("payable/2", "transit/1", 40))
    assert books.book(("transit/1", "payable/2", 40)) == [("live", "", 40)]
    assert books.book(("transit/1", "bank", 60)) == [("radio", "", 60)]


def test_a_confirmed_payment_is_its_payees_own_whoever_still_waits() -> None:
    books = Books()
    books.book(("bank", RADIO, 60), ("bank", LIVE, 45))
    books.book((RADIO, "payable/1", 60), (LIVE, "payable/2", 40), (LIVE, "payable/3", 5))
    orders = [(f"payable/{payee}", "transit/1", amount) for payee, amount in ((1, 60), (2, 40), (3, 5))]
    books.book(*orders)
    assert books.book(("transit/1", "bank", 40)) == [("live", "", 40)]
    assert [part.origin.payee for part in books.parts if part.goal is Stage.BANK] == ["2"]
    assert books.book(("transit/1", "payable/1", 60)) == [("radio", "", 60)]
    assert books.book(("transit/1", "bank", 5)) == [("live", "", 5)]


def test_what_an_account_has_not_is_settled_by_what_comes_later() -> None:
    books = Books()
    assert books.book(("payable/7", "payable/8", 10), said=dimensions_text({"use": "web"})) == [("web", "", 10)]
    books.book(("bank", RADIO, 25))
    books.book((RADIO, "payable/7", 25))
    settled = [(part.origin.use, part.amount_micro) for part in books.parts if part.settles]
    assert settled == [("web", 10), ("radio", -10)]
    assert books.book(("payable/7", "transit/1", 15)) == [("radio", "", 15)]


def test_the_year_is_what_the_entry_says_or_the_year_it_was_booked_in() -> None:
    books = Books()
    books.book(("bank", RADIO, 1), on=date(2024, 2, 1))
    books.book(("bank", RADIO, 1), said=dimensions_text({"collection_year": "2021", "right": "MR"}))
    assert [(part.origin.year, part.origin.right) for part in books.parts] == [(2024, ""), (2021, "MR")]


def test_money_held_for_a_known_payee_is_attributed() -> None:
    assert stage_of("held/NO_PAYEE/party-7") is Stage.ATTRIBUTED
    assert stage_of("held/UNMATCHED/run-1-pool-1") is Stage.WAITING
    books = Books()
    books.book(("bank", RADIO, 9))
    assert books.book((RADIO, "held/UNMATCHED/run-4-pool-1", 9)) == [("radio", "4", 9)]
    assert books.book(("held/UNMATCHED/run-4-pool-1", LIVE, 9)) == [("radio", "4", 9)]
    assert books.book((LIVE, "payable/1", 9)) == [("radio", "", 9)]


CODES = st.sampled_from(
    [
        "bank", RADIO, LIVE, "payable/1", "payable/2", "transit/1", "held/UNMATCHED/run-1-pool-1", "held/X/party-1",
        "deduction/fee", "deduction/social", "exchange/EUR-PKR", "advance/1", "billed/radio/L/2026",
    ]
)  # fmt: skip
MOVED = st.tuples(CODES, CODES, st.integers(1, 2**50)).filter(lambda moved: moved[0] != moved[1])


@settings(max_examples=200, deadline=None)
@given(entries=st.lists(st.tuples(st.lists(MOVED, min_size=1, max_size=4), st.booleans()), max_size=14))
def test_no_micro_unit_is_lost_whatever_is_booked(entries: list[tuple[list[tuple[str, str, int]], bool]]) -> None:
    undone = [place for place, (_, undo) in enumerate(entries) if undo]
    numbers, count = {}, 0
    for place in range(len(entries)):
        count += 1
        numbers[place] = count
        count += place in undone
    books = Books(reversed_ids=frozenset(numbers[place] for place in undone))
    balances: dict[str, int] = {}
    for place, (moved, undo) in enumerate(entries):
        for way in (moved, [(credit, debit, amount) for debit, credit, amount in moved] if undo else []):
            if way:
                books.book(*way, reverses=numbers[place] if way is not moved else None)
            for debit, credit, amount in way:
                balances[debit] = balances.get(debit, 0) - amount
                balances[credit] = balances.get(credit, 0) + amount
    found: dict[str, int] = {}
    by_transfer: dict[tuple[int, int], int] = {}
    for part in books.parts:
        if part.settles:
            continue
        assert part.amount_micro > 0
        place = (part.entry.id, part.transfer_id)
        by_transfer[place] = by_transfer.get(place, 0) + part.amount_micro
        found[part.debit] = found.get(part.debit, 0) - part.amount_micro
        found[part.credit] = found.get(part.credit, 0) + part.amount_micro
    assert found == balances
    assert sum(part.amount_micro for part in books.parts if part.settles) == 0
