"""The stream that fills a case's page while departments answer. It holds no session between looks and shows nothing by itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from anyio import to_thread
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from hub.cases.views import CaseView
from hub.errors import HubError
from hub.web.caseparts import LIVE, about, parts
from hub.web.doors import Doors
from hub.web.gate import Gate, Seat
from hub.web.numbers import After, number
from hub.wiring.listings import FeedRow

LOOK_EVERY = 0.4  # seconds after which a stream on which nothing rang sees whether it is to end
AWAY = 503
COMMENT_EVERY = 15.0  # seconds; keeps proxies from closing a quiet stream
ENDED = "event: ended\ndata: ended\n\n"


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    @pages.get("/cases/{case_id}/feed")
    async def feed(request: Request, case_id: str, after: After = 0, seat: Seat = Depends(guard.seat)) -> Response:
        """Server-sent events: each unnamed event is HTML parts with their own targets, its id the feed's number."""
        last = number(request.headers.get("last-event-id", ""))
        start = after if last is None else last
        # The first look is made here, so that a case of another region is a 404 and no broken stream.
        rows = await to_thread.run_sync(doors.clerk.feed, seat.person, case_id, start)
        return StreamingResponse(
            _events(doors, seat, case_id, start, rows),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @pages.get("/cases/{case_id}/changes")
    def changes(case_id: str, after: After = 0, seat: Seat = Depends(guard.seat)) -> Response:
        """The moving parts if anything changed, else 204: for cases that departments work on for days."""
        if not doors.clerk.feed(seat.person, case_id, after):
            return Response(status_code=204)
        return HTMLResponse(parts(doors.clerk.case(seat.person, case_id), seat))


async def _events(
    doors: Doors, seat: Seat, case_id: str, start: int, rows: tuple[FeedRow, ...] | None
) -> AsyncIterator[str]:
    seen, quiet_since = start, time.monotonic()
    drawn: _Drawn | None
    yield "retry: 1000\n\n"
    with doors.bell(case_id) as bell:
        while not doors.closing():
            missed = False
            try:
                if rows is None:
                    rows = await to_thread.run_sync(doors.clerk.feed, seat.person, case_id, seen)
                drawn = await to_thread.run_sync(_drawn, doors, seat, case_id, rows) if rows else None
            except HubError as error:
                if error.status != AWAY:
                    yield ENDED
                    return
                drawn, missed = None, True  # nothing may be shown now; the next look may find database and log again
            if rows and drawn is not None:
                seen, quiet_since = rows[-1].no, time.monotonic()
                yield event(seen, drawn.text)
                if not drawn.live:
                    yield ENDED
                    return
                # Where drawing is slow, answers that come one by one are drawn together: pages leave time for the answers.
                await anyio.sleep(min(2 * drawn.seconds, LOOK_EVERY))
            elif time.monotonic() - quiet_since >= COMMENT_EVERY:
                quiet_since = time.monotonic()
                yield ": still here\n\n"
            rang = await bell.wait(LOOK_EVERY)
            rows = None if rang or missed else ()


@dataclass(frozen=True)
class _Drawn:
    """Parts of a page, whether more may come, and how long drawing them took."""

    text: str
    live: bool
    seconds: float


def _drawn(doors: Doors, seat: Seat, case_id: str, rows: tuple[FeedRow, ...]) -> _Drawn:
    """In a thread of its own: the loop has the departments' answers to hear meanwhile."""
    case = doors.clerk.case(seat.person, case_id)
    began = time.monotonic()
    text = parts(case, seat, changed_keys(rows, case))
    return _Drawn(text, case.state in LIVE, time.monotonic() - began)


def changed_keys(rows: tuple[FeedRow, ...], case: CaseView) -> set[str]:
    """The fields to draw again: those that changed, and those whose question did (their waiting words name it)."""
    values = {row.reference for row in rows if row.kind in ("value", "field")}
    asked = {row.reference for row in rows if row.kind == "query"}
    queries = [query for query in case.queries if query.id in asked]
    fields = (field for group in case.groups for field in group.fields)
    return values | {field.key for field in fields if any(about(query, field) for query in queries)}


def event(number: int, text: str) -> str:
    """One server-sent event; every line of its text gets its own `data:` line."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines() if line.strip())
    return f"id: {number}\n{lines}\n"
