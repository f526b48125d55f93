"""Pre-fill, durable: starts a case's queries, asks one at a time as work of the queue, and writes what came back. It decides no value.

Everything resumes from rows: after F5, kill -9 or on a second node the queue gives the task out again. A task whose worker died after
asking is asked once more, which is a second intent; the first one is ended as lost by the log's sweep. Nobody asks again what was
answered: a query is one row for each case, resource and subject, and an answered row ends its task at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from adapters.contract import (
    RESULT_WORDS,
    Document,
    Found,
    Outcome,
    Pending,
    Unavailable,
    Why,
)
from catalog.types import REGISTRY_WAY
from hub.clock import new_id
from hub.errors import NotNow, NotThere
from hub.evidence import raw_of, reason_of
from hub.exchange import Answered, Ask, Exchange, Later
from hub.moments import Moment, reached
from hub.prefill import asked, byhand, deferred, feed, rounds, rows
from hub.prefill.caseform import Sites, case_form
from hub.prefill.detail import Kept, candidates_of, detail_of
from hub.prefill.fill import unfit
from hub.prefill.later import LaterAnswer, from_json, to_json
from hub.prefill.rows import ANSWERED, DROPPED, PENDING, QUEUED, QueryRow
from hub.prefill.standing import Desk, Standings, standing_of
from hub.prefill.values import known
from hub.sharinglog import Operator
from hub.store.database import Database, Session
from hub.store.files import Files, note
from hub.store.tables import queries
from hub.store.work import Claimed, Task, put

Commit = Callable[[Session, datetime], None]

ANSWER_LATER = "answer-later"
"""Kind of the work that takes in a person's later answer; its key is `answer-later:<query id>:<try>`."""

NOT_OFFERED = "resource_disabled"
"""Policy's reason where a resource is not offered for now."""
AGAIN = frozenset({Why.TIMEOUT, Why.REFUSED_CONNECTION})
"""Reasons after which a first try is followed by one more, by itself."""


