"""Where the boxes and lines of the small drawings stand: items with what waits for what, and the path of an inclusion proof.

It gives numbers; templates draw them as inline SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Of one box and the gaps between boxes, in SVG units."""

    width: int
    height: int = 40
    across: int = 44
    down: int = 12


@dataclass(frozen=True)
class Box:
    code: str
    x: int
    y: int


@dataclass(frozen=True)
class Flow:
    width: int
    height: int
    boxes: Mapping[str, Box]
    lines: tuple[str, ...]  # SVG paths
    deep: bool = False
    """More than two columns: it needs the page's whole width to be read."""


def flow(waits: Mapping[str, Sequence[str]], size: Size) -> Flow:
    """Items in columns: those that wait for nothing first, the others right of what they wait for.

    Codes outside the mapping are not drawn (an upstream that was not chosen).
    """
    known = {code: [up for up in ups if up in waits] for code, ups in waits.items()}
    depth = {code: _depth(code, known, frozenset()) for code in known}
    columns = [[code for code in known if depth[code] == at] for at in range(max(depth.values(), default=0) + 1)]
    tallest = max((len(column) for column in columns), default=0)
    step = size.height + size.down
    boxes: dict[str, Box] = {}
    for at, column in enumerate(columns):
        top = (tallest - len(column)) * step // 2
        for row, code in enumerate(column):
            boxes[code] = Box(code, at * (size.width + size.across), top + row * step)
    lines = tuple(_line(boxes[up], boxes[code], size) for code, ups in known.items() for up in ups)
    width = len(columns) * size.width + (len(columns) - 1) * size.across
    return Flow(width, max(tallest * step - size.down, 0), boxes, lines, len(columns) > 2)


def _depth(code: str, waits: Mapping[str, Sequence[str]], seen: frozenset[str]) -> int:
    if code in seen:
        return 0
    return max((1 + _depth(up, waits, seen | {code}) for up in waits[code]), default=0)


def _line(start: Box, end: Box, size: Size) -> str:
    x1, y1 = start.x + size.width, start.y + size.height // 2
    x2, y2 = end.x, end.y + size.height // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"


@dataclass(frozen=True)
class Rung:
    """One step of an inclusion proof, from the leaf upwards: the sibling's hash and on which side of ours it stands."""

    sibling: str
    left: bool


def rungs(index: int, size: int, proof: Sequence[str]) -> tuple[Rung, ...]:
    """The sides of an inclusion path (RFC 9162 §2.1.3.2, same path as RFC 6962 §2.1.1); `index` counts from 0."""
    node, last = index, size - 1
    steps: list[Rung] = []
    for sibling in proof:
        if node % 2 == 1 or node == last:
            steps.append(Rung(sibling, left=True))
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            steps.append(Rung(sibling, left=False))
        node, last = node >> 1, last >> 1
    return tuple(steps)
