"""What is pure about works: the share question, the drafts that come in, the conventions, the words of the search."""

from muniment.rights.works.rules.drafts import (
    AgreementDraft,
    ContributorDraft,
    ImportCounts,
    RecordingDraft,
    ShareDraft,
    TitleDraft,
    WorkDraft,
)
from muniment.rights.works.rules.shares import (
    InvalidShareLine,
    Resolution,
    ShareClaim,
    SharePart,
    ShareStatus,
    check_share_line,
    resolve_claims,
    resolve_shares,
)

__all__ = [
    "AgreementDraft",
    "ContributorDraft",
    "ImportCounts",
    "InvalidShareLine",
    "RecordingDraft",
    "Resolution",
    "ShareClaim",
    "ShareDraft",
    "SharePart",
    "ShareStatus",
    "TitleDraft",
    "WorkDraft",
    "check_share_line",
    "resolve_claims",
    "resolve_shares",
]
