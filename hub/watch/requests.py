"""ASGI middleware around both doors: begins each request's trace, writes its line, measures it. It decides nothing about the request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import metrics, trace

program_log = structlog.get_logger(__name__)

NO_ROUTE = "(none)"
QUIET = ("/static/{digest}/{name:path}", "/favicon.ico", "/healthz", "/readyz")
"""Routes whose answers say nothing about the work: their lines are written at level DEBUG alone."""
BROKEN_OFF = 499
"""The caller went away before an answer began."""


class Seen:
    """Outermost of the hub's middlewares. Pure ASGI: it reads no body and holds no answer back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope)
        with answer.watched():
            await self.app(scope, receive, answer.noting(send))


@dataclass
class _Answer:
    """What is known of one answer so far."""

    scope: Scope
    status: int = BROKEN_OFF
    streams: bool = False
    begun: float = field(default_factory=time.perf_counter)
    open: ExitStack = field(default_factory=ExitStack)

    def noting(self, send: Send) -> Send:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/event-stream"):
                    self.streams = True
                    self.open.enter_context(metrics.stream())
            await send(message)

        return noted

    @contextmanager
    def watched(self) -> Iterator[None]:
        with trace.span("request", kind="server", method=self.scope["method"]) as span, self.open:
            # For the page that tells of a bug: it is drawn after the trace has ended.
            self.scope.setdefault("state", {})["trace_id"] = trace.trace_id()
            fault: Exception | None = None
            try:
                yield
            except Exception as e:
                fault, self.status = e, 500 if self.status == BROKEN_OFF else self.status
                raise
            finally:
                span.note(route=self.route, status=self.status)
                self._write(fault)

    @property
    def route(self) -> str:
        if self.scope["path"] in ("/healthz", "/readyz"):  # answered before any route
            return str(self.scope["path"])
        return str(getattr(self.scope.get("route"), "path", NO_ROUTE))

    def _write(self, fault: Exception | None) -> None:
        seconds = time.perf_counter() - self.begun
        if not self.streams:
            metrics.request(self.scope["method"], self.route, self.status, seconds)
        failed = self.status >= 500
        tell = program_log.error if failed else program_log.debug if self.route in QUIET else program_log.info
        tell(
            "request",
            method=self.scope["method"],
            route=self.route,
            status=self.status,
            ms=round(seconds * 1000),
            request_id=self.scope["state"].get("request_id"),
            exc_info=fault,
        )
