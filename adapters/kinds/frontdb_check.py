"""Whether a front database is as its papers say: reachable, its tables and columns there, the keys unique. It reads no row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from sqlalchemy.engine import Connection

from adapters.contract import Unusable
from adapters.kinds.frontdb import FrontAnswers, FrontHandles, column_of
from adapters.kinds.frontdb_faults import Stop as Stopped
from adapters.kinds.frontdb_line import Database, Front
from adapters.kinds.frontdb_reports import FrontReports

SECONDS = 10.0
Wanted = tuple[str, str, tuple[str, ...]]
"""Table, column that must be unique (or ""), columns that must be there."""


def front_check(
    front: Front, answers: FrontAnswers | None, handles: FrontHandles | None, reports: FrontReports | None
) -> Callable[[], Awaitable[list[str]]]:
    """One sentence for each thing that would not work."""
    code, database = front.department.code, front.database

    async def check() -> list[str]:
        wanted = list(_wanted(answers, handles, reports))
        try:
            found = await database.call(lambda c: list(_faults(c, database, wanted)), SECONDS, readonly=True)
        except Stopped as e:
            why = getattr(e.outcome, "reason", "")
            return [f"{code}: its database does not answer ({why}); check address, account and network."]
        return [f"{code}: {fault}" for fault in dict.fromkeys(found)]

    return check


def _wanted(
    answers: FrontAnswers | None, handles: FrontHandles | None, reports: FrontReports | None
) -> Iterator[Wanted]:
    for table, columns in answers.tables() if answers else ():
        yield table, "", columns
    yield from handles.tables() if handles else ()
    if reports:
        yield reports.tables()


def _faults(connection: Connection, database: Database, wanted: list[Wanted]) -> Iterator[str]:
    database.forget()
    for name, key, columns in wanted:
        try:
            table = database.table(connection, name)
        except Stopped:
            yield f"there is no table {name}; compare it with the papers."
            continue
        for column in (*columns, *((key,) if key else ())):
            try:
                column_of(table, column)
            except Stopped as e:
                assert isinstance(e.outcome, Unusable)
                yield f"{e.outcome.path} is not there; compare it with the papers."
        if key and key.upper() not in database.unique_columns(connection, name):
            yield f"{name}.{key} is not unique alone; ask for a unique index, or the same item case may lie there twice."
