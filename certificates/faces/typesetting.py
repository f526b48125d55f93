"""Breaks text into lines and gives each character its place. It knows no layout and no certificate.

Sizes here are millimetres of the em. Lines break between Chinese characters, not inside a day, a number or a run of Latin
letters, and neither before a closing mark nor after an opening one (the rule of GB/T 15834). What is longer than a whole
line is divided where the line ends: nothing may leave its box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from certificates.faces.fonts import Fonts
from certificates.faces.model import BLACK, Text

MM_PER_POINT = 25.4 / 72
_NOT_FIRST = frozenset("，。、；：？！）》」』】〕”’％%·…—,.;:?!)]}")
_CLAUSE_ENDS = frozenset("，。；、）")
_NOT_LAST = frozenset("（《「『【〔“‘([{")
# What stands on one line whole: a day, the number of a document, a word of Latin letters or digits with its unit.
_WHOLE = re.compile(
    r"[自至]?\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    r"|[\u4e00-\u9fff]{0,8}[〔（(\[［]\d{4}[〕）)\]］][\u4e00-\u9fff]{0,10}第?\d+号"
    r"|[!-~]*\d[%‰℃年月日时号室楼层元栋幢座期间张人个台件平立千公吨亩米]?"
)
# How names of documents end: a title that needs two lines is divided before it.
_ENDS = tuple(
    [
        "卫生许可证",
        "经营许可证",
        "许可证",
        "登记证",
        "资质证书",
        "备案证书",
        "认定证书",
        "备案回执",
        "备案凭证",
        "登记凭证",
        "参保凭证",
        "登记证明",
        "证明",
        "通知书",
        "意见书",
        "决定书",
        "确认书",
        "批复",
    ]
)


@dataclass(frozen=True, slots=True)
class Type:
    """How a text looks."""

    size: float
    colour: str = BLACK
    spacing: float = 0.0
    outline: float = 0.0


def lines_of(text: str, type_: Type, width: float, fonts: Fonts, indent: float = 0.0) -> list[str]:
    """Break ``text`` into lines no longer than ``width``, the first ``indent`` shorter."""
    lines = _filled(text, type_, width, fonts, indent).lines
    whole = ["".join(line).rstrip(" ") for line in _accompanied(lines)]
    # What goes down may be a long number: where it leaves no room beside it, the lines stay as they were.
    return whole if length(whole[-1], type_, fonts) <= width + 1e-6 else ["".join(line).rstrip(" ") for line in lines]


def parts_after_a_label(text: str, type_: Type, width: float, fonts: Fonts, indent: float = 0.0) -> bool:
    """Return whether ``lines_of`` must divide what should be whole, because its label would else stand alone."""
    return _filled(text, type_, width, fonts, indent).parted


def _filled(text: str, type_: Type, width: float, fonts: Fonts, indent: float) -> _Lines:
    made = _Lines(type_, fonts, width / type_.size, (width - indent) / type_.size)
    for piece, wide, blanks in _no_longer_than(made.room, _measured(text, type_.spacing, fonts), type_, fonts):
        made.add(piece, wide, blanks)
    return made


@dataclass(slots=True)
class _Lines:
    """Lines that fill; lengths in ems. A label never stands at the end of a line while what it is the label of begins the next."""

    type_: Type
    fonts: Fonts
    width: float
    room: float
    lines: list[list[str]] = field(default_factory=lambda: [[]])
    used: float = 0.0
    parted: bool = False

    def add(self, piece: str, wide: float, blanks: float) -> None:
        if self.lines[-1] and self.used + wide - blanks > self.room + 1e-6:
            if self.lines[-1][-1].endswith("："):
                piece, wide = self._after_a_label(piece, wide - blanks, wide)
            else:
                self._turn([])
                piece, wide = piece.lstrip(" "), wide if piece.strip() else 0.0
        self.lines[-1].append(piece)
        self.used += wide

    def _turn(self, begun: list[str]) -> None:
        self.lines.append(begun)
        self.used, self.room = self._long("".join(begun)), self.width

    def _after_a_label(self, piece: str, least: float, wide: float) -> tuple[str, float]:
        """The label goes down with what follows; where it has the line for itself, what follows begins beside it and is divided."""
        head, label = _before_a_label(self.lines[-1])
        whole = self._long("".join(label)) + least <= self.width + 1e-6
        if head and (whole or not self._beside(piece)):
            self.lines[-1] = head
            self._turn(label)
            if whole:
                return piece, wide
        fits = self._beside(piece)
        self.lines[-1] += [piece[:fits]] if fits else []
        self.parted = True
        self._turn([])
        return piece[fits:], self._long(piece[fits:])

    def _beside(self, piece: str) -> int:
        """How many characters of it stand on the line that is there; none where it would be a single one."""
        fits = 0
        for place in range(2, len(piece) - 1):
            divided = piece[place] not in _NOT_FIRST and piece[place - 1] not in _NOT_LAST
            if divided and self.used + self._long(piece[:place]) <= self.room + 1e-6:
                fits = place
        return fits

    def _long(self, text: str) -> float:
        return self.fonts.measure(text) + self.type_.spacing * len(text)


def _before_a_label(line: list[str]) -> tuple[list[str], list[str]]:
    """The line's pieces before its last mark, and the label after it."""
    ends = [place + 1 for place, piece in enumerate(line[:-1]) if piece[-1:] in _CLAUSE_ENDS]
    at = ends[-1] if ends else 0
    return line[:at], line[at:]


