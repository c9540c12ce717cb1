"""What is registered: data that was worked on and is described whole, or a work; and the evidence that it was there."""

import re
import unicodedata
from collections.abc import Iterator

from stdnum.cn import ric

from muniment.rights.registry.rules.application import Kind, NotarialAct
from muniment.rights.registry.rules.numbers import DEPOSIT, BadNumber, parse_number
from muniment.rights.registry.rules.precheck.case import Case, Found, found

_LAST_DIVISIONS = {
    "A": (1, 5),
    "B": (6, 12),
    "C": (13, 43),
    "D": (44, 46),
    "E": (47, 50),
    "F": (51, 52),
    "G": (53, 60),
    "H": (61, 62),
    "I": (63, 65),
    "J": (66, 69),
    "K": (70, 70),
    "L": (71, 72),
    "M": (73, 75),
    "N": (76, 79),
    "O": (80, 82),
    "P": (83, 83),
    "Q": (84, 85),
    "R": (86, 90),
    "S": (91, 96),
    "T": (97, 97),
}
"""The first and last division of each section of GB/T 4754-2017."""

_INDUSTRY = re.compile("([A-T]?)([0-9]{2,4})?")
_DIGEST_LETTERS = {"sha-256": 64, "sha256": 64, "sm3": 64, "sha-512": 128, "sha512": 128, "sha-1": 40, "md5": 32}
_WEAK = ("sha-1", "md5")
_TOLD = 40
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")


def industry_code(case: Case) -> Iterator[Found]:
    """Find an industry that is no code of GB/T 4754: a letter, or two to four digits, or both."""
    text = case.statement.industry.strip()
    code = _INDUSTRY.fullmatch(text)
    if not text:
        return
    section, digits = (code[1], code[2] or "") if code else ("", "")
    first, last = _LAST_DIVISIONS.get(section, (1, 97))
    if (digits and not first <= int(digits[:2]) <= last) or not (section or digits):
        yield found(
            "industry_unknown",
            "industry",
            "{code!r} is no code of GB/T 4754.",
            "Write the code of the classification, as G59 or I6550, not the industry's name.",
            code=text[:40],
        )
    elif not digits:
        yield found(
            "industry_vague",
            "industry",
            "{code} is a whole section.",
            "Add the division, as G59.",
            "warning",
            code=text,
        )


def structure_whole(case: Case) -> Iterator[Found]:
    """Find columns that stand twice, and a sample with other columns than the structure."""
    names = [one.name.strip() for one in case.statement.structure]
    for place, name in enumerate(names):
        if name and name in names[:place]:
            yield found(
                "column_twice",
                f"structure.{place}.name",
                "The column {name!r} stands twice.",
                "Rename.",
                name=name[:60],
            )
    lines = case.statement.sample.strip().splitlines()
    if names and lines:
        counts = {len(re.split(sign, lines[0])) for sign in (",", "\t", ";", r"\|", "，")}
        if max(counts) > 1 and len(names) not in counts:
            yield found(
                "sample_columns",
                "sample",
                "The sample's first line has {shown} columns, the structure {named}.",
                "Show every column of the structure, in its order.",
                "warning",
                shown=max(counts),
                named=len(names),
            )


def processing_told(case: Case) -> Iterator[Found]:
    """Find a rule of processing that is too short to show what was done with the data."""
    text = case.statement.processing
    size = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text.strip())
    if 0 < size < _TOLD:
        yield found(
            "processing_untold",
            "processing",
            "The rule of processing is too short to show substantive work.",
            "Say which steps were taken, by which rule or algorithm, and what is new in the result.",
            "warning",
        )


def disclosed_persons(case: Case) -> Iterator[Found]:
    """Find persons in the sample, and data that needs more papers."""
    stated = case.statement
    if any(ric.is_valid(one) for one in _ID.findall(stated.sample)):
        yield found(
            "sample_shows_persons",
            "sample",
            "The sample has a resident identity number in it.",
            "De-identify the sample: mask or replace what names a person.",
        )
    elif _MOBILE.search(stated.sample) or _MAIL.search(stated.sample):
        yield found(
            "sample_may_show_persons",
            "sample",
            "The sample seems to have telephone numbers or mail addresses in it.",
            "De-identify the sample, if they are of persons.",
            "warning",
        )
    if stated.has_personal_data:
        yield found(
            "personal_data",
            "has_personal_data",
            "The data is of persons: the examiner asks for their consent or another ground.",
            "Keep the ground at hand, and say in the processing how persons were made unknown.",
            "warning",
        )
    if stated.has_important_data:
        yield found(
            "important_data",
            "has_important_data",
            "Important data follows the state's rules on data security.",
            "Keep the assessment at hand.",
            "warning",
        )


