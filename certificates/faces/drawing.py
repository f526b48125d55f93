"""Draws a face as a PNG picture, to look at before the file is opened. It decides nothing about places.

Where there are few dots it is drawn twice as large and reduced, since thin lines and small characters need it.
"""

from __future__ import annotations

import io
import math
import threading
from functools import lru_cache
from pathlib import Path

from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from certificates.faces.model import Code, Curve, Element, Face, Image, Line, Rect, Text

MM_PER_INCH = 25.4
_FEW = 180
_COLOURS = 64
_WHITE = (255, 255, 255)
_ONE_AT_A_TIME = threading.Lock()
"""A page in the making takes some 40 MiB; a worker may be at sixteen."""


def preview(face: Face, page: int = 0, dpi: int = 120, seal: bytes | None = None) -> bytes:
    """Return page ``page`` as PNG bytes at ``dpi``; with ``seal`` (a PNG), stamped in its place on the first page."""
    with _ONE_AT_A_TIME:
        return _drawn(face, page, dpi, seal)


def _drawn(face: Face, page: int, dpi: int, seal: bytes | None) -> bytes:
    shown = face.pages[page]
    drawing = _Drawing(face, shown.width, shown.height, dpi)
    for element in (*shown.ground, *shown.elements):
        drawing.draw(element)
    if seal is not None and page == 0:
        place = face.seal
        drawing.draw(Image(place.x, place.y, place.size, place.size, seal))
    return drawing.png()


class _Drawing:
    """A canvas whose unit is the millimetre."""

    def __init__(self, face: Face, width: float, height: float, dpi: int) -> None:
        self._face = face
        times = 2 if dpi < _FEW else 1
        self._scale = dpi / MM_PER_INCH * times
        self._dpi = dpi
        self._size = (round(width * self._scale / times), round(height * self._scale / times))
        self._canvas = Pictures.new("RGB", (self._size[0] * times, self._size[1] * times), _WHITE)
        self._pen = ImageDraw.Draw(self._canvas)

    def png(self) -> bytes:
        whole = self._canvas
        small = whole if whole.size == self._size else whole.resize(self._size, Pictures.Resampling.LANCZOS)
        # A face has few colours; a palette makes the file a third as large.
        few = small.quantize(_COLOURS, Pictures.Quantize.FASTOCTREE, dither=Pictures.Dither.NONE)
        out = io.BytesIO()
        few.save(out, "PNG", dpi=(self._dpi, self._dpi), optimize=False, compress_level=6)
        return out.getvalue()

    def draw(self, element: Element) -> None:
        match element:
            case Text():
                self._text(element)
            case Line():
                ends = (*self._point(element.x1, element.y1), *self._point(element.x2, element.y2))
                self._pen.line(ends, element.colour, self._width(element.width))
            case Rect():
                self._rect(element)
            case Curve():
                points = [self._point(*point) for point in element.points]
                self._pen.line(points, element.colour, self._width(element.width), joint="curve")
            case Image():
                self._image(element)
            case Code():
                self._code(element)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return x * self._scale, y * self._scale

    def _width(self, millimetres: float) -> int:
        return max(round(millimetres * self._scale), 1)

    def _text(self, text: Text) -> None:
        font = _font(self._face.fonts.path(text.font), round(text.size * self._scale))
        stroke = text.outline / 2 * self._scale
        if text.turn or text.opacity < 1:
            self._turned(text, font)
            return
        for character, offset in zip(text.text, text.offsets, strict=True):
            at = self._point(text.x + offset, text.y)
            self._pen.text(at, character, text.colour, font, anchor="ls", stroke_width=stroke)

    def _turned(self, text: Text, font: ImageFont.FreeTypeFont) -> None:
        """Draw on a layer of its own, turn that about the start of the baseline, lay it over."""
        offsets = tuple(round(offset * self._scale, 2) for offset in text.offsets)
        layer, left, top = _turned_layer(text.text, offsets, font, text.turn)
        if text.opacity < 1:
            layer = layer.point(lambda value: round(value * text.opacity))
        x, y = self._point(text.x, text.y)
        self._canvas.paste(text.colour, (round(x) + left, round(y) + top), layer)

    def _rect(self, rect: Rect) -> None:
        if rect.fill:
            self._pen.rectangle(self._box(rect, 0), rect.fill)
        if rect.line:
            # The line lies half inside and half outside, as in OFD and PDF.
            self._pen.rectangle(self._box(rect, rect.line_width / 2), None, rect.line, self._width(rect.line_width))

    def _box(self, rect: Rect, more: float) -> tuple[float, float, float, float]:
        return (
            *self._point(rect.x - more, rect.y - more),
            *self._point(rect.x + rect.width + more, rect.y + rect.height + more),
        )

    def _image(self, image: Image) -> None:
        with Pictures.open(io.BytesIO(image.png)) as picture:
            size = self._width(image.width), self._width(image.height)
            scaled = picture.convert("RGBA").resize(size, Pictures.Resampling.LANCZOS)
        x, y = self._point(image.x, image.y)
        self._canvas.paste(scaled, (round(x), round(y)), scaled)

    def _code(self, code: Code) -> None:
        for x, y, width, height in code.runs():
            left, top = self._point(x, y)
            right, bottom = self._point(x + width, y + height)
            self._pen.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), "#000000")


@lru_cache(maxsize=4)
def _turned_layer(
    text: str, offsets: tuple[float, ...], font: ImageFont.FreeTypeFont, turn: float
) -> tuple[Pictures.Image, int, int]:
    """Return the turned text as coverage, and where its corner lies from the start of the baseline."""
    reach = math.ceil(offsets[-1] + 2 * font.size)
    layer = Pictures.new("L", (2 * reach, 2 * reach), 0)
    pen = ImageDraw.Draw(layer)
    for character, offset in zip(text, offsets, strict=True):
        pen.text((reach + offset, reach), character, 255, font, anchor="ls")
    layer = layer.rotate(-turn, Pictures.Resampling.BILINEAR)
    box = layer.getbbox() or (0, 0, 1, 1)
    return layer.crop(box), box[0] - reach, box[1] - reach


# Few: each maps the whole file anew, and opening one takes a fortieth of a millisecond.
@lru_cache(maxsize=4)
def _font(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)
