"""A department without a system: a person answers questions and takes item cases at an inbox page. Here they are only noted.

The store is a port that the hub wires in; it decides who sees what and when an answer is due.
"""

from __future__ import annotations

import asyncio

from adapters.contract import Handover, InboxStore, Outcome, Pending, Query, Stop, Taken, UpstreamResult


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
