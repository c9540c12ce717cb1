"""The map from an act to a proof that somebody verifies: entries, roots in the log, and what a forger tries."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from muniment.trust.access.triggers import drop_sql
from muniment.trust.evidence.models import MapEntry, MapNode, MapRoot
from muniment.trust.evidence.queries import count_waiting, get_record
from muniment.trust.evidence.queries.map_nodes import last_root, list_roots
from muniment.trust.evidence.queries.mapped import entry_of, prove_key
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf
from muniment.trust.evidence.rules.cosigning import CosigningKey
from muniment.trust.evidence.rules.map_proofs import read_map_proof, verify_map_proof
from muniment.trust.evidence.rules.notes import BadNote
from muniment.trust.evidence.rules.policies import Known, NotTrusted, Policy
from muniment.trust.evidence.rules.register_map import EMPTY
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.evidence.services import register_map
from tests.trust.evidence.logs import AT, add, home, keys, policy, run, secret

pytestmark = pytest.mark.django_db
VALUE = {"status": "in_force", "until_on": "2029-10-05", "liens": 0}


def put(count: int, first: int = 0) -> None:
    entries = {f"registration/{number}": VALUE | {"serial": number} for number in range(first, first + count)}
    register_map.set_entries(at=AT, entries=entries)


@transaction.atomic
def failing_act() -> None:
    """Set an entry, and fail."""
    register_map.set_entry(at=AT, key="registration/0", value={})
    raise LookupError("the act fails")


def prove(key: str, size: int | None = None) -> str:
    return prove_key(home(), key, policy(), size=size)


def test_a_log_without_a_map_has_no_leaf_of_one() -> None:
    assert add(0, 3).size == 3
    register_map.remove_entry(at=AT, key="registration/1")
    assert (run().size, last_root(), count_waiting()) == (3, None, 0)
    with pytest.raises(NotLogged):
        prove("registration/1")


def test_what_stands_under_a_key_is_proved_and_that_nothing_does() -> None:
    put(300)
    assert count_waiting() == 1
    head = run()
    assert (head.size, last_root(), count_waiting()) == (1, list_roots()[0], 0)
    shown = verify_map_proof(prove("registration/7"), policy(), keys().leaf_public, "registration/7")
    assert json.loads(shown.value or "") == VALUE | {"serial": 7}
    assert (shown.size, shown.entry_count, shown.log.index) == (1, 300, 0)
    assert shown.recorded_at == "2026-10-05T09:00:00.000000Z"
    text = prove("grantor/nobody")
    assert len(text) < 3_500
    assert verify_map_proof(text, policy()).value is None
    assert read_map_proof(text).text == text
    assert entry_of("registration/7") == shown.value
    assert entry_of("grantor/nobody") == ""


def test_every_tree_ends_with_the_root_of_its_map() -> None:
    add(0, 5)
    put(1)
    assert run().size == 6
    assert run().size == 6, "nothing new, nothing signed"
    assert add(5, 4).size == 11, "the map is as it was, and the tree says so"
    register_map.set_entry(at=AT, key="registration/0", value=VALUE)
    assert run().size == 12
    register_map.remove_entry(at=AT, key="registration/0")
    assert run().size == 13
    assert [(row.size, row.entry_count) for row in list_roots()] == [(13, 0), (12, 1), (11, 1), (6, 1)]
    roots = {row.size: row.root for row in list_roots()}
    assert roots[6] == roots[11] != roots[12]
    assert roots[13] == EMPTY.hex()
    record = get_record("map/12")
    assert record is not None
    assert (record.index, json.loads(record.body)["previous_size"], json.loads(record.body)["previous_root"]) == (
        11,
        11,
        roots[11],
    )
    values = {size: verify_map_proof(prove("registration/0", size), policy()).value for size in roots}
    assert json.loads(values[11] or "") == VALUE | {"serial": 0}
    assert json.loads(values[12] or "") == VALUE
    assert values[13] is None
    with pytest.raises(NotLogged):
        prove("registration/0", 5)


def test_changes_that_come_to_nothing_are_no_change() -> None:
    put(2)
    run()
    register_map.set_entry(at=AT, key="registration/0", value=VALUE)
    assert count_waiting() == 1
    put(2)
    assert count_waiting() == 0
    assert run().size == 1


def test_an_act_that_is_undone_leaves_the_map_alone() -> None:
    put(1)
    run()
    with pytest.raises(LookupError):
        failing_act()
    assert count_waiting() == 0
    assert json.loads(entry_of("registration/0"))["serial"] == 0


def test_the_order_of_acts_does_not_matter() -> None:
    put(40)
    first = run()
    for number in (3, 17):
        register_map.remove_entry(at=AT, key=f"registration/{number}")
    run()
    between = last_root()
    put(1, 17)
    run()
    put(1, 3)
    run()
    roots = [row.root for row in list_roots()]
    assert roots[0] == roots[-1]
    assert between is not None
    assert (between.entry_count, between.root == roots[0]) == (38, False)
    assert first.size == 1


def test_a_lock_alone_changes_nothing() -> None:
    put(1)
    register_map.lock_entries(at=AT, keys=["registration/0", "grantor/x"])
    assert (entry_of("grantor/x"), run().size, count_waiting()) == ("", 1, 0)
    register_map.set_entry(at=AT, key="grantor/x", value={})
    assert run().size == 2
    register_map.remove_entry(at=AT, key="grantor/x")
    run()
    assert MapEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_acts_at_once_count_one_after_the_other() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tables of tests are in memory, where two connections cannot wait for each other")
    start = Barrier(2)

    def count() -> None:
        try:
            start.wait(timeout=30)
            with transaction.atomic():
                register_map.lock_entries(at=AT, keys=["grantor/x"])
                before = json.loads(entry_of("grantor/x") or '{"liens":0}')["liens"]
                register_map.set_entry(at=AT, key="grantor/x", value={"liens": before + 1})
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(count), pool.submit(count)]:
            done.result()
    assert entry_of("grantor/x") == '{"liens":2}'


@pytest.mark.parametrize("bad", [{"": {}}, {"registration/1": {"share": 0.5}}, {"registration/1": {"x": object()}}])
def test_what_has_no_certain_spelling_is_refused(bad: dict[str, dict[str, object]]) -> None:
    with pytest.raises((ValueError, TypeError)):
        register_map.set_entries(at=AT, entries={"registration/0": {}} | bad)
    with pytest.raises(ValueError, match="time zone"):
        register_map.set_entry(at=datetime(2026, 10, 5), key="registration/0", value={})  # noqa: DTZ001
    assert MapEntry.objects.count() == 0


@pytest.mark.parametrize("table", [MapNode, MapRoot])
def test_nodes_and_roots_are_never_changed(table: type[MapNode] | type[MapRoot]) -> None:
    put(3)
    run()
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(**({"left": "0" * 64} if table is MapNode else {"root": "0" * 64}))
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.all().delete()


def test_a_forgers_file_is_refused() -> None:
    put(200)
    run()
    put(1, 900)
    add(0, 20)
    new, old = json.loads(prove("registration/7")), json.loads(prove("registration/7", 1))
    absent, other = json.loads(prove("grantor/x", 1)), json.loads(prove("grantor/y"))
    siblings = new["siblings"]

    def refused(facts: dict[str, object], **changed: object) -> str:
        with pytest.raises((BadProof, BadNote, NotTrusted)) as caught:
            verify_map_proof(json.dumps(facts | changed), policy(), keys().leaf_public)
        return str(caught.value)

    assert verify_map_proof(json.dumps(new), policy(), keys().leaf_public).size == 22
    assert "does not lead" in refused(new, value=new["value"].replace("in_force", "lapsed"))
    assert "does not lead" in refused(new, siblings=["f" + siblings[0][1:], *siblings[1:]])
    refused(new, siblings=siblings[:-1])
    refused(new, siblings=[*siblings, ""])
    refused(new, value=None)
    refused(new, value=None, siblings=siblings[:-1])
    refused(new, key="registration/8")
    refused(absent, key="grantor/y")
    refused(absent, key="registration/7")
    refused(absent, neighbour=None if absent["neighbour"] else other["neighbour"])
    refused(new, value=None, siblings=other["siblings"], neighbour=other["neighbour"])
    refused(new, proof=old["proof"])
    refused(old, proof=new["proof"])
    refused(new, record=old["record"], salt=old["salt"])
    refused(new, record=new["record"].replace(":201", ":200"))
    refused(new, salt="00" * 32)
    refused(new, format="muniment/map-proof/v2")
    refused(new, more=1)
    refused(new, neighbour={"key": "0" * 64, "value": "0" * 64})
    refused(new, salt=7)
    refused(new, public_key="00" * 31)
    refused(absent, key="\ud800")
    refused(absent, neighbour=["key", "value"])
    assert "twice" in refused(new, value='{"liens":0,"liens":0}')
    for text in ("", "[]", "{}", "null", "[" * 100_000, json.dumps(new).replace('"key"', '"key": "a", "key"')):
        with pytest.raises(BadProof):
            verify_map_proof(text, policy())
    with pytest.raises(BadProof):
        verify_map_proof(json.dumps(new), policy(), secret("another"))
    with pytest.raises(BadProof):
        verify_map_proof(json.dumps(new), policy(), key="registration/8")
    with pytest.raises(NotTrusted):
        verify_map_proof(json.dumps(new), Policy())


def test_an_old_root_is_not_that_of_a_newer_tree() -> None:
    """The record of an old root, with a good proof that it is in the newest tree, is still of the old size."""
    put(3)
    run()
    put(3, 10)
    run()
    old = json.loads(prove("registration/11", 1))
    record = get_record("map/1")
    assert record is not None
    later = prove_leaf(home(), record.leaf_hash, policy()).text
    with pytest.raises(BadProof, match="older root"):
        verify_map_proof(json.dumps(old | {"proof": later}), policy())


def test_a_record_of_a_strangers_leaf_states_no_root() -> None:
    """Whoever may send leaves signs with another key than the registry; its verifier is told which that is."""
    put(3)
    run()
    text = prove("registration/1")
    assert verify_map_proof(text, policy()).public == keys().leaf_public
    with pytest.raises(BadProof, match="not signed with this key"):
        verify_map_proof(text, policy(), bytes(32))


def test_a_missing_node_gives_no_proof() -> None:

    put(50)
    run()
    with connection.cursor() as cursor:
        for statement in drop_sql(connection.vendor, "evidence_mapnode"):
            cursor.execute(statement)
        cursor.execute('UPDATE evidence_mapnode SET "left" = "right"')
    with pytest.raises(BadProof):
        prove("registration/1")


def test_a_witness_is_asked_for() -> None:
    put(1)
    run()
    nobody = CosigningKey("nobody.example/w", 4, secret("nobody")).verifier
    asked = Policy(policy().logs, {"nobody": Known(nobody)}, {}, "nobody")
    with pytest.raises(NotLogged):
        prove_key(home(), "registration/0", asked)
    with pytest.raises(NotTrusted):
        verify_map_proof(prove("registration/0"), asked)
