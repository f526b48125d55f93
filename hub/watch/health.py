"""/healthz and /readyz: whether the process lives, and whether it can do its work. Nobody need say who they are; no person's fact is there.

They are answered before any route, any session and any database, so that a hub in trouble can still say so.
"""

from __future__ import annotations

import anyio
from anyio import to_thread
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.settings import VERSION
from hub.wiring.readiness import Missing, Readiness

PATIENCE_SECONDS = 3.0
SLOW = Missing("answer", "The look took longer than 3 s; the database or the disk hangs. See `yijian doctor`.")
NO_STORE = {"Cache-Control": "no-store"}


class Health:
    """ASGI middleware: answers the two paths, gives everything else on."""

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self.app, self.readiness = app, readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response | None:
        if scope["path"] not in ("/healthz", "/readyz"):
            return None
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("", 405, {"Allow": "GET, HEAD"})
        if scope["path"] == "/healthz":
            return JSONResponse({"alive": True, "version": VERSION}, headers=NO_STORE)
        missing = await self._missing()
        told = [{"about": one.about, "advice": one.advice} for one in missing]
        return JSONResponse({"ready": not told, "missing": told}, 503 if told else 200, NO_STORE)

    async def _missing(self) -> tuple[Missing, ...]:
        with anyio.move_on_after(PATIENCE_SECONDS):
            return await to_thread.run_sync(self.readiness.missing, abandon_on_cancel=True)
        return (SLOW,)