@dataclass(frozen=True)
class Prefill:
    """What the driver works with. `sites` gives a published site by digest; `again_after_seconds` None means no second try
    by itself; `index_key` is the key of the blind index."""

    database: Database
    exchange: Exchange
    files: Files
    sites: Sites
    index_key: bytes
    again_after_seconds: float | None = 2.0
    fallbacks: byhand.Rules = field(default_factory=dict)
    offered: Callable[[Session, str], str | None] = lambda _session, _resource: None
    """Today's notice of a resource that is not offered for now; "" while it is, None where nobody says."""

    # --- at the clerk's desk ------------------------------------------------------------------------------------------

    def desk(self, session: Session, case_id: str, actor: str, now: datetime) -> Desk:
        """Where `settle`'s acts happen. Raises NotThere."""
        return Desk(case_form(session, case_id, self.sites), self.index_key, actor, now)

    def start(self, session: Session, case_id: str, actor: str, now: datetime) -> None:
        """Make the rows of form and materials, fill in what is known without asking, and queue the first round.

        Parties must be there. Safe to call again: after the choice of items, the situation or a party changed it queues what
        is newly needed and nothing else.
        """
        desk = self.desk(session, case_id, actor, now)
        rounds.make_rows(session, desk)
        rounds.advance(session, desk)

    # --- work of the queue --------------------------------------------------------------------------------------------

    async def answer_one(self, task: Claimed) -> Commit:
        """Handler of the kind `ask`. Gives back what to write; the runner ends the task in the same transaction.

        Raises LogUnavailable, DiskRefused, StoreUnavailable: the task is put off and asked again later.
        """
        ask = await asyncio.to_thread(self.question, task)
        if ask is None:
            return self._dropped(task)
        answered = await self.exchange.ask(ask)
        kept = await asyncio.to_thread(self.keep, answered.outcome)
        return self._commit(task, answered, kept, ask.by_hand)

    async def answer_later(self, task: Claimed) -> Commit:
        """Handler of the kind `answer-later`: first the log's record, then the rows."""
        told = await asyncio.to_thread(self._told, task)
        if told is None:
            return _nothing
        query, word = told
        answered = await asyncio.to_thread(self.exchange.complete, word)
        kept = await asyncio.to_thread(self.keep, answered.outcome)
        if answered.outcome_seq is None:
            # Recorded by an earlier try of this task that died before its rows: the pending record stands for both.
            answered = replace(answered, outcome_seq=query.outcome_seq)
        return self._commit(task, answered, kept, query.by_hand)

    async def ask_again(self, task: Claimed) -> Commit:
        """Handler of the kind `ask-again`: asks by its ticket for an answer that a system promised. Where none comes in the promised
        time the question ends as unavailable (timeout); where the case asks no more, as unavailable (lost)."""
        ask = await asyncio.to_thread(self.question, task, PENDING)
        waiting = await asyncio.to_thread(self._waiting, task)
        if waiting is None:
            return _nothing
        query, later, ticket, by = waiting
        over = self.exchange.clock() >= by
        if ask is None or over:
            outcome: Outcome = Unavailable(Why.TIMEOUT if over else Why.LOST)
        else:
            outcome = await self.exchange.ask_again(ask, later.request_id, ticket)
            if deferred.still_open(outcome):
                return self._once_more(task)
        answered = await asyncio.to_thread(self.exchange.complete, replace(later, outcome=outcome))
        if answered.outcome_seq is None:
            # An earlier try recorded what came then and died: it is not kept, and what came now is not what the log says.
            answered = replace(answered, outcome=Unavailable(Why.LOST), outcome_seq=query.outcome_seq)
        return self._commit(task, answered, await asyncio.to_thread(self.keep, answered.outcome))

    def _once_more(self, task: Claimed) -> Commit:
        def write(session: Session, now: datetime) -> None:
            query = _claimed(session, task, task.args["case"])
            if query is not None:
                deferred.ask_again(session, query, int(task.args["times"]) + 1, now)

        return write

    def question(self, task: Claimed, state: str = QUEUED) -> Ask | None:
        """The question as it is to be put now, by what the case knows now; None when there is nothing to ask any more."""
        with self.database.read() as session:
            query = rows.read_query(session, task.args["query"])
            if query.state != state or str(query.tries) != task.args["try"]:
                return None
            ask, why = self.ask_of(session, query), task.args.get("by_hand", "")
            by_hand = why if ask is not None and ask.resource.department in self.fallbacks else ""
            return replace(ask, by_hand=by_hand) if ask is not None else None

    def ask_of(self, session: Session, query: QueryRow) -> Ask | None:
        """A question of a case by what the case knows now; None where the case may not ask it any more."""
        case = case_form(session, query.case_id, self.sites)
        if not asked.goes_on(session, case, query):
            return None
        resource, notice = case.resources[query.resource], self.offered(session, query.resource)
        return Ask(
            resource=resource if notice is None else replace(resource, disabled=notice),
            fields=query.fields,
            subject=query.subject,
            keys=query.keys,
            standing=standing_of(session, case).standing,
            grants=case.grants,
            region=case.region,
            case_no=case.case_no,
            matter=case.matter.code,
            item=query.item,
            purpose=case.matter.code,
            ground=case.ground(query.item),
            handler=case.handler,
            choice=query.choice,
        )

    def _told(self, task: Claimed) -> tuple[QueryRow, Later] | None:
        with self.database.read() as session:
            query = rows.read_query(session, task.args["query"])
            if query.state != PENDING or str(query.tries) != task.args["try"]:
                return None
            kept = session.execute(select(queries.c.later).where(queries.c.id == query.id)).scalar()
            answer = from_json(kept, self.files)
            by = answer.by and Operator(answer.organisation, "yijian-inbox", answer.by)
            return query, _later(query, answer.outcome, by or None)

    def _waiting(self, task: Claimed) -> tuple[QueryRow, Later, str, datetime] | None:
        """The promised answer's question, its ticket and until when it may come."""
        with self.database.read() as session:
            query = rows.read_query(session, task.args["query"])
            if query.state != PENDING or str(query.tries) != task.args["try"]:
                return None
            ticket = session.execute(select(queries.c.ticket).where(queries.c.id == query.id)).scalar() or ""
            by = datetime.fromisoformat(query.detail["by"])
            return query, _later(query, Unavailable(Why.LOST), None), ticket, by

    def keep(self, outcome: Outcome) -> Kept:
        """The files of an answer. They must be on disk before the rows that name them."""
        raw = raw_of(outcome)
        documents: tuple[Document, ...] = outcome.documents if isinstance(outcome, Found) else ()
        kept = Kept(
            self.files.keep(raw.body, raw.media_type) if raw else None,
            tuple(self.files.keep(document.body, document.media_type) for document in documents),
        )
        reached(Moment.EVIDENCE_KEPT)
        return kept

    def _commit(self, task: Claimed, answered: Answered, kept: Kept, by_hand: str = "") -> Commit:
        def write(session: Session, now: datetime) -> None:
            query = _claimed(session, task, task.args["case"])
            if query is not None:
                self.take(session, query, answered, kept, now, by_hand)

        return write

    def take(
        self, session: Session, query: QueryRow, answered: Answered, kept: Kept, now: datetime, by_hand: str = ""
    ) -> None:
        """What came for the query, in its rows, and the round that follows. `by_hand`: a person answers, and why not the wire."""
        desk = self.desk(session, query.case_id, "", now)
        rounds.advance(session, desk, self._write(session, desk, query, answered, kept, by_hand))

    def _dropped(self, task: Claimed) -> Commit:
        def write(session: Session, now: datetime) -> None:
            query = _claimed(session, task, task.args["case"])
            if query is not None and query.state == QUEUED:
                rows.write_query(session, query, now, state=DROPPED, reason="case_not_open")

        return write

    # --- rows of one answer -------------------------------------------------------------------------------------------

    def _write(
        self, session: Session, desk: Desk, query: QueryRow, answered: Answered, kept: Kept, by_hand: str = ""
    ) -> Standings | None:
        """Gives how the case stands after it, where that had to be read."""
        outcome, now = answered.outcome, desk.now
        reason, detail = reason_of(outcome), detail_of(answered, kept)
        mark = self._mark(session, desk, query, by_hand, reason)
        falls = isinstance(outcome, Unavailable) and byhand.falls(
            session, self.fallbacks, desk.case, query, reason, now
        )
        for stored in (*([kept.raw] if kept.raw else []), *kept.documents):
            note(session, stored, now)
        # What the registry no longer gives stands for nothing any more; a department's last answer does until a new one comes.
        evidence_id = "" if mark.get("way") else query.evidence_id
        if isinstance(outcome, Found):
            own = outcome.certificate
            grade = (own.trust or rounds.ISSUED_HERE) if own else mark.get("trust", "")
            evidence_id = _add_evidence(session, desk, query, answered, outcome, kept, grade)
        if not isinstance(outcome, Pending) and not falls:
            byhand.put_away(session, query, now)
        again = self._again(query, outcome)
        rows.write_query(
            session,
            query,
            now,
            state=PENDING if isinstance(outcome, Pending) else ANSWERED,
            outcome=RESULT_WORDS[type(outcome)],
            reason=f"{byhand.MARK}{by_hand}" if by_hand and isinstance(outcome, Pending) else reason,
            detail={**detail, **mark},
            request_id=answered.request_id,
            intent_seq=answered.intent_seq,
            outcome_seq=answered.outcome_seq,
            candidates=candidates_of(outcome),
            ticket=outcome.ticket if isinstance(outcome, Pending) else "",
            later=None,
            evidence_id=evidence_id or None,
            asked_at=answered.asked_at,
            answered_at=answered.answered_at,
        )
        if deferred.promised(outcome):
            deferred.ask_again(session, query, 0, now)
        if again:
            rounds.requeue(session, desk, rows.read_query(session, query.id), again)
        elif falls:
            rounds.requeue(session, desk, rows.read_query(session, query.id), by_hand=reason)
        return _note_unfit(session, desk, query.id) if isinstance(outcome, Found) else None

    def _mark(self, session: Session, desk: Desk, query: QueryRow, by_hand: str, reason: str) -> dict[str, str]:
        """What the row says beside the outcome: by which door it came, or why its department is not asked for now."""
        if reason == NOT_OFFERED:
            return {"notice": self.offered(session, query.resource) or ""}
        resource = desk.case.resources[query.resource]
        if resource.way == REGISTRY_WAY:
            return {"way": REGISTRY_WAY}
        if not by_hand:
            return {}
        since = byhand.down_since(session, resource.department)
        return byhand.marked(by_hand, self.fallbacks.get(resource.department), resource.trust, since)

    def _again(self, query: QueryRow, outcome: Outcome) -> timedelta | None:
        first = query.tries == 1 and self.again_after_seconds is not None
        if first and isinstance(outcome, Unavailable) and outcome.reason in AGAIN:
            return timedelta(seconds=self.again_after_seconds or 0)
        return None


