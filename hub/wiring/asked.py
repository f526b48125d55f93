"""The worker's errands for items that are asked: what an answer means for its item, and gathering a print-out's document. Nothing is signed.

Questions go through pre-fill and the exchange like all others. A document is split at its durable moments: the answer is recorded
(pre-fill), then judged with no transaction open, then kept as the item's result in one transaction with the case's step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import anyio.to_thread
from sqlalchemy import Row, insert, select

from certificates.errors import TrustUnreadable
from certificates.trust import read_trust
from hub.cases import asked as steps
from hub.cases.gathering import Document, Expected, RefusedDocument, judge
from hub.cases.load import state_of
from hub.cases.plain import PlainItem
from hub.cases.states import ItemState
from hub.clock import Clock
from hub.jobs import OUTAGE_TRIES, Commit, pause_after
from hub.prefill import asked, rounds, rows
from hub.prefill.driver import Prefill
from hub.prefill.rows import ANSWERED, QueryRow
from hub.store import work
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.tables import gathered_results, queries
from hub.store.work import Claimed, GiveUp, Task, TryLater
from hub.wiring import look_ups, reasons
from hub.wiring.desk import Desk, applicant_identifier
from hub.wiring.scene import Scene

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
class AskedItems:
    """What the errands work with. `trust` is the folder by which foreign certificates are verified."""

    database: Database
    desk: Desk
    prefill: Prefill
    files: Files
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
            expected = self._expected(session, scene, own, query) if query else None
        if own.state != ItemState.GATHERING or query is None or row is None or expected is None:
            return None
        if query.settled:
            return self._settled(scene, own, row)
        file = str(query.detail.get("document_file") or "")
        if query.state == ANSWERED and query.outcome == "found" and file:
            return self._judged(scene, own, query, file, expected)
        if query.state == ANSWERED and query.outcome in (*NOT_YET, "found") and query.tries < OUTAGE_TRIES:
            return self._again(scene, query)
        return None

    def _judged(self, scene: Scene, own: PlainItem, query: QueryRow, file: str, expected: Expected) -> Commit:
        try:
            trust = read_trust(self.trust)
        except TrustUnreadable as e:
            raise TryLater(f"The trust folder cannot be read, so the document waits: {e}") from e
        media_type = str(query.detail.get("document_type") or "")
        judged = judge(self.files.read(file), media_type, expected, trust, self.clock())
        # From here the document is known to hold or not; what follows from it is one transaction.

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            current = fresh.case.numbered(own.item_no)
            if current.state != ItemState.GATHERING:
                return
            if isinstance(judged, RefusedDocument):
                self._refuse(session, fresh, current, query, judged, now)
            else:
                _keep(session, fresh, current, query, (file, media_type), judged, now)
                document = steps.Gathered(judged.identifier, judged.type_code, judged.suite)
                self.desk.do(session, fresh, steps.gathered(current, document), current.department, now)

        return commit

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

    def _expected(self, session: Session, scene: Scene, own: PlainItem, query: QueryRow) -> Expected:
        result = scene.item(own.item).result
        authority = scene.site.departments[own.department].uscc if result.issued_by == "department" else ""
        holders = frozenset({*query.subject.values(), applicant_identifier(session, scene)})
        return Expected(result.certificate_type, authority, holders)

    def _scene(self, task: Claimed) -> tuple[Scene, PlainItem]:
        with self.database.read() as session:
            scene = self.desk.scene(session, task.args["case_id"])
        return scene, scene.case.numbered(task.args["item_no"])


def _keep(
    session: Session,
    scene: Scene,
    own: PlainItem,
    query: QueryRow,
    stored: tuple[str, str],
    document: Document,
    now: datetime,
) -> None:
    """From here the item has its result: the very bytes that the department gave, with who vouches for them."""
    file, media_type = stored
    session.execute(
        insert(gathered_results).values(
            item_case_id=own.id,
            region=scene.case.region,
            identifier=document.identifier,
            type_code=document.type_code,
            authority=own.department,
            number=document.number,
            suite=document.suite,
            file=file,
            media_type=media_type,
            evidence_id=query.evidence_id,
            gathered_at=now,
            issued_on=document.issued_on,
            valid_from=document.valid_from,
            valid_to=document.valid_to,
        )
    )
