"""The page of departments: how each stands and has answered, and its check at the word of a person, recorded. It asks nobody about anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from adapters.connect import Connected
from catalog.types import Department, Site
from hub.clock import Clock, new_id
from hub.errors import NotThere
from hub.identity.principal import Principal, Role
from hub.settings import Settings
from hub.sharinglog import Admin, SharingLog
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import accounts, department_checks, queries
from hub.wiring import connections, standing
from hub.wiring.access import need, operator
from hub.wiring.checking.department import Ending, Examined, endings, examine, examined
from hub.wiring.checking.finding import Finding, State
from hub.wiring.department_views import CheckRow, ConnectedRow, Figures, FindingRow

CALLS_OF = timedelta(days=1)
MOST_CALLS = 500
"""Of one department, the newest."""
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
                ConnectedRow(code, row, figures(session, code, now), checked.get(code))
                for code, row in zip(site.departments, stand, strict=True)
            ]
        return tuple(sorted(rows, key=lambda row: ("down", "slow", "unknown", "up").index(row.standing.state)))

    async def check(self, p: Principal, code: str) -> None:
        """Look at one department now. The act is in the log before, what was found is kept. Raises NotThere."""
        need(p, *MAY)
        site = await asyncio.to_thread(self._catalogs.current)
        department = site.departments.get(code)
        if department is None:
            raise NotThere("目录中没有这个部门。请刷新页面。", code="DEPARTMENT_NOT_THERE")
        await asyncio.to_thread(self._log.append, Admin("check_department", code, who=operator(p)))
        one = await asyncio.to_thread(self._examined, site, department)
        found, ends = await examine(one), await endings(one)
        await asyncio.to_thread(self._keep, p, code, found, ends)

    def _examined(self, site: Site, department: Department) -> Examined:
        file = self._settings.connections_file
        return examined(
            site, department, connections.read(file).get(department.code), self._adapters, file, self._clock
        )

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
    states = {one.state for one in found}
    return next((state for state in (State.MEND, State.LOOK) if state in states), State.WELL)


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


# --- how it has answered ----------------------------------------------------------------------------------------------------


def figures(session: Session, code: str, now: datetime) -> Figures:
    """Of what the hub itself asked in the last day; what a person answers is not among it."""
    c = queries.c
    rows = session.execute(
        select(c.asked_at, c.answered_at, c.outcome)
        .where(
            c.resource.like(f"{code}.%"),
            c.answered_at > now - CALLS_OF,
            c.outcome.not_in(("", "pending", "denied")),
            c.later.is_(None),
        )
        .order_by(c.answered_at.desc(), c.id.desc())
        .limit(MOST_CALLS)
    ).all()
    calls = [(row.answered_at, row.outcome not in ("unavailable", "unusable")) for row in rows]
    took = sorted(
        round((row.answered_at - row.asked_at).total_seconds() * 1000)
        for row in rows
        if row.asked_at is not None and row.outcome != "unavailable"
    )
    since, at_least = _since(calls)
    return Figures(
        len(calls),
        sum(not good for _, good in calls),
        took[len(took) // 2] if took else None,
        took[min(len(took) - 1, len(took) * 95 // 100)] if took else None,
        since,
        at_least,
    )


def _since(calls: Sequence[tuple[datetime, bool]]) -> tuple[datetime | None, bool]:
    """From when on the newest calls went alike; and whether it may have been longer."""
    if not calls:
        return None, False
    alike = 1
    while alike < len(calls) and calls[alike][1] == calls[0][1]:
        alike += 1
    return calls[alike - 1][0], alike == len(calls)
