"""One question over REST from the first request to its whole answer: further pages, asking again for one that is not ready. It reads no field.

All requests of a question bear the same request number and share one time limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from adapters.contract import DEFERRED, NotFound, Outcome, Pending, Query, Raw, Unavailable, Unusable, Why
from adapters.kinds import scopes
from adapters.kinds.answers import AnswerReader, plain_outcome
from adapters.kinds.guard import DEFAULT_SIZE_LIMIT, Reply
from adapters.kinds.line import Line
from adapters.kinds.noticing import notice
from adapters.kinds.rest_defer import Poll
from adapters.kinds.rest_pages import Pages, Paging
from adapters.kinds.rest_read import parsed
from adapters.kinds.rest_wire import refusal, request, sent
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Unfillable, unaskable

Whole = tuple[object, Raw]
"""An answer as a tree, and as it came."""
Got = tuple[object, Raw, Reply]


@dataclass(frozen=True)
class Way:
    """How a resource is asked for: its table, and what it says of further pages and of answers that come later."""

    settings: Settings
    reader: AnswerReader
    paging: Paging | None
    poll: Poll | None


@dataclass(frozen=True)
class Asking:
    """One question under way. `until` is by the event loop's clock."""

    line: Line
    query: Query
    until: float

    async def whole(self, way: Way) -> Whole | Outcome:
        """The answer with all its pages, or what came instead: Pending where it is not ready within the time."""
        pages = self._pages(way.paging) if way.paging is not None else None
        got = await self.once(way.settings, pages.words() if pages else None)
        if not isinstance(got, tuple):
            return got
        if way.poll is not None and way.poll.deferred(_said(way, got), got[2]):
            ticket = way.poll.ticket_of(got[0], got[2], self.line.guard.address)
            if isinstance(ticket, Unusable):
                return ticket
            got = await self._waited(way, way.poll, ticket, got[2].retry_after)
            if not isinstance(got, tuple):
                return got
        return await self._paged(way, pages, got) if pages is not None else got[:2]

    async def later(self, way: Way, poll: Poll, ticket: str) -> Whole | Outcome:
        """Asks once more by the ticket of an answer that was not ready."""
        got = await self._by_ticket(poll, ticket)
        if not isinstance(got, tuple):
            return got
        return self.pending(poll, ticket) if poll.deferred(_said(way, got), got[2]) else got[:2]

    async def once(self, settings: Settings, more: Mapping[str, object] | None = None, link: str = "") -> Got | Outcome:
        """One request. `link` stands for path and query where the department named them."""
        words = {**scopes.of_query(self.query, self.line.clock()), **(more or {})}
        try:
            sending = request(self.line, settings, self.line.scope(words), self._left())
        except Unfillable as e:
            return unaskable(e)
        reply = await sent(self.line, settings, replace(sending, path=link, params=()) if link else sending)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in {int(status) for status in settings.words("not_found_status")}:
            return NotFound(Raw(reply.body, reply.media_type))
        stopped = refusal(reply)
        if stopped is not None:
            return stopped
        if reply.status == 202 and not reply.body:
            return None, Raw(b"", reply.media_type), reply
        got = await parsed(self.line, reply, settings)
        return (*got, reply) if isinstance(got, tuple) else got

    def _left(self) -> float:
        return max(self.until - asyncio.get_running_loop().time(), 0.0)

    # --- later ---------------------------------------------------------------------------------------------------------

    async def _waited(self, way: Way, poll: Poll, ticket: str, retry_after: float) -> Got | Outcome:
        tries = 0
        while True:
            pause = poll.pause(tries, retry_after)
            if pause >= self._left():
                return self.pending(poll, ticket)
            await asyncio.sleep(pause)
            got = await self._by_ticket(poll, ticket)
            if got == Unavailable(Why.TIMEOUT):
                return self.pending(poll, ticket)
            if not isinstance(got, tuple) or not poll.deferred(_said(way, got), got[2]):
                return got
            tries, retry_after = tries + 1, got[2].retry_after

    async def _by_ticket(self, poll: Poll, ticket: str) -> Got | Outcome:
        if "path" in poll.settings.table:
            return await self.once(poll.settings, poll.words(ticket))
        plain = Settings({**poll.settings.table, "path": "/"}, poll.settings.where)
        return await self.once(plain, poll.words(ticket), link=ticket)

    def pending(self, poll: Poll, ticket: str) -> Pending:
        return Pending(DEFERRED + ticket, self.line.clock() + timedelta(hours=poll.keep_hours))

    # --- pages ---------------------------------------------------------------------------------------------------------

    def _pages(self, paging: Paging) -> Pages:
        limit = int(self.line.settings.number("size_limit_bytes", DEFAULT_SIZE_LIMIT))
        return Pages(paging, self.line.guard.address, limit)

    async def _paged(self, way: Way, pages: Pages, first: Got) -> Whole | Outcome:
        got: Got | Outcome = first
        while True:
            if not isinstance(got, tuple):
                notice(way.reader, pages.whole()[0], self.query)  # what came before the page that did not
                return got
            tree, raw, reply = got
            said = _said(way, got)
            if not pages.begun and said != "found":
                return tree, raw  # whatever it is, it is the whole answer
            if said == "not_found":
                return pages.end(raw) or pages.whole()
            stopped: Outcome | None = way.reader.of_another(tree, self.query, raw)
            if stopped is None and said != "found":
                stopped = plain_outcome(said, way.reader.meaning.place if way.reader.meaning else "", raw)
            ended = stopped or pages.take(tree, raw, reply)
            if ended is True:
                return pages.whole()
            if ended is not False:
                notice(way.reader, tree, self.query)
                return ended
            got = await self.once(way.settings, pages.words(), pages.link)


def _said(way: Way, got: Got) -> str:
    return way.reader.meaning.of(got[0]) if way.reader.meaning else "found"
