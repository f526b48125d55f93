"""Describes a front database that nobody has connected yet: its tables, columns, keys and remarks, by DDL or as they stand there. It keeps no row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData, create_engine, exc
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_line import DRIVERS

_NAME = r'(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[^\s(),;."\[`]+)'
_TABLE = re.compile(
    rf"\bCREATE\s+(?:TEMP\w*\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:{_NAME}\s*\.\s*)*)({_NAME})\s*\(", re.I
)
_REMARK_ON = re.compile(
    rf"\bCOMMENT\s+ON\s+(TABLE|COLUMN)\s+((?:{_NAME}\s*\.\s*)*{_NAME})\s+IS\s+N?'((?:[^']|'')*)'", re.I
)
_COLUMN = re.compile(rf"\s*({_NAME})\s+(\w+(?:\s+(?:varying|precision))?)\s*(?:\(\s*(\d+)[^)]*\))?(.*)", re.I | re.S)
_NO_COLUMN = re.compile(r"\s*(PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FOREIGN|CHECK|FULLTEXT|EXCLUDE|LIKE|PERIOD)\b", re.I)
_KEY = re.compile(rf"\bPRIMARY\s+KEY\s*\(\s*({_NAME})\s*\)", re.I)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    longest: int | None
    required: bool
    remark: str


@dataclass(frozen=True)
class TableWords:
    name: str
    remark: str
    columns: tuple[Column, ...]
    key: str


def ddl_of(address: str) -> str:
    """The tables of a database as DDL, with their remarks. Of the address nothing is kept: it may hold a password. Raises Misconfigured."""
    try:
        url = make_url(address)
        url = url.set(drivername=DRIVERS[url.get_backend_name()])
        engine = create_engine(url, hide_parameters=True)
    except (exc.ArgumentError, KeyError):
        raise Misconfigured(f"That is no database that can be read; {', '.join(DRIVERS)} can.") from None
    known = MetaData()
    try:
        known.reflect(engine, views=True, resolve_fks=False)
    except exc.SQLAlchemyError as e:
        raise Misconfigured(
            f"The database cannot be read ({type(e).__name__}); check address, account and network."
        ) from None
    finally:
        engine.dispose()
    written = []
    for table in known.sorted_tables:
        written.append(f"{str(CreateTable(table)).strip()};")
        remarks = [(table.name, "TABLE", table.comment)]
        remarks += [(f"{table.name}.{one.name}", "COLUMN", one.comment) for one in table.columns]
        written += [
            f"COMMENT ON {what} {at} IS '{said.replace(chr(39), chr(39) * 2)}';" for at, what, said in remarks if said
        ]
    return "\n".join(written) + "\n"


# --- DDL ------------------------------------------------------------------------------------------------------------------


def tables_of(text: str) -> Iterator[TableWords]:
    """Every table that is created. A remark stands in COMMENT, behind `--` on a column's line, or above the table. Raises Misconfigured for
    a text that ends within a table."""
    said = {
        _plain_path(at, 1 if what.upper() == "TABLE" else 2): words.replace("''", "'")
        for what, at, words in _REMARK_ON.findall(text)
    }
    for found in _TABLE.finditer(text):
        name = _plain(found[2])
        inside = _inside(text, found.end())
        if inside is None:
            line = text.count("\n", 0, found.start()) + 1
            raise Misconfigured(
                f"CREATE TABLE {name} (line {line}) is cut off: its bracket is never closed; get the whole statement."
            )
        body, rest = inside
        columns = tuple(_columns(name, body, said))
        key = _KEY.search(body)
        single = [one for one in columns if _is_key(one, body)]
        at = _plain(key[1]) if key else single[0].name if single else columns[0].name if columns else ""
        remark = said.get((name.upper(),), "") or _own_remark(rest) or _above(text[: found.start()])
        if columns:
            yield TableWords(name, remark, columns, at)


def _inside(text: str, at: int) -> tuple[str, str] | None:
    """What stands in the brackets that were opened, and what follows up to the statement's end; None where they are never closed."""
    depth, quote, start = 1, "", at
    while at < len(text) and depth:
        sign = text[at]
        if quote and sign == "\\" and text[at + 1 : at + 2] == quote and text[at + 2 : at + 3].isalnum():
            at += 1  # MySQL's own way to write a quote within a text
        elif quote:
            quote = "" if sign == quote else quote
        elif text.startswith("--", at):
            at = (text.find("\n", at) + 1 or len(text)) - 1
        elif sign in "'\"`":
            quote = sign
        else:
            depth += (sign == "(") - (sign == ")")
        at += 1
    return (text[start : at - 1], text[at:].partition(";")[0]) if not depth else None


def _columns(table: str, body: str, said: dict[tuple[str, ...], str]) -> Iterator[Column]:
    for part, behind in _parts(body):
        found = None if _NO_COLUMN.match(part) else _COLUMN.match(part)
        if found is None:
            continue
        name, rest = _plain(found[1]), found[4]
        remark = said.get((table.upper(), name.upper()), "") or _own_remark(rest) or behind
        required = bool(re.search(r"\bNOT\s+NULL\b|\bPRIMARY\s+KEY\b", rest, re.I))
        yield Column(name, found[2], int(found[3]) if found[3] else None, required, remark)


def _parts(body: str) -> Iterator[tuple[str, str]]:
    """What stands between the outer commas, with the remark behind `--` on the line where it ends."""
    part, remark, depth, quote = "", "", 0, ""
    pieces: list[tuple[str, str]] = []
    for line in body.splitlines():
        code, _, said = line.partition("--") if line.count("'", 0, line.find("--")) % 2 == 0 else (line, "", "")
        fresh = len(pieces)
        for sign in code:
            quote = ("" if sign == quote else quote) if quote else sign if sign in "'\"`" else ""
            depth += 0 if quote else (sign == "(") - (sign == ")")
            if sign == "," and not depth and not quote:
                pieces.append((part, remark))
                part, remark = "", ""
            else:
                part += sign
        part += " "
        if said.strip() and len(pieces) > fresh and not part.strip():
            pieces[-1] = (pieces[-1][0], said.strip())
        elif said.strip() and part.strip():
            remark = said.strip()
    return iter([*pieces, (part, remark)])


def _is_key(column: Column, body: str) -> bool:
    return bool(re.search(rf"(?:^|[,(\s\"`\[]){re.escape(column.name)}[\"`\]]?\s[^,]*\bPRIMARY\s+KEY\b", body, re.I))


def _own_remark(rest: str) -> str:
    found = re.search(r"\bCOMMENT\s*=?\s*'((?:[^']|'')*)'", rest, re.I)
    return found[1].replace("''", "'") if found else ""


def _above(before: str) -> str:
    lines = before.rstrip().splitlines()
    last = lines[-1].strip() if lines else ""
    return last.removeprefix("--").strip() if last.startswith("--") else ""


def _plain(name: str) -> str:
    return name.strip().strip('"`[]')


def _plain_path(path: str, steps_kept: int) -> tuple[str, ...]:
    """Table, or table and column, in capitals; a schema before them is left out."""
    steps = [_plain(one).upper() for one in path.split(".")]
    return tuple(steps[-steps_kept:])
