"""The tables that stages hand to each other, as Arrow schemas.

Column names carry their unit last. `reported_*` columns hold what the sender wrote, untouched; the columns without
the prefix hold what was understood, null where nothing was.
"""

import pyarrow as pa

_id = pa.int64()

USAGE_LINES = pa.schema(
    [
        pa.field("line_id", _id, nullable=False),  # report_id << 32 | ordinal, unique for ever
        pa.field("report_id", _id, nullable=False),
        pa.field("source_line", pa.int32(), nullable=False),  # the line of the file, from 1
        pa.field("reported_title", pa.string()),
        pa.field("reported_performer", pa.string()),
        pa.field("reported_writers", pa.string()),
        pa.field("reported_isrc", pa.string()),
        pa.field("reported_iswc", pa.string()),
        pa.field("reported_source_id", pa.string()),
        pa.field("reported_duration", pa.string()),
        pa.field("reported_count", pa.string()),
        pa.field("reported_time", pa.string()),
        pa.field("reported_territory", pa.string()),
        pa.field("reported_amount", pa.string()),
        pa.field("reported_use", pa.string()),
        pa.field("reported_extra", pa.string()),  # every other column of the file, as JSON
        pa.field("isrc", pa.string()),
        pa.field("iswc", pa.string()),
        pa.field("duration_ms", pa.int64()),
        pa.field("use_count", _id, nullable=False),
        pa.field("used_on", pa.date32(), nullable=False),
        pa.field("territory", pa.int32(), nullable=False),  # TIS
        pa.field("use_kind", pa.string(), nullable=False),  # feature | background | theme | jingle | stream | live
        pa.field("amount_micro", _id),
        pa.field("currency", pa.string()),
    ]
)
"""One row a reported use, in the order of the file."""

MATCHES = pa.schema(
    [
        pa.field("line_id", _id, nullable=False),
        pa.field("work_id", _id),  # null unless band is matched
        pa.field("band", pa.string(), nullable=False),  # matched | review | unidentified
        pa.field("method", pa.string(), nullable=False),  # decision | iswc | isrc | own | exact | fuzzy | none
        pa.field("score_ppm", pa.int32(), nullable=False),
        pa.field("reasons", pa.string(), nullable=False),  # JSON list of [reason, weight_ppm]
        pa.field("memory_key", pa.string(), nullable=False),  # digest of what identifies equal lines
        pa.field("candidate_work_id", _id),  # the best candidate, also of a line in review
        pa.field("runner_up_work_id", _id),
        pa.field("runner_up_score_ppm", pa.int32()),
    ]
)
"""One row a usage line, in the order of the lines."""

REPERTOIRE_TITLES = pa.schema(
    [pa.field("work_id", _id, nullable=False), pa.field("title", pa.string(), nullable=False)]
)
REPERTOIRE_NAMES = pa.schema(
    [
        pa.field("work_id", _id, nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # writer | performer
    ]
)
REPERTOIRE_RECORDINGS = pa.schema(
    [
        pa.field("work_id", _id, nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("performer", pa.string(), nullable=False),  # empty where nobody says
    ]
)
"""The known recordings: which title goes with which performer."""
REPERTOIRE_CODES = pa.schema(
    [
        pa.field("work_id", _id, nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # iswc | isrc | own
        pa.field("code", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),  # of the work, or of the recording that has the ISRC
    ]
)

SHARE_PARTS = pa.schema(
    [
        pa.field("split_id", _id, nullable=False),  # one answer of the share question
        pa.field("part", pa.int32(), nullable=False),
        pa.field("party_id", _id),  # the right owner; null where no one owner is known
        pa.field("payee_id", _id),  # who is paid for it: the owner, a successor, a society; null for a held part
        pa.field("share_ppm", pa.int32(), nullable=False),  # the parts of a split sum to 1,000,000
        pa.field("status", pa.string(), nullable=False),  # PAYABLE | UNCLAIMED | DISPUTE
        pa.field("role", pa.string(), nullable=False),  # the owner's role in the work, such as CA or E; may be empty
        pa.field("note", pa.string(), nullable=False),
    ]
)
"""The share question's answers, cut down to payees; the order of the parts decides who gets an odd micro-unit."""

SHARE_SPLITS = pa.schema(
    [
        pa.field("split_id", _id, nullable=False),
        pa.field("work_id", _id, nullable=False),
        pa.field("right", pa.string(), nullable=False),  # PR | MR | SR
        pa.field("territory", pa.int32(), nullable=False),  # TIS
        pa.field("used_from", pa.date32(), nullable=False),  # the answer holds for uses from this day
        pa.field("used_to", pa.date32(), nullable=False),  # up to, not including, this one
    ]
)
"""Which answer of the share question holds for which uses: disjoint intervals for each work, right and territory."""

PAYEES = pa.schema(
    [
        pa.field("party_id", _id, nullable=False),
        pa.field("has_bank", pa.bool_(), nullable=False),  # a bank account approved by a second person
        pa.field("payable_before_micro", _id, nullable=False),  # on the payee's account when the run was computed
        pa.field("held_before_micro", _id, nullable=False),  # waiting there as BELOW_MIN
    ]
)
"""The standing of each payee of a run at the moment it was computed."""

ALLOCATIONS = pa.schema(
    [
        pa.field("fund_code", pa.string(), nullable=False),
        pa.field("report_id", _id, nullable=False),
        pa.field("work_id", _id),  # null: no work was identified
        pa.field("memory_key", pa.string(), nullable=False),  # of the unidentified lines, else empty
        pa.field("split_id", _id),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("party_id", _id),
        pa.field("payee_id", _id),
        pa.field("status", pa.string(), nullable=False),  # PAYABLE | UNMATCHED | UNCLAIMED | DISPUTE | NO_USAGE
        pa.field("share_ppm", pa.int32(), nullable=False),
        pa.field("line_count", _id, nullable=False),
        pa.field("use_count", _id, nullable=False),
        pa.field("duration_ms", _id, nullable=False),
        pa.field("points", _id, nullable=False),
        pa.field("work_amount_micro", _id, nullable=False),  # of the whole work in this report
        pa.field("amount_micro", _id, nullable=False),  # of this part
    ]
)
"""One row for each pool, report, work and share part: the statement line and its explanation."""

STATEMENT_NAMES = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),  # work | party | report | society
        pa.field("id", _id, nullable=False),
        pa.field("name", pa.string(), nullable=False),  # title of a work, name of a party or of a report's source
        pa.field("code", pa.string(), nullable=False),
        pa.field("number", pa.string(), nullable=False),  # ISWC of a work, IPI name number of a party
    ]
)
"""What things were called when the statements of a run were issued, so that they print the same for ever."""

STATEMENT_LINES = pa.schema(
    [
        pa.field("payee_id", _id),
        pa.field("fund_code", pa.string()),
        pa.field("report_id", _id),
        pa.field("work_id", _id),
        pa.field("split_id", _id),
        pa.field("part", pa.int32()),
        pa.field("party_id", _id),
        pa.field("share_ppm", pa.int32()),
        pa.field("line_count", _id),
        pa.field("use_count", _id),
        pa.field("duration_ms", _id),
        pa.field("points", _id),
        pa.field("work_amount_micro", _id),
        pa.field("amount_micro", _id),
        pa.field("role", pa.string()),
        pa.field("note", pa.string()),
        pa.field("work_title", pa.string()),
        pa.field("work_code", pa.string()),
        pa.field("iswc", pa.string()),
        pa.field("owner_name", pa.string()),
    ]
)
"""The payable ALLOCATIONS of a run with their names, in the order of payees and then of their statements' lines."""
