"""Duplicates in the office and at the command line: found, compared, merged, parted, undone; and after an import."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.rights.parties.queries import ids_by_code as parties_by_code
from muniment.rights.parties.services import register_party
from muniment.rights.works.queries import get_work_by_code, ids_by_code
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.access.rules import Role
from muniment.use.duplicates.queries import get_pair, list_pairs
from muniment.use.duplicates.rules import PairKind, PairState
from muniment.use.duplicates.services import search_parties, search_works
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.rights.works.samples import write_table

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def work(code: str, title: str, performer: str) -> int:
    people = (ContributorDraft("Asan Aitmatov", "CA", party_code="M-1", pr_own_ppm=1_000_000),)
    draft = WorkDraft(title=title, code=code, contributors=people, recordings=(RecordingDraft(title, None, performer),))
    return register_works(actor=CHEN, at=AT, drafts=[draft], claim="Aurora", intake_id=None).work_ids[0]


@pytest.fixture
def pair_id() -> int:
    """Two works that are one, and a search that found them."""
    work("W1", "Quiet Evening River", "The Steppe Band")
    work("W2", "The Quiet Evening River", "Steppe Band")
    search_works(actor=CHEN, at=AT)
    [pair] = list_pairs(PairKind.WORK).rows
    return pair.id


def press(client: Client, pair_id: int, verdict: str) -> str:
    address = f"/office/duplicates/pair/{pair_id}/decide/"
    return client.post(address, {"verdict": verdict}, follow=True).content.decode()


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["duplicates", *words])
    return done.exit_code, done.output + str(done.exception or "")


def test_empty_lists_say_what_to_do() -> None:
    chen = login(Role.DISTRIBUTION, "chen")
    for kind in PairKind:
        assert "Nobody has searched here yet" in page(chen, f"/office/duplicates/of-{kind}/")
    answer = chen.post("/office/duplicates/of-work/search/", follow=True).content.decode()
    assert "0 records were asked" in answer
    assert "No pair is here. 0 records were asked" in answer
    assert page(chen, "/office/duplicates/", 302) == ""
    for strange in ("/office/duplicates/of-song/", "/office/duplicates/of-work/merge/9/"):
        page(chen, strange, 404)
    assert "There is no pair 99" in page(chen, "/office/duplicates/pair/99/", 404)


def test_a_pair_is_compared_merged_and_undone(pair_id: int) -> None:
    chen = login(Role.DISTRIBUTION, "chen")
    listed = page(chen, "/office/duplicates/of-work/")
    assert "Quiet Evening River" in listed
    assert f"/office/duplicates/pair/{pair_id}/" in listed
    shown = page(chen, f"/office/duplicates/pair/{pair_id}/")
    assert "<mark>Quiet Evening River</mark>" in shown
    assert "<mark>Asan" not in shown, "both have the writer"
    pair = get_pair(pair_id)
    merged = press(chen, pair_id, f"keep:{pair.first.id}")
    assert "The two records are one now" in merged
    assert "Merge, keep" not in merged
    followed = chen.get(f"/office/works/{pair.second.id}/", follow=True).content.decode()
    assert "W2 was merged into this work" in followed
    assert "Merged into this record:" in followed
    link = re.search(r"/office/duplicates/of-work/merge/\d+/", followed)
    assert link is not None
    assert chen.get(link[0])["Location"] == f"/office/duplicates/pair/{pair_id}/"
    assert "kept" in page(chen, "/office/duplicates/of-work/?state=merged")
    assert "the pair waits again" in press(chen, pair_id, "undo")
    assert get_work_by_code("W2").id == pair.second.id
    assert "is not proposed again" in press(chen, pair_id, "apart")
    assert get_pair(pair_id).state is PairState.DISTINCT


def test_what_is_refused_is_told_and_changes_nothing(pair_id: int) -> None:
    chen, dewi, farida = login(Role.DISTRIBUTION, "chen"), login(Role.AUDITOR, "dewi"), login(Role.FINANCE, "farida")
    pair = get_pair(pair_id)
    for verdict in ("", "keep:", "keep:x", "explode", f"keep:{'9' * 30}"):
        assert "No verdict was chosen" in press(chen, pair_id, verdict)
    assert "is neither of the two" in press(chen, pair_id, "keep:999999")
    for other in (dewi, farida):
        assert "Merge, keep" not in page(other, f"/office/duplicates/pair/{pair_id}/")
        answer = other.post(f"/office/duplicates/pair/{pair_id}/decide/", {"verdict": f"keep:{pair.first.id}"})
        assert answer.status_code == 403
        assert other.post("/office/duplicates/of-work/search/").status_code == 403
    assert login(Role.MEMBER, "aigul").get(f"/office/duplicates/pair/{pair_id}/").status_code == 403
    assert Client().get("/office/duplicates/of-work/").status_code == 302
    for keep, drop, said in (("W1", "W1", "with itself"), ("W1", "W9", "W9"), ("W9", "W1", "W9")):
        answer = chen.post("/office/duplicates/of-work/join/", {"keep": keep, "drop": drop}, follow=True)
        assert said in answer.content.decode()
    assert get_pair(pair_id).state is PairState.OPEN


def test_parties_are_compared_and_joined_by_hand() -> None:
    for name, code in (("Асан Аматов", "M-1"), ("Amatov, Asan", "M-2"), ("Bek Omarov", "M-3")):
        register_party(actor=CHEN, at=AT, kind="writer", name=name, code=code)
    search_parties(actor=CHEN, at=AT)
    chen = login(Role.DISTRIBUTION, "chen")
    [pair] = list_pairs(PairKind.PARTY).rows
    assert "Amatov, Asan" in page(chen, "/office/duplicates/of-party/")
    assert "<mark>Amatov, Asan</mark>" in page(chen, f"/office/duplicates/pair/{pair.id}/")
    answer = chen.post("/office/duplicates/of-party/join/", {"keep": "M-3", "drop": "M-2"}, follow=True)
    assert "The two records are one now" in answer.content.decode()
    followed = chen.get(f"/office/parties/{pair.second.id}/", follow=True).content.decode()
    assert "M-2 was merged into this party" in followed


def test_an_import_tells_how_many_duplicates_it_brought(tmp_path: Path) -> None:
    work("W1", "Quiet Evening River", "The Steppe Band")
    file = write_table(tmp_path, "W2,Quiet Evening River,,,,Asan Aitmatov,,CA,100,100,")
    done = CliRunner().invoke(build_app(), ["work", "import", str(file), "--claim", "own"])
    assert "1 works asked: 1 likely duplicates wait, 1 of them new." in done.output
    chen = login(Role.DISTRIBUTION, "chen")
    intake = re.search(r"--intake (\d+)", done.output)
    assert intake is not None
    assert "1 likely duplicate came with this file" in page(chen, f"/office/works/imports/{intake[1]}/")
    assert "Quiet Evening River" in page(chen, f"/office/duplicates/of-work/?intake={intake[1]}")
    assert "No pair is here" not in page(chen, "/office/duplicates/of-work/?intake=x")
    members = tmp_path / "members.csv"
    members.write_text("Member number,Name,Kind\nM-7,Aitmatov Asan,writer\n")
    told = CliRunner().invoke(build_app(), ["party", "import", str(members)])
    assert "likely duplicates wait" in told.output


def test_the_commands_do_what_the_pages_do(pair_id: int) -> None:
    assert "2 works asked: 1 likely duplicates wait, 0 of them new." in run("works")[1]
    assert "Quiet Evening River" in run("list", "work")[1]
    assert "Score" in run("show", str(pair_id))[1]
    assert "neither of the two" in run("merge", str(pair_id), "--keep", "W9")[1]
    assert "Merged into W2" in run("merge", str(pair_id), "--keep", "W2")[1]
    assert ids_by_code(["W1"])["W1"] == ids_by_code(["W2"])["W2"]
    assert "itself" in run("join", "work", "W2", "W1")[1], "both codes mean the one work now"
    assert "waits again" in run("undo", str(pair_id))[1]
    assert ids_by_code(["W1"])["W1"] != ids_by_code(["W2"])["W2"]
    assert "is two" in run("apart", str(pair_id))[1]
    assert "Merged" in run("join", "work", "W1", "W2")[1]
    assert "There is no pair 99" in run("undo", "99")[1]
    register_party(actor=CHEN, at=AT, kind="writer", name="Aitmatov Asan", code="M-2")
    assert "2 parties asked: 1 likely duplicates wait" in run("parties")[1]
    assert "There is no intake 77" in run("parties", "--intake", "77")[1]
    assert "0 pairs" in run("list", "party", "--state", "merged")[1]
    assert run("join", "party", "M-1", "M-2")[0] == 0
    assert len(set(parties_by_code(["M-1", "M-2"]).values())) == 1
