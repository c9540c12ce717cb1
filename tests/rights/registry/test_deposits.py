"""Deposits: files, folders, bags and hashes come in with one leaf each, once; erasure forgets the person."""

import errno
import hashlib
import json
import random
import shutil
from datetime import timedelta
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.problems import BadFile
from muniment.rights.registry.models import Deposit, DepositFile, Particulars
from muniment.rights.registry.queries import files_of, find_likenesses, get_deposit, get_particulars, list_deposits
from muniment.rights.registry.rules import likeness
from muniment.rights.registry.rules.contents import (
    BadContent,
    Kind,
    check_files,
    content_digest,
    manifest_text,
)
from muniment.rights.registry.rules.hash_lists import hash_list_text, read_hash_list
from muniment.rights.registry.rules.hashing import hash_pieces
from muniment.rights.registry.rules.numbers import BadNumber, make_number, parse_number
from muniment.rights.registry.services import bags
from muniment.rights.registry.services.bags import (
    Content,
    NotKept,
    bag_folder,
    check_bag,
    deposits_folder,
    read_content,
)
from muniment.rights.registry.services.deposits import BadParticulars, Depositor, NoDeposit, erase_deposit
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import count_waiting, get_record
from muniment.trust.evidence.queries.proving import prove_leaf
from muniment.trust.evidence.rules.proofs import check_record, verify_proof
from tests.cast import AIGUL as MEMBER
from tests.cast import DEWI, ERLAN
from tests.rights.registry.office import AIGUL, put, put_content
from tests.trust.evidence.logs import AT, OPERATOR, home, policy, run

pytestmark = pytest.mark.filterwarnings("ignore:'count' is passed as positional:DeprecationWarning")  # in bagit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two files, one of them below."""
    place = tmp_path / "valleys"
    (place / "north").mkdir(parents=True)
    (place / "readme 100%.txt").write_text("invented\n")
    (place / "north" / "ہوا.csv").write_bytes(random.Random(1).randbytes(200_000))
    return place


def test_the_digest_of_a_content_is_what_sort_and_sha256sum_say(folder: Path) -> None:
    files = read_content(folder).files
    lines = sorted(f"{hashlib.sha256(p.read_bytes()).hexdigest()} {p.stat().st_size}\n" for p in folder.rglob("*.*"))
    assert content_digest(files) == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert content_digest(files[::-1]) == content_digest(files)
    assert "  readme 100%.txt\n" in manifest_text(files)


@given(st.integers(0, 10**8 - 1), st.integers(0, 9), st.integers(3, 12))
def test_a_mistyped_number_is_found(count: int, digit: int, place: int) -> None:
    number = make_number("D", count)
    assert parse_number(number.lower().replace("-", "")) == number
    changed = number[:place] + str(digit) + number[place + 1 :]
    if changed != number:
        with pytest.raises(BadNumber):
            parse_number(changed)


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=likeness.FARTHEST))
def test_a_code_within_seven_bits_shares_a_band_or_a_neighbour(code: int, flipped: set[int]) -> None:
    one, other = f"{code:016x}", f"{code ^ sum(1 << bit for bit in flipped):016x}"
    assert likeness.distance(one, other) == len(flipped)
    pairs = zip(likeness.bands_of(one), likeness.bands_of(other), strict=True)
    assert any(second in likeness.near_bands(first) for first, second in pairs)


def test_a_list_of_hashes_is_read_as_it_was_written_and_nonsense_is_refused(folder: Path) -> None:
    files = read_content(folder).files
    assert read_hash_list(hash_list_text(files)) == files
    good = json.loads(hash_list_text(files))
    for wrong in ("", "[]", '{"format": "other", "files": []}', '{"format": "muniment-hashes-1", "files": {}}'):
        with pytest.raises(BadFile):
            read_hash_list(wrong)
    for field, value in (
        ("path", "../x"),
        ("path", "/x"),
        ("path", "a%0Ab"),
        ("path", "a\nb"),
        ("sha256", "ab"),
        ("byte_count", -1),
        ("iscc", "zz"),
    ):
        rows = [good["files"][0] | {field: value}]
        with pytest.raises(BadContent):
            read_hash_list(json.dumps(good | {"files": rows}))
    with pytest.raises(BadFile):
        read_hash_list(json.dumps(good | {"files": [{"path": "x"}]}))
    with pytest.raises(BadContent, match="twice"):
        check_files([files[0], files[0]])
    with pytest.raises(BadContent, match="no file"):
        check_files([])


@pytest.mark.django_db
def test_a_folder_becomes_a_bag_that_the_bagit_library_takes_and_one_leaf(folder: Path) -> None:
    row = put(folder)
    assert (row.kind, row.file_count, row.is_kept) == ("folder", 2, True)
    bag = bagit.Bag(str(bag_folder(home(), row.request_key)))
    bag.validate()
    assert set(bag.payload_files()) == {"data/readme 100%.txt", "data/north/ہوا.csv"}
    assert check_bag(home(), row.request_key) == ""
    assert count_waiting() == 1
    run()
    found = get_deposit(row.number)
    assert found is not None
    assert found.leaf_index == 0
    (bag_folder(home(), row.request_key) / "data" / "readme 100%.txt").write_text("Invented\n")
    assert "readme" in check_bag(home(), row.request_key)


