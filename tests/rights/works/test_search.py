"""Finding works: in any script, by any name or number, on either database."""

from pathlib import Path

import pytest

from muniment.kernel.words.identifiers import format_iswc
from muniment.rights.parties.rules.values import NameDraft, NameKind
from muniment.rights.parties.services import add_name, register_party
from muniment.rights.works import queries, services
from muniment.rights.works.rules.words import query_words, title_key, words_of
from tests.cast import CHEN
from tests.rights.works.samples import AT, ISRC, ISWC, write_table


@pytest.fixture
def works(tmp_path: Path) -> None:
    headers = "Work number,Title,Alternate title,ISWC,Party name,Role,PR share,ISRC,Performer"
    rows = [
        f"W1,دریا کا گیت,Darya ka Geet,{ISWC},عائشہ خان,CA,100,{ISRC},The Steppe Band",
        "W2,月亮代表那盏灯,,,雲清舟,C,100,,鄧雲舟",
        "W3,Дорогой зимнею,Those Were Our Days,,Борис Ручьёв-Дальний,C,100,,Mary Brindlewick",
        "W4,Don't Stop,,,Asan O'Neill,CA,100,,",
        "W5,Love,,,Asan,CA,100,,",
        "W6,Love Me,,,Asan,CA,100,,",
    ]
    file = write_table(tmp_path, *rows, headers=headers)
    report = services.import_works_table(actor=CHEN, at=AT, path=file, claim="own")
    assert report.work_count == 6


@pytest.mark.django_db
@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("دریا", ["W1"]),
        ("گیت دریا", ["W1"]),
        ("darya", ["W1"]),
        ("DARYA KA gee", ["W1"]),
        ("عائشہ", ["W1"]),
        ("steppe", ["W1"]),
        ("月亮", ["W2"]),
        ("代表那", ["W2"]),
        ("鄧雲舟", ["W2"]),
        ("дорогой", ["W3"]),
        ("dorogoy", ["W3"]),
        ("days brindlewick", ["W3"]),
        ("dont", ["W4"]),
        ("don't stop", ["W4"]),
        ("oneill", ["W4"]),
        ("love", ["W5", "W6"]),  # the one with just this title first
        ("lov", ["W6", "W5"]),
        (ISWC, ["W1"]),
        (format_iswc(ISWC), ["W1"]),
        (ISRC, ["W1"]),
        ("W4", ["W4"]),
        ("love darya", []),
        ("nothing of the kind", []),
        ("!!!", []),
        ("'; DROP TABLE works_work; --", []),
        ('"love" OR "days" NEAR', []),
        ("love:* & !x", []),
    ],
)
def test_a_typed_text_finds(text: str, codes: list[str]) -> None:
    page = queries.find_works(text)
    assert [hit.code for hit in page.rows] == codes
    assert page.total == len(codes)


@pytest.mark.django_db
@pytest.mark.usefixtures("works")
def test_lists_come_in_pages() -> None:
    first, second = queries.find_works("", limit=4), queries.find_works("", limit=4, offset=4)
    assert (first.total, len(first.rows), len(second.rows)) == (6, 4, 2)
    assert len({hit.code for hit in first.rows + second.rows}) == 6
    assert queries.find_works("love", limit=1, offset=1).rows[0].code == "W6"
    party = queries.get_work_by_code("W5").share_lines[0].party_id
    assert [hit.code for hit in queries.works_of_party(party).rows] == ["W5", "W6"]


@pytest.mark.django_db
@pytest.mark.usefixtures("works")
def test_look_ups_leave_out_what_is_not_there() -> None:
    found = queries.ids_by_code(["W1", "W9"])
    assert list(found) == ["W1"]
    assert queries.titles_of([found["W1"], 10**9]) == {found["W1"]: "دریا کا گیت"}
    assert queries.get_work_by_code(format_iswc(ISWC)).code == "W1"
    with pytest.raises(queries.UnknownWork):
        queries.get_work_by_code("W9")
    with pytest.raises(queries.UnknownWork):
        queries.get_work(10**9)


@pytest.mark.django_db
@pytest.mark.usefixtures("works")
def test_the_repertoire_is_columns_in_the_order_of_works() -> None:
    whole = queries.repertoire()
    ids = whole.titles.column("work_id").to_pylist()
    assert ids == sorted(ids)
    assert whole.titles.num_rows == 8
    rows = {(row["kind"], row["code"]) for row in whole.codes.to_pylist()}
    assert {("own", "W1"), ("iswc", ISWC), ("isrc", ISRC)} <= rows
    roles = {row["name"]: row["role"] for row in whole.names.to_pylist()}
    assert (roles["عائشہ خان"], roles["鄧雲舟"]) == ("writer", "performer")
    assert whole == queries.repertoire()


def test_words_are_cut_by_script() -> None:
    assert words_of("Don't Stop!") == {"dont", "stop"}
    assert {"月亮", "亮代"} <= words_of("月亮代表")
    assert query_words("月亮代") == ("月亮", "亮代")
    assert query_words("T-034.524.680-1") == ("t0345246801",)
    assert title_key("!!!") == "!!!"


@pytest.mark.django_db
@pytest.mark.usefixtures("works")
def test_the_repertoire_knows_people_under_all_their_names() -> None:
    """A report that writes a writer or performer in another script still finds the work."""
    writer = queries.get_work_by_code("W1").contributions[0].party_id
    add_name(actor=CHEN, at=AT, party_id=writer, draft=NameDraft("Ayesha Khan", NameKind.TRANSLITERATION))
    singer = register_party(actor=CHEN, at=AT, kind="performer", name="鄧雲舟")
    add_name(actor=CHEN, at=AT, party_id=singer, draft=NameDraft("Teng Yun-chou", NameKind.TRANSLITERATION))
    roles = {(row["name"], row["role"]) for row in queries.repertoire().names.to_pylist()}
    assert {("عائشہ خان", "writer"), ("Ayesha Khan", "writer")} <= roles
    assert {("鄧雲舟", "performer"), ("Teng Yun-chou", "performer")} <= roles
    performers = {row["performer"] for row in queries.repertoire().recordings.to_pylist()}
    assert {"鄧雲舟", "Teng Yun-chou"} <= performers
