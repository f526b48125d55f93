"""Reads one dropped CSV: its control file, digest, encoding, header and rows. It moves nothing and stores nothing.

A fault of the whole file raises `Refused`; a fault of one row is a `RowError`, and the row is left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    """`line` is the line of the row's end in the file, as an editor shows it."""

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


@dataclass
class Reading:
    """One reading of a file: iterate `rows()` to the end, then look at `errors` and `seen`."""

    place: Path
    layout: Layout

    def __post_init__(self) -> None:
        self.errors: list[RowError] = []
        self.seen = 0

    def rows(self) -> Iterator[Row]:
        """Good rows with padding stripped. Raises Refused for the encoding, the header or broken quoting."""
        keys: set[tuple[str, ...]] = set()
        try:
            with self.place.open(encoding=self.layout.encoding, errors="strict", newline="") as file:
                reader = csv.reader(file, strict=True)
                self._header(next(reader, []))
                for cells in reader:
                    if not cells:
                        continue
                    self.seen += 1
                    row = self._row(cells, reader.line_num, keys)
                    if row is not None:
                        yield row
        except UnicodeDecodeError as e:
            raise Refused(f"编码不是 {self.layout.encoding}（第 {self.seen + 2} 行附近）") from e
        except csv.Error as e:
            raise Refused(f"第 {self.seen + 2} 行附近的引号或分隔不符") from e

    def _header(self, header: list[str]) -> None:
        found = tuple(name.strip() for name in header)
        if found != self.layout.columns:
            raise Refused(f"列名与约定不符：应为 {','.join(self.layout.columns)}")

    def _row(self, cells: list[str], line: int, keys: set[tuple[str, ...]]) -> Row | None:
        if len(cells) != len(self.layout.columns):
            self.errors.append(RowError(line, "", f"列数 {len(cells)}，应为 {len(self.layout.columns)}"))
            return None
        row = {name: cell.strip() for name, cell in zip(self.layout.columns, cells, strict=True)}
        faults = [
            RowError(line, name, fault) for name, check in self.layout.checks.items() if (fault := _fault(check, row))
        ]
        key = tuple(row[name] for name in self.layout.key)
        if not faults and key in keys:
            faults = [RowError(line, ",".join(self.layout.key), "主键重复")]
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
