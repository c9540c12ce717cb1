"""Forms of the registrar's desk. Each act carries the version that its page showed, so that nobody decides unseen."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.office._licensing_forms import DayField
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.registry_fields import FIELD_GROUPS, field_label, is_stated, parts_of
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.rules.application import Statement
from muniment.rights.registry.rules.estate import Counterpart
from muniment.rights.registry.services.pledges import Amended
from muniment.rights.registry.services.recordals import Terms

MOST_POINTS = 30
_FEWEST_POINTS = 4
_MOST_LETTERS = 2_000


def _long() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 4, "dir": "auto"})


def _line() -> forms.TextInput:
    return forms.TextInput(attrs={"dir": "auto"})


class ReasonsField(forms.CharField):
    """The reasons of an act, which are written down as they stand."""

    def __init__(self, **given: Any) -> None:
        """Take what any field takes."""
        super().__init__(max_length=_MOST_LETTERS, widget=_long(), **given)


class ActForm(forms.Form):
    """An act on an application as it stood when the page was made."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class FinalForm(forms.Form):
    """An act that cannot be undone: whoever presses the button says so first."""

    confirmed = forms.BooleanField(label=gettext_lazy("I have read what will happen; it cannot be undone."))


class PassForm(ActForm):
    """What an examiner notes on passing a stage."""

    reason = forms.CharField(
        label=gettext_lazy("Note for the file"), required=False, max_length=_MOST_LETTERS, widget=_long()
    )


class RefuseForm(ActForm, FinalForm):
    """Why an application is refused."""

    reasons = ReasonsField(
        label=gettext_lazy("Reasons"),
        help_text=gettext_lazy("The applicant reads them as they stand here. Name the rule."),
    )
    field_order = ("version", "reasons", "confirmed")


class ConfirmForm(ActForm, FinalForm):
    """An act that has nothing to say but that it is meant."""


class DecideForm(ActForm, FinalForm):
    """How an objection is decided, with the reasons."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("rejected", gettext_lazy("The objection is rejected: the application goes on")),
            ("upheld", gettext_lazy("The objection is upheld: the application is refused")),
        ],
        widget=forms.RadioSelect,
    )
    reasons = ReasonsField(
        label=gettext_lazy("Reasons"), help_text=gettext_lazy("Both sides read them as they stand here.")
    )
    field_order = ("version", "verdict", "reasons", "confirmed")


class WithdrawForm(ActForm, FinalForm):
    """How it was shown that somebody takes an application or an objection back."""

    reason = ReasonsField(
        label=gettext_lazy("How that was shown"), help_text=gettext_lazy("The letter or the visit, with its day.")
    )
    field_order = ("version", "reason", "confirmed")


class ReplyForm(ActForm):
    """What an applicant replied on paper."""

    reply = forms.CharField(label=gettext_lazy("Reply of the applicant"), max_length=5_000, widget=_long())


class RevokeForm(FinalForm):
    """Why a registration is taken back."""

    reason = ReasonsField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It stands in the register. Name the decision or the rule."),
    )
    field_order = ("reason", "confirmed")


class EndForm(FinalForm):
    """When and why a licence or a pledge ended."""

    ended_on = DayField(label=gettext_lazy("Last day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=_line(), max_length=500)
    field_order = ("ended_on", "reason", "confirmed")


class ClaimForm(forms.Form):
    """For how long a code for a new holder is good."""

    days = forms.IntegerField(label=gettext_lazy("Days that the code is good for"), min_value=1, max_value=365)


class RefuseClaimForm(forms.Form):
    """Why the member who asks is not the holder."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=_line(), max_length=500)


class ConsentForm(forms.Form):
    """A creditor's consent to an application that touches what is pledged."""

    application = forms.CharField(label=gettext_lazy("Application"), widget=_line(), max_length=20)
    document = forms.CharField(label=gettext_lazy("The creditor's document"), widget=_line(), max_length=500)


