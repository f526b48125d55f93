"""The door for those who watch: /metrics, /healthz and /readyz on a port of their own, in nodes without pages too. It shows nobody's facts.

It asks nobody who they are, so it listens on this host alone unless the settings say otherwise, and not at all unless they name a port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from anyio import to_thread
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.patience import Patient
from hub.watch.health import Health
from hub.wiring.build import Hub
from hub.wiring.gauges import CONTENT_TYPE, Gauges
from hub.wiring.readiness import Readiness


class Metrics:
    """ASGI application: GET /metrics, and nothing else."""

    def __init__(self, gauges: Gauges) -> None:
        self.gauges = gauges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/metrics" or scope["method"] not in ("GET", "HEAD"):
            answer: Response = PlainTextResponse("See docs/metrics.md.\n", 404)
        else:
            answer = Response(await to_thread.run_sync(self.gauges.exposition), media_type=CONTENT_TYPE)
        await answer(scope, receive, send)


@dataclass(frozen=True)
class Watched:
    """What the door shows, and where it stands; `port` 0 means nowhere."""

    gauges: Gauges
    readiness: Readiness
    host: str
    port: int


def application(watched: Watched) -> ASGIApp:
    """What the door answers."""
    return Health(Metrics(watched.gauges), watched.readiness)


@asynccontextmanager
async def open_for(watched: Watched) -> AsyncIterator[None]:
    """The door stands open within the block, where there is a port for it."""
    if not watched.port:
        yield
        return
    server = _Server(
        uvicorn.Config(
            application(watched),
            host=watched.host,
            port=watched.port,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            http=Patient,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def watched(hub: Hub) -> Watched:
    """As the hub's settings say."""
    return Watched(hub.gauges, hub.readiness, hub.settings.metrics_host, hub.settings.metrics_port)


class _Server(uvicorn.Server):
    """Leaves the process's signals to whoever owns them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
