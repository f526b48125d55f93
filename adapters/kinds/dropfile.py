"""Judges one dropped file: its control file, its digest, and each of its rows. It moves nothing and stores nothing.

A fault of the whole file raises `Refused`; a fault of one row is a `RowError`, and the row is left out.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from adapters.kinds.dropchecks import EMPTY, ColumnCheck, are_plain, fault_of, is_plain
from adapters.kinds.fields import FieldReader
from adapters.kinds.values import unfit_characters

BYTE_ORDER_MARK = "\ufeff"
"""Editors put it before the first line; it says nothing."""
MOST_ERRORS = 5000
"""Bad rows that a correction file lists one by one."""
AT_ONCE = 250
"""Rows whose columns are judged together: so few that they stay in the processor's cache."""


class Refused(Exception):
    """The file as a whole cannot be used; the message is a sentence for the department."""


@dataclass(frozen=True)
class Layout:
    """How one kind of file is written: its columns in order, the checks of its columns, the columns that make its key."""

    name: str
    encoding: str
    columns: tuple[str, ...]
    checks: Mapping[str, FieldReader]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """What a control file promises. `rows` is None where it promises none; `produced_at` is the producer's own sortable text, or "";
    `serial` the number of the batch, or 0."""

    file: str
    rows: int | None
    sha256: str
    produced_on: date
    produced_at: str = ""
    serial: int = 0


class RowError(NamedTuple):
    """`line` is the line of the row's end in a text file as an editor shows it, or the number of a sheet's row or of a record. `row` is
    the row that a spreadsheet shows, where that is another: cells with line breaks are lines of the file, and one row."""

    line: int
    column: str
    rule: str
    row: int = 0


ODD = "含有控制字符或残缺文字"
_WORDS = {EMPTY: "required", ODD: "characters"}
"""Sentences of the correction file as the names of rules, as other answers are judged by."""

Faults = tuple[tuple[str, str], ...]
Line = tuple[int, list[str], Faults]
"""One row as it stands in the file: its number, its cells, and its faults: (column, what is wrong with how the cell is stored), with
"" for the row itself. A plain tuple: there may be millions."""


Word = tuple[str, str]
OnRefused = Callable[[int, Sequence[str] | None, Sequence[Word], Collection[str]], None]
"""Hears of each refused row: its number, its cells where they were read, (column, rule) of each fault, the columns whose cell is lost."""


def control_of(body: bytes, encoding: str, names: Mapping[str, str]) -> Control:
    """Reads `key=value` lines. Raises Refused."""
    try:
        lines = body.decode(encoding).removeprefix(BYTE_ORDER_MARK).splitlines()
    except UnicodeDecodeError:
        raise Refused("控制文件的编码不符") from None
    said = {key.strip(): value.strip() for key, mark, value in (line.partition("=") for line in lines) if mark}
    try:
        day = said[names["produced_on"]]
        return Control(
            said[names["file"]],
            int(said[names["rows"]]),
            said[names["sha256"]].lower(),
            date(int(day[:4]), int(day[4:6]), int(day[6:8])),
            said.get(names.get("produced_at", ""), ""),
            int(said[names["serial"]]) if names.get("serial") else 0,
        )
    except (KeyError, ValueError):
        raise Refused("控制文件缺项或格式不符") from None


def digest(place: Path) -> str:
    with opened(place) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened(place: Path) -> io.BufferedReader:
    """The file itself: a link that was put in its place at the last moment is not followed, a pipe not waited for. Raises OSError."""
    return os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def compare(seen: int, control: Control) -> None:
    """Raises Refused where the file holds another number of rows than promised."""
    if control.rows is not None and seen != control.rows:
        raise Refused(f"数据行数 {seen}，控制文件为 {control.rows}")


def unnamed(at: int) -> str:
    """What a column (counted from 0) is called to which the file gives no name, or one that another column has already."""
    return f"L{at + 1}"


def evened(cells: list[str], wanted: int) -> list[str]:
    """As many cells as there are columns, where only empty ones lack or are too many at the end: spreadsheets write rows so. A row
    with more in it, or with less than half of the cells, stays as it is: nobody knows what happened to it."""
    if len(cells) > wanted:
        return cells if any(cell.strip() for cell in cells[wanted:]) else cells[:wanted]
    return cells if len(cells) * 2 < wanted else [*cells, *[""] * (wanted - len(cells))]


def match_header(header: list[str], columns: tuple[str, ...]) -> None:
    """Raises Refused for other columns, or in another order."""
    names = [name.strip() for name in ([header[0].removeprefix(BYTE_ORDER_MARK), *header[1:]] if header else [])]
    found = evened(names, len(columns))
    if len(found) != len(columns) or not all(_is_called(found, at, column) for at, column in enumerate(columns)):
        raise Refused(f"列名与约定不符：应为 {','.join(columns)}")


