"""MARC 21 in its three ways: invented records, other scripts, every rule from both sides, hostile files."""

import json
import time
from pathlib import Path

import pymarc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.formats.door import Head, recognise
from muniment.kernel.formats.door.records import EditionRecord, WorkRecord
from muniment.kernel.formats.marc import check, read_records
from muniment.kernel.formats.marc.door import FORMAT
from muniment.kernel.formats.marc.rules import TABLE
from muniment.kernel.words.identifiers import make_isni
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.mutations import read_all, spoilt
from tests.kernel.formats.real_files import SHARED, needs_real_files

ISBN = "9780306406157"
LEADER = "00000nam a2200000 a 4500"


def _record(leader: str = LEADER, **changed: str) -> pymarc.Record:
    """Return an invented book; `changed` replaces texts of it, by what stood there under a name."""
    told = {
        "number": "b1", "isbn": f"{ISBN} (pbk.)", "title": "A bridge by night :", "author": "Malik, Saniya,",
        "relator": "author.", "language": "eng", "link": "100-01/(3", "isni": make_isni(900), "issn": "0378-5955",
    } | changed  # fmt: skip
    record = pymarc.Record(leader=leader)
    sub, field = pymarc.Subfield, pymarc.Field
    if told["number"]:
        record.add_field(field("001", data=told["number"]))
    record.add_field(field("008", data=f"260131s2026    kz a    o    000 1  {told['language']}  "))
    record.add_field(field("020", [" ", " "], [sub("a", told["isbn"])]))
    record.add_field(field("022", [" ", " "], [sub("a", told["issn"])]))
    record.add_field(field("035", [" ", " "], [sub("a", "(OCoLC)ocm00012345")]))
    people = [sub("6", "880-01"), sub("a", told["author"]), sub("d", "1970-2020,"), sub("e", told["relator"])]
    record.add_field(field("100", ["1", " "], [*people, sub("0", f"(isni){told['isni']}")]))
    if told["title"]:
        title = [sub("6", "880-02"), sub("a", told["title"]), sub("b", "stories /"), sub("c", "Saniya Malik.")]
        record.add_field(field("245", ["1", "2"], title))
    record.add_field(field("246", ["3", " "], [sub("a", "Night bridge")]))
    imprint = [sub("a", "Almaty :"), sub("b", "Steppe Press,"), sub("c", "2026.")]
    record.add_field(field("264", [" ", "1"], imprint))
    record.add_field(field("300", [" ", " "], [sub("a", "xii, 245 pages ;")]))
    record.add_field(field("490", ["0", " "], [sub("a", "River books ;"), sub("v", "3")]))
    record.add_field(field("700", ["1", " "], [sub("a", "Tashenov, Nurlan,"), sub("4", "trl")]))
    record.add_field(field("880", ["1", " "], [sub("6", told["link"]), sub("a", "ملک، صانیہ")]))
    record.add_field(field("880", ["1", "0"], [sub("6", "245-02/(3"), sub("a", "رات کا پل")]))
    record.add_field(field("856", ["4", "0"], [sub("u", "https://books.example/bridge")]))
    return record


def _forms(record: pymarc.Record) -> dict[str, bytes]:
    """Return a record in each way in which it can be written."""
    xml = pymarc.record_to_xml(record)
    head = b'<?xml version="1.0"?><collection xmlns="http://www.loc.gov/MARC21/slim">'
    return {
        "binary": record.as_marc(),
        "xml": head + xml + b"</collection>",
        "json": json.dumps([record.as_dict()], ensure_ascii=False).encode(),
    }


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "records"
    path.write_bytes(content)
    return path


def _work(path: Path) -> WorkRecord:
    [work] = [item for item in read_records(path) if isinstance(item, WorkRecord)]
    return work


