"""A small matter with departments that answer as told, and a worker of a few lines. It holds no test.

Lease (asked about the enterprise) → deed number → deed → owner → the owner's register entry: each answer makes the next question possible.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from adapters.contract import Found, NotFound, Outcome, Pending, Query, Raw
from catalog.types import (
    Department,
    Exemption,
    FieldDefinition,
    FieldType,
    FormField,
    Grant,
    IssuedBy,
    Item,
    ItemKind,
    Kind,
    Lock,
    Material,
    Matter,
    MatterItem,
    Relation,
    Resource,
    ResourceField,
    ResourceList,
    ResultDefinition,
    Role,
    ShareType,
    Site,
    Source,
)
from hub.prefill import rows
from hub.prefill.byhand import ASK_WIRE, CLOSE_BY_HAND, TO_HAND
from hub.prefill.deferred import ASK_AGAIN
from hub.prefill.driver import ANSWER_LATER, Prefill
from hub.prefill.rounds import ASK
from hub.prefill.rows import QueryRow
from hub.prefill.standing import Desk
from hub.prefill.takeback import TakingBack
from hub.prefill.values import Value
from hub.sharinglog import SharingLog
from hub.store import subjects, work
from hub.store.database import Database
from hub.store.tables import accounts, cases, catalog_versions, form_values, materials, parties
from hub.store.tables import work as work_rows

NOW = datetime(2025, 6, 3, 2, 0, tzinfo=UTC)
"""Long past, so that work put off from here is due by the database's own clock."""

INDEX_KEY = b"i" * 32
REGION = "411323"
USCC = "91411323MA9XXYY116"
REPRESENTATIVE = "411323199001019918"
OWNER = "41132319851212992X"
STRANGER = "411323197803059939"
RAW = Raw(b"{}", "application/json")
CLERK = "clerk-1"

BOUND = ShareType.CONDITIONAL


def definition(name: str, type_: FieldType = FieldType.TEXT, **more: Any) -> FieldDefinition:
    return FieldDefinition(name, name, type_, **more)


def form_field(
    key: str, *sources: Source, lock: Lock = Lock.LOCKED, type_: FieldType = FieldType.TEXT, **more: Any
) -> FormField:
    return FormField(key, definition(key.rpartition(".")[2], type_), key, "", lock=lock, sources=sources, **more)


def resource(code: str, subject: str, *names: str, **more: Any) -> Resource:
    fields = tuple(ResourceField(name, BOUND, {}) for name in names)
    return Resource(code, code.partition(".")[0], code, BOUND, (subject,), fields, timeout_seconds=1.0, **more)


LICENCE = resource("market.licence", "uscc", "enterprise_name", "representative_name", "representative_id")
LEASE = resource("estate.lease", "uscc", "deed_no")
DEED = resource(
    "estate.deed",
    "deed_no",
    "address",
    lists=(
        ResourceList("owners", "权利人", BOUND, {}, (ResourceField("name", BOUND, {}), ResourceField("id", BOUND, {}))),
    ),
)
PERSON = resource("police.person", "id_number", "name", "birth_date")
RESOURCES = (LICENCE, LEASE, DEED, PERSON)

BY_USCC = {"uscc": "enterprise.uscc"}
BY_DEED = {"deed_no": "premises.deed_no"}
BY_OWNER = {"id_number": "owner.id_number"}
BY_REPRESENTATIVE = {"id_number": "representative.id_number"}

FIELDS = (
    form_field("enterprise.uscc", type_=FieldType.USCC),
    form_field("enterprise.name", Source(LICENCE.code, "enterprise_name", BY_USCC)),
    form_field("enterprise.phone", lock=Lock.EDITABLE),
    form_field(
        "representative.id_number", Source(LICENCE.code, "representative_id", BY_USCC), type_=FieldType.ID_NUMBER
    ),
    form_field(
        "representative.name",
        Source(LICENCE.code, "representative_name", BY_USCC),
        Source(PERSON.code, "name", BY_REPRESENTATIVE),
    ),
    form_field("representative.birth_date", Source(PERSON.code, "birth_date", BY_REPRESENTATIVE), type_=FieldType.DATE),
    form_field("premises.deed_no", Source(LEASE.code, "deed_no", BY_USCC), lock=Lock.EDITABLE),
    form_field("premises.address", Source(DEED.code, "address", BY_DEED), lock=Lock.EDITABLE),
    form_field("owner.id_number", Source(DEED.code, "owners[0].id", BY_DEED), type_=FieldType.ID_NUMBER),
    form_field("owner.name", Source(PERSON.code, "name", BY_OWNER)),
)
ROLES = (
    Role("enterprise", "申请企业", "enterprise", "enterprise.uscc"),
    Role(
        "representative",
        "法定代表人",
        "person",
        "representative.id_number",
        relation=Relation("representative.id_number", (LICENCE.code,)),
    ),
    Role("owner", "产权人", "person", "owner.id_number", relation=Relation("owner.id_number", (DEED.code,))),
    Role("premises", "经营场所", "premises", "premises.deed_no"),
)