def _is_called(names: list[str], at: int, column: str) -> bool:
    said = names[at]
    return said == column or (column == unnamed(at) and (not said or said in names[:at]))


# --- rows -----------------------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """One reading of a file's `lines`: iterate `rows()` to the end, then look at `errors` and `seen`."""

    lines: Iterator[Line]
    layout: Layout
    seen: int = 0
    unlisted: int = 0
    errors: list[RowError] = field(default_factory=list)
    on_refused: OnRefused = lambda line, cells, faults, lost: None  # noqa: E731

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Good rows, their cells without padding, and their lines. Raises whatever the lines raise."""
        checks = [ColumnCheck(name, reader) for name, reader in self.layout.checks.items()]
        while some := list(islice(self.lines, AT_ONCE)):
            self.seen += len(some)
            readable = self._readable(some)
            unfit = self._unfit(readable, checks)
            if unfit:
                for at in sorted(unfit):
                    self._refuse_row(*readable[at])
                readable = [row for at, row in enumerate(readable) if at not in unfit]
            yield from readable

    def _readable(self, lines: list[Line]) -> list[tuple[int, list[str]]]:
        """The rows that have as many cells as there are columns, all of which can be kept as text."""
        width, found = len(self.layout.columns), []
        texts = ["".join(cells) for _, cells, _ in lines]
        as_agreed = all(len(cells) == width and not stored for _, cells, stored in lines)
        if as_agreed and are_plain(texts) and not any(" " in text for text in texts):
            return [(number, cells) for number, cells, _ in lines]
        for (number, cells, stored), text in zip(lines, texts, strict=True):
            if len(cells) != width:
                self._refuse([RowError(number, "", f"列数 {len(cells)}，应为 {width}")])
                self.on_refused(number, None, [("", "columns")], ())
                continue
            is_odd = bool(stored) or not is_plain(text)
            if is_odd or " " in text:
                cells = [cell.strip() for cell in cells]
            if is_odd and (stored or any(unfit_characters(cell) for cell in cells)):
                self._refuse_row(number, cells, stored)
            else:
                found.append((number, cells))
        return found

    def _unfit(self, rows: list[tuple[int, list[str]]], checks: list[ColumnCheck]) -> set[int]:
        """Which of these rows have a fault in a column that is checked."""
        found: set[int] = set()
        if not rows:
            return found
        columns = dict(zip(self.layout.columns, zip(*(cells for _, cells in rows), strict=True), strict=True))
        for check in checks:
            if not check.looks_at_its_cell_alone:
                whole = (dict(zip(self.layout.columns, cells, strict=True)) for _, cells in rows)
                found.update(index for index, row in enumerate(whole) if fault_of(check.reader, row))
                continue
            if wrong := check.unfit(columns[check.column]):
                found.update(index for index, cell in enumerate(columns[check.column]) if cell in wrong)
        return found

    def _faults(self, number: int, cells: list[str], stored: Faults = ()) -> list[RowError]:
        """Everything that is wrong with the row; a cell that is stored wrongly is not judged by its rule as well."""
        row = dict(zip(self.layout.columns, cells, strict=True))
        known = {column for column, _ in stored}
        faults = [RowError(number, column, fault) for column, fault in stored]
        if "" in known:
            return faults  # the row was not read at all
        faults += [RowError(number, name, ODD) for name, cell in row.items() if unfit_characters(cell)]
        checks = {name: check for name, check in self.layout.checks.items() if name not in known}
        return faults + [RowError(number, name, fault) for name, one in checks.items() if (fault := fault_of(one, row))]

    def _refuse_row(self, number: int, cells: list[str], stored: Faults = ()) -> None:
        faults = self._faults(number, cells, stored)
        self._refuse(faults)
        lost = {column for column, _ in stored}
        words = [
            (fault.column, "stored" if fault.column in lost else _WORDS.get(fault.rule, fault.rule)) for fault in faults
        ]
        self.on_refused(number, None if "" in lost else cells, words, lost)

    def repeated(self, lines: tuple[int, ...]) -> None:
        """These good rows were left out after all: their key came before."""
        for line in lines:
            self._refuse([RowError(line, ",".join(self.layout.key), "主键重复")])

    def _refuse(self, faults: list[RowError]) -> None:
        """A file full of bad rows costs no more memory than its first few thousand."""
        if len(self.errors) < MOST_ERRORS:
            self.errors += faults
        else:
            self.unlisted += 1

    def listed(self) -> list[RowError]:
        """What goes back to the department."""
        rest = [RowError(0, "", f"另有 {self.unlisted} 行有错，未逐行列出")] if self.unlisted else []
        return [*sorted(self.errors, key=lambda one: one.line), *rest]
