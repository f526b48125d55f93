"""Puts a certificate's content into its layout: the face. It draws nothing and invents no word.

What does not fit a box even in its smallest type goes to an annex page (附页), so that no decision stays without its
certificate because a scope of business is long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from certificates.certificate import CertificateContent
from certificates.errors import Malformed
from certificates.faces.codes import qr_rows
from certificates.faces.fonts import Fonts, shipped
from certificates.faces.layout import CODE, COPY, PREVIEW, SEALED, Layout, Paragraphs, Rows, Words
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
)
from certificates.faces.words import (
    Mark,
    Preview,
    filled,
    is_silent,
    kind_of,
    only_slot,
    repeated_in,
    words_of,
    words_of_mark,
)

SEE_ANNEX = "（见附页）"
_ANNEX_MARGIN, _ANNEX_TITLE = 22.0, 16.0
_STEP = 0.95
_SLANT = 30.0
_ADDRESS = "address"
# The baseline of Chinese type lies this far below the top of its em.
_ASCENT = 0.88


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    value: str
    shows: str


@dataclass(slots=True)
class _Sheet:
    """The page that is being filled, and what it must leave to the annex."""

    words: Mapping[str, str]
    fonts: Fonts
    elements: list[Element]
    annex: list[_Row]


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
    sheet, holds = _Sheet(words, used, [], []), _conditions(mark, qr)
    sheet.elements += _watermark(layout, sheet, mark)
    for each in layout.words:
        if holds.issuperset(each.only) and not is_silent(each.text, words):
            sheet.elements += _words(each, sheet)
    for rows in layout.rows:
        if holds.issuperset(rows.only):
            _rows(rows, _expanded(rows.rows, content, words), sheet)
    for paragraphs in layout.paragraphs:
        if holds.issuperset(paragraphs.only):
            _paragraphs(paragraphs, content, sheet)
    if qr is not None:
        sheet.elements += _code(layout, qr)
    first = Page(layout.width, layout.height, _ground(layout, holds), tuple(sheet.elements))
    return Face((first, *_annex(layout, sheet, mark)), used, layout.seal)


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


def _words(words: Words, sheet: _Sheet) -> Iterator[Text]:
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
    """Return the lines, and the type in which they are few enough; in the smallest one there may be more."""
    smallest = words.smallest * MM_PER_POINT
    while True:
        lines = balanced(text, type_, words.width, fonts) if words.lines > 1 else [text]
        fits = len(lines) <= words.lines and all(length(line, type_, fonts) <= words.width + 0.01 for line in lines)
        if fits:
            return lines, type_
        if type_.size <= smallest:
            return lines_of(text, type_, words.width, fonts), type_
        size = max(type_.size * _STEP, smallest)
        type_ = Type(size, type_.colour, type_.spacing, type_.outline * size / type_.size)


def _expanded(pairs: tuple[tuple[str, str], ...], content: CertificateContent, words: Mapping[str, str]) -> list[_Row]:
    """Fill the rows; ``fields`` becomes all extension fields that are not shown elsewhere under their name or value."""
    templates = " ".join(template for _, template in pairs)
    known = repeated_in(content)
    rows: list[_Row] = []
    for label, template in pairs:
        if template == "fields":
            rows += [
                _Row(each.label, each.value, f"fields.{each.name}")
                for each in content.fields
                if each.name not in known and f"{{fields.{each.name}}}" not in templates
            ]
        elif not is_silent(template, words):
            rows.append(_Row(filled(label, words), filled(template, words), only_slot(template)))
    return rows


def _rows(box: Rows, rows: list[_Row], sheet: _Sheet) -> None:
    """Set the rows in the largest type in which they fit; move the longest values to the annex when none does."""
    size = box.size
    while size > box.smallest and _height(box, rows, size, sheet.fonts) > box.height:
        size = max(size * _STEP, box.smallest)
    while _height(box, rows, size, sheet.fonts) > box.height:
        longest = max(range(len(rows)), key=lambda index: len(rows[index].value))
        if rows[longest].value == SEE_ANNEX or len(rows[longest].value) <= len(SEE_ANNEX):
            raise Malformed(
                "layout-overflow", "There are more rows than the layout has room for; give it a larger box."
            )
        sheet.annex.append(rows[longest])
        rows[longest] = replace(rows[longest], value=SEE_ANNEX, shows="")
    sheet.elements += _set_rows(box, rows, size, sheet.fonts)


def _value_lines(box: Rows, row: _Row, size: float, fonts: Fonts) -> list[str]:
    return lines_of(row.value, Type(size * MM_PER_POINT), box.width - box.label_width - _gutter(size), fonts)


def _gutter(size: float) -> float:
    return size * MM_PER_POINT * 1.2


def _height(box: Rows, rows: list[_Row], size: float, fonts: Fonts) -> float:
    em = size * MM_PER_POINT
    lines = sum(len(_value_lines(box, row, size, fonts)) for row in rows)
    return em * (lines * box.leading + len(rows) * box.gap)


def _set_rows(box: Rows, rows: list[_Row], size: float, fonts: Fonts) -> Iterator[Element]:
    em = size * MM_PER_POINT
    y = box.y
    for row in rows:
        baseline = y + em * (_ASCENT + (box.leading - 1) / 2)
        label = shrunk(row.label, Type(em, box.label_colour), box.label_width, fonts, em / 2)
        yield from spread(row.label, box.x, baseline, box.label_width, label, fonts)
        for line in _value_lines(box, row, size, fonts):
            x = box.x + box.label_width + _gutter(size)
            yield from set_line(line, x, baseline, Type(em, box.colour, outline=em * 0.012), fonts, row.shows)
            baseline += em * box.leading
            y += em * box.leading
        y += em * box.gap


def _paragraphs(box: Paragraphs, content: CertificateContent, sheet: _Sheet) -> None:
    texts = _running(box, content, sheet.words)
    size = box.size
    while size > box.smallest and _running_height(box, texts, size, sheet.fonts) > box.height:
        size = max(size * _STEP, box.smallest)
    if _running_height(box, texts, size, sheet.fonts) > box.height:
        longest = max(texts, key=lambda row: len(row.value))
        if longest.value == SEE_ANNEX:
            raise Malformed("layout-overflow", "The text is longer than the layout has room for; give it a larger box.")
        sheet.annex.append(longest)
        texts = [replace(row, value=SEE_ANNEX, shows="") if row is longest else row for row in texts]
    y, em = box.y, size * MM_PER_POINT
    for row in texts:
        for index, line in enumerate(_running_lines(box, row, size, sheet.fonts)):
            x = box.x + (0 if index or not _is_set_in(row) else box.indent * em)
            baseline = y + em * (_ASCENT + (box.leading - 1) / 2)
            sheet.elements += set_line(line, x, baseline, Type(em, box.colour), sheet.fonts, row.shows)
            y += em * box.leading


def _running(box: Paragraphs, content: CertificateContent, words: Mapping[str, str]) -> list[_Row]:
    """Return the paragraphs; a first one that ends with a colon addresses somebody and begins at the margin."""
    known = repeated_in(content)
    texts: list[_Row] = []
    for template in box.texts:
        if template == "fields":
            texts += [
                _Row("", f"{each.label}：{each.value}", f"fields.{each.name}")
                for each in content.fields
                if each.name not in known
            ]
        elif not is_silent(template, words):
            addresses = not texts and template.endswith("：")
            texts.append(_Row(_ADDRESS if addresses else "", filled(template, words), ""))
    return texts


def _is_set_in(row: _Row) -> bool:
    return row.label != _ADDRESS


def _running_lines(box: Paragraphs, row: _Row, size: float, fonts: Fonts) -> list[str]:
    em = size * MM_PER_POINT
    indent = box.indent * em if _is_set_in(row) else 0.0
    return lines_of(row.value, Type(em), box.width, fonts, indent)


def _running_height(box: Paragraphs, texts: list[_Row], size: float, fonts: Fonts) -> float:
    return sum(len(_running_lines(box, row, size, fonts)) for row in texts) * size * MM_PER_POINT * box.leading


def _code(layout: Layout, qr: bytes) -> Iterator[Element]:
    """The code on a white ground that is its quiet zone: four modules, whatever lies behind."""
    rows, place = qr_rows(qr), layout.code
    quiet = 4 * place.size / len(rows)
    yield Rect(place.x - quiet, place.y - quiet, place.size + 2 * quiet, place.size + 2 * quiet, fill="#ffffff")
    yield Code(place.x, place.y, place.size, rows)


def _watermark(layout: Layout, sheet: _Sheet, mark: Mark | Preview | None) -> Iterator[Text]:
    """Repeat the words of a copy or a preview across the page in slanting rows, every second one moved by half a step."""
    if mark is None:
        return
    style = layout.mark
    type_ = Type(style.size * MM_PER_POINT, style.colour)
    text = filled(style.watermark if isinstance(mark, Mark) else style.preview, sheet.words)
    along, across = length(text, type_, sheet.fonts) + 3 * type_.size, 4.5 * type_.size
    slant = math.radians(_SLANT)
    reach = int((layout.width + layout.height) / min(along, across)) + 1
    for row in range(reach):
        for column in range(-reach, reach):
            forth = (column + row % 2 / 2) * along
            x = forth * math.cos(slant) + row * across * math.sin(slant)
            y = row * across * math.cos(slant) - forth * math.sin(slant)
            if -along * math.cos(slant) < x < layout.width and 0 < y < layout.height + along * math.sin(slant):
                for line in set_line(text, x, y, type_, sheet.fonts):
                    yield replace(line, turn=-_SLANT, opacity=style.opacity)


def _annex(layout: Layout, sheet: _Sheet, mark: Mark | Preview | None) -> Iterator[Page]:
    """Yield annex pages, upright, as many as are needed."""
    width, height = min(layout.width, layout.height), max(layout.width, layout.height)
    em, inner = 11 * MM_PER_POINT, width - 2 * _ANNEX_MARGIN
    pending: list[tuple[str, str, bool]] = []
    for row in sheet.annex:
        if row.label and _is_set_in(row):
            pending.append((row.label, "", True))
        pending += [(line, row.shows, False) for line in lines_of(row.value, Type(em), inner, sheet.fonts)]
    room = int((height - 2 * _ANNEX_MARGIN - _ANNEX_TITLE) / (em * 1.7))
    heading = "{type_name}（附页）　编号：{number}"
    for start in range(0, len(pending), room):
        page = _Sheet(sheet.words, sheet.fonts, [], [])
        page.elements += _watermark(replace(layout, width=width, height=height), page, mark)
        page.elements += _words(Words(heading, _ANNEX_MARGIN, _ANNEX_MARGIN, inner, 13, align="center"), page)
        for index, (line, shows, is_label) in enumerate(pending[start : start + room]):
            y = _ANNEX_MARGIN + _ANNEX_TITLE + index * em * 1.7
            type_ = Type(em, outline=0.12 if is_label else 0.0)
            page.elements += set_line(line, _ANNEX_MARGIN, y, type_, sheet.fonts, shows)
        yield Page(width, height, (), tuple(page.elements))
