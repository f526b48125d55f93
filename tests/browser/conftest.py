"""A browser, a page that fails its test on any CSP report, console error or request to elsewhere, and a served example.

Needs Chromium (`chromium` in tests/conftest.py skips without it, or fails where YIJIAN_REQUIRE has `browser`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from starlette.types import ASGIApp

from hub.web.app import install
from hub.web.doors import Doors
from tests.hub.web import example

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
]
SIZE = {"width": 1366, "height": 900}
PATIENCE = 20_000
"""Milliseconds: a busy machine is slow, not wrong."""
expect.set_options(timeout=PATIENCE)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
EXPECTED = "Failed to load resource"
"""The browser's own line for every 4xx; a page that shows a mistake has one."""
LISTEN = (
    "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for this folder and no longer: its driver holds the thread's event loop while it lives."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield opened
        opened.close()


@dataclass
class Watch:
    """What a page did that no page may do."""

    found: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and EXPECTED not in message.text:
            self.found.append(f"console {message.type}: {message.text}")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:")):
            self.found.append(f"request to elsewhere: {request.url}")
        if request.url.endswith("/csp-reports"):
            self.found.append(f"CSP report: {request.post_data}")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A fresh page of 1366×900; at the end of the test nothing forbidden may have happened."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.add_init_script(LISTEN)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.on("console", watch.on_console)
    opened.on("request", watch.on_request)
    opened.on("pageerror", lambda error: watch.found.append(f"script error: {error}"))
    yield opened
    context.close()
    assert not watch.found, "\n".join(watch.found)


@dataclass(frozen=True)
class Served:
    """A running application and the doors behind it."""

    url: str
    doors: Doors


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Runs applications on free ports of the loopback until the end of the run."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: ASGIApp) -> str:
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="error", lifespan="off", loop="asyncio", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        running.append((server, thread))
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(5)


@pytest.fixture
def served(serve: Callable[[ASGIApp], str], tmp_path: Path) -> Iterator[Served]:
    """The pages on the invented case, fresh for each test."""
    ending: list[bool] = []
    doors = example.doors(tmp_path)
    object.__setattr__(doors, "closing", lambda: bool(ending))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install(app, doors)
    yield Served(serve(app), doors)
    ending.append(True)


def sign_in(page: Page, served: Served, person: str) -> None:
    page.context.add_cookies([{"name": "yijian", "value": person, "url": served.url}])


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical on this page, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
