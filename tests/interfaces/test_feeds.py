"""Feeds are Atom as RFC 4287 asks, paged as RFC 5005 does, hold any text, and are sent once to whoever keeps them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from muniment.interfaces.daily_limit import TooOften, sender_digest, take_turn
from muniment.interfaces.feeds import FeedEntry, FeedHead, feed_response, tag_uri
from muniment.interfaces.models import SpentForm

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
NAMES = {"a": "http://www.w3.org/2005/Atom"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def head(page: int = 1, page_count: int = 1) -> FeedHead:
    """Return a feed on a page of its pages."""
    return FeedHead(
        tag_uri("example.org", AT.date(), "publicity"),
        "Publicity & more",
        "What is <published>",
        "https://example.org/public/publicity/",
        "https://example.org/public/publicity.atom",
        page,
        page_count,
        AT,
    )


def entry(number: int, title: str = "Winds", text: str = "a < b") -> FeedEntry:
    """Return an entry of a number."""
    url = f"https://example.org/{number}/"
    return FeedEntry(tag_uri("example.org", AT.date(), str(number)), title, text, url, AT, AT)


def read(body: bytes) -> etree._Element:
    """Return a feed that was checked against what RFC 4287 asks of every feed."""
    feed = etree.fromstring(body)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for one in [feed, *feed.findall("a:entry", NAMES)]:
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"a:{name}", NAMES)) == 1, name
        assert str(one.findtext("a:id", namespaces=NAMES)).startswith("tag:example.org,2026-11-22:")
        assert RFC3339.fullmatch(str(one.findtext("a:updated", namespaces=NAMES)))
        alternate = [link for link in one.findall("a:link", NAMES) if link.get("rel") == "alternate"]
        assert len(alternate) == 1
    assert len(feed.findall("a:author/a:name", NAMES)) == 1
    ids = [one.text for one in feed.findall("a:entry/a:id", NAMES)]
    assert len(set(ids)) == len(ids)
    return feed


def links(feed: etree._Element) -> dict[str | None, str | None]:
    """Return the links of a feed by their relation."""
    return {link.get("rel"): link.get("href") for link in feed.findall("a:link", NAMES)}


def test_a_feed_has_what_the_standard_asks_for_and_leads_through_its_pages() -> None:
    request = RequestFactory().get("/public/publicity.atom")
    answer = feed_response(request, head(2, 3), [entry(1), entry(2)], LATER)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = read(answer.content)
    base = "https://example.org/public/publicity.atom"
    assert links(feed) == {
        "alternate": "https://example.org/public/publicity/",
        "self": f"{base}?page=2",
        "first": base,
        "last": f"{base}?page=3",
        "previous": base,
        "next": f"{base}?page=3",
    }
    summary = feed.find("a:entry/a:summary", NAMES)
    assert summary is not None
    assert (summary.get("type"), summary.text) == ("html", "a &lt; b")  # a reader of HTML shows: a < b
    only = links(read(feed_response(request, head(), [], LATER).content))
    assert "next" not in only
    assert "previous" not in only


def test_whoever_keeps_a_feed_is_told_that_nothing_changed() -> None:
    factory = RequestFactory()
    first = feed_response(factory.get("/"), head(), [entry(1)], LATER)
    assert first["Last-Modified"] == "Sun, 22 Nov 2026 09:30:00 GMT"
    for known in ({"HTTP_IF_NONE_MATCH": first["ETag"]}, {"HTTP_IF_MODIFIED_SINCE": first["Last-Modified"]}):
        again = feed_response(factory.get("/", **known), head(), [entry(1)], LATER)
        assert (again.status_code, again.content) == (304, b"")
    changed = feed_response(factory.get("/", HTTP_IF_NONE_MATCH=first["ETag"]), head(), [entry(2)], LATER)
    assert changed.status_code == 200
    older = factory.get("/", HTTP_IF_MODIFIED_SINCE="Sun, 22 Nov 2026 09:29:59 GMT")
    assert feed_response(older, head(), [entry(1)], LATER).status_code == 200
    young = feed_response(factory.get("/"), head(), [entry(1)], AT)  # may change again within the second
    assert "Last-Modified" not in young


def test_rss_says_the_same() -> None:
    answer = feed_response(RequestFactory().get("/"), head(1, 2), [entry(1)], LATER, is_rss=True)
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = etree.fromstring(answer.content).find("channel")
    assert channel is not None
    guid = channel.find("item/guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("tag:example.org,2026-11-22:1", "false")
    relations = [link.get("rel") for link in channel.findall("a:link", NAMES)]
    assert sorted(map(str, relations)) == ["first", "last", "next", "self"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_fits_into_a_feed(title: str, text: str) -> None:
    answer = feed_response(RequestFactory().get("/"), head(), [entry(1, title, text)], LATER)
    assert read(answer.content) is not None


@pytest.mark.django_db
def test_turns_are_counted_for_each_address_and_day_and_forgotten() -> None:
    factory = RequestFactory()
    here, there = factory.get("/", REMOTE_ADDR="192.0.2.7"), factory.get("/", REMOTE_ADDR="192.0.2.8")
    refusal = TooOften("No more today.")
    for _ in range(2):
        take_turn(here, "objection", AT, 2, refusal)
    with pytest.raises(TooOften):
        take_turn(here, "objection", AT, 2, refusal)
    take_turn(there, "objection", AT, 2, refusal)
    assert SpentForm.objects.count() == 3
    assert not SpentForm.objects.filter(token__contains="192").exists()
    take_turn(here, "objection", AT + timedelta(days=1), 2, refusal)
    assert SpentForm.objects.count() == 1  # those of the day before are gone
    day = AT.date()
    one, other, far = (
        sender_digest(factory.get("/", REMOTE_ADDR=address), "objection", day)
        for address in ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9", "2001:db8:0:2::5")
    )
    assert one == other != far
