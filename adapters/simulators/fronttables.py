"""A department's front database from its own side: makes the tables of its paper, fills, watches and writes them, and may lock them.

It knows no department: what the tables mean is in each one's file. SQLite without write-ahead log, so that a lock keeps readers out
as a department's maintenance does; or PostgreSQL by its URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, delete, func, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import NullType

Row = Mapping[str, object]


class FrontTables:
    """Names are those of the paper, upper case; rows come with upper-case names on both engines."""

    def __init__(self, url: str) -> None:
        plain = url.replace("postgresql://", "postgresql+psycopg://", 1)
        arguments: dict[str, Any] = {"timeout": 5, "check_same_thread": False} if plain.startswith("sqlite") else {}
        self._engine: Engine = create_engine(plain, connect_args=arguments, hide_parameters=True)
        self._tables: dict[str, Table] = {}
        self._held: Connection | None = None

    def make(self, ddl: Path) -> None:
        """The tables of the paper, unless an earlier run made them."""
        plain = re.sub(r"--[^\n]*", "", ddl.read_text(encoding="utf-8"))
        with self._engine.begin() as connection:
            if self._reflected(connection):
                return
            for statement in filter(None, (part.strip() for part in plain.split(";"))):
                connection.exec_driver_sql(statement)
            self._reflected(connection)

    def fill(self, name: str, rows: Sequence[Row]) -> None:
        """The table holds these rows and no others."""
        table = self._tables[name]
        with self._engine.begin() as connection:
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), [self._there(table, row) for row in rows])

    def rows(self, name: str, order: str = "") -> list[dict[str, object]]:
        """All of them, by `order`."""
        table = self._tables[name]
        chosen = select(table).order_by(self._column(table, order)) if order else select(table)
        if self._held is not None:
            found = self._held.execute(chosen).mappings().all()
        else:
            with self._engine.connect() as connection:
                found = connection.execute(chosen).mappings().all()
        return [{column.upper(): value for column, value in row.items()} for row in found]

    def count(self, name: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(self._tables[name])).scalar_one())

    def add(self, name: str, row: Row) -> None:
        table = self._tables[name]
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(self._there(table, row)))

    def change(self, name: str, key: str, value: object, row: Row) -> None:
        table = self._tables[name]
        with self._engine.begin() as connection:
            connection.execute(update(table).where(self._column(table, key) == value).values(self._there(table, row)))

    # --- maintenance ----------------------------------------------------------------------------------------------------

    @property
    def is_held(self) -> bool:
        return self._held is not None

    def hold(self) -> None:
        """Nobody else gets at the tables until `release`."""
        if self._held is not None:
            return
        self._held = self._engine.connect()
        if self._engine.dialect.name == "sqlite":
            self._held.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            names = ", ".join(table.name for table in self._tables.values())
            self._held.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")

    def release(self) -> None:
        if self._held is not None:
            self._held.rollback()
            self._held.close()
            self._held = None

    def close(self) -> None:
        self.release()
        self._engine.dispose()

    # --- names ----------------------------------------------------------------------------------------------------------

    def _reflected(self, connection: Connection) -> bool:
        known = MetaData()
        known.reflect(connection, resolve_fks=False)
        self._tables = {table.name.upper(): table for table in known.tables.values()}
        if connection.dialect.name == "sqlite":  # its declared types say little of what stands there
            for table in self._tables.values():
                for column in table.columns:
                    column.type = NullType()
        return bool(self._tables)

    def _column(self, table: Table, name: str) -> Any:
        return next(column for column in table.columns if column.name.upper() == name)

    def _there(self, table: Table, row: Row) -> dict[str, object]:
        return {self._column(table, name).name: value for name, value in row.items()}
