"""The forms of the party pages. A field refuses what the kernel refuses, beside itself."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from muniment.interfaces.phrases import refusal_text
from muniment.kernel.words.identifiers import parse_iban, parse_ipi_base, parse_ipi_name, parse_isni
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right, parse_percent
from muniment.kernel.words.territory import parse_territories
from muniment.rights.parties.queries import party_meant
from muniment.rights.parties.rules import NameKind, PartyKind
from muniment.rights.parties.rules.drafts import clean_code, clean_country, clean_language, clean_name

KIND_LABELS: dict[PartyKind, str | Promise] = {
    PartyKind.WRITER: gettext_lazy("Writer"),
    PartyKind.COMPOSER: gettext_lazy("Composer"),
    PartyKind.PUBLISHER: gettext_lazy("Publisher"),
    PartyKind.PERFORMER: gettext_lazy("Performer"),
    PartyKind.PRODUCER: gettext_lazy("Producer"),
    PartyKind.SOCIETY: gettext_lazy("Society"),
    PartyKind.LICENSEE: gettext_lazy("Licensee"),
    PartyKind.PERSON: gettext_lazy("Person"),
}
NAME_LABELS: dict[NameKind, str | Promise] = {
    NameKind.MAIN: gettext_lazy("Main name"),
    NameKind.ALIAS: gettext_lazy("Alias"),
    NameKind.PSEUDONYM: gettext_lazy("Pseudonym"),
    NameKind.TRANSLITERATION: gettext_lazy("Transliteration"),
}
RIGHT_LABELS: dict[Right, str | Promise] = {
    Right.PERFORMING: gettext_lazy("Performing"),
    Right.MECHANICAL: gettext_lazy("Mechanical"),
    Right.SYNCHRONISATION: gettext_lazy("Synchronisation"),
}
_TERRITORIES = gettext_lazy("TIS codes or country letters, such as 2136 -US for the World without the United States.")
_WHO = gettext_lazy("Its code, IPI name number or whole name.")


class Parsed(forms.CharField):
    """A text that a function of the kernel reads; what that refuses is an error beside the field."""

    def __init__(self, parse: Callable[[str], object], **options: object) -> None:
        self._parse = parse
        super().__init__(**options)  # type: ignore[arg-type]

    def clean(self, value: object) -> object:
        """Return what the text means; None where it is empty and need not be given."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return self._parse(text)
        except UserError as error:
            raise ValidationError(refusal_text(error)) from error


def _day(label: object, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)  # type: ignore[arg-type]


class _Dated(forms.Form):
    """A form with a period; its end must not come before its beginning."""

    def clean(self) -> dict[str, object]:
        """Mark the end of a period that comes before its beginning."""
        found: dict[str, object] = super().clean() or self.cleaned_data
        try:
            Period(self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_to"))
        except UserError as error:
            self.add_error("valid_to", refusal_text(error))
        return found


class PartyForm(forms.Form):
    """A party itself; only name and kind must be given."""

    name = Parsed(clean_name, label=gettext_lazy("Name"), max_length=300)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(kind.value, text) for kind, text in KIND_LABELS.items()]
    )
    code = Parsed(
        clean_code,
        label=gettext_lazy("Code or member number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Left empty, a code is made."),
    )
    ipi_name = Parsed(parse_ipi_name, label=gettext_lazy("IPI name number"), required=False)
    ipi_base = Parsed(parse_ipi_base, label=gettext_lazy("IPI base number"), required=False)
    isni = Parsed(parse_isni, label=gettext_lazy("ISNI"), required=False)
    society_code = forms.RegexField(r"^\d{1,3}$", label=gettext_lazy("Society code (of a society)"), required=False)
    country = Parsed(
        clean_country,
        label=gettext_lazy("Country"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Two letters, such as PK."),
    )


class NameForm(forms.Form):
    """A further name."""

    name = Parsed(clean_name, label=gettext_lazy("Name"), max_length=300)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of name"),
        choices=[(kind.value, text) for kind, text in NAME_LABELS.items() if kind is not NameKind.MAIN],
    )
    language = Parsed(
        clean_language,
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("A tag such as ur or kk; it helps screens read the name aloud."),
    )
    ipi_name = Parsed(parse_ipi_name, label=gettext_lazy("IPI name number of this name"), required=False)


class MandateForm(_Dated):
    """A right given to us."""

    right = forms.ChoiceField(
        label=gettext_lazy("Right"), choices=[(right.value, text) for right, text in RIGHT_LABELS.items()]
    )
    territories = Parsed(parse_territories, label=gettext_lazy("Territories"), initial="2136", help_text=_TERRITORIES)
    work_class = forms.CharField(
        label=gettext_lazy("Class of works"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Left empty, the mandate is for every class."),
    )
    valid_from = _day(gettext_lazy("From"))
    valid_to = _day(gettext_lazy("To (the first day without it)"))


class MemberForm(forms.Form):
    """Joining the society."""

    member_number = Parsed(
        clean_code,
        label=gettext_lazy("Member number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Left empty, it is the party's code."),
    )
    joined_on = _day(gettext_lazy("Joined on"))


class EndForm(forms.Form):
    """The day on which something ends."""

    ends_on = _day(gettext_lazy("The first day without it"), required=True)


class SocietyForm(_Dated):
    """Belonging to a sister society."""

    society_id = Parsed(party_meant, label=gettext_lazy("Society"), help_text=_WHO)
    right = forms.ChoiceField(
        label=gettext_lazy("Right"),
        required=False,
        choices=[("", gettext_lazy("every right")), *((right.value, text) for right, text in RIGHT_LABELS.items())],
    )
    valid_from = _day(gettext_lazy("From"))
    valid_to = _day(gettext_lazy("To (the first day without it)"))


class SuccessorForm(_Dated):
    """A fraction that passes to a successor."""

    successor_id = Parsed(party_meant, label=gettext_lazy("Successor"), help_text=_WHO)
    share_ppm = Parsed(parse_percent, label=gettext_lazy("Share in percent"), initial="100")
    valid_from = _day(gettext_lazy("From"))
    valid_to = _day(gettext_lazy("To (the first day without it)"))


class BankForm(forms.Form):
    """An account that is proposed."""

    iban = Parsed(parse_iban, label=gettext_lazy("IBAN"), max_length=42)
    holder = Parsed(clean_name, label=gettext_lazy("Account holder"), max_length=140)
    bic = forms.CharField(label=gettext_lazy("BIC"), required=False, max_length=11)
