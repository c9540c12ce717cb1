"""The rules of ERN that reading sound recordings asks, as rows."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_LEFT_OUT = "It is left out; correct it."

TABLE = RuleTable(
    (
        error("ER-01", "The message is a NewReleaseMessage of ERN 3.8 or 4.", "Ask for ERN 3.8 or 4."),
        error("ER-02", "A recording has a title.", "Give its title."),
        warning("ER-03", "An ISRC has the right form.", _LEFT_OUT),
        warning("ER-04", "An ISWC has the right form and check digit.", _LEFT_OUT),
        warning("ER-05", "A duration is written as PT3M20S.", _LEFT_OUT),
        warning("ER-06", "A reference to a party or a work leads to one of the message.", _LEFT_OUT),
        warning("ER-07", "A recording has an ISRC or another number.", "Give its ISRC."),
        warning("ER-08", "An ISNI, IPI name number or DPID has the right check digit.", _LEFT_OUT),
        warning("ER-09", "A text is at most 2,000 characters long and has no marks that turn it.", "It is cleaned."),
        warning("ER-10", "A share of a rights controller is a percentage from 0 to 100.", _LEFT_OUT),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
