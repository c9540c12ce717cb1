"""Forms about works: what a person types, turned into the drafts that the services take."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.pages import now
from muniment.interfaces.phrases import refusal_text
from muniment.kernel.formats.tables import MappedRow, UnreadableCell, parse_date, parse_decimal, parse_duration_ms
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_isrc, parse_iswc
from muniment.kernel.words.problems import Level, UserError
from muniment.kernel.words.shares import Right, format_percent
from muniment.kernel.words.territory import UnknownTerritory, parse_territory
from muniment.rights.parties.queries import party_hits
from muniment.rights.works.queries import ShareLineRow, WorkRow
from muniment.rights.works.rules.drafts import RecordingDraft, WorkDraft
from muniment.rights.works.rules.work_table import WorkLine, gather, read_line
from muniment.rights.works.services import WorkEdit

ROLES = ("", "CA", "C", "A", "AR", "AD", "TR", "SA", "SR", "E", "AQ", "AM", "SE", "PA")
_SHARE_FIELDS = {"pr_share": Right.PERFORMING, "mr_share": Right.MECHANICAL, "sr_share": Right.SYNCHRONISATION}
_EXTRA_ROWS = 6


class WorkForm(forms.Form):
    """What identifies a work."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=1000)
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40, required=False, help_text=gettext_lazy("One is made if left empty.")
    )
    iswc = forms.CharField(label=gettext_lazy("ISWC"), required=False)
    language = forms.CharField(label=gettext_lazy("Language"), max_length=20, required=False)
    duration = forms.CharField(
        label=gettext_lazy("Duration"), required=False, help_text=gettext_lazy("Minutes and seconds, such as 3:20.")
    )
    work_class = forms.CharField(label=gettext_lazy("Class"), max_length=20, required=False)

    def clean_iswc(self) -> str:
        """Return the ISWC in its compact form."""
        return self._parsed("iswc")

    def clean_duration(self) -> int | None:
        """Return the duration in milliseconds."""
        text = str(self.cleaned_data["duration"]).strip()
        if not text:
            return None
        try:
            return parse_duration_ms(text)
        except UnreadableCell as error:
            raise forms.ValidationError(refusal_text(error)) from error

    def _parsed(self, name: str) -> str:
        text = str(self.cleaned_data[name]).strip()
        try:
            return parse_iswc(text) if text else ""
        except InvalidIdentifier as error:
            raise forms.ValidationError(refusal_text(error)) from error

    def edit(self) -> WorkEdit:
        """Return what the work shall be."""
        values = self.cleaned_data
        return WorkEdit(
            title=values["title"],
            code=values["code"],
            iswc=values["iswc"] or None,
            language=values["language"],
            duration_ms=values["duration"],
            work_class=values["work_class"],
        )


class NewWorkForm(WorkForm):
    """A new work, with its further titles and whoever claims its shares."""

    alternate_titles = forms.CharField(
        label=gettext_lazy("Alternate titles"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("One a line."),
    )
    claim = forms.CharField(
        label=gettext_lazy("Claimed by"),
        max_length=80,
        help_text=gettext_lazy("The submitter under whose name the shares stand."),
    )


class ClaimForm(forms.Form):
    """Who claims."""

    claim = forms.CharField(
        label=gettext_lazy("Claimed by"),
        max_length=80,
        help_text=gettext_lazy("The submitter under whose name the shares stand."),
    )


class ShareRowForm(forms.Form):
    """One party of a work with its shares: the columns of the table of works."""

    party_code = forms.CharField(label=gettext_lazy("Party number"), required=False)
    name = forms.CharField(label=gettext_lazy("Name"), required=False)
    ipi = forms.CharField(label=gettext_lazy("IPI name number"), required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role, role) for role in ROLES], required=False)
    pr_share = forms.CharField(label=gettext_lazy("PR %"), required=False)
    mr_share = forms.CharField(label=gettext_lazy("MR %"), required=False)
    sr_share = forms.CharField(label=gettext_lazy("SR %"), required=False)
    territory = forms.CharField(label=gettext_lazy("Territories"), required=False)
    valid_from = forms.CharField(label=gettext_lazy("From"), required=False)
    valid_to = forms.CharField(label=gettext_lazy("To"), required=False)
    line: WorkLine | None = None

    def clean(self) -> dict[str, object]:
        """Read the row as a row of a table, by the same rules."""
        values = {name: str(text) for name, text in self.cleaned_data.items()}
        if not any(text.strip() for name, text in values.items() if name != "role"):
            return self.cleaned_data
        try:
            for name in _SHARE_FIELDS:
                values[name] = parse_decimal(values[name]) if values[name].strip() else ""
            for name in ("valid_from", "valid_to"):
                values[name] = parse_date(values[name]).isoformat() if values[name].strip() else ""
        except UnreadableCell as error:
            raise forms.ValidationError(refusal_text(error)) from error
        self.line, problems = read_line(MappedRow(1, {"title": "-", **values}), {})
        for problem in problems:
            field = problem.field if problem.field in self.fields else None
            if problem.level == Level.ERROR:
                self.add_error(field, refusal_text(problem))
        return self.cleaned_data


