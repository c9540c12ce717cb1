"""The forms of the page of the one door: a file, and what must be said about it, which its kind decides."""

from collections.abc import Mapping, Sequence

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from muniment.interfaces.door.acts import Question
from muniment.interfaces.door.columns import Sight
from muniment.interfaces.office._usage_forms import FIELD_LABELS
from muniment.kernel.formats.door import Becomes, shown
from muniment.kernel.formats.tables import ColumnMapping, TargetField

_WORDS: dict[Becomes, str | Promise] = {
    Becomes.WORKS: gettext_lazy("works and shares"),
    Becomes.USAGES: gettext_lazy("a report of use"),
    Becomes.RECORDINGS: gettext_lazy("recordings"),
    Becomes.EDITIONS: gettext_lazy("books and their editions"),
    Becomes.TITLE_LIST: gettext_lazy("a list of titles"),
    Becomes.PARTIES: gettext_lazy("members and other parties"),
    Becomes.MONEY_FROM_SOCIETIES: gettext_lazy("money from a sister society"),
    Becomes.PAYMENT_ANSWER: gettext_lazy("the bank's answer to payments"),
    Becomes.ANSWER_TO_WORKS: gettext_lazy("an answer to works that went out"),
    Becomes.NOTHING: gettext_lazy("nothing: it can be looked at, and is not imported"),
}


def becomes_words(becomes: Becomes) -> str | Promise:
    """Return what a file becomes, in words for a person."""
    return _WORDS[becomes]


def field_words(name: str) -> str:
    """Return what a field of a table is called, in words of the language that is spoken now."""
    return str(FIELD_LABELS.get(name) or name.replace("_", " "))


class UploadForm(forms.Form):
    """A file of any kind."""

    file = forms.FileField(label=gettext_lazy("File"))


class ColumnsForm(forms.Form):
    """Which column of a table is which: one choice for each field, and the name to remember them by."""

    def __init__(self, data: Mapping[str, object], seen: Sight, targets: Sequence[TargetField]) -> None:
        """Take what was chosen; a field that `data` says nothing of stands as the table was looked at."""
        names = {f"column_{target.name}": target.name for target in targets}
        if "seen_row" in data and data["seen_row"] != data.get("header_row", ""):  # what was chosen is of other headers
            data = {name: data[name] for name in data if name not in names}
        start = {} if any(name in data for name in names) else seen.mapping.columns
        super().__init__({**{name: start.get(field, "") for name, field in names.items()}, **_plain(data)})
        self._names = names
        row = forms.NumberInput(attrs={"min": 1})
        self.fields["header_row"] = forms.IntegerField(
            label=gettext_lazy("Line that names the columns (the first filled one if left out)"),
            min_value=1,
            max_value=10_000,
            required=False,
            widget=row,
        )
        self.fields["seen_row"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.data = {**self.data, "seen_row": data.get("header_row", "")}
        columns = [("", "—"), *((header, shown(header)) for header in seen.headers)]
        for name, field in names.items():
            self.fields[name] = forms.ChoiceField(label=field_words(field), choices=columns, required=False)
        self.fields["mapping_name"] = forms.CharField(label=gettext_lazy("Remember these columns as"), max_length=100)

    def mapping(self) -> ColumnMapping:
        """Return the columns that were chosen."""
        chosen = {field: self.cleaned_data[name] for name, field in self._names.items()}
        return ColumnMapping(
            {field: header for field, header in chosen.items() if header}, self.cleaned_data["header_row"]
        )


class RenameForm(forms.Form):
    """Another name for remembered columns."""

    name = forms.CharField(label=gettext_lazy("New name"), max_length=100)


class ForgetForm(forms.Form):
    """That remembered columns are to be forgotten."""

    confirmed = forms.BooleanField(label=gettext_lazy("Files with these headers will be asked about again."))


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    """Return what was sent, each name with its last value."""
    return {name: data[name] for name in data}


class AnswersForm(forms.Form):
    """What a way in asks about a file; its fields are the questions of the way."""

    def __init__(self, data: object, questions: Sequence[Question]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._questions = questions
        for question in questions:
            self.fields[question.name] = _field_of(question)

    def answers(self) -> dict[str, str]:
        """Return the answers as texts by the names of the questions."""
        return {question.name: str(self.cleaned_data.get(question.name) or "") for question in self._questions}


def _field_of(question: Question) -> forms.Field:
    start = question.start or (str(settings.MUNIMENT_TERRITORY) if question.name == "territory" else "")
    if question.kind == "choice":
        return forms.ChoiceField(
            label=str(question.label), required=question.required, choices=list(question.choices), initial=start
        )
    if question.kind == "date":
        picker = forms.DateInput(attrs={"type": "date"})
        return forms.DateField(label=str(question.label), required=question.required, widget=picker)
    return forms.CharField(label=str(question.label), required=question.required, initial=start, max_length=200)
