"""The bulk road: what goes in comes out, on either database."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from muniment.trust.access.models import User
from muniment.trust.batches.bulk import copy_rows, next_ids, refresh_statistics
from muniment.trust.batches.models import Intake, IntakeProblem, SavedMapping
from muniment.trust.ledger.models import Entry

AT = datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.django_db
def test_every_kind_of_value_survives() -> None:
    columns = {"title": 'a "quoted"\tname\\N', "n": None, "list": [1, True]}
    local = AT.astimezone(timezone(timedelta(hours=5)))
    rows = [("usage", "naïve\n三", "f", columns, "chen", AT), ("usage", "two", "f", {}, "chen", local)]
    names = ("kind", "name", "header_fingerprint", "columns", "saved_by", "saved_at")
    assert copy_rows(SavedMapping, names, rows) == 2
    first, second = SavedMapping.objects.order_by("id")
    assert (first.name, first.columns, first.saved_at) == ("naïve\n三", columns, AT)
    assert second.saved_at == AT

    copy_rows(
        User,
        (
            *("id", "username", "password", "first_name", "last_name", "email", "is_staff", "is_superuser"),
            *("is_active", "date_joined", "role", "party_id", "language", "last_login"),
        ),
        [(77, "a", "", "", "", "", False, False, True, AT, "auditor", None, "en", None)],
    )
    user = User.objects.get(pk=77)
    assert (user.is_active, user.is_staff, user.party_id, user.last_login) == (True, False, None, None)


@pytest.mark.django_db
def test_dates_nulls_and_big_numbers_survive() -> None:
    names = ("id", "idempotency_key", "kind", "booked_on", "currency", "memo", "reverses", "recorded_at")
    rest = ("recorded_by", "transfer_count", "total_micro", "body_digest", "prev_hash", "hash")
    row = (5, "k", "x", date(1999, 12, 31), "EUR", "", None, AT, "chen", 1, 10**25, "d", "p", "h")
    copy_rows(Entry, names + rest, [row])
    entry = Entry.objects.get(pk=5)
    assert (entry.booked_on, entry.reverses_id, int(entry.total_micro)) == (date(1999, 12, 31), None, 10**25)


@pytest.mark.django_db
def test_more_rows_than_one_statement_takes_and_none_at_all() -> None:
    rows = (("usage", str(number), "f", {}, "chen", AT) for number in range(10_001))
    names = ("kind", "name", "header_fingerprint", "columns", "saved_by", "saved_at")
    assert copy_rows(SavedMapping, names, rows) == 10_001 == SavedMapping.objects.count()
    assert copy_rows(SavedMapping, names, []) == 0


@pytest.mark.django_db
def test_a_bad_row_takes_all_rows_back() -> None:
    names = ("kind", "name", "header_fingerprint", "columns", "saved_by", "saved_at")
    rows = [("usage", "same", "f", {}, "chen", AT)] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(SavedMapping, names, rows)
    assert SavedMapping.objects.count() == 0
    with pytest.raises(ValueError, match="no column 'colour'"):
        copy_rows(SavedMapping, ("colour",), [])


@pytest.mark.django_db
def test_reserved_ids_are_never_given_twice() -> None:
    first = next_ids(IntakeProblem, 1000)
    second = next_ids(IntakeProblem, 3)
    assert (len(first), len(second)) == (1000, 3)
    assert not set(first) & set(second)
    intake = Intake.objects.create(kind="k", file_name="f", byte_count=0, received_at=AT, state="received")
    names = ("id", "intake", "line", "field", "rule", "message", "remedy", "level")
    copy_rows(IntakeProblem, names, [(pk, intake.pk, None, "", "r", "m", "", "error") for pk in second])
    later = IntakeProblem.objects.create(intake=intake, rule="r", message="m", level="error")
    assert later.pk not in {*first, *second}
    assert next_ids(IntakeProblem, 0) == range(0)


@pytest.mark.django_db
def test_statistics_are_refreshed_where_the_database_keeps_them() -> None:
    """ANALYZE on PostgreSQL, nothing on SQLite; the transaction goes on either way."""
    with CaptureQueriesContext(connection) as queries:
        refresh_statistics(Intake, SavedMapping)
    looked = ['ANALYZE "batches_intake", "batches_savedmapping"'] if connection.vendor == "postgresql" else []
    assert [query["sql"] for query in queries] == looked
