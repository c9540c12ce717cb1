"""CRD between societies: out of a real run and into the money of another, to the micro-unit of the ledger."""

import io
from datetime import date
from pathlib import Path

import pytest

from muniment.kernel.formats.crd import CrdAdjustment, CrdHeader, CrdLine, header_for, read_crd, write_crd
from muniment.kernel.words.identifiers import make_ipi_name
from muniment.kernel.words.problems import Problem
from muniment.pay.distributions import services
from muniment.pay.distributions.queries import societies
from muniment.pay.distributions.queries.crd import NotSettled, outgoing_crd
from muniment.pay.distributions.queries.runs import RunRow
from muniment.pay.distributions.rules.societies import IncomingKind
from muniment.pay.payments.services import settle_societies_of
from muniment.rights.parties.services import affiliate, give_mandate, register_party
from muniment.rights.works.rules.drafts import ContributorDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import held, payable
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, LONG_AGO, RADIO, Society, set_up
from tests.pay.distributions.test_adjust import post

pytestmark = pytest.mark.django_db

MEMBER_IPI = make_ipi_name(700_000_001)


@pytest.fixture
def sister() -> int:
    return register_party(actor=CHEN, at=LONG_AGO, kind="society", name="Society of the Steppe", society_code="999")


def finished(monkeypatch: pytest.MonkeyPatch, sister: int) -> RunRow:
    """Return a posted run of two works, of whose owners two belong to the sister society."""
    society = set_up(monkeypatch)
    ours = society.member("Bilal Khan", place=1)
    theirs = [
        register_party(actor=CHEN, at=LONG_AGO, kind="writer", name=name, ipi_name=number)
        for name, number in (("Foreign Writer", MEMBER_IPI), ("Another Writer", None))
    ]
    for party_id in theirs:
        affiliate(actor=CHEN, at=LONG_AGO, party_id=party_id, society_id=sister)
    society.open_account(sister, 2)
    drafts = [
        WorkDraft(title="Дала әні", code="W-1", contributors=(ContributorDraft("X", "CA", party_id=ours),)),
        WorkDraft(title="Night Market", code="W-2", contributors=(ContributorDraft("X", "CA", party_id=ours),)),
    ]
    [first, second] = register_works(actor=CHEN, at=LONG_AGO, drafts=drafts, claim="own", intake_id=None).work_ids
    society.share(first, (ours, 600_000), (theirs[0], 400_000))
    society.share(second, (theirs[0], 333_333), (theirs[1], 666_667))
    society.receive(RADIO, 1_000_000_007)
    society.report(RADIO, 11, [(first, 180, 1), (second, 77, 3)])
    return post(society)


def lines_of(content: bytes) -> tuple[CrdHeader, list[CrdLine], list[CrdAdjustment]]:
    items = list(read_crd(io.BytesIO(content)))
    assert not [item for item in items if isinstance(item, Problem)]
    [header] = [item for item in items if isinstance(item, CrdHeader)]
    return (
        header,
        [item for item in items if isinstance(item, CrdLine)],
        [item for item in items if isinstance(item, CrdAdjustment)],
    )


def test_a_run_goes_out_as_crd_and_its_sum_is_what_the_ledger_owes(
    monkeypatch: pytest.MonkeyPatch, sister: int
) -> None:
    run = finished(monkeypatch, sister)
    with pytest.raises(NotSettled):
        outgoing_crd(run.id, sister, sender_society="901")
    settle_societies_of(actor=CHEN, at=AT, run_id=run.id, policy="plain")
    file = outgoing_crd(run.id, sister, sender_society="901")
    header, lines, adjustments = lines_of(b"".join(file.lines))
    [row] = societies.list_outgoing(run.id)
    assert header.total_micro == file.total_micro == row.total_micro == balance(payable(sister), "EUR")
    assert sum(line.remitted_micro for line in lines) == row.amount_micro
    assert sum(one.amount_micro for one in adjustments) == row.refund_micro
    assert (header.sender_society, header.receiver_society, header.line_count) == ("901", "999", 3)
    assert {(line.work_reference, line.title, line.right_category) for line in lines} == {
        ("W-1", "Дала әні", "PER"),
        ("W-2", "Night Market", "PER"),
    }
    assert [line.ip_name_number for line in lines].count(MEMBER_IPI) == 2
    assert {line.period_start for line in lines} == {date(2026, 7, 1)}


