"""Reading a profile's file, strictly: an unknown key, a missing one and a bad value are problems with their lines."""

import re
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from datetime import date
from types import MappingProxyType

from muniment.kernel.words.toml_tables import near
from muniment.rights.registry.rules.application import Kind, Subject
from muniment.rights.registry.rules.numbers import CHECKS, HOLDERS, MADE_OF, SOURCES, Part, Scheme
from muniment.rights.registry.rules.profiles.shape import Ground, Procedure, Profile
from muniment.rights.registry.rules.profiles.vocabulary import PROFILE_FIELDS, Check, Mark, Need, Refusal, Transition
from muniment.rights.registry.rules.standing import Stage
from muniment.rights.registry.rules.tables import BadRules, Table, open_table

_PART = re.compile(r"(year|month)|(source|holder|serial):([1-9]|1[0-2])|fixed:([0-9A-Z]{1,8})")
_SIZES = {"year": 4, "month": 2}
_MOST_DAYS = 500
_NEEDS = ("reason", "transferee")


def read_profile(text: str, name: str, from_on: date | None = None) -> Profile:
    """Return the profile that a TOML text gives; `name` is that of its file, without day and `.toml`.

    A version that begins on a day says in `[transition]` what becomes of running applications; the first has none.

    Raises:
        BadRules: the text has a problem, or several.
    """
    file_name = f"{name}.toml" if from_on is None else f"{name}.{from_on}.toml"
    top, problems = open_table(text, file_name)
    subject = top.choice("subject", Subject)
    fields = _fields(top.table("fields"))
    term = top.table("term")
    procedures = _procedures(top.table("procedures"), fields)
    transition, said = (Transition.KEEP, "") if from_on is None else _transition(top.table("transition"))
    profile = Profile(
        name=name,
        title=top.text("title"),
        subject=subject,
        version=top.text("version"),
        calendar=top.text("calendar"),
        fields=MappingProxyType(fields),
        procedures=MappingProxyType(procedures),
        term_years=term.whole("years", 0, 100),
        is_capped_by_contract=term.flag("is_capped_by_contract"),
        effects=top.texts("effects"),
        certificate_scheme=_scheme(top.table("certificate_number"), "certificate", subject),
        registration_scheme=_scheme(top.table("registration_number"), "registration", subject),
        renewal_opens_days=term.whole("renewal_opens_days", 0, 3_660),
        sources=_grounds(top, procedures),
        refusals=frozenset(top.texts("refusals", Refusal)),
        checks=frozenset(top.texts("checks", Check)),
        from_on=from_on,
        transition=transition,
        transition_said=said,
    )
    term.done()
    top.done()
    if problems:
        raise BadRules(file_name, sorted(problems, key=lambda one: one.line or 0))
    return profile


def _transition(table: Table) -> tuple[Transition, str]:
    found = table.choice("running", Transition), table.text("said")
    table.done()
    return found


def _fields(table: Table) -> dict[str, Need]:
    """Return the need of each field: what is neither required nor optional is absent."""
    required = table.texts("required", PROFILE_FIELDS)
    optional = table.texts("optional", PROFILE_FIELDS)
    for one in set(required) & set(optional):
        table.bad("optional", "twice", f"{one} is required as well.", "Take it out of one of the lists.")
    asked = {*required, *optional}
    for one in sorted(asked):
        parent = one.partition(".")[0]
        if parent not in asked:
            table.bad("required", "no_parent", f"{one} is asked for, but {parent} is not.", f"Add {parent!r}.")
    table.done()
    needs = dict.fromkeys(PROFILE_FIELDS, Need.ABSENT)
    needs.update(dict.fromkeys(optional, Need.OPTIONAL))
    needs.update(dict.fromkeys(required, Need.REQUIRED))
    return {name: needs[name] for name in PROFILE_FIELDS}


def _procedures(table: Table, fields: Mapping[str, Need]) -> dict[Kind, Procedure]:
    found = {kind: _procedure(table.table(kind), fields) for kind in Kind}
    table.done()
    return found


