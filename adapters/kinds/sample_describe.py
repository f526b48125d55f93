"""Describes a sample file of a department that nobody has connected yet: format, encoding, delimiter or widths, columns. It keeps no value.

It guesses, and says in `doubts` where a person must compare the guess with the department's papers. It takes nothing in: that is
`filedrop`, whose `[wire.files.<name>]` has a key for each thing that is described here.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.kinds import xmltext
from adapters.kinds.dropfile import BYTE_ORDER_MARK, Refused
from adapters.kinds.dropsheet import first_rows
from adapters.kinds.sample_columns import SampleColumn, column_of, form_of, shape_of
from adapters.kinds.workbook import FILE_LIMIT

DELIMITERS = (",", "\t", "|", ";", "^", "\x1f")
SAMPLE_BYTES = 4 * 1024 * 1024
"""Of a longer text only the beginning is looked at."""
SAMPLE_ROWS = 2000
MOST_NAMED = 8
"""So many lines with other cells are named; the rest is counted."""
LONGEST_NAME = 40
MARK = b"\xef\xbb\xbf"
_ZIP, _OLD_CONTAINER = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class NoSample(Exception):
    """The file is no sample of a known format; the message says what to do."""


@dataclass(frozen=True)
class Sample:
    """`format`: csv, tsv, fixed, xlsx, xml or jsonl, as `[wire.files.<name>]` names it. `widths` count bytes of `encoding` (fixed
    width alone), `record` is the local name of the element that repeats (XML alone), `sheet` and `header_row` belong to a workbook.
    Columns have no name where the file has no header: they are then called L1, L2, … `doubts` are sentences for a person."""

    format: str
    encoding: str
    byte_order_mark: bool
    columns: tuple[SampleColumn, ...]
    rows: int
    delimiter: str = ""
    widths: tuple[int, ...] = ()
    header: bool = True
    sheet: str = ""
    header_row: int = 1
    record: str = ""
    doubts: tuple[str, ...] = ()


def describe(place: Path) -> Sample:
    """Raises NoSample, OSError. The file's own name does not matter: what stands in it does."""
    if place.stat().st_size > max(FILE_LIMIT, 64 * SAMPLE_BYTES):
        raise NoSample("The sample is too large; cut it to a few thousand rows.")
    with place.open("rb") as file:
        body = file.read(SAMPLE_BYTES + 1)
    if body.startswith((_ZIP, _OLD_CONTAINER)):
        return _workbook(place)
    cut = len(body) > SAMPLE_BYTES
    text, encoding = _text(body[:SAMPLE_BYTES], cut)
    marked, text = body.startswith(MARK), text.removeprefix(BYTE_ORDER_MARK)
    if text.lstrip().startswith("<"):
        return _xml(body, encoding, marked, cut)
    numbered = [(at, line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if cut and numbered:
        numbered.pop()  # the last one may be half a line
    lines = [line for _, line in numbered]
    if not lines:
        raise NoSample("The sample is empty; ask the department for a file with a few rows.")
    if lines[0].lstrip().startswith("{"):
        return _json(lines, encoding, marked)
    delimited = _delimited(lines, encoding, marked)
    if delimited is not None:
        return delimited
    return _without_odd(numbered, encoding, marked) or _fixed(lines, encoding, marked)


def _text(body: bytes, cut: bool) -> tuple[str, str]:
    """UTF-8 where it is valid UTF-8: text in GB18030 hardly ever is."""
    for encoding in ("utf-8", "gb18030"):
        for spare in range(4 if cut else 1):  # a cut may fall into a character
            try:
                return body[: len(body) - spare].decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    raise NoSample(
        "The sample is neither UTF-8 nor GB18030; ask the department how it writes, and for a file in one of them."
    )


# --- tables ---------------------------------------------------------------------------------------------------------------


def _delimited(lines: list[str], encoding: str, marked: bool) -> Sample | None:
    """None where no delimiter gives every row the same number of cells."""
    best, table = "", [["" for _ in range(1)]]
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines[: SAMPLE_ROWS + 1])), delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if len({len(row) for row in rows}) == 1 and len(rows[0]) > len(table[0]):
            best, table = delimiter, rows
    if not best:
        return None
    header, names, rows, doubts = _headed(table)
    form = "tsv" if best == "\t" else "csv"
    return Sample(form, encoding, marked, _columns(names, rows), len(rows), best, header=header, doubts=doubts)


