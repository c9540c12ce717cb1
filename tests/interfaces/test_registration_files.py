"""Applications as files: what is read, and which line and field is named when something is wrong."""

import json
from datetime import date
from pathlib import Path

import pytest

from muniment.interfaces.registration_files import read_application, read_application_file
from muniment.kernel.words.problems import BadFile
from muniment.rights.registry.rules.application import Kind

GOOD = '''# invented
profile = "zhejiang"
title = "Winds of the valleys"
summary = """
Measured
by hand, "twice".
"""
record_count = 12

[[applicants]]
name = "Aigul Sarsenova"   # invented
kind = "natural"

[[sources]]
kind = "licensed"
contract_until_on = 2027-01-31

[[sources]]
kind = "self_collected"
'''


def test_toml_is_read_with_the_line_of_each_field() -> None:
    found = read_application(GOOD, is_json=False)
    assert found.problems == ()
    assert (found.profile, found.kind, found.registration) == ("zhejiang", Kind.FIRST, "")
    assert found.statement.applicants[0].name == "Aigul Sarsenova"
    assert found.statement.sources[0].contract_until_on == date(2027, 1, 31)
    lines = {name: found.line_of(name) for name in ("title", "record_count", "applicants.0.kind", "sources.1.kind")}
    assert lines == {"title": 3, "record_count": 8, "applicants.0.kind": 12, "sources.1.kind": 19}
    assert found.line_of("sources.0.contract_sha256") == 14, "a field that is not there: where its row begins"
    assert found.line_of("industry") is None


def test_json_is_read_with_the_line_of_each_field() -> None:
    values = {"profile": "beijing", "kind": "change", "registration": "R", "rights_claimed": ["hold", "use"]}
    values |= {"applicants": [{"name": "a, [b]: {c}"}, {"name": "B"}], "title": 'A "title"'}  # type: ignore[dict-item]
    found = read_application(json.dumps(values, indent=1), is_json=True)
    assert found.problems == ()
    assert (found.kind, found.statement.rights_claimed) == (Kind.CHANGE, ("hold", "use"))
    text = json.dumps(values, indent=1).splitlines()
    assert text[(found.line_of("applicants.1.name") or 0) - 1].strip() == '"name": "B"'
    assert text[(found.line_of("title") or 0) - 1].strip().startswith('"title"')


def test_every_wrong_field_is_told_with_its_line() -> None:
    text = GOOD.replace("record_count = 12", 'record_count = "many"\nindustri = "6450"').replace('"zhejiang"', "7")
    text = text.replace("2027-01-31", '"soon"')
    found = read_application(text, is_json=False)
    told = [(one.line, one.field) for one in found.problems]
    assert told == [(2, "profile"), (8, "record_count"), (9, "industri"), (17, "sources.0.contract_until_on")]
    assert "industry" in found.problems[2].remedy
    assert found.statement.title == "Winds of the valleys"
    wrong = read_application('kind = "frist"\nsources = [ { kind = "licensed", route = 1 } ]', is_json=False)
    assert [(one.line, one.field) for one in wrong.problems] == [(1, "kind"), (2, "sources.0.route")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", b"title = "),
        ("a.toml", b"a = 1\na = 2"),
        ("a.json", b"[]"),
        ("a.json", b'{"title": "a", "title": "b"}'),
        ("a.json", b"[" * 100_000),
        ("a.toml", b"\xff\xfe"),
        ("a.toml", b"x = 0\n" * 1_000_000),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile):
        read_application_file(tmp_path / name)
    with pytest.raises(BadFile):
        read_application_file(tmp_path / "missing.toml")
