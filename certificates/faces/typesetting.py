"""Breaks text into lines and gives each character its place. It knows no layout and no certificate.

Sizes here are millimetres of the em. Lines break between Chinese characters, not inside a short run of Latin letters or
digits, and neither before a closing mark nor after an opening one (the rule of GB/T 15834).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from certificates.faces.fonts import Fonts
from certificates.faces.model import BLACK, Text

MM_PER_POINT = 25.4 / 72
_NOT_FIRST = frozenset("，。、；：？！）》」』】〕”’％%·…—,.;:?!)]}")
_NOT_LAST = frozenset("（《「『【〔“‘([{")
# Longer runs are cut: an address in Latin letters may not push a line out of its box.
_LONGEST_RUN = 24


@dataclass(frozen=True, slots=True)
class Type:
    """How a text looks."""

    size: float
    colour: str = BLACK
    spacing: float = 0.0
    outline: float = 0.0


def lines_of(text: str, type_: Type, width: float, fonts: Fonts, indent: float = 0.0) -> list[str]:
    """Break ``text`` into lines no longer than ``width``, the first ``indent`` shorter."""
    lines: list[str] = []
    line, used, room = "", 0.0, (width - indent) / type_.size
    for piece, wide, blanks in _measured(text, type_.spacing, fonts):
        if line and used + wide - blanks > room + 1e-6:
            lines.append(line.rstrip(" "))
            line, used, room = "", 0.0, width / type_.size
            piece, wide = piece.lstrip(" "), wide if piece.strip() else 0.0
        line += piece
        used += wide
    return [*lines, line.rstrip(" ")] if line.strip() else lines or [""]


def length(text: str, type_: Type, fonts: Fonts) -> float:
    """Return the length of a line."""
    return fonts.measure(text, type_.spacing) * type_.size


def set_line(text: str, x: float, y: float, type_: Type, fonts: Fonts, shows: str = "") -> Iterator[Text]:
    """Yield ``text`` with its baseline beginning at ``x``, ``y``: one Text for each run of one font."""
    offsets: list[float] = []
    pen, start, run, current = x, x, "", -1
    for character in text:
        index = fonts.index_for(character)
        if run and index != current:
            yield _text(start, y, run, offsets, current, type_, shows)
            run, offsets = "", []
        if not run:
            start, current = pen, index
        run += character
        offsets.append(round(pen - start, 3))
        pen += (fonts.width(character) + type_.spacing) * type_.size
    if run.strip():
        yield _text(start, y, run, offsets, current, type_, shows)


def spread(text: str, x: float, y: float, width: float, type_: Type, fonts: Fonts) -> Iterator[Text]:
    """Yield ``text`` stretched over ``width``: the labels of a form stand even on both sides."""
    free = width / type_.size - fonts.measure(text)
    spacing = free / (len(text) - 1) if len(text) > 1 and free > 0 else 0.0
    yield from set_line(text, x, y, Type(type_.size, type_.colour, spacing, type_.outline), fonts)


def shrunk(text: str, type_: Type, width: float, fonts: Fonts, smallest: float) -> Type:
    """Return the type, smaller if need be (down to ``smallest``), in which ``text`` fits ``width`` in one line."""
    long = length(text, type_, fonts)
    if long <= width:
        return type_
    size = max(smallest, type_.size * width / long)
    return Type(size, type_.colour, type_.spacing, type_.outline * size / type_.size)


def balanced(text: str, type_: Type, width: float, fonts: Fonts) -> list[str]:
    """Break a title into as few lines as needed: after a mark in its middle, else all about equally long."""
    after_a_mark = _broken_after_a_mark(text, type_, width, fonts)
    if after_a_mark:
        return after_a_mark
    count = len(lines_of(text, type_, width, fonts))
    narrow = width
    while narrow > width / 2 and len(lines_of(text, type_, narrow - type_.size / 2, fonts)) == count:
        narrow -= type_.size / 2
    return lines_of(text, type_, narrow, fonts)


def _broken_after_a_mark(text: str, type_: Type, width: float, fonts: Fonts) -> list[str]:
    if length(text, type_, fonts) <= width:
        return [text]
    places = [
        index + 1 for index, character in enumerate(text[:-1]) if character in "、，（" or text[index + 1] == "（"
    ]
    for place in sorted((p - 1 if text[p - 1] == "（" else p for p in places), key=lambda p: abs(p - len(text) / 2)):
        lines = [text[:place], text[place:]]
        if place and all(length(line, type_, fonts) <= width for line in lines):
            return lines
    return []


def _text(x: float, y: float, run: str, offsets: list[float], font: int, type_: Type, shows: str) -> Text:
    return Text(
        round(x, 3), round(y, 3), run, type_.size, tuple(offsets), font, type_.colour, type_.outline, shows=shows
    )


# For the texts of one face, which is set in ever smaller type until it fits; what persons are called is not kept for long.
@lru_cache(maxsize=128)
def _measured(text: str, spacing: float, fonts: Fonts) -> tuple[tuple[str, float, float], ...]:
    """Return the pieces of ``text``, each with its length in ems and how much of that are blanks at its end."""
    return tuple(
        (
            piece,
            fonts.measure(piece) + spacing * len(piece),
            fonts.measure(piece[len(piece.rstrip(" ")) :]) + spacing,
        )
        for piece in _pieces(text)
    )


def _pieces(text: str) -> Iterator[str]:
    """Yield what may not be divided: a character with its marks, a word of Latin letters, a number."""
    piece = ""
    for character in text:
        if piece and _may_break(piece, character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(piece: str, following: str) -> bool:
    if following in _NOT_FIRST or piece[-1] in _NOT_LAST:
        return len(piece) >= _LONGEST_RUN
    if following == " ":
        return False
    return not (_is_narrow(piece[-1]) and _is_narrow(following)) or len(piece) >= _LONGEST_RUN


def _is_narrow(character: str) -> bool:
    return character.isascii() and character != " "
