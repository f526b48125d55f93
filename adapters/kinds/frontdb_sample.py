"""Lays the sample rows of a department's folder into a database of their own, so that a mapping of tables can be tried without the department.

It has the tables of the department's DDL, and one fictional row where there is a sample. It knows no type: what is tried is the mapping, not the
department's database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, create_engine, insert
from sqlalchemy.types import Text

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_describe import TableWords, tables_of
from catalog.types import Department

ROWS = ".rows.json"
"""`samples/<resource>.rows.json`: `{"table": "T", "rows": [{"COLUMN": "…"}]}`."""


def sampled(folder: Path) -> frozenset[str]:
    """Names of the resources of which rows lie in the folder."""
    return frozenset(place.name.removesuffix(ROWS) for place in folder.glob(f"*{ROWS}"))


def lay_out(department: Department, samples: Path, place: Path) -> str:
    """Makes the SQLite file and gives its URL. Raises Misconfigured for a sample that is none."""
    engine, known = create_engine(f"sqlite:///{place}"), MetaData()
    found = [rows_of(file) for file in sorted(samples.glob(f"*{ROWS}"))]
    columns: dict[str, dict[str, None]] = {}
    keys: dict[str, str] = {}
    for words in _of_ddl(samples.parent):
        columns[words.name] = dict.fromkeys(one.name for one in words.columns)
        keys[words.name] = words.key
    for table, rows in found:
        columns.setdefault(table, {}).update(dict.fromkeys(name for row in rows for name in row))
    log = department.wire.get("query_log")
    if isinstance(log, Mapping) and isinstance(log.get("columns"), Mapping):
        columns.setdefault(str(log["table"]), {}).update(dict.fromkeys(log["columns"]))
    tables = {
        name: Table(name, known, *(Column(one, Text, unique=one == keys.get(name)) for one in names))
        for name, names in columns.items()
    }
    with engine.begin() as connection:
        known.create_all(connection)
        for table, rows in found:
            connection.execute(insert(tables[table]), [dict(row) for row in rows])
    engine.dispose()
    return f"sqlite:///{place}"


def _of_ddl(folder: Path) -> Iterator[TableWords]:
    """The tables that the department's papers create; a paper that cannot be read says nothing here."""
    for paper in sorted(folder.glob("*.sql")):
        with suppress(OSError, UnicodeDecodeError, Misconfigured):
            yield from tables_of(paper.read_text("utf-8"))


def rows_of(file: Path) -> tuple[str, list[Mapping[str, object]]]:
    """The table's name and its rows. Raises Misconfigured for a sample that is none."""
    try:
        tree = json.loads(file.read_text("utf-8"))
        table = str(tree["table"])
        rows: list[Mapping[str, object]] = [dict(row) for row in tree["rows"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise Misconfigured(f'{file.name} is no sample of a table; it is {{"table": "T", "rows": [{{…}}]}}.') from None
    if not rows or not all(rows):
        raise Misconfigured(f"{file.name} has no row with a column; write one fictional row.")
    return table, rows