def material(code: str, exemption: Exemption | None) -> Material:
    given = () if exemption is None else (exemption,)
    return Material(code, code, "法", "原件", "申请人", "清晰", 1, "A4", False, False, "", exemptions=given)


MATERIALS = (
    material("licence-copy", Exemption(LICENCE.code, BY_USCC)),
    material("deed-copy", Exemption(DEED.code, BY_DEED)),
    material("plan", None),
)
ITEM = Item(
    "fire",
    "消防安全检查",
    "fire",
    ItemKind.PERMIT,
    tuple(one.key for one in FIELDS),
    MATERIALS,
    10,
    20,
    ResultDefinition("合格证", IssuedBy.NOBODY),
    legal_bases=("消防法",),
)
MATTER = Matter(
    "guesthouse",
    "我要开民宿",
    REGION,
    "market",
    "enterprise",
    (MatterItem("fire", 1),),
    ROLES,
    fields=FIELDS,
    demands={"fire": ITEM},
)
SITE = Site(
    region=REGION,
    name="示例县",
    platform="",
    dictionary={},
    departments={
        code: Department(code, code, "", Kind.REST, REGION) for code in ("market", "estate", "police", "fire")
    },
    resources={one.code: one for one in RESOURCES},
    items={"fire": ITEM},
    matters={MATTER.code: MATTER},
    grants=tuple(
        Grant(
            f"G-{one.code}",
            one.code,
            MATTER.code,
            "依据",
            "条款",
            (*(f.name for f in one.fields), *(f"{li.name}.{f.name}" for li in one.lists for f in li.fields)),
            date(2027, 12, 31),
            REGION,
        )
        for one in RESOURCES
    ),
    policy={},
    calendar=(),
    notices={},
)

HAPPY: dict[str, Outcome] = {
    LICENCE.code: Found(
        {
            "enterprise_name": "西峡县示例民宿有限公司",
            "representative_name": "测试甲",
            "representative_id": REPRESENTATIVE,
        },
        RAW,
    ),
    LEASE.code: Found({"deed_no": "示例-0001"}, RAW),
    DEED.code: Found({"address": "示例路1号"}, RAW, {"owners": ({"name": "演示乙", "id": OWNER},)}),
    f"{PERSON.code}/{REPRESENTATIVE}": Found({"name": "测试甲", "birth_date": "1990-01-01"}, RAW),
    f"{PERSON.code}/{OWNER}": Found({"name": "演示乙", "birth_date": "1985-12-12"}, RAW),
}


@dataclass
class Departments:
    """All departments behind one adapter: answers by resource, or by resource and subject; notes each question."""

    log: SharingLog
    replies: dict[str, Outcome | Callable[[Query], Any]] = field(default_factory=lambda: dict(HAPPY))
    asked: list[Query] = field(default_factory=list)
    log_sizes: list[int] = field(default_factory=list)
    promised: list[Outcome] = field(default_factory=list)
    tickets: list[tuple[str, str]] = field(default_factory=list)

    async def answer(self, query: Query) -> Outcome:
        self.asked.append(query)
        self.log_sizes.append(self.log.size())
        subject = next(iter(query.subject.values()))
        reply = self.replies.get(
            f"{query.resource.code}/{subject}", self.replies.get(query.resource.code, NotFound(RAW))
        )
        return await reply(query) if callable(reply) else reply

    async def answer_later(self, query: Query, ticket: str) -> Outcome:
        self.tickets.append((query.request_id, ticket))
        return self.promised.pop(0) if self.promised else Pending(ticket, NOW)

    def asked_of(self, resource: Resource) -> list[Query]:
        return [query for query in self.asked if query.resource.code == resource.code]


