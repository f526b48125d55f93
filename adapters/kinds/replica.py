"""The replica of a department's bulk files: read while the next file is being taken in. It knows no folder and no mapping.

It is a SQLite file of its own, or a schema of its own in the PostgreSQL that many nodes share. Rows of a new file are staged as a new
generation, and become visible in one transaction.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, exc, func, insert, literal, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection, Engine

from adapters.contract import HeldFile
from adapters.kinds import replica_delta, replica_refused
from adapters.kinds import replica_tables as tables
from adapters.kinds.replica_delta import NoBase, Plan
from adapters.kinds.replica_keys import Cells, Keys, key_number, key_numbers, key_text, key_texts
from adapters.kinds.replica_refused import Refusals, RefusedRows
from adapters.kinds.replica_tables import BETWEEN_CELLS, KEY, Edition, Generation, Shape

Row = Mapping[str, str]
BATCH = 500
"""Rows that are written together: so few that they are still in the processor's cache."""
BATCHES_A_TRANSACTION = 100


@dataclass(frozen=True)
class Match:
    """The rows under a key, the edition that they stand in, and what was refused of it under that key."""

    edition: Edition
    rows: tuple[Row, ...] = field(repr=False)
    refusals: Refusals = Refusals()


@dataclass(frozen=True)
class Staged:
    """Rows that nobody sees yet. `repeated` are the lines that were left out since their key came before."""

    generation: int
    rows: int
    repeated: tuple[int, ...] = ()


