"""Writes filled rows as the bytes of a file for a department: separated, fixed width, JSON lines or XML. It fills no template and opens no file.

What a format cannot hold is an `Unfillable` that names the column, never a row that is shifted, cut or unreadable there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds import xmltext
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Unfillable
from adapters.kinds.writings import word
from catalog.nearest import one_of

FORMATS: Mapping[str, frozenset[str]] = {
    "csv": frozenset(("delimiter", "quote", "header")),
    "tsv": frozenset(("quote", "header")),
    "fixed": frozenset(("widths", "header")),
    "jsonl": frozenset(),
    "xml": frozenset(("root", "record")),
}
"""Each format of a file that goes out, and the keys that belong to it."""
END = "\r\n"

Row = Mapping[str, object]


@dataclass(frozen=True)
class Body:
    """How the rows of one kind of file are written."""

    encoding: str
    write: Callable[[Sequence[Row]], bytes]

    def of(self, rows: Sequence[Row]) -> bytes:
        """Raises Unfillable."""
        try:
            return self.write(rows)
        except UnicodeEncodeError:
            raise Unfillable("", f"encoding:{self.encoding}") from None
        except csv.Error:
            raise Unfillable("", "delimiter") from None


def body_of(settings: Settings, columns: Sequence[str], encoding: str) -> Body:
    """Raises Misconfigured."""
    form = settings.text("format", "csv")
    if form not in FORMATS:
        raise Misconfigured(f"{settings.where}: format = {form!r} is not written here; {one_of(form, FORMATS)}.")
    strange = {key for keys in FORMATS.values() for key in keys} & set(settings.table) - FORMATS[form]
    if strange:
        raise Misconfigured(f"{settings.where}: {', '.join(sorted(strange))} does not belong to format = {form!r}.")
    if form == "fixed":
        return Body(encoding, _fixed(settings, columns, encoding))
    if form == "jsonl":
        return Body(encoding, lambda rows: "".join(_line_of_json(row) for row in rows).encode(encoding))
    if form == "xml":
        return Body(encoding, _xml(settings, columns, encoding))
    return Body(encoding, _separated(settings, columns, encoding, form))


def _separated(
    settings: Settings, columns: Sequence[str], encoding: str, form: str
) -> Callable[[Sequence[Row]], bytes]:
    delimiter, quote = settings.text("delimiter", "\t" if form == "tsv" else ","), settings.text("quote", '"')
    header = settings.flag("header", True)
    if len(delimiter) != 1 or len(quote) > 1 or delimiter in '\r\n"':
        raise Misconfigured(f'{settings.where}: delimiter is one character, quote one or "".')

    def write(rows: Sequence[Row]) -> bytes:
        text = io.StringIO(newline="")
        # Where nothing is quoted csv would want to escape; such cells are refused before.
        writer = csv.writer(
            text,
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            lineterminator=END,
        )
        if header:
            writer.writerow(columns)
        for row in rows:
            cells = [_cell(name, row.get(name)) for name in columns]
            if not quote:
                _refuse(columns, cells, delimiter + "\r\n")
            writer.writerow(cells)
        return text.getvalue().encode(encoding)

    return write


def _fixed(settings: Settings, columns: Sequence[str], encoding: str) -> Callable[[Sequence[Row]], bytes]:
    said = settings.table.get("widths")
    widths = tuple(said) if isinstance(said, list | tuple) else ()
    if len(widths) != len(columns) or not all(isinstance(one, int) and one > 0 for one in widths):
        raise Misconfigured(f"{settings.where}: widths must give the bytes of each of the {len(columns)} columns.")
    header = settings.flag("header", False)

    def line(cells: Sequence[str]) -> bytes:
        _refuse(columns, cells, "\r\n")
        found = [cell.encode(encoding) for cell in cells]
        for name, cell, width in zip(columns, found, widths, strict=True):
            if len(cell) > width:
                raise Unfillable(name, f"longer_than_{width}_bytes")
        padded = [cell.ljust(width) for cell, width in zip(found, widths, strict=True)]
        return b"".join(padded) + END.encode()

    def write(rows: Sequence[Row]) -> bytes:
        lines = [line(list(columns))] if header else []
        return b"".join([*lines, *(line([_cell(name, row.get(name)) for name in columns]) for row in rows)])

    return write


def _xml(settings: Settings, columns: Sequence[str], encoding: str) -> Callable[[Sequence[Row]], bytes]:
    root, record = settings.text("root"), settings.text("record")
    xmltext.check_body({root: {record: dict.fromkeys(columns, "")}}, settings.where)
    return lambda rows: xmltext.written({root: {record: [dict(row) for row in rows]}}, encoding)


def _line_of_json(row: Row) -> str:
    plain = {name: value for name, value in row.items() if value is not None}
    return json.dumps(plain, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        raise Unfillable("", "single_value")
    return word(value)


def _cell(name: str, value: object) -> str:
    if isinstance(value, Mapping | list | bytes):
        raise Unfillable(name, "single_value")
    return "" if value is None else word(value)


def _refuse(columns: Sequence[str], cells: Sequence[str], signs: str) -> None:
    for name, cell in zip(columns, cells, strict=True):
        if any(sign in cell for sign in signs):
            raise Unfillable(name, "delimiter")
