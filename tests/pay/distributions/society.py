"""A small invented society for the tests of distributions: members, funds with money, sealed usage with its matches.

Shares and usage are given as values, so these tests say in full what is divided.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from muniment.kernel.columns.schemas import MATCHES, USAGE_LINES
from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import Right
from muniment.pay.distributions.queries import RunRow
from muniment.pay.distributions.services import (
    approve_adjustment,
    approve_run,
    compute_run,
    computing,
    draft_adjustment,
    draft_run,
    issue_adjustment_statements,
    issue_statements,
    post_adjustment,
    post_run,
    posting,
)
from muniment.pay.distributions.services.reports import MatchedReport
from muniment.rights.parties.services import approve_bank_account, give_mandate, propose_bank_account, register_party
from muniment.rights.works.rules import ShareClaim
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.batches.services import seal_batch
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, fund
from muniment.trust.ledger.services import post_entry
from muniment.use.matching.services import match_report
from muniment.use.usages.services import import_usage
from tests.cast import CHEN, FARIDA

AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JULY = date(2026, 7, 1)
RADIO = "radio/KVARTS/2026-Q3"
CONCERT = "concert/ZAMAN/2026-Q3"
PAKISTAN = 586
IBANS = ("DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606")


@dataclass
class Society:
    """What a test has set up; works are plain numbers, and a report's lines are (work, seconds, count) each."""

    claims: dict[int, tuple[ShareClaim, ...]] = field(default_factory=dict)
    reports: dict[str, list[MatchedReport]] = field(default_factory=dict)

    def member(self, name: str, *, mandate: bool = True, bank: bool = True, place: int = 0) -> int:
        """Register a writer, with a mandate for everything and an approved bank account unless told otherwise."""
        party_id = register_party(actor=CHEN, at=LONG_AGO, kind="writer", name=name)
        if mandate:
            give_mandate(actor=CHEN, at=LONG_AGO, party_id=party_id, right=Right.PERFORMING, territories="2136")
        if bank:
            self.open_account(party_id, place)
        return party_id

    def open_account(self, party_id: int, place: int = 0, at: datetime = LONG_AGO) -> None:
        """Propose a bank account for a party, and have a second person approve it."""
        account_id = propose_bank_account(
            actor=CHEN, at=at, party_id=party_id, holder="Holder", iban=IBANS[place % len(IBANS)]
        )
        approve_bank_account(actor=FARIDA, at=at, account_id=account_id)

    def share(self, work_id: int, *shares: tuple[int, int], role: str = "CA", claim: str = "own") -> None:
        """Claim shares of a work: (party, ppm) each, for the performing right in the World."""
        before = self.claims.get(work_id, ())
        lines = tuple(
            ShareClaim(
                len(before) + at + work_id * 100, party_id, Right.PERFORMING, "2136", ppm, claim, LONG_AGO, role=role
            )
            for at, (party_id, ppm) in enumerate(shares)
        )
        self.claims[work_id] = before + lines

    def receive(self, fund_code: str, amount_micro: int, currency: str = "EUR", key: str = "") -> None:
        """Put money into a fund; `key` tells two receipts of one amount apart."""
        key = key or f"receipt/{fund_code}/{amount_micro}/{currency}"
        transfers = (TransferDraft(bank(), fund(fund_code), amount_micro),)
        post_entry(actor=CHEN, at=AT, draft=EntryDraft(key, "receipt", AT.date(), currency, transfers))

    def report(self, fund_code: str, report_id: int, uses: Iterable[tuple[int | None, int, int]]) -> MatchedReport:
        """Seal a report and its matches: (work or None, seconds, count) each; None is unidentified."""
        lines, matches = [], []
        for ordinal, (work_id, seconds, count) in enumerate(uses, start=1):
            line_id = report_id << 32 | ordinal
            lines.append(
                {
                    "line_id": line_id, "report_id": report_id, "source_line": ordinal, "duration_ms": seconds * 1_000,
                    "use_count": count, "used_on": JULY, "territory": PAKISTAN, "use_kind": "feature",
                }
            )  # fmt: skip
            matches.append(
                {
                    "line_id": line_id, "work_id": work_id, "band": "matched" if work_id else "unidentified",
                    "method": "exact" if work_id else "none", "score_ppm": 1_000_000 if work_id else 0, "reasons": "[]",
                    "memory_key": f"song {ordinal}",
                }
            )  # fmt: skip
        usage = pa.Table.from_pylist(lines, schema=USAGE_LINES)
        sealed = seal_batch(at=AT, stage="usages", table=usage, sum_column="use_count")
        matched = pa.Table.from_pylist(matches, schema=MATCHES)
        answers = seal_batch(at=AT, stage="matches", table=matched, sum_column=None, parents=[sealed.id])
        report = MatchedReport(report_id, "PR", len(lines), sealed.id, answers.id)
        self.reports.setdefault(fund_code, []).append(report)
        return report


