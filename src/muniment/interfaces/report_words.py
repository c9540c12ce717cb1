"""What the lines, flows, checks and clocks of reports are called on pages, in the language of the reader."""

from django.utils.translation import gettext as _

from muniment.pay.distributions.rules.figures import INFLOWS, OUTFLOWS


def section_words() -> dict[str, tuple[str, str]]:
    """Return the title of each section of the report and what it tells."""
    return {
        "account": (
            _("The year's account"),
            _("The money of right holders at the beginning and the end of the year."),
        ),
        "revenue": (_("Rights revenue and investments"), _("By right and use; and what the money earned meanwhile.")),
        "costs": (
            _("Costs"),
            _("Operating, financial, social and others. What has no right and no use is shared by revenue."),
        ),
        "deductions": (_("Deductions from rights revenue"), _("By right, use and purpose.")),
        "attributed": (_("Attributed to right holders"), _("What distributions and releases gave to known payees.")),
        "paid": (_("Paid to right holders"), _("What left the bank; and what taxes and advances took of it.")),
        "not_attributed": (
            _("Collected, not yet attributed"),
            _("At the end of the year, by year of collection and by why it waits."),
        ),
        "unpaid": (_("Attributed, not yet paid"), _("At the end of the year, by year of collection.")),
        "late": (
            _("Past the time to pay"),
            _("What was collected so long ago that it had to be paid by the end of the year, with the reason."),
        ),
        "non_distributable": (
            _("Non-distributable amounts and their use"),
            _("What nobody could be found for in time, and what was done with such money in the year."),
        ),
        "from_societies": (_("Money from sister societies"), _("By society: received, deducted, attributed.")),
        "to_societies": (_("Money to sister societies"), _("By society: attributed, deducted, paid.")),
        "social": (_("Social, cultural and educational funds"), _("What was there, taken and used.")),
        "cash": (_("Cash flow"), _("What came to the bank and left it.")),
    }


def line_words() -> dict[str, str]:
    """Return the name of each line of figures; what leaves the year's account has a minus before it."""
    flows = flow_words()
    return {
        **{f"flow:{flow}": f"+ {flows[flow]}" for flow in INFLOWS},
        **{f"flow:{flow}": f"− {flows[flow]}" for flow in OUTFLOWS},
        "opening": _("At the beginning of the year"),
        "closing": _("At the end of the year"),
        "other": _("Other movements"),
        "revenue": _("Rights revenue"),
        "investment": _("Investment income"),
        "cost": _("Costs"),
        "deduction": _("Deducted"),
        "attributed": _("Attributed"),
        "paid": _("Paid"),
        "withheld": _("Taxes withheld"),
        "recouped": _("Settled against advances and overpayments"),
        "not_attributed": _("Not yet attributed"),
        "unpaid": _("Not yet paid"),
        "late": _("Past the time"),
        "non_distributable": _("Non-distributable"),
        "non_distributable_used": _("Used in the year"),
        "from_societies": _("Received"),
        "from_societies_deducted": _("Deducted from it"),
        "from_societies_attributed": _("Attributed to members"),
        "to_societies_attributed": _("Attributed to them"),
        "to_societies_deducted": _("Deducted on payment"),
        "to_societies_paid": _("Paid to them"),
        "social": _("Social funds"),
        "cash": _("Cash"),
    }


def flow_words() -> dict[str, str]:
    """Return the name of each flow between stages of money."""
    return {
        "revenue": _("Rights revenue"),
        "from_societies": _("Money from sister societies"),
        "deducted": _("Deducted at distribution"),
        "deducted_later": _("Deducted from money on hold"),
        "charged": _("Charged on payment, less what was given back"),
        "set_aside": _("Put on hold for unknown owners, less what came back"),
        "attributed": _("Attributed at distribution"),
        "attributed_later": _("Attributed from money on hold"),
        "paid": _("Paid to right holders"),
        "withheld": _("Taxes withheld"),
        "recouped": _("Settled against advances and overpayments"),
        "written_off": _("Written off"),
        "reserve_used": _("Overpayments settled from a reserve"),
        "cost": _("Costs"),
        "investment": _("Investment income"),
        "invoices_paid": _("Invoices paid by licensees"),
        "vat_invoiced": _("Value added tax invoiced"),
        "tax_paid": _("Taxes paid"),
        "other": _("Other movements"),
    }


def check_words() -> dict[str, str]:
    """Return what each check compares, for those that are not of a flow."""
    return {
        "closing": _("Money of right holders at the end of the year"),
        "opening": _("Money of right holders at the beginning of the year"),
        "account_of_the_year": _("Beginning, plus received, less deducted and paid"),
        "closing_by_origin": _("Sum by right, use and year of collection"),
        "cash": _("Movement of the bank account"),
        "social": _("Social funds at the end of the year"),
        "whole_books": _("Sum of all accounts"),
    }


def detail_words() -> dict[str, str]:
    """Return what figures are told apart by, where it is a word of ours."""
    return {
        "fund": _("in funds, before distribution"),
        "fund_explained": _("in funds, late for a written reason"),
        "payable": _("on payees' accounts"),
        "transit": _("ordered at the bank"),
        "exchange": _("being changed into another currency"),
        "UNMATCHED": _("no work identified"),
        "UNCLAIMED": _("nobody claims it"),
        "DISPUTE": _("claims in dispute"),
        "NO_USAGE": _("no usage known"),
        "NO_PAYEE": _("no bank account"),
        "BELOW_MIN": _("below the least payment"),
        "opening": _("At the beginning of the year"),
        "taken": _("taken in the year"),
        "used": _("used in the year"),
        "market_share": _("to the payees of the pool"),
        "reference_repertoire": _("to the payees of the run"),
        "pool_supplement": _("into a fund's next run"),
        "reduce_admin_fee": _("lowers the society's fee"),
        "social_fund": _("to the social fund"),
    }


def clock_words() -> dict[str, str]:
    """Return what each clock of the package asks for; a clock of the society's own is shown by its code."""
    return {
        "distribution": _("Pay right holders what was collected in the year"),
        "sister_money": _("Pass on what a sister society sent"),
        "transparency_report": _("Publish the transparency report of the year"),
        "non_distributable": _("Decide about money that nobody could be found for"),
    }


def flag_words() -> dict[str, str]:
    """Return how a clock stands."""
    return {"in time": _("in time"), "due": _("due soon"), "excused": _("late, with a reason"), "late": _("late")}


def stage_words() -> dict[str, str]:
    """Return what the sums of accounts are."""
    return {
        "assets": _("Assets"),
        "liabilities": _("Liabilities"),
        "results": _("Results"),
        "income": _("Income"),
        "expense": _("Expense"),
    }