@pytest.mark.parametrize("form", ["binary", "xml", "json"])
def test_a_record_is_a_work_with_its_edition(form: str, tmp_path: Path) -> None:
    path = _write(tmp_path, _forms(_record())[form])
    assert list(check(path)) == []
    work = _work(path)
    assert [(title.text, title.subtitle, title.script) for title in work.titles] == [
        ("A bridge by night", "stories", "Latn"),
        ("رات کا پل", "", "Arab"),
        ("Night bridge", "", "Latn"),
    ]
    author, translator = work.parties
    assert (author.name, author.roles, author.family_name) == ("Saniya Malik", ("author",), "Malik")
    assert [(name.text, name.script) for name in author.other_names] == [("ملک، صانیہ", "Arab")]
    assert (author.born_on.year if author.born_on else 0, author.died_on.year if author.died_on else 0) == (1970, 2020)
    assert [(one.scheme, one.value) for one in author.identifiers] == [("ISNI", make_isni(900))]
    assert (translator.name, translator.roles) == ("Nurlan Tashenov", ("translator",))
    [edition] = work.editions
    assert {(one.scheme, one.value) for one in edition.identifiers} == {
        ("ISBN", ISBN), ("ISSN", "03785955"), ("OCLC", "00012345"),
    }  # fmt: skip
    assert (edition.publisher, edition.page_count, edition.form) == ("Steppe Press", 245, "online")
    assert (edition.dates[0].text, edition.languages, edition.series[0].text) == ("2026", ("eng",), "River books")
    assert (work.kind, work.language, edition.url) == ("text", "eng", "https://books.example/bridge")


@pytest.mark.parametrize(("form", "profile"), [("binary", "ISO 2709"), ("xml", "MARCXML"), ("json", "JSON")])
def test_the_door_tells_each_way(form: str, profile: str, tmp_path: Path) -> None:
    found = recognise(_write(tmp_path, _forms(_record())[form]))
    assert (found.format.name, found.recognised.profile) == ("marc", profile)
    assert FORMAT.preview(_write(tmp_path, _forms(_record())[form]), 3).counts == {"works": 1, "editions": 1}
    assert FORMAT.recognise(Head(b'[{"a": 1}]', "x.json")) is None


def test_marc_8_is_read(tmp_path: Path) -> None:
    record = pymarc.Record(leader="00000nam  2200000 a 4500", force_utf8=False)
    record.add_field(pymarc.Field("001", data="m8"))
    record.add_field(pymarc.Field("245", ["0", "0"], [pymarc.Subfield("a", "communaut@e")]))
    raw = record.as_marc().replace(b"@e", b"\xe2e")  # the acute stands before its letter
    raw = raw[:9] + b" " + raw[10:]  # a blank in the leader: MARC-8
    assert _work(_write(tmp_path, raw)).titles[0].text == "communauté"


