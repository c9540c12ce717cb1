"""Feeds for anybody: Atom (RFC 4287) in pages (RFC 5005), RSS 2.0 beside it, asked for again only if changed.

Ids are tag URIs (RFC 4151) out of the host of the log's origin, the day of the entry and its number, so that they stay
what they are when the pages move to another address.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.xmlutils import SimplerXMLGenerator

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FRESH_SECONDS = 300
_SETTLED = timedelta(seconds=2)
"""Dates of HTTP count seconds: what changed less than this ago may change again under the same date."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry: its id for ever, its title and text (plain), its page, when it came and when it last changed."""

    id: str
    title: str
    text: str
    url: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A feed: its id for ever, title, what it holds, the page that shows the same, the address of the feed itself.

    `page` is which page of `page_count` this is, from 1. `modified_at` is an instant after which nothing changed.
    """

    id: str
    title: str
    subtitle: str
    url: str
    feed_url: str
    page: int
    page_count: int
    modified_at: datetime


class _PagedAtom(Atom1Feed):
    """Atom with the links of a paged feed."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Write what stands before the entries, and the links to other pages."""
        super().add_root_elements(handler)
        for relation, address in self.feed["paging"]:
            handler.addQuickElement("link", "", {"rel": relation, "href": address})

    def latest_post_date(self) -> datetime:
        """Return when the feed last changed, without asking the clock where it is empty."""
        return _changed_at(self)


class _PagedRss(Rss201rev2Feed):
    """RSS with the links of a paged feed, as elements of Atom."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Write what stands before the entries, and the links to other pages."""
        super().add_root_elements(handler)
        for relation, address in self.feed["paging"]:
            handler.addQuickElement("atom:link", "", {"rel": relation, "href": address})

    def latest_post_date(self) -> datetime:
        """Return when the feed last changed, without asking the clock where it is empty."""
        return _changed_at(self)


def tag_uri(host: str, on: date, what: str) -> str:
    """Return the tag URI of something that came on a day: `tag:host,2026-11-22:what`."""
    return f"tag:{host},{on.isoformat()}:{what}"


def absolute(path: str) -> str:
    """Return the address of a page below `MUNIMENT_URL`, the same whoever asks."""
    return settings.MUNIMENT_URL.rstrip("/") + path


def feed_response(
    request: HttpRequest, head: FeedHead, entries: Sequence[FeedEntry], at: datetime, *, is_rss: bool = False
) -> HttpResponse:
    """Return a page of a feed as Atom or RSS, asked for at an instant; 304 to somebody who has it already.

    Whoever has it says so by ETag or If-Modified-Since.
    """
    feed = _filled(_PagedRss if is_rss else _PagedAtom, head, entries)
    body = feed.writeString("utf-8").encode()
    answer = HttpResponse(body, content_type=(_PagedRss if is_rss else _PagedAtom).content_type)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    seconds = int(head.modified_at.timestamp()) if at - head.modified_at >= _SETTLED else None
    answer["ETag"] = etag
    if seconds is not None:
        answer["Last-Modified"] = http_date(seconds)
    answer["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(answer, ("Accept-Encoding",))
    conditional = get_conditional_response(request, etag=etag, last_modified=seconds, response=answer)
    return answer if conditional is None else conditional


def _filled(kind: type[SyndicationFeed], head: FeedHead, entries: Sequence[FeedEntry]) -> SyndicationFeed:
    feed = kind(
        title=_clean(head.title),
        link=head.url,
        description=_clean(head.subtitle),
        subtitle=_clean(head.subtitle),
        author_name=_clean(settings.MUNIMENT_SOCIETY),
        language=settings.LANGUAGE_CODE,
        feed_url=_page_url(head, head.page),
        feed_guid=head.id,
        paging=_paging(head),
        changed_at=max((entry.updated_at for entry in entries), default=head.modified_at),
    )
    for entry in entries:
        feed.add_item(
            title=_clean(entry.title),
            link=entry.url,
            description=escape(_clean(entry.text)),  # readers take it for HTML
            unique_id=entry.id,
            unique_id_is_permalink=False,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
        )
    return feed


def _paging(head: FeedHead) -> list[tuple[str, str]]:
    """Return the relations of RFC 5005, section 3, that this page has."""
    found = [("first", 1), ("last", head.page_count)]
    if head.page > 1:
        found.append(("previous", head.page - 1))
    if head.page < head.page_count:
        found.append(("next", head.page + 1))
    return [(relation, _page_url(head, page)) for relation, page in found]


def _page_url(head: FeedHead, page: int) -> str:
    return head.feed_url if page == 1 else f"{head.feed_url}?page={page}"


def _changed_at(feed: SyndicationFeed) -> datetime:
    changed: datetime = feed.feed["changed_at"]
    return changed


def _clean(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
