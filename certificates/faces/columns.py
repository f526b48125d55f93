"""Sets the body of a face: rows of labels with their values, and running text. It knows no page and no frame.

Both shrink until they fit and no date, number or code is divided between lines; where they leave room they stand further
apart. What does not fit in the smallest type goes to the annex.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from certificates.certificate import CertificateContent
from certificates.errors import Malformed
from certificates.faces.fonts import Fonts
from certificates.faces.layout import Paragraphs, Rows
from certificates.faces.model import Element
from certificates.faces.typesetting import (
    MM_PER_POINT,
    Type,
    balanced,
    divides,
    length,
    lines_of,
    parts_after_a_label,
    set_line,
    shrunk,
    spread,
)
from certificates.faces.words import filled, is_silent, only_slot, repeated_in

SEE_ANNEX = "（见附页）"
STEP = 0.95
# The baseline of Chinese type lies this far below the top of its em.
_ASCENT = 0.88
# A label that would have to be smaller than this stands in two lines of this size.
_LABEL, _LABEL_LINE = 0.8, 0.72


@dataclass(frozen=True, slots=True)
class Row:
    """A label with its value, or a paragraph (no label); ``shows`` names what of the content the value is."""

    label: str
    value: str
    shows: str
    is_set_in: bool = True


@dataclass(slots=True)
class Sheet:
    """The page that is being filled, and what it must leave to the annex."""

    words: Mapping[str, str]
    fonts: Fonts
    elements: list[Element]
    annex: list[Row]


def set_rows(box: Rows, content: CertificateContent, sheet: Sheet) -> None:
    """Set the rows in the largest type in which they fit; move the longest values to the annex when none does.

    Raises Malformed ``layout-overflow``."""
    rows, fonts = _expanded(box, content, sheet.words), sheet.fonts
    size = box.size
    lines = _lines_high(box, rows, size, fonts)
    while size > box.smallest and not _fits(box, rows, lines, size, fonts):
        size = max(size * STEP, box.smallest)
        lines = _lines_high(box, rows, size, fonts)
    while _height(box, lines, size) > box.height:
        longest = max(range(len(rows)), key=lambda index: len(rows[index].value))
        if rows[longest].value == SEE_ANNEX or len(rows[longest].value) <= len(SEE_ANNEX):
            raise Malformed(
                "layout-overflow", "There are more rows than the layout has room for; give it a larger box."
            )
        sheet.annex.append(rows[longest])
        rows[longest] = replace(rows[longest], value=SEE_ANNEX, shows="")
        lines = _lines_high(box, rows, size, fonts)
    sheet.elements += _set_rows(box, rows, lines, size, fonts)


def _expanded(box: Rows, content: CertificateContent, words: Mapping[str, str]) -> list[Row]:
    """Fill the rows; ``fields`` becomes all extension fields that no other row shows."""
    templates = " ".join(template for _, template in box.rows)
    known = repeated_in(content)
    rows: list[Row] = []
    for label, template in box.rows:
        if template == "fields":
            rows += [
                Row(each.label, each.value, f"fields.{each.name}")
                for each in content.fields
                if each.name not in known and f"{{fields.{each.name}}}" not in templates
            ]
        elif not is_silent(template, words):
            rows.append(Row(filled(label, words), filled(template, words), only_slot(template)))
    return rows


def _fits(box: Rows, rows: list[Row], lines: list[float], size: float, fonts: Fonts) -> bool:
    if _height(box, lines, size) > box.height:
        return False
    return not any(_is_divided(row.value, _value_width(box, size), size, box.smallest, fonts) for row in rows)


def _is_divided(text: str, width: float, size: float, smallest: float, fonts: Fonts) -> bool:
    """Return whether something is divided here that would be whole in the smallest type."""
    at = [Type(each * MM_PER_POINT) for each in (size, smallest)]
    return divides(text, at[0], width, fonts) and not divides(text, at[1], width, fonts)


def _value_width(box: Rows, size: float) -> float:
    return box.width - box.label_width - size * MM_PER_POINT * 1.2


def _value_lines(box: Rows, row: Row, size: float, fonts: Fonts) -> list[str]:
    return lines_of(row.value, Type(size * MM_PER_POINT), _value_width(box, size), fonts)


def _label_lines(box: Rows, row: Row, size: float, fonts: Fonts) -> tuple[list[str], Type]:
    """Return the label's lines: one, somewhat smaller if need be, else two."""
    full = Type(size * MM_PER_POINT, box.label_colour)
    type_ = shrunk(row.label, full, box.label_width, fonts, full.size * _LABEL)
    if length(row.label, type_, fonts) <= box.label_width + 0.01:
        return [row.label], type_
    lines = balanced(row.label, type_, box.label_width, fonts)
    if len(lines) <= 2:
        return lines, type_
    longest = max(lines := balanced(row.label, full, full.size * len(row.label) / 1.9, fonts), key=len)
    return lines, shrunk(longest, type_, box.label_width, fonts, full.size / 3)


def _lines_high(box: Rows, rows: list[Row], size: float, fonts: Fonts) -> list[float]:
    """Return how many lines of values each row is high."""
    labels = [len(_label_lines(box, row, size, fonts)[0]) for row in rows]
    values = [len(_value_lines(box, row, size, fonts)) for row in rows]
    return [max(value, label * _LABEL_LINE if label > 1 else 1) for label, value in zip(labels, values, strict=True)]


