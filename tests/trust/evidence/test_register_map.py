"""The map of the register: its root follows from the entries alone, and every proof of it shows what it says."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.evidence.rules.register_map import (
    EMPTY,
    Branch,
    Entry,
    Node,
    Path,
    change,
    find,
    key_hash,
    value_hash,
    verify_path,
)
from muniment.trust.evidence.rules.tree import BadProof

FEW = st.integers(0, 40)
CHANGES = st.lists(st.tuples(FEW, st.none() | st.integers(0, 3)), max_size=60)


def near(number: int) -> bytes:
    """Return a key that has most of its first bits in common with its neighbours."""
    return bytes([number % 3]) * 3 + hashlib.sha256(bytes([number])).digest()[:29]


def naive(entries: dict[bytes, bytes], depth: int = 0) -> bytes:
    """Return the root as the words of the format say it."""
    if not entries:
        return EMPTY
    if len(entries) == 1:
        ((key, value),) = entries.items()
        return hashlib.sha256(b"muniment/map/v1/leaf\0" + key + value).digest()
    sides: list[dict[bytes, bytes]] = [{}, {}]
    for key, value in entries.items():
        sides[int(bin(int.from_bytes(key) | 1 << 256)[3 + depth])][key] = value
    halves = b"".join(naive(side, depth + 1) for side in sides)
    return hashlib.sha256(b"muniment/map/v1/node\0" + halves).digest()


class Store:
    """A map in memory."""

    def __init__(self) -> None:
        self.nodes: dict[bytes, Node] = {}
        self.root = EMPTY

    def set(self, changes: dict[bytes, bytes | None]) -> None:
        """Change entries at once."""
        grown = change(self.root, changes, self.nodes.__getitem__)
        assert all(named == node.hash for named, node in grown.made.items())
        self.nodes |= grown.made
        self.root = grown.root


@settings(max_examples=120, deadline=None)
@given(changes=CHANGES, group=st.integers(1, 7))
def test_the_root_follows_from_the_entries_alone(changes: list[tuple[int, int | None]], group: int) -> None:
    store, wanted = Store(), dict[bytes, bytes]()
    pairs = [(near(key), None if value is None else value_hash(bytes([value]))) for key, value in changes]
    for place in range(0, len(pairs), group):
        part = dict(pairs[place : place + group])
        store.set(part)
        wanted = {key: value for key, value in (wanted | part).items() if value is not None}
        assert store.root == naive(wanted)
    again = Store()
    again.set(dict(sorted(wanted.items(), reverse=True)))
    assert again.root == store.root
    for number in range(41):
        key = near(number)
        path = find(store.root, key, store.nodes.__getitem__)
        verify_path(store.root, key, wanted.get(key), path)
        for other in (*{value_hash(bytes([value])) for value in range(4)}, None):
            if other != wanted.get(key):
                with pytest.raises(BadProof):
                    verify_path(store.root, key, other, path)


@pytest.fixture(scope="module")
def filled() -> Store:
    store = Store()
    store.set({key_hash(f"registration/{number}"): value_hash(b"{}") for number in range(500)})
    return store


def test_a_proof_is_short(filled: Store) -> None:
    lengths = [len(find(filled.root, key_hash(str(number)), filled.nodes.__getitem__).siblings) for number in range(99)]
    assert max(lengths) < 20
    assert 8 < sum(lengths) / 99 < 12


def test_an_altered_path_is_refused(filled: Store) -> None:
    key, value = key_hash("registration/7"), value_hash(b"{}")
    path = find(filled.root, key, filled.nodes.__getitem__)
    verify_path(filled.root, key, value, path)
    siblings = path.siblings
    altered = [
        Path(siblings, None),
        Path(siblings[:-1], path.end),
        Path((*siblings, EMPTY), path.end),
        Path((*siblings, bytes([1]) * 32), path.end),
        Path(siblings[::-1], path.end),
        Path((bytes(32), *siblings[1:]), path.end),
        Path((*siblings[:-1], siblings[0]), path.end),
        Path(siblings * 40, path.end),
        Path(siblings, Entry(key, value_hash(b"[]"))),
    ]
    for wrong in altered:
        with pytest.raises(BadProof):
            verify_path(filled.root, key, value, wrong)
        with pytest.raises(BadProof):
            verify_path(filled.root, key, None, wrong)
    with pytest.raises(BadProof):
        verify_path(EMPTY, key, value, path)
    verify_path(EMPTY, key, None, Path((), None))


def test_another_keys_absence_is_not_ours(filled: Store) -> None:
    absent = [key_hash(f"grantor/{number}") for number in range(60)]
    paths = {key: find(filled.root, key, filled.nodes.__getitem__) for key in absent}
    held = key_hash("registration/7")
    for key, path in paths.items():
        verify_path(filled.root, key, None, path)
        with pytest.raises(BadProof):
            verify_path(filled.root, held, None, path)
    assert {path.end is None for path in paths.values()} == {True, False}, "both kinds of absence are shown"


def test_a_neighbour_on_the_same_way_is_no_proof_of_absence() -> None:
    """Two keys that part at the last bit: the path of each has 255 siblings, and neither hides the other."""
    store = Store()
    one, two = bytes(31) + b"\2", bytes(31) + b"\3"
    store.set({one: value_hash(b"1"), two: value_hash(b"2")})
    path = find(store.root, one, store.nodes.__getitem__)
    assert len(path.siblings) == 256
    verify_path(store.root, one, value_hash(b"1"), path)
    for end in (Entry(two, value_hash(b"2")), None):
        with pytest.raises(BadProof):
            verify_path(store.root, one, None, Path(path.siblings, end))
    store.set({two: None})
    assert find(store.root, one, store.nodes.__getitem__) == Path((), Entry(one, value_hash(b"1")))


def test_nodes_and_entries_are_never_the_same() -> None:
    assert Branch(EMPTY, EMPTY).hash != Entry(EMPTY, EMPTY).hash
