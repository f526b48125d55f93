"""Draws the picture of a seal: round, red, a star, the authority's name along the arc. It seals nothing.

After 国发〔1999〕25号 the seal of a county's department is round, 4.2 cm wide, with a star in the middle and the name
round it from left to right; that an electronic one follows it is proposed.
"""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw, ImageFont

from certificates.faces.fonts import Fonts, shipped

RED = (214, 0, 0)
DIAMETER_MM = 42.0
_DPI = 360
_TIMES = 2
_WIDEST_ARC = 244.0
# How far apart the characters of a short name stand, in degrees.
_STEP = 25.0
# Ink lets what it is stamped on show through.
_COVER = 0.85


def seal_picture(name: str, bottom: str = "", fonts: Fonts | None = None) -> bytes:
    """Return the PNG (transparent ground) of the seal of ``name``, ``bottom`` under the star (such as 电子证照专用章).

    Raises Malformed ``font-glyph`` for a character that no font has.
    """
    used = fonts or shipped()
    pixels = round(DIAMETER_MM / 25.4 * _DPI)
    side = pixels * _TIMES
    mask = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(mask)
    line = round(side * 0.027)
    pen.ellipse((line / 2, line / 2, side - line / 2, side - line / 2), outline=255, width=line)
    pen.polygon(_star(side / 2, side * 0.47, side * 0.155), fill=255)
    _arc(mask, name, used)
    if bottom:
        _straight(pen, bottom, side, used)
    small = mask.resize((pixels, pixels), Image.Resampling.LANCZOS)
    # One colour and its coverage in sixteen steps: a palette keeps the file small.
    steps = small.point(lambda value: round(value / 17))
    picture = steps.convert("P")
    picture.putpalette(list(RED) * 16)
    out = io.BytesIO()
    picture.save(
        out, "PNG", bits=4, transparency=bytes(round(step * 17 * _COVER) for step in range(16)), dpi=(_DPI, _DPI)
    )
    return out.getvalue()


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(126))
    return [
        (
            x + (inner if index % 2 else radius) * math.sin(math.radians(36 * index)),
            y - (inner if index % 2 else radius) * math.cos(math.radians(36 * index)),
        )
        for index in range(10)
    ]


def _arc(mask: Image.Image, name: str, fonts: Fonts) -> None:
    """Set the characters along a circle, heads outwards, the middle of the name at the top."""
    side = mask.width
    step = min(_STEP, _WIDEST_ARC / max(len(name) - 1, 1))
    size = round(min(side * 0.128, math.radians(step) * side * 0.395 * 1.08))
    middle = side * 0.452 - size / 2
    for index, character in enumerate(name):
        angle = (index - (len(name) - 1) / 2) * step
        glyph = _glyph(character, size, fonts)
        turned = glyph.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
        x = side / 2 + middle * math.sin(math.radians(angle))
        y = side / 2 - middle * math.cos(math.radians(angle))
        mask.paste(255, (round(x - turned.width / 2), round(y - turned.height / 2)), turned)


def _glyph(character: str, size: int, fonts: Fonts) -> Image.Image:
    font = ImageFont.truetype(str(fonts.path(fonts.index_for(character))), size)
    # Characters on a seal are narrow and tall.
    glyph = Image.new("L", (round(size * 1.3), round(size * 1.3)), 0)
    ImageDraw.Draw(glyph).text((size * 0.65, size * 1.03), character, 255, font, anchor="ms", stroke_width=size * 0.018)
    return glyph.resize((round(glyph.width * 0.84), glyph.height), Image.Resampling.LANCZOS)


def _straight(pen: ImageDraw.ImageDraw, text: str, side: int, fonts: Fonts) -> None:
    size = round(min(side * 0.078, side * 0.50 / max(len(text), 1)))
    x = side / 2 - size * fonts.measure(text) / 2
    for character in text:
        font = ImageFont.truetype(str(fonts.path(fonts.index_for(character))), size)
        pen.text((x, side * 0.80), character, 255, font, anchor="ls", stroke_width=size * 0.02)
        x += fonts.width(character) * size
