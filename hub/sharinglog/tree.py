"""The Merkle tree of RFC 6962 (SHA-256): leaf hashes, right edge, roots, proofs, C2SP tile coordinates. Does no I/O.

Nodes are named as in C2SP tlog-tiles: `(level, index)` is the root of the complete subtree over the leaves
`index << level … (index + 1) << level`.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

NodeReader = Callable[[int, int], bytes]


def leaf_hash(body: bytes) -> bytes:
    """Hash of one entry (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge: the roots of the complete subtrees of a growing tree, at most one per level.

    The only mutable thing here, since a million pushes may not copy a million tuples.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        levels = _set_bits(size)
        if len(levels) != len(hashes):
            raise ValueError(f"an edge of size {size} has {len(levels)} hashes, not {len(hashes)}")
        self.size = size
        self._at = dict(zip(levels, hashes, strict=True))

    def push(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf hash; gives back the nodes that just became complete as `(level, index, hash)`, lowest first."""
        level, node, done = 0, leaf, []
        while self.size >> level & 1:
            node = node_hash(self._at.pop(level), node)
            level += 1
            done.append((level, self.size >> level, node))
        self._at[level] = node
        self.size += 1
        return done

    def root(self) -> bytes:
        """Root of the whole tree so far."""
        return fold_edge(self.hashes())

    def hashes(self) -> tuple[bytes, ...]:
        """The subtree roots, smallest subtree first."""
        return tuple(self._at[level] for level in _set_bits(self.size))

    def to_bytes(self) -> bytes:
        """The hashes as stored beside the size."""
        return b"".join(self.hashes())

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> "Edge":
        """Inverse of `to_bytes`; raises ValueError if the length does not fit the size."""
        return cls(size, [stored[at : at + 32] for at in range(0, len(stored), 32)])


def fold_edge(hashes: Sequence[bytes]) -> bytes:
    """Root over subtree roots given smallest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[0]
    for left in hashes[1:]:
        root = node_hash(left, root)
    return root


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root of a complete subtree, from its hashes on any one level (their number is a power of two)."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def root_at(size: int, node: NodeReader) -> bytes:
    """Root of the first `size` leaves."""
    return fold_edge([node(level, index) for level, index in reversed(list(_cover(0, size)))])


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` (RFC 6962 §2.1.1); raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of size {size}")
    low, high, ranges = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return [_range_root(start, stop, node) for start, stop in reversed(ranges)]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Proof that the tree of size `old` is a prefix of the tree of size `new` (RFC 6962 §2.1.2).

    Raises ValueError unless 0 <= old <= new. From the empty tree, and to itself, the proof is empty.
    """
    if not 0 <= old <= new:
        raise ValueError(f"there is no proof from size {old} to size {new}")
    if old in (0, new):
        return []
    low, high, whole, ranges = 0, new, True, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, whole = middle, False
    if not whole:
        ranges.append((low, high))
    return [_range_root(start, stop, node) for start, stop in reversed(ranges)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash to `root` (RFC 9162 §2.1.3.2).

    `size` and `root` must come from one signed checkpoint: a proof alone does not bind the size.
    """
    if not 0 <= index < size:
        return False
    place, last, result = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(step, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, step)
        place, last = place >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the old tree to be a prefix of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def tile_of(level: int, index: int) -> tuple[int, int, int, int]:
    """Where node `(level, index)` is found: tile level, tile number, and the span of its hashes inside the tile."""
    tile_level, inside = divmod(level, TILE_HEIGHT)
    first = index << inside
    number, start = divmod(first, TILE_WIDTH)
    return tile_level, number, start, start + (1 << inside)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """C2SP tlog-tiles path of a tile, `tile/0/x001/x234/067.p/8`; `width` < 256 names a partial tile."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def _range_root(start: int, stop: int, node: NodeReader) -> bytes:
    return fold_edge([node(level, index) for level, index in reversed(list(_cover(start, stop)))])


def _cover(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that make up `start … stop`, largest first (`start` is aligned, as in every proof)."""
    while start < stop:
        level = (stop - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _split(width: int) -> int:
    """Largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _set_bits(size: int) -> list[int]:
    return [level for level in range(size.bit_length()) if size >> level & 1]
