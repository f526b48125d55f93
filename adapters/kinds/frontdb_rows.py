"""Writes rows into a table of a front database, each once by a column that tells rows apart. It maps nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, exc, insert, select
from sqlalchemy.engine import Connection

from adapters.contract import Unusable
from adapters.kinds.frontdb import bound, column_of, values_for
from adapters.kinds.frontdb_faults import Stop

Row = Mapping[str, object]


def put_once(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> int:
    """How many were not there before; those that were stay as they are. Raises Stop for a row that the table does not take."""
    column, written = column_of(table, key), 0
    for row in rows:
        if _is_there(connection, column, row[key]):
            continue
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(values_for(table, row)))
        except (exc.IntegrityError, exc.DataError) as e:
            if isinstance(e, exc.IntegrityError) and _is_there(connection, column, row[key]):
                continue  # another node was quicker with the same row
            raise Stop(Unusable("", table.name, "row_refused"), type(e.orig).__name__) from None
        written += 1
    return written


def _is_there(connection: Connection, column: Any, value: object) -> bool:
    return connection.execute(select(column).where(column == bound(column, value))).first() is not None
