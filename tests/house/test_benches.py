"""A bench that takes a name from the product which is no longer there is seen here: types are not checked in `bench/`, and two had broken unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
PACKAGES = ("adapters", "catalog", "certificates", "hub")


@pytest.mark.parametrize("file", sorted(BENCH.rglob("*.py")), ids=lambda file: str(file.relative_to(BENCH)))
def test_every_name_that_a_bench_takes_from_the_product_is_there(file: Path) -> None:
    assert [f"{module}.{name}" for module, name in _taken(file) if not _is_there(module, name)] == []


def _taken(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in PACKAGES:
            yield from ((node.module, each.name) for each in node.names)


def _is_there(module: str, name: str) -> bool:
    return hasattr(import_module(module), name) or find_spec(f"{module}.{name}") is not None
