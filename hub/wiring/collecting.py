"""Answers that a department's system gives later to another department's question: kept under a number until they are collected. It decides no permission.

Whoever asked collects, nobody else; the grant is looked at anew each time. The answer is kept sealed for a while, so that one whose delivery
broke off can be collected again: that is one record more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import anyio.to_thread
from sqlalchemy import Row, delete, insert, select, update

from adapters.contract import (
    DEFERRED,
    Ambiguous,
    Candidate,
    Denied,
    Document,
    Found,
    NotFound,
    Outcome,
    Pending,
    Raw,
    Unavailable,
    Unusable,
    Why,
)
from hub.clock import Clock, new_id
from hub.errors import NotThere
from hub.exchange import Answered, Ask, Exchange, Later
from hub.identity.principal import Principal
from hub.sharinglog import Basis, CaseRef, Operator, Sent, SharingLog
from hub.store import files as file_rows
from hub.store.database import Database
from hub.store.files import Files, StoredFile
from hub.store.sealing import Plain
from hub.store.tables import exchange_requests
from hub.store.work import Claimed

KEPT = timedelta(hours=24)
"""Proposed: how long an answer may be collected after it came, and how long one may be waited for at most."""
RETRY_SECONDS = 15
OPEN, ANSWERED, EXPIRED = "open", "answered", "expired"


@dataclass(frozen=True)
class Ticket:
    """A question whose answer comes later: under which number it is collected, until when, and when to look again."""

    id: str
    resource: str
    question_id: str
    intent: int
    record: int
    asked_at: datetime
    until: datetime
    retry_after: int = RETRY_SECONDS


@dataclass(frozen=True)
class Kept:
    """A question as it is kept: who asked what, and its own records."""

    row: Row[Any]

    @property
    def question(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.row.question)

    def ticket(self) -> Ticket:
        r = self.row
        return Ticket(r.id, r.resource, r.request_id, r.intent_seq, r.pending_seq, r.asked_at, r.until)

    def later(self, outcome: Outcome) -> Later:
        r = self.row
        fields = tuple(name for name in r.question["asked"] if name not in r.question["cut"])
        return Later(outcome, r.request_id, r.intent_seq, r.pending_seq, r.asked_at, fields, tuple(r.question["cut"]))


@dataclass(frozen=True)
class Collecting:
    database: Database
    exchange: Exchange
    files: Files
    log: SharingLog
    region: str
    clock: Clock

    def keep(self, p: Principal, ask: Ask, question: Mapping[str, Plain], answered: Answered) -> Ticket | None:
        """The promise of a system, under a number of its own. None where a person, or nobody, promised anything."""
        outcome = answered.outcome
        if not isinstance(outcome, Pending) or not outcome.ticket.startswith(DEFERRED) or answered.outcome_seq is None:
            return None
        kept: dict[str, Plain] = {**question, "asked": list(ask.fields), "cut": list(answered.cut)}
        with self.database.write() as session:
            now = self.clock()
            number = new_id(now)
            session.execute(
                insert(exchange_requests).values(
                    id=number,
                    region=self.region,
                    organisation=p.organisation,
                    resource=ask.resource.code,
                    question=kept,
                    ticket=outcome.ticket,
                    request_id=answered.request_id,
                    intent_seq=answered.intent_seq,
                    pending_seq=answered.outcome_seq,
                    state=OPEN,
                    asked_at=answered.asked_at,
                    until=min(outcome.by, now + KEPT),
                )
            )
        return self.of(p, number).ticket()

    def of(self, p: Principal, number: str) -> Kept:
        """The question of this organisation. Raises NotThere for anybody else's, and for none."""
        c = exchange_requests.c
        own = (c.id == number, c.organisation == p.organisation, c.region == self.region)
        with self.database.read() as session:
            row = session.execute(select(exchange_requests).where(*own)).first()
        if row is None:
            raise NotThere("There is no such question of yours, or its answer is no longer kept.", code="ASK_NOT_THERE")
        return Kept(row)

    async def look(self, ask: Ask, kept: Kept) -> Outcome:
        """What the department says now, asked by its ticket; not recorded yet. Raises ExchangeError."""
        if self.clock() >= kept.row.until:
            return Unavailable(Why.TIMEOUT)
        return await self.exchange.ask_again(ask, kept.row.request_id, kept.row.ticket)

    def record(self, kept: Kept, outcome: Outcome) -> Answered | None:
        """The answer, recorded in the log and then kept. None where another call recorded one meanwhile: it is given next time."""
        documents = self._documents(outcome)
        answered = self.exchange.complete(kept.later(outcome))
        if answered.outcome_seq is None:
            return None
        # From here the answer may be given: its record is on disk.
        body = _body(answered.outcome, documents)
        state = EXPIRED if isinstance(outcome, Unavailable) else ANSWERED
        with self.database.write() as session:
            now = self.clock()
            values = {
                "state": state,
                "answer": body,
                "outcome_seq": answered.outcome_seq,
                "answered_at": answered.answered_at,
            }
            session.execute(
                update(exchange_requests)
                .where(exchange_requests.c.id == kept.row.id, exchange_requests.c.state == OPEN)
                .values(**values, until=now + KEPT)
            )
            for stored in documents:
                file_rows.note(session, stored, now)
        return answered

    def again(self, p: Principal, ask: Ask, kept: Kept) -> Answered:
        """An answer that was given before, or whose giving broke off: one disclosure more, so one record more, before it is given."""
        r = kept.row
        who = Operator(p.organisation, "yijian", ask.handler.id, auth=ask.handler.auth or None)
        self.log.append(
            Sent(
                receiver=p.organisation,
                channel="exchange_answer",
                key=r.id,
                payload=json.dumps(r.answer, sort_keys=True, ensure_ascii=False).encode(),
                who=who,
                case=CaseRef(ask.matter, ask.item, ask.case_no),
                basis=Basis(purpose=ask.purpose),
                fields=tuple(sorted(r.answer.get("values", {}))),
                subjects=tuple(ask.subject.values())[:1],
            )
        )
        outcome = self._outcome(r.answer)
        return Answered(
            outcome, r.request_id, r.intent_seq, r.outcome_seq, r.asked_at, r.answered_at, cut=tuple(r.question["cut"])
        )

    async def forget_in_time(self, task: Claimed) -> None:
        """The tick of `forget`."""
        await anyio.to_thread.run_sync(self.forget)

    def forget(self) -> None:
        """What nobody collected in time is closed in the log; what was kept long enough goes."""
        c, now = exchange_requests.c, self.clock()
        with self.database.read() as session:
            over = session.execute(select(exchange_requests).where(c.state == OPEN, c.until <= now).limit(500)).all()
        for row in over:
            self.record(Kept(row), Unavailable(Why.TIMEOUT))
        with self.database.write() as session:
            session.execute(delete(exchange_requests).where(c.state != OPEN, c.until <= now))

    # --- the answer as it is kept ----------------------------------------------------------------------------------------

    def _documents(self, outcome: Outcome) -> list[StoredFile]:
        documents = outcome.documents if isinstance(outcome, Found) else ()
        return [self.files.keep(one.body, one.media_type) for one in documents]

    def _outcome(self, kept: Mapping[str, Any]) -> Outcome:
        match kept["outcome"]:
            case "found":
                return self._found(kept)
            case "not_found":
                return NotFound()
            case "ambiguous":
                return Ambiguous(tuple(Candidate("", "") for _ in range(kept["matches"])))
            case "denied":
                return Denied(kept["reason"])
            case "unusable":
                return Unusable(kept["field"], kept["path"], kept["rule"])
            case _:
                return Unavailable(Why(kept["reason"]))

    def _found(self, kept: Mapping[str, Any]) -> Found:
        return Found(
            values=kept["values"],
            raw=Raw(b"", ""),
            lists={name: tuple(rows) for name, rows in kept["lists"].items()},
            precision=kept["precision"],
            withheld=tuple(kept["withheld"]),
            missing=tuple(kept["missing"]),
            as_of=datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None,
            valid_to=date.fromisoformat(kept["valid_to"]) if kept["valid_to"] else None,
            documents=tuple(Document(name, kind, self.files.read(sha)) for sha, name, kind in kept["documents"]),
        )


def _body(outcome: Outcome, documents: list[StoredFile]) -> dict[str, Plain]:
    match outcome:
        case Found():
            named = zip(documents, outcome.documents, strict=True)
            return {
                "outcome": "found",
                "values": dict(outcome.values),
                "lists": {name: [dict(row) for row in rows] for name, rows in outcome.lists.items()},
                "precision": dict(outcome.precision),
                "withheld": list(outcome.withheld),
                "missing": list(outcome.missing),
                "as_of": outcome.as_of.isoformat() if outcome.as_of else "",
                "valid_to": outcome.valid_to.isoformat() if outcome.valid_to else "",
                "documents": [[stored.sha256, one.name, one.media_type] for stored, one in named],
            }
        case Ambiguous():
            return {"outcome": "ambiguous", "matches": len(outcome.candidates)}
        case Denied():
            return {"outcome": "denied", "reason": outcome.reason}
        case Unusable():
            return {"outcome": "unusable", "field": outcome.field, "path": outcome.path, "rule": outcome.rule}
        case Unavailable():
            return {"outcome": "unavailable", "reason": outcome.reason.value}
        case _:
            return {"outcome": "not_found"}
