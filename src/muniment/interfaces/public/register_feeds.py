"""The feeds of the register: what is published, and what was registered, as Atom and as RSS.

Feeds speak the language of the installation, since they are the same bytes for everybody.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from muniment.interfaces import evidence_log
from muniment.interfaces.feeds import FeedEntry, FeedHead, absolute, feed_response, tag_uri
from muniment.interfaces.pages import now
from muniment.interfaces.public.register import page_of_registration
from muniment.interfaces.publications import Publication, publications_of, registry_day
from muniment.interfaces.registry_words import registry_word
from muniment.interfaces.windows import window_page
from muniment.rights.registry.queries.applications import ApplicationRow, in_publicity, times_of_acts
from muniment.rights.registry.queries.registrations import RegistrationRow, search_register
from muniment.rights.registry.rules.standing import Act
from muniment.trust.evidence import queries as evidence

_SINCE = date(2026, 1, 1)
"""The day in the ids of the feeds themselves."""


@require_safe
def publicity_feed(request: HttpRequest, *, is_rss: bool = False) -> HttpResponse:
    """Send what is published today, the newest first."""
    at = now()
    today = registry_day()
    page = window_page(request, lambda limit, offset: in_publicity(today, limit, offset))
    host = _host()
    with translation.override(settings.LANGUAGE_CODE):
        entries = _publications(list(page.object_list), today, host)
        # an entry also goes when its day is over, so midnight counts as a change
        midnight = datetime.combine(today, time.min, UTC)
        title = _("Publicity of %(society)s") % {"society": settings.MUNIMENT_SOCIETY}
        subtitle = _("Applications that are published, and until when anybody may object.")
        head = _head("publicity", title, subtitle, page, _last_change(midnight), is_rss=is_rss)
    return feed_response(request, head, entries, at, is_rss=is_rss)


@require_safe
def register_feed(request: HttpRequest, *, is_rss: bool = False) -> HttpResponse:
    """Send what was registered, the newest first."""
    at = now()
    page = window_page(request, lambda limit, offset: search_register(limit=limit, offset=offset))
    host = _host()
    with translation.override(settings.LANGUAGE_CODE):
        entries = [_registration(row, host) for row in page.object_list]
        title = _("Registrations of %(society)s") % {"society": settings.MUNIMENT_SOCIETY}
        subtitle = _("What was registered, the newest first.")
        head = _head("register", title, subtitle, page, _last_change(), is_rss=is_rss)
    return feed_response(request, head, entries, at, is_rss=is_rss)


def _publications(rows: Sequence[ApplicationRow], today: date, host: str) -> list[FeedEntry]:
    times = times_of_acts([row.number for row in rows], (Act.PUBLISH, Act.OBJECT, Act.DECIDE_OBJECTION))
    return [_publication(one, *times[one.row.number], host) for one in publications_of(rows, today)]


def _publication(one: Publication, first: datetime, last: datetime, host: str) -> FeedEntry:
    row, statement = one.row, one.statement
    holders = ", ".join(one.name for one in statement.holders)
    until = _("Anybody may object until %(day)s.") % {"day": row.publicity_until_on}
    if row.publicity_open_days:
        until += " " + _("The day is provisional: it may be later, not earlier.")
    text = "\n".join(part for part in (registry_word(row.kind), holders, statement.summary, until) if part)
    return FeedEntry(
        id=tag_uri(host, first.date(), f"publicity/{row.number}"),
        title=statement.title or row.number,
        text=text,
        url=absolute(reverse("public:publicity_item", args=[row.number])),
        published_at=first,
        updated_at=last,
    )


def _registration(row: RegistrationRow, host: str) -> FeedEntry:
    until = "" if row.until_on is None else _("until %(day)s") % {"day": row.until_on}
    parts = (row.certificate_number, row.registration_number, ", ".join(row.holders), registry_word(row.state), until)
    return FeedEntry(
        id=tag_uri(host, row.registered_on, f"registration/{row.certificate_number}"),
        title=row.title or row.certificate_number,
        text="\n".join(part for part in parts if part),
        url=page_of_registration(row),
        published_at=datetime.combine(row.registered_on, time.min, UTC),
        updated_at=row.changed_at,
    )


def _head[Row](
    name: str, title: str, subtitle: str, page: Page[Row], modified_at: datetime, *, is_rss: bool
) -> FeedHead:
    return FeedHead(
        id=tag_uri(_host(), _SINCE, name),
        title=title,
        subtitle=subtitle,
        url=absolute(reverse(f"public:{name}")),
        feed_url=absolute(reverse(f"public:{name}_{'rss' if is_rss else 'atom'}")),
        page=page.number,
        page_count=page.paginator.num_pages,
        modified_at=modified_at,
    )


def _last_change(*more: datetime) -> datetime:
    """Return the last instant at which the registry changed: each of its acts leaves a record."""
    made = [record.made_at for record in evidence.list_records(limit=1).rows]
    return max([*made, *more], default=datetime.combine(_SINCE, time.min, UTC))


def _host() -> str:
    """Return the host of the log's origin, which never changes."""
    return (evidence.origin_of_log() or evidence_log.keys().origin).partition("/")[0]


urlpatterns = [
    path("publicity.atom", publicity_feed, name="publicity_atom"),
    path("publicity.rss", publicity_feed, {"is_rss": True}, name="publicity_rss"),
    path("register.atom", register_feed, name="register_atom"),
    path("register.rss", register_feed, {"is_rss": True}, name="register_rss"),
]
