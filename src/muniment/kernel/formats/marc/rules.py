"""The rules of MARC 21 that reading asks, as rows."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_LEFT_OUT = "It is left out; correct it."

TABLE = RuleTable(
    (
        error("MA-01", "A record has the lengths and offsets that it says.", "Export it again."),
        error("MA-02", "A record is MARC 21 and not UNIMARC.", "Export it as MARC 21."),
        error("MA-03", "A record has a title (field 245).", "Give its title."),
        warning("MA-04", "An ISBN (020) has the right check digit.", _LEFT_OUT),
        warning("MA-05", "An ISSN (022) has the right check digit.", _LEFT_OUT),
        warning("MA-06", "A relator is one of the list.", "It is read as another contributor's."),
        warning("MA-07", "A field in another script (880) leads to a field of the record.", "It is left out."),
        warning("MA-08", "A language is three letters.", "It is left out; write one such as urd."),
        warning("MA-09", "A record has a control number (001).", "Give it one that never changes."),
        warning("MA-10", "A text is at most 2,000 characters long and has no marks that turn it.", "It is cleaned."),
        warning("MA-11", "An ISNI, ISRC or EAN has the right form and check digit.", _LEFT_OUT),
        error("MA-12", "A record's letters are of the encoding that its leader names.", "Export it as UTF-8."),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