def _without_odd(numbered: list[tuple[int, str]], encoding: str, marked: bool) -> Sample | None:
    """A table in which some rows have other cells than most, by the rest of it; all such lines are named. None for no such table.

    Raises NoSample where the first line is one of them: what the columns are called would then be a guess."""
    for delimiter in DELIMITERS:
        counts = {at: _cells(line, delimiter) for at, line in numbered[: SAMPLE_ROWS + 1]}
        usual, often = Counter(counts.values()).most_common(1)[0]
        odd = [at for at, count in counts.items() if count != usual]
        if usual > 1 and odd and often * 10 >= len(counts) * 7:
            said = _odd_said(odd, counts, usual, delimiter)
            rest = [line for at, line in numbered if counts.get(at) == usual]
            found = _delimited(rest, encoding, marked) if odd[0] != numbered[0][0] else None
            if found is None:
                raise NoSample(f"{said} Take them out of the sample, or have the file written anew.")
            left_out = (
                f"{said} The draft is made from the other lines; such lines are refused when the file is dropped."
            )
            return replace(found, doubts=(left_out, *found.doubts))
    return None


def _cells(line: str, delimiter: str) -> int:
    """How many cells; a delimiter within quotes parts nothing."""
    return len(next(csv.reader([line], delimiter=delimiter), []))


def _odd_said(odd: list[int], counts: Mapping[int, int], usual: int, delimiter: str) -> str:
    named = ", ".join(f"line {at} ({counts[at]})" for at in odd[:MOST_NAMED])
    more = f" and {len(odd) - MOST_NAMED} more" if len(odd) > MOST_NAMED else ""
    return f"Other cells between {delimiter!r} than the {usual} of most lines: {named}{more}: a title, a total, or a delimiter in a text that is not quoted?"


def _one_column(lines: list[str], encoding: str, marked: bool) -> Sample:
    header, names, rows, doubts = _headed([[line.strip()] for line in lines[: SAMPLE_ROWS + 1]])
    doubt = "The sample has one column: rows of it say that somebody is in a list, and nothing else. If there are more, ask how they are parted."
    columns = _columns(names, rows)
    return Sample("csv", encoding, marked, columns, len(rows), ",", header=header, doubts=(doubt, *doubts))


def _fixed(lines: list[str], encoding: str, marked: bool) -> Sample:
    """Columns begin where a character follows a place that is blank in every line; without any blank it is one column."""
    if not any(" " in line.strip() or "\u3000" in line.strip() for line in lines):
        return _one_column(lines, encoding, marked)
    spread = [_places(line, encoding) for line in lines[:SAMPLE_ROWS]]
    width = max(map(len, spread))
    if len({len(line) for line in spread}) > 1 and len(lines) > 1 and min(map(len, spread)) * 2 < width:
        raise NoSample("No delimiter and no fixed width is seen; ask the department for its description of the file.")
    padded = [line + " " * (width - len(line)) for line in spread]
    blank = [all(line[at] == " " for line in padded) for at in range(width)]
    starts = [0, *(at for at in range(1, width) if blank[at - 1] and not blank[at])]
    widths = tuple(end - start for start, end in zip(starts, [*starts[1:], width], strict=True))
    table = [_cut(line, widths, encoding) for line in lines[: SAMPLE_ROWS + 1]]
    header, names, rows, doubts = _headed(table)
    guessed = "Widths are guessed from places that are blank in every row; compare them with the department's papers."
    columns = _columns(names, rows)
    return Sample("fixed", encoding, marked, columns, len(rows), "", widths, header=header, doubts=(guessed, *doubts))


def _places(line: str, encoding: str) -> str:
    """One sign for each byte: a space where the character is blank."""
    return "".join((" " if one in " \u3000" else "x") * len(one.encode(encoding)) for one in line)


def _cut(line: str, widths: Sequence[int], encoding: str) -> list[str]:
    body, cells, at = line.encode(encoding), [], 0
    for width in widths:
        cells.append(body[at : at + width].decode(encoding, "replace").strip())
        at += width
    return cells


