"""The rules of ONIX that reading asks, as rows."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

TABLE = RuleTable(
    (
        error("ON-01", "The message is ONIX 3.0 or 3.1; 2.1 is told by its name.", "Ask for ONIX 3.0 or 3.1."),
        error("ON-02", "A product has a title, unless it is taken back.", "Give the title of the product."),
        warning("ON-03", "A product has a record reference.", "Give it one that never changes."),
        warning("ON-04", "A product has a number.", "Give its ISBN, or a number of your own."),
        warning("ON-05", "An ISBN has the right form and check digit.", "It is left out; correct it."),
        warning("ON-06", "A GTIN has the right form and check digit.", "It is left out; correct it."),
        warning("ON-07", "A contributor has a name, or is said to be unnamed.", "Name them."),
        warning("ON-08", "A contributor's role is one of the list.", "It is read as another contributor's."),
        warning("ON-09", "An ISNI or ORCID has the right check digit.", "It is left out; correct it."),
        warning("ON-10", "A language is three letters of ISO 639.", "It is left out; write one such as urd."),
        warning("ON-11", "A date is written as its format says.", "It is kept as text; write it as 20260131."),
        warning("ON-12", "A text is at most 2,000 characters long.", "It is cut."),
        warning("ON-13", "A text has no marks that turn its direction.", "They are taken out."),
        warning("ON-14", "A notification is of a kind that the list has.", "It is read as a confirmed one."),
        warning("ON-15", "A number of pages is a whole number.", "It is left out; write digits."),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
