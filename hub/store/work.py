"""The one durable queue: work put in the caller's transaction, claimed with a lease, ended in one transaction. It runs nothing.

A piece of work in a stream is claimable only while no earlier piece of that stream is open; a dead piece stops its stream until a
person retries or skips it. Leases use the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Interval,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from hub import trace
from hub.errors import HubError, NotThere
from hub.store.database import WORK_DUE, Database, Session, due_after, moment_after, remembered
from hub.store.tables import work

READY, DONE, DEAD, SKIPPED = "ready", "done", "dead", "skipped"
OPEN = (READY, DEAD)
TRACE = "_trace"
"""Where the arguments keep the trace of whoever put the work, so that what is done later is found under the same id."""


class GiveUp(HubError):
    """This piece of work cannot succeed by itself: a person must look. Its stream stands still until then."""

    code = "WORK_GIVEN_UP"


class TryLater(HubError):
    """This piece of work could not be done now; it comes again, with a growing pause."""

    code = "WORK_PUT_OFF"


@dataclass(frozen=True)
class Task:
    """Work to be done later. `key` makes it once; `stream` (case × receiver) keeps its order; `args` name rows, never values.

    It is due `after` a while, by the database's clock: one node's wrong clock must not hold it back, nor send it ahead.
    """

    kind: str
    key: str
    args: Mapping[str, str] = field(default_factory=dict)
    stream: str = ""
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Claimed:
    """A task that this owner may work on until its lease ends. `tries` counts how often it was begun, `failures` how often it failed:
    a worker that died under it is no failure of the task."""

    id: int
    kind: str
    key: str
    stream: str
    args: Mapping[str, str]
    tries: int
    trace: str = ""
    """The traceparent of whoever put it; empty where nobody's trace was running."""
    failures: int = 0


def put(session: Session, task: Task, now: datetime) -> bool:
    """Add the task in the caller's transaction. False when its key was there already; then nothing changed."""
    dialect = session.dialect.name
    values = {
        "kind": task.kind,
        "key": task.key,
        "stream": task.stream,
        "args": {**task.args, TRACE: parent} if (parent := trace.traceparent()) else dict(task.args),
        "created_at": now,
        "due": due_after(session, task.after),
    }
    remembered(session)[WORK_DUE] = True
    return session.execute(_put(dialect), values).first() is not None


@cache
def _put(dialect: str) -> ReturningInsert[int]:
    """Made once. On PostgreSQL `due` is a while from its own clock's now."""
    at: BindParameter[datetime] = bindparam("due", type_=work.c.run_at.type)
    after: ColumnElement[datetime] = func.clock_timestamp() + bindparam("due", type_=Interval())
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(work)
    columns: dict[str, BindParameter[object]] = {
        name: bindparam(name) for name in ("kind", "key", "stream", "args", "created_at")
    }
    new = insert.values(**columns, state=READY, run_at=at if dialect == "sqlite" else after)
    made: ReturningInsert[int] = new.on_conflict_do_nothing(index_elements=["key"]).returning(work.c.id)
    return made


def note(session: Session, task: Task, owner: str, now: datetime) -> None:
    """A row that was done as it was written: a word of `owner`'s that others may read and nobody need act upon."""
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(work)
    values = {
        "kind": task.kind,
        "key": task.key,
        "stream": task.stream,
        "args": dict(task.args),
        "state": DONE,
        "owner": owner,
        "run_at": now,
        "created_at": now,
        "done_at": now,
    }
    session.execute(insert.values(values).on_conflict_do_nothing(index_elements=["key"]))


def claim(
    database: Database,
    owner: str,
    limit: int,
    lease: timedelta,
    kinds: Sequence[str] | None = None,
    running: Sequence[int] = (),
) -> list[Claimed]:
    """Up to `limit` due pieces of work, oldest first, leased to `owner`. Not those that it is `running`, however late their leases."""
    with database.write(quiet=True) as session:
        now = database.now(session)
        wanted = {"now": now, "most": limit, "running": list(running), "kinds": list(kinds or ())}
        ids = list(session.execute(_due(kinds is not None), wanted).scalars())
        if not ids:
            return []
        taken = session.execute(_TAKEN, {"ids": ids, "by": owner, "until": now + lease})
        return sorted((_claimed(*row) for row in taken), key=lambda c: c.id)


