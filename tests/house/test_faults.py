"""The tables of docs/faults.md: every row names tests that exist, and every promised fault has a cell for every kind. It runs none of them."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.house.source import ROOT
from tests.house.test_guarantees import NAMED, written_in

PROMISED = (
    *("refused", "reset", "swallow", "byte now and then", "3xx", "wrong content type", "wrong charset"),
    *("byte order mark", "cdata", "namespace prefixes", "unknown element", "missing required", "two matches"),
    *("clock skew", "expired certificate", "oversize", "entity bomb", "external entity", "path traversal"),
    *("zip bomb", "grows while", "full disk", "duplicate delivery"),
)
"""What goes wrong at a department, as the first column says it."""
KINDS = {
    "soap": ("soap",),
    "rest": ("rest",),
    "filedrop": ("file", "far_folder", "sftp_folder"),
    "frontdb": ("table", "database_line"),
    "inbox": ("inbox",),
}
"""Kind → its doorway files, `tests/hub/test_<name>_faults.py`."""
CANNOT = "cannot occur: "
CASE = re.compile(r"`(\w+)`")


def cells() -> list[list[str]]:
    lines = (ROOT / "docs" / "faults.md").read_text("utf-8").splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in found if row[0] != "Fault" and set(row[0]) != {"-"}]


def rows() -> list[tuple[str, str, str]]:
    return [(row[0], row[1], row[2]) for row in cells() if len(row) == 3]


def matrix() -> dict[str, dict[str, str]]:
    """Fault → kind → cell."""
    return {row[0].lower(): dict(zip(KINDS, row[1:], strict=True)) for row in cells() if len(row) == 1 + len(KINDS)}


@cache
def cases_of(path: str) -> frozenset[str]:
    """The keys of FAULTS in that file, and the names of its tests."""
    found = set(written_in(path))
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "FAULTS" and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
            found |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}  # type: ignore[attr-defined]
    return frozenset(found)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_every_fault_has_its_test(row: tuple[str, str, str]) -> None:
    fault, does, tests = row
    named = NAMED.findall(tests)
    assert fault and does and named, f"Say what the hub does, and name a test as `tests/….py::test_…`: {fault}"
    gone = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in written_in(path)]
    assert not gone, f"These tests are named in docs/faults.md and are not there: {gone}"


@pytest.mark.parametrize("fault", PROMISED)
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_that_was_promised_has_its_test_for_each_kind_or_a_reason(kind: str, fault: str) -> None:
    found = [row[kind] for name, row in matrix().items() if fault in name]
    assert len(found) == 1, f"docs/faults.md has no one row for {fault} in its table of each fault for each kind"
    if found[0].startswith(CANNOT):
        assert len(found[0]) > len(CANNOT) + 15, f"Say why {fault} cannot occur for {kind}"
        return
    own = frozenset[str]().union(*(cases_of(f"tests/hub/test_{name}_faults.py") for name in KINDS[kind]))
    cases, elsewhere = CASE.findall(found[0]), NAMED.findall(found[0])
    assert cases or elsewhere, f"Name a test of {fault} for {kind}, or say `{CANNOT}…`"
    gone = [name for name in cases if name not in own]
    gone += [name for path, name in elsewhere if not (ROOT / path).exists() or name not in written_in(path)]
    assert not gone, f"{fault} for {kind}: these are named in docs/faults.md and are not there: {gone}"
