"""The worker's errands for items that are asked: what an answer means for its item, and gathering a print-out's document. Nothing is signed.

Questions go through pre-fill and the exchange like all others. A document is split at its durable moments: the answer is recorded and the
file on disk (pre-fill), then judged with no transaction open, then entered in the registry in one transaction with the case's step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import anyio.to_thread
from sqlalchemy import Row, select, update

from catalog.types import Item
from certificates.certificate import CITIZEN_ID, CREDIT_CODE, Holder, IssuingAuthority
from certificates.errors import TrustUnreadable
from certificates.status import VALID
from certificates.trust import read_trust
from hub.cases import asked as steps
from hub.cases.gathering import Expected, RefusedDocument
from hub.cases.load import state_of
from hub.cases.plain import PlainItem
from hub.cases.states import ItemState
from hub.clock import Clock, local
from hub.jobs import OUTAGE_TRIES, Commit, pause_after
from hub.prefill import asked, rounds, rows
from hub.prefill.driver import Prefill
from hub.prefill.rows import ANSWERED, QueryRow
from hub.store import files as file_rows
from hub.store import subjects, work
from hub.store.database import Database, Session
from hub.store.tables import evidence, item_cases, queries
from hub.store.work import Claimed, GiveUp, Task, TryLater
from hub.wiring import look_ups, reasons
from hub.wiring.desk import Desk, applicant_identifier, applicant_name
from hub.wiring.handed_over import Answer, judged
from hub.wiring.scene import Scene
from hub.wiring.taking_in import By, ImportConflict, Taken, TakingIn, Told

NOT_YET = ("not_found", "unavailable")
"""Outcomes after which a document is asked for again by itself: it may only not be there yet."""

SHORTEST_PAUSE = timedelta(seconds=5)


def follow(session: Session, desk: Desk, case_id: str, now: datetime) -> None:
    """After a question was answered or settled: answer the look-ups that waited for it, and have a print-out's document judged.

    In the caller's transaction, which wrote what the question came to."""
    if state_of(session, case_id, desk.region) not in look_ups.UNDER_WAY:
        return  # of most answers nothing follows: the form is still being made
    scene = desk.scene(session, case_id, lock=True)
    if scene.case.state not in look_ups.UNDER_WAY or not scene.terms.look_ups | scene.terms.print_outs:
        return
    step = steps.answered(scene.case, scene.terms, look_ups.answers_of(session, scene))
    if step is not None:
        desk.do(session, scene, step, "hub", now)
    found = look_ups.questions_of(session, scene)
    for own in scene.case.items:
        query = found.get(own.item)
        if own.state == ItemState.GATHERING and query is not None and (query.state == ANSWERED or query.settled):
            work.put(session, _judge_task(scene, own, query), now)


def _judge_task(scene: Scene, own: PlainItem, query: QueryRow) -> Task:
    mark = "settled" if query.settled else query.outcome_seq
    args = {"case_id": scene.case.id, "item_no": own.item_no}
    return Task("take_document", f"take_document:{own.item_no}:{query.tries}:{mark}", args)


@dataclass(frozen=True)
class _AskedFor:
    """What a document must be, and the answer that it came with; its bytes are read when they are judged."""

    expected: Expected
    answer: Answer


