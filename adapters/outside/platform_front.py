"""Tells the provincial platform by rows in its front database (前置库): the same rows as over HTTP, written where the platform fetches them.

It asks the platform nothing: what has a row's identity already lies there is seen by that identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exc, insert, select
from sqlalchemy.engine import Connection

from adapters.contract import Push, Taken, Unusable
from adapters.kinds.frontdb import bound, column_of, refusal, values_for
from adapters.kinds.frontdb_faults import Stop
from adapters.kinds.frontdb_line import Database
from adapters.outside.platform_rows import PlatformRows, row_guid

GUID = "row_guid"
CHECK_SECONDS = 10.0
Row = Mapping[str, object]


class PlatformFront:
    """`Receives`. All rows of a push stand in one transaction; a row that is there already is left as it is."""

    idempotent = True

    def __init__(self, name: str, rows: PlatformRows, database: Database, seconds: float) -> None:
        self._name, self._rows, self._database, self._seconds = name, rows, database, seconds

    async def receive(self, push: Push) -> Taken:
        """Raises PeerUnreachable, PeerRefused."""
        rows = [{**row, GUID: row_guid(push.key, at)} for at, row in enumerate(self._rows.of(push))]
        if not rows:
            return Taken("", None, False)
        try:
            written = await self._database.call(
                lambda connection: self._write(connection, push.table, rows), self._seconds, readonly=False
            )
        except Stop as e:
            raise refusal(self._name, e) from e
        return Taken("", None, again=written == 0)

    def _write(self, connection: Connection, name: str, rows: Sequence[Row]) -> int:
        """How many were not there before. Raises Stop."""
        table = self._database.table(connection, name)
        guid = column_of(table, GUID)
        written = 0
        for row in rows:
            if self._is_there(connection, guid, row):
                continue
            try:
                with connection.begin_nested():
                    connection.execute(insert(table).values(values_for(table, row)))
            except (exc.IntegrityError, exc.DataError) as e:
                if isinstance(e, exc.IntegrityError) and self._is_there(connection, guid, row):
                    continue  # another node was quicker with the same row
                raise Stop(Unusable("", name, "row_refused"), type(e.orig).__name__) from None
            written += 1
        return written

    def _is_there(self, connection: Connection, guid: Any, row: Row) -> bool:
        return connection.execute(select(guid).where(guid == bound(guid, row[GUID]))).first() is not None

    async def check(self) -> list[str]:
        """One sentence for each table or column that is not there."""
        try:
            return await self._database.call(self._faults, CHECK_SECONDS, readonly=True)
        except Stop as e:
            why = getattr(e.outcome, "reason", "")
            return [f"{self._name}: its front database does not answer ({why}); check address, account and network."]

    def _faults(self, connection: Connection) -> list[str]:
        self._database.forget()
        found = []
        for name, columns in self._rows.wanted.items():
            try:
                table = self._database.table(connection, name)
                for column in columns:
                    column_of(table, column)
            except Stop as e:
                place = getattr(e.outcome, "path", name)
                found.append(f"{self._name}: {place} is not in its front database; compare it with the columns' list.")
        return found
