"""The operator's bundle: queue, streams that stand still, departments, log, disk, migrations, accounts. It sees no case's facts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from adapters.connect import Connected
from adapters.contract import Collects
from hub.clock import Clock
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.registry import stamps
from hub.registry.stamps import Waiting
from hub.settings import VERSION
from hub.sharinglog import Admin, SharingLog
from hub.store import migrate, work
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import files
from hub.wiring import standing
from hub.wiring.access import need, operator
from hub.wiring.auditor import log_health
from hub.wiring.listings import AccountRow, HeldRow, KindRow, MissingRow, OverviewView, QueueView, StoreRow
from hub.wiring.people import accounts_of
from hub.wiring.readiness import Missing, Readiness


@dataclass(frozen=True)
class Watched:
    """What the operator's page shows beside the database: this process and what it is connected to."""

    adapters: Mapping[str, Connected]
    readiness: Readiness
    verified_at: Callable[[], datetime | None]
    folder: Path
    node: str
    stamping: bool = False
    """Whether a timestamp authority is set."""


class OperatorBundle:
    def __init__(self, database: Database, log: SharingLog, catalogs: Catalogs, watched: Watched, clock: Clock) -> None:
        self._database, self._log, self._catalogs, self._clock = database, log, catalogs, clock
        self._watched = watched

    def overview(self, p: Principal) -> OverviewView:
        need(p, Role.OPERATOR)
        site, now, watched = self._catalogs.current(), self._clock(), self._watched
        with self._database.read() as session:
            queue, dead = _queue(session), standing.dead_rows(session, site)
            departments = standing.departments(session, site, watched.adapters, now)
            nodes = standing.nodes(session, watched.node, now)
            unstamped = stamps.waiting(session, now) if watched.stamping else Waiting()
            kept = StoreRow("办件库", self._database.stored_bytes(session)), _files(session)
        disk, log = shutil.disk_usage(watched.folder), self._log.health().stored_bytes
        return OverviewView(
            queue=queue,
            dead=dead,
            departments=departments,
            log=log_health(self._log, watched.verified_at()),
            disk_free=disk.free,
            disk_total=disk.total,
            migration=migrate.current(self._database) or "",
            migration_wanted=migrate.head(),
            nodes=nodes,
            stores=(kept[0], StoreRow("共享日志", log), kept[1]),
            missing=tuple(_missing(one) for one in watched.readiness.missing()),
            node=watched.node,
            version=VERSION,
            published=self._catalogs.current_digest(),
            held=_held(watched.adapters),
            stamps=unstamped,
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

    def take_file(self, p: Principal, department: str, name: str) -> None:
        """A held bulk file is taken in at the next round, although it is smaller than usual; the act is in the log. Raises NotThere."""
        self._say(p, department, name, "take_held_file").accept(name)

    def turn_down_file(self, p: Principal, department: str, name: str) -> None:
        """A held bulk file goes back to the department; the act is in the log. Raises NotThere."""
        self._say(p, department, name, "turn_down_held_file").turn_down(name)

    def _say(self, p: Principal, department: str, name: str, act: str) -> Collects:
        """Who takes the word, which is in the log from here on. Raises NotThere for a file that waits for none."""
        need(p, Role.OPERATOR)
        connected = self._watched.adapters.get(department)
        collects = connected.collects if connected is not None else None
        held = {file.name: file for file in collects.held_files()} if collects is not None else {}
        if collects is None or name not in held:
            raise NotThere("没有这个等人核实的文件。请刷新页面。", code="FILE_NOT_HELD")
        self._log.append(Admin(act, f"file:{department}:{held[name].sha256[:16]}", who=operator(p)))
        return collects

    def accounts(self, p: Principal) -> tuple[AccountRow, ...]:
        need(p, Role.OPERATOR)
        with self._database.read() as session:
            return accounts_of(session, self._clock())


def _held(adapters: Mapping[str, Connected]) -> tuple[HeldRow, ...]:
    return tuple(
        HeldRow(code, connected.department.name, file.name, file.why, file.held_at)
        for code, connected in adapters.items()
        if connected.collects is not None
        for file in connected.collects.held_files()
    )


def _missing(one: Missing) -> MissingRow:
    return MissingRow(one.about, standing.MISSING_TITLES.get(one.about, one.about), one.advice)


def _queue(session: Session) -> QueueView:
    whole = work.state_of(session)
    kinds = tuple(
        KindRow(of.kind, standing.kind_title(of.kind), of.ready, of.leased, of.dead, of.oldest_due)
        for of in work.by_kind(session)
    )
    return QueueView(whole.ready, whole.leased, whole.dead, whole.oldest_ready, kinds)


def _files(session: Session) -> StoreRow:
    stored = session.execute(select(func.coalesce(func.sum(files.c.size), 0))).scalar_one()
    return StoreRow("扫描件、答复和证照", int(stored))


def _number(text: str) -> int:
    """Raises NotThere for what is no number, or one beyond every row's."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotThere("没有这一条任务。请刷新页面。", code="WORK_NOT_DEAD")
    return int(text)
