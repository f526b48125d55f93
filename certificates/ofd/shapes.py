"""Places and outlines: OFD's transformation matrices and its abbreviated path data as polygons. It draws nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from certificates.errors import Malformed

Point = tuple[float, float]
_PARTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_STEPS = 16
_MAX_POINTS = 500_000


@dataclass(frozen=True, slots=True)
class Matrix:
    """``x' = a x + c y + e``, ``y' = b x + d y + f``."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, written: str | None) -> Matrix:
        """Read a CTM; none is the identity. Raises Malformed ``ofd``."""
        if not written:
            return cls(1, 0, 0, 1, 0, 0)
        try:
            a, b, c, d, e, f = (float(part) for part in written.split())
        except ValueError as error:
            raise Malformed("ofd", "A CTM has six numbers; get the file again as it was issued.") from error
        return cls(a, b, c, d, e, f)

    def __matmul__(self, inner: Matrix) -> Matrix:
        """Return the matrix that does ``inner`` first."""
        return Matrix(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e,
            self.b * inner.e + self.d * inner.f + self.f,
        )

    def of_point(self, x: float, y: float) -> Point:
        """Return where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def scale(self) -> float:
        """How much longer lines become, on average."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))

    @property
    def angle(self) -> float:
        """By how much things are turned, in radians, clockwise."""
        return math.atan2(self.b, self.a)


def polygons(data: str, place: Matrix) -> list[list[Point]]:
    """Return each part of a path as points. Raises Malformed ``ofd`` for data that is none, or too much of it."""
    found: list[list[Point]] = []
    count = 0
    for command, numbers in _commands(data):
        if command in ("S", "M") or not found:
            found.append([])
            command = "L" if command in ("S", "M") else command
        current = found[-1]
        if command == "C":
            current += current[:1]
            continue
        start = current[-1] if current else (0.0, 0.0)
        current += _points(command, numbers, start)
        count += _STEPS
        if count > _MAX_POINTS * _STEPS:
            raise Malformed("ofd", "A path has too many points to be drawn.")
    return [[place.of_point(*point) for point in points] for points in found if points]


def _commands(data: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    parts = data.split()
    position = 0
    while position < len(parts):
        command = parts[position]
        size = _PARTS.get(command, -1)
        numbers = parts[position + 1 : position + 1 + size]
        try:
            yield command, tuple(float(number) for number in numbers)
        except ValueError as error:
            raise _wrong() from error
        if size < 0 or len(numbers) != size:
            raise _wrong()
        position += 1 + size


def _points(command: str, numbers: tuple[float, ...], start: Point) -> list[Point]:
    if command == "L":
        return [(numbers[0], numbers[1])]
    if command == "A":
        return list(_arc(numbers, start))
    corners = [start, *zip(numbers[::2], numbers[1::2], strict=True)]
    return [_bezier(corners, step / _STEPS) for step in range(1, _STEPS + 1)]


def _bezier(corners: list[Point], at: float) -> Point:
    while len(corners) > 1:
        corners = [
            (a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at) for a, b in zip(corners, corners[1:], strict=False)
        ]
    return corners[0]


def _arc(numbers: tuple[float, ...], start: Point) -> Iterator[Point]:
    """An elliptic arc as in SVG: radii, turn, large, clockwise, end."""
    rx, ry, turn, large, clockwise, x, y = numbers
    rx, ry = abs(rx), abs(ry)
    dx, dy = (start[0] - x) / 2, (start[1] - y) / 2
    if not rx or not ry or not (dx or dy):
        yield x, y
        return
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    px, py = cos * dx + sin * dy, -sin * dx + cos * dy
    grow = math.sqrt(max(1.0, (px / rx) ** 2 + (py / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    rest = max(0.0, (rx * ry) ** 2 / ((rx * py) ** 2 + (ry * px) ** 2) - 1)
    side = math.sqrt(rest) * (-1 if bool(large) == bool(clockwise) else 1)
    cx, cy = side * rx * py / ry, -side * ry * px / rx
    first = math.atan2((py - cy) / ry, (px - cx) / rx)
    sweep = math.atan2((-py - cy) / ry, (-px - cx) / rx) - first
    if clockwise and sweep < 0:
        sweep += 2 * math.pi
    elif not clockwise and sweep > 0:
        sweep -= 2 * math.pi
    middle = (start[0] + x) / 2, (start[1] + y) / 2
    for step in range(1, _STEPS + 1):
        angle = first + sweep * step / _STEPS
        ux, uy = cx + rx * math.cos(angle), cy + ry * math.sin(angle)
        yield cos * ux - sin * uy + middle[0], sin * ux + cos * uy + middle[1]


def _wrong() -> Malformed:
    return Malformed("ofd", "A path is not written in OFD's commands; get the file again as it was issued.")
