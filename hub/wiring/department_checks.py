"""Checks of departments: at the word of a person, and each day by the hub itself, so that an end of a certificate is known before it comes.

What was found is kept, the act is in the sharing log before. It asks nobody about anybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, insert, select

from adapters.connect import Connected
from catalog.join import join
from catalog.mismatch import Mismatch
from catalog.types import Department, Site
from hub.clock import Clock, local, new_id
from hub.errors import NotThere
from hub.identity.principal import Principal
from hub.jobs import Commit
from hub.settings import Settings
from hub.sharinglog import Admin, SharingLog
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import accounts, department_checks
from hub.store.work import Claimed
from hub.wiring import connections
from hub.wiring.access import operator
from hub.wiring.checking.department import Ending, endings, examine
from hub.wiring.checking.examined import Examined, examined
from hub.wiring.checking.finding import Finding, State
from hub.wiring.checking.joined import joined
from hub.wiring.department_figures import of_last_day
from hub.wiring.department_views import CheckRow, FindingRow
from hub.wiring.people import who_answer

program_log = structlog.get_logger(__name__)

DAILY = timedelta(days=1)
"""How old a check may be before the hub makes another by itself (proposed)."""
QUIET = timedelta(minutes=30)
"""A hub that has just started has better things to do than to look at every department (proposed)."""
AT_ONCE = 4
BY_ITSELF = "hub"
KEPT = timedelta(days=365)
"""How long a check is kept (proposed); that there was one stays in the sharing log."""


class DepartmentChecks:
    """Looks at departments and keeps what it found."""

    def __init__(
        self,
        database: Database,
        log: SharingLog,
        catalogs: Catalogs,
        adapters: Mapping[str, Connected],
        settings: Settings,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._log, self._catalogs = database, log, catalogs
        self._adapters, self._settings, self._clock = adapters, settings, clock
        self._monotonic, self._started = monotonic, monotonic()

    async def one(self, code: str, p: Principal) -> None:
        """Look at one department now. Raises NotThere, LogUnavailable (then nothing was tried)."""
        site = await asyncio.to_thread(self._catalogs.current)
        if code not in site.departments:
            raise NotThere("目录中没有这个部门。请刷新页面。", code="DEPARTMENT_NOT_THERE")
        await self._look(site, await asyncio.to_thread(self._joined, site), site.departments[code], p)

    async def all(self, p: Principal) -> None:
        """Look at every department of the published catalog now, some side by side."""
        site = await asyncio.to_thread(self._catalogs.current)
        await self._each(site, tuple(site.departments.values()), p)

    async def daily(self, task: Claimed) -> Commit | None:
        """Look at every department that was not looked at for a day. One that cannot be looked at stops no other."""
        if self._monotonic() - self._started < QUIET.total_seconds():
            return None
        site = await asyncio.to_thread(self._catalogs.current)
        await self._each(site, await asyncio.to_thread(self._due, site), None)
        return None

    def last(self, session: Session) -> Mapping[str, CheckRow]:
        """The newest check of each department."""
        return _last_checks(session, self._settings.region)

    def _due(self, site: Site) -> tuple[Department, ...]:
        since = self._clock() - DAILY
        with self._database.read() as session:
            last = self.last(session)
        return tuple(one for code, one in site.departments.items() if code not in last or last[code].at <= since)

    async def _each(self, site: Site, departments: Sequence[Department], p: Principal | None) -> None:
        room, of_catalog = asyncio.Semaphore(AT_ONCE), await asyncio.to_thread(self._joined, site)

        async def look(department: Department) -> None:
            async with room:
                try:
                    await self._look(site, of_catalog, department, p)
                except Exception as e:  # its trouble is no other's; without a record of it the next day tries again
                    program_log.error("department_not_checked", department=department.code, fault=type(e).__name__)

        await asyncio.gather(*map(look, departments))

    async def _look(
        self, site: Site, of_catalog: Sequence[Mismatch], department: Department, p: Principal | None
    ) -> None:
        """The act is in the log before anything is tried."""
        act = Admin("check_department", department.code, who=operator(p) if p else None)
        await asyncio.to_thread(self._log.append, act)
        one = await asyncio.to_thread(self._examined, site, department)
        known = joined(of_catalog, department.code, self._settings.site)
        found, ends = [*known, *await examine(one)], await endings(one)
        await asyncio.to_thread(self._keep, p.subject if p else BY_ITSELF, department.code, found, ends)

    def _joined(self, site: Site) -> Sequence[Mismatch]:
        return join(site, local(self._clock()).date())

    def _examined(self, site: Site, department: Department) -> Examined:
        file, code = self._settings.connections_file, department.code
        with self._database.read() as session:
            people = who_answer(session, code)
        known = connections.read(file).get(code)
        lately = of_last_day(self._log, site, code, self._clock())
        since = lately.since if lately.failing else None
        return examined(site, department, known, self._adapters, file, self._clock, people, since)

    def _keep(self, by: str, code: str, found: Sequence[Finding], ends: Sequence[Ending]) -> None:
        now = self._clock()
        values = {
            "id": new_id(now), "region": self._settings.region, "department": code, "at": now, "by": by,
            "state": worst(found).value, "findings": [asdict(one) for one in found],
            "ends_on": ends[0].on if ends else None, "ending": ends[0].about[:200] if ends else "",
        }  # fmt: skip
        with self._database.write() as session:
            session.execute(insert(department_checks).values(**values))
            c = department_checks.c
            old = (c.region == self._settings.region, c.department == code, c.at < now - KEPT)
            session.execute(delete(department_checks).where(*old))


def worst(found: Sequence[Finding]) -> State:
    """Where something could be tried and was not, the check did not pass; what there is nothing to try of does not count."""
    states: set[State] = {one.state for one in found if one.state is not State.UNTRIED}
    if any(one.state is State.UNTRIED and one.command for one in found):
        states.add(State.UNTRIED)
    return next((state for state in (State.MEND, State.LOOK, State.UNTRIED) if state in states), State.WELL)


def _last_checks(session: Session, region: str) -> Mapping[str, CheckRow]:
    c = department_checks.c
    newest = (
        select(c.department, func.max(c.at).label("at")).where(c.region == region).group_by(c.department).subquery()
    )
    rows = session.execute(
        select(department_checks, accounts.c.name)
        .join(newest, (newest.c.department == c.department) & (newest.c.at == c.at))
        .outerjoin(accounts, accounts.c.id == c.by)
        .where(c.region == region)
    )
    return {
        row.department: CheckRow(
            row.at,
            row.name or ("每日自检" if row.by == BY_ITSELF else row.by),
            row.state,
            tuple(FindingRow(**finding) for finding in row.findings),
            row.ends_on,
            row.ending,
        )
        for row in rows
    }