def inbox_answered(session: Session, ticket: str, answer: LaterAnswer, now: datetime) -> str:
    """A person of a department (the answer's organisation) answered the question behind `ticket`. Gives the query's id.

    The answer is kept sealed and unchanged, and work is queued that writes the log's record first and shows it only then. Its
    documents must be in the file store already (`Files.keep`). Raises NotThere (TICKET_UNKNOWN), NotNow (ALREADY_ANSWERED).
    """
    own = queries.c.resource.startswith(
        f"{answer.organisation}.", autoescape=True
    )  # another's may have that number too
    asked_here = select(queries.c.id, queries.c.case_id).where(queries.c.ticket == ticket, own)
    found = session.execute(asked_here).first()
    if found is None or not ticket:
        raise NotThere("没有这个待答复的查询，请刷新列表", code="TICKET_UNKNOWN")
    feed.lock_case(session, found.case_id)
    query = rows.read_query(session, found.id)
    kept = session.execute(select(queries.c.later).where(queries.c.id == query.id)).scalar()
    if query.state != PENDING or kept is not None:
        raise NotNow("该查询已经答复，请刷新列表", code="ALREADY_ANSWERED")
    rows.write_query(session, query, now, later=to_json(answer))
    args = {"query": query.id, "case": query.case_id, "try": str(query.tries)}
    put(session, Task(ANSWER_LATER, f"{ANSWER_LATER}:{query.id}:{query.tries}", args), now)
    return query.id


