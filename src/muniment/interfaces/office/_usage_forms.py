"""The forms of the usage pages."""

from datetime import date

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import UnknownTerritory, parse_territory
from muniment.rights.parties.queries import ids_by_code
from muniment.use.usages.rules import TARGETS, DateOrder, Form

FORMS = [
    (Form.RADIO.value, gettext_lazy("Radio log (CSV)")),
    (Form.SETLIST.value, gettext_lazy("Set lists (XLSX)")),
    (Form.DSR.value, gettext_lazy("Streaming report (DDEX DSR)")),
    (Form.TABLE.value, gettext_lazy("Any other table (CSV, XLSX)")),
]
FIELD_LABELS = {
    "title": gettext_lazy("Title"),
    "performer": gettext_lazy("Performer"),
    "writers": gettext_lazy("Writers"),
    "isrc": gettext_lazy("ISRC"),
    "iswc": gettext_lazy("ISWC"),
    "source_id": gettext_lazy("Our work code"),
    "duration": gettext_lazy("Duration"),
    "count": gettext_lazy("Number of uses"),
    "used_at": gettext_lazy("Date, or date and time"),
    "clock": gettext_lazy("Time of day"),
    "territory": gettext_lazy("Territory"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "use": gettext_lazy("Kind of use"),
}


class FactsForm(forms.Form):
    """What a clerk says about a report as a whole."""

    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=FORMS)
    source_code = forms.CharField(label=gettext_lazy("Source"), max_length=60)
    licensee_code = forms.CharField(label=gettext_lazy("Licensee's number"), max_length=60, required=False)
    fund_code = forms.CharField(label=gettext_lazy("Fund"), max_length=120)
    period_from = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    period_to = forms.DateField(
        label=gettext_lazy("First day after the period"), widget=forms.DateInput(attrs={"type": "date"})
    )
    territory = forms.CharField(label=gettext_lazy("Territory (TIS number or ISO letters)"), max_length=4)
    right = forms.ChoiceField(label=gettext_lazy("Right"), choices=[(right.value, right.value) for right in Right])
    currency = forms.CharField(label=gettext_lazy("Currency of amounts"), max_length=3, required=False)
    date_order = forms.ChoiceField(
        label=gettext_lazy("In 03/04/2026, first comes"),
        required=False,
        choices=[
            (DateOrder.NONE.value, gettext_lazy("the period decides")),
            (DateOrder.DAY_FIRST.value, gettext_lazy("the day")),
            (DateOrder.MONTH_FIRST.value, gettext_lazy("the month")),
        ],
    )

    def clean_territory(self) -> int:
        """Return the TIS code."""
        try:
            return parse_territory(str(self.cleaned_data["territory"]))
        except UnknownTerritory as error:
            raise forms.ValidationError(_("No territory has this code.")) from error

    def clean_licensee_code(self) -> int | None:
        """Return the party of the licensee, None where none is named."""
        code = str(self.cleaned_data["licensee_code"]).strip()
        if not code:
            return None
        found = ids_by_code([code]).get(code)
        if found is None:
            raise forms.ValidationError(_("No licensee has this number."))
        return found

    def clean(self) -> dict[str, object]:
        """Refuse a period that ends before it begins."""
        cleaned: dict[str, object] = self.cleaned_data
        first, end = cleaned.get("period_from"), cleaned.get("period_to")
        if isinstance(first, date) and isinstance(end, date) and end <= first:
            self.add_error("period_to", _("The period ends before it begins; exchange the two dates."))
        return cleaned


class UploadForm(FactsForm):
    """A report's file and what is said about it."""

    file = forms.FileField(label=gettext_lazy("File"))
    field_order = ["file"]

    @classmethod
    def fresh(cls) -> "UploadForm":
        """Return an empty form with the society's territory."""
        return cls(initial={"territory": settings.MUNIMENT_TERRITORY, "right": Right.PERFORMING.value})


class MappingForm(forms.Form):
    """Which column is which; one choice for each field that a report may have."""

    def __init__(self, data: object, headers: tuple[str, ...], mapping: ColumnMapping) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        columns = [("", "—"), *((header, header) for header in headers)]
        for target in TARGETS:
            self.fields[f"column_{target.name}"] = forms.ChoiceField(
                label=FIELD_LABELS[target.name],
                choices=columns,
                required=False,
                initial=mapping.columns.get(target.name, ""),
            )
        self.fields["mapping_name"] = forms.CharField(
            label=gettext_lazy("Remember these columns as"), max_length=100, required=False
        )

    def mapping(self) -> ColumnMapping:
        """Return the columns that were chosen."""
        chosen = {target.name: self.cleaned_data[f"column_{target.name}"] for target in TARGETS}
        return ColumnMapping({name: header for name, header in chosen.items() if header})
