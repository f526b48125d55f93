"""Whether a front database is as its papers say: reachable, its tables and columns there, the keys unique, and our account's rights.

It reads no row and leaves none: what is tried touches no row and is rolled back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial

from sqlalchemy import false, insert, select, update
from sqlalchemy.engine import Connection

from adapters.contract import Denied, Unusable
from adapters.kinds import proof
from adapters.kinds.compared import Compared
from adapters.kinds.frontdb import FrontAnswers, FrontHandles, Named, column_of
from adapters.kinds.frontdb_describe import tables_of
from adapters.kinds.frontdb_faults import Stop as Stopped
from adapters.kinds.frontdb_line import Database, Front
from adapters.kinds.frontdb_reports import FrontReports
from adapters.kinds.proof import Proof
from catalog.nearest import one_of

SECONDS = 10.0
ACCOUNT = ("user", "password")
Wanted = tuple[str, str, tuple[Named, ...]]
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
            if e.outcome == Denied("credentials_refused"):
                return [proof.wrong(code, ACCOUNT, e.spoken).sentence]
            why = getattr(e.outcome, "reason", "")
            return [f"{code}: its database does not answer ({why}); check address, account and network."]
        return [fault if fault.startswith("[") else f"{code}: {fault}" for fault in dict.fromkeys(found)]

    return check


def _wanted(
    answers: FrontAnswers | None, handles: FrontHandles | None, reports: FrontReports | None
) -> Iterator[Wanted]:
    by_table: dict[str, list[Named]] = {}
    for one in answers.columns() if answers else ():
        by_table.setdefault(one.table, []).append(one)
    yield from ((table, "", tuple(columns)) for table, columns in by_table.items())
    for table, key, names in (*(handles.tables() if handles else ()), *((reports.tables(),) if reports else ())):
        yield table, key, tuple(Named(table, name) for name in (*names, *((key,) if key else ())))


def _faults(connection: Connection, database: Database, wanted: list[Wanted]) -> Iterator[str]:
    database.forget()
    for name, key, columns in wanted:
        try:
            table = database.table(connection, name)
        except Stopped:
            yield f"there is no table {name}; compare it with the papers."
            continue
        there = [column.name for column in table.columns]
        yield from (_lacking(one, there) for one in columns if one.column.upper() not in map(str.upper, there))
        if key and key.upper() not in database.unique_columns(connection, name):
            yield f"{name}.{key} is not unique alone; ask for a unique index, or the same item case may lie there twice."


def _lacking(one: Named, there: Iterable[str]) -> str:
    """With who reads it the line is found where it is written."""
    where = f"{one.where}: " if one.where else ""
    return f"{where}{one.table}.{one.column} is not there; {one_of(one.column, there)}."


def front_compare(front: Front, answers: FrontAnswers | None) -> Callable[[], Awaitable[Compared]]:
    """Every column that is read against the pinned DDL, without the database. Raises Misconfigured for DDL that is cut off."""

    async def compare() -> Compared:
        papers = (front.documents.read(name).decode("utf-8") for name in front.documents.pins if name.endswith(".sql"))
        known = {one.name.upper(): [each.name for each in one.columns] for text in papers for one in tables_of(text)}
        wrong = [
            _lacking(one, known[one.table.upper()])
            for one in (answers.columns() if answers else ())
            if one.table.upper() in known and one.column.upper() not in map(str.upper, known[one.table.upper()])
        ]
        return Compared(tuple(dict.fromkeys(wrong)))

    return compare


# --- our account's rights -------------------------------------------------------------------------------------------------

Right = tuple[str, str, tuple[str, ...]]
"""Table, what is done there (read, add, change), and the columns that are changed."""
_DONE = {"read": "read from", "add": "add rows to", "change": "change rows of"}


def front_proof(
    front: Front, answers: FrontAnswers | None, handles: FrontHandles | None, reports: FrontReports | None
) -> Callable[[], Awaitable[list[Proof]]]:
    """Whether the account is let in and may do with each table what the mapping does with it."""
    code, database = front.department.code, front.database

    async def prove() -> list[Proof]:
        rights = list(dict.fromkeys(_rights(answers, handles, reports)))
        found: list[Proof] = []
        for right in rights:
            try:
                await database.call(partial(_try, database, right), SECONDS, readonly=right[1] == "read")
            except Stopped as e:
                if e.outcome == Denied("credentials_refused"):
                    return [proof.wrong(code, ACCOUNT, e.spoken)]
                if isinstance(e.outcome, Denied):
                    found.append(
                        proof.refused(
                            f"{code}: the account may not {_DONE[right[1]]} {right[0]} ({e.spoken}); ask for that right."
                        )
                    )
                elif not isinstance(e.outcome, Unusable):
                    return found  # nobody answers: the probe says so
        return found or [proof.taken(f"the account may do what the mapping does with {len(rights)} tables")]

    return prove


def _rights(
    answers: FrontAnswers | None, handles: FrontHandles | None, reports: FrontReports | None
) -> Iterator[Right]:
    for table in answers.read_tables() if answers else ():
        yield table, "read", ()
    log = answers.log_table() if answers else ""
    if log:
        yield log, "add", ()
    for table, _, _ in handles.tables() if handles else ():
        yield table, "read", ()
        yield table, "add", ()
    if reports:
        yield reports.tables()[0], "read", ()
        yield reports.tables()[0], "change", reports.marked()


def _try(database: Database, right: Right, connection: Connection) -> None:
    """The statement that needs the right, with a condition that no row fulfils."""
    name, does, columns = right
    table = database.table(connection, name)
    nothing = select(*table.columns).where(false())
    if does == "read":
        connection.execute(nothing)
    elif does == "add":
        connection.execute(insert(table).from_select([one.name for one in table.columns], nothing))
    else:
        same = {column: column_of(table, column.name) for column in (column_of(table, one) for one in columns)}
        connection.execute(update(table).where(false()).values(same))
    connection.rollback()
