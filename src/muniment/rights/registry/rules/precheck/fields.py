"""The fields themselves: what is missing, what nobody asked for, and words that are not known."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from types import MappingProxyType

from muniment.rights.registry.rules.precheck.case import Case, Found, found
from muniment.rights.registry.rules.profiles import Need

WORK_KINDS = (
    "written",
    "oral",
    "musical",
    "dramatic",
    "quyi",
    "choreographic",
    "acrobatic",
    "fine_art",
    "architectural",
    "photographic",
    "audiovisual",
    "graphic",
    "model",
    "software",
    "other",
)
"""Kinds of works, after Article 3 of the Copyright Law of the PRC."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "applicants.kind": ("natural", "legal", "other"),
        "applicants.role": ("holder", "co_holder", "agent"),
        "sources.kind": ("self_collected", "licensed", "public_mandate"),
        "update_term": ("1y", "3y", "long"),
        "rights_claimed": ("hold", "use", "operate"),
        "work_kind": WORK_KINDS,
        "transferee.kind": ("natural", "legal", "other"),
    }
)
"""The fields that hold a word of a list, and the lists."""

_MOST_TITLE = 200


def missing_fields(case: Case) -> Iterator[Found]:
    """Find what is required and not stated; for rows, in each row."""
    for name, need in case.profile.fields.items():
        if need is Need.REQUIRED and "." not in name and is_empty(getattr(case.statement, name)):
            yield _missing(name)
        elif need is Need.REQUIRED and "." in name:
            for place, value in column(case, name):
                if is_empty(value):
                    yield _missing(place)


def missing_needs(case: Case) -> Iterator[Found]:
    """Find what the kind of registration wants besides, as the reason of a change."""
    for name in case.profile.procedures[case.kind].needs:
        if is_empty(getattr(case.statement, name)):
            yield found(
                "field_missing",
                name,
                "{field} is not stated, and is asked for here: {kind}.",
                "State it.",
                kind=case.kind,
            )
    person = case.statement.transferee
    if person is not None:
        for name in ("name", "kind", "identifier"):
            if not getattr(person, name):
                yield _missing(f"transferee.{name}")


def unasked_fields(case: Case) -> Iterator[Found]:
    """Find what is stated although the profile does not ask for it."""
    for name, need in case.profile.fields.items():
        value = None if "." in name else getattr(case.statement, name)
        if need is Need.ABSENT and value is not False and not is_empty(value):
            yield found(
                "field_not_asked",
                name,
                "{field} is stated, but not asked for here.",
                "Leave it out; nobody examines it.",
                "warning",
            )


def unknown_words(case: Case) -> Iterator[Found]:
    """Find words outside of their list, and a subject that is not the profile's."""
    if case.statement.subject is not case.profile.subject:
        yield found(
            "subject_differs",
            "subject",
            "The statement is about this: {stated}. The profile is about another: {asked}.",
            "Choose the profile that fits.",
            stated=case.statement.subject,
            asked=case.profile.subject,
        )
    for name, words in WORDS.items():
        for place, value in column(case, name):
            values = value if isinstance(value, tuple) else (value,)
            for one in values:
                if one and one not in words:
                    yield found(
                        "word_unknown",
                        place,
                        "{word!r} is none of the words known here.",
                        "Write one of: {words}.",
                        word=str(one)[:40],
                        words=words,
                    )


def plain_title(case: Case) -> Iterator[Found]:
    """Find a title that cannot stand on one line of a certificate."""
    title = case.statement.title
    if len(title) > _MOST_TITLE or "\n" in title or "\r" in title or "\t" in title:
        yield found(
            "title_unfit",
            "title",
            "The title has {count} letters or breaks the line.",
            "Write it on one line of at most {most} letters.",
            count=len(title),
            most=_MOST_TITLE,
        )


def column(case: Case, name: str) -> Iterator[tuple[str, object]]:
    """Yield the values of a field with their places: one of each row, where the field is of rows."""
    parent, _, part = name.partition(".")
    value = getattr(case.statement, parent)
    if not part:
        yield parent, value
    elif isinstance(value, tuple):
        for place, row in enumerate(value):
            yield f"{parent}.{place}.{part}", getattr(row, part)
    elif value is not None:
        yield name, getattr(value, part)


def is_empty(value: object) -> bool:
    """Return whether nothing was stated; yes and no are always something."""
    if is_dataclass(value):
        return all(is_empty(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == () or (value == 0 and not isinstance(value, bool | date))


def _missing(name: str) -> Found:
    return found("field_missing", name, "{field} is not stated.", "State it.")
