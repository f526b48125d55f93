"""The web application: both doors and the worker in one process. It puts no part together; `hub.wiring` did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from hub.api.access import HEADS as API_HEADS
from hub.api.app import install as install_api
from hub.api.doors import ApiDoors
from hub.errors import NotThere
from hub.heads import Heads
from hub.patience import CONNECTIONS, Patient
from hub.settings import VERSION
from hub.watch.door import open_for, watched
from hub.watch.health import Health
from hub.watch.requests import Seen
from hub.web.access import HEADS as PAGE_HEADS
from hub.web.app import install as install_pages
from hub.web.doors import Doors
from hub.wiring.build import Hub
from hub.wiring.presence import present
from hub.wiring.switchboard import following

program_log = structlog.get_logger(__name__)


class Closing:
    """Turns true when the process is asked to end, so that live streams end too; whoever listens is told at once."""

    def __init__(self) -> None:
        self._asked = False
        self._listeners: list[Callable[[], None]] = []

    def ask(self) -> None:
        self._asked = True
        for listener in self._listeners:
            listener()

    def when_asked(self, listener: Callable[[], None]) -> None:
        """Call `listener`, from whatever thread or signal handler, once the process is asked to end."""
        self._listeners.append(listener)

    def __call__(self) -> bool:
        return self._asked


def application(hub: Hub, closing: Closing | None = None) -> FastAPI:
    """The application with its routes; the worker runs with it where the settings say so."""
    ending = closing or Closing()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def stop_working() -> None:
            with suppress(RuntimeError):  # the loop is closed, and the worker with it
                loop.call_soon_threadsafe(stop.set)

        # The worker ends beside the streams, not after them: the whole must fit into a few seconds.
        ending.when_asked(stop_working)
        running = _started(hub.runner().run(stop)) if hub.settings.worker else None
        try:
            async with open_for(watched(hub)), present(hub.presence()), following(hub.board):
                yield
        finally:
            ending.ask()
            stop.set()
            if running is not None:
                with suppress(asyncio.CancelledError):
                    await running
            await hub.close_adapters()

    app = FastAPI(
        title="易简 Yijian",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    install_api(app, api_doors(hub))
    install_pages(app, page_doors(hub, ending))
    app.add_middleware(Heads, paths=API_HEADS | PAGE_HEADS)
    app.add_middleware(Health, readiness=hub.readiness)
    app.add_middleware(Seen)
    return app


def _started(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """The worker as a task; one that ends by a fault of ours is said at once, not when the process stops (/readyz says it too)."""
    running = asyncio.ensure_future(work)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            program_log.critical("worker_ended", exc_info=fault)

    running.add_done_callback(ended)
    return running


def api_doors(hub: Hub) -> ApiDoors:
    return ApiDoors(
        session=hub.session,
        clerk=hub.clerk,
        reviewer=hub.reviewer,
        auditor=hub.auditor,
        catalog=hub.catalog,
        operator=hub.operator,
        applicant=hub.applicant,
        verification=hub.verification,
        registry=hub.registry,
        certificate_sharing=hub.certificate_sharing,
        certificate_codes=hub.certificate_codes,
        code_use=hub.code_use,
        certificate_links=hub.certificate_links,
        bringing=hub.bringing,
        department=hub.department,
        platform=hub.platform,
        sharing=hub.sharing,
        answer_key=hub.answer_key,
        settings=hub.settings,
        now=hub.clock,
    )


def page_doors(hub: Hub, closing: Closing) -> Doors:
    return Doors(
        session=hub.session,
        clerk=hub.clerk,
        reviewer=hub.reviewer,
        auditor=hub.auditor,
        catalog=hub.catalog,
        operator=hub.operator,
        departments=hub.departments,
        applicant=hub.applicant,
        verification=hub.verification,
        registry=hub.registry,
        certificate_codes=hub.certificate_codes,
        code_use=hub.code_use,
        certificate_links=hub.certificate_links,
        bringing=hub.bringing,
        status_lists=hub.status_lists,
        settings=hub.settings,
        now=hub.clock,
        closing=closing,
        units=lambda: _units(hub),
        bell=hub.bells.of,
    )


def _units(hub: Hub) -> dict[str, str]:
    """Departments by name, for the head of each page; none before the first publication."""
    try:
        return {code: department.name for code, department in hub.catalogs.current().departments.items()}
    except NotThere:
        return {}


class Server(uvicorn.Server):
    """A server that ends live streams as soon as it is asked to stop."""

    def __init__(self, hub: Hub, log_level: str = "warning") -> None:
        self._closing = Closing()
        config = uvicorn.Config(
            application(hub, self._closing),
            host=hub.settings.host,
            port=hub.settings.port,
            log_config=None,  # its lines go through the program log, and through its mask
            log_level=log_level,
            access_log=False,
            server_header=False,
            http=Patient,
            ws="none",  # no route of ours speaks WebSocket
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._verification = hub.verification

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """As uvicorn's; first whoever waits for a verdict on a file is told to come again, or all would wait for the judging."""
        await asyncio.to_thread(self._verification.close)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: object) -> None:
        self._closing.ask()
        super().handle_exit(sig, frame)  # type: ignore[arg-type]

    def end(self) -> None:
        """Ask the server to stop, from any thread."""
        self._closing.ask()
        self.should_exit = True

    @property
    def port(self) -> int:
        """The port that it listens on, once started."""
        return int(self.servers[0].sockets[0].getsockname()[1])
