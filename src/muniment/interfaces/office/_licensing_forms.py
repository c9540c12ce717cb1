"""The forms of the licensing pages."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import find_parties
from muniment.rights.parties.rules.values import PartyKind
from muniment.trade.licensing import queries
from muniment.trade.licensing.rules.fees import Basis, needed_fields, read_square_metres
from muniment.trade.licensing.rules.tariffs import TariffTerms


class DayField(forms.DateField):
    """A day, entered with the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"})


class LicenseeForm(forms.Form):
    """A new licensee."""

    code = forms.CharField(label=gettext_lazy("Number"), required=False, max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    native_name = forms.CharField(label=gettext_lazy("Name in its own script"), required=False, max_length=300)
    country = forms.CharField(label=gettext_lazy("Country (two letters)"), required=False, max_length=2)


class TariffForm(forms.Form):
    """The text of tariffs to publish."""

    text = forms.CharField(
        label=gettext_lazy("Tariffs in TOML"), widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"})
    )


class BasisForm(forms.Form):
    """The figures that a licensee declares; which of them are asked for depends on the tariff."""

    revenue = forms.CharField(label=gettext_lazy("Revenue"), required=False)
    units = forms.IntegerField(label=gettext_lazy("Units"), required=False, min_value=0)
    area = forms.CharField(label=gettext_lazy("Square metres"), required=False)
    seats = forms.IntegerField(label=gettext_lazy("Seats"), required=False, min_value=0)
    days = forms.IntegerField(label=gettext_lazy("Days"), required=False, min_value=0)

    def basis(self, currency: str) -> Basis:
        """Return the figures given.

        Raises:
            UserError: the revenue or the area is not a number.
        """
        given = self.cleaned_data
        return Basis(
            revenue_micro=parse_amount(given["revenue"], currency) if given["revenue"] else None,
            units=given["units"],
            area_dm2=read_square_metres(given["area"]) if given["area"] else None,
            seats=given["seats"],
            days=given["days"],
        )

    def keep(self, terms: TariffTerms) -> None:
        """Leave only the fields that the terms read."""
        names = {name.removesuffix("_micro").removesuffix("_dm2") for name in needed_fields(terms)}
        for name in [name for name in self.fields if name not in names]:
            del self.fields[name]


class LicenceForm(BasisForm):
    """A new licence with the agreed figures."""

    licensee = forms.ChoiceField(label=gettext_lazy("Licensee"))
    tariff = forms.ChoiceField(label=gettext_lazy("Tariff"))
    territory = forms.IntegerField(label=gettext_lazy("Territory (TIS code)"), initial=2136)
    right = forms.ChoiceField(
        label=gettext_lazy("Right"),
        choices=[
            (Right.PERFORMING.value, gettext_lazy("Performing")),
            (Right.MECHANICAL.value, gettext_lazy("Mechanical")),
            (Right.SYNCHRONISATION.value, gettext_lazy("Synchronisation")),
        ],
    )
    valid_from = DayField(label=gettext_lazy("From"))
    valid_to = DayField(label=gettext_lazy("Up to, not including"), required=False)

    field_order = ("licensee", "tariff", "territory", "right", "valid_from", "valid_to")

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the licensees and tariffs that there are."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        licensees = find_parties(kind=PartyKind.LICENSEE, limit=1000).rows
        codes = dict.fromkeys(row.code for row in queries.list_tariffs())
        self.fields["licensee"].choices = [(str(row.id), str(row)) for row in licensees]  # type: ignore[attr-defined]
        self.fields["tariff"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class IssueForm(forms.Form):
    """A period to be invoiced, for one licence or for all."""

    licence = forms.ChoiceField(label=gettext_lazy("Licence"), required=False)
    period = forms.CharField(label=gettext_lazy("Period"), help_text=gettext_lazy("2026, 2026-Q3 or 2026-07"))
    issued_on = DayField(label=gettext_lazy("Issued on"))
    due_on = DayField(label=gettext_lazy("Due on"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the licences that there are."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        licences = [(row.code, f"{row.code}: {row.licensee_name}") for row in queries.list_licences()]
        every = ("", _("Every licence in force"))
        self.fields["licence"].choices = [every, *licences]  # type: ignore[attr-defined]


class ReceiptForm(forms.Form):
    """Money received for an invoice."""

    reference = forms.CharField(label=gettext_lazy("Reference of the bank"), max_length=100)
    amount = forms.CharField(label=gettext_lazy("Amount"))
    received_on = DayField(label=gettext_lazy("Received on"))


class ReasonForm(forms.Form):
    """Why something is taken back, and from which day."""

    on = DayField(label=gettext_lazy("Day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class UploadForm(forms.Form):
    """A table to import."""

    file = forms.FileField(label=gettext_lazy("CSV or XLSX file"))
