"""The log from a leaf to a proof that somebody verifies: group commit, files, and what a crash or a forger leaves."""

from pathlib import Path
from threading import Thread

import pytest
from django.db import IntegrityError, transaction

from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence import services
from muniment.trust.evidence.models import LoggedLeaf, LogState, Submission, TreeHead
from muniment.trust.evidence.queries import count_waiting, get_record, index_of, last_head, leaf_bodies, list_records
from muniment.trust.evidence.queries.proving import NotLogged, consistency_path, prove_leaf
from muniment.trust.evidence.rules.leaves import BadLeaf, Leaf
from muniment.trust.evidence.rules.notes import is_signed_by, read_checkpoint, read_note
from muniment.trust.evidence.rules.policies import NotTrusted, Policy
from muniment.trust.evidence.rules.proofs import check_record, read_proof, verify_proof
from muniment.trust.evidence.rules.tiles import ENTRIES, Tile, tiles_of
from muniment.trust.evidence.rules.tree import BadProof, leaf_hash
from muniment.trust.evidence.services import LogDamaged, NotRecorded, TooManyLeaves, files, recovery
from muniment.trust.evidence.services.keys import BadLogKey, LogKeys, log_keys, retire, rotate
from tests.cast import CHEN, DEWI
from tests.trust.evidence import naive
from tests.trust.evidence.logs import (
    AT,
    OPERATOR,
    ORIGIN,
    add,
    entropy,
    home,
    keys,
    leaf,
    made,
    message,
    policy,
    run,
    secret,
)

pytestmark = pytest.mark.django_db


def folder() -> Path:
    return files.log_folder(home())


def checkpoint() -> str:
    return (folder() / files.CHECKPOINT).read_text()


def test_an_empty_log_has_a_signed_checkpoint() -> None:
    head = run()
    seen = read_checkpoint(read_note(checkpoint()).text)
    assert (head.size, seen.size, seen.origin) == (0, 0, ORIGIN)
    assert seen.root == naive.mth([])


def test_leaves_come_in_groups_and_every_file_is_there() -> None:
    sizes = [1, 2, 252, 1, 300, 700]
    for size in sizes:
        add(last_head().size if last_head() else 0, size)  # type: ignore[union-attr]
    total = sum(sizes)
    bodies = [leaf(number).body for number in range(total)]
    note = read_note(checkpoint())
    assert read_checkpoint(note.text).root == naive.mth(bodies)
    assert is_signed_by(note, keys().verifiers[0])
    assert list(files.read_leaves(folder(), 0, total)) == bodies == leaf_bodies(0, total)
    assert list(files.read_leaves(folder(), 700, total)) == bodies[700:]
    for tile in tiles_of(total):
        assert (folder() / tile.path).is_file(), tile.path
    assert not (folder() / "tile/0/000.p").exists(), "unfinished tiles of full ones are tidied away"


def test_a_proof_is_verified_without_the_database() -> None:
    add(0, 300)
    text = prove_leaf(home(), leaf_hash(leaf(123).body).hex(), policy()).text
    found = verify_proof(text, policy())
    assert (found.index, found.checkpoint.size, found.leaf) == (123, 300, leaf(123))
    assert len(text) < 1_400
    assert read_proof(text).text == text
    with pytest.raises(BadProof):
        verify_proof(text.replace("index 123", "index 122"), policy())
    with pytest.raises(BadProof):
        verify_proof(text, policy(), leaf(124).body)
    with pytest.raises(NotTrusted):
        verify_proof(text, Policy())


def test_every_tree_is_consistent_with_those_before() -> None:
    heads = [add(0, 3), add(3, 4), add(7, 600), add(607, 1)]
    for place, old in enumerate(heads):
        for new in heads[place:]:
            path = consistency_path(home(), old, new)
            bodies = [leaf(number).body for number in range(new.size)]
            assert path == naive.proof(old.size, bodies)