def _later(query: QueryRow, outcome: Outcome, by: Operator | None) -> Later:
    """The answer to a question that waits, as the exchange records it."""
    assert query.intent_seq is not None and query.outcome_seq is not None and query.asked_at is not None
    cut = tuple(query.detail.get("cut", ()))
    fields = tuple(name for name in query.fields if name not in cut)
    seqs = (query.request_id, query.intent_seq, query.outcome_seq, query.asked_at)
    return Later(outcome, *seqs, fields, cut, query.role, by)


def _nothing(_session: Session, _now: datetime) -> None:
    """Another worker wrote this answer already."""


def _claimed(session: Session, task: Claimed, case_id: str) -> QueryRow | None:
    """The query if this task is still the one to answer it; the case is locked first, as everywhere."""
    feed.lock_case(session, case_id)
    query = rows.read_query(session, task.args["query"])
    still = query.state in (QUEUED, PENDING) and str(query.tries) == task.args["try"]
    return query if still else None


# --- what a row says of an answer -------------------------------------------------------------------------------------


def _add_evidence(
    session: Session, desk: Desk, query: QueryRow, answered: Answered, found: Found, kept: Kept, trust: str
) -> str:
    evidence_id = new_id(desk.now)
    resource = desk.case.resources[query.resource]
    rows.add_evidence(
        session,
        id=evidence_id,
        case_id=query.case_id,
        region=desk.case.region,
        query_id=query.id,
        department=resource.department,
        resource=query.resource,
        fetched_at=answered.answered_at,
        as_of=found.as_of,
        values=dict(found.values),
        lists={name: [dict(row) for row in listed] for name, listed in found.lists.items()},
        precision=dict(found.precision),
        withheld=list(found.withheld),
        missing=list(found.missing),
        raw_file=kept.raw.sha256 if kept.raw else "",
        document_file=kept.documents[0].sha256 if kept.documents else "",
        verified=found.verified,
        trust=trust or resource.trust,
        outcome_seq=answered.outcome_seq,
    )
    return evidence_id


def _note_unfit(session: Session, desk: Desk, query_id: str) -> Standings | None:
    """Values that break the dictionary are left out of the form; the row says which and by what rule. Gives how the case stands if none does."""
    state = standing_of(session, desk.case)
    query = next(one for one in state.queries if one.id == query_id)
    reply = next(one for one in state.replies if one.source.query_id == query_id)
    broken = unfit(desk.case.fields, reply, known(state.values, state.identifiers))
    if broken:
        rows.write_query(session, query, desk.now, detail={**query.detail, "unfit": broken})
    return None if broken else state
