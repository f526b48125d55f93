"""Reads the rows of one sheet of a dropped workbook as texts, as a CSV would hold them. It checks no value and moves no file.

A cell that is text stays as it is, leading zeros and all. A number or a date becomes the text that the column's rule reads; an
identifier stored as a number has already lost digits or zeros, and is a fault of its row. The only file that imports python_calamine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import python_calamine

from adapters.kinds.dropfile import Line, Refused, match_header
from adapters.kinds.workbook import Unfit, judge

LARGEST_EXACT = 10**15
"""A workbook keeps numbers as doubles: more than 15 digits are not what was typed."""

AS_NUMBER = "以数字存放，可能丢失前导零或末位，请改为文本格式"
NOT_EXACT = "数字超过 15 位，已不准确，请改为文本格式"
NO_TIME = "时间或时长，应为文本、数字或日期"

DATE_TEXTS: Mapping[str, Callable[[datetime], str]] = {
    "yyyymmdd": lambda day: f"{day:%Y%m%d}",
    "yyyymmddhhmmss": lambda day: f"{day:%Y%m%d%H%M%S}",
    "year_month": lambda day: f"{day:%Y-%m}",
    "slash_date": lambda day: f"{day.year}/{day.month}/{day.day}",
    "chinese_date": lambda day: f"{day.year}年{day.month}月{day.day}日",
}
"""How a date cell is written for a rule; any other rule gets ISO 8601."""


@dataclass(frozen=True)
class Sheet:
    """Where the table stands in the workbook: sheet by name (the first without one), the header's row counted from 1, the columns
    in order with the rule that reads each, and the columns that hold identifiers."""

    name: str
    header_row: int
    columns: tuple[str, ...]
    forms: Mapping[str, str] = field(default_factory=dict)
    identifiers: frozenset[str] = frozenset()


def sheet_lines(place: Path, sheet: Sheet) -> Iterator[Line]:
    """Every row below the header that is not empty, with the row's number as Excel shows it. Raises Refused, for another header too."""
    try:
        judge(place)
    except Unfit as e:
        raise Refused(str(e)) from None
    with _opened(place) as workbook:
        found = _sheet(workbook, sheet.name)
        if found.start is None:
            raise Refused("工作表是空的")
        first_row, first_column = found.start
        blank = [""] * first_column
        if first_row >= sheet.header_row:
            raise Refused(f"第 {sheet.header_row} 行应是列名，却是空行")
        for number, cells in enumerate(found.iter_rows(), start=1):
            if number >= sheet.header_row:
                line = _line(number, [*blank, *cells] if first_column else list(cells), sheet)
                if number == sheet.header_row:
                    match_header(line[1], sheet.columns)
                elif any(text.strip() for text in line[1]):
                    yield line


def first_rows(place: Path, most: int) -> tuple[str, tuple[str, ...], list[list[str]]]:
    """Of a workbook that nobody described yet: the first sheet's name, all sheets' names, and its first rows as texts, each as
    long as the sheet is wide. Raises Refused."""
    try:
        judge(place)
    except Unfit as e:
        raise Refused(str(e)) from None
    with _opened(place) as workbook:
        names = tuple(workbook.sheet_names)
        found = _sheet(workbook, "")
        if found.start is None:
            return names[0], names, []
        rows = [_plain_cells(cells, found.start[1]) for cells in islice(found.iter_rows(), most)]
        return names[0], names, rows


def _plain_cells(cells: Sequence[object], blank: int) -> list[str]:
    sheet = Sheet("", 0, ())
    return [""] * blank + [_text(cell, "", sheet)[0] for cell in cells]


def _opened(place: Path) -> python_calamine.CalamineWorkbook:
    with _faults_as("文件损坏或不完整，不是可以打开的 xlsx 工作簿"):
        return python_calamine.CalamineWorkbook.from_path(str(place))


def _sheet(workbook: python_calamine.CalamineWorkbook, name: str) -> python_calamine.CalamineSheet:
    if name and name not in workbook.sheet_names:
        raise Refused(f"没有名为“{name}”的工作表")
    with _faults_as("工作表损坏，无法读取"):
        return workbook.get_sheet_by_name(name) if name else workbook.get_sheet_by_index(0)


@contextmanager
def _faults_as(sentence: str) -> Iterator[None]:
    """Whatever stands in the file ends here: the library raises half a dozen classes for it, and panics of its Rust part."""
    try:
        yield
    except BaseException as e:
        if not isinstance(e, Exception) and type(e).__name__ != "PanicException":
            raise
        raise Refused(sentence) from None


def _line(number: int, cells: list[object], sheet: Sheet) -> Line:
    """Empty cells behind the last column are no cells: formatting leaves them there."""
    texts, faults = [], []
    for at, cell in enumerate(cells):
        column = sheet.columns[at] if at < len(sheet.columns) else ""
        text, fault = (str(cell), "") if number == sheet.header_row else _text(cell, column, sheet)
        texts.append(text)
        if fault:
            faults.append((column, fault))
    wanted = len(sheet.columns)
    while len(texts) > wanted and not texts[-1].strip():
        texts.pop()
    texts += [""] * (wanted - len(texts))
    return number, texts, tuple(faults)


def _text(cell: object, column: str, sheet: Sheet) -> tuple[str, str]:
    """The cell as text, and what is wrong with how it is stored."""
    if isinstance(cell, str):
        return cell, ""
    if isinstance(cell, bool):
        return ("true" if cell else "false"), ""
    identifier = column in sheet.identifiers
    if isinstance(cell, int | float):
        if identifier:
            return str(cell), AS_NUMBER
        return _number(cell), NOT_EXACT if abs(cell) >= LARGEST_EXACT else ""
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        return _date(moment, sheet.forms.get(column, "")), AS_NUMBER if identifier else ""
    assert isinstance(cell, time | timedelta)
    return str(cell), NO_TIME


def _number(cell: float) -> str:
    text = format(Decimal(repr(cell)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(moment: datetime, form: str) -> str:
    if form in DATE_TEXTS:
        return DATE_TEXTS[form](moment)
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