def deposit_or_act(case: Case) -> Iterator[Found]:
    """Find a statement without a deposit and without a notary's act, and an act that is not whole."""
    act = case.statement.notarial_act
    if not case.statement.deposit and act is None:
        yield found(
            "evidence_missing",
            "deposit",
            "Neither a deposit nor a notarial act shows that the content was there.",
            "Deposit the files or their hashes here, and name the deposit's number; or state the notarial act.",
        )
    if act is not None:
        yield from _act(case, act)


def deposit_known(case: Case) -> Iterator[Found]:
    """Find a deposit that was mistyped or is not here."""
    number = case.statement.deposit
    if not number:
        return
    try:
        is_deposit = parse_number(number).startswith(DEPOSIT)
    except BadNumber:
        is_deposit = False
    if not is_deposit:
        yield found(
            "deposit_mistyped",
            "deposit",
            "{number!r} is no number of a deposit.",
            "Copy it from the deposit.",
            number=number[:40],
        )
    elif not case.known.deposit_exists:
        yield found(
            "deposit_unknown",
            "deposit",
            "There is no deposit {number} of yours.",
            "Deposit the content first, under the same person.",
            number=number,
        )


def deposit_is_new(case: Case) -> Iterator[Found]:
    """Find content that is registered already, or much like what was deposited before."""
    known = case.known
    if known.registration_of_same_content and case.kind is Kind.FIRST:
        yield found(
            "content_registered",
            "deposit",
            "The same content is registered as {number}.",
            "Apply for a change or a renewal of that registration, or object to it.",
            number=known.registration_of_same_content,
        )
    if known.deposit_is_likely_duplicate_of and case.kind is Kind.FIRST:
        yield found(
            "content_like",
            "deposit",
            "It is much like {numbers}.",
            "Say in the processing what differs; the examiner will compare.",
            "warning",
            numbers=known.deposit_is_likely_duplicate_of[:5],
        )


def derivation_told(case: Case) -> Iterator[Found]:
    """Find a derivative work without the work that it is based on."""
    if case.statement.is_derivative and not case.statement.based_on.strip():
        yield found(
            "original_untold",
            "based_on",
            "The work is a derivative, and it is not said of which.",
            "Name the work that it is based on, its author, and the leave.",
        )


def work_dates(case: Case) -> Iterator[Found]:
    """Find days of a work that lie ahead or in the wrong order."""
    created_on, published_on = case.statement.created_on, case.statement.published_on
    for field, day in (("created_on", created_on), ("published_on", published_on)):
        if day is not None and day > case.at_on:
            yield found("day_ahead", field, "{day} lies ahead.", "State the day on which it happened.", day=day)
    if created_on is not None and published_on is not None and published_on < created_on:
        yield found("day_order", "published_on", "It was published before it was created.", "Correct the days.")


def _act(case: Case, act: NotarialAct) -> Iterator[Found]:
    for name in ("office", "number", "algorithm", "digest", "acted_on"):
        if not getattr(act, name):
            yield found(
                "act_not_whole",
                f"notarial_act.{name}",
                "{field} is missing.",
                "Copy it from the act.",
            )
    algorithm = act.algorithm.strip().lower()
    letters = _DIGEST_LETTERS.get(algorithm)
    if act.digest and letters and not re.fullmatch(f"[0-9a-f]{{{letters}}}", act.digest.strip().lower()):
        yield found(
            "act_digest",
            "notarial_act.digest",
            "A hash by {algorithm} has {letters} digits of 0-9 and a-f.",
            "Copy it from the act.",
            algorithm=act.algorithm,
            letters=letters,
        )
    if algorithm in _WEAK:
        yield found(
            "act_weak",
            "notarial_act.algorithm",
            "Files of the same {algorithm} can be made.",
            "Deposit the content here as well.",
            "warning",
            algorithm=act.algorithm,
        )
    if act.acted_on is not None and act.acted_on > case.at_on:
        yield found(
            "day_ahead", "notarial_act.acted_on", "{day} lies ahead.", "Copy the day from the act.", day=act.acted_on
        )
