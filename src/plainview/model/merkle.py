# SPDX-License-Identifier: Apache-2.0
"""Merkle trees as RFC 6962 defines them (RFC 9162 section 2.1 for the algorithms): SHA-256, 0x00 before a
leaf's bytes, 0x01 before two children.

What this module keeps true: the tree over the first n leaves is a function of those leaves alone, so a
proof made from one copy of a log is judged against a root signed long before. Verification never
raises on a wrong proof; it says False.

>>> leaves = [leaf_hash(text.encode()) for text in ("received", "examined", "released")]
>>> proof = Tree(leaves).inclusion(2)
>>> verify_inclusion(leaves[2], index=2, size=3, proof=proof, root=root(leaves))
True
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

TILE_WIDTH = 256
"""Hashes in one full tile (C2SP tlog-tiles: tiles of height 8)."""

_TILE_HEIGHT = 8


def leaf_hash(data: bytes) -> bytes:
    """The 32-byte hash of one entry's exact bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree head over leaf hashes in order; of no leaves, the hash of nothing."""
    return Tree(list(leaves)).root()


class Tree:
    """All perfect subtrees over a list of leaf hashes, so that any root or proof costs O(log n).

    ``levels[h][i]`` is the hash over the leaves ``[i·2^h, (i+1)·2^h)``; incomplete subtrees are not kept.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels: list[list[bytes]] = [list(leaves)]
        while len(below := self.levels[-1]) > 1:
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def __len__(self) -> int:
        return len(self.levels[0])

    def root(self, size: int | None = None) -> bytes:
        """The head of the tree over the first ``size`` leaves (all by default)."""
        return self._head(0, self._checked(size))

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of leaf ``index`` in the tree of ``size`` leaves (RFC 9162 2.1.3.1)."""
        end = self._checked(size)
        if not 0 <= index < end:
            raise ValueError(f"leaf {index} is not among {end}")
        start, path = 0, []
        while end - start > 1:
            split = start + _split(end - start)
            if index < split:
                path.append(self._head(split, end))
                end = split
            else:
                path.append(self._head(start, split))
                start = split
        return tuple(reversed(path))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of ``old`` leaves is a prefix of the tree of ``size`` (RFC 9162 2.1.4.1)."""
        end = self._checked(size)
        if not 0 <= old <= end:
            raise ValueError(f"a tree of {old} leaves is not a prefix of {end}")
        if old in (0, end):
            return ()
        start, path = 0, []
        while old != end:
            split = start + _split(end - start)
            if old <= split:
                path.append(self._head(split, end))
                end = split
            else:
                path.append(self._head(start, split))
                start = split
        # The verifier knows the old root already when the old tree is itself the perfect subtree we ended on.
        if start > 0:
            path.append(self._head(start, end))
        return tuple(reversed(path))

    def _checked(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise ValueError(f"a tree of {size} leaves cannot be made from {len(self)}")
        return size

    def _head(self, start: int, end: int) -> bytes:
        """The hash over leaves ``[start, end)``, where ``start`` is aligned to the subtree's size."""
        count = end - start
        if count == 0:
            return hashlib.sha256(b"").digest()
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self.levels[height][start >> height]
        split = start + _split(count)
        return node_hash(self._head(start, split), self._head(split, end))


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows the leaf hash at ``index`` of the tree of ``size`` with ``root`` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, head = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            head = node_hash(step, head)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            head = node_hash(head, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and head == root


def verify_consistency(*, old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree of ``old`` leaves is a prefix of that of ``size`` (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof and old_root == hashlib.sha256(b"").digest()
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            before, after = node_hash(step, before), node_hash(step, after)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            after = node_hash(after, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and before == old_root and after == root


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One file of a published log: ``width`` hashes of level ``level``, the ``index``-th such group."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """``tile/0/x001/234.p/5``: where C2SP tlog-tiles puts it."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(groups)}{partial}"


def tiles(tree: Tree, size: int | None = None) -> Iterator[tuple[Tile, bytes]]:
    """Every tile of the tree over the first ``size`` leaves with its bytes, lowest level first."""
    count = len(tree) if size is None else size
    level = 0
    while count:
        hashes = tree.levels[level * _TILE_HEIGHT] if level * _TILE_HEIGHT < len(tree.levels) else []
        for start in range(0, count, TILE_WIDTH):
            width = min(TILE_WIDTH, count - start)
            yield Tile(level, start // TILE_WIDTH, width), b"".join(hashes[start : start + width])
        count //= TILE_WIDTH
        level += 1


def _split(count: int) -> int:
    """The largest power of two smaller than ``count`` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)
