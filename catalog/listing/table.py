"""Reads a list of matters (one row per matter and item) and sets aside every row that cannot be taken as it stands. It knows no site.

Nothing of the file is lost: a row is either taken or set aside with its column and the reason. A line that opens a quote and never
closes it costs that line, not the rest of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.files import text_of
from catalog.mismatch import CatalogError, Mismatch

COLUMNS = ("seq", "thing_name", "province_mandated", "applicant_kind", "lead_department", "item_order", "item_name", "item_department", "change_note", "deadline")  # fmt: skip
WHY = "why"
"""The column that a file of rows set aside has besides; it is passed over, so that such a file is imported as it is once corrected."""

KINDS = {"法人": "enterprise", "个人": "person"}
_FLAGS = {"true": True, "false": False}
_FILLED = ("thing_name", "lead_department", "item_name", "item_department")
_MATTER = ("thing_name", "province_mandated", "applicant_kind", "lead_department", "deadline")
"""What all rows of one matter say alike."""
_LONGEST_CELL_LINES = 20


class BadList(CatalogError):
    """The file is no list at all: nothing of it was taken."""

    code = "CATALOG_BAD_LIST"


@dataclass(frozen=True)
class Row:
    """One item of one matter, as the list names them."""

    line: int
    cells: Mapping[str, str]

    @property
    def sequence(self) -> int:
        return int(self.cells["seq"])

    @property
    def order(self) -> int:
        return int(self.cells["item_order"])

    @property
    def province_mandated(self) -> bool:
        return _FLAGS[self.cells["province_mandated"].lower()]


@dataclass(frozen=True)
class Aside:
    """A row that was not taken: its line, the column that is wrong, why and what to do, and its cells as they were."""

    line: int
    column: str
    why: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Listed:
    rows: tuple[Row, ...]
    asides: tuple[Aside, ...]


def plain(name: str) -> str:
    """A name for comparing: without spaces and line breaks, which a page's layout puts in."""
    return "".join(name.split())


def read_list(file: Path) -> Listed:
    """All rows of a list. Raises BadList where the file cannot be read, is not UTF-8 or lacks a column."""
    source = text_of(file.parent, file.name)
    if isinstance(source, Mismatch):
        raise BadList(str(source))
    records = list(_records(source.text))
    head = [cell.strip() for cell in records[0][1]] if records else []
    _check_head(file.name, head)
    rows: list[Row] = []
    asides: list[Aside] = []
    for line, cells, broken in records[1:]:
        named = {name: cell for name, cell in zip(head, cells, strict=False) if name in COLUMNS}
        wrong = (head[-1], broken) if broken else _wrong_count(head, cells) or _wrong_cell(named)
        if wrong:
            asides.append(Aside(line, *wrong, {name: named.get(name, "") for name in COLUMNS}))
        else:
            rows.append(Row(line, {name: _tidy(named[name]) for name in COLUMNS}))
    return _consistent(rows, asides)


def _tidy(cell: str) -> str:
    """A cell that was broken over lines is one name. Spaces inside a line stay: they may be the name's own."""
    return "".join(part.strip() for part in cell.splitlines())


def _check_head(name: str, head: Sequence[str]) -> None:
    lacking = [column for column in COLUMNS if column not in head]
    if lacking:
        raise BadList(f"{name}:1: the first row lacks: {', '.join(lacking)}; name all of {','.join(COLUMNS)}")
    if strange := [column for column in head if column not in (*COLUMNS, WHY)]:
        raise BadList(f"{name}:1: no list has these columns: {', '.join(strange)}; take them out")
    if len(set(head)) < len(head):
        raise BadList(f"{name}:1: a column stands twice in the first row; take one out")


def _records(text: str) -> Iterator[tuple[int, list[str], str]]:
    """Line, cells and what is wrong of each record. A record may run over lines where a cell is quoted."""
    lines = text.split("\n")
    width = 0
    at = 0
    while at < len(lines):
        taken, cells, broken = _record(lines, at, width)
        if any(cell.strip() for cell in cells):
            yield at + 1, cells, broken
            width = width or len(cells)
        at += taken