class Replica:
    """Synchronous; any number of readers, one writer at a time (`collecting`). Any method may raise ReplicaTrouble."""

    def __init__(self, place: Path, url: str = "") -> None:
        """`place` ends in the department's code; with `url` the replica is a schema of that PostgreSQL and no file."""
        self._place, self._url = place, url
        self._schema = tables.schema_of(place.stem) if url else None
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @property
    def address(self) -> tuple[Path, str]:
        """What another process needs to open the same replica."""
        return self._place, self._url

    # --- reading ------------------------------------------------------------------------------------------------------

    def edition(self, file: str) -> Edition | None:
        if not self._is_there():
            return None
        with self._reading() as connection:
            return tables.edition_of(connection, file)

    def find(self, file: str, keys: Mapping[str, str]) -> Match | None:
        """The rows of `file` under all of `keys`, in one reading of one edition; None without a replica that has these keys."""
        if not self._is_there():
            return None
        try:
            return self._found(file, keys)
        except exc.ProgrammingError:
            return self._found(file, keys)  # PostgreSQL: the generation was replaced between two statements

    def _found(self, file: str, keys: Mapping[str, str]) -> Match | None:
        with self._reading() as connection:
            edition = tables.edition_of(connection, file)
            found = self._generation(connection, edition.generation) if edition else None
            if edition is None or found is None or not {*keys} <= {*found.shape.single, *found.shape.several}:
                return None
            is_changed = KEY in found.shape.exact
            own = found.rows.c[f"k{found.shape.single.index(KEY)}"] if is_changed else literal("")
            chosen = select(found.rows.c.body, own).order_by(found.rows.c.id)
            for name, value in keys.items():
                chosen = chosen.where(_under(found, name, key_text(value)))
            columns = found.shape.columns
            rows = [
                (dict(zip(columns, body.split(BETWEEN_CELLS), strict=True)), key)
                for body, key in connection.execute(chosen)
            ]
            # Two keys may share a number: what answers has the very key.
            asked = [(name, key_text(keys[name])) for name in found.shape.single if name in keys]
            same = [(row, key) for row, key in rows if all(key_text(row[name]) == value for name, value in asked)]
            owns = {key for _, key in same} if is_changed else set[str]()
            refused = replica_refused.refusals(connection, edition.generation, keys, owns)
            return Match(edition, tuple(row for row, _ in same), refused)

    def unreadable(self, file: str) -> int:
        """How many refused rows of what stands there have a key that could not be read."""
        if not self._is_there():
            return 0
        with self._reading() as connection:
            edition = tables.edition_of(connection, file)
            return replica_refused.unreadable(connection, edition.generation) if edition else 0

    def was_taken(self, file: str, sha256: str) -> bool:
        """Whether these bytes were taken in once, last night or long ago."""
        with self._reading() as connection:
            return tables.is_there(connection, tables.taken, file=file, sha256=sha256)

    def is_accepted(self, sha256: str) -> bool:
        with self._reading() as connection:
            return tables.is_there(connection, tables.accepted, sha256=sha256)

    # --- taking in ----------------------------------------------------------------------------------------------------

    def stage(
        self,
        file: str,
        columns: tuple[str, ...],
        rows: Iterable[tuple[int, Cells]],
        keys: Keys,
        refused: RefusedRows,
    ) -> Staged:
        """Writes rows (their line, their cells) as a new generation that nobody sees yet. Of rows with the same unique key the first
        is kept. While rows are read, those that are refused may be added to `refused`."""
        shape = Shape(columns, tuple(keys.single), tuple(keys.several), tuple(sorted(keys.exact & {*keys.single})))
        with self._writing() as connection:
            self._forget_others(connection, file)
            number = 1 + int(connection.execute(select(func.max(tables.generation.c.number))).scalar_one() or 0)
            made = tables.generation_of(number, shape, self._schema)
            connection.execute(insert(tables.generation).values(number=number, file=file, shape=shape.written()))
            made.make(connection)
        batches = _batches(rows, BATCH)
        while self._stage_some(made, islice(batches, BATCHES_A_TRANSACTION), keys, refused):
            pass
        with self._writing() as connection, refused.writing(connection, number):
            made.index(connection)
            repeated = _without_repeated(connection, made, keys, refused)
            count = int(connection.execute(select(func.count()).select_from(made.rows)).scalar_one())
        return Staged(number, count, repeated)

    def _stage_some(
        self, made: Generation, batches: Iterator[list[tuple[int, Cells]]], keys: Keys, refused: RefusedRows
    ) -> bool:
        """Each few batches are a transaction: what waits for its place on the disk stays small."""
        single = [(of, key_texts if name in keys.exact else key_numbers) for name, of in keys.single.items()]
        several = tuple(keys.several.values())
        width = len(made.shape.columns)
        went_on = False
        with self._writing() as connection, refused.writing(connection, made.number):
            put_rows = _putting(connection, made.rows)
            put_parts = _putting(connection, made.parts) if made.parts is not None else None
            for batch in batches:
                went_on = True
                lines, rows = zip(*batch, strict=True)
                stored = rows if width == len(rows[0]) else [cells[:width] for cells in rows]
                bodies = [BETWEEN_CELLS.join(cells) for cells in stored]
                columns = [kept(of(rows)) for of, kept in single]
                put_rows(list(zip(lines, bodies, *columns, strict=True)))
                if put_parts is not None:
                    parts = [
                        (at, key_text(value), line)
                        for line, cells in batch
                        for at, of in enumerate(several)
                        for value in of(cells)
                    ]
                    if parts:
                        put_parts(parts)
        return went_on

    def plan(self, file: str, staged: Staged, refused: RefusedRows) -> Plan:
        """What the staged changes will do to the rows that stand there; those that do not fit are added to `refused`. Raises NoBase."""
        with self._writing() as connection, refused.writing(connection, staged.generation):
            base, changes = self._base(connection, file), self._generation(connection, staged.generation)
            assert changes is not None
            return replica_delta.plan(connection, base, changes, refused)

    def merge(self, edition: Edition, taken_at: datetime) -> Edition:
        """From here on the changed rows answer; gives the edition as it stands. One transaction. Raises NoBase."""
        with self._writing() as connection:
            before, base = tables.edition_of(connection, edition.file), self._base(connection, edition.file)
            changes = self._generation(connection, edition.generation)
            assert before is not None and changes is not None
            rows = replica_delta.merge(connection, base, changes)
            replica_refused.merge(connection, base, changes)
            merged = replace(edition, generation=before.generation, rows=rows)
            self._put_edition(connection, merged, taken_at)
            self._forget_others(connection, edition.file)
        return merged

    def _base(self, connection: Connection, file: str) -> Generation:
        edition = tables.edition_of(connection, file)
        found = self._generation(connection, edition.generation) if edition else None
        if found is None:
            raise NoBase
        return found

    def swap(self, edition: Edition, taken_at: datetime) -> None:
        """From here on the staged rows answer and the former ones are gone: one transaction."""
        with self._writing() as connection:
            self._put_edition(connection, edition, taken_at)
            self._forget_others(connection, edition.file)

    def touch(self, edition: Edition, taken_at: datetime) -> None:
        """The rows that stand there were sent again as those of a later day."""
        with self._writing() as connection:
            self._put_edition(connection, edition, taken_at)

    def _put_edition(self, connection: Connection, edition: Edition, taken_at: datetime) -> None:
        values = {
            "file": edition.file,
            "generation": edition.generation,
            "sha256": edition.sha256,
            "produced_on": edition.produced_on.isoformat(),
            "produced_at": edition.produced_at,
            "serial": edition.serial,
            "rows": edition.rows,
            "seen": edition.seen,
            "taken_at": taken_at.isoformat(),
        }
        c = tables.current
        if connection.execute(update(c).where(c.c.file == edition.file).values(values)).rowcount == 0:
            connection.execute(insert(c).values(values))
        tables.put_once(connection, tables.taken, file=edition.file, sha256=edition.sha256)

    def discard(self, file: str) -> None:
        """Staged rows that came to nothing do not lie about."""
        with self._writing() as connection:
            self._forget_others(connection, file)

    # --- files that wait for a person -----------------------------------------------------------------------------------

    def hold(self, file: HeldFile) -> None:
        """From here on it is a question to a person, on every node, until somebody answers it."""
        with self._writing() as connection:
            connection.execute(delete(tables.held).where(tables.held.c.name == file.name))
            values = {"name": file.name, "sha256": file.sha256, "why": file.why, "word": ""}
            connection.execute(insert(tables.held).values(held_at=file.held_at.isoformat(), **values))

    def held(self) -> tuple[HeldFile, ...]:
        """Those that nobody has answered."""
        if not self._is_there():
            return ()
        h = tables.held.c
        with self._reading() as connection:
            rows = connection.execute(select(tables.held).where(h.word == "").order_by(h.held_at, h.name)).all()
        return tuple(HeldFile(row.name, row.sha256, row.why, datetime.fromisoformat(row.held_at)) for row in rows)

    def release(self, name: str, word: str) -> bool:
        """A person's word (ACCEPTED or TURNED_DOWN) of a held file; False where no such file waits for one."""
        h = tables.held
        with self._writing() as connection:
            waits = (h.c.name == name) & (h.c.word == "")
            sha256 = connection.execute(select(h.c.sha256).where(waits)).scalar_one_or_none()
            if sha256 is None:
                return False
            connection.execute(update(h).where(waits).values(word=word))
            if word == tables.ACCEPTED:
                tables.put_once(connection, tables.accepted, sha256=sha256)
        return True

    def words(self) -> Mapping[str, str]:
        """What was said of held files that still lie where they were: name → word."""
        h = tables.held.c
        with self._reading() as connection:
            return {name: word for name, word in connection.execute(select(h.name, h.word).where(h.word != ""))}

    def forget_held(self, name: str) -> None:
        with self._writing() as connection:
            connection.execute(delete(tables.held).where(tables.held.c.name == name))

    def _forget_others(self, connection: Connection, file: str) -> None:
        edition = tables.edition_of(connection, file)
        kept = edition.generation if edition else 0
        g = tables.generation.c
        gone = connection.execute(select(g.number).where(g.file == file, g.number != kept)).scalars().all()
        for number in gone:
            tables.drop_generation(connection, number, self._schema)
        replica_refused.forget(connection, gone)
        connection.execute(delete(tables.generation).where(g.number.in_(gone)))

    # --- the database -------------------------------------------------------------------------------------------------

    @contextmanager
    def collecting(self) -> Iterator[int | None]:
        """None where another process is taking files in already; else the lock, which a process that is started meanwhile may keep
        (-1 where there is nothing to keep)."""
        opened = self._opened()
        if self._url:
            number = tables.lock_number(str(self._schema))
            with tables.translated(), opened.connect() as connection:
                alone = bool(connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one())
                connection.commit()
                try:
                    yield -1 if alone else None
                finally:
                    connection.execute(select(func.pg_advisory_unlock(number)).where(literal(alone)))
                    connection.commit()
            return
        with self._place.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield lock.fileno()

    def _generation(self, connection: Connection, number: int) -> Generation | None:
        g = tables.generation
        shape = connection.execute(select(g.c.shape).where(g.c.number == number)).scalar_one_or_none()
        return tables.generation_of(number, Shape.read(shape), self._schema) if shape is not None else None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with tables.translated(), self._opened().connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with tables.translated(), self._opened().execution_options(writing=True).begin() as connection:
            yield connection

    def _is_there(self) -> bool:
        return bool(self._url) or self._place.exists()

    @tables.translated()
    def _opened(self) -> Engine:
        """With its tables: whoever opens it meanwhile waits until they are there."""
        with self._opening:
            if self._engine is None:
                schema = str(self._schema)
                self._engine = (
                    tables.postgresql_engine(self._url, schema) if self._url else tables.sqlite_engine(self._place)
                )
            return self._engine