def test_a_record_is_committed_to_and_can_be_erased_while_its_proof_stays() -> None:
    record = {"holder": "Aigul", "at": AT}
    services.log_record(at=AT, subject="deposit/1", record=record, keys=keys(), entropy=entropy)
    run()
    row = get_record("deposit/1")
    assert row is not None
    assert row.index == 0
    text = prove_leaf(home(), row.leaf_hash, policy()).text
    found = verify_proof(text, policy())
    check_record(found, bytes.fromhex(row.salt), row.body.encode(), bytes.fromhex(row.public_key))
    with pytest.raises(BadProof):
        check_record(found, bytes.fromhex(row.salt), row.body.encode() + b" ", bytes.fromhex(row.public_key))
    with pytest.raises(BadProof):
        check_record(found, bytes.fromhex(row.salt), row.body.encode(), keys().verifiers[0].public[::-1])
    with pytest.raises(NotAllowed):
        services.erase_record(actor=CHEN, at=AT, subject="deposit/1")
    erased = services.erase_record(actor=OPERATOR, at=AT, subject="deposit/1")
    assert (erased.body, erased.salt, erased.erased_at) == ("", "", AT)
    assert verify_proof(prove_leaf(home(), row.leaf_hash, policy()).text, policy()).index == 0
    assert b"Aigul" not in b"".join(path.read_bytes() for path in folder().rglob("*") if path.is_file())
    with pytest.raises(NotRecorded):
        services.erase_record(actor=OPERATOR, at=AT, subject="deposit/1")


def test_a_subject_has_one_record() -> None:
    services.log_record(at=AT, subject="deposit/1", record={}, keys=keys(), entropy=entropy)
    with pytest.raises(NotRecorded):
        services.log_record(at=AT, subject="deposit/1", record={"x": 1}, keys=keys(), entropy=entropy)
    assert (count_waiting(), list_records().total) == (1, 1)


def test_nobody_else_extends_the_log() -> None:
    with pytest.raises(NotAllowed):
        services.sequence(actor=DEWI, at=AT, keys=keys(), home=home(), entropy=entropy)
    assert not folder().exists()


def test_a_leaf_of_a_stranger_is_taken_once_and_counted() -> None:
    sent = leaf(1)
    public = made("submitter").public_key().public_bytes_raw()

    def send(number: int = 1, signature: bytes = sent.signature) -> bool:
        return services.submit_leaf(
            at=AT,
            message=message(number),
            signature=signature,
            public_key=public,
            submitter="a.example",
            most_a_day=2,
        )

    assert [send(), send()] == [False, False]
    run()
    assert send() is True
    assert index_of(leaf_hash(sent.body).hex()) == 0
    with pytest.raises(BadLeaf):
        send(2)
    assert send(2, leaf(2).signature) is False
    with pytest.raises(TooManyLeaves):
        send(3, leaf(3).signature)
    assert Submission.objects.count() == 1


def test_a_leaf_that_came_in_twice_at_once_is_one_leaf() -> None:
    add(0, 5)
    services.submit_many(at=AT, leaves=[leaf(3), leaf(5)])
    assert run().size == 6
    assert (LoggedLeaf.objects.count(), count_waiting()) == (6, 0)


def test_a_group_takes_no_more_than_it_is_told() -> None:
    services.submit_many(at=AT, leaves=[leaf(number) for number in range(25)])
    assert [run(most=10).size for _ in range(4)] == [10, 20, 25, 25]


@pytest.mark.parametrize("sizes", [(3, 4), (255, 2), (256, 256), (300, 600)])
def test_files_that_were_lost_or_altered_are_made_again(sizes: tuple[int, int]) -> None:
    old, more = sizes
    add(0, old)
    for path in folder().rglob("*"):
        if path.is_file() and path.name != files.CHECKPOINT:
            path.write_bytes(path.read_bytes()[::-1] if old % 2 else b"")
    head = add(old, more)
    assert files.is_edge_of(folder(), head.size, bytes.fromhex(head.root))
    assert consistency_path(home(), last_head() or head, head) == []
    services.rebuild(home=home())
    assert list(files.read_leaves(folder(), 0, head.size)) == leaf_bodies(0, head.size)


def test_an_altered_tile_gives_no_proof() -> None:
    add(0, 300)
    path = folder() / Tile(0, 0).path
    path.write_bytes(bytes(8192))
    with pytest.raises(BadProof):
        prove_leaf(home(), leaf_hash(leaf(9).body).hex(), policy())
    services.rebuild(home=home())
    assert prove_leaf(home(), leaf_hash(leaf(9).body).hex(), policy()).index == 9


def test_a_leaf_that_waits_has_no_proof() -> None:
    add(0, 1)
    services.submit_many(at=AT, leaves=[leaf(7)])
    with pytest.raises(NotLogged):
        prove_leaf(home(), leaf_hash(leaf(7).body).hex(), policy())


def test_an_older_database_does_not_fork_what_is_published() -> None:
    add(0, 5)
    published = checkpoint()
    (folder() / files.CHECKPOINT).write_text(_of_another_tree())
    services.submit_many(at=AT, leaves=[leaf(5)])
    with pytest.raises(LogDamaged):
        run()
    assert (LoggedLeaf.objects.count(), count_waiting()) == (5, 1), "nothing is signed on top of what is not known"
    (folder() / files.CHECKPOINT).write_text("nonsense\n")
    with pytest.raises(LogDamaged):
        run()
    (folder() / files.CHECKPOINT).write_text(published)
    assert run().size == 6