@dataclass(frozen=True)
class AskedItems:
    """What the errands work with. `trust` is the folder by which certificates of others are verified, `taking` enters them."""

    database: Database
    desk: Desk
    prefill: Prefill
    taking: TakingIn
    trust: Path
    clock: Clock

    async def answer_one(self, task: Claimed) -> Commit:
        """Ask one question of a case; what waited for its answer goes on in the same transaction."""
        return self._followed(task, await self.prefill.answer_one(task))

    async def answer_later(self, task: Claimed) -> Commit:
        return self._followed(task, await self.prefill.answer_later(task))

    async def ask_again(self, task: Claimed) -> Commit:
        return self._followed(task, await self.prefill.ask_again(task))

    async def follow(self, handler: Callable[[Claimed], Awaitable[Commit]], task: Claimed) -> Commit:
        """The same for another handler that may bring an answer."""
        return self._followed(task, await handler(task))

    def _followed(self, task: Claimed, commit: Commit) -> Commit:
        def write(session: Session, now: datetime) -> None:
            commit(session, now)
            follow(session, self.desk, task.args["case"], now)

        return write

    async def gather(self, task: Claimed) -> Commit | None:
        """Queue the question for a print-out's document. Raises GiveUp where the case may ask about nobody: a person settles it."""
        scene, own = await anyio.to_thread.run_sync(self._scene, task)
        if own.state != ItemState.GATHERING:
            return None

        def commit(session: Session, now: datetime) -> None:
            if not asked.ask(session, self.prefill.desk(session, scene.case.id, "", now), own.item):
                raise GiveUp(
                    "The case has nobody proven by whom this document may be asked for; settle the item on the case's page.",
                    code="NOTHING_TO_ASK_ABOUT",
                )

        return commit

    async def take_document(self, task: Claimed) -> Commit | None:
        """Judge what a print-out's question came to: keep the document, refuse it, ask again later, or leave it to a person."""
        return await anyio.to_thread.run_sync(self._take, task)

    def _take(self, task: Claimed) -> Commit | None:
        scene, own = self._scene(task)
        with self.database.read() as session:
            query = look_ups.questions_of(session, scene).get(own.item)
            row = session.execute(select(queries).where(queries.c.id == query.id)).first() if query else None
            asked_for = self._asked_for(session, scene, own, query) if query else None
        if own.state != ItemState.GATHERING or query is None or row is None or asked_for is None:
            return None
        if query.settled:
            return self._settled(scene, own, row)
        file = str(query.detail.get("document_file") or "")
        if query.state == ANSWERED and query.outcome == "found" and file:
            return self._judged(scene, own, query, file, asked_for)
        if query.state == ANSWERED and query.outcome in (*NOT_YET, "found") and query.tries < OUTAGE_TRIES:
            return self._again(scene, query)
        return None

    def _judged(self, scene: Scene, own: PlainItem, query: QueryRow, file: str, asked_for: _AskedFor) -> Commit:
        try:
            trust = read_trust(self.trust)
        except TrustUnreadable as e:
            raise TryLater(f"The trust folder cannot be read, so the document waits: {e}") from e
        answer = replace(asked_for.answer, body=self.taking.files.read(file))
        told = judged(answer, asked_for.expected, trust, self.clock())
        # From here the document is known to hold or not; what follows from it is one transaction.

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            current = fresh.case.numbered(own.item_no)
            if current.state != ItemState.GATHERING:
                return
            taken = told if isinstance(told, RefusedDocument) else self._enter(session, current, told, file, now)
            if isinstance(taken, RefusedDocument):
                self._refuse(session, fresh, current, query, taken, now)
                return
            # From here the item has its result: the very bytes that the department gave, under the registry's roof.
            session.execute(update(item_cases).where(item_cases.c.id == current.id).values(imported_id=taken.entry.id))
            one = taken.entry
            document = steps.Gathered(one.identifier, one.type_code, one.suite, one.trust)
            self.desk.do(session, fresh, steps.gathered(current, document), current.department, now)

        return commit

    def _enter(self, session: Session, own: PlainItem, told: Told, file: str, now: datetime) -> Taken | RefusedDocument:
        """The document's entry in the registry; what is there and says otherwise, or does not hold any more, is no result."""
        stored = file_rows.described(session, file)
        try:
            taken = self.taking.enter(session, told, stored, By(f"system:{own.department}", own.department), now)
        except ImportConflict:
            return RefusedDocument("conflict")
        return taken if taken.entry.status == VALID else RefusedDocument("status")

    def _refuse(
        self, session: Session, scene: Scene, own: PlainItem, query: QueryRow, judged: RefusedDocument, now: datetime
    ) -> None:
        """The answer stays as evidence; the question now says that it cannot be used, with the ways on from that."""
        detail = {**query.detail, "field": "document", "rule": judged.rule}
        rows.write_query(session, query, now, outcome="unusable", reason=f"document:{judged.rule}", detail=detail)
        self.desk.do(session, scene, steps.refused_document(own, judged.rule, judged.sentence), "hub", now)

    def _again(self, scene: Scene, query: QueryRow) -> Commit:
        def commit(session: Session, now: datetime) -> None:
            desk = self.prefill.desk(session, scene.case.id, "", now)
            fresh = rows.read_query(session, query.id)
            if fresh.tries == query.tries and fresh.state == ANSWERED and not fresh.settled:
                pause = max(pause_after(query.tries), SHORTEST_PAUSE)
                rounds.requeue(session, desk, fresh, pause)

        return commit

    def _settled(self, scene: Scene, own: PlainItem, row: Row[tuple[object, ...]]) -> Commit:
        kept = row.settled_reason or {}
        title = {"paper": "由申请人提交材料"}.get(
            str(kept.get("reason")), reasons.GO_ON.get(str(kept.get("reason")), "")
        )
        why = "：".join(part for part in (title, str(kept.get("text") or "")) if part) or "已由窗口人员处理"

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            current = fresh.case.numbered(own.item_no)
            if current.state == ItemState.GATHERING:
                self.desk.do(session, fresh, steps.without_document(current, why), str(row.settled_by), now)

        return commit

    def _asked_for(self, session: Session, scene: Scene, own: PlainItem, query: QueryRow) -> _AskedFor:
        """What the document must be, and what the answer says beside it."""
        item, department = scene.item(own.item), scene.site.departments[own.department]
        authority = department.uscc if item.result.issued_by == "department" else ""
        holders = frozenset({*query.subject.values(), applicant_identifier(session, scene)})
        kept = session.execute(select(evidence).where(evidence.c.id == query.evidence_id)).first()
        values = dict(kept._mapping["values"]) if kept else {}
        answer = Answer(
            b"",
            str(query.detail.get("document_type") or ""),
            scene.site.certificates[item.result.certificate_type],
            IssuingAuthority(department.name, department.uscc),
            _holder(session, scene, query),
            _number(scene, item, values),
            values,
            local(kept.as_of or kept.fetched_at if kept else self.clock()).date(),
            date.fromisoformat(str(query.detail["valid_to"])) if query.detail.get("valid_to") else None,
        )
        return _AskedFor(Expected(item.result.certificate_type, authority, holders), answer)

    def _scene(self, task: Claimed) -> tuple[Scene, PlainItem]:
        with self.database.read() as session:
            scene = self.desk.scene(session, task.args["case_id"])
        return scene, scene.case.numbered(task.args["item_no"])


def _holder(session: Session, scene: Scene, query: QueryRow) -> Holder:
    """Whom the question was about: the party of that number, else the applicant."""
    known = [subjects.subject(session, one.subject_id) for one in scene.case.parties if one.subject_id]
    about = next((one for one in known if one.identifier in query.subject.values()), None)
    if about is None or about.id == scene.case.applicant:
        about = subjects.subject(session, scene.case.applicant)
        return Holder(applicant_name(session, scene), about.identifier, _code_type(about.kind))
    return Holder(about.name or about.identifier, about.identifier, _code_type(about.kind))


def _code_type(kind: str) -> str:
    return CITIZEN_ID if kind == "person" else CREDIT_CODE


def _number(scene: Scene, item: Item, values: Mapping[str, str]) -> str:
    """The certificate's number as the answer tells it beside the document, where the resource says by which field."""
    return values.get(scene.site.resources[item.result.resource].certificate_number, "")
