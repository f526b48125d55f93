"""Sees the table in the lines of a sample: what parts its cells, what its columns are called, which rows are unlike the others. It guesses no type.

What is missing at the end of a row is empty, and empty cells behind the last column are none: a dropped file is read so too.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from adapters.kinds.dropfile import evened, unnamed
from adapters.kinds.sample_columns import form_of, shape_of

DELIMITERS = (",", "\t", "|", ";", "^", "\x1f")
SAMPLE_ROWS = 2000
MOST_NAMED = 8
"""So many lines with other cells are named; the rest is counted."""
MOST_EMPTY = 8
"""So many columns at the end with neither name nor value are kept: of more, somebody's formatting is all there is."""
LONGEST_NAME = 40

Numbered = Sequence[tuple[int, str]]
Rows = list[tuple[int, list[str]]]


class NoSample(Exception):
    """The file is no sample of a known format; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """`names` of the columns: L1, L2, … where the first row names none (`header` false). `doubts` are sentences for a person."""

    header: bool
    names: list[str]
    rows: list[list[str]]
    doubts: tuple[str, ...] = ()
    delimiter: str = ""


def delimited(lines: Numbered, cut: bool = False) -> Table | None:
    """None where no delimiter shows a table. `cut`: the last row may not be whole. Raises NoSample where the first line has other
    cells than the rest and is no header: what the columns are called would then be a guess."""
    parsed = {delimiter: _rows(lines, delimiter, cut) for delimiter in DELIMITERS}
    even = {one: rows for one, rows in parsed.items() if len({len(cells) for _, cells in rows}) == 1}
    widths = {one: width for one, rows in (even or parsed).items() if (width := _width(rows)) > 1}
    if even and widths:
        best = max(widths, key=lambda one: widths[one])
        return _table(best, [cells for _, cells in even[best]], widths[best])
    ragged = {one: rows for one, rows in parsed.items() if _is_table(rows or _by_line(lines, one))}
    if not ragged:
        return None
    best = max(ragged, key=lambda one: _width(ragged[one] or _by_line(lines, one)))
    return _uneven(best, ragged[best] or _by_line(lines, best))


def _rows(lines: Numbered, delimiter: str, cut: bool) -> Rows:
    """Each row with the line on which it begins; none where the quotes do not close."""
    found, at = [], 0
    reader = csv.reader((f"{line}\n" for _, line in lines), delimiter=delimiter, strict=True)
    try:
        for cells in islice(reader, SAMPLE_ROWS + 1):
            found.append((lines[at][0], cells))
            at = reader.line_num
    except csv.Error:
        return found if cut and reader.line_num >= len(lines) else []
    return found


def _by_line(lines: Numbered, delimiter: str) -> Rows:
    """Where quotes do not close: each line by itself, a delimiter within quotes parts nothing."""
    return [(at, next(csv.reader([line], delimiter=delimiter), [])) for at, line in lines[: SAMPLE_ROWS + 1]]


def _filled(cells: Sequence[str]) -> int:
    """Up to the last cell with something in it."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _usual(rows: Rows) -> int:
    """How many cells most rows below the first have."""
    return Counter(len(cells) for _, cells in rows[1:] or rows).most_common(1)[0][0]


def _width(rows: Rows) -> int:
    """How many columns there are: as many as the first row has cells, or as most others fill."""
    if not rows:
        return 0
    usual, first = _usual(rows), rows[0][1]
    filled = max(_filled(cells) for _, cells in rows if cells is first or len(cells) == usual)
    named = len(first) if len(first) <= filled + MOST_EMPTY else filled
    return max(named, filled)


def _fits(cells: list[str], width: int) -> bool:
    return len(evened(cells, width)) == width


def _is_table(rows: Rows) -> bool:
    width = _width(rows)
    fitting = sum(1 for _, cells in rows if _fits(cells, width))
    return width > 1 and _usual(rows) > 1 and fitting * 10 >= len(rows) * 7


def _uneven(delimiter: str, rows: Rows) -> Table:
    """A table in which some rows have other cells than most; all such lines are named."""
    width = _width(rows)
    odd = [(at, len(cells)) for at, cells in rows if not _fits(cells, width)]
    said = f"Other cells between {delimiter!r} than the {_usual(rows)} of most lines: {_named(odd)}: a title, a total, or a delimiter in a text that is not quoted?"
    if odd and odd[0][0] == rows[0][0]:
        raise NoSample(f"{said} Take them out of the sample, or have the file written anew.")
    left_out = (
        [f"{said} The draft is made from the other lines; such lines are refused when the file is dropped."]
        if odd
        else []
    )
    kept = [(at, cells) for at, cells in rows if _fits(cells, width)]
    found = _table(delimiter, [cells for _, cells in kept], width)
    uneven = _unevenness([(at, len(cells)) for at, cells in kept if len(cells) != width], width)
    return Table(found.header, found.names, found.rows, (*left_out, *uneven, *found.doubts), delimiter)


def _unevenness(lines: list[tuple[int, int]], width: int) -> Iterator[str]:
    short, long = [one for one in lines if one[1] < width], [one for one in lines if one[1] > width]
    if short:
        yield f"Fewer cells than there are columns ({width}): {_named(short)}. What is missing at the end is taken for empty, in a dropped file too; ask whether that is meant."
    if long:
        yield f"Empty cells behind the last of {width} columns: {_named(long)}. They are passed over; something in one of them would have its row refused."


def _named(lines: Sequence[tuple[int, int]]) -> str:
    named = ", ".join(f"line {at} ({count})" for at, count in lines[:MOST_NAMED])
    return f"{named} and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else named


def _table(delimiter: str, rows: list[list[str]], width: int) -> Table:
    found = headed([evened(cells, width) for cells in rows])
    return Table(found.header, found.names, found.rows, found.doubts, delimiter)


# --- names ----------------------------------------------------------------------------------------------------------------


def headed(table: list[list[str]]) -> Table:
    """Whether the first row names the columns: most of its cells have a name of their own, none is a number, a date or an identifier,
    nor are all of the same shape as what stands below. A column without a name of its own is called by its number."""
    first, rest = [cell.strip() for cell in table[0]], table[1:]
    named = [at for at, name in enumerate(first) if name and name not in first[:at]]
    names = [name if at in named else unnamed(at) for at, name in enumerate(first)]
    if _are_names(first, named, rest) and len({*names}) == len(names):
        doubts = [_said(at, first[at]) for at in range(len(first)) if at not in named]
        none = [] if rest else ["The sample has a header and no row; types are not known."]
        return Table(True, names, rest, (*doubts, *none))
    names = [unnamed(at) for at in range(len(first))]
    return Table(
        False, names, table, ("The first row names no columns; take their names from the department's papers.",)
    )


def _are_names(first: list[str], named: list[int], rest: list[list[str]]) -> bool:
    if not named or len(named) * 2 < len(first):
        return False
    if any(len(first[at]) > LONGEST_NAME or form_of([first[at]]) != "text" for at in named):
        return False
    return not rest or any(shape_of(first[at]) not in {shape_of(row[at].strip()) for row in rest} for at in named)


def _said(at: int, name: str) -> str:
    what = f"is called {name} like another before it" if name else "has no name in the first row"
    return f"Column {at + 1} {what}: it is {unnamed(at)} here, and a dropped file may leave it so. Ask the department what it is."
