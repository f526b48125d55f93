"""The line of a key in a TOML text, also inside arrays of tables, lists over several lines and behind texts that look like keys."""

from __future__ import annotations

import pytest

from catalog.lines import line_of

TEXT = '''# remark = 1
code = "a"
note = """
title = "not a key"
"""
list = [
  { resource = "x", field = "one" },
  { resource = "y", field = "two" },
]

[department]
name = "示例局" # [not.a.table]

[resources."odd.name".fields]
first = "$.a"
second = { path = "$.b", as = "date" }

[[grants]]
code = "g1"

[[grants]]
code = "g2"
[grants.inner]
deep = 1
'''


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (("code",), 2),
        (("title",), 1),
        (("list",), 6),
        (("list", 1, "field"), 8),
        (("department", "name"), 12),
        (("resources", "odd.name", "fields", "second"), 16),
        (("resources", "odd.name", "fields", "second", "as"), 16),
        (("grants", 0, "code"), 19),
        (("grants", 1, "code"), 22),
        (("grants", 1, "inner", "deep"), 24),
        (("grants", 1), 21),
        (("grants", 1, "missing"), 21),
        ((), 1),
    ],
)
def test_a_place_has_its_line(at: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, at) == line
