"""The rules of BWARM as rows: what each asks, what it costs when broken."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_CORRECT = "Correct it in the next delivery."

TABLE = RuleTable(
    (
        error("BW-01", "A set has a table of works.", "Send the set with all of its files."),
        error("BW-02", "Every file that the manifest lists is there.", "Send the set with all of its files."),
        error("BW-03", "A file has as many lines as the manifest says.", "Send the file again; it may be cut off."),
        error("BW-04", "A file has the MD5 digest that the manifest says.", "Send the file again as it was written."),
        warning("BW-05", "Every file of a set is a table of its version.", "Leave it out of the set."),
        error("BW-06", "A line has as many cells as its table.", "Write every cell of the table, blank ones too."),
        error("BW-07", "A mandatory cell is filled in.", "Fill it in."),
        error("BW-08", "A key stands on one line of its table only.", "Give every line a key of its own."),
        error("BW-09", "A cell that refers to another table has a key of it.", "Send the line that it refers to."),
        error("BW-10", "A line is text in UTF-8 without control characters.", "Save the file as UTF-8 text."),
        warning("BW-11", "A text has no marks that turn its direction.", "They are taken out."),
        warning("BW-12", "A number has the form and check digit of its kind.", "It is left out; correct it."),
        warning("BW-13", "A value stands in the list of allowed values.", "It is left out; use a value of the list."),
        error("BW-14", "A share is a percentage from 0 to 100.", "Write a percentage such as 33.33."),
        warning("BW-15", "A duration is written as PT3M20S.", "It is left out; write hours, minutes and seconds."),
        warning("BW-16", "A flag is true or false.", "It is read as false; write true or false."),
        error("BW-17", "A day of a share is written as 2026-01-31.", "Write year, month and day."),
        warning("BW-18", "Another day is written as 2026-01-31.", "It is left out; write year, month and day."),
        error("BW-19", "A share ends on its first day or later.", "Exchange the days."),
        error("BW-20", "The territories of a share are known.", "Write two letters of ISO 3166, or Worldwide."),
        warning("BW-21", "The shares of a right in a work do not exceed the whole.", _CORRECT),
        warning("BW-22", "The shares of a right in a work make up the whole.", _CORRECT),
        warning("BW-23", "A text is at most 2,000 characters long.", "It is cut; send the text itself."),
        error("BW-24", "A line is at most a million bytes long.", "Write one record a line."),
        warning("BW-26", "A parent share, a release or another work that a line names is there.", "It is left out."),
        error("BW-25", "What is written holds no tab and no end of a line.", "Take them out of the text."),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
