"""One import as every way in takes and gives it: who, when, which file, what was said of it; and what it came to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from muniment.kernel.formats.door import Becomes, Recognition
from muniment.kernel.formats.tables import ColumnMapping, UnreadableCell, parse_date
from muniment.kernel.words.problems import Problem, Progress, UserError, silent
from muniment.trust.access.rules import Action, Actor
from muniment.use.usages.rules import DateOrder


class NotAnswered(UserError):
    """Something has to be said about the file before it can be imported, or what was said cannot be."""


def day_said(name: str, text: str) -> date:
    """Return the day that the answer to a question is.

    Raises:
        NotAnswered: it is none.
    """
    try:
        return parse_date(text)
    except UnreadableCell as error:
        raise NotAnswered(f"{name}: {error.message}", error.remedy) from error


def date_order_said(text: str) -> DateOrder:
    """Return which comes first in 03/04/2026, as somebody said it.

    Raises:
        NotAnswered: it is none of the orders.
    """
    if text not in DateOrder:
        raise NotAnswered(_("%(text)s is not an order of dates.") % {"text": text}, _("Write dmy or mdy."))
    return DateOrder(text)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person says about a file: `name` is the option of the command line, `label` the words on the page.

    `kind` is "text", "date" or "choice"; `choices` are (value, label) and `start` is the answer where none is given.
    """

    name: str
    label: str | Promise
    required: bool = False
    kind: str = "text"
    choices: tuple[tuple[str, str | Promise], ...] = ()
    start: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """An import about to be done; `answers` are texts by the names of the questions.

    `path` is the file as its format reads it, unpacked; `file_name` is the name that it came with; `mapping` says of a
    table which column is which, where the import shall not choose by itself.
    """

    actor: Actor
    at: datetime
    path: Path
    file_name: str
    recognition: Recognition
    answers: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = silent
    mapping: ColumnMapping | None = None

    def text(self, name: str) -> str:
        """Return an answer, blank where none was given."""
        return self.answers.get(name, "").strip()

    def day(self, name: str) -> date:
        """Return an answer that is a day.

        Raises:
            NotAnswered: it is none.
        """
        return day_said(name, self.text(name))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to: counts in words, the first problems, and the page that shows it (name and number)."""

    counts: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    intake_id: int | None = None
    refused: bool = False
    bad_count: int = 0
    page: tuple[str, int | None] = ("office:intakes", None)


@dataclass(frozen=True, slots=True)
class Way:
    """The way in for what a file becomes: what must be said of it, who may, and the service that does it.

    `formats` names those that take this way; none names the way of all others.
    """

    becomes: Becomes
    action: Action
    run: Callable[[Act], Outcome]
    questions: tuple[Question, ...] = ()
    formats: tuple[str, ...] = ()

    def take(self, act: Act) -> Outcome:
        """Import a file.

        Raises:
            NotAnswered: a question that must be answered was not.
            UserError: the service refuses, see there.
        """
        for question in self.questions:
            if question.required and not act.text(question.name):
                raise NotAnswered(
                    _("%(what)s is not said.") % {"what": question.label},
                    _("Say it with --%(name)s, or in the form.") % {"name": question.name},
                )
        return self.run(act)
