"""THE doorway to the departments: policy, intent, question, outcome, in this order. It writes no row of the hub's own database.

It is the only caller of `Answers.answer`. Nobody is asked before the intent is durable in the sharing log and nothing is given
back before the outcome is; where the log does not take a record, nothing is asked or nothing is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

import structlog

from adapters.contract import (
    RESULT_WORDS,
    Answers,
    AnswersLater,
    Denied,
    Outcome,
    Query,
    Unavailable,
    Why,
)
from adapters.manners import Manners
from catalog.types import REGISTRY_WAY, Resource
from hub import metrics, policy, trace
from hub.asking import Asking, Put, Question, to_its_end
from hub.clock import Clock, local
from hub.errors import HubError
from hub.evidence import answer_of, only, reason_of, request_text, returned, rows_of, withheld_by_provider
from hub.moments import Moment, reached, sending
from hub.policy import Allowed, Refused, Tie
from hub.questions import Answered, Ask, Handler, Later
from hub.sharinglog import AlreadyClosed, Basis, CaseRef, Operator, Provider, Receipt
from hub.sharinglog import Denied as DeniedRecord
from hub.sharinglog import Intent as IntentRecord
from hub.sharinglog import Outcome as OutcomeRecord
from hub.sharinglog.records import Record
from hub.store.database import writing as database_writing

__all__ = ["Answered", "Ask", "Exchange", "ExchangeError", "Handler", "Later"]

program_log = structlog.get_logger(__name__)

T = TypeVar("T")


class ExchangeError(HubError):
    """The hub may not, or cannot, ask now. Nothing was asked."""

    code = "EXCHANGE"


class Log(Protocol):
    """What the exchange needs of the sharing log."""

    def append(self, record: Record) -> Receipt: ...

    async def append_async(self, record: Record) -> Receipt: ...


@dataclass(frozen=True)
class _Permitted:
    query: Query
    allowed: Allowed
    tie: Tie
    intent: Receipt
    by_hand: str = ""


class Exchange:
    """Asks departments, by department code. One for each process; safe for any number of tasks."""

    def __init__(
        self,
        answers: Mapping[str, Answers],
        log: Log,
        *,
        clock: Clock,
        app: str = "yijian",
        at_once: int = 16,
        writing: Callable[[], bool] = database_writing,
        manners: Mapping[str, Manners] | None = None,
        by_hand: Mapping[str, Answers] | None = None,
    ) -> None:
        """`by_hand`: the inboxes of departments that answer there while their wire is down."""
        self._by_hand = by_hand or {}
        self._asking = Asking(manners or {})
        self._answers, self._log, self.clock, self._app = answers, log, clock, app
        self._writing = writing
        self._at_once = at_once

    async def ask(self, ask: Ask) -> Answered:
        """Ask once; every outcome of docs/design.md §3 is a value.

        A policy refusal is one `denied` record and no question. A bug in an adapter ends the question as Unusable with the
        rule `adapter_fault` and is reported in the program log, so that the clerk has a way on and the operator a trace.
        Cancelled after the intent, the question ends as unavailable (lost) before the cancellation goes on.

        Raises ExchangeError (a write session is open, no adapter for the department), LogUnavailable (fail closed:
        with the intent, nobody was asked; with the outcome, nothing may be shown and the sweep ends the question).
        """
        resource, case = ask.resource, trace.case() or ask.case_no
        with trace.span(
            "question", kind="client", case=case, department=resource.department, resource=resource.code
        ) as span:
            answered = await self._ask(ask)
            told = {"outcome": RESULT_WORDS[type(answered.outcome)], "reason": reason_of(answered.outcome)}
            span.note(**told)
            took = (answered.answered_at - answered.asked_at).total_seconds()
            answers = "hub" if resource.way == REGISTRY_WAY else resource.department
            metrics.question(answers, resource.code, told["outcome"], took)
            program_log.info("question", resource=resource.code, seq=answered.intent_seq, ms=round(took * 1000), **told)
            return answered

    async def _ask(self, ask: Ask) -> Answered:
        self._refuse_while_writing()
        started = self.clock()
        decision = self._decide(ask, started)
        if isinstance(decision, Refused):
            return await self._refused(ask, decision, started)
        allowed, tie = decision
        adapter = self._adapter(ask.resource.department, ask.by_hand)
        reached(Moment.INTENT_NEXT)
        intent = await self._log.append_async(self._intent(ask, allowed, tie))
        reached(Moment.INTENT_DURABLE)
        # From here the question may reach a socket: its record is on disk.
        permitted = _Permitted(self._query(ask, allowed, intent.id), allowed, tie, intent, ask.by_hand)
        try:
            with sending(Moment.QUESTION_ON_WIRE):
                if ask.by_hand:
                    put = Put(await adapter.answer(permitted.query), 1)
                else:
                    put = await self._asking.put(adapter.answer, _question(permitted, started))
        except asyncio.CancelledError:
            await to_its_end(self._conclude(permitted, Put(Unavailable(Why.LOST), 1), started))
            raise
        return await to_its_end(self._conclude(permitted, put, started))

    async def ask_again(self, ask: Ask, request_id: str, ticket: str) -> Outcome:
        """Ask once more for the answer that a system promised to the question of `request_id`: the intent of that question stands
        for it, and what comes must go through `complete` before it is shown. Policy is asked anew. Raises ExchangeError as `ask`."""
        self._refuse_while_writing()
        decision = self._decide(ask, self.clock())
        if isinstance(decision, Refused):
            return Denied(decision.reason)
        adapter = self._adapter(ask.resource.department)
        if not isinstance(adapter, AnswersLater):
            return Unavailable(Why.WITHDRAWN)
        query = self._query(ask, decision[0], request_id)
        with sending(Moment.QUESTION_ON_WIRE):
            return await self._asking.put_again(partial(adapter.answer_later, ticket=ticket), query)

    async def ask_all(self, asks: Sequence[Ask]) -> list[Answered]:
        """Ask all at once, at most `at_once` in flight; answers in the order of the questions. One raised error raises, after
        every other question has come to its end."""
        room = asyncio.Semaphore(self._at_once)

        async def one(ask: Ask) -> Answered:
            async with room:
                return await self.ask(ask)

        results = await asyncio.gather(*(one(ask) for ask in asks), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, Answered)]

    def complete(self, later: Later) -> Answered:
        """Record the later answer to a pending question; only then may it be shown. Synchronous: call it in a thread.

        The answer must be kept durably, unchanged, before this is called: after a crash it is called again with the same
        answer, and a pending place that is already closed then means that the record is there. `outcome_seq` is None in that
        case. Raises ExchangeError (a write session is open), LogUnavailable.
        """
        self._refuse_while_writing()
        outcome = only(later.outcome, later.fields)
        record = replace(
            _record(later.intent_seq, outcome, later.cut, None), answers_seq=later.pending_seq, who=later.answered_by
        )
        seq: int | None = None
        try:
            receipt = self._log.append(record)
            seq = receipt.seq
        except AlreadyClosed:
            program_log.info("later_answer_was_recorded_before", intent_seq=later.intent_seq)
        reached(Moment.LATER_ANSWER_DURABLE)
        return Answered(
            outcome,
            later.request_id,
            later.intent_seq,
            seq,
            later.asked_at,
            self.clock(),
            later.about,
            later.cut,
        )

    def refusal(self, ask: Ask) -> str:
        """Why policy would refuse the question now; "" where it permits it. Nothing is asked and nothing recorded."""
        decision = self._decide(ask, self.clock())
        return decision.reason if isinstance(decision, Refused) else ""

    # --- before the question -------------------------------------------------------------------------------------------

    def _refuse_while_writing(self) -> None:
        if self._writing():
            raise ExchangeError(
                "A write session is open: end it before a department is asked, or it waits with the database locked.",
                code="ASKED_WHILE_WRITING",
            )

    def _adapter(self, department: str, by_hand: str = "") -> Answers:
        adapter = (self._by_hand if by_hand else self._answers).get(department)
        if adapter is None:
            raise ExchangeError(
                f"No connection is set up for the department {department}; see `yijian doctor`.", code="NO_CONNECTION"
            )
        return adapter

    def _decide(self, ask: Ask, now: datetime) -> tuple[Allowed, Tie] | Refused:
        tie = policy.subject_allowed(ask.standing, {ask.keys[item]: value for item, value in ask.subject.items()})
        if isinstance(tie, Refused):
            return replace(tie, cut=ask.fields)
        use = policy.Use(ask.purpose, ask.region, ask.ground, local(now).date())
        allowed = policy.may(ask.grants, ask.resource, ask.fields, use)
        return allowed if isinstance(allowed, Refused) else (allowed, tie)

    async def _refused(self, ask: Ask, refused: Refused, started: datetime) -> Answered:
        basis = Basis(purpose=ask.purpose, clause=ask.ground or None)
        record = DeniedRecord(
            who=self._who(ask),
            case=_case(ask),
            basis=basis,
            provider=_provider(ask.resource),
            fields_denied=refused.cut,
            subject=_identifier(ask),
            request=_request(ask, ()),
            reason=refused.reason,
        )
        receipt = await to_its_end(self._log.append_async(record))
        return Answered(Denied(refused.reason), receipt.id, None, receipt.seq, started, self.clock(), cut=refused.cut)

    def _who(self, ask: Ask) -> Operator:
        return Operator(ask.handler.organisation, self._app, ask.handler.id, auth=ask.handler.auth or None)

    def _intent(self, ask: Ask, allowed: Allowed, tie: Tie) -> IntentRecord:
        clause = " ".join(part for part in (allowed.ground, allowed.clause) if part)
        return IntentRecord(
            who=self._who(ask),
            case=_case(ask),
            basis=Basis(grant=allowed.grant or None, clause=clause, purpose=ask.purpose),
            provider=_provider(ask.resource),
            fields=allowed.fields,
            subject=tie.identifier,
            request=_request(ask, allowed.fields),
        )

    def _query(self, ask: Ask, allowed: Allowed, request_id: str) -> Query:
        return Query(
            request_id=request_id,
            resource=ask.resource,
            subject=dict(ask.subject),
            fields=allowed.fields,
            case_no=ask.case_no,
            item=ask.item,
            purpose=ask.purpose,
            handler=ask.handler.id,
            requester=ask.handler.organisation,
            timeout_seconds=ask.resource.timeout_seconds,
            choice=ask.choice,
            instead_of=ask.by_hand,
        )

    # --- the question and its end --------------------------------------------------------------------------------------

    async def _conclude(self, permitted: _Permitted, put: Put, started: datetime) -> Answered:
        allowed, intent = permitted.allowed, permitted.intent
        outcome = only(put.outcome, allowed.fields)
        reached(Moment.ANSWER_IN_HAND)
        took = int((self.clock() - started).total_seconds() * 1000)
        seq: int | None = None
        try:
            record = replace(
                _record(intent.seq, outcome, allowed.cut, took), attempts=put.attempts, cache=put.shared or None
            )
            # The log says by which door it was asked, and why.
            record = replace(record, reason=f"by_hand:{permitted.by_hand}") if permitted.by_hand else record
            receipt = await self._log.append_async(record)
            seq = receipt.seq
        except AlreadyClosed:
            # The sweep wrote `lost` for this question: what came after that must not be shown.
            outcome = Unavailable(Why.LOST)
        # From here the answer may be shown: its record is on disk.
        reached(Moment.OUTCOME_DURABLE)
        return Answered(outcome, intent.id, intent.seq, seq, started, self.clock(), permitted.tie.role, allowed.cut)


# --- what the log is told ---------------------------------------------------------------------------------------------


def _question(permitted: _Permitted, asked_at: datetime) -> Question:
    allowed = permitted.allowed
    clause = f"{allowed.ground} {allowed.clause}"
    return Question(permitted.query, permitted.intent.seq, allowed.grant, clause, asked_at)


def _case(ask: Ask) -> CaseRef:
    return CaseRef(ask.matter, ask.item, ask.case_no)


def _provider(resource: Resource) -> Provider:
    return Provider(resource.department, resource.code, resource.title)


def _identifier(ask: Ask) -> str:
    """What stands for a refused subject: the value of its first key."""
    return next(iter(ask.subject.values()), "")


def _request(ask: Ask, fields: tuple[str, ...]) -> str:
    return request_text(ask.resource.code, ask.subject, fields, ask.choice)


def _record(intent_seq: int, outcome: Outcome, cut: tuple[str, ...], latency_ms: int | None) -> OutcomeRecord:
    answer, size = answer_of(outcome)
    return OutcomeRecord(
        intent_seq=intent_seq,
        result=RESULT_WORDS[type(outcome)],
        reason=reason_of(outcome) or None,
        fields=returned(outcome),
        rows=rows_of(outcome),
        answer=answer,
        answer_bytes=size,
        latency_ms=latency_ms,
        fields_denied=(*cut, *withheld_by_provider(outcome)),
    )
