"""The figures of the log, in small: appends and proofs are measured, and every random change is found."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from muniment.interfaces.bench.evidence import measure_appends, measure_proofs
from muniment.interfaces.bench.log_mutations import try_log_mutations
from muniment.trust.evidence import services
from muniment.trust.evidence.services import register_map
from muniment.trust.evidence.services.recovery import compare
from muniment.trust.evidence.services.stamping import stamp_head
from tests.trust.evidence.logs import AT, OPERATOR, add, entropy, home, keys, policy, run
from tests.trust.evidence.years import YearsAuthority, renew_thrice, trusted

pytestmark = pytest.mark.django_db


def test_appends_and_proofs_are_measured() -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    groups = {1: 2, 100: 3}
    rates = list(measure_appends(actor=OPERATOR, at=at, keys=keys(), home=home(), groups=groups))
    assert [(rate.group, rate.leaves) for rate in rates] == [(1, 2), (100, 300)]
    assert all(rate.per_second > 0 for rate in rates)
    proof = measure_proofs(home=home(), policy=policy(), size=302, count=5)
    assert 0 < proof.proof_bytes < 2_000
    assert compare(home(), keys()) == []


def test_every_random_change_to_rows_and_files_is_found(tmp_path: Path) -> None:
    for number in range(30):
        services.log_record(
            at=AT,
            subject=f"invented/{number}",
            record={"n": number},
            keys=keys(),
            entropy=lambda count, number=number: entropy(count - 1) + bytes([number]),
        )
    register_map.set_entries(at=AT, entries={f"registration/{number}": {"liens": 0} for number in range(40)})
    run()
    register_map.set_entry(at=AT, key="registration/7", value={"liens": 1})
    register_map.remove_entry(at=AT, key="registration/8")
    add(0, 250)
    authority = YearsAuthority(tmp_path / "tsa", AT, days=2_000)
    asked = trusted(authority)
    stamp_head(actor=OPERATOR, at=AT, authorities=asked, lifetimes={})
    renew_thrice(authority, asked)
    register_map.set_entries(at=AT, entries={"registration/9": {"liens": 2}, "registration/900": {"liens": 0}})
    services.log_record(at=AT, subject="invented/waits", record={}, keys=keys(), entropy=entropy)
    trials = list(try_log_mutations(home=home(), count=120, seed=1))
    assert trials[-1].missed == []
    assert trials[-1].total == 120
    assert trials[-1].refused < 30
    with pytest.raises(ValueError, match="subject"):
        services.log_record(at=AT, subject="x", record={"subject": 1}, keys=keys(), entropy=entropy)
