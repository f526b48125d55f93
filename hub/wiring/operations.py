"""The operator's bundle: queue, streams that stand still, departments, log, disk, migrations, accounts. It sees no case's facts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from adapters.connect import Connected
from hub.clock import Clock
from hub.errors import BadInput
from hub.identity.principal import Principal, Role
from hub.sharinglog import Admin, SharingLog
from hub.store import migrate, work
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.wiring import standing
from hub.wiring.access import need, operator
from hub.wiring.auditor import log_health
from hub.wiring.listings import AccountRow, OverviewView, QueueView
from hub.wiring.people import accounts_of


class OperatorBundle:
    def __init__(
        self,
        database: Database,
        log: SharingLog,
        catalogs: Catalogs,
        adapters: Mapping[str, Connected],
        folder: Path,
        node: str,
        clock: Clock,
    ) -> None:
        self._database, self._log, self._catalogs, self._adapters = database, log, catalogs, adapters
        self._folder, self._node, self._clock = folder, node, clock

    def overview(self, p: Principal) -> OverviewView:
        need(p, Role.OPERATOR)
        site, now = self._catalogs.current(), self._clock()
        with self._database.read() as session:
            queue, dead = work.state_of(session), standing.dead_rows(session, site)
            departments = standing.departments(session, site, self._adapters, now)
            nodes = standing.nodes(session, self._node, now)
        disk = shutil.disk_usage(self._folder)
        return OverviewView(
            queue=QueueView(queue.ready, queue.leased, queue.dead, queue.oldest_ready),
            dead=dead,
            departments=departments,
            log=log_health(self._log, None),
            disk_free=disk.free,
            disk_total=disk.total,
            migration=migrate.current(self._database) or "",
            migration_wanted=migrate.head(),
            nodes=nodes,
        )

    def retry(self, p: Principal, work_id: str) -> None:
        """Set a piece of work going again; the act is in the log."""
        need(p, Role.OPERATOR)
        self._log.append(Admin("retry_work", f"work:{_number(work_id)}", who=operator(p)))
        with self._database.write() as session:
            work.retry(session, _number(work_id), self._clock())

    def skip(self, p: Principal, work_id: str, reason: str) -> None:
        """Let a stream go on without it. Raises BadInput without a reason."""
        need(p, Role.OPERATOR)
        if not reason.strip():
            raise BadInput("跳过必须写明原因。", {"reason": "请填写原因"}, code="REASON_MISSING")
        self._log.append(
            Admin("skip_work", f"work:{_number(work_id)}", who=operator(p), reason="by_operator", note=reason.strip())
        )
        with self._database.write() as session:
            work.skip(session, _number(work_id), self._clock(), reason.strip())

    def accounts(self, p: Principal) -> tuple[AccountRow, ...]:
        need(p, Role.OPERATOR)
        with self._database.read() as session:
            return accounts_of(session, self._clock())


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as e:
        raise BadInput("任务编号应为数字。", {"id": "数字"}, code="BAD_WORK_ID") from e
