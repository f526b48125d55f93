"""Fetches what departments write into their front databases, applies it as a report of theirs, and marks it read afterwards. It opens no database.

A look makes one piece of work for each row that waits, in the order of its item case; applying it and the work of marking it are one
transaction. A crash in between applies nothing twice: a row is a call of its department, taken once. One that cannot be applied stands
on the operator's page until somebody looks, and holds up no other item case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select

from adapters.connect import Connected
from adapters.contract import AdapterError, FetchedReport, Polls, Waiting
from hub.errors import BadInput, HubError, NotThere
from hub.jobs import Commit
from hub.moments import Moment, reached, sending
from hub.store import work
from hub.store.database import Session, by_value
from hub.store.tables import item_cases
from hub.store.tables import work as tasks
from hub.store.work import Claimed, GiveUp, Task, TryLater
from hub.wiring import calls
from hub.wiring.desk import Desk
from hub.wiring.reports import Acceptance, Decision, Reports, SpecialProcedure

T = TypeVar("T")

LOOK = "look_for_reports"
STREAM = "reports:"
MOST_PAGES = 50
"""Rows that nobody can apply stay unread; a look goes on behind them, but not for ever."""


@dataclass(frozen=True)
class Polling:
    desk: Desk
    adapters: Mapping[str, Connected]

    async def poll_reports(self, task: Claimed) -> Commit | None:
        """Have every department looked at that writes its results down, unless a look is under way or waits for a person."""
        known = [code for code, one in self.adapters.items() if one.polls is not None]
        if not known:
            return None

        def commit(session: Session, now: datetime) -> None:
            open_looks = select(tasks.c.stream).where(tasks.c.kind == LOOK, tasks.c.state.in_(work.OPEN))
            busy = set(session.execute(open_looks).scalars())
            for code in known:
                stream = f"{STREAM}look:{code}"
                if stream not in busy:
                    work.put(session, Task(LOOK, f"{LOOK}:{code}:{task.id}", {"department": code}, stream), now)

        return commit

    async def look_for_reports(self, task: Claimed) -> Commit | None:
        """One look at one department. One that does not answer is looked at again, shows on the page, and holds up no other."""
        code = task.args["department"]
        rows = await _waiting(self._polls(code))

        def commit(session: Session, now: datetime) -> None:
            numbers = _own_numbers(session, self.desk.region, code, {row.item_no for row in rows})
            for row in _new(session, code, rows):
                work.put(session, _task(session, code, row, row.item_no in numbers), now)

        return commit if rows else None

    async def take_report(self, task: Claimed) -> Commit | None:
        """Apply one row as a report of its department. Raises TryLater, GiveUp."""
        code, key = task.args["department"], task.args["row"]
        report = await _asked(self._polls(code).fetch(key))
        if report is None:
            return None  # marked by somebody, or taken back by the department
        reached(Moment.REPORT_FETCHED)

        def commit(session: Session, now: datetime) -> None:
            try:
                self._take(session, code, report, now)
            except HubError as e:
                if isinstance(e, BadInput | NotThere) or e.code == "KEY_REUSED":
                    raise GiveUp(f"REPORT_UNUSABLE: {e.code}: {e}", code="REPORT_UNUSABLE") from e
                raise
            # In a stream of its own: a later row that stands still must not keep this one unread.
            digest = _digest(code, key)
            read = Task("report_read", f"report_read:{digest}:{task.id}", task.args, f"{STREAM}!{digest}:{code}")
            work.put(session, read, now)

        return commit

    async def report_read(self, task: Claimed) -> Commit | None:
        """Tell the department that its row was taken. Raises TryLater, GiveUp."""
        with sending(Moment.REPORT_MARKED):
            await _asked(self._polls(task.args["department"]).mark_read(task.args["row"]))
        return None

    def _polls(self, code: str) -> Polls:
        connected = self.adapters.get(code)
        if connected is None or connected.polls is None:
            raise GiveUp(f"No connection is set up for {code}; see `yijian doctor`.", code="NO_CONNECTION")
        return connected.polls

    def _take(self, session: Session, code: str, report: FetchedReport, now: datetime) -> None:
        """Known by (department, its key for the row), as a call through the API is known by its key."""
        call = calls.Call(code, f"row:{_digest(code, report.key)}", calls.digest_of(report.item_no, report))
        if calls.begin(session, call, now) is None:
            _apply(Reports(self.desk), session, code, report, now)
            calls.remember(session, call, {"item_no": report.item_no})


def _apply(reports: Reports, session: Session, code: str, said: FetchedReport, now: datetime) -> None:
    no, word = said.item_no, said.step
    if word in ("accept", "refuse", "correction"):
        result = {"accept": "accepted", "refuse": "refused", "correction": "correction"}[word]
        reports.acceptance(
            session, code, no, Acceptance(result, said.reason, said.department_no, said.defects), code, now
        )
    elif word in ("approve", "deny"):
        result = "approved" if word == "approve" else "denied"
        reports.decision(session, code, no, Decision(result, said.reason, said.decision_no, said.results), code, now)
    elif word in ("suspend", "resume"):
        begins = SpecialProcedure("start", said.special_kind or "2", said.special_name, said.reason)
        reports.special_procedure(
            session, code, no, begins if word == "suspend" else SpecialProcedure("end"), code, now
        )
    else:
        reports.pre_review(session, code, no, code, now)


async def _waiting(polls: Polls) -> tuple[Waiting, ...]:
    """Raises TryLater, GiveUp."""
    found: list[Waiting] = []
    for _ in range(MOST_PAGES):
        page = await _asked(polls.unread(len(found)))
        found += page
        if len(page) < polls.page:
            break
    return tuple(found)


def _own_numbers(session: Session, region: str, department: str, numbers: set[str]) -> set[str]:
    """Which of these are item cases of that department: a number of nobody's may say anything, and names no stream."""
    c = item_cases.c
    own = select(c.item_no).where(c.item_no.in_(numbers), by_value(c.department) == department, c.region == region)
    return {str(no) for no in session.execute(own).scalars()}


def _new(session: Session, code: str, rows: tuple[Waiting, ...]) -> list[Waiting]:
    """Without what is under way already, stands still, or was skipped by a person."""
    c = tasks.c
    of_it = c.stream.startswith(STREAM, autoescape=True) & c.stream.endswith(f":{code}", autoescape=True)
    known = session.execute(
        select(c.key).where(of_it, c.kind != LOOK, c.state.in_((*work.OPEN, work.SKIPPED)))
    ).scalars()
    held = {key.split(":")[1] for key in known}
    return [row for row in rows if _digest(code, row.key) not in held]


def _task(session: Session, code: str, row: Waiting, is_own: bool) -> Task:
    """In order within an item case; a row about none is alone in its stream. A row that says "not read" once more is taken once more."""
    digest = _digest(code, row.key)
    begins = f"take_report:{digest}:"
    before = select(func.count()).select_from(tasks).where(tasks.c.key.startswith(begins, autoescape=True))
    about = row.item_no if is_own else f"?{digest}"
    args = {"department": code, "row": row.key, **({"item_no": row.item_no} if is_own else {})}
    key = f"{begins}{session.execute(before).scalar_one()}"
    return Task("take_report", key, args, f"{STREAM}{about}:{code}")


def _digest(code: str, key: str) -> str:
    """The department's key may be long, or be what it should not be: in keys of ours stands its digest."""
    return hashlib.sha256(f"{code}\n{key}".encode()).hexdigest()[:32]


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except AdapterError as e:
        raise (TryLater if e.retryable else GiveUp)(f"{e.code}: {e}") from e
