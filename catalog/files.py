"""Reads one file of a site as text, TOML or CSV rows, and says what is wrong with it. It knows no table's meaning.

Limits are on purpose small: a site is written by hand, so a big file is a mistake or an attack.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from catalog.mismatch import Mismatch

MAX_TEXT_BYTES = 1 << 20

_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


@dataclass(frozen=True)
class Source:
    """A file's text with its name relative to the site's folder."""

    name: str
    text: str


def text_of(folder: Path, name: str) -> Source | Mismatch:
    """A file as text: UTF-8, a byte order mark tolerated, line ends made one kind. Any other encoding is named."""
    raw = _bytes(folder, name)
    if isinstance(raw, Mismatch):
        return raw
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        return Mismatch(name, line, "BAD_ENCODING", f"the file is not UTF-8 but {_encoding(raw)}; save it as UTF-8")
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return Mismatch(
            name, line, "BAD_ENCODING", "the file holds zero bytes (UTF-16 or not a text); save it as UTF-8"
        )
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def toml_of(source: Source) -> dict[str, object] | Mismatch:
    """A TOML file as tables; a mistake of syntax with its line."""
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as wrong:
        found = _AT_LINE.search(str(wrong))
        end = source.text.rstrip("\n").count("\n") + 1
        line = int(found[1]) if found and found[1] else end
        what = _AT_LINE.sub("", str(wrong)).strip()
        return Mismatch(source.name, line, "BAD_TOML", f"not valid TOML: {what}; {_way_on(source.text, found, what)}")
    except RecursionError:
        return Mismatch(source.name, 1, "BAD_TOML", "tables nested too deeply; make them flatter")


def _way_on(text: str, found: re.Match[str] | None, what: str) -> str:
    """What to do about the sign at which reading stopped: a key in Chinese is written in quotes, and so is a text."""
    lines = text.split("\n")
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (0, 0)
    row = lines[line - 1] if 0 < line <= len(lines) else ""
    sign = row[column - 1 : column]
    if not sign or sign.isascii():
        return "a quote may be open: close it" if _is_open(row, what) else "mend this line"
    if "value" in what:
        return 'put the text in straight quotes, "…"'
    return 'put the key in straight quotes, "姓名" = "…": without them it may hold only A-Z a-z 0-9 _ -'


def _is_open(row: str, what: str) -> bool:
    """Whether reading stopped within a text, or behind one that ended too early."""
    stopped_within = what.startswith(("Unterminated string", "Illegal character '\\n'", "Expected \"'"))
    return stopped_within or row.replace('\\"', "").count('"') % 2 == 1


def rows_of(source: Source, columns: tuple[str, ...]) -> tuple[list[tuple[int, dict[str, str]]], list[Mismatch]]:
    """The rows of a CSV file with their line numbers. The first row must name exactly the columns."""
    reader = csv.reader(io.StringIO(source.text), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    mistakes: list[Mismatch] = []
    try:
        head = tuple(cell.strip() for cell in next(reader, []))
        if head != columns:
            message = f"the first row must be: {','.join(columns)}"
            return [], [Mismatch(source.name, 1, "BAD_COLUMNS", message)]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                message = f"the row has {len(cells)} cells, not {len(columns)}; add or take out commas"
                mistakes.append(Mismatch(source.name, reader.line_num, "BAD_ROW", message))
                continue
            rows.append((reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as wrong:
        mistakes.append(Mismatch(source.name, reader.line_num, "BAD_CSV", f"not valid CSV: {wrong}; mend this line"))
    return rows, mistakes


def _bytes(folder: Path, name: str) -> bytes | Mismatch:
    path = folder / name
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            return Mismatch(
                name, 0, "TOO_BIG", f"the file is larger than {MAX_TEXT_BYTES} bytes; split it or take it out"
            )
        return path.read_bytes()
    except OSError as wrong:
        return Mismatch(
            name, 0, "UNREADABLE", f"the file cannot be read ({wrong.strerror}); check that it exists and its rights"
        )


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "something unknown"
    return "most likely GB18030 (GBK)"