def _height(box: Rows, lines: list[float], size: float) -> float:
    return size * MM_PER_POINT * (sum(lines) * box.leading + len(lines) * box.gap)


def _set_rows(box: Rows, rows: list[Row], highs: list[float], size: float, fonts: Fonts) -> Iterator[Element]:
    em, y = size * MM_PER_POINT, box.y
    spare = (box.height - _height(box, highs, size)) / em / max(len(rows), 1)
    gap = box.gap + min(max(spare, 0.0), max(box.loosest - box.gap, 0.0))
    for row, high in zip(rows, highs, strict=True):
        lines = _value_lines(box, row, size, fonts)
        yield from _label(box, row, y, size, fonts)
        baseline = y + em * (_ASCENT + (box.leading - 1) / 2)
        baseline += em * box.leading * (high - len(lines)) / 2
        for index, line in enumerate(lines):
            at = box.x + box.width - _value_width(box, size), baseline + index * em * box.leading
            # No outline: viewers draw none thinner than a pixel, and small type would run together.
            yield from set_line(line, *at, Type(em, box.colour), fonts, row.shows)
        y += em * (high * box.leading + gap)


def _label(box: Rows, row: Row, y: float, size: float, fonts: Fonts) -> Iterator[Element]:
    em = size * MM_PER_POINT
    lines, type_ = _label_lines(box, row, size, fonts)
    pitch = em * box.leading * (1 if len(lines) == 1 else _LABEL_LINE)
    # Two lines are set as closely as their own size asks; one stands on the first line of the value.
    first = y + em * _ASCENT + (pitch - em) / 2 if len(lines) == 1 else y + pitch / 2 + type_.size * (_ASCENT - 0.5)
    for index, line in enumerate(lines):
        yield from spread(line, box.x, first + index * pitch, box.label_width, type_, fonts)


def set_paragraphs(box: Paragraphs, content: CertificateContent, sheet: Sheet) -> None:
    """Set running text as ``set_rows`` sets rows; the longest paragraph goes to the annex where all do not fit.

    Raises Malformed ``layout-overflow``."""
    texts, fonts, size = _running(box, content, sheet.words), sheet.fonts, box.size
    while size > box.smallest and not _runs(box, texts, size, fonts):
        size = max(size * STEP, box.smallest)
    if _running_height(box, texts, size, fonts) > box.height:
        longest = max(texts, key=lambda row: len(row.value))
        if longest.value == SEE_ANNEX:
            raise Malformed("layout-overflow", "The text is longer than the layout has room for; give it a larger box.")
        sheet.annex.append(longest)
        texts = [replace(row, value=SEE_ANNEX, shows="") if row is longest else row for row in texts]
    spare = box.height / max(_running_height(box, texts, size, fonts), 1.0)
    leading = max(box.leading, min(box.leading * spare, box.loosest))
    y, em = box.y, size * MM_PER_POINT
    for row in texts:
        for index, line in enumerate(_running_lines(box, row, size, fonts)):
            x = box.x + (0 if index or not row.is_set_in else box.indent * em)
            baseline = y + em * (_ASCENT + (leading - 1) / 2)
            sheet.elements += set_line(line, x, baseline, Type(em, box.colour), fonts, row.shows)
            y += em * leading


def _running(box: Paragraphs, content: CertificateContent, words: Mapping[str, str]) -> list[Row]:
    """Return the paragraphs; a first one that ends with a colon addresses somebody and begins at the margin."""
    known = repeated_in(content)
    texts: list[Row] = []
    for template in box.texts:
        if template == "fields":
            texts += [
                Row("", f"{each.label}：{each.value}", f"fields.{each.name}")
                for each in content.fields
                if each.name not in known
            ]
        elif not is_silent(template, words):
            addresses = not texts and template.endswith("：")
            texts.append(Row("", filled(template, words), "", not addresses))
    return texts


def _runs(box: Paragraphs, texts: list[Row], size: float, fonts: Fonts) -> bool:
    if _running_height(box, texts, size, fonts) > box.height:
        return False
    width = box.width - box.indent * size * MM_PER_POINT
    return not any(
        _is_divided(row.value, width, size, box.smallest, fonts) or _is_parted(box, row, size, fonts) for row in texts
    )


def _is_parted(box: Paragraphs, row: Row, size: float, fonts: Fonts) -> bool:
    """Return whether a label parts here from its value, or the value in itself, that would be on one line in the smallest type."""
    at = [
        parts_after_a_label(row.value, Type(em), box.width, fonts, box.indent * em if row.is_set_in else 0.0)
        for em in (size * MM_PER_POINT, box.smallest * MM_PER_POINT)
    ]
    return at[0] and not at[1]


def _running_lines(box: Paragraphs, row: Row, size: float, fonts: Fonts) -> list[str]:
    em = size * MM_PER_POINT
    return lines_of(row.value, Type(em), box.width, fonts, box.indent * em if row.is_set_in else 0.0)


def _running_height(box: Paragraphs, texts: list[Row], size: float, fonts: Fonts) -> float:
    return sum(len(_running_lines(box, row, size, fonts)) for row in texts) * size * MM_PER_POINT * box.leading