def _accompanied(lines: list[list[str]]) -> list[list[str]]:
    """The same lines where the last one is no single character with its marks: else the last piece before goes down to it."""
    *before, last = lines
    if before and not "".join(last).strip():
        return before
    if before and len(last) == 1 and _is_single(last[0]) and len(before[-1]) > 3:
        return [*before[:-1], before[-1][:-1], [before[-1][-1], *last]]
    return lines


def _is_single(piece: str) -> bool:
    return len(piece.strip("".join(_NOT_FIRST | _NOT_LAST))) == 1 and not piece.isascii()


def divides(text: str, type_: Type, width: float, fonts: Fonts) -> bool:
    """Return whether something in ``text`` that should be whole is longer than a line."""
    room = width / type_.size
    return any(wide - blanks > room + 1e-6 for _, wide, blanks in _measured(text, type_.spacing, fonts))


def _no_longer_than(
    room: float, pieces: Iterable[tuple[str, float, float]], type_: Type, fonts: Fonts
) -> Iterator[tuple[str, float, float]]:
    """Yield the pieces, those that no line can hold character by character."""
    for piece, wide, blanks in pieces:
        if wide - blanks <= room + 1e-6:
            yield piece, wide, blanks
        else:
            yield from ((each, fonts.width(each) + type_.spacing, type_.spacing) for each in piece)


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


def title_lines(text: str, type_: Type, width: float, fonts: Fonts) -> list[str]:
    """Return a title in one line or two, divided after a mark or before the kind of document; empty where that does not fit."""
    if length(text, type_, fonts) <= width:
        return [text]
    marked = _broken_after_a_mark(text, type_, width, fonts)
    if marked:
        return marked
    for place in (len(text) - len(end) for end in _ENDS if text.endswith(end)):
        lines = [text[:place], text[place:]]
        if place and all(length(line, type_, fonts) <= width for line in lines):
            return lines
    return []


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
    """Yield what may not be divided: a character with its marks, a day, a number, a word of Latin letters."""
    piece = ""
    for unit in _units(text):
        if piece and _may_break(piece, unit):
            yield piece
            piece = ""
        piece += unit
    if piece:
        yield piece


def _units(text: str) -> Iterator[str]:
    start = 0
    for whole in _WHOLE.finditer(text):
        yield from text[start : whole.start()]
        yield whole[0]
        start = whole.end()
    yield from text[start:]


def _may_break(piece: str, following: str) -> bool:
    if following[0] in _NOT_FIRST or piece[-1] in _NOT_LAST or following == " ":
        return False
    return not (_is_narrow(piece[-1]) and _is_narrow(following[0]))


def _is_narrow(character: str) -> bool:
    return character.isascii() and character != " "
