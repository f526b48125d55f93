"""An auditor reads the log in words: every name under which a look, an act or a sending is recorded has a Chinese title. It reads no log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.web.wording import screen
from tests.house.source import files, tree

RECORDERS = {"Admin": 1, "_ceremony": 1, "record": 2, "_record": 2}
"""Calls that name what is recorded, by a text among so many of their first arguments."""
NAMED = {"screen", "action"}


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in RECORDERS:
            yield from list(_texts(node.args[: RECORDERS[called]]))[:1]
        if called in ("Viewed", "Admin"):
            yield from _texts([word.value for word in node.keywords if word.arg in NAMED])


def _texts(values: list[ast.expr]) -> Iterator[str]:
    """The texts among the values, up to a colon; of an f-string its beginning."""
    for value in values:
        first = value.values[0] if isinstance(value, ast.JoinedStr) and value.values else value
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
            yield first.value.partition(":")[0]


RECORDED = sorted(
    {(name, str(path)) for path in files("hub") if "hub/sharinglog" not in str(path) for name in _names(path)}
)


def test_some_names_are_found() -> None:
    assert {"certificate-file", "work-list", "publish_catalog", "restore"} <= {name for name, _ in RECORDED}


@pytest.mark.parametrize(("name", "path"), RECORDED)
def test_what_is_recorded_has_a_title(name: str, path: str) -> None:
    assert screen(name) != name, f"{path} records {name!r}: give it a title in hub/web/wording_log.py SCREENS"