@cache
def _due(of_kinds: bool) -> Select[int]:
    """What may be claimed, oldest first. Made once: it is asked at every look at the queue."""
    earlier = work.alias("earlier")
    before = and_(earlier.c.stream == work.c.stream, earlier.c.id < work.c.id, earlier.c.state.in_(OPEN))
    now: BindParameter[datetime] = bindparam("now", type_=work.c.run_at.type)
    due = select(work.c.id).where(
        work.c.state == READY,
        work.c.run_at <= now,
        or_(work.c.lease_until.is_(None), work.c.lease_until < now),
        or_(work.c.stream == "", ~exists().where(before)),
        work.c.id.not_in(bindparam("running", expanding=True)),
    )
    if of_kinds:
        due = due.where(work.c.kind.in_(bindparam("kinds", expanding=True)))
    most: BindParameter[int] = bindparam("most")
    return due.order_by(work.c.run_at, work.c.id).limit(most).with_for_update(skip_locked=True)


_FINISHED = (
    update(work)
    .where(
        work.c.id == bindparam("this"),
        work.c.owner == bindparam("by"),
        work.c.state == READY,
        work.c.tries == bindparam("try"),
    )
    .values(state=DONE, done_at=bindparam("now"), lease_until=None, last_error="")
)
_TAKEN = (
    update(work)
    .where(work.c.id.in_(bindparam("ids", expanding=True)))
    .values(owner=bindparam("by"), lease_until=bindparam("until"), tries=work.c.tries + 1)
    .returning(work.c.id, work.c.kind, work.c.key, work.c.stream, work.c.args, work.c.tries, work.c.failures)
)


def _claimed(id: int, kind: str, key: str, stream: str, args: Mapping[str, str], tries: int, failures: int) -> Claimed:
    own = {name: value for name, value in args.items() if name != TRACE}
    return Claimed(id, kind, key, stream, own, tries, args.get(TRACE, ""), failures)


def extend(database: Database, owner: str, ids: Sequence[int], lease: timedelta) -> None:
    """Keep the leases of work that takes long: ahead of the others who wait for a slow disk, or they would run out meanwhile."""
    if not ids:
        return
    with database.write(quiet=True, ahead=True) as session:
        now = database.now(session)
        session.execute(
            update(work)
            .where(work.c.id.in_(ids), work.c.owner == owner, work.c.state == READY)
            .values(lease_until=now + lease)
        )


def give_back(database: Database, owner: str, ids: Sequence[int]) -> None:
    """End the leases of work that `owner` will not do: anybody may take it at once."""
    with database.write(quiet=True) as session:
        session.execute(
            update(work)
            .where(work.c.id.in_(ids), work.c.owner == owner, work.c.state == READY)
            .values(lease_until=None, owner="")
        )


def finish(session: Session, task: Claimed, owner: str, now: datetime) -> bool:
    """End the task in the caller's transaction. False when the lease was lost: the caller must then write nothing."""
    this = {"this": task.id, "by": owner, "try": task.tries, "now": now}
    return session.execute(_FINISHED, this).rowcount == 1


def put_off(session: Session, task: Claimed, owner: str, until: datetime, error: str) -> bool:
    """Try again at `until`; `error` says why, without personal data."""
    statement = (
        update(work)
        .where(work.c.id == task.id, work.c.owner == owner, work.c.state == READY, work.c.tries == task.tries)
        .values(run_at=until, lease_until=None, owner="", last_error=error[:1000], failures=work.c.failures + 1)
    )
    return session.execute(statement).rowcount == 1


