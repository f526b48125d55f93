"""What stands behind a certificate: frames with engine-turned bands, rules, tinted areas. It shows no data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from certificates.faces.model import Curve, Element, Line, Rect


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame: a heavy line, a light one ``band`` inside it, and between them ``waves`` interlaced waves."""

    x: float
    y: float
    width: float
    height: float
    colour: str = "#a0281e"
    line_width: float = 0.9
    inner_width: float = 0.25
    band: float = 0.0
    waves: int = 0
    wave_colour: str = "#d9a49c"
    fill_colour: str = "#ffffff"
    only: tuple[str, ...] = ()

    def elements(self) -> Iterator[Element]:
        """Yield the frame, the ground first."""
        yield Rect(self.x, self.y, self.width, self.height, self.colour, self.line_width, self.fill_colour)
        if self.band:
            inner = self._inset(self.band)
            for wave in range(self.waves):
                yield from self._wave(wave)
            yield Rect(*inner, self.colour, self.inner_width)
            yield from self._corners()

    def _inset(self, by: float) -> tuple[float, float, float, float]:
        return self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by

    def _wave(self, wave: int) -> Iterator[Curve]:
        """One wave runs along the four sides of the middle of the band and joins itself."""
        x, y, width, height = self._inset(self.band / 2)
        height_of_wave = self.band / 2 - self.line_width * 0.9
        phase = 2 * math.pi * wave / self.waves
        sides = (
            (x, y, width, True),
            (x + width, y, height, False),
            (x, y + height, width, True),
            (x, y, height, False),
        )
        for left, top, length, lies in sides:
            periods = max(round(length / (self.band * 1.6)), 1)
            steps = periods * 10
            points = []
            for step in range(steps + 1):
                along = length * step / steps
                off = height_of_wave * math.sin(2 * math.pi * periods * step / steps + phase)
                points.append(_rounded((left + along, top + off) if lies else (left + off, top + along)))
            yield Curve(tuple(points), 0.12, self.wave_colour)

    def _corners(self) -> Iterator[Element]:
        """Small squares close the corners, where waves of two sides would cross."""
        side = self.band
        for x in (self.x, self.x + self.width - side):
            for y in (self.y, self.y + self.height - side):
                yield Rect(x, y, side, side, self.colour, self.inner_width, self.fill_colour)
                quarter = side / 4
                yield Rect(
                    x + quarter, y + quarter, side - 2 * quarter, side - 2 * quarter, self.colour, self.inner_width
                )


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line from ``x``, ``y``, ``width`` to the right (and ``height`` down)."""

    x: float
    y: float
    width: float = 0.0
    height: float = 0.0
    line_width: float = 0.25
    colour: str = "#c9a45c"
    only: tuple[str, ...] = ()

    def elements(self) -> Iterator[Element]:
        """Yield the line."""
        yield Line(self.x, self.y, self.x + self.width, self.y + self.height, self.line_width, self.colour)


Ornament = Frame | Rule


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 2), round(point[1], 2)
