"""Tells the provincial platform by rows in its front database (前置库): the same rows as over HTTP, written where the platform fetches them.

It asks the platform nothing: what has a row's identity already lies there is seen by that identity.
"""

from __future__ import annotations

from sqlalchemy import Connection as Open

from adapters.connected import Connection, Ports
from adapters.contract import Push, Taken
from adapters.kinds.documents import Documents
from adapters.kinds.frontdb import column_of, refusal
from adapters.kinds.frontdb_faults import Stop
from adapters.kinds.frontdb_line import Database, database_url
from adapters.kinds.frontdb_rows import put_once
from adapters.kinds.load import load_of
from adapters.kinds.settings import Settings
from adapters.outside.platform_rows import PlatformRows, row_guid
from catalog.types import Department

GUID = "row_guid"
CHECK_SECONDS = 10.0


class PlatformFront:
    """`Receives`. All rows of a push stand in one transaction; a row that is there already is left as it is."""

    idempotent = True

    def __init__(self, name: str, rows: PlatformRows, database: Database, seconds: float) -> None:
        self._name, self._rows, self._database, self._seconds = name, rows, database, seconds

    @property
    def database(self) -> Database:
        return self._database

    async def receive(self, push: Push) -> Taken:
        """Raises PeerUnreachable, PeerRefused."""
        rows = [{**row, GUID: row_guid(push.key, at)} for at, row in enumerate(self._rows.of(push))]
        if not rows:
            return Taken("", None, False)
        try:
            written = await self._database.call(
                lambda connection: put_once(connection, self._database.table(connection, push.table), GUID, rows),
                self._seconds,
                readonly=False,
            )
        except Stop as e:
            raise refusal(self._name, e) from e
        return Taken("", None, again=written == 0)

    async def check(self) -> list[str]:
        """One sentence for each table or column that is not there."""
        try:
            return await self._database.call(self._faults, CHECK_SECONDS, readonly=True)
        except Stop as e:
            why = getattr(e.outcome, "reason", "")
            return [f"{self._name}: its front database does not answer ({why}); check address, account and network."]

    def _faults(self, connection: Open) -> list[str]:
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


def front_of(
    department: Department, documents: Documents, connection: Connection, url: str, ports: Ports
) -> PlatformFront:
    """Raises Misconfigured."""
    settings = Settings(department.wire, f"{department.code} [wire]")
    secrets = {key.removeprefix("database_"): value for key, value in connection.secrets.items()}
    load = load_of(settings, department.max_in_flight, before=ports.before)
    database = Database(database_url(url, secrets, department.code), ca=connection.ca, load=load, reached=ports.reached)
    constants = {f"wire.{name}": value for name, value in settings.inner("words").table.items()}
    rows = PlatformRows(settings, documents, constants)
    return PlatformFront(department.name, rows, database, settings.number("handover_timeout_seconds", 15.0))
