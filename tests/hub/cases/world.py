"""A whole hub on one engine, its people, and departments that take what they are given and note it. It holds no test.

The departments with systems are played by `Outside`; those of the inbox are the real inbox.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Table, func, insert, select, update

from adapters.connect import Connected
from adapters.contract import Handover, Message, Push, Stop, Taken, UpstreamResult
from adapters.kinds.inbox import HandlesEitherWay
from adapters.outside.signer import SoftwareSigner
from adapters.simulators import population
from catalog.loading import Loaded
from catalog.publishing import freeze
from catalog.types import Department
from hub.cases.plain import PlainCase
from hub.clock import new_id
from hub.errors import HubError
from hub.identity.principal import HUB, Principal, Role
from hub.jobs import Commit, Handler
from hub.outbox import Outbox
from hub.settings import Settings
from hub.sharinglog import Row, SharingLog
from hub.store import work
from hub.store.catalogs import publish_frozen
from hub.store.database import Database, Session
from hub.store.tables import accounts, form_values, materials
from hub.store.tables import work as work_rows
from hub.wiring import build as building
from hub.wiring import keys
from hub.wiring.build import Hub
from hub.wiring.ceremony import signers
from hub.wiring.ceremony.opening import ceremony
from hub.wiring.errands import Errands
from hub.wiring.reports import Acceptance, Decision
from hub.wiring.scene import Scene
from tests.hub.cases.making import ALL, FIRE, FOOD, HOTEL, HYGIENE, LOADED, MATTER, NOW, POWER, SITE

REGION = "411323"
FROZEN = freeze(LOADED.document)
"""Once for all worlds: ordering and hashing a megabyte takes as long as opening one."""
FIRM = population.FIRMS[0]
PHONE = "13800000000"
NAME = "西峡县示例民宿有限公司"
EVERYTHING = ("hand_over", "hand_over_sheet", "stop", "supply", "push", "sms", "sign", "deliver", "archive")
LEASE = timedelta(seconds=30)
PUBLIC_URL = "https://zwfw.example.gov.cn"
OFFICERS: Mapping[str, str] = {HYGIENE: "health", FIRE: "fire-rescue", POWER: "power-supply"}
"""Items of departments whose people decide in the inbox."""


@dataclass
class Outside:
    """Departments with systems, platform and SMS gateway in one: notes each call with the log's size at that moment."""

    log: SharingLog
    calls: list[tuple[str, str, object, int]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    on_call: Callable[[str], None] = lambda verb: None

    async def hand_over(self, handover: Handover) -> Taken:
        self._note("hand_over", handover.key, handover)
        return Taken(f"WB-{handover.item_no[-2:]}")

    async def stop(self, stop: Stop) -> None:
        self._note("stop", stop.key, stop)

    async def supply(self, result: UpstreamResult) -> None:
        self._note("supply", result.key, result)

    async def receive(self, push: Push) -> Taken:
        self._note("push", push.key, push)
        return Taken("P")

    async def tell(self, message: Message) -> Taken:
        self._note("sms", message.key, message)
        return Taken("S")

    def _note(self, verb: str, key: str, what: object) -> None:
        self.calls.append((verb, key, what, self.log.size()))
        self.on_call(verb)
        if self.fails:
            raise self.fails.pop(0)

    def given(self, verb: str) -> list[object]:
        return [what for kind, _, what, _ in self.calls if kind == verb]


@dataclass
class World:
    hub: Hub
    outside: Outside
    handlers: Mapping[str, Handler]
    clerk: Principal
    second_clerk: Principal
    now: list[datetime]

    # --- people ---------------------------------------------------------------------------------------------------------

    def officer(self, department: str) -> Principal:
        return Principal(HUB, self.clerk.subject, "演示审批乙", department, REGION, frozenset({Role.REVIEWER}))

    def system(self, department: str) -> Principal:
        role = Role.PLATFORM if department == "platform" else Role.DEPARTMENT
        return Principal("peer", department, department, department, REGION, frozenset({role}))

    # --- steps ----------------------------------------------------------------------------------------------------------

    def open(self, key: str = "k1", chosen: tuple[str, ...] = ALL, answers: Mapping[str, str] | None = None) -> str:
        role = next(r for r in MATTER.roles if r.code == "enterprise")
        parties = {"enterprise": {"identifier": FIRM.uscc, "proof": role.proofs[0], "phone": PHONE, "name": NAME}}
        return self.hub.clerk.open_case(self.clerk, MATTER.code, answers or {}, chosen, parties, key)

    def complete(self, case_id: str) -> None:
        """Fill the form and take every material in, as if departments had answered and the clerk had scanned."""
        scene = self.scene(case_id)
        with self.hub.database.write() as session:
            for f in scene.form.fields:
                value = (
                    NAME if f.key == "enterprise.enterprise_name" else PHONE if "phone" in f.key else f"示例{f.title}"
                )
                where = (form_values.c.case_id == case_id, form_values.c.field == f.key)
                session.execute(update(form_values).where(*where).values(value=value, status="manual"))
            there = (materials.c.case_id == case_id, materials.c.status.in_(("missing", "waiting")))
            session.execute(update(materials).where(*there).values(status="uploaded", trust="C"))

    def receive(self, case_id: str) -> None:
        self.hub.clerk.act(self.clerk, case_id, "receive", promise=True)

    def dispatched(self, key: str = "k1", chosen: tuple[str, ...] = ALL, *, handed: bool = True) -> str:
        """A case that was received; with its item cases at their departments unless they are still queued."""
        case_id = self.open(key, chosen)
        self.complete(case_id)
        self.receive(case_id)
        if handed:
            self.run("hand_over")
        return case_id

    def accept(self, case_id: str, *items: str) -> None:
        for code in items:
            own = self.case(case_id).item(code)
            report = Acceptance("accepted", department_no=f"{own.department}-1")
            self.hub.department.acceptance(self.system(own.department), own.item_no, f"accept-{own.item_no}", report)

    def decide(self, case_id: str, *items: str, result: str = "approved", reason: str = "") -> None:
        for code in items:
            own = self.case(case_id).item(code)
            report = Decision(result, reason, "决〔2026〕1号")
            self.hub.department.decision(self.system(own.department), own.item_no, f"decide-{own.item_no}", report)

    def run(self, *kinds: str) -> int:
        """Do all work of these kinds that waits now and what follows at once, as a worker would; gives how many pieces were done."""
        done = 0
        self._time_passes()
        while claimed := work.claim(self.hub.database, "w", 1, LEASE, kinds or EVERYTHING):
            for task in claimed:
                self.do(task)
                done += 1
        return done

    def one(self, *kinds: str) -> bool:
        """Do one piece of work of these kinds, if any waits."""
        self._time_passes()
        claimed = work.claim(self.hub.database, "w", 1, LEASE, kinds)
        for task in claimed:
            self.do(task)
        return bool(claimed)

    def _time_passes(self) -> None:
        """What is due later is due now; what failed is not."""
        waits = (work_rows.c.state == work.READY, work_rows.c.last_error == "")
        with self.hub.database.write() as session:
            session.execute(update(work_rows).where(*waits).values(run_at=self.now[0]))

    def dies(self, *kinds: str) -> None:
        """A worker does one piece of work and dies before it writes what came of it; its lease runs out."""
        for task in work.claim(self.hub.database, "w", 1, LEASE, kinds):
            asyncio.run(answered(self.handlers[task.kind], task))
            with self.hub.database.write() as session:
                work.put_off(session, task, "w", self.now[0], "died")

    def do(self, task: work.Claimed) -> None:
        database = self.hub.database
        try:
            commit = asyncio.run(answered(self.handlers[task.kind], task))
            with database.write() as session:
                assert work.finish(session, task, "w", self.now[0])
                if commit is not None:
                    commit(session, self.now[0])
        except work.GiveUp as e:
            with database.write() as session:
                work.bury(session, task, "w", self.now[0], e.code)
        except HubError as e:
            with database.write() as session:
                work.put_off(session, task, "w", database.now(session) + timedelta(hours=1), e.code)

    def again(self) -> None:
        """Make work that was put off due now."""
        with self.hub.database.write() as session:
            session.execute(update(work_rows).where(work_rows.c.state == work.READY).values(run_at=self.now[0]))

    def everything(self, case_id: str) -> None:
        """The whole way to the archive."""
        self.run()
        self.accept(case_id, *ALL)
        self.decide(case_id, POWER, HYGIENE, FIRE, FOOD)
        self.run()
        self.decide(case_id, HOTEL)
        self.run()

    # --- looking --------------------------------------------------------------------------------------------------------

    def scene(self, case_id: str) -> Scene:
        with self.hub.database.read() as session:
            return self.hub.clerk._desk.scene(session, case_id)

    def case(self, case_id: str) -> PlainCase:
        return self.scene(case_id).case

    def state(self, case_id: str, item: str = "") -> str:
        case = self.case(case_id)
        return (case.item(item).state if item else case.state).value

    def states(self, case_id: str) -> dict[str, str]:
        return {i.item: i.state.value for i in self.case(case_id).items}

    def count(self, table: Table) -> int:
        with self.hub.database.read() as session:
            return int(session.execute(select(func.count()).select_from(table)).scalar_one())

    def keys(self, kind: str, state: str | None = None) -> dict[str, str]:
        """Keys of the work of one kind, with their states."""
        with self.hub.database.read() as session:
            rows = session.execute(select(work_rows.c.key, work_rows.c.state).where(work_rows.c.kind == kind))
            return {r.key: r.state for r in rows if state in (None, r.state)}

    def looks(self, screen: str = "") -> list[Row]:
        found = self.hub.log.search(phase="viewed", limit=500)
        return [r for r in found if not screen or r.record.get("screen") == screen]


async def answered(handler: Handler, task: work.Claimed) -> Commit | None:
    return await handler(task)


def prepare(folder: Path) -> None:
    """Keys of the hub and of the issuing authorities, and `trust` beside them: made once and copied for each world."""
    keys.create(folder)
    made = keys.load(folder)
    signer = SoftwareSigner(made.signing, made.passphrase, lambda use: None)
    settings = Settings(folder=folder.parent, keys=folder)
    signers.init(ceremony(settings, signer, SITE, NOW, {}))


def opened(folder: Path, prepared: Path, database_url: str, loaded: Loaded = LOADED) -> World:
    """A hub in `folder` with a site's catalog. The database has its tables; catalog and accounts are put in here."""
    shutil.copytree(prepared, folder / "keys")
    shutil.copytree(prepared.parent / "trust", folder / "trust")
    now = [NOW]
    settings = Settings(folder=folder, database_url=database_url, worker=False, public_url=PUBLIC_URL)
    database = Database(settings.hub_database)
    with database.write() as session:
        publish_frozen(session, REGION, FROZEN if loaded is LOADED else freeze(loaded.document), "test", NOW)
        people = [_account(session, name) for name in ("clerk-one", "clerk-two")]
    database.close()
    hub = building.build(settings, lambda: now[0])
    outside = Outside(hub.log)
    site = loaded.site.departments
    everyone = {**site, "sms": site["platform"]}
    connected = {code: _connected(known, hub.adapters.get(code), outside) for code, known in everyone.items()}
    desk = hub.clerk._desk
    errands = Errands(
        hub.database,
        desk,
        {**hub.adapters, **connected},
        Outbox(hub.log),
        hub.files,
        bytes(32),
        lambda _: "platform",
        "sms",
    )
    told = {name: getattr(errands, name) for name in ("hand_over", "hand_over_sheet", "stop", "supply", "push", "sms")}
    clerk, second = (
        Principal(HUB, account, "演示窗口甲", "hub", REGION, frozenset({Role.CLERK})) for account in people
    )
    return World(hub, outside, {**hub.handlers, **told}, clerk, second, now)


def _account(session: Session, username: str) -> str:
    """Without the cost of a password: nobody logs in here."""
    account = new_id(NOW)
    values = {"id": account, "region": REGION, "username": username, "password_hash": "-", "name": "演示窗口甲"}
    session.execute(insert(accounts).values(**values, organisation="hub", roles=["clerk"], created_at=NOW))
    return account


def _connected(department: Department, known: Connected | None, outside: Outside) -> Connected:
    """What goes over a wire goes to `outside`; what persons do at an inbox stays theirs."""
    if known is None:
        return Connected(department, handles=outside, receives=outside, tells=outside)
    at_inbox = [item for item in department.handles if department.takes_at_inbox(item)]
    if known.handles is None or len(at_inbox) == len(department.handles):
        return known
    return replace(known, handles=HandlesEitherWay(at_inbox, known.handles, outside))
