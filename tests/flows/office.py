"""What the staff of a society do in a quarter, as verbs; `test_quarter.py` tells the story with them.

Chen imports, matches, distributes and pays; Farida approves. Each verb is told the moment at which it happens.
"""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from muniment.interfaces.demo.manifest import DemoFile, DemoManifest
from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import Right
from muniment.pay.distributions import services as distributions
from muniment.pay.distributions.queries import RunRow
from muniment.pay.payments import services as payments
from muniment.pay.payments.queries import get_batch, list_orders
from muniment.rights.parties import services as parties
from muniment.rights.parties.queries import bank_proposals, ids_by_code
from muniment.rights.works import services as works
from muniment.trade.licensing import services as licensing
from muniment.use.matching import services as matching
from muniment.use.matching.queries import MatchRunRow
from muniment.use.usages import services as usages
from tests.cast import CHEN, FARIDA

QUARTER_END = date(2026, 10, 1)


def day(number: int) -> datetime:
    """Return about nine in the morning of a day after the quarter, to the microsecond, as a clock gives it."""
    return datetime(2026, 10, 1, 9, 0, 12, 654_321, tzinfo=UTC) + timedelta(days=number)


@dataclass(frozen=True)
class Office:
    """The staff at their desks, with the folder of files that came in."""

    folder: Path
    manifest: DemoManifest

    def files(self, kind: str) -> list[tuple[DemoFile, Path]]:
        """Return the files of one kind with their paths."""
        return [(file, self.folder / file.name) for file in self.manifest.of_kind(kind)]

    def import_members(self, at: datetime) -> int:
        """Import the member files; Farida approves the bank accounts. Return how many parties are new."""
        reports = [parties.import_parties_table(actor=CHEN, at=at, path=path) for _, path in self.files("parties")]
        proposals = [proposal.id for proposal in bank_proposals()]
        parties.approve_bank_accounts(actor=FARIDA, at=at, account_ids=proposals)
        return sum(report.created_count for report in reports)

    def import_works(self, at: datetime) -> int:
        """Import the society's own tables of works, then the publishers' CWR; return how many works are new."""
        own = [works.import_works_table(actor=CHEN, at=at, path=path, claim="own") for _, path in self.files("works")]
        sent = [works.import_cwr(actor=CHEN, at=at, path=path) for _, path in self.files("cwr")]
        return sum(report.work_count for report in [*own, *sent])

    def licence_and_invoice(self, at: datetime) -> None:
        """Publish the tariffs, import licensees and licences, and bill the quarter."""
        for _, path in self.files("tariffs"):
            licensing.publish_tariffs(actor=CHEN, at=at, text=path.read_text(encoding="utf-8"))
        for _, path in self.files("licensees"):
            licensing.import_licensees_table(actor=CHEN, at=at, path=path)
        for _, path in self.files("licences"):
            licensing.import_licences_table(actor=CHEN, at=at, path=path)
        licensing.issue_invoices(
            actor=CHEN,
            at=at,
            period_from=self.manifest.period_from,
            period_to=self.manifest.period_to,
            issued_on=at.date(),
        )

    def receive_money(self, at: datetime) -> None:
        """Book what the licensees have paid."""
        for _, path in self.files("receipts"):
            licensing.import_receipts_table(actor=CHEN, at=at, path=path)

    def import_usage(self, at: datetime) -> list[int]:
        """Import what the licensees report; return the numbers of the reports."""
        licensees = ids_by_code(file.licensee_code for file, _ in self.files("usage"))
        receipts = [
            usages.import_usage(
                actor=CHEN,
                at=at,
                path=path,
                form=file.form,
                source_code=file.source_code,
                licensee_id=licensees[file.licensee_code],
                fund_code=file.fund_code,
                period=Period(self.manifest.period_from, self.manifest.period_to),
                territory=self.manifest.territory,
                right=Right.PERFORMING,
                currency=self.manifest.currency,
            )
            for file, path in self.files("usage")
        ]
        return [receipt.report_id for receipt in receipts]

    def match(self, report_ids: list[int], at: datetime) -> list[MatchRunRow]:
        """Match every report."""
        return [matching.match_report(actor=CHEN, at=at, report_id=report_id) for report_id in report_ids]

    def distribute(self, at: datetime) -> RunRow:
        """Draft and compute a run over every fund that has a report; Farida approves it, Chen posts it."""
        fund_codes = [file.fund_code for file, _ in self.files("usage")]
        run = distributions.draft_run(
            actor=CHEN, at=at, title="2026-Q3", policy="census-1", fund_codes=fund_codes, known_at=at
        )
        distributions.compute_run(actor=CHEN, at=at, run_id=run.id)
        distributions.approve_run(actor=FARIDA, at=at, run_id=run.id)
        distributions.post_run(actor=CHEN, at=at, run_id=run.id)
        return distributions.issue_statements(actor=CHEN, at=at, run_id=run.id)

    def pay(self, at: datetime) -> int:
        """Order what is payable; Farida approves; return the number of the payment batch."""
        draft = payments.draft_payments(
            actor=CHEN, at=at, currency=self.manifest.currency, on=at.date(), minimum_micro=0
        )
        assert draft.batch_id is not None, draft.skipped
        payments.approve_payments(actor=FARIDA, at=at, batch_id=draft.batch_id)
        payments.export_csv(actor=CHEN, at=at, batch_id=draft.batch_id)
        return draft.batch_id

    def confirm(self, batch_id: int, at: datetime) -> int:
        """Take in the bank's answer, which has paid every order; return how many."""
        answer = self.folder / "confirmations.csv"
        with answer.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["end_to_end_id", "state", "booked_on", "reason"])
            for order in list_orders(batch_id).rows:
                rows.writerow([order.end_to_end_id, "paid", at.date().isoformat(), ""])
        report = payments.confirm_payments(actor=FARIDA, at=at, path=answer)
        assert get_batch(batch_id).state == "settled"
        return report.paid_count
