"""What a replica keeps of rows that were refused: the digests of their keys, the column and the rule. It keeps no value and judges no row.

So a question about such a row ends in what is wrong with it, and never in "no record" or in the older row that it should have replaced.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from adapters.kinds.replica_keys import Cells, Keys, key_digest, key_text
from adapters.kinds.replica_tables import KEY, Generation
from adapters.kinds.replica_tables import refused as table

AT_ONCE = 500
MOST_WAITING = 5_000
MOST_TOLD = 200
UNREADABLE = ""
"""In place of the digest of a key that could not be read: the row may be anybody's."""


@dataclass(frozen=True)
class Refusal:
    """What was wrong with a row: `column` is "" for the row itself. `said` are its cells in the columns by which a resource chooses among rows.
    `beside`: the row was left out for another of its key, which answers."""

    column: str
    rule: str
    said: Mapping[str, str]
    beside: bool = False


@dataclass(frozen=True)
class Refusals:
    """Rows that were refused: `certain` are under the very keys that were asked for, of `possible` ones a key could not be read."""

    certain: tuple[Refusal, ...] = ()
    possible: tuple[Refusal, ...] = ()


class RefusedRows:
    """Takes down refused rows while a file is staged. It writes with the transaction in which the file is read (`writing`)."""

    def __init__(
        self, columns: Sequence[str], keys: Keys, stands_in: Mapping[str, tuple[str, ...]], told: Sequence[str]
    ):
        """`stands_in` gives the columns of each lookup; `told` are the columns that a resource chooses by."""
        self._at = {name: at for at, name in enumerate(columns)}
        self._keys, self._stands_in, self._told = keys, stands_in, told
        self._waiting: list[dict[str, object]] = []
        self._writing: tuple[Connection, int] | None = None

    @contextmanager
    def writing(self, connection: Connection, generation: int) -> Iterator[None]:
        self._writing = (connection, generation)
        try:
            yield
            self._flush()
        finally:
            self._writing = None

    def add(
        self,
        line: int,
        cells: Cells | None,
        faults: Sequence[tuple[str, str]],
        lost: Collection[str] = (),
        beside: bool = False,
    ) -> None:
        """`faults` are (column, rule), `lost` columns whose cell is not what the department meant; without cells nothing of the row was read."""
        bad = dict(reversed(faults))
        told = [name for name in self._told if cells is not None and name not in bad]
        said = json.dumps({name: cells[self._at[name]] for name in told if cells is not None}, ensure_ascii=False)
        for name, columns in self._stands_in.items():
            own = next((column for column in columns if column in bad), faults[0][0])
            kept = {"line": line, "name": name, "column_name": own, "rule": bad[own], "said": said, "beside": beside}
            self._waiting += [{**kept, "digest": one} for one in self._digests(name, columns, cells, bad, lost)]
        if len(self._waiting) > MOST_WAITING:
            self._flush()

    def _digests(
        self, name: str, columns: tuple[str, ...], cells: Cells | None, bad: Collection[str], lost: Collection[str]
    ) -> set[str]:
        if cells is None or {*lost} & {*columns}:
            return {UNREADABLE}
        several = name in self._keys.several
        texts = self._keys.several[name](cells) if several else self._keys.single[name]([cells])
        found = {key_digest(name, text) for text in texts if key_text(text)}
        is_broken = several and not found and cells[self._at[columns[0]]].strip()
        return found | {UNREADABLE} if is_broken or {*bad} & {*columns} else found

    def _flush(self) -> None:
        assert self._writing is not None
        connection, generation = self._writing
        if self._waiting:
            connection.execute(insert(table), [{**one, "generation": generation} for one in self._waiting])
            self._waiting = []


# --- reading --------------------------------------------------------------------------------------------------------------


