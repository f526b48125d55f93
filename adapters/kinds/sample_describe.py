"""Describes a sample file of a department that nobody has connected yet: format, encoding, delimiter or widths, columns. It keeps no value.

It guesses, and says in `doubts` where a person must compare the guess with the department's papers. It takes nothing in: that is
`filedrop`, whose `[wire.files.<name>]` has a key for each thing that is described here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.kinds import xmltext
from adapters.kinds.dropfile import BYTE_ORDER_MARK, Refused
from adapters.kinds.dropsheet import first_rows
from adapters.kinds.sample_columns import SampleColumn, column_of
from adapters.kinds.sample_table import SAMPLE_ROWS, NoSample, delimited, headed
from adapters.kinds.workbook import FILE_LIMIT

SAMPLE_BYTES = 4 * 1024 * 1024
"""Of a longer text only the beginning is looked at."""
MARK = b"\xef\xbb\xbf"
_ZIP, _OLD_CONTAINER = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


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
    return _delimited(numbered, encoding, marked, cut) or _fixed(lines, encoding, marked)


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


def _delimited(numbered: list[tuple[int, str]], encoding: str, marked: bool, cut: bool) -> Sample | None:
    """None where no delimiter shows a table."""
    found = delimited(numbered, cut)
    if found is None:
        return None
    form = "tsv" if found.delimiter == "\t" else "csv"
    columns = _columns(found.names, found.rows)
    return Sample(
        form, encoding, marked, columns, len(found.rows), found.delimiter, header=found.header, doubts=found.doubts
    )


def _one_column(lines: list[str], encoding: str, marked: bool) -> Sample:
    found = headed([[line.strip()] for line in lines[: SAMPLE_ROWS + 1]])
    doubt = "The sample has one column: rows of it say that somebody is in a list, and nothing else. If there are more, ask how they are parted."
    columns = _columns(found.names, found.rows)
    return Sample(
        "csv", encoding, marked, columns, len(found.rows), ",", header=found.header, doubts=(doubt, *found.doubts)
    )


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
    found = headed(table)
    guessed = "Widths are guessed from places that are blank in every row; compare them with the department's papers."
    columns = _columns(found.names, found.rows)
    doubts = (guessed, *found.doubts)
    return Sample("fixed", encoding, marked, columns, len(found.rows), "", widths, header=found.header, doubts=doubts)


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
    found = headed(body)
    header, doubts = found.header, found.doubts
    if not header:
        doubts = (*doubts, "A workbook must have a row of column names; ask the department for one.")
    if len(sheets) > 1:
        doubts = (*doubts, f"The workbook has {len(sheets)} sheets; the first is described.")
    return Sample(
        "xlsx",
        "utf-8",
        False,
        _columns(found.names, found.rows),
        len(found.rows),
        header=header,
        sheet=sheet,
        header_row=at + 1,
        doubts=doubts,
    )


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
