"""The register that is measured: written in bulk, found and shown by the public pages, refused where one is."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from muniment.interfaces.bench.register import invent_register, measure_register
from muniment.rights.registry.bulk import RegisterInUse, fill_register
from muniment.rights.registry.queries.applications import in_publicity
from muniment.rights.registry.queries.registrations import get_registration, registration_as_of, search_register
from muniment.rights.registry.rules.profiles import get_profile

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _fill() -> int:
    return fill_register(invent_register(40, 3, NOW.date(), 1), get_profile("zhejiang"), NOW)


def test_what_is_written_is_found_like_any_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _fill() == 43
    assert search_register().total == 40
    assert in_publicity(NOW.date()).total == 3
    newest = search_register(limit=1).rows[0]
    assert search_register(holder=newest.holders[0]).total >= 1
    assert search_register(text=newest.title).rows == (newest,)
    assert get_registration(newest.registration_number) == newest
    extract = registration_as_of(newest.certificate_number, NOW.date())
    assert extract is not None
    assert extract.holders[0].name == newest.holders[0]
    assert newest.title in Client().get(f"/public/register/{newest.certificate_number}/").content.decode()
    monkeypatch.setattr("muniment.interfaces.bench.register.TIMES", 2)
    times = list(measure_register(NOW))
    assert len(times) == 14
    assert all(one.wall_ms > 0 and one.statement_count > 0 for one in times)


def test_a_register_is_not_measured_upon() -> None:
    _fill()
    with pytest.raises(RegisterInUse):
        _fill()