@pytest.mark.django_db
def test_the_same_request_is_one_deposit_and_another_title_is_another(folder: Path) -> None:
    first, again = put(folder), put(folder, at=AT + timedelta(days=1))
    assert again == first
    other = put(folder, Depositor(AIGUL.name, "Other valleys"))
    assert other.number != first.number
    assert list_deposits().total == 2
    assert not list(deposits_folder(home()).glob(".staged*"))
    likely = find_likenesses(files_of(other.number))
    assert {(like.number, like.bits) for like in likely} == {(first.number, None), (other.number, None)}


@pytest.mark.django_db
def test_a_near_duplicate_is_found_and_a_stranger_is_not(tmp_path: Path) -> None:
    whole = random.Random(2).randbytes(400_000)
    (tmp_path / "a").write_bytes(whole)
    first = put(tmp_path / "a", kept=False)
    near = hash_pieces("b", [whole[:200_000], b"changed", whole[200_000:]])
    (like,) = find_likenesses((near,))
    assert like.number == first.number
    assert like.bits is not None
    assert 0 <= like.bits <= likeness.FARTHEST
    assert find_likenesses((hash_pieces("c", [random.Random(3).randbytes(400_000)]),)) == ()


@pytest.mark.django_db
def test_erasure_removes_the_person_and_the_bytes_and_keeps_the_proof(folder: Path) -> None:
    row = put(folder)
    run()
    place = bag_folder(home(), row.request_key)
    person = get_particulars(row.number)
    assert person is not None
    assert (person.depositor, place.is_dir()) == (AIGUL.name, True)
    with pytest.raises(NotAllowed):
        erase_deposit(actor=DEWI, at=AT, number=row.number, home=home())
    erased = erase_deposit(actor=OPERATOR, at=AT, number=row.number, home=home())
    assert (erased.is_kept, place.exists()) == (False, False)
    assert get_particulars(row.number) is None
    assert [one.path for one in files_of(row.number)] == ["", ""]
    record = get_record(f"deposit/{row.number}")
    assert record is not None
    for text in (record.body, str(Deposit.objects.values().get()), str(list(DepositFile.objects.values()))):
        assert "Aigul" not in text
        assert "aigul" not in text
        assert "readme" not in text
    assert not Particulars.objects.exists()
    proof = verify_proof(prove_leaf(home(), record.leaf_hash, policy()).text, policy())
    check_record(proof, bytes.fromhex(record.salt), record.body.encode(), bytes.fromhex(record.public_key))
    assert row.content_sha256 in record.body
    with pytest.raises(NoDeposit):
        erase_deposit(actor=OPERATOR, at=AT, number=row.number, home=home())
    assert put(folder).number != row.number, "what is deposited again is a new deposit"


@pytest.mark.django_db
def test_only_hashes_may_come_and_members_deposit_for_themselves(folder: Path) -> None:
    content = Content(Kind.HASHES, read_content(folder).files)
    row = put_content(content, AIGUL)
    assert (row.is_kept, row.kind, bag_folder(home(), row.request_key).exists()) == (False, "hashes", False)
    for actor in (ERLAN, DEWI):
        with pytest.raises(NotAllowed):
            put_content(content, AIGUL, actor=actor)
    with pytest.raises(NotAllowed, match="oneself"):
        put_content(content, AIGUL, actor=MEMBER)
    for wrong in (Depositor("", "x"), Depositor("x", " "), Depositor("x", "y\nz"), Depositor("x" * 501, "y")):
        with pytest.raises(BadParticulars):
            put_content(content, wrong)


@pytest.mark.django_db
def test_a_bag_comes_in_as_its_payload_and_a_damaged_one_is_refused(folder: Path) -> None:
    loose = read_content(folder)
    bagit.make_bag(str(folder), checksums=["sha256"])
    assert read_content(folder).files == loose.files
    (folder / "data" / "readme 100%.txt").write_text("other\n")
    with pytest.raises(BadContent, match="not a whole bag"):
        put(folder)


@pytest.mark.django_db
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadContent, match="no file"):
        put(tmp_path / "empty")
    with pytest.raises(BadContent, match="no file and no folder"):
        put(tmp_path / "missing")
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(BadContent, match="link"):
        put(folder)
    (folder / "link").unlink()

    def full(_path: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "bag")

    monkeypatch.setattr(bags, "_copied", full)
    with pytest.raises(NotKept, match="Make room"):
        put(folder)
    assert not Deposit.objects.exists()
    assert not list(deposits_folder(home()).glob("**/*.csv"))


@pytest.mark.django_db
def test_a_bag_that_a_crash_left_is_taken_over_or_tidied_away(folder: Path) -> None:
    row = put(folder)
    place = bag_folder(home(), row.request_key)
    left = place.parent / ("0" * 64)
    shutil.copytree(place, left)
    late = AT.replace(year=2999)
    assert bags.tidy(home(), AT.replace(year=2000)) == 0
    assert bags.tidy(home(), late) == 1
    assert (left.exists(), place.exists()) == (False, True)
