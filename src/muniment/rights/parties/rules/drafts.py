"""Checking a draft before it is written: names cleaned, identifiers in their compact form, periods in order."""

import re
import unicodedata
from dataclasses import replace

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iban, parse_ipi_base, parse_ipi_name, parse_isni
from muniment.kernel.words.names import fold
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import Territories, from_iso
from muniment.rights.parties.rules.values import (
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    PartyDraft,
    PartyKind,
)

_CODE = re.compile(r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*")
_SOCIETY_CODE = re.compile(r"\d{1,3}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,5})?")


class InvalidParty(UserError):
    """A party, or a fact about one, cannot be recorded as it is written."""


def clean_name(text: str, longest: int = 300) -> str:
    """Return a name with single blanks and composed letters.

    Raises:
        InvalidParty: nothing to compare is left, it is too long, or it has control characters.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not fold(name):
        raise InvalidParty("There is no name.", "Write the name with letters, in any script.")
    if len(name) > longest:
        raise InvalidParty("A name has {count} letters.", "Shorten it to {longest}.", count=len(name), longest=longest)
    if any(unicodedata.category(char) == "Cc" for char in name):
        raise InvalidParty("The name {name!r} has control characters.", "Type the name again.", name=name)
    return name


def clean_code(text: str) -> str:
    """Return a party code or member number of at most 40 characters.

    Raises:
        InvalidParty: it is empty, too long or has control characters.
    """
    code = " ".join(text.split())
    if len(code) > 40 or _CODE.fullmatch(code) is None:
        raise InvalidParty("{text!r} cannot be a code.", "A code has 1 to 40 visible characters.", text=text)
    return code


def clean_country(text: str) -> str:
    """Return the two letters of a country, empty where none is given.

    Raises:
        UnknownTerritory: the letters name no country.
    """
    letters = text.strip().upper()
    if letters:
        from_iso(letters)
    return letters


def clean_society_code(text: str) -> str:
    """Return a CISAC society code as three digits.

    Raises:
        InvalidParty: it is no number of at most three digits.
    """
    digits = text.strip()
    if _SOCIETY_CODE.fullmatch(digits) is None or int(digits) == 0:
        raise InvalidParty("{text!r} is not a society code.", "It has three digits, such as 052.", text=text)
    return digits.zfill(3)


def clean_mandate(draft: MandateDraft) -> MandateDraft:
    """Return the mandate with its territories in their stored form.

    Raises:
        UnknownTerritory: a territory is none.
        InvalidPeriod: it ends before it begins.
        InvalidParty: the class or the list of territories is too long to keep.
    """
    Period(draft.valid_from, draft.valid_to)
    territories = Territories.parse(draft.territories)
    if not territories.countries:
        raise InvalidParty(
            "The territories {territories!r} name no country.",
            "Begin with what is included.",
            territories=draft.territories,
        )
    work_class = draft.work_class.strip().upper()
    if len(territories.text) > 600 or len(work_class) > 20:
        raise InvalidParty("The territories or the class of works are too long.", "Use groups, such as 2136.")
    return replace(draft, territories=territories.text, work_class=work_class)


def clean_membership(draft: MembershipDraft, code: str) -> MembershipDraft:
    """Return the membership with its number, which defaults to `code`; empty where the code is still to come.

    Raises:
        InvalidPeriod: it ends before it begins.
        InvalidParty: the number cannot be one.
    """
    Period(draft.joined_on, draft.left_on)
    number = draft.member_number or code
    return replace(draft, member_number=clean_code(number) if number else "")


def clean_bank(draft: BankDraft) -> BankDraft:
    """Return the account with its IBAN compact.

    Raises:
        InvalidIdentifier: the IBAN is wrong.
        InvalidParty: the holder is missing, or the BIC has the wrong form.
    """
    bic = "".join(draft.bic.split()).upper()
    if bic and _BIC.fullmatch(bic) is None:
        raise InvalidParty("{bic!r} is not a BIC.", "It has 8 or 11 letters and digits.", bic=draft.bic)
    return BankDraft(parse_iban(draft.iban), clean_name(draft.holder, 140), bic)


def clean_name_draft(draft: NameDraft) -> NameDraft:
    """Return a further name with its number compact.

    Raises:
        InvalidParty: no name, or the language is no language tag.
        InvalidIdentifier: its IPI name number is wrong.
    """
    ipi_name = parse_ipi_name(draft.ipi_name) if draft.ipi_name else None
    return replace(draft, name=clean_name(draft.name), ipi_name=ipi_name, language=clean_language(draft.language))


def clean_language(text: str) -> str:
    """Return a BCP 47 language tag, empty where none is given.

    Raises:
        InvalidParty: it has another form.
    """
    tag = text.strip()
    if tag and (len(tag) > 8 or _LANGUAGE.fullmatch(tag) is None):
        raise InvalidParty("{text!r} is not a language.", "Write a tag such as ur or zh-Hant.", text=text)
    return tag


def clean_party(draft: PartyDraft) -> PartyDraft:
    """Return the draft as it will be stored.

    Raises:
        InvalidParty, InvalidIdentifier, InvalidPeriod, UnknownTerritory: what cannot be recorded, and why.
    """
    if draft.society_code and draft.kind is not PartyKind.SOCIETY:
        raise InvalidParty("Only a society has a society code.", "Leave it empty, or make the party a society.")
    code = clean_code(draft.code) if draft.code else ""
    name = clean_name(draft.name)
    names = [clean_name_draft(further) for further in draft.names]
    numbers = [number for number in [draft.ipi_name, *(further.ipi_name for further in names)] if number]
    if len(set(numbers)) < len(numbers):
        raise InvalidIdentifier("Two names have one IPI name number.", "Give the number to the name it belongs to.")
    return replace(
        draft,
        code=code,
        name=name,
        ipi_name=parse_ipi_name(draft.ipi_name) if draft.ipi_name else None,
        ipi_base=parse_ipi_base(draft.ipi_base) if draft.ipi_base else None,
        isni=parse_isni(draft.isni) if draft.isni else None,
        society_code=clean_society_code(draft.society_code) if draft.society_code else None,
        country=clean_country(draft.country),
        language=clean_language(draft.language),
        names=tuple({(further.name, further.kind): further for further in names}.values()),
        mandates=tuple(clean_mandate(mandate) for mandate in draft.mandates),
        membership=clean_membership(draft.membership, code) if draft.membership else None,
        bank=clean_bank(draft.bank) if draft.bank else None,
    )
