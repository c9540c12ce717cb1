"""ONIX in both kinds of tags: invented books, every rule from both sides, hostile messages."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.formats.door import Head, recognise
from muniment.kernel.formats.door.records import WorkRecord
from muniment.kernel.formats.markup import LARGEST_RECORD_BYTES
from muniment.kernel.formats.onix import check, read_records
from muniment.kernel.formats.onix.door import FORMAT
from muniment.kernel.formats.onix.layout import NAMES
from muniment.kernel.formats.onix.rules import TABLE
from muniment.kernel.words.identifiers import make_isni
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.mutations import read_all, spoilt
from tests.kernel.formats.real_files import SHARED, needs_real_files

ISBN, EBOOK = "9780306406157", "9783161484100"
PRODUCT = f"""<Product>
<RecordReference>org.example.1</RecordReference><NotificationType>03</NotificationType>
<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{ISBN}</IDValue></ProductIdentifier>
<ProductIdentifier><ProductIDType>03</ProductIDType><IDValue>{ISBN}</IDValue></ProductIdentifier>
<DescriptiveDetail><ProductComposition>00</ProductComposition><ProductForm>BC</ProductForm>
<Collection><CollectionType>10</CollectionType><TitleDetail><TitleType>01</TitleType><TitleElement>
<TitleElementLevel>02</TitleElementLevel><TitlePrefix>The</TitlePrefix>
<TitleWithoutPrefix>River Books</TitleWithoutPrefix><PartNumber>3</PartNumber></TitleElement></TitleDetail></Collection>
<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>
<TitleText>A Bridge by Night</TitleText><Subtitle>Stories</Subtitle></TitleElement></TitleDetail>
<TitleDetail><TitleType>06</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>
<TitleText>رات کا پل</TitleText></TitleElement></TitleDetail>
<Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole>
<NameIdentifier><NameIDType>16</NameIDType><IDValue>{make_isni(900)}</IDValue></NameIdentifier>
<PersonNameInverted>Malik, Saniya</PersonNameInverted>
<ContributorDate><ContributorDateRole>50</ContributorDateRole><Date dateformat="05">1970</Date></ContributorDate>
</Contributor>
<Contributor><SequenceNumber>2</SequenceNumber><ContributorRole>B06</ContributorRole>
<NamesBeforeKey>Nurlan</NamesBeforeKey><KeyNames>Tashenov</KeyNames>
<AlternativeName><NameType>04</NameType><PersonName>Нұрлан Тәшенов</PersonName></AlternativeName></Contributor>
<Language><LanguageRole>01</LanguageRole><LanguageCode>eng</LanguageCode></Language>
<Extent><ExtentType>00</ExtentType><ExtentValue>245</ExtentValue><ExtentUnit>03</ExtentUnit></Extent>
</DescriptiveDetail>
<PublishingDetail><Imprint><ImprintName>Steppe</ImprintName></Imprint>
<Publisher><PublishingRole>01</PublishingRole><PublisherName>Steppe Press</PublisherName></Publisher>
<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date dateformat="00">20260131</Date></PublishingDate>
</PublishingDetail></Product>"""
SECOND = PRODUCT.replace("org.example.1", "org.example.2").replace(ISBN, EBOOK).replace(">BC<", ">ED<")
MESSAGE = f'<?xml version="1.0" encoding="UTF-8"?>\n<ONIXMessage release="3.1"><Header/>{PRODUCT}{SECOND}</ONIXMessage>'


def _short(message: str) -> str:
    """Return the message in short tags."""
    tags = {reference: short for short, reference in NAMES.items()} | {"ONIXMessage": "ONIXmessage"}
    for reference, short in sorted(tags.items(), key=lambda pair: -len(pair[0])):
        message = message.replace(f"<{reference}>", f"<{short}>").replace(f"</{reference}>", f"</{short}>")
        message = message.replace(f"<{reference} ", f"<{short} ").replace(f"<{reference}/>", f"<{short}/>")
    return message


def _write(folder: Path, message: str) -> Path:
    path = folder / "message.xml"
    path.write_text(message, encoding="utf-8")
    return path


def _works(path: Path) -> list[WorkRecord]:
    return [item for item in read_records(path) if isinstance(item, WorkRecord)]


@pytest.mark.parametrize("message", [MESSAGE, _short(MESSAGE)], ids=["reference tags", "short tags"])
def test_a_product_is_a_work_with_its_edition(message: str, tmp_path: Path) -> None:
    path = _write(tmp_path, message)
    assert list(check(path)) == []
    first, second = _works(path)
    assert [(title.text, title.kind) for title in first.titles] == [
        ("A Bridge by Night", "original"),
        ("رات کا پل", "translated"),
    ]
    assert (first.kind, first.language, first.titles[0].subtitle) == ("text", "eng", "Stories")
    author, translator = first.parties
    assert (author.name, author.roles, author.family_name) == ("Saniya Malik", ("author",), "")
    assert [one.value for one in author.identifiers] == [make_isni(900)]
    assert (translator.name, translator.roles) == ("Nurlan Tashenov", ("translator",))
    assert [name.text for name in translator.other_names] == ["Нұрлан Тәшенов"]
    [edition] = first.editions
    assert [(one.scheme, one.value) for one in edition.identifiers] == [("ISBN", ISBN)]
    assert (edition.form, edition.publisher, edition.imprint) == ("paperback", "Steppe Press", "Steppe")
    assert (edition.page_count, edition.dates[0].on.isoformat() if edition.dates[0].on else "") == (245, "2026-01-31")
    assert [title.text for title in edition.series] == ["The River Books 3"]
    assert second.editions[0].form == "download"


def test_the_door_tells_tags_and_version(tmp_path: Path) -> None:
    found = recognise(_write(tmp_path, _short(MESSAGE)))
    assert (found.format.name, found.recognised.version, found.recognised.profile) == ("onix", "3.1", "short tags")
    assert FORMAT.recognise(Head(b"<html/>", "x.xml")) is None
    preview = FORMAT.preview(_write(tmp_path, MESSAGE), 1)
    assert preview.rows[0][1] == "A Bridge by Night"
    assert preview.counts == {"works": 2, "editions": 2}


@pytest.mark.parametrize(
    "start",
    [
        '<ONIXMessage release="2.1">',
        '<!DOCTYPE ONIXMessage SYSTEM "http://www.editeur.org/onix/2.1/reference/onix-international.dtd"><ONIXMessage>',
        '<ONIXmessage xmlns="http://ns.editeur.org/onix/2.1/short">',
    ],
)
def test_onix_2_is_refused_by_its_name(start: str, tmp_path: Path) -> None:
    name = "ONIXmessage" if "ONIXmessage" in start else "ONIXMessage"
    path = _write(tmp_path, f"{start}{PRODUCT}</{name}>")
    with pytest.raises(BadFile, match=r"ONIX 2\.1"):
        list(read_records(path))
    assert recognise(path).recognised.version == "2.1"


def test_an_older_version_or_another_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="not ONIX"):
        list(read_records(_write(tmp_path, "<catalogue/>")))


BROKEN = {
    "ON-02": ("<TitleText>A Bridge by Night</TitleText><Subtitle>Stories</Subtitle>", ""),
    "ON-03": ("<RecordReference>org.example.1</RecordReference>", ""),
    "ON-04": (f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{ISBN}</IDValue></ProductIdentifier>", ""),
    "ON-05": (
        f"<ProductIDType>15</ProductIDType><IDValue>{ISBN}",
        f"<ProductIDType>15</ProductIDType><IDValue>{ISBN[:-1]}0",
    ),
    "ON-06": (
        f"<ProductIDType>03</ProductIDType><IDValue>{ISBN}",
        f"<ProductIDType>03</ProductIDType><IDValue>{ISBN[:-1]}0",
    ),
    "ON-07": ("<PersonNameInverted>Malik, Saniya</PersonNameInverted>", ""),
    "ON-08": ("<ContributorRole>A01", "<ContributorRole>Q77"),
    "ON-09": (make_isni(900), make_isni(900)[:-1] + ("0" if make_isni(900)[-1] != "0" else "1")),
    "ON-10": ("<LanguageCode>eng", "<LanguageCode>English"),
    "ON-11": (">20260131<", ">31.1.2026<"),
    "ON-12": ("A Bridge by Night", "A Bridge " * 400),
    "ON-13": ("A Bridge by Night", "A Bridge \u202eby Night"),
    "ON-14": ("<NotificationType>03", "<NotificationType>77"),
    "ON-15": ("<ExtentValue>245", "<ExtentValue>many"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told_with_its_line(rule: str, tmp_path: Path) -> None:
    old, new = BROKEN[rule]
    message = MESSAGE
    if rule == "ON-04":
        message = message.replace(old.replace("15", "03", 1).replace(">15<", ">03<"), "", 1)
    if rule == "ON-02":
        message = message.replace("<TitleText>رات کا پل</TitleText>", "", 1)
    assert old in message
    found = [problem for problem in check(_write(tmp_path, message.replace(old, new, 1))) if problem.rule == rule]
    assert [problem.line for problem in found][:1] == [2]
    assert found[0].remedy


def test_every_rule_has_a_case() -> None:
    assert set(TABLE.ids) == set(BROKEN) | {"ON-01"}


def test_a_product_that_is_taken_back_needs_no_title(tmp_path: Path) -> None:
    gone = "<Product><RecordReference>org.example.1</RecordReference><NotificationType>05</NotificationType></Product>"
    path = _write(tmp_path, f'<ONIXMessage release="3.0">{gone}</ONIXMessage>')
    [work] = _works(path)
    assert (work.deleted, work.editions[0].deleted, work.key) == (True, True, "org.example.1")


def test_editions_of_one_work_have_its_key(tmp_path: Path) -> None:
    related = (
        "<RelatedMaterial><RelatedWork><WorkRelationCode>01</WorkRelationCode><WorkIdentifier><WorkIDType>01</WorkIDType>"
        "<IDValue>W-77</IDValue></WorkIdentifier></RelatedWork></RelatedMaterial></Product>"
    )
    path = _write(tmp_path, MESSAGE.replace("</Product>", related))
    assert [work.key for work in _works(path)] == ["01:W-77", "01:W-77"]


BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE.replace("<ONIXMessage", f"{BOMB}<ONIXMessage", 1),
        MESSAGE.replace("<ONIXMessage", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><ONIXMessage', 1),
    ],
)
def test_entities_are_refused_in_whatever_letters(message: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="entities"):
        list(read_records(_write(tmp_path, message)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_a_document_type_far_behind_or_in_other_letters_is_refused(encoding: str, tmp_path: Path) -> None:
    message = MESSAGE.replace("UTF-8", encoding.upper()).replace(
        "<ONIXMessage", f"<!--{'x' * 9}-->{BOMB}<ONIXMessage", 1
    )
    if encoding == "utf-8":
        message = message.replace("x" * 9, "x" * 1_100_000, 1)
    path = tmp_path / "message.xml"
    path.write_bytes(message.encode(encoding))
    with pytest.raises(BadFile):
        list(read_records(path))


def test_a_record_that_does_not_end_is_refused_before_it_is_held(tmp_path: Path) -> None:
    endless = MESSAGE.replace("A Bridge by Night", "<b>A Bridge</b>" * (LARGEST_RECORD_BYTES // 14), 1)
    with pytest.raises(BadFile):
        list(read_records(_write(tmp_path, endless)))


@given(data=st.data())
def test_a_spoilt_message_is_told_or_refused(data: st.DataObject, tmp_path: Path) -> None:
    content = data.draw(spoilt(MESSAGE.encode()))
    found = read_all(read_records, tmp_path / "spoilt.xml", content)
    assert isinstance(found, str) or all(isinstance(item, Problem | WorkRecord) for item in found)


@needs_real_files
@pytest.mark.parametrize(("name", "count"), [
    ("jonix_Onix3.1-single-ref.xml", 1), ("jonix_Onix3.1-single-short.xml", 1), ("jonix_onix3-multiple.xml", 21),
    ("jonix_onix3-single.xml", 1), ("jonix_single-book-onix3-short.xml", 1),
])  # fmt: skip
def test_real_messages_are_read_whole(name: str, count: int) -> None:
    path = SHARED / "onix" / name
    assert list(check(path)) == []
    works = _works(path)
    assert len(works) == count
    assert all(work.parties and work.editions[0].identifiers for work in works)


def test_very_many_broken_languages_cost_what_their_size_does(tmp_path: Path) -> None:
    many = "".join(f"<Language><LanguageCode>{number:05}</LanguageCode></Language>" for number in range(20_000))
    path = _write(tmp_path, MESSAGE.replace("<Language><LanguageRole>01</LanguageRole>", f"{many}<Language>", 1))
    began = time.process_time()
    assert len(list(check(path))) == 1_000
    assert time.process_time() - began < 5
    assert _works(path)[0].language == "eng"


def test_a_version_without_end_is_cut_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        list(read_records(_write(tmp_path, MESSAGE.replace('"3.1"', f'"{"4" * 9_000}"'))))
    assert len(caught.value.message) < 100


@pytest.mark.parametrize("filling", ["<a/>" * 500_000, "<a " + "".join(f'b{n:x}="" ' for n in range(300_000)) + "/>"])
def test_a_record_of_very_many_elements_is_refused_before_they_fill_the_memory(filling: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="very many elements"):
        list(
            read_records(_write(tmp_path, MESSAGE.replace("</DescriptiveDetail>", f"{filling}</DescriptiveDetail>", 1)))
        )
