"""Finds the line of a TOML text on which a key stands. It checks nothing and knows no meaning of any key.

`tomllib` gives no positions, so the text is walked once: table headers and keys are noted with their paths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from catalog.mismatch import At

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*$')


def line_of(text: str, at: At) -> int:
    """The line (from 1) of the longest part of `at` that the text has; 1 where it has none of it."""
    marks = _marked(text)
    best, best_line, best_index = 0, 1, -1
    for index, (path, line) in enumerate(marks):
        if len(path) > best and path == at[: len(path)]:
            best, best_line, best_index = len(path), line, index
    rest = at[best:]
    if not rest or best_index < 0:
        return best_line
    last = marks[best_index + 1][1] if best_index + 1 < len(marks) else text.count("\n") + 2
    return _inside(text.split("\n")[best_line - 1 : last - 1], rest, best_line)


@lru_cache(maxsize=16)
def _marked(text: str) -> tuple[tuple[At, int], ...]:
    """A file with a hundred mistakes is walked once."""
    return tuple(_marks(text))


def _marks(text: str) -> Iterator[tuple[At, int]]:
    """Each header and key with its whole path, from the top; positions of arrays of tables are counted."""
    seen: Counter[At] = Counter()
    table: At = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if not depth and (header := _HEADER.match(line)):
            table = _resolved(_parts(header[2]), seen, array=header[1] == "[[")
            yield table, number
        elif not depth and (key := _KEY.match(line)):
            yield (*table, *_parts(key[1])), number
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quote = mark
        bare = _STRINGS.sub("", line) if not quote else ""
        if not _HEADER.match(line):
            depth = max(0, depth + bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}"))


def _parts(dotted: str) -> At:
    return tuple(next(part for part in found if part) if any(found) else "" for found in _PART.findall(dotted))


def _resolved(parts: At, seen: Counter[At], *, array: bool) -> At:
    """The path with the positions of the arrays of tables it passes through."""
    path: At = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if array and index == len(parts) - 1:
            seen[path] += 1
        if seen[path]:
            path = (*path, seen[path] - 1)
    return path


def _inside(lines: list[str], rest: At, first: int) -> int:
    """Look for what is left of the path inside a value that runs over several lines (inline tables, lists)."""
    names = [part for part in rest if isinstance(part, str)]
    position = next((part for part in rest if isinstance(part, int)), 0)
    wanted = (
        re.compile(rf"""(?<![\w.-])["']?{re.escape(names[-1])}["']?\s*=""")
        if names
        else re.compile(r'["\'\d{\[]|true|false')
    )
    hits = [
        number
        for number, line in enumerate(lines, start=first)
        for _ in wanted.finditer(line.partition("=")[2] if number == first else line)
    ]
    if not hits:
        return first
    if not names:
        filled = sorted(set(hits))
        # The opening bracket alone on the key's line is no entry.
        entries = [number for number in filled if number != first] or [first]
        return entries[min(position, len(entries) - 1)]
    return hits[min(position, len(hits) - 1)]