def refusals(connection: Connection, number: int, keys: Mapping[str, str], rows: Collection[str]) -> Refusals:
    """Those of a generation under all of `keys`, and under the own keys of `rows` that were found."""
    asked = {name: key_digest(name, value) for name, value in keys.items()}
    certain = [*_under(connection, number, {name: (digest,) for name, digest in asked.items()})]
    owns = tuple(key_digest(KEY, key) for key in rows)
    certain += [one for one in _under(connection, number, {KEY: owns}) if not one.beside] if owns else []
    possible = [*_under(connection, number, {name: (digest, UNREADABLE) for name, digest in asked.items()})]
    return Refusals(tuple(certain), tuple(one for one in possible if one not in certain))


def _under(connection: Connection, number: int, digests: Mapping[str, Sequence[str]]) -> Iterator[Refusal]:
    """The different ones of those that have one of the digests under each name."""
    one = [table.alias(f"r{at}") for at in range(len(digests))]
    first = one[0].c
    chosen = select(first.column_name, first.rule, first.said, first.beside).distinct()
    for this, (name, wanted) in zip(one, digests.items(), strict=True):
        chosen = chosen.where(this.c.generation == number, this.c.name == name, this.c.digest.in_(wanted))
    for other in one[1:]:
        chosen = chosen.where(other.c.line == first.line)
    for row in connection.execute(chosen.order_by(first.column_name, first.rule).limit(MOST_TOLD)):
        yield Refusal(row.column_name, row.rule, json.loads(row.said), bool(row.beside))


def unreadable(connection: Connection, number: int) -> int:
    """How many rows of a generation have a key that could not be read."""
    chosen = select(func.count(table.c.line.distinct())).where(table.c.generation == number, table.c.name != KEY)
    return int(connection.execute(chosen.where(table.c.digest == UNREADABLE)).scalar_one())


def own_keys(connection: Connection, *numbers: int) -> dict[str, int]:
    """The digests of the refused rows' own keys, with the last line of each."""
    r = table.c
    chosen = select(r.digest, func.max(r.line)).where(r.generation.in_(numbers), r.name == KEY, r.digest != UNREADABLE)
    return {digest: line for digest, line in connection.execute(chosen.group_by(r.digest))}


# --- changing -------------------------------------------------------------------------------------------------------------


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(delete(table).where(table.c.generation.in_(numbers)))


def merge(connection: Connection, base: Generation, changes: Generation) -> None:
    """What a delta says anew of a key, whether it could be used or not, takes the place of what was refused before."""
    old, new = own_keys(connection, base.number), own_keys(connection, changes.number)
    used = _last_lines(connection, changes, {*old, *new}) if old or new else {}
    _drop(connection, changes.number, [(digest, line) for digest, line in used.items() if digest in new])
    _drop(connection, base.number, [(digest, None) for digest in old if digest in used or digest in new])
    r = table.c
    above = connection.execute(select(func.max(r.line)).where(r.generation == base.number)).scalar_one() or 0
    moved = update(table).where(r.generation == changes.number)
    connection.execute(moved.values(generation=base.number, line=r.line + above))


def _last_lines(connection: Connection, changes: Generation, wanted: Collection[str]) -> dict[str, int]:
    key = changes.rows.c[f"k{changes.shape.single.index(KEY)}"]
    found: dict[str, int] = {}
    for line, text in connection.execute(select(changes.rows.c.id, key).order_by(changes.rows.c.id)):
        digest = key_digest(KEY, text)
        if digest in wanted:
            found[digest] = line
    return found


def _drop(connection: Connection, number: int, keys: Sequence[tuple[str, int | None]]) -> None:
    """Rows with these own keys, where a line is named only those before it."""
    r = table.c
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        under: list[Any] = [and_(r.digest == one, r.line < line) for one, line in some if line is not None]
        under.append(r.digest.in_([one for one, line in some if line is None]))
        chosen = select(r.line).where(r.generation == number, r.name == KEY, or_(*under))
        lines = connection.execute(chosen).scalars().all()
        for start in range(0, len(lines), AT_ONCE):
            gone = lines[start : start + AT_ONCE]
            connection.execute(delete(table).where(r.generation == number, r.line.in_(gone)))
