"""What stands on a certificate's pages: texts with the place of each character, lines, boxes, codes. It draws nothing.

Lengths are millimetres from the upper left corner, y downwards. One face is drawn by three writers (OFD, PDF, PNG), so
every decision about place, size and line break is made before: a writer only puts things where they are said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from certificates.faces.fonts import Fonts

BLACK = "#23211c"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text in one font; ``x``, ``y`` is the start of its baseline and the point it is turned about.

    ``offsets`` holds one number for each character: its origin, from ``x``. ``outline`` > 0 draws the glyphs with a
    line of that width round them in the same colour, which is how bold is made of one font. ``shows`` names what of
    the content stands here (``holder.name``, ``fields.business.scope``, ``number`` …), empty for printed wording.
    """

    x: float
    y: float
    text: str = field(repr=False)
    size: float
    offsets: tuple[float, ...]
    font: int = 0
    colour: str = BLACK
    outline: float = 0.0
    turn: float = 0.0
    opacity: float = 1.0
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.2
    colour: str = BLACK


@dataclass(frozen=True, slots=True)
class Rect:
    """A box: filled, lined or both."""

    x: float
    y: float
    width: float
    height: float
    line: str | None = None
    line_width: float = 0.2
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """An open line through points; ornaments are made of it."""

    points: tuple[tuple[float, float], ...]
    width: float = 0.1
    colour: str = BLACK


@dataclass(frozen=True, slots=True)
class Image:
    """A picture (PNG) in a box, with its transparency."""

    x: float
    y: float
    width: float
    height: float
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    """A two-dimensional code of square modules; ``rows`` holds ``1`` for dark. Its quiet zone is left free round it."""

    x: float
    y: float
    size: float
    rows: tuple[str, ...] = field(repr=False)

    def runs(self) -> Iterator[tuple[float, float, float, float]]:
        """Yield x, y, width, height of each dark run, those of one column width joined along a row."""
        module = self.size / len(self.rows)
        for index, row in enumerate(self.rows):
            start = row.find("1")
            while start >= 0:
                end = row.find("0", start)
                end = len(row) if end < 0 else end
                yield self.x + start * module, self.y + index * module, (end - start) * module, module
                start = row.find("1", end)


Element = Text | Line | Rect | Curve | Image | Code


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the seal goes: the upper left corner and the diameter, on the first page."""

    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``ground`` is the same for every certificate of the layout and lies behind ``elements``."""

    width: float
    height: float
    ground: tuple[Element, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """All pages, the fonts that the texts name by index, and the place of the seal on the first page."""

    pages: tuple[Page, ...]
    fonts: Fonts
    seal: SealPlace

    def texts(self) -> Iterator[Text]:
        """Yield every text of every page."""
        for page in self.pages:
            for element in (*page.ground, *page.elements):
                if isinstance(element, Text):
                    yield element

    def characters(self, font: int) -> frozenset[str]:
        """Return the characters that are drawn with that font."""
        return frozenset("".join(text.text for text in self.texts() if text.font == font))