BROKEN = {
    "MA-03": {"title": ""}, "MA-04": {"isbn": ISBN[:-1] + "0"}, "MA-05": {"issn": "0378-5956"},
    "MA-06": {"relator": "godmother."}, "MA-07": {"link": "110-07/(3"}, "MA-08": {"language": "e1g"},
    "MA-09": {"number": ""}, "MA-10": {"title": "A \u202ebridge"}, "MA-11": {"isni": "0000000000000002"},
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("form", ["binary", "xml", "json"])
def test_a_broken_rule_is_told(rule: str, form: str, tmp_path: Path) -> None:
    found = list(check(_write(tmp_path, _forms(_record(**BROKEN[rule]))[form])))
    wanted = {rule, "MA-07"} if rule == "MA-03" else {rule}
    assert {problem.rule for problem in found} <= wanted
    assert rule in {problem.rule for problem in found}
    assert found[0].line == 1


def test_a_record_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    good = _record().as_marc()
    bad = good.replace(b"\x1d", b"")[:-40] + b"\x1d"
    bad = f"{len(bad):05d}".encode() + bad[5:]
    items = list(read_records(_write(tmp_path, good + bad + good)))
    assert len([item for item in items if isinstance(item, WorkRecord)]) >= 1
    assert {item.rule for item in items if isinstance(item, Problem)} <= {"MA-01", "MA-12", "MA-03", "MA-07"}
    assert [item.line for item in items if isinstance(item, Problem)]


def test_letters_of_another_encoding_are_told(tmp_path: Path) -> None:
    raw = _record().as_marc().replace(b"Night bridge", b"Night \xe9ridge")
    assert [(found.rule, found.line) for found in check(_write(tmp_path, _record().as_marc() + raw))] == [("MA-12", 2)]


def test_unimarc_is_refused_by_its_name_or_told_record_by_record(tmp_path: Path) -> None:
    unimarc = pymarc.Record(leader="00000nam0 2200000   450 ")
    unimarc.add_field(pymarc.Field("200", ["1", " "], [pymarc.Subfield("a", "Il ponte")]))
    path = _write(tmp_path, unimarc.as_marc())
    assert recognise(path).recognised.version == "UNIMARC"
    with pytest.raises(BadFile, match="UNIMARC"):
        list(read_records(path))
    mixed = _write(tmp_path, _record().as_marc() + unimarc.as_marc())
    assert [found.rule for found in check(mixed)] == ["MA-02"]


def test_the_isbn_of_a_set_does_not_tell_the_work(tmp_path: Path) -> None:
    work = _work(_write(tmp_path, _record(isbn=f"{ISBN} (set)").as_marc()))
    assert "ISBN of a part" in {one.scheme for one in work.editions[0].identifiers}


def test_a_sound_recording_is_an_edition_by_itself(tmp_path: Path) -> None:
    items = list(read_records(_write(tmp_path, _record(leader="00000njm a2200000 a 4500").as_marc())))
    assert [item.kind for item in items if isinstance(item, EditionRecord)] == ["release"]


def test_every_rule_has_a_case() -> None:
    assert set(TABLE.ids) == set(BROKEN) | {"MA-01", "MA-02", "MA-12"}


@pytest.mark.parametrize(
    "content", [b"12345", b"[" * 10_000, b'{"a":' * 100_000, b"[1, 2, 3]", b"<a><b></a>", b"\x00" * 300]
)
def test_what_is_no_marc_is_told_or_refused(content: bytes, tmp_path: Path) -> None:
    found = read_all(read_records, tmp_path / "x", content)
    assert isinstance(found, str) or all(isinstance(item, Problem) for item in found)


@given(data=st.data(), form=st.sampled_from(["binary", "xml", "json"]))
def test_a_spoilt_record_is_told_or_refused(data: st.DataObject, form: str, tmp_path: Path) -> None:
    found = read_all(read_records, tmp_path / "spoilt", data.draw(spoilt(_forms(_record())[form])))
    assert isinstance(found, str) or all(isinstance(item, Problem | WorkRecord | EditionRecord) for item in found)


@needs_real_files
@pytest.mark.parametrize(("name", "count"), [
    ("pymarc_batch.json", 2), ("pymarc_batch.xml", 2), ("pymarc_marc.dat", 20), ("pymarc_marc8.dat", 1),
    ("pymarc_multi_isbn.dat", 1), ("pymarc_one.dat", 1), ("pymarc_one.json", 1), ("pymarc_utf8.xml", 1),
])  # fmt: skip
def test_real_records_are_read_whole(name: str, count: int) -> None:
    items = list(read_records(SHARED / "marc" / name))
    assert len([item for item in items if not isinstance(item, Problem)]) == count
    assert not [item for item in items if isinstance(item, Problem)]


def _binary(fields: list[tuple[str, bytes]], told: int | None = None) -> bytes:
    """Return a record whose directory tells each field once, or its first one `told` times."""
    directory, data = b"", b""
    for tag, content in fields:
        directory += f"{tag}{len(content) + 1:04d}{len(data):05d}".encode() * (told or 1)
        data += content + b"\x1e"
    base = len(LEADER) + len(directory) + 1
    length = base + len(data) + 1
    return f"{length:05d}nam a22{base:05d} a 4500".encode() + directory + b"\x1e" + data + b"\x1d"


def _xml(fields: str) -> bytes:
    title = '<datafield tag="245"><subfield code="a">A bridge</subfield></datafield>'
    return f"<collection xmlns='http://www.loc.gov/MARC21/slim'><record><leader>{LEADER}</leader>{title}{fields}</record></collection>".encode()


def test_a_directory_that_tells_the_same_bytes_a_thousand_times_costs_the_record(tmp_path: Path) -> None:
    bomb = _binary([("020", b"  " + b"\x1fa1" * 3_000)], told=5_000)
    path = _write(tmp_path, _record().as_marc() + bomb + _record().as_marc())
    found = list(read_records(path))
    assert [problem.message for problem in found if isinstance(problem, Problem)] == [
        "Record 2 cannot be read: its fields lie over each other."
    ]
    assert sum(isinstance(one, WorkRecord) for one in found) == 2


@pytest.mark.parametrize("length", [b"-0005", b"00000", b"00024", b"99999", b"1_000", b"+0999"])
def test_a_record_that_lies_about_its_length_ends_the_file(length: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path, _record().as_marc() + length + b"x" * 5_000 + b"\x1d")
    found = list(read_records(path))
    assert [(one.rule, one.line) for one in found if isinstance(one, Problem)] == [("MA-01", 2)]
    assert sum(isinstance(one, WorkRecord) for one in found) == 1


def test_odd_subfields_are_read_without_a_warning_for_each(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    fields = [("001", b"1"), ("245", b"  \x1faA bridge\x1f\xc3\xa9\x1fbx"), ("246", b"\x1faNo indicators")]
    assert _work(_write(tmp_path, _binary(fields))).titles[0].text == "A bridge"
    assert not recwarn.list
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[{"leader":%s}]' % ("1" * 5_000), "number without end"),
        ('[{"a":' + "[" * 100_000, "nested too deeply"),
        ('[{"a":"' + "x" * 3_000_000, "is not JSON"),
    ],
)
def test_json_that_never_ends_is_refused(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=word):
        list(read_records(_write(tmp_path, text.encode())))


