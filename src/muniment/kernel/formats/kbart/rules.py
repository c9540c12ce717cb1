"""The rules of KBART as rows: the columns that are recommended, and what stands in them."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_LEFT_OUT = "It is left out; correct it."

TABLE = RuleTable(
    (
        error("KB-01", "The list has a column publication_title.", "Send a KBART title list."),
        warning("KB-02", "The list has every recommended column of its phase.", "Add it, blank where need be."),
        error("KB-03", "A title is filled in.", "Fill in publication_title."),
        warning("KB-04", "A print or online identifier is an ISSN or ISBN with its check digit.", _LEFT_OUT),
        warning("KB-05", "A title has an identifier or a title_id.", "Give it one that never changes."),
        warning("KB-06", "A date is a year, a month or a day, as 2026, 2026-01 or 2026-01-31.", "It is kept as text."),
        warning("KB-07", "Coverage does not end before it begins.", "Exchange the dates."),
        warning("KB-08", "coverage_depth is fulltext, selected articles or abstracts.", "Write one of them."),
        warning("KB-09", "publication_type is serial or monograph.", "It is told by the identifiers."),
        warning("KB-10", "access_type is F or P.", "It is left out."),
        warning("KB-11", "An embargo is written as R10Y, P1Y or R180D;P30D.", "It is kept as text."),
        warning("KB-12", "title_url is an address of the web.", "It is left out."),
        warning("KB-13", "A text is at most 2,000 characters long and has no marks that turn it.", "It is cleaned."),
        error("KB-14", "A line has no more cells than the header.", "Write one title a line."),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
PHASE_1 = (
    "publication_title", "print_identifier", "online_identifier", "date_first_issue_online", "num_first_vol_online",
    "num_first_issue_online", "date_last_issue_online", "num_last_vol_online", "num_last_issue_online", "title_url",
    "first_author", "title_id", "embargo_info", "coverage_depth", "coverage_notes", "publisher_name",
)  # fmt: skip
"""The columns that phase 1 recommends."""
ADDED_IN_2 = (
    "publication_type", "date_monograph_published_print", "date_monograph_published_online", "monograph_volume",
    "monograph_edition", "first_editor", "parent_publication_title_id", "preceding_publication_title_id", "access_type",
)  # fmt: skip
"""What phase 2 added; it also renamed coverage_notes to notes."""
