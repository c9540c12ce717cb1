"""A small invented society from files: members, works with roles, usage files, policies, and runs to the books."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import RunRow
from muniment.rights.parties.services import (
    approve_bank_account,
    give_mandate,
    propose_bank_account,
    register_party,
)
from muniment.rights.works.rules.drafts import ContributorDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, fund, payable
from muniment.trust.ledger.services import post_entry
from muniment.use.matching.services import match_report
from muniment.use.usages.services import import_usage
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import IBANS, JULY, LONG_AGO, PAKISTAN

AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
QUARTER = Period(JULY, date(2026, 10, 1))


@dataclass
class House:
    """What a test sets up; money in whole units of a currency with micro-units of a millionth."""

    folder: Path
    policies: Path
    members: dict[str, int] = field(default_factory=dict)

    def member(self, name: str, country: str = "") -> int:
        """Register a member with a mandate for everything and an approved bank account."""
        party_id = register_party(actor=CHEN, at=LONG_AGO, kind="writer", name=name, country=country)
        give_mandate(actor=CHEN, at=LONG_AGO, party_id=party_id, right=Right.PERFORMING, territories="2136")
        iban = IBANS[len(self.members) % len(IBANS)]
        account_id = propose_bank_account(actor=CHEN, at=LONG_AGO, party_id=party_id, holder=name, iban=iban)
        approve_bank_account(actor=FARIDA, at=LONG_AGO, account_id=account_id)
        self.members[name] = party_id
        return party_id

    def work(self, title: str, *owners: tuple[str, str, int]) -> None:
        """Register a work: (member, role, per cent of the performing right) each."""
        for name, _, _ in owners:
            if name not in self.members:
                self.member(name)
        people = tuple(
            ContributorDraft(
                name=name, role=role, party_id=self.members[name], pr_own_ppm=share * 10_000, mr_own_ppm=share * 10_000
            )
            for name, role, share in owners
        )
        draft = WorkDraft(title=title, code=f"W-{title.upper().replace(' ', '-')}", contributors=people)
        register_works(actor=CHEN, at=LONG_AGO, drafts=[draft], claim="own", intake_id=None)

    def policy(self, text: str) -> None:
        """Keep a policy called house."""
        self.policies.mkdir(parents=True, exist_ok=True)
        (self.policies / "house-1.toml").write_text(HEAD + text)

    def usage(self, fund_code: str, source: str, text: str, at: datetime = AT, currency: str = "") -> int:
        """Import a usage file of the third quarter and match it; return the report's number."""
        path = self.folder / f"{source}-{len(list(self.folder.iterdir()))}.csv"
        path.write_text(text)
        receipt = import_usage(
            actor=CHEN, at=at, path=path, form="table", source_code=source, licensee_id=None, fund_code=fund_code,
            period=QUARTER, territory=PAKISTAN, right=Right.PERFORMING, currency=currency,
        )  # fmt: skip
        assert receipt.bad_count == 0
        assert receipt.report_id is not None
        match_report(actor=CHEN, at=at, report_id=receipt.report_id)
        return receipt.report_id

    def receive(self, fund_code: str, amount: int, currency: str = "EUR") -> None:
        """Put whole units of money into a fund."""
        transfers = (TransferDraft(bank(), fund(fund_code), amount * 1_000_000),)
        post_entry(
            actor=CHEN, at=AT, draft=EntryDraft(f"receipt/{fund_code}", "receipt", AT.date(), currency, transfers)
        )

    def draft(
        self,
        *fund_codes: str,
        policy: str = "house",
        currency: str = "EUR",
        at: datetime = AT,
        missing: Mapping[str, int] | None = None,
        payee_labels: Mapping[int, Collection[str]] | None = None,
    ) -> RunRow:
        """Draft a run over the whole of some funds."""
        return services.draft_run(
            actor=CHEN, at=at, title="Third quarter", policy=policy, fund_codes=fund_codes, known_at=at,
            currency=currency, missing=missing, payee_labels=payee_labels,
        )  # fmt: skip

    def compute(self, run: RunRow, at: datetime = AT) -> RunRow:
        """Compute a run and let SQL and a replay come to the same."""
        computed = services.compute_run(actor=CHEN, at=at, run_id=run.id)
        found = queries.verify_run(run.id)
        assert found.agrees, found
        assert services.replay_run(run_id=run.id) == computed.digest
        sums = queries.run_sums(run.id)
        assert sums.ties
        return computed

    def post(self, run: RunRow, at: datetime = AT) -> RunRow:
        """Take a run from its computation into the books."""
        self.compute(run, at)
        services.approve_run(actor=FARIDA, at=at, run_id=run.id)
        return services.post_run(actor=CHEN, at=at, run_id=run.id)

    def paid(self, currency: str = "EUR") -> dict[str, int]:
        """Return what is on each member's account, in micro-units; nothing of who has nothing."""
        found = {name: balance(payable(party_id), currency) for name, party_id in self.members.items()}
        return {name: amount_micro for name, amount_micro in found.items() if amount_micro}


HEAD = """
code = "house"
version = 1
title = "House"
description = "For tests."
[minimum_payout]
EUR = "0.00"
"""

PLAIN_POINTS = """
[points]
duration_rule = "second"
default_duration_ms = 180_000
minimum_duration_ms = 0
[points.use_weight]
feature = 1
live = 1
"""
