"""Evidence records over the years: each way to renew, each step checked at the time of the next; what is refused."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.evidence.rules.archive import (
    ArchiveStamp,
    Chains,
    Kind,
    hash_tree,
    read_record,
    renewed_bytes,
    sequence_der,
    verify_record,
    write_record,
)
from muniment.trust.evidence.rules.lifetimes import (
    DEFAULT,
    NEVER,
    Ageing,
    BadLifetimes,
    NoAlgorithm,
    Renewal,
    end_of,
    hash_in_use,
    next_renewal,
    read_lifetimes,
)
from muniment.trust.evidence.rules.stamps import BadStamp, Imprint, imprint_of
from tests.trust.evidence.years import YearsAuthority

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
CONTENT = b"a checkpoint of the log"
LIFETIMES = {"sha256": date(2031, 12, 31)}


@pytest.fixture
def authority(tmp_path: Path) -> YearsAuthority:
    """Return an authority whose first certificate holds for two years."""
    return YearsAuthority(tmp_path / "tsa", START, days=730)


def first(authority: YearsAuthority, content: bytes = CONTENT) -> Chains:
    """Return a record of one token."""
    return ((ArchiveStamp(authority.token(imprint_of(content, "sha256"))),),)


def with_stamp(authority: YearsAuthority, chains: Chains) -> Chains:
    """Return a record whose last token is stamped anew."""
    last = chains[-1][-1]
    renewed = ArchiveStamp(authority.token(imprint_of(last.token, last.algorithm)))
    return (*chains[:-1], (*chains[-1], renewed))


def with_hash(authority: YearsAuthority, chains: Chains, algorithm: str, *others: bytes) -> Chains:
    """Return a record hashed anew, in a tree with the hashes of other things."""
    own = imprint_of(renewed_bytes(CONTENT, chains, algorithm), algorithm).digest
    root, trees = hash_tree([own, *others], algorithm)
    return (*chains, (ArchiveStamp(authority.token(Imprint(algorithm, root)), trees[own]),))


def life(authority: YearsAuthority) -> Chains:
    """Return a record of eight years: stamped, stamped anew, hashed anew beside others, stamped anew."""
    chains = first(authority)
    authority.now += YEAR * 1.8
    authority.begin(1_500, "sha512")
    chains = with_stamp(authority, chains)
    authority.now += YEAR * 2
    others = [hashlib.sha512(bytes([number])).digest() for number in range(4)]
    chains = with_hash(authority, chains, "sha512", *others)
    authority.now += YEAR * 2
    authority.begin(1_500, "sha512")
    return with_stamp(authority, chains)


def test_a_record_of_many_years_proves_the_first_day_and_openssl_takes_each_token(authority: YearsAuthority) -> None:
    record = write_record(life(authority))
    later = authority.now + YEAR
    proven = verify_record(record, CONTENT, [authority.root], lifetimes=LIFETIMES, at=later)
    assert proven.since == START
    assert proven.until == proven.links[-1].stamp.expires_at
    assert [link.kind for link in proven.links] == [Kind.FIRST, Kind.STAMP, Kind.HASH, Kind.STAMP]
    assert [link.stamp.imprint.algorithm for link in proven.links] == ["sha256", "sha256", "sha512", "sha512"]
    assert proven.links[0].covers == CONTENT
    assert proven.links[1].covers == proven.links[0].stamp.token
    assert proven.links[3].covers == proven.links[2].stamp.token
    for link in proven.links:
        authority.now = link.stamp.stamped_at
        assert authority.verifies(link.stamp.token, link.covers)
        assert not authority.verifies(link.stamp.token, link.covers + b"x")


def test_what_each_imprint_covers_is_as_the_rfc_says_by_hashlib_alone(authority: YearsAuthority) -> None:
    chains = life(authority)
    anew = hashlib.sha512
    own = anew(anew(CONTENT).digest() + anew(sequence_der(chains[:1])).digest()).digest()
    assert own in chains[1][0].tree[0]
    digest = anew(b"".join(sorted(chains[1][0].tree[0]))).digest()
    for siblings in chains[1][0].tree[1:]:
        digest = anew(b"".join(sorted((digest, *siblings)))).digest()
    link = verify_record(write_record(chains), CONTENT, [authority.root], lifetimes=LIFETIMES, at=authority.now).links[
        2
    ]
    assert link.stamp.imprint.digest == digest == anew(link.covers).digest()


@given(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_every_leaf_of_a_hash_tree_leads_to_its_root(digests: set[bytes]) -> None:
    root, trees = hash_tree(digests, "sha256")
    assert trees.keys() == digests
    for leaf, tree in trees.items():
        reached = leaf
        for place, siblings in enumerate(tree):
            assert place or leaf in siblings
            nodes = siblings if place == 0 else (reached, *siblings)
            reached = hashlib.sha256(b"".join(sorted(nodes))).digest()
        assert reached == root
        assert list(tree[0] if tree else ()) == sorted(tree[0] if tree else ())
    with pytest.raises(ValueError):
        hash_tree([], "sha256")


def assert_refused(authority: YearsAuthority, record: bytes, match: str, at: datetime | None = None) -> None:
    """Assert that a record is refused, and why."""
    with pytest.raises(BadStamp, match=match):
        verify_record(record, CONTENT, [authority.root], lifetimes=LIFETIMES, at=at or authority.now)


def test_cut_turned_and_foreign_der_is_refused(authority: YearsAuthority) -> None:
    chains = life(authority)
    record = write_record(chains)
    assert read_record(record) == chains
    for place in (0, 1, 7, 40, len(record) // 2, len(record) - 1):
        assert_refused(authority, record[:place], "no evidence record|cannot|altered|written")
    assert_refused(authority, record + b"\0", "no evidence record")
    turned = 0
    for place in range(0, len(record), 41):
        other = record[:place] + bytes([record[place] ^ 1]) + record[place + 1 :]
        try:
            verify_record(other, CONTENT, [authority.root], lifetimes=LIFETIMES, at=authority.now)
        except BadStamp:
            turned += 1
    assert turned == len(range(0, len(record), 41)), "each byte is covered, or spelt in one way"
    with pytest.raises(ValueError):
        write_record(())
    with pytest.raises(ValueError):
        write_record((*chains, ()))


def test_another_order_another_object_or_a_token_of_something_else_is_refused(authority: YearsAuthority) -> None:
    chains = life(authority)
    with pytest.raises(BadStamp, match="other bytes"):
        verify_record(write_record(chains), b"another", [authority.root], lifetimes=LIFETIMES, at=authority.now)
    assert_refused(authority, write_record((chains[0][::-1], chains[1])), "other bytes")
    assert_refused(authority, write_record(chains[::-1]), "other bytes")
    assert_refused(authority, write_record(((*chains[0], *chains[1]),)), "two hash algorithms")
    assert_refused(authority, write_record((chains[0][:1], chains[1])), "other bytes")
    stranger = ArchiveStamp(authority.token(imprint_of(b"else", "sha512")))
    assert_refused(authority, write_record((chains[0], (stranger,))), "other bytes")
    assert_refused(authority, write_record((chains[0], (ArchiveStamp(chains[1][0].token),))), "other bytes")
    assert_refused(
        authority, write_record((chains[0], (ArchiveStamp(chains[1][0].token, chains[1][0].tree[:1]),))), "other"
    )
    with pytest.raises(BadStamp, match="no trusted root"):
        verify_record(write_record(chains), CONTENT, [], lifetimes=LIFETIMES, at=authority.now)


def test_a_renewal_after_the_certificate_expired_proves_nothing(authority: YearsAuthority) -> None:
    chains = first(authority)
    authority.now += YEAR * 2.1
    assert_refused(authority, write_record(chains), "expired on 2029-02-28")
    authority.begin(1_500, "sha512")
    assert_refused(authority, write_record(with_stamp(authority, chains)), "expired on 2029-02-28")


def test_a_hash_that_ended_before_everything_was_hashed_anew_proves_nothing(authority: YearsAuthority) -> None:
    authority.begin(4_000, "sha512")
    chains = first(authority)
    authority.now = datetime(2031, 12, 31, 23, 59, tzinfo=UTC)
    in_time = with_hash(authority, chains, "sha512")
    again = with_stamp(authority, chains)
    authority.now = datetime(2032, 1, 1, tzinfo=UTC)
    assert_refused(authority, write_record(chains), "rests on sha256")
    assert_refused(authority, write_record(again), "rests on sha256")
    assert_refused(authority, write_record(with_hash(authority, chains, "sha512")), "rests on sha256")
    proven = verify_record(write_record(in_time), CONTENT, [authority.root], lifetimes=LIFETIMES, at=authority.now)
    assert proven.since == START
    assert in_time[1][0].tree == (), "one thing needs no tree"


def test_a_token_whose_signature_rests_on_a_weak_hash_ends_with_it(authority: YearsAuthority) -> None:
    authority.begin(4_000, "sha256")
    authority.now = datetime(2031, 6, 1, tzinfo=UTC)
    chains = with_hash(authority, first(authority), "sha512")
    assert verify_record(
        write_record(chains), CONTENT, [authority.root], lifetimes=LIFETIMES, at=authority.now
    ).until == datetime(2032, 1, 1, tzinfo=UTC)
    assert_refused(authority, write_record(chains), "rests on sha256", datetime(2032, 1, 1, tzinfo=UTC))


def test_a_clock_that_went_backwards_is_refused(authority: YearsAuthority) -> None:
    authority.now += YEAR
    chains = first(authority)
    authority.now -= timedelta(seconds=1)
    assert_refused(authority, write_record(with_stamp(authority, chains)), "stands before")
    assert_refused(authority, write_record(chains), "stands before", START)
    assert verify_record(write_record(chains), CONTENT, [authority.root], lifetimes={}, at=None).since == START + YEAR


def test_the_ends_of_algorithms_are_data() -> None:
    known = read_lifetimes(DEFAULT)
    assert known["rsa_short"] == date(2030, 12, 31)
    assert end_of(known, ["sha256"]) == NEVER
    assert end_of(known, ["sha256", "ecdsa"]) == datetime(2036, 1, 1, tzinfo=UTC)
    for wrong in ("sha256", "sha256 soon", "md5 2030-01-01", "sha256 2030-01-01\nsha256 2031-01-01"):
        with pytest.raises(BadLifetimes, match="Line"):
            read_lifetimes(wrong)


def test_what_is_due_first_and_from_when() -> None:
    expires = datetime(2030, 6, 1, tzinfo=UTC)
    token = Ageing("sha256", ("ecdsa", "sha256"), expires)
    due = next_renewal(token, {})
    assert (due.renewal, due.due_at, due.ends_at) == (Renewal.STAMP, datetime(2030, 3, 3, tzinfo=UTC), expires)
    due = next_renewal(token, {"sha256": date(2030, 12, 31)})
    assert (due.renewal, due.due_at, due.ends_at) == (Renewal.HASH, datetime(2030, 1, 1, tzinfo=UTC), expires)
    due = next_renewal(token, {"ecdsa": date(2029, 12, 31)})
    assert (due.renewal, due.ends_at) == (Renewal.STAMP, datetime(2030, 1, 1, tzinfo=UTC))
    assert hash_in_use({}, START) == "sha256"
    assert hash_in_use({"sha256": date(2028, 2, 28)}, START) == "sha384"
    with pytest.raises(NoAlgorithm):
        hash_in_use(dict.fromkeys(("sha256", "sha384", "sha512", "sha3_256", "sha3_512"), date(2027, 6, 1)), START)
