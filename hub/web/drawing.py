"""Where the boxes and lines of the small drawings stand: items with what waits for what, the path of an inclusion proof, a QR code.

It gives numbers; templates draw them as inline SVG.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from certificates.faces.codes import qr_rows

CLEAR = 4
"""How far a line keeps from a box that is not its own, and from another line."""
QUIET = 4
"""White modules around a QR code (ISO/IEC 18004)."""


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
    pairs = [(boxes[up], boxes[code]) for code, ups in known.items() for up in ups]
    lanes = _lanes([pair for pair in pairs if _between(*pair, boxes.values())], boxes.values(), size)
    lines = tuple(_line(start, end, lanes.get((start, end)), size) for start, end in pairs)
    width = len(columns) * size.width + (len(columns) - 1) * size.across
    height = max(tallest * step - size.down, *lanes.values(), 0)
    return Flow(width, height, boxes, lines, len(columns) > 2)


def _depth(code: str, waits: Mapping[str, Sequence[str]], seen: frozenset[str]) -> int:
    if code in seen:
        return 0
    return max((1 + _depth(up, waits, seen | {code}) for up in waits[code]), default=0)


def _between(start: Box, end: Box, boxes: Iterable[Box]) -> list[Box]:
    return [box for box in boxes if start.x < box.x < end.x]


def _lanes(pairs: Iterable[tuple[Box, Box]], boxes: Collection[Box], size: Size) -> dict[tuple[Box, Box], int]:
    """For each line over other columns, a height at which no box of theirs stands, the least way off: else it would seem to
    come out of a box behind which it passes. Lines that lead to one box may share it."""
    taken: dict[tuple[Box, Box], int] = {}
    half = size.height // 2
    lowest = max((box.y for box in boxes), default=0) + size.height
    for start, end in pairs:
        passed = _between(start, end, boxes)
        others = [lane for (_, other), lane in taken.items() if other != end]
        gaps = (gap for box in passed for gap in (box.y - size.down // 2, box.y + size.height + size.down // 2))
        below = (lowest + size.down * (n + 1) // 2 for n in range(len(others) + 1))
        free = [
            lane
            for lane in dict.fromkeys((start.y + half, end.y + half, *gaps, *below))
            if lane >= 0
            and not any(box.y - CLEAR < lane < box.y + size.height + CLEAR for box in passed)
            and all(abs(lane - other) >= CLEAR for other in others)
        ]
        taken[start, end] = min(free, key=lambda lane: abs(lane - start.y - half) + abs(lane - end.y - half))
    return taken


def _line(start: Box, end: Box, lane: int | None, size: Size) -> str:
    x1, y1 = start.x + size.width, start.y + size.height // 2
    x2, y2 = end.x, end.y + size.height // 2
    if lane is None:
        return f"M{x1} {y1} {_bend(x1, y1, x2, y2)}"
    first, last = x1 + size.across, x2 - size.across
    return f"M{x1} {y1} {_bend(x1, y1, first, lane)} L{last} {lane} {_bend(last, lane, x2, y2)}"


def _bend(x1: int, y1: int, x2: int, y2: int) -> str:
    middle = (x1 + x2) // 2
    return f"C{middle} {y1} {middle} {y2} {x2} {y2}"


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


def qr_svg(text: str) -> bytes:
    """A QR code as a file of its own, which prints at any size."""
    side, path = qr_path(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="60mm" height="60mm" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>\n'
    ).encode()


def qr_png(text: str, scale: int = 8) -> bytes:
    """A QR code as a picture, each module `scale` points wide."""
    from PIL import Image

    rows = qr_rows(text.encode())
    small = Image.new("1", (len(rows) + 2 * QUIET,) * 2, 1)
    small.putdata([0 if _dark(rows, x, y) else 1 for y in range(small.height) for x in range(small.width)])
    out = BytesIO()
    small.resize((small.width * scale,) * 2, Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def _dark(rows: Sequence[str], x: int, y: int) -> bool:
    inside = 0 <= x - QUIET < len(rows) and 0 <= y - QUIET < len(rows)
    return inside and rows[y - QUIET][x - QUIET] == "1"


def qr_path(text: str) -> tuple[int, str]:
    """The side of a QR code in modules, its quiet zone counted in, and the path of its dark ones."""
    rows = qr_rows(text.encode())
    runs = [
        f"M{run.start() + QUIET} {y + QUIET}h{len(run[0])}v1h-{len(run[0])}z"
        for y, row in enumerate(rows)
        for run in re.finditer("1+", row)
    ]
    return len(rows) + 2 * QUIET, "".join(runs)
