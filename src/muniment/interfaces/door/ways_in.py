"""Which service takes in what a file becomes. Adding a format that becomes one of these things touches nothing here."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.door.acts import Act, NotAnswered, Outcome, Question, Way, date_order_said
from muniment.kernel.formats.door import Becomes, Recognition
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import parse_territory
from muniment.pay.distributions.rules.societies import IncomingKind
from muniment.pay.distributions.services import receive_statement
from muniment.pay.payments.services import confirm_payments
from muniment.rights.parties.queries import get_party_by_code, party_meant
from muniment.rights.parties.services import import_parties_table
from muniment.rights.works import services as works
from muniment.rights.works.services import WorksReport
from muniment.rights.works.services.records import import_records
from muniment.trust.access.rules import Action
from muniment.use.usages import services as usages
from muniment.use.usages.rules import DateOrder, Form

_KEPT = 200

_CLAIM = Question("claim", gettext_lazy("Whose claims these are (the society itself if left out)"))
_RIGHTS = tuple((right.value, right.value) for right in Right)
_DATE_ORDERS = (
    (DateOrder.NONE.value, gettext_lazy("the period decides")),
    (DateOrder.DAY_FIRST.value, gettext_lazy("the day")),
    (DateOrder.MONTH_FIRST.value, gettext_lazy("the month")),
)
_USAGE_QUESTIONS = (
    Question("source", gettext_lazy("Source"), required=True),
    Question("fund", gettext_lazy("Fund"), required=True),
    Question("from", gettext_lazy("First day"), required=True, kind="date"),
    Question("to", gettext_lazy("First day after the period"), required=True, kind="date"),
    Question("licensee", gettext_lazy("Licensee's number")),
    Question("territory", gettext_lazy("Territory (TIS number or ISO letters)")),
    Question("right", gettext_lazy("Right"), kind="choice", choices=_RIGHTS, start=Right.PERFORMING.value),
    Question("currency", gettext_lazy("Currency of amounts")),
    Question("date-order", gettext_lazy("In 03/04/2026, first comes"), kind="choice", choices=_DATE_ORDERS),
)
_MONEY_QUESTIONS = (
    Question("society", gettext_lazy("Society's code or whole name"), required=True),
    Question("reference", gettext_lazy("The number that the society gave its statement"), required=True),
    Question("amount", gettext_lazy("What the bank received"), required=True),
    Question("currency", gettext_lazy("Currency"), required=True),
    Question("received-on", gettext_lazy("The day of the bank"), required=True, kind="date"),
)


def _works_outcome(report: WorksReport) -> Outcome:
    counts = (
        (_("lines"), report.line_count),
        (_("lines taken"), report.good_count),
        (_("works registered"), report.work_count),
        (_("works recognised"), report.known_work_count),
        (_("parties registered"), report.party_count),
        (_("share lines"), report.share_line_count),
        (_("recordings"), report.recording_count),
        (_("works in dispute"), report.conflict_count),
    )
    return Outcome(
        counts,
        _first(report.problems),
        len(report.problems),
        report.intake_id,
        report.state == "refused",
        report.bad_count,
        ("office:intake", report.intake_id),
    )


def _first(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(problems[:_KEPT])


def _works_table(act: Act) -> Outcome:
    report = works.import_works_table(
        actor=act.actor,
        at=act.at,
        path=act.path,
        mapping=act.mapping,
        claim=_claim(act),
        progress=act.progress,
        file_name=act.file_name,
    )
    return _works_outcome(report)


def _claim(act: Act) -> str:
    return act.text("claim") or str(settings.MUNIMENT_SOCIETY)


def _records(act: Act) -> Outcome:
    """Import what formats about works, recordings and editions tell by neutral records."""
    report = import_records(
        actor=act.actor,
        at=act.at,
        format_name=act.recognition.format.name,
        path=act.path,
        claim=_claim(act),
        progress=act.progress,
        file_name=act.file_name,
    )
    return _works_outcome(report)


def _cwr(act: Act) -> Outcome:
    report = works.import_cwr(actor=act.actor, at=act.at, path=act.path, progress=act.progress, file_name=act.file_name)
    return _works_outcome(report)


def _parties_table(act: Act) -> Outcome:
    report = import_parties_table(
        actor=act.actor, at=act.at, path=act.path, mapping=act.mapping, progress=act.progress, file_name=act.file_name
    )
    return Outcome(
        ((_("lines taken"), report.good_count), (_("lines not taken"), report.bad_count)),
        _first(report.problems),
        len(report.problems),
        report.intake_id,
        report.state == "refused",
        report.bad_count,
        ("office:intake", report.intake_id),
    )


def _usages(act: Act) -> Outcome:
    name = act.recognition.format.name
    licensee = act.text("licensee")
    receipt = usages.import_usage(
        actor=act.actor,
        at=act.at,
        path=act.path,
        form=Form(name) if name in Form else Form.TABLE,
        source_code=act.text("source"),
        licensee_id=get_party_by_code(licensee).id if licensee else None,
        fund_code=act.text("fund"),
        period=Period(act.day("from"), act.day("to")),
        territory=parse_territory(act.text("territory") or str(settings.MUNIMENT_TERRITORY)),
        right=_right(act.text("right")),
        mapping=act.mapping,
        currency=act.text("currency"),
        date_order=date_order_said(act.text("date-order")),
        file_name=act.file_name,
        progress=act.progress,
    )
    page = ("office:usage", receipt.report_id) if receipt.report_id else ("office:usage-problems", receipt.intake_id)
    counts = (
        (_("lines"), receipt.line_count),
        (_("lines taken"), receipt.good_count),
        (_("lines not taken"), receipt.bad_count),
        (_("uses"), receipt.use_count),
    )
    return Outcome(
        counts,
        receipt.problems,
        receipt.problem_count,
        receipt.intake_id,
        receipt.report_id is None,
        receipt.bad_count,
        page,
    )


def _right(text: str) -> Right:
    letters = text.upper() or Right.PERFORMING.value
    if letters not in Right:
        raise NotAnswered(_("%(text)s is not a right.") % {"text": text}, _("Write PR, MR or SR."))
    return Right(letters)


def _payment_answer(act: Act) -> Outcome:
    report = confirm_payments(actor=act.actor, at=act.at, path=act.path, file_name=act.file_name)
    counts = (
        (_("lines"), report.line_count),
        (_("orders paid"), report.paid_count),
        (_("orders returned"), report.returned_count),
        (_("known already"), report.repeated_count),
    )
    page = ("office:intake", report.intake_id)
    return Outcome(counts, _first(report.problems), len(report.problems), report.intake_id, page=page)


def _society_money(act: Act) -> Outcome:
    currency = act.text("currency").upper()
    row = receive_statement(
        actor=act.actor,
        at=act.at,
        society_id=party_meant(act.text("society")),
        kind=IncomingKind.REGULAR,
        reference=act.text("reference"),
        path=act.path,
        amount_micro=parse_amount(act.text("amount"), currency),
        currency=currency,
        received_on=act.day("received-on"),
    )
    return Outcome(((_("number of the statement"), row.number),), page=("office:society_statement", row.number))


WAYS = (
    Way(Becomes.WORKS, Action.WORK_WRITE, _works_table, (_CLAIM,), ("tables",)),
    Way(Becomes.WORKS, Action.WORK_WRITE, _cwr, (), ("cwr", "cwr3")),
    Way(Becomes.ANSWER_TO_WORKS, Action.WORK_WRITE, _cwr, (), ("cwr", "cwr3")),
    Way(Becomes.WORKS, Action.WORK_WRITE, _records, (_CLAIM,)),
    Way(Becomes.RECORDINGS, Action.WORK_WRITE, _records, (_CLAIM,)),
    Way(Becomes.EDITIONS, Action.WORK_WRITE, _records, (_CLAIM,)),
    Way(Becomes.TITLE_LIST, Action.WORK_WRITE, _records, (_CLAIM,)),
    Way(Becomes.PARTIES, Action.PARTY_WRITE, _parties_table, (), ("tables",)),
    Way(Becomes.USAGES, Action.USAGE_WRITE, _usages, _USAGE_QUESTIONS),
    Way(Becomes.PAYMENT_ANSWER, Action.PAYMENT_CONFIRM, _payment_answer),
    Way(Becomes.MONEY_FROM_SOCIETIES, Action.MONEY_RECEIVE, _society_money, _MONEY_QUESTIONS),
)
"""Every way in; of two for the same thing the one that names the format is taken."""


class NoWayIn(UserError):
    """The file is known, but nothing in the house takes it in."""


def way_of(recognition: Recognition) -> Way:
    """Return the way in for a file.

    Raises:
        NoWayIn: it becomes nothing here.
    """
    becomes, name = recognition.becomes, recognition.format.name
    for way in WAYS:
        if way.becomes is becomes and name in way.formats:
            return way
    for way in WAYS:
        if way.becomes is becomes and not way.formats:
            return way
    if recognition.format.name == "tables":
        raise NoWayIn(
            _("It is not known what this table is about."),
            _(
                "Say which column is which: on the page “Import a file”, or with --as tables:usages --column "
                "title=HEADER --save-mapping NAME; it is remembered for the next file with these headers. Where other "
                "text stands above the headers, say on which line these are: --header-row 4."
            ),
        )
    raise NoWayIn(_("%(what)s is not imported.") % {"what": recognition}, _("It can be checked and looked at."))
