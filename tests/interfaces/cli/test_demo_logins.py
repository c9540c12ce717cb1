"""The logins of a demonstration: made once, kept for their owner, printed with what they are for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from muniment.interfaces.cli import demo_registry
from muniment.interfaces.cli._demo_logins import Login, have_logins, make_logins, show_logins
from muniment.interfaces.cli.demo import NotADemo, clear_demonstration
from muniment.rights.registry.models import Registration
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from tests.rights.registry.estate import give
from tests.rights.registry.parties import member

LOGINS = (Login("gulnar", Role.REGISTRAR, "registrar: examines"), Login("aigul", Role.MEMBER, "a member"))


@pytest.mark.django_db
def test_logins_are_made_with_passwords_that_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not have_logins(tmp_path)
    logins = [replace(one, party_id=member("Dyers")) if one.role is Role.MEMBER else one for one in LOGINS]
    make_logins(tmp_path, logins)
    assert have_logins(tmp_path)
    kept = tmp_path / "logins.json"
    assert kept.stat().st_mode & 0o077 == 0
    passwords = json.loads(kept.read_text())
    assert User.objects.get(username="gulnar").check_password(passwords["gulnar"])
    show_logins(tmp_path, 8_000, LOGINS)
    printed = capsys.readouterr().out
    assert passwords["aigul"] in printed
    assert "registrar: examines" in printed


@pytest.mark.django_db
def test_the_member_of_a_registry_year_is_who_holds_most() -> None:
    first, _, _ = give(), give(), give()
    assert demo_registry._busiest_holder() is None
    party = member("Weavers")
    Registration.objects.exclude(certificate_number=first.certificate_number).update(party_id=party)
    Registration.objects.filter(certificate_number=first.certificate_number).update(party_id=member("Dyers"))
    assert demo_registry._busiest_holder() == party


def test_a_year_that_was_cut_off_is_taken_away_by_its_own_mark(tmp_path: Path) -> None:
    (tmp_path / demo_registry.MARK).write_text("{}")
    (tmp_path / "rest").write_text("of a year that was cut off")
    clear_demonstration(tmp_path, demo_registry.MARK)
    assert [one.name for one in tmp_path.iterdir()] == [demo_registry.MARK]
    (tmp_path / demo_registry.MARK).unlink()
    (tmp_path / "somebody").write_text("else's")
    with pytest.raises(NotADemo):
        clear_demonstration(tmp_path, demo_registry.MARK)
