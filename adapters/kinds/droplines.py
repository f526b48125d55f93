"""Reads the lines of a dropped text file as cells: separated by a sign, or by fixed widths. It checks no value.

Widths count bytes of the file's own encoding, as the programs count that write such files: a Chinese character is two in GB18030.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.kinds.dropfile import BYTE_ORDER_MARK, Line, Refused, evened, match_header, opened

if TYPE_CHECKING:
    from _csv import Reader

LONGEST_LINE = 1024 * 1024
MARK = BYTE_ORDER_MARK.encode()


@dataclass(frozen=True)
class Separated:
    """How cells are told apart. `quote` "" where nothing is quoted; without a header the columns are in the order of the papers."""

    encoding: str
    columns: tuple[str, ...]
    delimiter: str = ","
    quote: str = '"'
    header: bool = True


@dataclass(frozen=True)
class Fixed:
    """`widths` in bytes, one for each column."""

    encoding: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    header: bool = False


def separated_lines(place: Path, how: Separated) -> Iterator[Line]:
    """Rows below the header. Raises Refused for the encoding, broken quoting or another header."""
    seen, wanted = 0, len(how.columns)
    try:
        with _text(place, how) as file:
            reader = _cells(file, how)
            if how.header:
                match_header(next((cells for cells in reader if cells), []), how.columns)
                seen = 1
            for cells in reader:
                if cells:
                    if not seen:
                        cells[0] = cells[0].removeprefix(BYTE_ORDER_MARK)
                    seen += 1
                    if len(cells) != wanted:
                        cells = evened(cells, wanted)
                    yield reader.line_num, cells, ()
    except UnicodeDecodeError:
        raise Refused(f"编码不是 {how.encoding}（第 {seen + 1} 行附近）") from None
    except csv.Error:
        raise Refused(f"第 {seen + 1} 行附近的引号或分隔不符，或一栏过长") from None


def spreadsheet_rows(place: Path, how: Separated, lines: Collection[int]) -> dict[int, int]:
    """The row that a spreadsheet shows for each of these lines of a file that was read: empty lines are rows there, too."""
    found: dict[int, int] = {}
    with _text(place, how) as file:
        reader = _cells(file, how)
        for number, _ in enumerate(reader, start=1):
            if reader.line_num in lines:
                found[reader.line_num] = number
                if len(found) == len(lines):
                    break
    return found


def _text(place: Path, how: Separated) -> io.TextIOWrapper:
    return io.TextIOWrapper(opened(place), how.encoding, errors="strict", newline="")


def _cells(file: io.TextIOWrapper, how: Separated) -> Reader:
    return csv.reader(
        _bounded(file),
        delimiter=how.delimiter,
        quotechar=how.quote or None,
        quoting=csv.QUOTE_MINIMAL if how.quote else csv.QUOTE_NONE,
        strict=True,
    )


def _bounded(file: io.TextIOWrapper) -> Iterator[str]:
    """A file without a line's end would be one line as long as itself."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise csv.Error("line too long")
        yield line


def fixed_lines(place: Path, how: Fixed) -> Iterator[Line]:
    """Each line cut at its widths; one of another length is a bad row. Raises Refused for the encoding or another header."""
    width = sum(how.widths)
    number = 0
    with opened(place) as file:
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise Refused(f"第 {number} 行过长")
            text = (line.removeprefix(MARK) if number == 1 else line).rstrip(b"\r\n")
            if not text.strip():
                continue
            if how.header and number == 1:
                match_header(_decoded(_cut(text, how.widths), how.encoding, number), how.columns)
            elif width - how.widths[-1] < len(text) <= width:  # editors and some programs drop the last padding
                yield number, _decoded(_cut(text, how.widths), how.encoding, number), ()
            else:
                yield number, [""] * len(how.widths), (("", f"行长 {len(text)} 字节，应为 {width}"),)


def _cut(line: bytes, widths: tuple[int, ...]) -> list[bytes]:
    cells, at = [], 0
    for width in widths:
        cells.append(line[at : at + width])
        at += width
    return cells


def _decoded(cells: list[bytes], encoding: str, number: int) -> list[str]:
    try:
        return [cell.decode(encoding) for cell in cells]
    except UnicodeDecodeError:
        raise Refused(f"编码不是 {encoding}，或列宽不符（第 {number} 行）") from None