def _of_another_tree() -> str:
    return services.sign_head(keys(), 9, leaf_hash(b"fork"))


def test_the_log_of_a_database_keeps_its_origin() -> None:
    run()
    with pytest.raises(LogDamaged):
        services.sequence(actor=OPERATOR, at=AT, keys=keys("other.example"), home=home(), entropy=entropy)


@pytest.mark.parametrize("table", [LoggedLeaf, TreeHead])
def test_leaves_and_heads_are_never_changed(table: type[LoggedLeaf] | type[TreeHead]) -> None:
    add(0, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(**({"hash": "0" * 64} if table is LoggedLeaf else {"root": "0" * 64}))
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.filter(pk__gte=0).delete()
    assert LogState.objects.get().size == 2


def test_a_disk_without_room_leaves_the_old_checkpoint_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    add(0, 2)
    before = checkpoint()

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(files.LogNotWritten):
            add(2, 300)
    assert checkpoint() == before
    assert services.publish(home=home()).size == 302
    assert read_checkpoint(read_note(checkpoint()).text).size == 302


def test_a_new_key_signs_beside_the_old_until_that_retires() -> None:
    add(0, 1)
    old = keys().verifiers[0]
    with pytest.raises(BadLogKey):
        retire(home(), keys())
    rotate(home(), keys(), make=lambda: made("new"))
    new = keys().verifiers[0]
    add(1, 1)
    both = read_note(checkpoint())
    assert is_signed_by(both, old)
    assert is_signed_by(both, new)
    retire(home(), keys())
    add(2, 1)
    one = read_note(checkpoint())
    assert (is_signed_by(one, old), is_signed_by(one, new)) == (False, True)
    assert (home() / "log_keys.pub").read_text().split() == [old.text, new.text]
    assert (home() / "log_key").stat().st_mode & 0o077 == 0


def test_without_an_origin_of_its_own_a_log_is_named_by_its_key_as_sigsum_does() -> None:
    plain = log_keys(home(), "", make=lambda: made("log"))
    assert plain.origin.startswith("sigsum.org/v1/tree/")
    assert len(plain.origin) == 19 + 64
    with pytest.raises(BadLogKey):
        rotate(home(), plain)
    (home() / "log_key").write_text("no key")
    with pytest.raises(BadLogKey):
        log_keys(home(), "")
    with pytest.raises(BadLogKey):
        log_keys(home() / "other", "two words", make=lambda: made("log"))
    assert isinstance(leaf(0), Leaf)
    assert secret("a") != secret("b")


def test_whoever_makes_the_keys_first_made_them() -> None:
    found: list[LogKeys] = []
    starters = [Thread(target=lambda: found.append(log_keys(home() / "fresh", "log.example/new"))) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert sorted(path.name for path in (home() / "fresh").iterdir()) == ["leaf_key", "log_key", "log_keys.pub"]


def test_files_and_database_are_compared_byte_for_byte() -> None:
    add(0, 600)
    assert recovery.compare(home(), keys()) == []
    for name in ("tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/88"):
        path = folder() / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert recovery.compare(home(), keys()) == [f"{name} is missing or differs."]
        path.write_bytes(whole)
    (folder() / files.CHECKPOINT).write_text(checkpoint().replace("\n600\n", "\n601\n"))
    assert len(recovery.compare(home(), keys())) == 1


def test_a_database_from_an_older_backup_takes_its_leaves_back_from_the_files() -> None:
    add(0, 300)
    with transaction.atomic():
        add(300, 400)
        services.submit_many(at=AT, leaves=[leaf(800)])
        transaction.set_rollback(True)
    services.submit_many(at=AT, leaves=[leaf(500), leaf(800)])
    assert last_head().size == 300  # type: ignore[union-attr]
    with pytest.raises(LogDamaged):
        run()
    head = recovery.restore(actor=OPERATOR, at=AT, keys=keys(), home=home())
    assert (head.size, LoggedLeaf.objects.count(), count_waiting()) == (700, 700, 1)
    assert recovery.compare(home(), keys()) == []
    assert run().size == 701
    (folder() / Tile(ENTRIES, 0).path).unlink()
    assert recovery.restore(actor=OPERATOR, at=AT, keys=keys(), home=home()).size == 701
