"""The rules of CRD as rows: ours, since the standard's are not public."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_ASK = "Ask the society for the file again."

TABLE = RuleTable(
    (
        error("CRD-01", "The first record is SDN, and there is one only.", _ASK),
        error("CRD-02", "SDN names a currency of ISO 4217.", _ASK),
        error("CRD-03", "SDN says how many decimals amounts have, not more than we keep.", _ASK),
        error("CRD-04", "An amount is digits, with a minus before them at most.", _ASK),
        error("CRD-05", "An amount is a whole number of micro-units.", _ASK),
        error("CRD-06", "An exploitation stands below a work, a right and a party.", _ASK),
        error("CRD-07", "An exploitation is in the currency of the statement.", "Ask for one statement a currency."),
        error("CRD-08", "The amounts of the file come to the total of SDN, where it says one.", _ASK),
        error("CRD-09", "There are as many exploitations as SDN says, where it says it.", _ASK),
        warning("CRD-10", "A day is written YYYYMMDD.", "It is left out; the period of the statement stands for it."),
        warning("CRD-11", "A share is a percentage or a fraction of at most the whole.", "It is left out."),
        warning("CRD-12", "A kind of record is one of the layout.", "The record is passed over."),
        warning("CRD-13", "A territory is a code of TIS.", "It is left out; the World stands for it."),
        error("CRD-14", "The file has an exploitation.", _ASK),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