@dataclass
class World:
    """One case at the counter, with what it needs to be pre-filled."""

    database: Database
    prefill: Prefill
    departments: Departments
    log: SharingLog
    case_id: str = "case-1"
    now: datetime = NOW

    @property
    def back(self) -> TakingBack:
        return TakingBack(self.prefill)

    def open_case(self, *, prove: bool = True) -> None:
        with self.database.write() as session:
            session.execute(
                insert(catalog_versions).values(
                    digest="d", region=REGION, document=b"{}", published_by="-", published_at=NOW
                )
            )
            session.execute(
                insert(accounts).values(
                    id=CLERK,
                    region=REGION,
                    username="clerk",
                    password_hash="-",
                    name="测试员",
                    organisation="window",
                    roles=["clerk"],
                    created_at=NOW,
                )
            )
            session.execute(
                insert(cases).values(
                    id=self.case_id,
                    region=REGION,
                    case_no="XX20261120-0001",
                    matter=MATTER.code,
                    catalog_digest="d",
                    state="checking",
                    channel="window",
                    handler=CLERK,
                    situation={},
                    chosen=["fire"],
                    delivery={},
                    version=1,
                    created_at=NOW,
                )
            )
            known = subjects.know(session, INDEX_KEY, REGION, "enterprise", USCC, "西峡县示例民宿有限公司", NOW)
            session.execute(
                insert(parties).values(
                    case_id=self.case_id,
                    role="enterprise",
                    subject_id=known.id,
                    kind="enterprise",
                    proof="licence_scan" if prove else "",
                    proven_at=NOW if prove else None,
                )
            )

    def start(self) -> None:
        with self.database.write() as session:
            self.prefill.start(session, self.case_id, CLERK, self.now)

    def act(self, do: Callable[..., Any], *args: Any) -> Any:
        """One of `settle`'s acts, in its own write session."""
        with self.database.write() as session:
            return do(session, self.desk(session), *args)

    def desk(self, session: Any) -> Desk:
        return self.prefill.desk(session, self.case_id, CLERK, self.now)

    async def work(self, most: int = 50) -> int:
        """Do all work, also what is due later, each piece as the runner does it; gives how many pieces."""
        for done in range(most):
            with self.database.write() as session:
                session.execute(update(work_rows).where(work_rows.c.state == work.READY).values(run_at=self.now))
            claimed = work.claim(self.database, "node-1", 1, timedelta(seconds=30))
            if not claimed:
                return done
            await self.do(claimed[0])
        raise AssertionError("the work never ends")

    async def do(self, task: work.Claimed, owner: str = "node-1") -> bool:
        handlers = {
            ASK: self.prefill.answer_one,
            ANSWER_LATER: self.prefill.answer_later,
            ASK_AGAIN: self.prefill.ask_again,
            TO_HAND: self.back.to_hand,
            ASK_WIRE: self.back.ask_wire,
            CLOSE_BY_HAND: self.back.close_by_hand,
        }
        commit = await handlers[task.kind](task)
        with self.database.write() as session:
            if work.finish(session, task, owner, self.now):
                commit(session, self.now)
                return True
        return False

    def run(self, what: Any = None) -> None:
        asyncio.run(what or self.work())

    def value(self, key: str) -> Value:
        with self.database.read() as session:
            return rows.read_values(session, self.case_id)[key]

    def query(self, resource: Resource) -> QueryRow:
        [found] = [one for one in self.queries() if one.resource == resource.code]
        return found

    def queries(self) -> list[QueryRow]:
        with self.database.read() as session:
            return rows.read_queries(session, self.case_id)

    def material(self, code: str) -> Any:
        with self.database.read() as session:
            return session.execute(select(materials).where(materials.c.code == code)).one()

    def parties(self) -> dict[str, Any]:
        with self.database.read() as session:
            return {row.role: row for row in session.execute(select(parties))}

    def stored(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            found = session.execute(select(form_values.c.field, form_values.c.status).order_by(form_values.c.field))
            return [(row.field, row.status) for row in found]

    def phases(self) -> list[str]:
        return [str(entry.record["phase"]) for entry in self.log.entries()]


def found(values: dict[str, str], **more: Any) -> Found:
    return replace(Found(values, RAW), **more)
