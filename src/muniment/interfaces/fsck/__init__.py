"""An independent look at the books, the trail, the store and the money: does everything tie?

It reads the tables with its own statements and the Parquet files with its own digest, written from docs/fsck.md and
not from the code that wrote the data, so that one mistake cannot hide in both. It changes nothing.
"""

from collections.abc import Callable

from muniment.interfaces.fsck.adjusted import check_adjustments
from muniment.interfaces.fsck.applications import check_applications
from muniment.interfaces.fsck.books import check_accounts, check_entries, check_transfers
from muniment.interfaces.fsck.findings import Finding, State, gather
from muniment.interfaces.fsck.log import check_log
from muniment.interfaces.fsck.mapped import check_map
from muniment.interfaces.fsck.money import check_distributions, check_payments, check_statements
from muniment.interfaces.fsck.payees import check_payee_deductions
from muniment.interfaces.fsck.registrations import check_recordals, check_registrations
from muniment.interfaces.fsck.registry import check_certificates, check_deposits
from muniment.interfaces.fsck.seals import check_seals
from muniment.interfaces.fsck.slips import check_slips
from muniment.interfaces.fsck.stamps import check_stamps
from muniment.interfaces.fsck.store import check_batch_chain, check_batch_files, check_orphans, check_received_files
from muniment.interfaces.fsck.trail import check_trail
from muniment.kernel.words.problems import Progress, silent

__all__ = ["CHECKS", "Finding", "State", "check_all"]

CHECKS: tuple[tuple[str, Callable[[Callable[[str], None]], str]], ...] = (
    ("transfers", check_transfers),
    ("accounts", check_accounts),
    ("entries", check_entries),
    ("seals", check_seals),
    ("audit trail", check_trail),
    ("batch chain", check_batch_chain),
    ("batch files", check_batch_files),
    ("received files", check_received_files),
    ("distributions", check_distributions),
    ("payee deductions", check_payee_deductions),
    ("statements", check_statements),
    ("adjustments", check_adjustments),
    ("payments", check_payments),
    ("payment slips", check_slips),
    ("log", check_log),
    ("map", check_map),
    ("timestamps", check_stamps),
    ("deposits", check_deposits),
    ("certificates", check_certificates),
    ("applications", check_applications),
    ("registrations", check_registrations),
    ("licences and pledges", check_recordals),
    ("orphans", check_orphans),
)
"""Every check by its name; each reports what is broken and returns a line on what it looked at."""


def check_all(progress: Progress = silent) -> list[Finding]:
    """Make every check and return what was found: one row for a check that holds, one for each thing that is broken."""
    findings: list[Finding] = []
    for done, (name, check) in enumerate(CHECKS):
        progress(done, len(CHECKS))
        findings.extend(gather(name, check))
    progress(len(CHECKS), len(CHECKS))
    return findings
