"""The tree against the known answers of Certificate Transparency and against RFC 6962's own recursive definition."""

from __future__ import annotations

import hashlib

import pytest

from hub.sharinglog.tree import (
    EMPTY_ROOT,
    Edge,
    consistency_proof,
    fold,
    inclusion_proof,
    leaf_hash,
    root_at,
    tile_of,
    tile_path,
    verify_consistency,
    verify_inclusion,
)

# Leaves, roots and proofs of the Certificate Transparency reference implementation (RFC 6962).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
MANY = [leaf_hash(bytes([number])) for number in range(70)]


def node(level: int, index: int, leaves: list[bytes] = HASHES) -> bytes:
    return fold(leaves[index << level : (index + 1) << level])


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_roots_are_the_known_ones() -> None:
    edge = Edge()
    for leaf, root in zip(HASHES, ROOTS, strict=True):
        edge.push(leaf)
        assert edge.root().hex() == root == root_at(edge.size, node).hex()
    assert Edge().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_known_ones(index: int, size: int) -> None:
    proof = inclusion_proof(index, size, node)
    assert [step.hex() for step in proof] == INCLUSION[index, size]
    assert verify_inclusion(HASHES[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_the_known_ones(old: int, new: int) -> None:
    proof = consistency_proof(old, new, node)
    assert [step.hex() for step in proof] == CONSISTENCY[old, new]
    assert verify_consistency(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), proof)


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_an_inclusion_proof_with_anything_changed_is_refused(index: int, size: int) -> None:
    proof, root, leaf = inclusion_proof(index, size, node), bytes.fromhex(ROOTS[size - 1]), HASHES[index]
    changed = [proof[:-1], [*proof, root], [*proof[:-1], bytes(32)], list(reversed([*proof, leaf])), []]
    assert not any(verify_inclusion(leaf, index, size, wrong, root) for wrong in changed)
    assert not verify_inclusion(bytes(32), index, size, proof, root)
    assert not verify_inclusion(leaf, index ^ 1, size, proof, root)
    assert not verify_inclusion(leaf, size, size, proof, root)
    assert not verify_inclusion(leaf, -1, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [pair for pair in CONSISTENCY if pair != (1, 1)])
def test_a_consistency_proof_with_anything_changed_is_refused(old: int, new: int) -> None:
    proof, before, after = (
        consistency_proof(old, new, node),
        bytes.fromhex(ROOTS[old - 1]),
        bytes.fromhex(ROOTS[new - 1]),
    )
    changed = [proof[:-1], [*proof, after], [*proof[:-1], bytes(32)], [bytes(32), *proof[1:]], []]
    assert not any(verify_consistency(old, new, before, after, wrong) for wrong in changed)
    assert not verify_consistency(old, new, after, before, proof)
    assert not verify_consistency(new, old, before, after, proof)
    assert not verify_consistency(old, new, before, bytes(32), proof)
    assert not verify_consistency(0, new, before, after, proof)


def test_every_proof_up_to_size_70_fits_the_recursive_definition() -> None:
    roots = [by_definition(MANY[:size]) for size in range(len(MANY) + 1)]

    def read(level: int, index: int) -> bytes:
        return node(level, index, MANY)

    for size in range(1, len(MANY) + 1):
        assert root_at(size, read) == roots[size]
        for index in range(size):
            assert verify_inclusion(MANY[index], index, size, inclusion_proof(index, size, read), roots[size])
        for old in range(size + 1):
            assert verify_consistency(old, size, roots[old], roots[size], consistency_proof(old, size, read))


def test_the_edge_can_be_stored_at_any_size() -> None:
    edge = Edge()
    for leaf in MANY:
        edge = Edge.from_bytes(edge.size, edge.to_bytes())
        edge.push(leaf)
    assert edge.root() == by_definition(MANY)
    with pytest.raises(ValueError, match="an edge of size 3"):
        Edge.from_bytes(3, b"")


def test_outside_the_tree_there_is_no_proof() -> None:
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            inclusion_proof(index, size, node)
    with pytest.raises(ValueError, match="no proof"):
        consistency_proof(5, 4, node)


def test_tiles_are_named_as_c2sp_names_them() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert tile_of(0, 300) == (0, 1, 44, 45)
    assert tile_of(9, 3) == (1, 0, 6, 8)
