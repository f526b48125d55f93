"""The page of departments: how each stands and has answered, and its check at the word of a person, recorded. It asks nobody about anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from adapters.connect import Connected
from catalog.join import join
from catalog.types import Department, Site
from hub.clock import Clock, local, new_id
from hub.errors import NotThere
from hub.identity.principal import Principal, Role
from hub.settings import Settings
from hub.sharinglog import Admin, SharingLog
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import accounts, department_checks
from hub.wiring import connections, standing
from hub.wiring.access import need, operator
from hub.wiring.checking.department import Ending, endings, examine
from hub.wiring.checking.examined import Examined, examined
from hub.wiring.checking.finding import Finding, State
from hub.wiring.checking.joined import joined
from hub.wiring.department_figures import MOST_RECORDS, figures
from hub.wiring.department_views import CheckRow, ConnectedRow, Figures, FindingRow
from hub.wiring.people import who_answer

CALLS_OF = timedelta(days=1)
MAY = (Role.OPERATOR, Role.CATALOG_MANAGER)


class DepartmentsBundle:
    def __init__(
        self,
        database: Database,
        log: SharingLog,
        catalogs: Catalogs,
        adapters: Mapping[str, Connected],
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database, self._log, self._catalogs = database, log, catalogs
        self._adapters, self._settings, self._clock = adapters, settings, clock

    def overview(self, p: Principal) -> tuple[ConnectedRow, ...]:
        """Every department of the published catalog, those that are down first."""
        need(p, *MAY)
        site, now = self._catalogs.current(), self._clock()
        with self._database.read() as session:
            stand = standing.departments(session, site, self._adapters, now)
            checked = _last_checks(session, self._settings.region)
        rows = [
            ConnectedRow(code, row, self._figures(code, now), checked.get(code))
            for code, row in zip(site.departments, stand, strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: ("down", "slow", "unknown", "up").index(row.standing.state)))

    def _figures(self, code: str, now: datetime) -> Figures:
        """No person's facts are looked at: the records' clear columns alone."""
        return figures(self._log.search(provider=code, since=now - CALLS_OF, limit=MOST_RECORDS))

    async def check(self, p: Principal, code: str) -> None:
        """Look at one department now. The act is in the log before, what was found is kept. Raises NotThere."""
        need(p, *MAY)
        site = await asyncio.to_thread(self._catalogs.current)
        department = site.departments.get(code)
        if department is None:
            raise NotThere("目录中没有这个部门。请刷新页面。", code="DEPARTMENT_NOT_THERE")
        await asyncio.to_thread(self._log.append, Admin("check_department", code, who=operator(p)))
        one, of_catalog = await asyncio.to_thread(self._examined, site, department)
        found, ends = [*of_catalog, *await examine(one)], await endings(one)
        await asyncio.to_thread(self._keep, p, code, found, ends)

    def _examined(self, site: Site, department: Department) -> tuple[Examined, list[Finding]]:
        file, code = self._settings.connections_file, department.code
        with self._database.read() as session:
            people = who_answer(session, code)
        known = connections.read(file).get(code)
        one = examined(site, department, known, self._adapters, file, self._clock, people)
        return one, list(joined(join(site, local(self._clock()).date()), code, self._settings.site))

    def _keep(self, p: Principal, code: str, found: Sequence[Finding], ends: Sequence[Ending]) -> None:
        now = self._clock()
        with self._database.write() as session:
            session.execute(
                insert(department_checks).values(
                    id=new_id(now),
                    region=self._settings.region,
                    department=code,
                    at=now,
                    by=p.subject,
                    state=worst(found).value,
                    findings=[asdict(one) for one in found],
                    ends_on=ends[0].on if ends else None,
                    ending=ends[0].about[:200] if ends else "",
                )
            )


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
            row.name or row.by,
            row.state,
            tuple(FindingRow(**finding) for finding in row.findings),
            row.ends_on,
            row.ending,
        )
        for row in rows
    }
