"""Turns a front database into the draft of a department: its tables by a file of DDL, or as they stand in a database that can be reached.

No row is read: what is taken is names, types, keys and remarks. Tables that the hub shall write to are found by a person, not here.
"""

from __future__ import annotations

import re
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_describe import Column, TableWords, ddl_of, tables_of
from adapters.onboarding.places import Asked, Draft, Operation, Place

MOST_TABLES = 200
_PERSON = re.compile(r"身份证|身份号码|证件号|(?i:^(gm)?sf(z|zh|zhm|zhm?)$|^zjhm?$|id_?card|id_?number|idno)")
_FIRM = re.compile(r"信用代码|(?i:^ty(sh)?xydm$|^xydm$|uscc|credit_?code)")
_KINDS = (
    (re.compile(r"timestamp|datetime", re.I), "datetime"),
    (re.compile(r"date", re.I), "date"),
    (re.compile(r"int|serial", re.I), "integer"),
    (re.compile(r"num|dec|float|double|real|money", re.I), "number"),
    (re.compile(r"bool|bit", re.I), "boolean"),
    (re.compile(r"blob|bytea|binary|image|raw", re.I), "binary"),
)


def draft(paper: str) -> Draft:
    """`paper` is a file of DDL or a database URL. Raises Misconfigured with what to do, OSError."""
    name, body = ("tables.sql", ddl_of(paper).encode()) if "://" in paper else _from_file(Path(paper))
    tables = tuple(tables_of(body.decode("utf-8")))
    if not tables:
        raise Misconfigured(
            f"{name} creates no table that can be read; ask the department for its CREATE TABLE statements."
        )
    if len(tables) > MOST_TABLES:
        raise Misconfigured(f"{name} has {len(tables)} tables; cut it to those that a matter needs.")
    return Draft("frontdb", "", {}, {name: body}, tuple(_operation(one) for one in tables))


def _from_file(place: Path) -> tuple[str, bytes]:
    body = place.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return f"{place.stem}.sql", body.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    raise Misconfigured(f"{place.name} is neither UTF-8 nor GB18030; save it as one of them.")


# --- the draft ------------------------------------------------------------------------------------------------------------


def _operation(table: TableWords) -> Operation:
    places = tuple(_place(one) for one in table.columns)
    asked = [one for one in places if one.form] or [one for one in places if one.name == table.key]
    doubt = f"{table.name} is drafted as a table that is read; if the hub writes to it, make it a [handles.<item>] step, or [wire.query_log], [wire.reports]."
    title = re.split(r"[。；;：:]", table.remark)[0] or table.name
    return Operation(
        table.name, title, {"table": table.name}, tuple(Asked(one, "match") for one in asked), places, doubts=(doubt,)
    )


def _place(column: Column) -> Place:
    kind = next((kind for shape, kind in _KINDS if shape.search(column.type)), "text")
    words = (column.remark, column.name)
    form = ""
    if kind == "text" and any(_PERSON.search(one) for one in words):
        form = "id_number"
    elif kind == "text" and any(_FIRM.search(one) for one in words):
        form = "uscc"
    longest = column.longest if kind == "text" else None
    return Place((column.name,), column.remark, kind, form, required=column.required, longest=longest)
