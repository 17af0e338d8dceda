# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree against the definition of RFC 6962 written out by recursion, and against known values."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from plainview.model.merkle import (
    TILE_WIDTH,
    Tile,
    Tree,
    leaf_hash,
    node_hash,
    root,
    tiles,
    verify_consistency,
    verify_inclusion,
)

KNOWN_INPUTS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
KNOWN_ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
"""Certificate Transparency's published reference vector over the eight inputs above."""


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(count)]


def test_root_matches_the_reference_vector() -> None:
    """The root over Certificate Transparency's eight test inputs is the published one."""
    assert root([leaf_hash(data) for data in KNOWN_INPUTS]).hex() == KNOWN_ROOT_OF_8


def test_every_root_equals_the_definition() -> None:
    """For every size to 70 and every prefix of it, the root is what the recursive definition gives."""
    tree = Tree(some_leaves(70))

    for size in range(71):
        assert tree.root(size) == by_definition(some_leaves(size))


def test_every_inclusion_proof_verifies_and_only_in_its_place() -> None:
    """Each leaf of each tree to 33 leaves is proved at its index, and at no other."""
    tree = Tree(some_leaves(33))

    for size in range(1, 34):
        head = by_definition(some_leaves(size))
        for index in range(size):
            proof = tree.inclusion(index, size)
            good = [
                i
                for i in range(size)
                if verify_inclusion(tree.levels[0][index], index=i, size=size, proof=proof, root=head)
            ]
            assert good == [index]


def test_every_consistency_proof_verifies() -> None:
    """Each pair of sizes to 40 is proved consistent, with roots from the definition."""
    tree = Tree(some_leaves(40))

    for size in range(41):
        for old in range(size + 1):
            proof = tree.consistency(old, size)
            roots = {"old_root": by_definition(some_leaves(old)), "root": by_definition(some_leaves(size))}
            assert verify_consistency(old=old, size=size, proof=proof, **roots)


@given(st.integers(1, 300), st.data())
def test_a_changed_leaf_or_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Flipping any bit of the leaf or of any hash in the proof makes the proof fail."""
    tree = Tree(some_leaves(size))
    index = data.draw(st.integers(0, size - 1))
    bundle = [tree.levels[0][index], *tree.inclusion(index)]
    which, bit = data.draw(st.integers(0, len(bundle) - 1)), data.draw(st.integers(0, 255))
    bundle[which] = (int.from_bytes(bundle[which], "big") ^ (1 << bit)).to_bytes(32, "big")

    assert not verify_inclusion(bundle[0], index=index, size=size, proof=bundle[1:], root=tree.root())


@given(st.integers(2, 300), st.data())
def test_a_rewritten_history_is_never_consistent(size: int, data: st.DataObject) -> None:
    """When a leaf of the old tree was changed, the new tree has no proof that passes."""
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = some_leaves(size)
    rewritten[changed] = leaf_hash(b"never happened")
    tree = Tree(rewritten)

    assert not verify_consistency(
        old=old, size=size, old_root=Tree(some_leaves(old)).root(), root=tree.root(), proof=tree.consistency(old)
    )


def test_proofs_cut_short_or_made_longer_are_refused() -> None:
    """A proof with a hash too few or too many is no proof."""
    tree = Tree(some_leaves(11))
    proof = tree.inclusion(4)

    for wrong in (proof[:-1], (*proof, proof[0]), ()):
        assert not verify_inclusion(tree.levels[0][4], index=4, size=11, proof=wrong, root=tree.root())


def test_tiles_are_named_and_filled_as_c2sp_says() -> None:
    """70 000 leaves give 274 tiles at level 0, two at level 1 and one at level 2, each hash in its place."""
    leaves = some_leaves(70_000)
    tree = Tree(leaves)

    made = dict(tiles(tree))

    assert Tile(0, 1_234_067, TILE_WIDTH).path == "tile/0/x001/x234/067"
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"
    assert [sum(tile.level == level for tile in made) for level in range(4)] == [274, 2, 1, 0]
    assert made[Tile(0, 273, 112)] == b"".join(leaves[273 * 256 :])
    assert made[Tile(1, 0, 256)][:32] == by_definition(leaves[:256])
    assert made[Tile(2, 0, 1)] == by_definition(leaves[:65536])
