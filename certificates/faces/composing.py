"""Puts a certificate's content into its layout: the face. It draws nothing and invents no word.

What does not fit a box even in its smallest type goes to an annex page (附页), so that no decision stays without its
certificate because a scope of business is long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from certificates.certificate import CertificateContent
from certificates.faces.codes import qr_rows
from certificates.faces.columns import STEP, Sheet, set_paragraphs, set_rows
from certificates.faces.fonts import Fonts, shipped
from certificates.faces.layout import CODE, COPY, PREVIEW, SEALED, Layout, Words
from certificates.faces.model import Code, Element, Face, Page, Rect, Text
from certificates.faces.typesetting import (
    MM_PER_POINT,
    Type,
    balanced,
    length,
    lines_of,
    set_line,
    shrunk,
    spread,
    title_lines,
)
from certificates.faces.words import (
    Mark,
    Preview,
    filled,
    is_silent,
    kind_of,
    only_slot,
    words_of,
    words_of_mark,
)

_ANNEX_MARGIN, _ANNEX_TITLE, _ANNEX_FOOT = 22.0, 16.0, 13.0
_SLANT = 30.0
# How much of a slanting line across the page a line of the watermark may take, and how far its lines stand apart, in ems.
_OF_THE_SLANT, _LINE = 0.7, 1.3


def face_of(
    content: CertificateContent,
    layout: Layout,
    qr: bytes | None = None,
    mark: Mark | Preview | None = None,
    fonts: Fonts | None = None,
) -> Face:
    """Return the face of ``content`` in ``layout``, with a QR code that says ``qr`` and, for a copy or a preview, its mark.

    The same arguments give the same face. Raises Malformed: ``font-glyph`` for a character that no font has,
    ``layout-slot`` for a word that this certificate has not, ``qr-too-long``, ``layout-overflow``.
    """
    used = fonts or shipped()
    words = words_of(content) | (words_of_mark(mark) if isinstance(mark, Mark) else {})
    words |= {name: filled(said, words) for name, said in layout.kind_words(kind_of(content)).items()}
    sheet, holds = Sheet(words, used, [], []), _conditions(mark, qr)
    sheet.elements += _watermark(layout, sheet, mark)
    for each in layout.words:
        if holds.issuperset(each.only) and not is_silent(each.text, words):
            sheet.elements += _words(each, sheet)
    for rows in layout.rows:
        if holds.issuperset(rows.only):
            set_rows(rows, content, sheet)
    for paragraphs in layout.paragraphs:
        if holds.issuperset(paragraphs.only):
            set_paragraphs(paragraphs, content, sheet)
    if qr is not None:
        sheet.elements += _code(layout, qr)
    first = Page(layout.width, layout.height, _ground(layout, holds), tuple(sheet.elements))
    feet = [each for each in layout.words if holds.issuperset(each.only) and not is_silent(each.text, words)]
    foot = max(feet, key=lambda each: each.y, default=None)
    return Face((first, *_annex(layout, sheet, mark, foot)), used, layout.seal)


def _conditions(mark: Mark | Preview | None, qr: bytes | None) -> frozenset[str]:
    """What holds of this face, in the words of a layout's ``only``."""
    known = {
        COPY: isinstance(mark, Mark),
        PREVIEW: isinstance(mark, Preview),
        CODE: qr is not None,
        SEALED: isinstance(mark, Mark) and mark.sealed,
    }
    return frozenset(name if is_so else f"not-{name}" for name, is_so in known.items())


@lru_cache(maxsize=64)
def _ground(layout: Layout, holds: frozenset[str]) -> tuple[Element, ...]:
    return layout.ground(holds)


def _words(words: Words, sheet: Sheet) -> Iterator[Text]:
    text = filled(words.text, sheet.words)
    type_ = Type(words.size * MM_PER_POINT, words.colour, words.spacing, words.bold)
    fonts = sheet.fonts
    if words.lines == 1:
        type_ = shrunk(text, type_, words.width, fonts, words.smallest * MM_PER_POINT)
    lines, type_ = _fitting_lines(text, type_, words, fonts)
    for index, line in enumerate(lines):
        y = words.y + (index - (len(lines) - 1) / 2) * type_.size * 1.4
        if words.align == "spread":
            yield from spread(line, words.x, y, words.width, type_, fonts)
            continue
        free = words.width - length(line, type_, fonts)
        x = words.x + {"left": 0.0, "center": free / 2, "right": free}[words.align]
        yield from set_line(line, x, y, type_, fonts, only_slot(words.text))


