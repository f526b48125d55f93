"""A browser, a page that fails its test on any CSP report, console error or request to elsewhere, and a served example.

Needs Chromium (`chromium` in tests/conftest.py skips without it, or fails where YIJIAN_REQUIRE has `browser`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from hub.web.doors import Doors
from tests.hub.web import mounted

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
]
SIZE = {"width": 1366, "height": 900}
PATIENCE = 60_000
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


@dataclass(frozen=True)
class Served:
    """A running application and the doors behind it."""

    url: str
    doors: Doors


@pytest.fixture
def watch() -> Watch:
    return Watch()


def _window(browser: Browser) -> Page:
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.add_init_script(LISTEN)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    return opened


@pytest.fixture(scope="package")
def window(browser: Browser) -> Iterator[Page]:
    """One window for this folder: a browser takes longer to open a window than to draw most pages in it."""
    opened = _window(browser)
    yield opened
    opened.context.close()


@contextmanager
def watched(page: Page, watch: Watch) -> Iterator[Page]:
    """At its end the page is left, and nothing forbidden may have happened."""
    heard: list[tuple[Any, Callable[[Any], None]]] = [
        ("console", watch.on_console),
        ("request", watch.on_request),
        ("pageerror", lambda error: watch.found.append(f"script error: {error}")),
    ]
    for name, listener in heard:
        page.on(name, listener)
    yield page
    if page.url.startswith("http://127.0.0.1:"):
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
    page.goto("about:blank")
    for name, listener in heard:
        page.remove_listener(name, listener)
    assert not watch.found, "\n".join(watch.found)


@pytest.fixture
def page(window: Page, served: Served, watch: Watch) -> Iterator[Page]:
    """A page of 1366×900 where nobody has been; left before the server is as new again."""
    context = window.context
    window.set_viewport_size(SIZE)  # type: ignore[arg-type]
    context.set_offline(False)
    context.clear_cookies()
    window.unroute_all()
    with watched(window, watch):
        yield window


@pytest.fixture
def lone_page(browser: Browser, served: Served, watch: Watch) -> Iterator[Page]:
    """The same in a window of its own, for a test that leaves it changed (another clock)."""
    opened = _window(browser)
    with watched(opened, watch):
        yield opened
    opened.context.close()


@pytest.fixture(scope="package")
def server() -> Iterator[uvicorn.Server]:
    """The pages on a free port of the loopback, for all tests of this folder."""
    app, _ = mounted.pages()
    running = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", lifespan="off", loop="asyncio", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    _until(lambda: running.started)
    yield running
    running.should_exit = True
    thread.join(60)


@pytest.fixture
def served(server: uvicorn.Server, tmp_path: Path) -> Iterator[Served]:
    """The pages on the invented case, as new for each test; at its end nothing of it is under way any more."""
    doors = mounted.as_new(tmp_path)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", doors)
    object.__setattr__(doors, "closing", lambda: True)
    _until(lambda: not server.server_state.tasks)


def _until(true: Callable[[], bool]) -> None:
    """Wait for what comes by itself. Fails after a minute."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "the pages' server did not come to rest"
        time.sleep(0.01)


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
