"""Read ONIX: each product as a work with one edition.

The work's key is the identifier that the message gives for the work itself, else the reference of the record, so that
editions of one work come together where the sender says so. Prices, stock, texts and media are not looked at.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from muniment.kernel.formats.door.records import (
    DateRecord,
    EditionRecord,
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.formats.markup import line_of, read_root, records
from muniment.kernel.formats.onix.elements import Node
from muniment.kernel.formats.onix.layout import codes
from muniment.kernel.formats.onix.rules import TABLE
from muniment.kernel.formats.texts import LONGEST_TEXT, UNUSUAL, clean
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_ean, parse_isbn, parse_isni
from muniment.kernel.words.problems import BadFile, Level, Problem

_NOTIFICATIONS = frozenset({"01", "02", "03", "04", "05", "08", "09", "12", "13", "14", "88", "89"})
_DELETED = "05"
_MOST_PROBLEMS = 1_000
"""So many things are told of one product."""
_PRODUCTS = frozenset({"Product", "product"})


def read_records(path: Path) -> Iterator[NeutralRecord | Problem]:
    """Yield the products of a message and what is wrong with them.

    Raises:
        BadFile: it is not ONIX 3, not well formed, or a product is too large.
    """
    version_of(path)
    for element in records(path, _PRODUCTS):
        reading = _Product(Node(element), line_of(element))
        work = reading.work()
        yield from reading.problems
        if work is not None:
            yield work


def check(path: Path) -> Iterator[Problem]:
    """Yield every error and warning of a message.

    Raises:
        BadFile: see `read_records`.
    """
    return (item for item in read_records(path) if isinstance(item, Problem))


def version_of(path: Path) -> str:
    """Return the version of a message, "3.0" or "3.1".

    Raises:
        BadFile: it is ONIX 2.1, another version, or no ONIX.
    """
    root = read_root(path)
    if root.name.lower() != "onixmessage":
        raise BadFile(f"{path.name} is not ONIX: it begins with {root.name[:60]}.", "Send an ONIX message.")
    version = root.attributes.get("release") or _version_in(root.namespace)
    if version.startswith("3."):
        return version[:3]
    told = f"ONIX {version[:20]}" if version else "ONIX 2.1 or older"
    raise BadFile(f"{path.name} is {told}, which is not read.", "Ask the sender for ONIX 3.0 or 3.1.")


def _version_in(namespace: str) -> str:
    return next((version for version in ("3.1", "3.0", "2.1") if f"/{version}/" in namespace), "")


class _Product:
    """One product while it is read, and what was wrong with it."""

    def __init__(self, node: Node, line: int) -> None:
        self._node = node
        self._line = line
        self._told: dict[Problem, None] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what was wrong, each thing once."""
        return tuple(self._told)

    def work(self) -> WorkRecord | None:
        """Return the product as a work with its edition, None where it cannot be used."""
        reference = self._text(self._node.text("RecordReference"), "RecordReference")
        if not reference:
            self._broken("ON-03", "RecordReference", "The product has no record reference.")
        kind = self._node.text("NotificationType")
        if kind and kind not in _NOTIFICATIONS:
            self._broken("ON-14", "NotificationType", f"{kind[:20]!r} is no kind of notification.")
        detail = self._node.first("DescriptiveDetail")
        titles = self._titles(detail)
        deleted = kind == _DELETED
        if not titles and not deleted:
            self._broken("ON-02", "TitleDetail", "The product has no title.")
            return None
        people = tuple(self._people(detail))
        language, script = self._language(detail)
        edition = self._edition(detail, reference, titles, deleted=deleted)
        key = self._work_key() or reference
        own = [TitleRecord(one.text, one.kind, one.subtitle, language, script) for one in titles[:1]]
        return WorkRecord(
            key=key,
            titles=(*own, *titles[1:]) if titles else (TitleRecord(reference),),
            parties=people,
            editions=(edition,),
            line=self._line,
            kind="text",
            language=language,
            deleted=deleted,
        )

    def _edition(self, detail: Node, reference: str, titles: list[TitleRecord], *, deleted: bool) -> EditionRecord:
        publishing = self._node.first("PublishingDetail")
        form = codes("detail").get(detail.text("ProductFormDetail")) or codes("form").get(
            detail.text("ProductForm"), ""
        )
        return EditionRecord(
            key=reference,
            titles=tuple(titles[:1]) or (TitleRecord(reference),),
            form=form,
            identifiers=tuple(self._numbers()),
            publisher=self._publisher(publishing),
            imprint=self._text(publishing.first("Imprint").text("ImprintName"), "ImprintName"),
            edition=self._text(detail.text("EditionStatement") or detail.text("EditionNumber"), "EditionStatement"),
            series=tuple(self._series(detail)),
            dates=tuple(self._dates(publishing)),
            languages=tuple(code for code in (self._language(detail)[0],) if code),
            country=publishing.text("CountryOfPublication")[:2],
            page_count=self._pages(detail),
            deleted=deleted,
            line=self._line,
        )

    def _titles(self, detail: Node) -> list[TitleRecord]:
        """Return the titles of the product, its distinctive one first; titles of a collection are its series."""
        found: dict[str, TitleRecord] = {}
        for title in detail.each("TitleDetail"):
            kind = codes("title").get(title.text("TitleType"), "alternative")
            elements = list(title.each("TitleElement"))
            own = [one for one in elements if one.text("TitleElementLevel") in ("01", "")] or elements
            text = self._text(" : ".join(filter(None, map(_title_text, own))), "TitleText")
            subtitle = self._text(own[0].text("Subtitle") if own else "", "Subtitle")
            if text and text.casefold() not in found:
                found[text.casefold()] = TitleRecord(text, kind, subtitle)
        return sorted(found.values(), key=lambda title: title.kind != "original")

    def _series(self, detail: Node) -> Iterator[TitleRecord]:
        for collection in detail.each("Collection"):
            for title in collection.each("TitleDetail"):
                elements = list(title.each("TitleElement"))
                names = [text for one in elements if (text := _title_text(one))]
                part = next((one.text("PartNumber") for one in elements if one.text("PartNumber")), "")
                if names:
                    yield TitleRecord(self._text(" ".join(filter(None, (names[0], part))), "Collection"), "series")

    def _numbers(self) -> Iterator[IdentifierRecord]:
        told: dict[tuple[str, str], None] = {}
        for one in self._node.each("ProductIdentifier"):
            scheme = codes("number").get(one.text("ProductIDType"), "proprietary")
            value = self._number(scheme, one.text("IDValue"))
            if value:
                told[scheme, value] = None
        isbns = {value for scheme, value in told if scheme == "ISBN"}
        for scheme, value in told:
            if scheme != "EAN-13" or value not in isbns:
                yield IdentifierRecord(scheme, value)
        if not told:
            self._broken("ON-04", "ProductIdentifier", "The product has no number.")

    def _number(self, scheme: str, text: str) -> str:
        try:
            if scheme == "ISBN":
                return parse_isbn(text)
            if scheme == "EAN-13":
                return parse_ean(text)
        except InvalidIdentifier as error:
            self._broken("ON-05" if scheme == "ISBN" else "ON-06", "IDValue", error.message)
            return ""
        return self._text(text, "IDValue")[:100]

    def _people(self, detail: Node) -> Iterator[PartyRecord]:
        for one in detail.each("Contributor"):
            name = self._text(_name_of(one), "PersonName")
            if not name:
                if not one.text("UnnamedPersons"):
                    self._broken("ON-07", "Contributor", "A contributor has no name.")
                continue
            told = one.texts("ContributorRole")
            for code in told:
                if code not in codes("role"):
                    self._broken("ON-08", "ContributorRole", f"{code[:20]!r} is no role of the list.")
            roles = dict.fromkeys(codes("role").get(code, "contributor") for code in told)
            born, died = self._life(one)
            others = [self._text(_name_of(other), "AlternativeName") for other in one.each("AlternativeName")]
            yield PartyRecord(
                name=name,
                roles=tuple(roles) or ("contributor",),
                kind="organisation" if one.text("CorporateName") else "person",
                family_name=self._text(one.text("KeyNames"), "KeyNames"),
                given_names=self._text(one.text("NamesBeforeKey"), "NamesBeforeKey"),
                other_names=tuple(TitleRecord(other, "alternative") for other in others if other),
                identifiers=tuple(self._name_numbers(one)),
                sequence=int(one.text("SequenceNumber")) if _is_short_number(one.text("SequenceNumber")) else 0,
                born_on=born,
                died_on=died,
                line=self._line,
            )

    def _name_numbers(self, contributor: Node) -> Iterator[IdentifierRecord]:
        for one in contributor.each("NameIdentifier"):
            scheme = codes("name").get(one.text("NameIDType"))
            text = one.text("IDValue")
            if scheme is None or not text:
                continue
            try:
                value = parse_isni(text.rpartition("/")[2])
            except InvalidIdentifier as error:
                self._broken("ON-09", "IDValue", error.message)
                continue
            yield IdentifierRecord(scheme, value)

    def _life(self, contributor: Node) -> tuple[date | None, date | None]:
        days: dict[str, date | None] = {}
        for one in contributor.each("ContributorDate"):
            days[one.text("ContributorDateRole")] = self._date(one)[0]
        return days.get("50") or days.get("01"), days.get("51") or days.get("02")

    def _dates(self, publishing: Node) -> Iterator[DateRecord]:
        for one in publishing.each("PublishingDate"):
            kind = codes("date").get(one.text("PublishingDateRole"))
            if kind:
                on, text = self._date(one)
                yield DateRecord(kind, on, text)

    def _date(self, node: Node) -> tuple[date | None, str]:
        """Return a day, or the year or month that stands for it as text."""
        text = self._text(node.text("Date"), "Date").replace("-", "")[:40]
        digits = text.partition("T")[0]
        if digits.isascii() and digits.isdigit() and len(digits) in (4, 6):
            return None, digits if len(digits) == 4 else f"{digits[:4]}-{digits[4:]}"
        try:
            if digits.isascii() and digits.isdigit() and len(digits) == 8:
                return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])), ""
        except ValueError:
            digits = ""
        if text:
            self._broken("ON-11", "Date", f"{text!r} is no date.")
        return None, text

    def _language(self, detail: Node) -> tuple[str, str]:
        """Return (language of the text, its script)."""
        for one in detail.each("Language"):
            if one.text("LanguageRole") in ("01", ""):
                code = one.text("LanguageCode").lower()
                if len(code) == 3 and code.isascii() and code.isalpha():
                    return code, one.text("ScriptCode")[:4]
                self._broken("ON-10", "LanguageCode", f"{code[:20]!r} is no language.")
        return "", ""

    def _pages(self, detail: Node) -> int | None:
        for one in detail.each("Extent"):
            if one.text("ExtentType") in ("00", "05", "07", "10", "11") and one.text("ExtentUnit") == "03":
                text = one.text("ExtentValue")
                if _is_short_number(text):
                    return int(text)
                self._broken("ON-15", "ExtentValue", f"{text[:20]!r} is no number of pages.")
        return None

    def _publisher(self, publishing: Node) -> str:
        names = [self._text(one.text("PublisherName"), "PublisherName") for one in publishing.each("Publisher")]
        return next(filter(None, names), "")

    def _work_key(self) -> str:
        for related in self._node.first("RelatedMaterial").each("RelatedWork"):
            if related.text("WorkRelationCode") == "01":
                number = related.first("WorkIdentifier")
                value = self._text(number.text("IDValue"), "WorkIdentifier")
                if value:
                    return f"{number.text('WorkIDType')}:{value}"[:100]
        return ""

    def _text(self, text: str, field: str) -> str:
        if UNUSUAL.search(text) is not None:
            self._broken("ON-13", field, f"{field} has marks that turn its direction.")
        plain = clean(text)
        if len(plain) > LONGEST_TEXT:
            self._broken("ON-12", field, f"{field} is {len(plain):,} characters long.")
        return plain[:LONGEST_TEXT]

    def _broken(self, rule: str, field: str, message: str) -> None:
        problem = TABLE.broken(rule, self._line, field, message)
        assert problem.level is not Level.ERROR or rule == "ON-02", rule
        if len(self._told) < _MOST_PROBLEMS:
            self._told[problem] = None


def _title_text(element: Node) -> str:
    without = element.text("TitleWithoutPrefix")
    return element.text("TitleText") or " ".join(filter(None, (element.text("TitlePrefix"), without)))


def _name_of(node: Node) -> str:
    """Return a name in the order in which it is read."""
    corporate = node.text("CorporateName")
    parts = [node.text(name) for name in ("NamesBeforeKey", "PrefixToKey", "KeyNames", "NamesAfterKey")]
    whole = node.text("PersonName") or corporate or " ".join(filter(None, parts))
    if whole:
        return whole
    key, comma, given = node.text("PersonNameInverted").partition(",")
    return f"{given.strip()} {key}".strip() if comma else key


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
