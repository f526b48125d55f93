"""A person at an inbox page instead of a system: for a whole department, or for some of its items and resources. Here they are only noted.

The store is a port that the hub wires in; it decides who sees what and when an answer is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from adapters.contract import (
    Answers,
    AnswersLater,
    Handles,
    Handover,
    InboxStore,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Pending,
    Query,
    Stop,
    Taken,
    Unavailable,
    UpstreamResult,
    Why,
)


class InboxAnswers:
    """`Answers`: every question becomes an open question, once per request id."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store

    async def answer(self, query: Query) -> Outcome:
        ticket, due = await asyncio.to_thread(self._store.open_question, query)
        return Pending(ticket, due)


class InboxHandles:
    """`Handles`: item cases wait for a person; the store's number is the department's number."""

    def __init__(self, department: str, store: InboxStore) -> None:
        self._department, self._store = department, store

    async def hand_over(self, handover: Handover) -> Taken:
        return Taken(await asyncio.to_thread(self._store.open_handover, self._department, handover))

    async def stop(self, stop: Stop) -> None:
        await asyncio.to_thread(self._store.note_stop, self._department, stop)

    async def supply(self, result: UpstreamResult) -> None:
        await asyncio.to_thread(self._store.note_upstream, self._department, result)


# --- some of a department at the inbox, the rest over its wire -----------------------------------------------------------


class AnswersEitherWay:
    """`Answers`: the resources named go to the inbox (or to the hub's registry), all others over the wire."""

    def __init__(self, named: Collection[str], other: Answers, wire: Answers | None) -> None:
        self._named, self._other, self._wire = frozenset(named), other, wire

    async def answer(self, query: Query) -> Outcome:
        if query.resource.code in self._named:
            return await self._other.answer(query)
        if self._wire is None:
            # The resource came with a later catalog than this connection: a bug of ours, not the department's.
            raise LookupError(f"{query.resource.code} is not connected; restart the hub after publishing.")
        return await self._wire.answer(query)

    async def answer_later(self, query: Query, ticket: str) -> Outcome:
        """What the wire promised; an inbox's ticket is answered by a person."""
        wire: object = self._wire
        return await wire.answer_later(query, ticket) if isinstance(wire, AnswersLater) else Unavailable(Why.WITHDRAWN)


class HandlesEitherWay:
    """`Handles`: the items named go to the inbox, all others over the wire."""

    def __init__(self, at_inbox: Collection[str], inbox: Handles, wire: Handles | None) -> None:
        self._at_inbox, self._inbox, self._wire = frozenset(at_inbox), inbox, wire

    async def hand_over(self, handover: Handover) -> Taken:
        return await self._of(handover.item).hand_over(handover)

    async def stop(self, stop: Stop) -> None:
        await self._of(stop.item).stop(stop)

    async def supply(self, result: UpstreamResult) -> None:
        await self._of(result.item).supply(result)

    def _of(self, item: str) -> Handles:
        way = self._inbox if item in self._at_inbox else self._wire
        if way is None:
            raise PeerRefused(f"This department takes no item {item!r}; tell it by telephone.")
        return way


class NotConnected:
    """The wire of a department that nobody has connected yet: as good as down, so that what waits for it is sent once it is there."""

    def __init__(self, department: str) -> None:
        self._department = department

    async def check(self) -> list[str]:
        return ["its inbox works, its system is not connected; add it to the connections file"]

    async def answer(self, query: Query) -> Outcome:
        return Unavailable(Why.REFUSED_CONNECTION)

    async def hand_over(self, handover: Handover) -> Taken:
        raise self._away()

    async def stop(self, stop: Stop) -> None:
        raise self._away()

    async def supply(self, result: UpstreamResult) -> None:
        raise self._away()

    def _away(self) -> PeerUnreachable:
        return PeerUnreachable(f"{self._department} is not connected; add it to the connections file.", down=True)