def _fitting_lines(text: str, type_: Type, words: Words, fonts: Fonts) -> tuple[list[str], Type]:
    """Return the lines, and the type in which they are few enough and break well; in the smallest one there may be more."""
    smallest = words.smallest * MM_PER_POINT
    for style in _smaller(type_, smallest):
        lines = title_lines(text, style, words.width, fonts) if words.lines > 1 else [text]
        if lines and all(length(line, style, fonts) <= words.width + 0.01 for line in lines):
            return lines, style
    for style in _smaller(type_, smallest):
        lines = balanced(text, style, words.width, fonts)
        if 1 < len(lines) <= words.lines:
            return lines, style
    return lines_of(text, style, words.width, fonts), style


def _smaller(type_: Type, smallest: float) -> Iterator[Type]:
    """Yield the type in ever smaller sizes."""
    yield type_
    while type_.size > smallest:
        size = max(type_.size * STEP, smallest)
        type_ = Type(size, type_.colour, type_.spacing, type_.outline * size / type_.size)
        yield type_


def _code(layout: Layout, qr: bytes) -> Iterator[Element]:
    """The code on a white ground that is its quiet zone: four modules, whatever lies behind."""
    rows, place = qr_rows(qr), layout.code
    quiet = 4 * place.size / len(rows)
    yield Rect(place.x - quiet, place.y - quiet, place.size + 2 * quiet, place.size + 2 * quiet, fill="#ffffff")
    yield Code(place.x, place.y, place.size, rows)


def _watermark(layout: Layout, sheet: Sheet, mark: Mark | Preview | None) -> Iterator[Text]:
    """Repeat the words of a copy or a preview across the page in slanting rows, every second one moved by half a step."""
    if mark is None:
        return
    style = layout.mark
    type_ = Type(style.size * MM_PER_POINT, style.colour)
    text = filled(style.watermark if isinstance(mark, Mark) else style.preview, sheet.words)
    slant = math.radians(_SLANT)
    # No line is so long that the page shows only parts of it.
    lines = balanced(text, type_, _OF_THE_SLANT * min(layout.width, layout.height) / math.cos(slant), sheet.fonts)
    along = max(length(line, type_, sheet.fonts) for line in lines) + 3 * type_.size
    across = (4.5 + _LINE * (len(lines) - 1)) * type_.size
    reach = int((layout.width + layout.height) / min(along, across)) + 1
    for row in range(reach):
        for column in range(-reach, reach):
            forth = (column + row % 2 / 2) * along
            x = forth * math.cos(slant) + row * across * math.sin(slant)
            y = row * across * math.cos(slant) - forth * math.sin(slant)
            if -along * math.cos(slant) < x < layout.width and 0 < y < layout.height + along * math.sin(slant):
                for below, line in enumerate(lines):
                    down = below * _LINE * type_.size
                    at = x + down * math.sin(slant), y + down * math.cos(slant)
                    for run in set_line(line, *at, type_, sheet.fonts):
                        yield replace(run, turn=-_SLANT, opacity=style.opacity)


def _annex(layout: Layout, sheet: Sheet, mark: Mark | Preview | None, foot: Words | None) -> Iterator[Page]:
    """Yield annex pages, upright, as many as are needed, each with the first page's `foot`: what it says of the file holds for them too."""
    width, height = min(layout.width, layout.height), max(layout.width, layout.height)
    em, inner = 11 * MM_PER_POINT, width - 2 * _ANNEX_MARGIN
    pending: list[tuple[str, str, bool]] = []
    for row in sheet.annex:
        if row.label:
            pending.append((row.label, "", True))
        pending += [(line, row.shows, False) for line in lines_of(row.value, Type(em), inner, sheet.fonts)]
    room = int((height - 2 * _ANNEX_MARGIN - _ANNEX_TITLE) / (em * 1.7))
    heading = "{type_name}（附页）　编号：{number}"
    for start in range(0, len(pending), room):
        page = Sheet(sheet.words, sheet.fonts, [], [])
        page.elements += _watermark(replace(layout, width=width, height=height), page, mark)
        page.elements += _words(Words(heading, _ANNEX_MARGIN, _ANNEX_MARGIN, inner, 13, align="center"), page)
        if foot is not None:
            at = replace(foot, x=_ANNEX_MARGIN, y=height - _ANNEX_FOOT, width=inner, align="center")
            page.elements += _words(at, page)
        for index, (line, shows, is_label) in enumerate(pending[start : start + room]):
            y = _ANNEX_MARGIN + _ANNEX_TITLE + index * em * 1.7
            type_ = Type(em, outline=0.12 if is_label else 0.0)
            page.elements += set_line(line, _ANNEX_MARGIN, y, type_, sheet.fonts, shows)
        yield Page(width, height, (), tuple(page.elements))
