"""我要开民宿 by keyboard alone, in a real browser, on the real hub and departments: no pointer is used anywhere."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.demo.stage import Shared, Stage, set_up
from hub.demo.story import APPLICANT, HYGIENE_REPORT, SCAN, TYPED
from tests.browser.conftest import LISTEN, SIZE, Watch

PRIMARY = {"accept": "受理|接单", "approve": "准予许可|办理完成"}
MOST_TABS = 400
WAIT = 60_000


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, in_common: Shared) -> Iterator[Stage]:
    stage = set_up(tmp_path_factory.mktemp("keyboard"), 0, shared=in_common)
    yield stage
    stage.end()


class Person:
    """Somebody at a keyboard. Every method presses keys and looks; none clicks."""

    def __init__(self, browser: Browser, stage: Stage, watch: Watch, name: str) -> None:
        self._context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        self._context.add_init_script(LISTEN)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("console", watch.on_console)
        self.page.on("request", watch.on_request)
        self.page.goto(stage.hub_url + "/login")
        self.type(name)
        self.press("Tab")
        self.type(stage.password)
        self.press("Enter")
        self.page.wait_for_url(re.compile(r"/(desk|inbox|audit)"))

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def is_on(self, selector: str) -> bool:
        return bool(self.page.evaluate("s => document.activeElement.matches(s)", selector))

    def tab_to(self, selector: str) -> None:
        """Tab until the focus is there."""
        for _ in range(MOST_TABS):
            if self.is_on(selector):
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {selector} on {self.page.url}")

    def focused_id(self) -> str:
        return str(self.page.evaluate("document.activeElement.closest('[data-attention]')?.id || ''"))

    def moved_from(self, at: str) -> None:
        """Wait until the page has put the focus on the next thing that needs a person."""
        elsewhere = (
            "id => { const now = document.activeElement.closest('[data-attention]')?.id; return now && now !== id; }"
        )
        self.page.wait_for_function(elsewhere, arg=at)

    def pick(self, value: str) -> None:
        """Choose an option of the select that has the focus, by arrow keys."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.press("ArrowDown")
        raise AssertionError(f"no arrow key leads to {value}")

    def leave(self) -> None:
        self._context.close()


def test_the_whole_matter_is_done_without_a_pointer(
    browser: Browser, watch: Watch, stage: Stage, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(SCAN)
    clerk = Person(browser, stage, watch, "clerk")
    open_case(clerk)
    health = Person(browser, stage, watch, "health")
    answer_question(health)
    expect(clerk.page.locator("#f-premises-hygiene_report_conclusion")).to_contain_text("合格")
    fill(clerk)
    hand_in(clerk, scan)
    receive(clerk)
    people = {name: Person(browser, stage, watch, name) for name in ("power", "fire")} | {"health": health}
    for action in ("accept", "approve"):
        for name in ("power", "health", "fire"):
            act_at_inbox(people[name], action)
    expect(clerk.page.locator("#casehead")).to_contain_text("已归档", timeout=90_000)
    for person in (clerk, *people.values()):
        person.leave()
    assert not watch.found, "\n".join(watch.found)


def open_case(clerk: Person) -> None:
    clerk.tab_to("a[href='/matters/open-guesthouse/open']")
    clerk.press("Enter")
    clerk.page.wait_for_url("**/open")
    clerk.tab_to("input[name='party.enterprise.identifier']")
    clerk.type(APPLICANT)
    clerk.press("Enter")
    clerk.page.wait_for_url("**/cases/*")
    expect(clerk.page.locator("#f-owner-registered_address")).to_contain_text("西峡县")


def answer_question(health: Person) -> None:
    enter_inbox(health)
    for name, value in HYGIENE_REPORT.items():
        health.tab_to(f"[name='value.{name}']")
        health.type(value)
    health.press("Enter")
    health.page.wait_for_load_state("networkidle")


def fill(clerk: Person) -> None:
    """`n` goes to the next thing that needs a person; Enter saves and goes on."""
    keys = {f"f-{key.replace('.', '-')}": key for key in TYPED}
    clerk.press("n")
    for _ in range(len(TYPED) + 5):
        at = clerk.focused_id()
        if not at.startswith("f-"):
            return
        value = TYPED[keys[at]]
        if clerk.is_on("select"):
            clerk.pick(value)
            clerk.press("Enter")
            clerk.moved_from(at)
        elif clerk.is_on("input[type=checkbox]"):
            tick(clerk, value.split(","))
            expect(clerk.page.locator(f"#{at}")).to_have_attribute("data-attention", "0")
            clerk.press("Alt+n")
        else:
            clerk.type(value)
            clerk.press("Enter")
            expect(clerk.page.locator(f"#{at}")).to_have_attribute("data-attention", "0")
            clerk.moved_from(at)
    raise AssertionError("the form never came to its end")


def tick(clerk: Person, codes: list[str]) -> None:
    while clerk.is_on("input[type=checkbox]"):
        if clerk.page.evaluate("document.activeElement.value") in codes:
            clerk.press("Space")
        clerk.press("Tab")
    clerk.press("Enter")


def hand_in(clerk: Person, scan: Path) -> None:
    """Space opens the file dialogue of the material that has the focus."""
    clerk.page.on("filechooser", lambda chooser: chooser.set_files(scan))
    for _ in range(12):
        at = clerk.focused_id()
        if not at.startswith("m-"):
            return
        clerk.press("Space")
        expect(clerk.page.locator(f"#{at}")).to_have_attribute("data-attention", "0")
        clerk.press("Alt+n")


def receive(clerk: Person) -> None:
    expect(clerk.page.locator("[data-primary]")).to_be_enabled()
    clerk.press("Alt+Enter")
    clerk.press("Enter")
    expect(clerk.page.locator("#casehead")).not_to_contain_text("核对材料")


def act_at_inbox(person: Person, action: str) -> None:
    person.page.goto(person.page.url.split("/inbox")[0] + "/inbox")
    enter_inbox(person)
    expect(person.page.locator("[data-primary]")).to_have_text(re.compile(PRIMARY[action]))
    person.tab_to("[data-primary]")
    person.press("Enter")
    person.page.wait_for_load_state("networkidle")


def enter_inbox(person: Person) -> None:
    """Open the first entry, once there is one."""
    until = time.monotonic() + 2 * WAIT / 1000
    while not person.page.locator("main a[href^='/inbox/']").count():
        assert time.monotonic() < until, "nothing came to the inbox"
        person.page.wait_for_timeout(300)
        person.page.reload()
    person.tab_to("main a[href^='/inbox/']")
    person.press("Enter")
    person.page.wait_for_url(re.compile(r"/inbox/[0-9a-f-]+$"))