def test_half_of_a_letter_costs_the_record(tmp_path: Path) -> None:
    [good] = json.loads(f"[{_record().as_json()}]")
    bad = json.loads(json.dumps(good).replace("A bridge by night", "A \\ud800 bridge"))
    found = list(read_records(_write(tmp_path, json.dumps([good, bad, good]).encode())))
    assert [(one.rule, one.line) for one in found if isinstance(one, Problem)] == [("MA-12", 2)]
    assert sum(isinstance(one, WorkRecord) for one in found) == 2


def test_a_record_of_json_that_is_larger_than_a_piece_is_read(tmp_path: Path) -> None:
    [record] = json.loads(f"[{_record().as_json()}]")
    record["fields"].append({"520": {"ind1": " ", "ind2": " ", "subfields": [{"a": "x" * 900_000}]}})
    text = json.dumps([record, record, record])
    assert sum(isinstance(one, WorkRecord) for one in read_records(_write(tmp_path, text.encode()))) == 3


def _field(tag: str, *subfields: str) -> str:
    """Return a field of XML; each subfield is its code and then its text."""
    inside = "".join(f'<subfield code="{one[0]}">{one[1:]}</subfield>' for one in subfields)
    return f'<datafield tag="{tag}">{inside}</datafield>'


NASTY = {
    "empty subfields": '<datafield tag="999">' + "<subfield/>" * 363_636 + '</datafield><datafield tag="041"/>',
    "other scripts": _field("246", "6880-01", "aB") * 5_000 + _field("880", "6246-01", "aC") * 5_000,
    "numbers": _field("020", *(f"a{number}" for number in range(20_000))),
    "a name's number": _field("700", "aN", "0isni" + "a" * 1_000_000),
}


@pytest.mark.parametrize("name", NASTY)
def test_a_record_costs_what_its_size_does(name: str, tmp_path: Path) -> None:
    path = _write(tmp_path, _xml(NASTY[name]))
    began = time.process_time()
    problems = list(check(path))
    assert time.process_time() - began < 5
    assert 1 <= len(problems) <= 1_000