def let_go(session: Session, task: Claimed, owner: str, now: datetime, error: str) -> bool:
    """End a task that failed and need not be done any more, since another like it comes soon (a tick)."""
    statement = (
        update(work)
        .where(work.c.id == task.id, work.c.owner == owner, work.c.state == READY, work.c.tries == task.tries)
        .values(state=SKIPPED, done_at=now, lease_until=None, last_error=error[:1000])
    )
    return session.execute(statement).rowcount == 1


def bury(session: Session, task: Claimed, owner: str, now: datetime, error: str) -> bool:
    """Give up until a person looks: the task's stream stands still, visibly."""
    statement = (
        update(work)
        .where(work.c.id == task.id, work.c.owner == owner, work.c.state == READY, work.c.tries == task.tries)
        .values(state=DEAD, lease_until=None, last_error=error[:1000])
    )
    return session.execute(statement).rowcount == 1


def retry(session: Session, task_id: int, now: datetime) -> None:
    """A person sets a dead task going again."""
    _resurrect(session, task_id, state=READY, run_at=moment_after(session, timedelta()), tries=0, failures=0, owner="")


def skip(session: Session, task_id: int, now: datetime, reason: str) -> None:
    """A person lets the stream go on without this task; the reason stays on it."""
    _resurrect(session, task_id, state=SKIPPED, done_at=now, last_error=f"skipped: {reason}"[:1000])


def _resurrect(session: Session, task_id: int, **values: Any) -> None:
    changed = session.execute(update(work).where(work.c.id == task_id, work.c.state == DEAD).values(**values))
    remembered(session)[WORK_DUE] = True
    if changed.rowcount != 1:
        raise NotThere("This piece of work is not standing still; reload the list.", code="WORK_NOT_DEAD")


def cancel(session: Session, key: str, now: datetime) -> bool:
    """Take back a task that has not run (a deadline that no longer matters)."""
    statement = (
        update(work)
        .where(work.c.key == key, work.c.state == READY, work.c.lease_until.is_(None))
        .values(state=SKIPPED, done_at=now)
    )
    remembered(session)[WORK_DUE] = True  # what came after it in its stream
    return session.execute(statement).rowcount == 1


@dataclass(frozen=True)
class QueueState:
    """What the operator sees of the queue."""

    ready: int
    leased: int
    dead: int
    oldest_ready: datetime | None


def state_of(session: Session) -> QueueState:
    def count(*conditions: Any) -> int:
        return int(session.execute(select(func.count()).select_from(work).where(*conditions)).scalar_one())

    oldest = session.execute(
        select(work.c.run_at).where(work.c.state == READY).order_by(work.c.run_at).limit(1)
    ).scalar()
    leased = count(work.c.state == READY, work.c.lease_until.is_not(None))
    return QueueState(count(work.c.state == READY), leased, count(work.c.state == DEAD), oldest)


@dataclass(frozen=True)
class Standing:
    """The open work of one kind. `oldest_due` is since when the one waits that has been due longest, by the database's clock."""

    kind: str
    ready: int
    leased: int
    dead: int
    oldest_due: datetime | None


def by_kind(session: Session) -> tuple[Standing, ...]:
    """Open work, kind by kind."""
    free = work.c.lease_until.is_(None)
    columns = (
        work.c.kind,
        work.c.state,
        free.label("free"),
        func.count().label("n"),
        func.min(work.c.run_at).label("at"),
    )
    rows = session.execute(
        select(*columns).where(work.c.state.in_(OPEN)).group_by(work.c.kind, work.c.state, free)
    ).all()

    def of(kind: str) -> Standing:
        own = [row for row in rows if row.kind == kind]
        ready = [row for row in own if row.state == READY and row.free]
        return Standing(
            kind,
            ready=sum(row.n for row in ready),
            leased=sum(row.n for row in own if row.state == READY and not row.free),
            dead=sum(row.n for row in own if row.state == DEAD),
            oldest_due=min((row.at for row in ready), default=None),
        )

    return tuple(of(kind) for kind in sorted({row.kind for row in rows}))