def _workbook(place: Path) -> Sample:
    try:
        sheet, sheets, table = first_rows(place, SAMPLE_ROWS)
    except Refused as e:
        raise NoSample(f"{e}。") from None
    filled = [sum(1 for cell in row if cell.strip()) for row in table]
    if not filled or max(filled) == 0:
        raise NoSample("The first sheet is empty; ask the department for a file with a few rows.")
    at = next(index for index, count in enumerate(filled) if count * 5 >= max(filled) * 4)
    width = max(index + 1 for row in table[at:] for index, cell in enumerate(row) if cell.strip())
    body = [[*row, *[""] * width][:width] for row in table[at:] if any(cell.strip() for cell in row)]
    header, names, rows, doubts = _headed(body)
    if not header:
        doubts = (*doubts, "A workbook must have a row of column names; ask the department for one.")
    if len(sheets) > 1:
        doubts = (*doubts, f"The workbook has {len(sheets)} sheets; the first is described.")
    return Sample(
        "xlsx",
        "utf-8",
        False,
        _columns(names, rows),
        len(rows),
        header=header,
        sheet=sheet,
        header_row=at + 1,
        doubts=doubts,
    )


def _headed(table: list[list[str]]) -> tuple[bool, list[str], list[list[str]], tuple[str, ...]]:
    """Whether the first row names the columns: no name is empty, twice there, a number, a date or an identifier, nor all of the same
    shape as what stands below."""
    first, rest = [cell.strip() for cell in table[0]], table[1:]
    named = all(first) and len(set(first)) == len(first) and all(len(name) <= LONGEST_NAME for name in first)
    named = named and all(form_of([name]) == "text" for name in first)
    below = [{shape_of(row[at].strip()) for row in rest} for at in range(len(first))]
    if named and rest and all(shape_of(name) in shapes for name, shapes in zip(first, below, strict=True)):
        named = False
    if named:
        return True, first, rest, () if rest else ("The sample has a header and no row; types are not known.",)
    names = [f"L{at}" for at in range(1, len(first) + 1)]
    return False, names, table, ("The first row names no columns; take their names from the department's papers.",)


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[SampleColumn, ...]:
    return tuple(column_of(name, [row[at] for row in rows]) for at, name in enumerate(names))


# --- trees ----------------------------------------------------------------------------------------------------------------


def _xml(body: bytes, encoding: str, marked: bool, cut: bool) -> Sample:
    if cut:
        raise NoSample("The sample is too large for XML; cut it to a few hundred records.")
    try:
        tree = xmltext.read(body, encoding)
    except xmltext.Unreadable as e:
        raise NoSample(f"The sample cannot be read as XML ({e.rule}); ask the department for a whole file.") from None
    record, found = max(_records("", tree), key=lambda one: len(one[1]), default=("", []))
    if not found:
        raise NoSample("No element with others in it is seen below the root; ask for a file with a few records.")
    return _of_records("xml", encoding, marked, found, record)


def _records(name: str, tree: object) -> Iterator[tuple[str, list[object]]]:
    """Every element that holds others, with its name; those that repeat first come first."""
    for key, value in tree.items() if isinstance(tree, Mapping) else ():
        several = value if isinstance(value, list) else [value]
        inner: list[object] = [one for one in several if isinstance(one, Mapping)]
        if name and inner:
            yield str(key), inner
        for one in inner:
            yield from _records(key, one)


def _json(lines: list[str], encoding: str, marked: bool) -> Sample:
    found: list[object] = []
    for number, line in enumerate(lines[:SAMPLE_ROWS], start=1):
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            raise NoSample(f"Line {number} is no JSON object; a file of JSON lines has one in each line.") from None
    return _of_records("jsonl", encoding, marked, found)


def _of_records(form: str, encoding: str, marked: bool, found: Sequence[object], record: str = "") -> Sample:
    rows = [dict(_flat(one)) for one in found if isinstance(one, Mapping)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    nested = sorted(
        {
            name
            for one in found
            if isinstance(one, Mapping)
            for name, value in one.items()
            if isinstance(value, list | Mapping)
        }
    )
    doubts = (
        (f"{', '.join(nested)} holds further lists or records: they are kept as JSON in one column.",) if nested else ()
    )
    columns = tuple(column_of(name, [row.get(name, "") for row in rows]) for name in names)
    return Sample(form, encoding, marked, columns, len(rows), record=record, doubts=doubts)


def _flat(one: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in one.items():
        if value is None or isinstance(value, list | Mapping):
            yield str(name), ""
        else:
            yield str(name), ("true" if value else "false") if isinstance(value, bool) else str(value)