class _PartyForm(forms.Form):
    """The other party of a licence or a pledge."""

    name = forms.CharField(label=gettext_lazy("Name"), widget=_line(), max_length=300)
    identifier = forms.CharField(label=gettext_lazy("Identifier"), widget=_line(), required=False, max_length=100)
    country = forms.CharField(label=gettext_lazy("Country (two letters)"), required=False, max_length=2)

    def counterpart(self) -> Counterpart:
        """Return the other party."""
        given = self.cleaned_data
        return Counterpart(
            name=given["name"].strip(), identifier=given["identifier"].strip(), country=given["country"].upper()
        )


class _AmountForm(forms.Form):
    """How much, until when, and what for."""

    description = forms.CharField(label=gettext_lazy("Description"), required=False, max_length=500, widget=_long())
    until_on = DayField(label=gettext_lazy("Until"), required=False)
    amount = forms.CharField(label=gettext_lazy("Amount"), required=False, max_length=30)
    currency = forms.CharField(label=gettext_lazy("Currency (three letters)"), required=False, max_length=3)

    def amount_micro(self) -> int | None:
        """Return the amount, None where none is given.

        Raises:
            InvalidAmount, UnknownCurrency: it cannot be read.
        """
        amount = self.cleaned_data["amount"].strip()
        return parse_amount(amount, self.code()) if amount else None

    def code(self) -> str:
        """Return the code of the currency, empty where there is no amount."""
        given = self.cleaned_data
        return str(given["currency"]).strip().upper() if given["amount"].strip() else ""

    def clean(self) -> dict[str, object]:
        """Refuse an amount that cannot be read beside its field."""
        given: dict[str, object] = super().clean() or {}
        amount, currency = str(given.get("amount") or ""), str(given.get("currency") or "")
        try:
            if amount.strip():
                parse_amount(amount.strip(), currency.strip().upper())
        except UserError as error:
            self.add_error("amount", refusal_text(error))
        return given


class _RecordalForm(_AmountForm, _PartyForm):
    """What licences and pledges have in common."""

    from_on = DayField(label=gettext_lazy("From"))
    field_order = ("name", "identifier", "country", "description", "from_on", "until_on", "amount", "currency")

    def terms(self) -> Terms:
        """Return what is recorded.

        Raises:
            InvalidAmount, UnknownCurrency: the amount cannot be read.
        """
        given = self.cleaned_data
        return Terms(
            from_on=given["from_on"],
            until_on=given["until_on"],
            amount_micro=self.amount_micro(),
            currency=self.code(),
            description=given["description"].strip(),
            is_exclusive=given.get("is_exclusive", False),
        )


