"""Letting pass only what the pre-check finds no error in."""

from datetime import date

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application
from muniment.rights.registry.queries.prechecks import check
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.precheck import Finding
from muniment.rights.registry.rules.profiles import Profile


class NotReady(UserError):
    """The pre-check finds errors; `findings` has them, with their reasons and remedies."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first, *more = findings
        message = Phrase("{first} ({count} more)", first=first.message, count=len(more)) if more else first.message
        super().__init__(message, first.remedy)
        self.findings = findings


def require_ready(statement: Statement, profile: Profile, application: Application, on: date) -> None:
    """Let a statement pass that has no error on a day.

    Raises:
        NotReady: it has some.
    """
    kind = Kind(application.kind)
    found = check(
        statement,
        profile,
        kind,
        on,
        party_id=application.party_id,
        registration=application.registration_number if kind is not Kind.FIRST else "",
        is_submitted=application.submitted_at is not None,
        has_likenesses=False,
    )
    errors = tuple(one for one in found if one.level == "error")
    if errors:
        raise NotReady(errors)
