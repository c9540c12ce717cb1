"""A profile as a value: its fields, procedures, term, effects and numbers, and where each rule is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.phrases import Phrase
from muniment.rights.registry.rules.application import Kind, Subject
from muniment.rights.registry.rules.numbers import Scheme
from muniment.rights.registry.rules.profiles.vocabulary import Mark, Need, Transition
from muniment.rights.registry.rules.standing import Stage


@dataclass(frozen=True, slots=True)
class Procedure:
    """The steps of a kind of registration. All `_days` are working days of the profile's calendar.

    `publicity_days` 0 means that nothing is published before it is registered. `decision_days` are for an objection,
    `objection_reply_days` for the applicant's reply to it. `needs` are fields of a statement that this kind wants
    besides, and `is_whole_form` says whether the fields of the profile are asked for at all.
    """

    stages: tuple[Stage, ...]
    publicity_days: int
    correction_rounds: int
    correction_days: int
    examination_days: int
    objection_reply_days: int
    decision_days: int
    needs_second_person: bool
    needs: tuple[str, ...] = ()
    is_whole_form: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """Where rules are from: what the source says in our words, the source, how sure that is, and which rules it gives.

    `governs` are names such as `term.years`, `fields.sources` or `procedures.first.publicity_days`.
    """

    claim: str
    where: str
    mark: Mark
    governs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """All rules of a registry, as they are from a day on (None: from the beginning).

    `term_years` 0 means that a registration has no end; `renewal_opens_days` are days of the calendar before the last
    day, from which a renewal may be applied for. `transition` says whether applications that are under examination on
    `from_on` keep the version before it, `transition_said` so in words.
    """

    name: str
    title: str
    subject: Subject
    version: str
    calendar: str
    fields: Mapping[str, Need]
    procedures: Mapping[Kind, Procedure]
    term_years: int
    is_capped_by_contract: bool
    effects: tuple[str, ...]
    certificate_scheme: Scheme
    registration_scheme: Scheme
    renewal_opens_days: int
    sources: tuple[Ground, ...]
    refusals: frozenset[str]
    checks: frozenset[str]
    from_on: date | None = None
    transition: Transition = Transition.KEEP
    transition_said: str = ""

    def need(self, field: str) -> Need:
        """Return whether a field is asked for; the number of a row is left out or not: `sources.0.kind`."""
        return self.fields[".".join(part for part in field.split(".") if not part.isdigit())]


_OURS = Ground(Phrase("No text was found for this; it is this installation's choice."), "Muniment", Mark.OURS)


def ground_of(profile: Profile, rule: str) -> Ground:
    """Return where a rule is from: the ground that governs it, or else our choice.

    A ground over `fields`, `refusals` or a field with rows holds for what is in it. One over `procedures` says which
    there are, and nothing of their figures.
    """
    by_name = {name: ground for ground in profile.sources for name in ground.governs}
    while rule:
        if rule in by_name:
            return by_name[rule]
        rule = "" if rule.startswith(("procedures.", "term.")) else rule.rpartition(".")[0]
    return _OURS
