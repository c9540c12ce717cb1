"""The tree against the definitions of RFC 6962, its proofs both ways, and what Sigsum publishes as examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.trust.evidence.rules.leaves import (
    BadLeaf,
    Leaf,
    check_leaf,
    commitment,
    is_leaf_signed,
    open_leaf,
    sign_leaf,
)
from muniment.trust.evidence.rules.tiles import (
    ENTRIES,
    BadTile,
    Tile,
    bundle,
    edge_root,
    full_root,
    levels_of,
    node_reader,
    open_bundle,
    open_tile,
    tiles_grown,
    tiles_of,
)
from muniment.trust.evidence.rules.tree import (
    EMPTY_ROOT,
    BadProof,
    Frontier,
    consistency_proof,
    extend,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_root,
    root_by_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.trust.evidence import naive

MOST = 70


def leaves_of(count: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(count)]


def reader(leaves: list[bytes]):  # type: ignore[no-untyped-def]
    return lambda level, index: naive.mth(leaves[index << level : (index + 1) << level])


def test_the_tree_without_leaves_and_of_one() -> None:
    assert root_of(Frontier()) == EMPTY_ROOT == naive.mth([])
    assert root_of(extend(Frontier(), [leaf_hash(b"x")])) == naive.mth([b"x"])


@given(sizes=st.lists(st.integers(0, 40), max_size=6))
def test_growing_in_any_steps_gives_the_root_of_all_leaves(sizes: list[int]) -> None:
    leaves, edge = leaves_of(sum(sizes)), Frontier()
    for size in sizes:
        edge = extend(edge, (leaf_hash(leaf) for leaf in leaves[edge.size : edge.size + size]))
    assert edge.size == sum(sizes)
    assert len(edge.roots) == edge.size.bit_count()
    assert root_of(edge) == naive.mth(leaves)


@given(size=st.integers(1, MOST), data=st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_verify(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, reader(leaves))
    assert path == naive.path(index, leaves)
    verify_inclusion(leaf_hash(leaves[index]), index, size, path, naive.mth(leaves))
    assert root_by_inclusion(leaf_hash(leaves[index]), index, size, path) == naive.mth(leaves)


@given(size=st.integers(2, MOST), data=st.data())
def test_no_other_index_size_leaf_or_path_passes(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path, root, leaf = naive.path(index, leaves), naive.mth(leaves), leaf_hash(leaves[index])
    other = data.draw(st.integers(0, size + 3).filter(lambda number: number != index))
    with pytest.raises(BadProof):
        verify_inclusion(leaf, other, size, path, root)
    with pytest.raises(BadProof):
        verify_inclusion(leaf_hash(b"another"), index, size, path, root)
    place = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    turned = (int.from_bytes(path[place]) ^ 1 << bit).to_bytes(32)
    for wrong in ([*path[:place], turned, *path[place + 1 :]], path[:-1], [*path, root]):
        with pytest.raises(BadProof):
            verify_inclusion(leaf, index, size, wrong, root)


@given(new=st.integers(0, MOST), data=st.data())
def test_consistency_proofs_are_those_of_the_definition_and_verify(new: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(new), data.draw(st.integers(0, new))
    path = consistency_proof(old, new, reader(leaves))
    assert path == naive.proof(old, leaves)
    verify_consistency(old, new, naive.mth(leaves[:old]), naive.mth(leaves), path)


@given(new=st.integers(2, MOST), data=st.data())
def test_a_fork_has_no_consistency_proof(new: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(new), data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    forked = [*leaves[:changed], b"another", *leaves[changed + 1 :]]
    honest, forged = naive.proof(old, leaves), naive.proof(old, forked)
    for path in (honest, forged):
        with pytest.raises(BadProof):
            verify_consistency(old, new, naive.mth(leaves[:old]), naive.mth(forked), path)
    with pytest.raises(BadProof):
        verify_consistency(old, new, naive.mth(leaves[:old]), naive.mth(leaves), [*honest, EMPTY_ROOT])
    with pytest.raises(BadProof):
        verify_consistency(new + 1, new, naive.mth(leaves), naive.mth(leaves), [])


def test_proofs_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(BadProof):
        inclusion_proof(5, 5, reader(leaves_of(5)))
    with pytest.raises(BadProof):
        consistency_proof(6, 5, reader(leaves_of(5)))
    with pytest.raises(ValueError):
        range_root(1, 3, reader(leaves_of(5)))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999), "tile/1/999"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(ENTRIES, 1, 5), "tile/entries/001.p/5"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
    ],
)
def test_the_paths_of_tiles_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_names() -> None:
    tiles = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [(tile.level, tile.width) for tile in tiles if tile.width != 256] == [(0, 112), (1, 17), (2, 1)]
    assert sum(tile.level == 1 and tile.width == 256 for tile in tiles) == 1
    assert [tile.path for tile in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


@given(old=st.integers(0, 200_000), more=st.integers(0, 70_000))
def test_growing_writes_every_tile_that_the_new_tree_has_and_the_old_had_not(old: int, more: int) -> None:
    before, after = set(tiles_of(old)), set(tiles_of(old + more))
    grown = {tile for level in (ENTRIES, *levels_of(old + more)) for tile in tiles_grown(level, old, old + more)}
    assert after - before == grown - before
    assert grown <= after


@given(size=st.integers(1, 1200), data=st.data())
def test_any_proof_can_be_read_from_tiles(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves_of(size)]
    above = [full_root(hashes[place : place + 256]) for place in range(0, size - 255, 256)]

    def read(tile: Tile) -> list[bytes]:
        return (hashes, above)[tile.level][tile.number * 256 :][: tile.width]

    index = data.draw(st.integers(0, size - 1))
    root = root_of(extend(Frontier(), hashes))
    verify_inclusion(hashes[index], index, size, inclusion_proof(index, size, node_reader(size, read)), root)
    assert edge_root(size, read) == root


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_opens_to_its_leaves(leaves: list[bytes]) -> None:
    assert open_bundle(bundle(leaves)) == leaves


def test_what_is_cut_short_is_refused() -> None:
    with pytest.raises(BadTile):
        open_bundle(bundle([b"abc"])[:-1])
    with pytest.raises(BadTile):
        open_tile(bytes(33), Tile(0, 0, 1))


SIGSUM_LEAVES = [
    "9c30df06dd583ec46902b9313401ce172ff119d75c438aec2f33e439f467ce83"
    "40160c833571c121bfdc6a02006053a80d3e91a8b73abb4dd0e07cc3098d8e58"
    "a41921d8f5649e9fb81c9b7c6b458747c4c3b49cc08c869867100a7f7be78902"
    "5aa7e6233f9f4d2efbeb9eeef766dce8ba2aa5e8cdd3f53da94b5d59e67d92fc",
    "a2eefef4abcafd5cb2d36fe4f30c624cab048466b73eda3100e72f8fab2d3442"
    "aa5bd628d88be12d4f09feefe4bf65290b03bdeba8523fa38e396218140d79e0"
    "850132082914b08876cdc4a6041be8217402a57bfb8328310ad5407bc440060e"
    "5aa7e6233f9f4d2efbeb9eeef766dce8ba2aa5e8cdd3f53da94b5d59e67d92fc",
    "3ad4741a750a30f08f351d8f681b8bd404c53be1ef7c61d867bd6d1786ef4317"
    "e5ad99f22ff85c3fae259017cbbf5b0ebc7f2880aa4f234ea65d0319a88891ba"
    "ae4e60b7f776e867861c8744f50360b002cfaef43916745c3e18fadea1724e0a"
    "49fee94050634ea537ffac3300a5af2d25b9b3f76836df37c2029b5c9469b007",
]
"""The leaves 2, 3 and 4 of the examples in Sigsum's description of its protocol, version 1."""


