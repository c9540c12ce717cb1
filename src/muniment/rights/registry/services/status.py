"""What the verifiable map says of registrations and of their holders: status, term, licences and pledges."""

from collections.abc import Iterable
from datetime import datetime

from muniment.rights.registry.models import HolderKey, Recordal, RecordalVersion, Registration
from muniment.rights.registry.rules.estate import Holder, RecordalKind, RecordalState, grantor_key, registration_key
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.trust.evidence.services.register_map import lock_entries, set_entries


def hold_status(*, at: datetime, row: Registration) -> None:
    """Lock what the map says of a registration's holders until the transaction ends.

    Call it before the first audit event of an act that ends with `put_status`: the audit trail is locked last by
    everybody, so that two acts for one holder wait for one another in one order.
    """
    lock_entries(at=at, keys=[grantor_key(key) for key in _keys_of(row)])


def put_status(*, at: datetime, row: Registration, holders: Iterable[Holder] | None = None) -> None:
    """Have the map say how a registration stands, and what its holders pledged; in the transaction of the act.

    Where `holders` are given, they are from now on those under whom it is found.
    """
    old = _keys_of(row)
    new = old if holders is None else {key for one in holders for key in one.keys}
    lock_entries(at=at, keys=[grantor_key(key) for key in old | new])
    if old - new:
        HolderKey.objects.filter(registration=row, key__in=old - new).delete()
    HolderKey.objects.bulk_create([HolderKey(registration=row, key=key) for key in sorted(new - old)])
    set_entries(at=at, entries={registration_key(row.certificate_number): _standing(row), **_grantors(old | new)})


def _keys_of(row: Registration) -> set[str]:
    return set(HolderKey.objects.filter(registration=row).values_list("key", flat=True))


def _standing(row: Registration) -> dict[str, object]:
    """Return what the map says of a registration; changes of the pledges that stand are counted once there is one."""
    said: dict[str, object] = {
        "registration_number": row.registration_number,
        "state": row.state,
        "until_on": row.until_on or "",
        "version": row.version_count - 1,
        "licence_count": row.licence_count,
        "pledge_count": row.pledge_count,
    }
    changes = _pledge_changes(row) if row.pledge_count else 0
    return said | {"pledge_change_count": changes} if changes else said


def _pledge_changes(row: Registration) -> int:
    pledges = Recordal.objects.filter(registration=row, kind=RecordalKind.PLEDGE, state=RecordalState.ACTIVE)
    return RecordalVersion.objects.filter(recordal__in=pledges, place__gt=0).count()


def _grantors(keys: Iterable[str]) -> dict[str, dict[str, object] | None]:
    """Return what the map says of holders: how many registrations are in force, and which are pledged.

    A holder of none has no entry, so that the map itself shows it.
    """
    said: dict[str, dict[str, object] | None] = {}
    for key in keys:
        held = Registration.objects.filter(pk__in=HolderKey.objects.filter(key=key).values("registration"))
        count = held.filter(state=RegistrationState.IN_FORCE).count()
        pledged = held.filter(pledge_count__gt=0).order_by("certificate_number")
        numbers = list(pledged.values_list("certificate_number", flat=True))
        said[grantor_key(key)] = {"pledges": numbers, "registrations": count} if count or numbers else None
    return said
