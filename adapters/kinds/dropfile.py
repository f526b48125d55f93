"""Reads one dropped file: its control file, digest, header and rows, and a CSV's encoding. It moves nothing and stores nothing.

A fault of the whole file raises `Refused`; a fault of one row is a `RowError`, and the row is left out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from adapters.kinds.records import FieldReader
from adapters.kinds.replica import Row
from adapters.kinds.values import Broken, Good, Missing, unfit_characters

BYTE_ORDER_MARK = "\ufeff"
"""Editors put it before the first line; it says nothing."""
LONGEST_LINE = 1024 * 1024
MOST_ERRORS = 5000
"""Bad rows that a correction file lists one by one."""


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
    """What a control file promises. `produced_at` is the producer's own sortable text, or ""."""

    file: str
    rows: int
    sha256: str
    produced_on: date
    produced_at: str


@dataclass(frozen=True)
class RowError:
    """`line` is the line of the row's end in a CSV as an editor shows it, or the row's number in a sheet."""

    line: int
    column: str
    rule: str


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
        )
    except (KeyError, ValueError):
        raise Refused("控制文件缺项或格式不符") from None


def digest(place: Path) -> str:
    with opened(place) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened(place: Path) -> io.BufferedReader:
    """The file itself: a link that was put in its place at the last moment is not followed, a pipe not waited for. Raises OSError."""
    return os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


@dataclass(frozen=True)
class Line:
    """One row as it stands in the file, the header first. `faults` are (column, what is wrong with how the cell is stored)."""

    number: int
    cells: list[str] = field(repr=False)
    faults: tuple[tuple[str, str], ...] = ()


def csv_lines(place: Path, encoding: str) -> Iterator[Line]:
    """Raises Refused for the encoding or broken quoting."""
    seen = 0
    try:
        with io.TextIOWrapper(opened(place), encoding, errors="strict", newline="") as file:
            reader = csv.reader(_bounded(file), strict=True)
            for cells in reader:
                if cells:
                    seen += 1
                    if seen == 1:
                        cells[0] = cells[0].removeprefix(BYTE_ORDER_MARK)
                    yield Line(reader.line_num, cells)
    except UnicodeDecodeError:
        raise Refused(f"编码不是 {encoding}（第 {seen + 1} 行附近）") from None
    except csv.Error:
        raise Refused(f"第 {seen + 1} 行附近的引号或分隔不符，或一栏过长") from None


def _bounded(file: io.TextIOWrapper) -> Iterator[str]:
    """A file without a line's end would be one line as long as itself."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise csv.Error("line too long")
        yield line


@dataclass
class Reading:
    """One reading of a file's `lines`: iterate `rows()` to the end, then look at `errors` and `seen`."""

    lines: Iterator[Line]
    layout: Layout

    def __post_init__(self) -> None:
        self.errors: list[RowError] = []
        self.seen = 0
        self.unlisted = 0

    def rows(self) -> Iterator[Row]:
        """Good rows with padding stripped. Raises Refused for the header, or whatever the lines raise."""
        keys: set[tuple[str, ...]] = set()
        header = next(self.lines, None)
        self._header(header.cells if header else [])
        for line in self.lines:
            self.seen += 1
            row = self._row(line, keys)
            if row is not None:
                yield row

    def _header(self, header: list[str]) -> None:
        found = tuple(name.strip() for name in header)
        if found != self.layout.columns:
            raise Refused(f"列名与约定不符：应为 {','.join(self.layout.columns)}")

    def _row(self, line: Line, keys: set[tuple[str, ...]]) -> Row | None:
        cells, at = line.cells, line.number
        if len(cells) != len(self.layout.columns):
            self._refuse([RowError(at, "", f"列数 {len(cells)}，应为 {len(self.layout.columns)}")])
            return None
        row = {name: cell.strip() for name, cell in zip(self.layout.columns, cells, strict=True)}
        faults = [RowError(at, column, fault) for column, fault in line.faults]
        stored = {column for column, _ in line.faults}
        checks = {name: check for name, check in self.layout.checks.items() if name not in stored}
        faults += [RowError(at, name, "含有控制字符或残缺文字") for name, cell in row.items() if unfit_characters(cell)]
        faults += [RowError(at, name, fault) for name, check in checks.items() if (fault := _fault(check, row))]
        key = tuple(row[name] for name in self.layout.key)
        if not faults and key in keys:
            faults = [RowError(at, ",".join(self.layout.key), "主键重复")]
        if faults:
            self._refuse(faults)
            return None
        if key:
            keys.add(key)
        return row

    def _refuse(self, faults: list[RowError]) -> None:
        """A file full of bad rows costs no more memory than its first few thousand."""
        if len(self.errors) < MOST_ERRORS:
            self.errors += faults
        else:
            self.unlisted += 1

    def listed(self) -> list[RowError]:
        """What goes back to the department."""
        rest = [RowError(0, "", f"另有 {self.unlisted} 行有错，未逐行列出")] if self.unlisted else []
        return [*self.errors, *rest]


def _fault(check: FieldReader, row: Row) -> str:
    reading = check.read(row)
    if isinstance(reading, Good):
        return ""
    if isinstance(reading, Broken):
        return reading.rule
    return "必填项为空" if isinstance(reading, Missing) and check.required else ""