def _under(found: Generation, name: str, value: str) -> Any:
    if name in found.shape.single:
        kept: str | int = value if name in found.shape.exact else key_number(value)
        return found.rows.c[f"k{found.shape.single.index(name)}"] == kept
    assert found.parts is not None
    parts = found.parts.c
    at = found.shape.several.index(name)
    return found.rows.c.id.in_(select(parts.row).where(parts.value == value, parts.key == at))


def _putting(connection: Connection, table: Table) -> Callable[[list[tuple[Any, ...]]], object]:
    """Puts one row or more, which have the table's columns in order."""
    if connection.dialect.name == "sqlite":
        # The statement that SQLAlchemy would make, without its work on each row's values.
        statement = str(insert(table).compile(dialect=sqlite.dialect()))
        return lambda rows: connection.exec_driver_sql(statement, rows)
    names = [column.name for column in table.columns]
    return lambda rows: connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _without_repeated(connection: Connection, made: Generation, keys: Keys, refused: RefusedRows) -> tuple[int, ...]:
    """Takes out the rows whose key came before, and gives their lines."""
    if not keys.unique:
        return ()
    rows, kept = made.rows.c, made.rows.c[f"k{made.shape.single.index(keys.unique)}"]
    several = select(kept).group_by(kept).having(func.count() > 1)
    chosen = select(rows.id, rows.body).where(kept.in_(several)).order_by(rows.id)
    known, found = set[str](), list[int]()
    for line, body in connection.execute(chosen):
        cells = body.split(BETWEEN_CELLS)
        key = key_text(keys.single[keys.unique]([cells])[0])
        if key in known:
            found.append(line)
            refused.add(line, cells, [("", "repeated_key")], beside=True)
        known.add(key)
    replica_delta.take_out(connection, made, found)
    return tuple(found)


def _batches(rows: Iterable[tuple[int, Cells]], size: int) -> Iterator[list[tuple[int, Cells]]]:
    walking = iter(rows)
    while batch := list(islice(walking, size)):
        yield batch
