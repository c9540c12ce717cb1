"""Writes about works: registering them one by one or in bulk, correcting, linking, importing, undoing."""

from muniment.rights.works.services.catalogue import import_repertoire_parquet
from muniment.rights.works.services.conflicts import recheck_conflicts
from muniment.rights.works.services.cwr import check_cwr_answers, import_cwr, preview_cwr
from muniment.rights.works.services.cwr_acknowledging import NotAnswerable, acknowledge_cwr
from muniment.rights.works.services.cwr_submitting import (
    InvalidSubmission,
    NothingToSubmit,
    SubmissionReport,
    submit_works,
)
from muniment.rights.works.services.edits import (
    DuplicateWork,
    InvalidWork,
    NoSuchClaim,
    WorkEdit,
    add_recording,
    edit_work,
    link_recording,
    register_work,
    state_claims,
    withdraw_claim,
)
from muniment.rights.works.services.merging import CannotMerge, merge_works
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import CATALOGUE, CWR, TABLE, WorksReport
from muniment.rights.works.services.tables import (
    check_works_table,
    import_works_table,
    preview_works_table,
    save_works_mapping,
)
from muniment.rights.works.services.undo import NotAWorksIntake, StillMerged, UndoReport, undo_works_intake
from muniment.rights.works.services.unmerging import MergeStands, undo_merge

__all__ = [
    "CATALOGUE",
    "CWR",
    "TABLE",
    "CannotMerge",
    "DuplicateWork",
    "InvalidSubmission",
    "InvalidWork",
    "MergeStands",
    "NoSuchClaim",
    "NotAWorksIntake",
    "NotAnswerable",
    "NothingToSubmit",
    "StillMerged",
    "SubmissionReport",
    "UndoReport",
    "WorkEdit",
    "WorksReport",
    "acknowledge_cwr",
    "add_recording",
    "check_cwr_answers",
    "check_works_table",
    "edit_work",
    "import_cwr",
    "import_repertoire_parquet",
    "import_works_table",
    "link_recording",
    "merge_works",
    "preview_cwr",
    "preview_works_table",
    "recheck_conflicts",
    "register_work",
    "register_works",
    "save_works_mapping",
    "state_claims",
    "submit_works",
    "undo_merge",
    "undo_works_intake",
    "withdraw_claim",
]
