"""Makes a sample body from the tree of its places: the paper's own example where there is one, plainly fictional values elsewhere.

It sends nothing, and two calls make the same sample: nothing in it is chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from adapters.kinds.rest_describe import Body
from adapters.kinds.rest_schema import Shape

_BY_FORMAT: Mapping[str, str] = {
    "date": "2026-03-05",
    "date-time": "2026-03-05T09:30:00+08:00",
    "time": "09:30:00",
    "byte": "5rWL6K+V",
    "binary": "5rWL6K+V",
    "uuid": "0193d0f0-0000-7000-8000-000000000001",
    "email": "ceshi@example.com",
    "uri": "https://example.com/ceshi",
    "url": "https://example.com/ceshi",
    "ipv4": "192.0.2.1",
    "hostname": "ceshi.example.com",
}
_CANDIDATES = ("测试", "20260305", "41132319900101990X", "91411323MA9YX0012Q", "2026-03-05", "2026/3/5", "19900000001")
"""Tried in this order for a text with a pattern; a number that looks like a person's is of the test range 990–999."""


def sample_body(body: Body) -> object:
    """A whole body: the first example of the paper, or one made from its tree."""
    made = next((one for one in body.examples.values() if one is not None), None)
    return made if made is not None else sample(body.shape)


def sample(shape: Shape) -> object:
    """One value of this shape: of alternatives the first, of lists one row."""
    if shape.example is not None and (shape.kind not in ("object", "list") or not isinstance(shape.example, str)):
        return shape.example
    if shape.kind == "object":
        return {child.name: sample(child) for child in shape.children if child.alternative <= 1}
    if shape.kind == "list":
        return [sample(shape.children[0])] if shape.children else []
    if shape.enumeration:
        return _typed(shape, next(filter(None, shape.enumeration), ""))
    if shape.kind == "boolean":
        return True
    if shape.kind in ("integer", "number"):
        least = shape.least if shape.least is not None else 1.0
        return int(max(least, 1)) if shape.kind == "integer" or float(least).is_integer() else least
    return _text(shape) if shape.kind == "text" else None


def _typed(shape: Shape, word: str) -> object:
    if shape.kind in ("integer", "number"):
        try:
            return int(float(word)) if shape.kind == "integer" else float(word)
        except (ValueError, OverflowError):
            return word  # a paper that contradicts itself
    return word == "true" if shape.kind == "boolean" else word


def _text(shape: Shape) -> str:
    made = _BY_FORMAT.get(shape.format, "") if not shape.pattern else _matching(shape.pattern)
    made = made or f"测试{shape.title or ''}"
    return made if shape.longest is None else made[: shape.longest]


def _matching(pattern: str) -> str:
    """A text that the pattern takes; "" for a pattern that is none of Python's or too clever for us."""
    try:
        found = re.compile(pattern)
        plain = next((one for one in _CANDIDATES if found.search(one)), None)
        made = _written(_parser.parse(pattern)) if plain is None else plain
    except (re.error, OverflowError, RecursionError, _TooClever):
        return ""
    return made if found.search(made) else ""


class _TooClever(Exception):
    """A look-around, a back reference and the like."""


def _written(parts: Iterable[tuple[object, Any]]) -> str:
    """The shortest text of a parsed pattern, of several the first."""
    return "".join(_one(str(kind), said) for kind, said in parts)


def _one(kind: str, said: Any) -> str:
    if kind == "LITERAL":
        return chr(said)
    if kind in ("AT", "GROUPREF_EXISTS"):
        return ""
    if kind == "ANY":
        return "a"
    if kind == "NOT_LITERAL":
        return "a" if chr(said) != "a" else "b"
    if kind == "IN":
        return _of_a_class(said)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, inner = said
        return _written(inner) * int(least)
    if kind == "SUBPATTERN":
        return _written(said[-1])
    if kind == "BRANCH":
        return _written(said[1][0])
    raise _TooClever(kind)


def _of_a_class(members: Any) -> str:
    kind, said = str(members[0][0]), members[0][1]
    if kind == "LITERAL":
        return chr(said)
    if kind == "RANGE":
        return chr(said[0])
    if kind == "CATEGORY":
        return {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}.get(str(said), "a")
    taken = re.compile(
        "".join(("[^", *(re.escape(chr(one[1])) for one in members[1:] if str(one[0]) == "LITERAL"), "]"))
    )
    return next((one for one in "a0-_" if taken.match(one)), "")