def test_what_one_house_sends_the_other_takes_in_and_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sister: int
) -> None:
    run = finished(monkeypatch, sister)
    settle_societies_of(actor=CHEN, at=AT, run_id=run.id, policy="plain")
    file = outgoing_crd(run.id, sister, sender_society="901")
    path = tmp_path / file.name
    path.write_bytes(b"".join(file.lines))
    sender = register_party(actor=CHEN, at=LONG_AGO, kind="society", name="Sender", society_code="998")
    before = balance("bank", "EUR")
    taken = take_in(path, sender, file.total_micro)
    assert (taken.amount_micro, taken.line_count) == (file.total_micro, 3)
    assert balance("bank", "EUR") == before + file.total_micro
    services.approve_incoming(actor=FARIDA, at=AT, number=taken.number)
    services.post_incoming(actor=CHEN, at=AT, number=taken.number)
    paid = societies.incoming_lines(taken.number)
    assert sum(line.amount_micro for line in paid) == file.total_micro
    assert balance(f"fund/society/{taken.number}", "EUR") == 0
    assert sum(balances("", "EUR").values()) == 2 * balance("bank", "EUR")


def take_in(path: Path, society_id: int, amount: int, currency: str = "EUR") -> societies.IncomingRow:
    return services.receive_statement(
        actor=CHEN, at=AT, society_id=society_id, kind=IncomingKind.REGULAR, reference="S-1", path=path,
        amount_micro=amount, currency=currency, received_on=date(2026, 10, 1),
    )  # fmt: skip


DAY = date(2026, 5, 1)
LINES = (
    CrdLine("W-1", "Song", 90_000_000, right_category="PER", ip_name_number=MEMBER_IPI, territory=276,
            period_start=DAY, currency="EUR"),
    CrdLine("W-2", "Other", 10_000_000, right_category="PER", ip_name_number=make_ipi_name(799_999_999),
            period_start=DAY, currency="EUR"),
)  # fmt: skip


def crd_file(path: Path, *more: CrdLine | CrdAdjustment, currency: str = "EUR") -> Path:
    items = (*LINES, *more)
    header = header_for(CrdHeader(currency, 6), items)
    path.write_bytes(b"".join(write_crd(header, (), items)))
    return path


@pytest.fixture
def member() -> int:
    party_id = register_party(actor=CHEN, at=LONG_AGO, kind="writer", name="Aigul Serik", ipi_name=MEMBER_IPI)
    give_mandate(actor=CHEN, at=LONG_AGO, party_id=party_id, right="PR")
    Society().open_account(party_id)
    return party_id


def test_crd_in_reaches_members_and_tax_is_spread_over_the_lines(tmp_path: Path, sister: int, member: int) -> None:
    path = crd_file(tmp_path / "s.crd", CrdAdjustment("tax withheld", -10_000_003))
    row = take_in(path, sister, 89_999_997)
    assert (row.amount_micro, row.tax_micro) == (89_999_997, 10_000_003)
    services.approve_incoming(actor=FARIDA, at=AT, number=1)
    services.post_incoming(actor=CHEN, at=AT, number=1)
    ours, nobodys = balance(payable(member), "EUR"), balance(held("UNCLAIMED", "society-1"), "EUR")
    assert ours + nobodys == 89_999_997
    assert 80_999_997 <= ours <= 80_999_998


@pytest.mark.parametrize(
    ("old", "new", "amount", "words"),
    [
        (b"", b"", 100_000_001, "0.000001 apart"),
        (b"EUR", b"USD", 100_000_000, "The statement is in USD"),
        (b"PER", b"QQQ", 100_000_000, "no right that we know"),
        (b"20260501", b"        ", 100_000_000, "says when the work was used"),
        (b"000000000090000000", b"000000000090000001", 100_000_000, "come to|currency|amounts"),
        (b"MIP", b"MXX", 100_000_000, "stands above it"),
    ],
)
def test_a_bad_crd_is_refused_as_a_whole(
    tmp_path: Path, sister: int, member: int, old: bytes, new: bytes, amount: int, words: str
) -> None:
    path = crd_file(tmp_path / "s.crd")
    content = path.read_bytes()
    path.write_bytes(content.replace(old, new) if old != b"000000000090000000" else content.replace(old, new, 1))
    with pytest.raises(services.BadStatement, match=words):
        take_in(path, sister, amount)
    assert societies.list_incoming().total == 0
    assert balances("", "EUR") == {}
    assert member
