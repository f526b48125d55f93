"""Reads one dropped file: its control file, digest, header and rows, and a CSV's encoding. It moves nothing and stores nothing.

A fault of the whole file raises `Refused`; a fault of one row is a `RowError`, and the row is left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from adapters.kinds.records import FieldReader
from adapters.kinds.replica import Row
from adapters.kinds.values import Broken, Good, Missing


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
        lines = body.decode(encoding).splitlines()
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
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        with place.open(encoding=encoding, errors="strict", newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                if cells:
                    seen += 1
                    yield Line(reader.line_num, cells)
    except UnicodeDecodeError as e:
        raise Refused(f"编码不是 {encoding}（第 {seen + 1} 行附近）") from e
    except csv.Error as e:
        raise Refused(f"第 {seen + 1} 行附近的引号或分隔不符") from e


@dataclass
class Reading:
    """One reading of a file's `lines`: iterate `rows()` to the end, then look at `errors` and `seen`."""

    lines: Iterator[Line]
    layout: Layout

    def __post_init__(self) -> None:
        self.errors: list[RowError] = []
        self.seen = 0

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
            self.errors.append(RowError(at, "", f"列数 {len(cells)}，应为 {len(self.layout.columns)}"))
            return None
        row = {name: cell.strip() for name, cell in zip(self.layout.columns, cells, strict=True)}
        faults = [RowError(at, column, fault) for column, fault in line.faults]
        stored = {column for column, _ in line.faults}
        checks = {name: check for name, check in self.layout.checks.items() if name not in stored}
        faults += [RowError(at, name, fault) for name, check in checks.items() if (fault := _fault(check, row))]
        key = tuple(row[name] for name in self.layout.key)
        if not faults and key in keys:
            faults = [RowError(at, ",".join(self.layout.key), "主键重复")]
        if faults:
            self.errors += faults
            return None
        if key:
            keys.add(key)
        return row


def _fault(check: FieldReader, row: Row) -> str:
    reading = check.read(row)
    if isinstance(reading, Good):
        return ""
    if isinstance(reading, Broken):
        return reading.rule
    return "必填项为空" if isinstance(reading, Missing) and check.required else ""
