"""Reads one place in an answer that was already parsed: `$.a.b[0].c` over mappings and lists. It checks and converts nothing.

Every kind turns its wire into the same plain tree (mappings, lists, scalars, None), so one path language serves all mappings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

Steps = tuple[str | int, ...]


class Alone(dict[str, object]):
    """An XML element that stands alone where several may stand: `[0]` and a list take it for a list of one."""


class AloneText(str):
    """The same for an element that is only text."""


_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def steps(path: str) -> Steps:
    """The steps of a path; `$` or an empty path is the whole tree. Raises ValueError for anything that is not a path."""
    rest = path.removeprefix("$").removeprefix(".")
    found: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise ValueError(f"{path!r} is not a path: write $.a.b[0].c")
        found.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
        if rest[at : at + 1] == ".":
            at += 1
            if at == len(rest):
                raise ValueError(f"{path!r} ends with a dot")
    return tuple(found)


def look(tree: object, way: Steps) -> object | None:
    """What stands there, or None where nothing does. Null and absent are one: departments use both for "no value"."""
    here: object | None = tree
    for step in way:
        here = _inside(here, step)
        if here is None:
            return None
    return here


def text_at(tree: object, way: Steps) -> str:
    """The single value that stands there as stripped text; "" for nothing, and for a list or a table where one word should be."""
    found = look(tree, way)
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found).strip() if isinstance(found, str | int | float | Decimal | date) else ""


def _inside(here: object, step: str | int) -> object | None:
    if isinstance(step, str):
        return here.get(step) if isinstance(here, Mapping) else None
    if isinstance(here, Alone | AloneText):
        return here if step == 0 else None
    if isinstance(here, Sequence) and not isinstance(here, str | bytes):
        return here[step] if step < len(here) else None
    return None