ShareRows = forms.formset_factory(ShareRowForm, extra=_EXTRA_ROWS, max_num=60, absolute_max=60)


def draft_from(rows: Sequence[ShareRowForm], work: WorkDraft) -> WorkDraft:
    """Return the work with the parties and shares that the rows state."""
    lines = [row.line for row in rows if row.line is not None]
    if not lines:
        return work
    stated = gather(lines)
    return replace(work, contributors=stated.contributors, shares=stated.shares)


def rows_of_claim(work: WorkRow, claim: str) -> list[dict[str, str]]:
    """Return the rows that state what a submitter claims on a work now."""
    lines = [line for line in work.share_lines if line.claim == claim]
    parties = party_hits(line.party_id for line in lines)
    rows: dict[tuple[object, ...], dict[str, str]] = {}
    for line in lines:
        key = (line.party_id, line.role, line.territories, line.valid_from, line.valid_to)
        rows.setdefault(key, _row_of(line, parties[line.party_id].code))
        name = next(name for name, right in _SHARE_FIELDS.items() if right is line.right)
        rows[key][name] = format_percent(line.share_ppm)
    return list(rows.values())


def _row_of(line: ShareLineRow, party_code: str) -> dict[str, str]:
    return {
        "party_code": party_code,
        "name": line.party_name,
        "role": line.role,
        "territory": line.territories,
        "valid_from": line.valid_from.isoformat() if line.valid_from else "",
        "valid_to": line.valid_to.isoformat() if line.valid_to else "",
    }


class ShareQuestionForm(forms.Form):
    """The share question: where, on which day, as known when."""

    territory = forms.CharField(
        label=gettext_lazy("Territory"), help_text=gettext_lazy("Two letters such as PK, or a TIS code.")
    )
    on = forms.DateField(
        label=gettext_lazy("Day of use"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    known_at = forms.DateField(
        label=gettext_lazy("As known at the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_territory(self) -> int:
        """Return the TIS code."""
        try:
            return parse_territory(str(self.cleaned_data["territory"]))
        except UnknownTerritory as error:
            raise forms.ValidationError(_("No territory has this code.")) from error

    def instant(self) -> datetime:
        """Return the end of the day of knowledge, but not later than now."""
        day: date = self.cleaned_data["known_at"]
        return min(now(), datetime.combine(day, time.max, UTC))


def question_for(values: object) -> ShareQuestionForm:
    """Return the form with what was asked, else with here and today."""
    today = now().date().isoformat()
    defaults = {"territory": str(settings.MUNIMENT_TERRITORY), "on": today, "known_at": today}
    asked = {name: values.get(name) for name in defaults if values.get(name)} if hasattr(values, "get") else {}
    return ShareQuestionForm({**defaults, **asked})


class RecordingForm(forms.Form):
    """A recording of a work."""

    title = forms.CharField(label=gettext_lazy("Title"), required=False, help_text=gettext_lazy("The work's if empty."))
    isrc = forms.CharField(label=gettext_lazy("ISRC"), required=False)
    performer = forms.CharField(label=gettext_lazy("Performer"), required=False)
    duration = forms.CharField(label=gettext_lazy("Duration"), required=False)

    def clean(self) -> dict[str, object]:
        """Check the ISRC and the duration."""
        values = self.cleaned_data
        try:
            values["isrc"] = parse_isrc(values["isrc"]) if values.get("isrc") else None
            values["duration"] = parse_duration_ms(values["duration"]) if values.get("duration") else None
        except UserError as error:
            raise forms.ValidationError(refusal_text(error)) from error
        if not (values["isrc"] or values.get("title") or values.get("performer")):
            raise forms.ValidationError(_("Write at least an ISRC, a title or a performer."))
        return values

    def draft(self) -> RecordingDraft:
        """Return the recording."""
        values = self.cleaned_data
        return RecordingDraft(values["title"], values["isrc"], values["performer"], values["duration"])