def test_the_consistency_proof_that_sigsum_publishes_as_an_example() -> None:
    second, third, fourth = (leaf_hash(bytes.fromhex(body)) for body in SIGSUM_LEAVES)
    published = [
        bytes.fromhex("3f94ccfa9482768b2ab42805df9c7612773bcb35c286a91d5aec5fbf42f50fec"),
        bytes.fromhex("b4e2ff9fb485b20e63b3406ee5a17ddfe6287dd7614549debdca34fefb7334e7"),
    ]
    assert [node_hash(second, third), fourth] == published
    old = leaf_hash(b"stands for the root of the first two")
    new = node_hash(node_hash(old, published[0]), published[1])
    verify_consistency(2, 5, old, new, published)


def test_the_leaf_that_sigsum_publishes_as_an_example() -> None:
    message = bytes.fromhex("50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c")
    public = bytes.fromhex("a9e92dedad449c12e59ef2a1fb272efd3e8a9d69e8c632d29f50dff603687925")
    signature = bytes.fromhex(
        "510567c6349bb92984b480c43dd6e818d46578e9f4d6a69d8bac7b209463cc96"
        "5129ff4776d1dc882e9963087de0d2bc57568a76b7bfe4569fac80512e70bb09"
    )
    leaf = check_leaf(message, signature, public)
    assert open_leaf(leaf.body) == leaf
    assert len(leaf.body) == 128
    with pytest.raises(BadLeaf):
        check_leaf(message[::-1], signature, public)


@given(salt=st.binary(min_size=32, max_size=32), record=st.binary(max_size=200), bit=st.integers(0, 1023))
def test_a_leaf_signed_verifies_and_no_other(salt: bytes, record: bytes, bit: int) -> None:
    secret, public = bytes(range(32)), bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    leaf = sign_leaf(secret, commitment(salt, record))
    assert is_leaf_signed(leaf, public)
    turned: Leaf = open_leaf((int.from_bytes(leaf.body) ^ 1 << bit).to_bytes(128))
    assert not is_leaf_signed(turned, public)
    with pytest.raises(ValueError):
        commitment(salt[1:], record)
