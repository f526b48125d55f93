"""What is told outside: hand-overs, stops, upstream results, pushes, messages. It asks nothing (that is exchange) and decides nothing.

Each sending is in the sharing log before it leaves, with the key that the far side sees; a retry has the same key and a record of its
own, since each is a disclosure. Nothing is sent while a write session is open.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import structlog

from adapters.contract import (
    AdapterError,
    Handles,
    Handover,
    Message,
    Push,
    Receives,
    Stop,
    Taken,
    Tells,
    UpstreamResult,
)
from hub import metrics, trace
from hub.errors import HubError
from hub.moments import Moment, reached, sending
from hub.sharinglog import Basis, CaseRef, Operator, Receipt, Sent
from hub.sharinglog.records import Record
from hub.store.database import writing
from hub.store.sealing import blind_index
from hub.store.work import GiveUp, TryLater

program_log = structlog.get_logger(__name__)

T = TypeVar("T")

HAND_OVER = (Moment.HAND_OVER_ON_WIRE, Moment.HAND_OVER_TAKEN)
PUSH = (Moment.PUSH_ON_WIRE, Moment.PUSH_TAKEN)
MESSAGE = (Moment.MESSAGE_ON_WIRE, Moment.MESSAGE_TAKEN)


class Log(Protocol):
    async def append_async(self, record: Record) -> Receipt: ...


@dataclass(frozen=True)
class Regarding:
    """Which case a sending belongs to, all whose facts are in it, on what ground and on whose action it goes out."""

    case: CaseRef
    subjects: tuple[str, ...] = field(repr=False)
    basis: Basis
    organisation: str
    operator: str = field(repr=False)


def wire_key(index_key: bytes, work_key: str) -> str:
    """The key that the far side sees: the same at each try, and opaque, since it also stands in the log's leaf."""
    return str(UUID(hex=blind_index(index_key, "wire-key", work_key)[:32]))


class Outbox:
    """Sends, with the record first. One for each process."""

    def __init__(self, log: Log, app: str = "yijian") -> None:
        self._log = log
        self._app = app

    async def hand_over(
        self, to: Handles, department: str, handover: Handover, about: Regarding, *, by_hand: bool = False
    ) -> Taken:
        """`by_hand`: to persons of the department in its wire's stead; the record names that door. Raises TryLater (not known whether it arrived), GiveUp (refused, a person must look), LogUnavailable."""
        fields = (*handover.form, *(f"material:{a.code}" for a in handover.attachments))
        channel = "hand_over_by_hand" if by_hand else "hand_over"
        await self._record(department, channel, handover.key, handover, fields, about)
        return await _sent(department, channel, to.hand_over(handover), HAND_OVER)

    async def stop(self, to: Handles, department: str, stop: Stop, about: Regarding) -> None:
        await self._record(department, "stop", stop.key, stop, (), about)
        await _sent(department, "stop", to.stop(stop), HAND_OVER)

    async def supply(self, to: Handles, department: str, result: UpstreamResult, about: Regarding) -> None:
        await self._record(department, "upstream_result", result.key, result, ("upstream_result",), about)
        await _sent(department, "upstream_result", to.supply(result), HAND_OVER)

    async def push(self, to: Receives, platform: str, push: Push, about: Regarding) -> Taken:
        await self._record(platform, push.table, push.key, push, tuple(push.values), about)
        return await _sent(platform, push.table, to.receive(push), PUSH)

    async def tell(self, to: Tells, gateway: str, message: Message, about: Regarding) -> Taken:
        await self._record(gateway, "sms", message.key, message, ("phone", "text"), about, recipient=message.phone)
        return await _sent(gateway, "sms", to.tell(message), MESSAGE)

    async def _record(
        self,
        receiver: str,
        channel: str,
        key: str,
        content: object,
        fields: tuple[str, ...],
        about: Regarding,
        recipient: str | None = None,
    ) -> None:
        if writing():
            raise HubError("A write session is open: end it before anything is sent.", code="SENT_WHILE_WRITING")
        await self._log.append_async(
            Sent(
                receiver=receiver,
                channel=channel,
                key=key,
                payload=_payload(content),
                who=Operator(about.organisation, self._app, about.operator or None),
                case=about.case,
                basis=about.basis,
                fields=tuple(sorted(fields)),
                subjects=about.subjects,
                recipient=recipient,
            )
        )
        # From here it may leave: its record is on disk.
        reached(Moment.SENDING_RECORDED)


async def _sent(receiver: str, channel: str, call: Awaitable[T], moments: tuple[Moment, Moment]) -> T:
    on_wire, at_the_end = moments
    begun = time.perf_counter()
    with trace.span("sending", kind="client", department=receiver, channel=channel) as span:
        result = "unreachable"
        try:
            with sending(on_wire):
                taken = await call
            # From here the far side has it; nobody of ours knows.
            reached(at_the_end)
            result = "taken"
            return taken
        except AdapterError as e:
            span.failed = e.code
            if e.retryable:
                raise TryLater(f"{e.code}: {e}") from e
            result = "refused"
            raise GiveUp(f"{e.code}: {e}") from e
        finally:
            took = time.perf_counter() - begun
            metrics.sending(receiver, channel, result, took)
            program_log.info("sending", receiver=receiver, channel=channel, result=result, ms=round(took * 1000))


def _payload(content: object) -> bytes:
    """The sending as bytes, of which the log keeps a salted digest."""
    return json.dumps(asdict(content), default=_plain, ensure_ascii=False, sort_keys=True).encode()  # type: ignore[call-overload]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot write a {type(value).__name__} into a payload")
