"""The tables of faults in docs/guarantees.md: every row names tests that exist. It runs none of them."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.house.source import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+(?:::\w+)?)`")


def rows() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
    table = text.partition("\n## Faults\n")[2].partition("\n## ")[0]
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
    return [(fault, does, tests) for fault, does, tests in cells if fault != "Fault" and set(fault) != {"-"}]


@cache
def written_in(path: str) -> frozenset[str]:
    """Names of the test functions and classes of a file, and of the methods as `Class::method`."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return frozenset(found)


def test_the_tables_have_their_rows() -> None:
    assert len(rows()) > 80


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_every_fault_of_the_guarantees_has_its_test(row: tuple[str, str, str]) -> None:
    fault, does, tests = row
    named = NAMED.findall(tests)
    assert fault and does and named, f"Say what the hub does, and name a test as `tests/….py::test_…`: {fault}"
    gone = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in written_in(path)]
    assert not gone, f"These tests are named in docs/guarantees.md and are not there: {gone}"
