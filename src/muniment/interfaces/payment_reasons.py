"""The reasons on the statement of a payment, in the reader's language.

A slip keeps its reasons in English, as they were when it was drafted; what a person reads is put together here from
parts that translators see. Names of fees and treatments of tax are words of the policy, and stay as they are there.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_WHOLE = frozenset(
    (
        gettext_noop("what was deducted at the source"),
        gettext_noop("deducted at the source"),
        gettext_noop("instalment of the advance"),
        gettext_noop("recouped"),
        gettext_noop("kept until an instalment of the advance has come in"),
        gettext_noop("part of an instalment of the advance"),
        gettext_noop("assignment"),
        gettext_noop("letter"),
        gettext_noop("garnishment"),
        gettext_noop("default rate: no residence document is on file"),
        gettext_noop("The fees are more than what is left to pay."),
    )
)
_PATTERNS = (
    (
        re.compile(r"resident of (?P<country>[A-Z]{2}) by the register"),
        gettext_noop("resident of %(country)s by the register"),
    ),
    (re.compile(r"resident of (?P<country>[A-Z]{2})"), gettext_noop("resident of %(country)s")),
    (
        re.compile(r"default rate: no treaty with (?P<country>[A-Z]{2})"),
        gettext_noop("default rate: no treaty with %(country)s"),
    ),
    (
        re.compile(r"treaty with (?P<country>[A-Z]{2}), article (?P<article>.+)"),
        gettext_noop("treaty with %(country)s, article %(article)s"),
    ),
    (
        re.compile(r"default rate: the residence document ended on (?P<day>\d{4}-\d\d-\d\d)"),
        gettext_noop("default rate: the residence document ended on %(day)s"),
    ),
    (re.compile(r"in (?P<currency>[A-Z]{3}) by transfer"), gettext_noop("in %(currency)s by bank transfer")),
    (re.compile(r"in (?P<currency>[A-Z]{3}) by cheque"), gettext_noop("in %(currency)s by cheque")),
)
_CREDITED = "; what was deducted at the source is credited"


def line_reason(text: str) -> str:
    """Return the reason of a line, or the detail of a hold, in the language of the page; other words as they are."""
    if text.endswith(_CREDITED):
        return _("%(reason)s; what was deducted at the source is credited") % {
            "reason": line_reason(text.removesuffix(_CREDITED))
        }
    if text in _WHOLE:
        return _(text)
    for pattern, msgid in _PATTERNS:
        if found := pattern.fullmatch(text):
            return _(msgid) % found.groupdict()
    return text
