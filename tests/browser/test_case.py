"""A clerk's case by keyboard alone, and what a live answer does to the page under their hands."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route, expect

from hub.wiring.listings import FeedRow
from tests.browser.conftest import Served, Watch, sign_in
from tests.hub.web import example


def at_the_case(page: Page, served: Served) -> Page:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/cases/c1")
    return page


@pytest.fixture
def case(page: Page, served: Served) -> Page:
    return at_the_case(page, served)


def clerk(served: Served) -> example.Clerk:
    assert isinstance(served.doors.clerk, example.Clerk)
    return served.doors.clerk


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def answer(served: Served, no: int, key: str, value: str) -> None:
    """What the hub does when a department answers."""
    door = clerk(served)
    field = door.field(example.PEOPLE["clerk"], "c1", key)
    door.put(
        "c1",
        replace(field, value=value, shown=value, status="auto", status_title="部门数据", provenance=example.PERSON),
    )
    door.rows.append(FeedRow(no, "field", key))


def test_enter_saves_a_field_and_goes_to_the_next_that_needs_a_person(case: Page, served: Served) -> None:
    case.keyboard.press("n")
    assert focused(case) == "f-legal_representative-phone-v"
    case.keyboard.type("13900000000")
    case.keyboard.press("Enter")
    expect(case.locator("#actionbar")).to_contain_text("还差 4 项")
    expect(case.locator("#f-premises-address-1")).to_be_focused()
    assert clerk(served).field(example.PEOPLE["clerk"], "c1", "legal_representative.phone").value == "13900000000"


def test_a_mistake_keeps_the_cursor_in_the_field(case: Page) -> None:
    case.locator("#f-legal_representative-phone-v").fill("一三九")
    case.keyboard.press("Enter")
    expect(case.locator("#f-legal_representative-phone .mistake")).to_contain_text("只能是数字")
    expect(case.locator("#f-legal_representative-phone-v")).to_be_focused()
    expect(case.locator("#f-legal_representative-phone-v")).to_have_value("一三九")


def test_a_conflict_is_settled_by_keyboard(case: Page) -> None:
    case.locator("#f-premises-address-1").focus()
    case.keyboard.press("ArrowDown")
    for _ in range(3):
        case.keyboard.press("Tab")
    case.keyboard.press("Enter")
    expect(case.locator("#f-premises-address .value")).to_have_text("西峡县示例镇演示路 8 号院 1 幢")


def test_a_departments_answer_appears_by_itself(case: Page, served: Served) -> None:
    expect(case.locator("#f-legal_representative-address")).to_contain_text("正在向公安局查询")
    answer(served, 4, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_have_text("西峡县示例镇")
    expect(case.locator("#f-legal_representative-address")).to_contain_text("日志 #1044")


def test_a_page_whose_scripts_come_slowly_hears_of_answers_too(case: Page, served: Served) -> None:
    """htmx began in the pause between two scripts, without the one that listens."""
    came = list[str]()

    def later(route: Route) -> None:
        time.sleep(0.4)
        came.append(route.request.url)
        route.continue_()

    case.route("**/hx-sse.min.js", later)
    case.reload()
    answer(served, 4, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_have_text("西峡县示例镇")
    assert came


def test_an_answer_does_not_take_what_is_being_typed(case: Page, served: Served) -> None:
    case.locator("#f-premises-rooms-v").fill("15")
    answer(served, 4, "premises.rooms", "12")
    answer(served, 5, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_be_visible()
    expect(case.locator("#f-premises-rooms-v")).to_have_value("15")
    expect(case.locator("#f-premises-rooms-v")).to_be_focused()


def test_opened_details_and_typed_reasons_survive_an_answer(case: Page, served: Served) -> None:
    case.locator("#q-q4-go_on-d summary").click()
    case.locator("#q-q4-go_on-w").fill("急办")
    answer(served, 4, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_be_visible()
    expect(case.locator("#q-q4-go_on-w")).to_be_visible()
    expect(case.locator("#q-q4-go_on-w")).to_have_value("急办")


def test_the_page_stops_listening_when_the_case_leaves_checking(case: Page, served: Served) -> None:
    door = clerk(served)
    door.cases["c1"] = replace(door.cases["c1"], state="received", state_title="已收件", actions=())
    door.rows.append(FeedRow(4, "case", "received"))
    expect(case.locator("#casehead")).to_contain_text("已收件")
    expect(case.locator("#watch [hx-sse\\:connect]")).to_have_count(0)


def test_only_what_needs_a_person_is_shown_on_demand(case: Page) -> None:
    case.keyboard.press("o")
    expect(case.locator(".field:visible")).to_have_count(4)
    case.keyboard.press("o")
    assert case.locator(".field:visible").count() > 10


def test_a_missing_thing_in_the_action_bar_leads_to_its_field(case: Page) -> None:
    case.get_by_role("link", name="生活饮用水").click()
    assert focused(case) == "f-premises-water-v"


def test_a_value_is_corrected_with_a_reason_and_the_focus_stays_there(case: Page) -> None:
    field = case.locator("#f-enterprise-registered_address")
    field.get_by_role("button", name="更正").focus()
    case.keyboard.press("Enter")
    case.keyboard.press("Control+A")
    case.keyboard.type("西峡县示例镇演示路 9 号")
    field.get_by_role("button", name="保存更正").press("Enter")
    expect(field.locator(".value")).to_have_text("西峡县示例镇演示路 9 号")
    expect(field).to_contain_text("原值")
    assert case.evaluate("document.activeElement.closest('.field')?.id") is not None


def test_escape_gives_up_a_correction(case: Page) -> None:
    field = case.locator("#f-enterprise-registered_address")
    field.get_by_role("button", name="更正").press("Enter")
    case.keyboard.type("错")
    case.keyboard.press("Escape")
    expect(field.locator("form.override")).to_be_hidden()
    expect(field.get_by_role("button", name="更正")).to_be_focused()


def test_keys_lead_to_pages_and_may_be_switched_off(case: Page, served: Served) -> None:
    case.keyboard.press("?")
    case.locator("#single-keys").press("Space")
    case.keyboard.press("Escape")
    case.keyboard.press("o")
    expect(case.locator("#only")).to_have_attribute("aria-pressed", "false")
    case.keyboard.press("Alt+o")
    expect(case.locator("#only")).to_have_attribute("aria-pressed", "true")
    case.evaluate("localStorage.clear()")
    case.keyboard.press("g")
    case.keyboard.press("f")
    expect(case).to_have_url(served.url + "/filings")


def test_a_scan_is_added_and_a_wrong_file_is_explained(case: Page, served: Served) -> None:
    box = case.locator("#m-plan-f")
    box.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"MZ"})
    expect(case.locator("#say")).to_contain_text("内容须与类型相符")
    box.set_input_files({"name": "平面图.pdf", "mimeType": "application/pdf", "buffer": example.SCAN})
    expect(case.locator("#say")).to_be_empty()
    assert clerk(served).done == [("upload", "plan", "平面图.pdf", "application/pdf", len(example.SCAN))]


def test_returning_a_case_asks_for_a_reason_in_a_dialog(case: Page, served: Served) -> None:
    case.get_by_role("button", name="退件").press("Enter")
    sheet = case.get_by_role("dialog", name="退件")
    sheet.get_by_label("理由", exact=True).select_option("不属于本事项办理范围")
    sheet.get_by_role("button", name="确定退件").press("Enter")
    expect(sheet).to_be_hidden()
    assert clerk(served).done == [("act", "return", "不属于本事项办理范围", False, ())]


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(case: Page, watch: Watch) -> None:
    case.context.set_offline(True)
    case.locator("#f-legal_representative-phone-v").fill("13900000000")
    case.keyboard.press("Enter")
    expect(case.locator("#say")).to_contain_text("没有连上服务器")
    expect(case.locator("#f-legal_representative-phone-v")).to_have_value("13900000000")
    case.context.set_offline(False)
    watch.found = [
        line for line in watch.found if "ERR_INTERNET_DISCONNECTED" not in line and "Failed to fetch" not in line
    ]


def test_a_server_that_stays_away_is_said_while_it_is_away(lone_page: Page, served: Served, watch: Watch) -> None:
    """Whoever only reads a case's page, waiting for an answer, saw nothing of it."""
    case = at_the_case(lone_page, served)
    case.clock.install()
    case.reload()
    case.wait_for_function("() => document.querySelector('#watch [hx-sse\\\\:connect]')?._htmx?.sse")
    case.route("**/feed?*", lambda route: route.abort())
    case.evaluate("document.querySelector('#say').append('别的话')")
    with case.expect_event("requestfailed"):
        object.__setattr__(served.doors, "closing", lambda: True)
    case.clock.fast_forward("00:05")
    expect(case.locator("#say")).to_contain_text("暂时连不上服务器，正在重连；已保存的内容都在。")
    object.__setattr__(served.doors, "closing", lambda: False)
    case.unroute("**/feed?*")
    case.clock.fast_forward("00:10")
    expect(case.locator("#say")).to_have_text("别的话")
    answer(served, 4, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_have_text("西峡县示例镇")
    watch.found = [line for line in watch.found if "Failed to fetch" not in line]


def test_a_situation_changes_the_opening_page_without_losing_what_was_typed(page: Page, served: Served) -> None:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/matters/open-guesthouse/open")
    page.locator("#p-enterprise-name").fill("西峡县示例民宿有限公司")
    page.locator("#q-filing-self").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#p-agent-identifier")).to_be_visible()
    expect(page.locator("#q-filing-agent")).to_be_focused()
    expect(page.locator("#p-enterprise-name")).to_have_value("西峡县示例民宿有限公司")


def test_after_a_mistake_the_opening_page_still_loses_nothing(page: Page, served: Served) -> None:
    sign_in(page, served, "clerk")
    page.goto(served.url + "/matters/open-guesthouse/open")
    page.locator("#i-hygiene").uncheck()
    expect(page.locator(".flowbox")).not_to_contain_text("公共场所卫生")
    expect(page.locator("#i-hygiene")).to_be_focused()
    page.locator("#p-enterprise-identifier").fill("123")
    page.get_by_role("button", name="开始办理").click()
    expect(page.locator(".note-bad").first).to_contain_text("还不能开始")
    page.locator("#p-enterprise-phone").fill("13800000000")
    page.locator("#q-filing-agent").check()
    expect(page.locator("#p-agent-identifier")).to_be_visible()
    expect(page.locator("#p-enterprise-identifier")).to_have_value("123")
    expect(page.locator("#p-enterprise-phone")).to_have_value("13800000000")
    expect(page.locator("#i-hygiene")).not_to_be_checked()


def test_forms_that_appear_with_an_answer_work(case: Page, served: Served) -> None:
    door = clerk(served)
    was = door.cases["c1"]
    turned = {"deed": ("missing", "待收取"), "plan": ("exempt", "免提交")}
    changed = tuple(
        replace(one, status=turned[one.code][0], status_title=turned[one.code][1], deferrable=one.code == "deed")
        if one.code in turned
        else one
        for one in was.materials
    )
    door.cases["c1"] = replace(was, materials=changed, queries=was.queries[1:])
    door.rows.append(FeedRow(4, "material", "deed"))
    case.locator("#m-deed-f").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": example.SCAN})
    case.locator("#m-deed-defer-d summary").click()
    case.get_by_role("button", name="确定容缺").click()
    case.locator("#q-q4-retry").click()
    expect(case.locator("#say")).to_be_empty()
    case.wait_for_function("() => !document.querySelector('.htmx-request')")
    kinds = [tuple(one[:2]) for one in door.done]
    assert kinds == [("upload", "deed"), ("material", "deed"), ("query", "q4")]


def test_an_answer_does_not_take_the_field_that_is_being_saved(case: Page, served: Served) -> None:
    """On a slow machine the stream tells of a save before the save's own answer comes."""
    key, held = "premises.water", list[Route]()
    case.route(f"**/fields/{key}", lambda route: held.append(route))
    case.locator("#f-premises-water select").focus()
    case.keyboard.press("ArrowDown")
    case.keyboard.press("Enter")
    answer(served, 4, key, "2")
    answer(served, 5, "legal_representative.address", "西峡县示例镇")
    expect(case.locator("#f-legal_representative-address .value")).to_be_visible()
    held[0].continue_()
    expect(case.locator("#f-premises-water")).to_have_attribute("data-attention", "0")
    case.wait_for_function("document.activeElement.closest('[data-attention=\"1\"]')")
    assert clerk(served).field(example.PEOPLE["clerk"], "c1", key).value == "1"


QUICK = """() => new MutationObserver((_, observer) => {
    if (document.querySelector('#f-premises-water').dataset.attention !== '0') return;
    observer.disconnect();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', altKey: true }));
    window.went = document.activeElement.id;
}).observe(document.querySelector('#form'), { childList: true, subtree: true, attributes: true })"""


def test_a_clerk_who_is_quicker_than_the_answer_keeps_the_focus(case: Page) -> None:
    """Between the drawing of a saved field and the page's own step on: there the focus was taken back."""
    case.evaluate(QUICK)
    case.locator("#f-premises-water select").focus()
    case.keyboard.press("ArrowDown")
    case.keyboard.press("Enter")
    case.wait_for_function("() => window.went && !document.querySelector('.htmx-request')")
    case.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert focused(case) == case.evaluate("window.went") != "f-premises-water"