class LicenceForm(_RecordalForm):
    """A licence on a registration."""

    is_exclusive = forms.BooleanField(label=gettext_lazy("Exclusive"), required=False)
    consent = forms.CharField(
        label=gettext_lazy("Consent of the creditors"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Of what is pledged: the document in which every creditor agrees."),
    )


class PledgeForm(_RecordalForm):
    """A pledge on a registration: the amount is the most that it secures."""

    amount = forms.CharField(label=gettext_lazy("The most that it secures"), max_length=30)
    currency = forms.CharField(label=gettext_lazy("Currency (three letters)"), max_length=3)
    rank = forms.IntegerField(
        label=gettext_lazy("Rank that was agreed"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=gettext_lazy("If it is not the next one, the pledge is refused, and nobody is surprised later."),
    )


def _document() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Document"),
        widget=_line(),
        max_length=500,
        help_text=gettext_lazy("What was agreed, named by its day, number or hash."),
    )


class AmendForm(_AmountForm):
    """What a pledge secures from now on, until when and what for."""

    amount = forms.CharField(label=gettext_lazy("The most that it secures"), max_length=30)
    currency = forms.CharField(label=gettext_lazy("Currency (three letters)"), max_length=3)
    document = _document()
    consent = forms.CharField(
        label=gettext_lazy("Consent of the creditors behind it"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("If it secures more: the document in which every creditor behind it agrees."),
    )
    field_order = ("amount", "currency", "until_on", "description", "document", "consent")

    def amended(self) -> Amended:
        """Return what the pledge says from now on."""
        given = self.cleaned_data
        return Amended(self.amount_micro() or 0, self.code(), given["until_on"], given["description"])


class AssignForm(_PartyForm):
    """The creditor to whom a pledge was assigned."""

    document = _document()


class SubordinateForm(forms.Form):
    """Behind which pledge another steps."""

    behind = forms.CharField(label=gettext_lazy("Behind the pledge"), widget=_line(), max_length=20)
    document = _document()


class PointsForm(ActForm):
    """Points that an applicant is asked to correct: rows of a field and a text; empty rows do not count."""

    def __init__(
        self, data: object, statement: Statement | None, first: Sequence[tuple[str, str]] = (), **kwargs: object
    ) -> None:
        """Offer the fields of the statement; `first` are points to begin with."""
        super().__init__(data, **kwargs)  # type: ignore[arg-type]
        choices = [("", _("choose a field")), *field_choices(statement)]
        self._count = min(MOST_POINTS, max(_FEWEST_POINTS, len(first) + 2, _posted_count(data)))
        for place in range(self._count):
            field, text = first[place] if place < len(first) else ("", "")
            self.fields[f"field_{place}"] = forms.ChoiceField(
                label=_("Field"), choices=choices, required=False, initial=field
            )
            self.fields[f"text_{place}"] = forms.CharField(
                label=_("What is to be corrected"),
                required=False,
                max_length=_MOST_LETTERS,
                initial=text,
                widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            )

    def rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Yield the fields of each row, bound."""
        for place in range(self._count):
            yield self[f"field_{place}"], self[f"text_{place}"]

    def points(self) -> list[tuple[str, str]]:
        """Return the points of a valid form as field and text."""
        given = self.cleaned_data
        pairs = ((given[f"field_{place}"], given[f"text_{place}"].strip()) for place in range(self._count))
        return [(field, text) for field, text in pairs if text]

    def clean(self) -> dict[str, object]:
        """Refuse a text without a field, a field without a text, and a form without any."""
        given: dict[str, object] = super().clean() or {}
        for place in range(self._count):
            field, text = given.get(f"field_{place}"), str(given.get(f"text_{place}") or "").strip()
            if text and not field:
                self.add_error(f"field_{place}", _("Choose the field that this is about."))
            if field and not text:
                self.add_error(f"text_{place}", _("Write what is to be corrected, or choose no field."))
        if not any(str(given.get(f"text_{place}") or "").strip() for place in range(self._count)):
            self.add_error(None, _("Ask for at least one point."))
        return given


def field_choices(statement: Statement | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the fields of a statement in groups, each row and each of its stated parts among them."""
    return [
        (str(heading), [one for name in names for one in _choices(name, statement)]) for heading, names in FIELD_GROUPS
    ]


def _choices(name: str, statement: Statement | None) -> list[tuple[str, str]]:
    found = [(name, field_label(name))]
    value = getattr(statement, name, None)
    rows = value if isinstance(value, tuple) else ()
    for place, row in enumerate(rows[:100]):
        parts = parts_of(f"{name}.{place}", row)
        found += [
            (path, field_label(path))
            for path, _label, _text in ([(f"{name}.{place}", "", ""), *parts] if parts else [])
        ]
    if is_stated(value) and not rows:
        found += [(path, field_label(path)) for path, _label, _text in parts_of(name, value)]
    return found


def _posted_count(data: object) -> int:
    names = getattr(data, "keys", lambda: ())()
    places = [name.removeprefix("text_") for name in names if str(name).startswith("text_")]
    return 1 + max((int(place) for place in places if place.isdecimal() and len(place) < 4), default=-1)