def set_up(monkeypatch) -> Society:
    """Return an empty society whose claims and reports a distribution will read."""
    society = Society()
    monkeypatch.setattr(computing, "share_claims", lambda ids: {work: society.claims.get(work, ()) for work in ids})
    monkeypatch.setattr(computing, "matched_reports", lambda code: society.reports.get(code, []))
    monkeypatch.setattr(posting, "mark_distributed", lambda **facts: None)
    return society


RADIO_LOG = """title,performer,date,duration
Song of the Well,Aigul Serik,2026-07-01,4:00
Song of the Well,Aigul Serik,2026-07-02,4:00
Night Market,Bilal Khan,2026-07-02,2:00
Nobody Knows This One,Somebody,2026-07-03,1:40
"""


def _writer(name: str, party_id: int, share_ppm: int) -> ContributorDraft:
    return ContributorDraft(name=name, role="CA", party_id=party_id, pr_own_ppm=share_ppm, mr_own_ppm=share_ppm)


def documented_members() -> tuple[int, int]:
    """Register two members with two works, one shared by halves and one of Bilal alone, and EUR 1,000 of radio."""
    society = Society()
    aigul, bilal = society.member("Aigul Serik"), society.member("Bilal Khan", place=1)
    shared = (_writer("Aigul Serik", aigul, 500_000), _writer("Bilal Khan", bilal, 500_000))
    drafts = [
        WorkDraft(title="Song of the Well", code="W-1", contributors=shared),
        WorkDraft(title="Night Market", code="W-2", contributors=(_writer("Bilal Khan", bilal, 1_000_000),)),
    ]
    register_works(actor=CHEN, at=AT, drafts=drafts, claim="own", intake_id=None)
    society.receive(RADIO, 1_000_000_000)
    return aigul, bilal


def radio_report(folder: Path) -> int:
    """Import the radio log from a file and return the report's number."""
    path = folder / "kvarts.csv"
    path.write_text(RADIO_LOG)
    return import_usage(
        actor=CHEN, at=AT, path=path, form="table", source_code="RADIO-KVARTS", licensee_id=None, fund_code=RADIO,
        period=Period(JULY, date(2026, 10, 1)), territory=PAKISTAN, right=Right.PERFORMING,
    ).report_id  # fmt: skip


def radio_draft() -> RunRow:
    """Draft a run over the radio fund."""
    return draft_run(
        actor=CHEN, at=AT, title="Radio, third quarter", policy="census-1", fund_codes=[RADIO], known_at=AT
    )


def finished_run(report_id: int) -> RunRow:
    """Match the report and take a run over its fund from draft to statements."""
    match_report(actor=CHEN, at=AT, report_id=report_id)
    run_id = radio_draft().id
    compute_run(actor=CHEN, at=AT, run_id=run_id)
    approve_run(actor=FARIDA, at=AT, run_id=run_id)
    post_run(actor=CHEN, at=AT, run_id=run_id)
    return issue_statements(actor=CHEN, at=AT, run_id=run_id)


LATER = AT + timedelta(days=30)


def adjusted_later(run_id: int, report_id: int, owner_id: int) -> int:
    """Register the work that nobody knew, match its report again, and take the adjustment to its statements."""
    own = ContributorDraft(name="Aigul Serik", role="CA", party_id=owner_id, pr_own_ppm=1_000_000)
    recording = RecordingDraft(performer="Somebody")
    draft = WorkDraft(title="Nobody Knows This One", code="W-3", contributors=(own,), recordings=(recording,))
    register_works(actor=CHEN, at=LATER, drafts=[draft], claim="own", intake_id=None)
    match_report(actor=CHEN, at=LATER, report_id=report_id)
    row = draft_adjustment(actor=CHEN, at=LATER, run_id=run_id, known_at=LATER)
    approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=row.id)
    post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    issue_adjustment_statements(actor=CHEN, at=LATER, adjustment_id=row.id)
    return row.id
