"""The pages of review: one item at a time, many at once, the quality of matching, and why a line was matched."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from muniment.interfaces.office._waterfall import bars_of
from muniment.interfaces.pages import new_form_token
from muniment.trust.access.rules import Role
from muniment.use.matching import queries, services
from muniment.use.matching.queries.queue import QueueFilter, chosen_items
from muniment.use.matching.rules.explanation import waterfall
from muniment.use.matching.rules.review import ItemState
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.use.matching.test_review_leases import SONGS, waiting_items
from tests.use.matching.test_review_quality import matched_songs
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(tmp_path: Path) -> tuple[int, ...]:
    return waiting_items(tmp_path)


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION)


@pytest.fixture
def gulnar() -> Client:
    return login(Role.DOCUMENTATION)


def post(client: Client, address: str, **fields: str) -> str:
    """Send a form and return where it led."""
    response = client.post(address, {"form_token": new_form_token(), **fields})
    assert response.status_code == 302, response.content.decode()[:500]
    return str(response["Location"])


def hidden(text: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1]


def test_after_a_decision_the_next_item_is_there(chen: Client, queue: tuple[int, ...]) -> None:
    assert chen.get("/office/review/next/")["Location"] == f"/office/review/{queue[0]}/"
    text = page(chen, f"/office/review/{queue[0]}/")
    assert 'data-key="a"' in text
    assert 'data-key="1"' in text
    assert "<svg" in text
    assert " style=" not in text
    on = post(chen, f"/office/review/{queue[0]}/decide/", verdict="accept")
    assert chen.get(on)["Location"] == f"/office/review/{queue[1]}/"
    assert "1 decided today by me" in page(chen, f"/office/review/{queue[1]}/")
    on = post(chen, f"/office/review/{queue[1]}/skip/")
    assert chen.get(on)["Location"] == f"/office/review/{queue[2]}/"
    post(chen, f"/office/review/{queue[2]}/decide/", verdict="reject")
    on = post(chen, f"/office/review/{queue[3]}/decide/", verdict="reject")
    assert chen.get(on)["Location"] == "/office/review/"
    assert "Nothing is left here" in page(chen, "/office/review/")
    assert post(chen, "/office/review/unskip/") == "/office/review/"
    assert chen.get("/office/review/next/")["Location"] == f"/office/review/{queue[1]}/"


def test_one_key_takes_the_last_decision_back_and_opens_its_item(chen: Client, queue: tuple[int, ...]) -> None:
    post(chen, f"/office/review/{queue[0]}/decide/", verdict="accept")
    text = page(chen, "/office/review/")
    assert "Undo my last decision: Amber Well" in text
    (decision,) = queries.list_decisions().rows
    assert post(chen, f"/office/review/decisions/{decision.id}/undo/") == f"/office/review/{queue[0]}/"
    assert "Undo my last" not in page(chen, "/office/review/")
    post(chen, f"/office/review/{queue[0]}/decide/", verdict="accept")
    (decision,) = queries.list_decisions().rows
    assert post(chen, f"/office/review/decisions/{decision.id}/undo/", back="decisions") == "/office/review/decisions/"


def test_a_second_person_gets_another_item_and_is_told(chen: Client, gulnar: Client, queue: tuple[int, ...]) -> None:
    page(chen, f"/office/review/{queue[0]}/")
    assert gulnar.get("/office/review/next/")["Location"] == f"/office/review/{queue[1]}/"
    text = page(gulnar, f"/office/review/{queue[0]}/")
    assert "has this item open until" in text
    assert 'value="accept"' not in text
    address = f"/office/review/{queue[0]}/decide/"
    post(gulnar, address, verdict="accept")
    assert "has “Amber Well” open" in page(gulnar, "/office/review/")
    assert "open before distribution" in page(gulnar, "/office/review/")
    assert queries.get_item(queue[0]).state is ItemState.OPEN
    assert chen.post(f"/office/review/{queue[0]}/renew/").json() == {"held": True}
    assert gulnar.post(f"/office/review/{queue[0]}/renew/").status_code == 409
    dewi = login(Role.AUDITOR)
    assert "has this item open until" in page(dewi, f"/office/review/{queue[0]}/")


def test_an_item_settled_by_another_meanwhile_says_so(chen: Client, gulnar: Client, queue: tuple[int, ...]) -> None:
    services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="accept")
    post(gulnar, f"/office/review/{queue[0]}/decide/", verdict="reject")
    text = page(gulnar, "/office/review/")
    assert "“Amber Well” is accepted already." in text
    assert "Decided by chen" in page(gulnar, f"/office/review/{queue[0]}/")


def test_a_decision_sent_twice_is_one(chen: Client, queue: tuple[int, ...]) -> None:
    form = {"verdict": "accept", "form_token": new_form_token()}
    places = [chen.post(f"/office/review/{queue[0]}/decide/?q=a", form)["Location"] for _ in range(2)]
    assert places == ["/office/review/next/?q=a"] * 2
    assert queries.list_decisions().total == 1


@pytest.mark.parametrize("query", ["report=abc", "report=-1", "min=lots", "min=101", "min=" + "9" * 5000, "min=-1"])
def test_a_filter_that_cannot_be_read_is_refused_everywhere(chen: Client, queue: tuple[int, ...], query: str) -> None:
    for address in ("/office/review/", "/office/review/next/", f"/office/review/{queue[0]}/", "/office/review/bulk/"):
        assert "Correct the filter" in page(chen, f"{address}?{query}", status=404)


@pytest.mark.parametrize("query", ["q=%00%FF%ED%A0%80", "checks=7", "method=%00", "min=&report=&q=", "page=999999"])
def test_a_strange_filter_finds_little_and_harms_nothing(chen: Client, queue: tuple[int, ...], query: str) -> None:
    for address in ("/office/review/", "/office/review/bulk/", "/office/review/quality/", "/office/unidentified/"):
        assert "</html>" in page(chen, f"{address}?{query}")


@pytest.mark.parametrize(
    "address", ["/office/review/99999/", "/office/review/why/7/", f"/office/review/why/{1 << 62}/"]
)
def test_what_is_not_there_is_told(chen: Client, queue: tuple[int, ...], address: str) -> None:
    assert "</html>" in page(chen, address, status=404)


def test_many_are_accepted_after_a_preview_and_taken_back(chen: Client, queue: tuple[int, ...]) -> None:
    assert "Preview</h2>" not in page(chen, "/office/review/bulk/")
    assert "Nothing fits" in page(chen, "/office/review/bulk/?min=100")
    text = page(chen, "/office/review/bulk/?min=0.01&q=e")
    assert "Accept these 3 items" in text
    form = {name: hidden(text, name) for name in ("set", "digest", "min", "q")}
    services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="reject")
    assert post(chen, "/office/review/bulk/accept/", **form) == "/office/review/bulk/"
    text = page(chen, "/office/review/bulk/")
    assert "2 items with 2 lines are accepted" in text
    assert "“Amber Well” (settled meanwhile)" in text
    (bulk,) = queries.list_bulks().rows
    assert (bulk.chosen.text, bulk.chosen.minimum_ppm) == ("e", 100)
    post(chen, f"/office/review/bulk/{bulk.id}/undo/")
    assert "2 items wait again" in page(chen, "/office/review/bulk/")
    post(chen, f"/office/review/bulk/{bulk.id}/undo/")
    assert "taken back before" in page(chen, "/office/review/bulk/")


def test_a_torn_preview_accepts_nothing(chen: Client, queue: tuple[int, ...]) -> None:
    text = page(chen, "/office/review/bulk/?min=1")
    torn = {"set": hidden(text, "set")[:-9] + " x:y", "digest": hidden(text, "digest")}
    post(chen, "/office/review/bulk/accept/", **torn)
    assert "not the one that was shown" in page(chen, "/office/review/bulk/")
    assert queries.list_decisions().total == 0


def test_who_may_not_review_sees_and_does_nothing_of_it(queue: tuple[int, ...]) -> None:
    dewi = login(Role.AUDITOR)
    for address in ("/office/review/next/", "/office/review/bulk/"):
        page(dewi, address, status=403)
    for act in ("skip", "renew", "decide"):
        assert dewi.post(f"/office/review/{queue[0]}/{act}/").status_code == 403
    for address in ("bulk/accept/", "bulk/1/undo/", "unskip/", "quality/draw/", "quality/ask/"):
        assert dewi.post(f"/office/review/{address}").status_code == 403
    assert "Draw" not in page(dewi, "/office/review/quality/").split("<footer>")[0].split("<h2>")[-1]
    assert queries.get_item(queue[0]).lease is None


def test_a_sample_is_drawn_checked_and_counted(chen: Client, tmp_path: Path) -> None:
    register_repertoire([(f"W-{song}", song, "Quill Ravenhurst", "Kite Sisters", None, None) for song in SONGS])
    run = matched_songs(tmp_path)
    post(chen, "/office/review/quality/draw/", count="0")
    assert "1 to 5000 lines" in page(chen, "/office/review/quality/")
    post(chen, "/office/review/quality/draw/", count="3", seed="11")
    text = page(chen, "/office/review/quality/?model=none")
    assert "3 of 4 automatic matches wait" in text
    (place,) = [chen.get("/office/review/next/?checks=1")["Location"]]
    text = page(chen, place)
    assert "A check:" in text
    assert "Not this work" in text
    on = post(chen, place.replace("?", "decide/?"), verdict="accept")
    assert on == "/office/review/next/?checks=1"
    place = chen.get(on)["Location"]
    post(chen, place.replace("?", "decide/?"), verdict="reject")
    text = page(chen, "/office/review/quality/")
    assert "50.0 %" in text
    assert "1 checks wait" in text
    assert "3" in page(chen, "/office/review/?checks=1")
    line = queries.matches_of(run.report_id).column("line_id")[0].as_py()
    why = page(chen, f"/office/review/why/{line}/")
    assert run.repertoire_digest in why
    assert '<table class="waterfall">' in why
    assert "Why this work?" in why


def test_the_precision_that_is_asked_for_is_seen_and_changed(chen: Client) -> None:
    text = page(chen, "/office/review/quality/")
    assert "Of what it matches 99.0 % are to be right, so it matches from a probability of 91.3 %." in text
    post(chen, "/office/review/quality/ask/", precision="98")
    text = page(chen, "/office/review/quality/")
    assert "From the next matching on, 98.00 % are asked for." in text
    assert "it matches from a probability of 81.9 %" in text
    post(chen, "/office/review/quality/ask/", precision="99.95")
    assert "does not promise a precision of 99.95 %" in page(chen, "/office/review/quality/")
    assert queries.model_in_force().asked_ppm == 980_000


def test_a_line_in_review_explains_what_sets_its_candidates_apart(chen: Client, tmp_path: Path) -> None:
    register_repertoire()
    report_id = import_log(write_log(tmp_path, "title,artist\nLantern Song,\n")).report_id
    assert report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    line = queries.matches_of(report_id).column("line_id")[0].as_py()
    assert "The second best" in page(chen, f"/office/review/why/{line}/")
    assert f"/office/review/why/{line}/" in page(chen, f"/office/usage/lines/{line}/")
    item = queries.queue().rows[0]
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="accept")
    assert "the next matching uses it" in page(chen, f"/office/review/why/{line}/")
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    assert "A person decided it." in page(chen, f"/office/review/why/{line}/")


def test_the_queue_asks_the_database_as_often_for_many_items_as_for_few(chen: Client, tmp_path: Path) -> None:
    def count_queries(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page(chen, address)
        return len(seen)

    (first, *_) = waiting_items(tmp_path, SONGS[:1])
    count_queries("/office/review/")
    few = [count_queries(address) for address in ("/office/review/", f"/office/review/{first}/")]
    songs = [f"{song} {place}" for song in SONGS for place in ("of Alder", "of Bramble", "of Cedar", "of Dill")]
    (tmp_path / "more").mkdir()
    items = waiting_items(tmp_path / "more", songs)
    assert queries.queue().total == len(songs) + 1
    many = [count_queries(address) for address in ("/office/review/", f"/office/review/{items[3]}/")]
    assert many == few
    assert max(many) <= 30


def test_the_queue_is_read_by_its_index(queue: tuple[int, ...]) -> None:
    items = chosen_items(QueueFilter()).order_by("-priority", "id")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "matching_queue" in items[:50].explain()


def test_bars_share_one_scale_and_never_vanish() -> None:
    steps = waterfall([("start", -3_000), ("title", 5_000), ("nothing much", 1)])
    bars = bars_of(steps, marks=[4_000])
    assert bars[0].right <= bars[1].x + 3 or bars[0].x == bars[1].x
    assert min(bar.width for bar in bars) >= 3
    assert all(bar.x >= 0 and bar.right <= 1_000 for bar in bars)
    assert {bar.zero for bar in bars} == {bars[0].zero}
    assert bars_of(()) == ()
