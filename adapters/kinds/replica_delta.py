"""Brings the changes of a delta into the rows of a generation, by their key. It opens no transaction and knows no file.

Of several changes of one key in one delta the last counts. An insert of what is there, and an update or a delete of what is not, is a
fault of the row: a delta was lost, or sent twice in another form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select
from sqlalchemy.engine import Connection

from adapters.kinds.replica_keys import key_digest
from adapters.kinds.replica_refused import RefusedRows, own_keys
from adapters.kinds.replica_tables import BETWEEN_CELLS, CHANGE, KEY, Generation

AT_ONCE = 500


class NoBase(Exception):
    """There are no whole rows that could be changed, or they are kept under other keys."""


@dataclass(frozen=True)
class Plan:
    """What the changes will do; `unfit` are lines of changes that do not fit what is there, and are left out."""

    inserted: int
    updated: int
    deleted: int
    unfit: tuple[int, ...] = ()


def plan(connection: Connection, base: Generation, changes: Generation, refused: RefusedRows) -> Plan:
    """Leaves one change of each key, takes out those that do not fit, and counts the rest."""
    _check(base, changes)
    rows, key, change = changes.rows.c, _key(changes), _column(changes, CHANGE)
    is_there = exists(select(base.rows.c.id).where(_key(base) == key))
    once = select(key).group_by(key).having(func.count() == 1)
    wrong = or_((change == "INSERT") & is_there, (change != "INSERT") & ~is_there)
    unfit = _unfit(connection, base, changes, and_(key.in_(once), wrong), refused)
    last = select(func.max(rows.id)).group_by(key)
    earlier = tuple(connection.execute(select(rows.id).where(rows.id.not_in(last))).scalars())
    take_out(connection, changes, (*unfit, *earlier))
    found: dict[str, int] = {
        word: count for word, count in connection.execute(select(change, func.count()).group_by(change))
    }
    return Plan(found.get("INSERT", 0), found.get("UPDATE", 0), found.get("DELETE", 0), unfit)


def _unfit(
    connection: Connection, base: Generation, changes: Generation, wrong: Any, refused: RefusedRows
) -> tuple[int, ...]:
    """The lines of changes that do not fit. What was refused is known to the department as a row: it may change or delete it."""
    rows, key, change = changes.rows.c, _key(changes), _column(changes, CHANGE)
    known = own_keys(connection, base.number, changes.number)
    before = select(func.min(base.rows.c.body)).where(_key(base) == key).scalar_subquery()
    found = []
    for line, text, word, body, stands in connection.execute(
        select(rows.id, key, change, rows.body, before).where(wrong).order_by(rows.id)
    ):
        if word != "INSERT" and known and key_digest(KEY, text) in known:
            continue
        found.append((line, word != "DELETE" and body != stands, body))
    for line, is_news, body in found:
        if is_news:
            refused.add(line, body.split(BETWEEN_CELLS), [("", "unfit_change")])
    return tuple(line for line, _, _ in found)


def merge(connection: Connection, base: Generation, changes: Generation) -> int:
    """Gives the number of rows that stand there afterwards."""
    _check(base, changes)
    keys = select(_key(changes))
    gone = select(base.rows.c.id).where(_key(base).in_(keys))
    if base.parts is not None:
        connection.execute(delete(base.parts).where(base.parts.c.row.in_(gone)))
    connection.execute(delete(base.rows).where(_key(base).in_(keys)))
    above = int(connection.execute(select(func.max(base.rows.c.id))).scalar_one() or 0)
    stay = _column(changes, CHANGE) != "DELETE"
    named = ["id", "body", *(f"k{at}" for at in range(len(base.shape.single)))]
    taken = [_column(changes, name) for name in base.shape.single]
    new = select(changes.rows.c.id + above, changes.rows.c.body, *taken).where(stay)
    connection.execute(insert(base.rows).from_select(named, new))
    if base.parts is not None and changes.parts is not None:
        kept = select(changes.rows.c.id).where(stay)
        parts = changes.parts.c
        new = select(parts.key, parts.value, parts.row + above).where(parts.row.in_(kept))
        connection.execute(insert(base.parts).from_select(["key", "value", "row"], new))
    return int(connection.execute(select(func.count()).select_from(base.rows)).scalar_one())


def _check(base: Generation, changes: Generation) -> None:
    """Raises NoBase where the whole rows were taken in under other columns or keys than the papers name now."""
    same = (base.shape.columns, base.shape.several) == (changes.shape.columns, changes.shape.several)
    if not same or {*base.shape.single, CHANGE} != {*changes.shape.single} or KEY not in base.shape.single:
        raise NoBase


def _key(made: Generation) -> Any:
    return _column(made, KEY)


def _column(made: Generation, name: str) -> Any:
    return made.rows.c[f"k{made.shape.single.index(name)}"]


def take_out(connection: Connection, made: Generation, lines: Sequence[int]) -> None:
    """Deletes rows and their parts by their lines."""
    for at in range(0, len(lines), AT_ONCE):
        some = lines[at : at + AT_ONCE]
        if made.parts is not None:
            connection.execute(delete(made.parts).where(made.parts.c.row.in_(some)))
        connection.execute(delete(made.rows).where(made.rows.c.id.in_(some)))
