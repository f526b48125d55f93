"""The tables of docs/faults.md: every row names tests that exist, and every fault that was promised has a row. It runs none of them."""

from __future__ import annotations

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


def rows() -> list[tuple[str, str, str]]:
    lines = (ROOT / "docs" / "faults.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [(fault, does, tests) for fault, does, tests in cells if fault != "Fault" and set(fault) != {"-"}]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_every_fault_has_its_test(row: tuple[str, str, str]) -> None:
    fault, does, tests = row
    named = NAMED.findall(tests)
    assert fault and does and named, f"Say what the hub does, and name a test as `tests/….py::test_…`: {fault}"
    gone = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in written_in(path)]
    assert not gone, f"These tests are named in docs/faults.md and are not there: {gone}"


@pytest.mark.parametrize("fault", PROMISED)
def test_every_fault_that_was_promised_has_a_row(fault: str) -> None:
    assert any(fault in row[0].lower() for row in rows()), f"docs/faults.md has no row for: {fault}"
