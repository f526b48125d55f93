"""Plays the rows of a front database from a file of their own: the whole kind, its statements and its log of questions, and nobody's database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, MetaData, Table, create_engine, insert
from sqlalchemy.types import UserDefinedType

from adapters.connect import connect
from adapters.connected import Connection, Ports
from adapters.contract import Query
from adapters.kinds.frontdb import FrontAnswers
from adapters.kinds.noticing import noticing
from adapters.proving.sampling import Folder, Tried


class _Whatever(UserDefinedType[Any]):
    """A column without a type: what is put in comes out."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return ""


async def of_table(folder: Folder, query: Query, rows: Sequence[Mapping[str, Any]], clock: datetime) -> Tried:
    """Raises Misconfigured."""
    # A schema is a matter of the department's server, and reports are none of a question.
    wire = {key: value for key, value in folder.department.wire.items() if key not in ("reports", "schema")}
    department = replace(folder.department, wire=wire, handles={})
    asked = [one for one in folder.resources.values() if not one.way]
    with tempfile.TemporaryDirectory(prefix="yijian-replay-") as place:
        file = Path(place) / "front.sqlite"
        line = connect(
            department,
            asked,
            Connection(f"sqlite:///{file}"),
            Ports(clock=lambda: clock),
        )
        try:
            assert isinstance(line.answers, FrontAnswers)
            _make(file, line.answers, (str(query.resource.wire["table"]), _log_of(folder)), rows)
            with noticing() as looked:
                outcome = await line.answers.answer(query)
        finally:
            await line.close()
    return Tried(outcome, tuple(looked))


def _make(file: Path, answers: FrontAnswers, names: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """The tables that the mapping names, with columns without types, and the rows in the one that is read."""
    read, log = names
    engine, metadata = create_engine("sqlite://"), MetaData()
    wanted: dict[str, list[str]] = {read: [key for row in rows for key in row]}
    for needed in answers.columns():
        if needed.table in (read, log):
            wanted.setdefault(needed.table, []).append(needed.column)
    known: dict[str, Table] = {}
    for name, columns in wanted.items():
        known[name] = Table(name, metadata, *(Column(column, _Whatever()) for column in _once(columns)))
    first = known[read]
    with engine.connect() as connection:
        metadata.create_all(connection)
        for row in rows:
            named = {column.name.upper(): column.name for column in first.columns}
            connection.execute(insert(first).values({named[key.upper()]: value for key, value in row.items()}))
        # Made in memory and written at once: each table that is made in a file costs the disk a flush.
        connection.commit()
        made: Any = connection.connection.driver_connection
        file.write_bytes(made.serialize())
    engine.dispose()


def _log_of(folder: Folder) -> str:
    log = folder.department.wire.get("query_log")
    return str(log.get("table", "")) if isinstance(log, Mapping) else ""


def _once(names: Iterable[str]) -> list[str]:
    """Each name once, whatever its case."""
    return list({name.upper(): name for name in names}.values())