def _procedure(table: Table, fields: Mapping[str, Need]) -> Procedure:
    stages = table.texts("stages", Stage)
    order = list(Stage)
    placed = [order.index(Stage(one)) for one in stages if one in set(Stage)]
    if not stages or placed != sorted(placed):
        table.bad("stages", "stages", "There must be a stage, and they come in order.", f"Order: {', '.join(Stage)}.")
    days = {
        key: table.whole(key, low, _MOST_DAYS)
        for key, low in (
            ("publicity_days", 0),
            ("correction_days", 1),
            ("examination_days", 1),
            ("objection_reply_days", 1),
            ("decision_days", 1),
        )
    }
    procedure = Procedure(
        stages=tuple(Stage(one) for one in stages if one in set(Stage)),
        correction_rounds=table.whole("correction_rounds", 0, 20),
        needs_second_person=table.flag("needs_second_person"),
        needs=table.texts("needs", (*_NEEDS, *fields)),
        is_whole_form=table.flag("is_whole_form"),
        **days,
    )
    table.done()
    return procedure


def _scheme(table: Table, use: str, subject: Subject) -> Scheme:
    """Return how a number is made up; a certificate's knows no codes, which the certificate is not asked for."""
    parts: list[Part] = []
    for text in table.texts("parts"):
        found = _PART.fullmatch(text)
        if found is None:
            table.bad("parts", "no_part", f"{text!r} is no part of a number.", near(text, MADE_OF))
            continue
        kind = text.partition(":")[0]
        parts.append(Part(kind, _SIZES.get(kind) or len(found[4] or "") or int(found[3]), found[4] or ""))
    kinds = [one.kind for one in parts]
    if kinds.count("serial") != 1 or len(set(kinds)) != len(kinds) or (use == "certificate" and "source" in kinds):
        table.bad("parts", "parts", "A number has one serial, and each other part at most once.", "Correct the parts.")
    check = table.text("check")
    if check and check not in CHECKS:
        table.bad("check", "unknown_value", f"{check!r} is unknown.", near(check, CHECKS))
    codes = {
        kind: _codes(table, kind, known, next((one.size for one in parts if one.kind == kind), 0))
        for kind, known in (("source", SOURCES[subject]), ("holder", HOLDERS))
    }
    table.done()
    return Scheme(use, tuple(parts), check, codes["source"], codes["holder"])


def _codes(table: Table, kind: str, known: tuple[str, ...], size: int) -> tuple[tuple[str, str], ...]:
    """Return the code of each kind of source or holder, where the number has a part for it."""
    if not size:
        return ()
    codes = table.table(f"{kind}_codes")
    found = tuple((name, codes.text(name)) for name in known)
    for name, code in found:
        if not re.fullmatch(f"[0-9A-Z]{{{size}}}", code):
            codes.bad(name, "no_code", f"{code!r} is no code of {size} characters.", "Use digits and capital letters.")
    codes.done()
    return found


def _grounds(top: Table, procedures: Mapping[Kind, Procedure]) -> tuple[Ground, ...]:
    known = _rule_names(procedures)
    seen: set[str] = set()
    found: list[Ground] = []
    for table in top.tables("grounds"):
        governs = table.texts("governs", known)
        for one in seen.intersection(governs):
            table.bad("governs", "twice", f"{one} has two grounds.", "Say it once.")
        seen.update(governs)
        found.append(Ground(table.text("claim"), table.text("where"), table.choice("mark", Mark), governs))
        table.done()
    return tuple(found)


def _rule_names(procedures: Mapping[Kind, Procedure]) -> frozenset[str]:
    """Return what a ground can govern."""
    steps = [one.name for one in dataclass_fields(Procedure)]
    return frozenset(
        {
            *("term", "term.years", "term.is_capped_by_contract", "term.renewal_opens_days"),
            *("calendar", "effects", "certificate_number", "registration_number"),
            *("fields", "procedures", "refusals", "checks"),
            *(f"fields.{one}" for one in PROFILE_FIELDS),
            *(f"refusals.{one}" for one in Refusal),
            *(f"checks.{one}" for one in Check),
            *(f"procedures.{kind}" for kind in procedures),
            *(f"procedures.{kind}.{step}" for kind in procedures for step in steps),
        }
    )