def _record(lines: Sequence[str], at: int, width: int) -> tuple[int, list[str], str]:
    """How many lines the record takes; a quote that closes in no way that gives a whole row makes its own line a broken one."""
    for taken in range(1, min(_LONGEST_CELL_LINES, len(lines) - at) + 1):
        cells = _cells("\n".join(lines[at : at + taken]))
        if cells is None:
            continue
        if taken > 1 and len(cells) != width:
            break
        return taken, cells, ""
    line = lines[at]
    return 1, line.split(","), f"a quote is opened and not closed, or stands inside a cell; mend the line: {line}"


def _cells(text: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text), strict=True), [])
    except csv.Error:
        return None


def _wrong_count(head: Sequence[str], cells: Sequence[str]) -> tuple[str, str] | None:
    if len(cells) == len(head):
        return None
    message = f"the row has {len(cells)} cells, not {len(head)}; add or take out commas in: {','.join(cells)}"
    return head[min(len(cells), len(head)) - 1], message


def _wrong_cell(named: Mapping[str, str]) -> tuple[str, str] | None:
    for column in ("seq", "item_order"):
        if not named[column].strip().isascii() or not named[column].strip().isdecimal():
            return column, f'"{named[column]}" is no whole number; write one such as 12'
    if named["province_mandated"].strip().lower() not in _FLAGS:
        return "province_mandated", "write true (marked with an asterisk in the list) or false"
    if _tidy(named["applicant_kind"]) not in KINDS:
        return "applicant_kind", f"write one of: {', '.join(KINDS)}"
    empty = next((column for column in _FILLED if not _tidy(named[column])), "")
    return (empty, "the cell is empty; fill it") if empty else None


def _consistent(rows: Sequence[Row], asides: list[Aside]) -> Listed:
    """Rows that agree with each other. Where rows of one matter contradict each other nobody can say which is right: all of them wait."""
    by_number: dict[int, list[Row]] = {}
    by_name: dict[str, set[int]] = {}
    for row in rows:
        by_number.setdefault(row.sequence, []).append(row)
        by_name.setdefault(plain(row.cells["thing_name"]), set()).add(row.sequence)
    good: list[Row] = []
    for found in by_number.values():
        wrong = _contradiction(found) or _two_numbers(found[0], by_name)
        if wrong:
            asides += [set_aside(row, *wrong) for row in found]
        else:
            kept, doubled = _once(found)
            good += kept
            asides += doubled
    return Listed(tuple(good), tuple(sorted(asides, key=lambda one: one.line)))


def _contradiction(rows: Sequence[Row]) -> tuple[str, str] | None:
    for column in _MATTER:
        said = {plain(row.cells[column]): row for row in reversed(rows)}
        if len(said) > 1:
            both = "; ".join(f"{row.cells[column] or 'nothing'} (line {row.line})" for row in reversed(said.values()))
            return column, f"the rows of one matter differ: {both}; make them alike"
    return None


def _two_numbers(row: Row, by_name: Mapping[str, set[int]]) -> tuple[str, str] | None:
    numbers = sorted(by_name[plain(row.cells["thing_name"])])
    if len(numbers) == 1:
        return None
    return "seq", f"the matter stands under the numbers {', '.join(map(str, numbers))}; give it one"


def _once(rows: Sequence[Row]) -> tuple[list[Row], list[Aside]]:
    kept: list[Row] = []
    asides: list[Aside] = []
    for row in rows:
        same = next((one for one in kept if plain(one.cells["item_name"]) == plain(row.cells["item_name"])), None)
        placed = next((one for one in kept if one.order == row.order), None)
        if same:
            asides.append(set_aside(row, "item_name", f"the item stands on line {same.line} already; take one out"))
        elif placed:
            why = f"order {row.order} is given on line {placed.line} already; number the items of the matter"
            asides.append(set_aside(row, "item_order", why))
        else:
            kept.append(row)
    return kept, asides


def set_aside(row: Row, column: str, why: str) -> Aside:
    return Aside(row.line, column, why, row.cells)


def aside_text(asides: Sequence[Aside]) -> str:
    """The rows set aside as a list of their own, with what is wrong in each: corrected, it can be imported as it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, WHY))
    for one in asides:
        writer.writerow((*(one.cells[name] for name in COLUMNS), f"line {one.line}, {one.column}: {one.why}"))
    return out.getvalue()
