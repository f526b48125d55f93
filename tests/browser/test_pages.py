"""Every page at 1366×900: no scrolling sideways, nothing serious for axe-core, nothing that the CSP stops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, serious, sign_in
from tests.hub.web import example
from tests.hub.web.test_pages import PAGES

TROUBLES = [("clerk", "/cases/none", ""), ("clerk", "/audit", "")]


@pytest.mark.parametrize(("person", "path", "heading"), PAGES + TROUBLES)
def test_a_page_fits_and_is_accessible(page: Page, served: Served, person: str, path: str, heading: str) -> None:
    if person:
        sign_in(page, served, person)
    page.goto(served.url + path)
    assert heading in page.locator("h1").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    _keep(page, f"{person or 'public'}{path}")
    assert page.locator(".skip").first.bounding_box()["y"] < -20, (
        "the way past the navigation shows before it has focus"
    )  # type: ignore[index]
    assert serious(page) == []


def test_a_trouble_fits_the_window(page: Page, served: Served) -> None:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/cases/none")
    assert page.evaluate("document.documentElement.scrollHeight") == 900


def test_the_top_bar_stays_on_a_long_page(page: Page, served: Served) -> None:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/cases/c1")
    page.evaluate("scrollTo(0, 1500)")
    assert page.evaluate("scrollY") > 500
    assert page.locator(".topbar").bounding_box()["y"] == 0  # type: ignore[index]


def test_the_operators_page_moves_by_itself_and_not_under_the_hands(page: Page, served: Served) -> None:
    door = served.doors.operator
    assert isinstance(door, example.Operator)
    sign_in(page, served, "operator")
    page.goto(served.url + "/operations")
    page.get_by_role("button", name="跳过").click()
    door.waiting = 77
    page.evaluate("htmx.ajax('GET', '/operations/changes', {target: '#say', swap: 'none'})")
    expect(page.locator("#ops-figures")).to_contain_text("77")
    expect(page.get_by_role("dialog", name="跳过这一条")).to_be_visible()


@pytest.mark.parametrize("width", [1024, 1920])
def test_the_case_fits_other_screens(page: Page, served: Served, width: int) -> None:
    sign_in(page, served, "clerk")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(served.url + "/cases/c1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("person", "path"), [("operator", "/operations"), ("operator", "/departments"), ("clerk", "/desk")]
)
def test_a_page_fits_a_telephone(page: Page, served: Served, person: str, path: str) -> None:
    sign_in(page, served, person)
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(served.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_a_telephone_shows_a_department_whole_and_its_details_too(page: Page, served: Served) -> None:
    sign_in(page, served, "operator")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(served.url + "/departments")
    page.locator("details.folds summary").first.click()
    box = page.locator(".tablebox")
    assert box.evaluate("one => one.scrollWidth <= one.clientWidth")
    for what in (".findings .said:visible", "tbody:has(details[open]) .btn"):
        found = page.locator(what).first.bounding_box()
        assert found is not None and found["x"] >= 0 and found["x"] + found["width"] <= 390
    assert serious(page) == []


def test_the_open_help_is_accessible_too(page: Page, served: Served) -> None:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/cases/c1")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="键盘快捷键").wait_for()
    assert serious(page) == []


def test_a_script_put_into_a_page_does_not_run(page: Page, served: Served, watch: object) -> None:
    page.goto(served.url + "/login")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hurt = 1\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hurt") is None
    assert any("CSP" in line for line in watch.found)  # type: ignore[attr-defined]
    watch.found.clear()  # type: ignore[attr-defined]


def _keep(page: Page, name: str) -> None:
    """A screenshot, where YIJIAN_SCREENSHOTS names a folder."""
    folder = os.environ.get("YIJIAN_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / (name.replace("/", "_").replace("?", "-") + ".png"))
