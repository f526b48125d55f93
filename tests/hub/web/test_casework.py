"""What a clerk does on a case's page, as htmx sends it and as a browser without scripts does."""

from __future__ import annotations

import pytest

from hub.web.caseparts import missing
from hub.web.doors import Doors
from tests.hub.web import example
from tests.hub.web.conftest import Visit
from tests.hub.web.test_pages import Tags

SWAP = {"HX-Request": "true"}


def test_a_saved_field_comes_back_with_everything_it_moved(visit: Visit) -> None:
    path = "/cases/c1/fields/legal_representative.phone"
    answer = visit("clerk").post(path, data={"value": "13900000000"}, headers=SWAP)
    assert answer.status_code == 200 and 'id="f-legal_representative-phone"' in answer.text
    for target in ("#tally", "#actionbar", "#s-queries", "#s-materials", "#casehead"):
        assert f'hx-target="{target}"' in answer.text
    assert "还差 4 项" in answer.text


def test_a_mistake_keeps_what_was_typed_and_says_what_is_wrong(visit: Visit) -> None:
    path = "/cases/c1/fields/legal_representative.phone"
    answer = visit("clerk").post(path, data={"value": "一三九"}, headers=SWAP)
    assert answer.status_code == 422 and 'value="一三九"' in answer.text and "只能是数字" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_without_scripts_a_post_leads_back_to_the_field(visit: Visit) -> None:
    answer = visit("clerk").post("/cases/c1/fields/premises.water", data={"value": "1", "csrf": example.CSRF})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases/c1#f-premises-water")


def test_dates_may_be_typed_without_hyphens(visit: Visit, doors: Doors) -> None:
    visit("clerk").post("/cases/c1/fields/premises.opened_on", data={"value": "20270301"}, headers=SWAP)
    assert doors.clerk.field(example.PEOPLE["clerk"], "c1", "premises.opened_on").value == "2027-03-01"


def test_a_conflict_is_settled_with_one_of_the_two_and_a_reason(visit: Visit) -> None:
    sent = {"which": "1", "picked": "已核对原件", "written": ""}
    answer = visit("clerk").post("/cases/c1/fields/premises.address/resolve", data=sent, headers=SWAP)
    assert "8 号院 1 幢" in answer.text and "来源不一致" not in answer.text


def test_a_correction_keeps_old_value_person_and_reason(visit: Visit) -> None:
    sent = {"value": "西峡县示例镇演示路 9 号", "picked": "已核对原件", "written": "门牌已换"}
    answer = visit("clerk").post("/cases/c1/fields/enterprise.registered_address/override", data=sent, headers=SWAP)
    assert "<s>西峡县示例镇演示路 8 号</s>" in answer.text and "已核对原件：门牌已换" in answer.text


def test_a_locked_value_offers_no_control(visit: Visit) -> None:
    text = visit("clerk").get("/cases/c1/fields/enterprise.uscc", headers=SWAP).text
    field = text[: text.index("<hx-partial")]
    assert "<form" not in field and "已锁定" in field


def test_a_locked_field_whose_department_is_silent_is_typed_with_a_reason_and_marked(visit: Visit) -> None:
    client = visit("clerk")
    field = client.get("/cases/c1/fields/premises.owner_name", headers=SWAP).text.partition("<hx-partial")[0]
    assert 'name="picked"' in field and "本项应由部门提供" in field
    saved = client.post(
        "/cases/c1/fields/premises.owner_name", data={"value": "示例丙", "picked": "数源部门无此记录"}, headers=SWAP
    )
    assert "未经核验" in saved.text.partition("<hx-partial")[0]


@pytest.mark.parametrize(("sent", "noted"), [({"way": "choose", "candidate": "1"}, ("query", "q3", "choose", 1, "")), ({"way": "go_on", "picked": "其他原因", "written": "急办"}, ("query", "q3", "go_on", None, "其他原因：急办")), ({"way": "ask_again", "written": "登记部门已更正"}, ("query", "q3", "ask_again", None, "登记部门已更正"))])  # fmt: skip
def test_a_way_on_goes_to_the_door(visit: Visit, doors: Doors, sent: dict[str, str], noted: tuple[object, ...]) -> None:
    answer = visit("clerk").post("/cases/c1/queries/q3", data=sent, headers=SWAP)
    assert answer.text.lstrip().startswith("<hx-partial")
    assert doors.clerk.done == [noted]  # type: ignore[attr-defined]


def test_a_scan_goes_to_the_door_and_a_wrong_file_is_refused_in_words(visit: Visit, doors: Doors) -> None:
    client = visit("clerk")
    path = "/cases/c1/materials/plan/file"
    assert (
        client.post(path, files={"file": ("平面图.pdf", example.SCAN, "application/pdf")}, headers=SWAP).status_code
        == 200
    )
    wrong = client.post(path, files={"file": ("a.exe", b"MZ", "application/pdf")}, headers=SWAP)
    assert wrong.status_code == 422 and 'hx-target="#say"' in wrong.text and "只能上传 PDF" in wrong.text
    assert "文件类型不符" not in wrong.text  # the sentence has said it
    assert client.post(path, data={"x": "y"}, headers=SWAP).status_code == 422
    assert doors.clerk.done == [("upload", "plan", "平面图.pdf", "application/pdf", len(example.SCAN))]  # type: ignore[attr-defined]


def test_a_file_is_shown_in_a_sandbox(visit: Visit) -> None:
    answer = visit("clerk").get("/cases/c1/materials/health/file")
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E5")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_an_official_step_leads_to_the_case_again(visit: Visit, doors: Doors) -> None:
    sent = {"action": "correct", "defect": ["plan", "", "产权证明"], "promise": "yes"}
    answer = visit("clerk").post("/cases/c1/act", data=sent, headers=SWAP)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/cases/c1")
    assert doors.clerk.done == [("act", "correct", "", True, ("plan", "产权证明"))]  # type: ignore[attr-defined]


def test_a_session_that_ended_takes_the_page_to_the_login(visit: Visit) -> None:
    answer = visit("").post("/cases/c1/act", data={"action": "receive"}, headers=SWAP)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/login")


def test_what_is_missing_is_listed_once_and_what_departments_owe_apart() -> None:
    found = missing(example.CHECKING)
    assert [one.anchor for one in found if not one.waits] == [
        "f-legal_representative-phone",
        "f-premises-address",
        "f-premises-owner_name",
        "f-premises-water",
        "m-plan",
    ]
    assert [one.title for one in found if one.waits] == ["户籍地址", "不动产权证或租赁合同"]
    assert missing(example.MOVED) == ()


def test_opening_shows_each_mistake_beside_its_field_and_keeps_the_rest(visit: Visit) -> None:
    sent = {
        "party.enterprise.identifier": "123",
        "party.enterprise.name": "西峡县示例民宿有限公司",
        "item": ["fire"],
        "key": "k",
    }
    answer = visit("clerk").post("/matters/open-guesthouse/open", data=sent)
    assert answer.status_code == 422 and "校验位不对" in answer.text
    assert 'value="西峡县示例民宿有限公司"' in answer.text and 'name="key" value="k"' in answer.text


def test_an_answer_changes_items_and_parties(visit: Visit) -> None:
    sent = {"answer.dining": "no", "answer.filing": "agent"}
    answer = visit("clerk").post("/matters/open-guesthouse/choices", data=sent, headers=SWAP).text
    assert "食品经营许可" not in answer and "委托代理人" in answer and 'hx-target="#parties"' in answer


OPENING = {
    "shown": ["power", "hygiene", "fire", "hotel", "food"],
    "item": ["power", "fire"],
    "delivery": "window",
    "party.enterprise.identifier": "123",
    "party.enterprise.phone": "13800000000",
}


def ticked(text: str) -> set[str | None]:
    tags = [attributes for tag, attributes in Tags(text).tags if tag == "input" and "checked" in attributes]
    return {one["value"] for one in tags if one.get("name") in ("item", "delivery")}


@pytest.mark.parametrize("items", [["power", "fire"], []])
def test_a_mistake_at_the_opening_changes_neither_items_nor_delivery(visit: Visit, items: list[str]) -> None:
    answer = visit("clerk").post("/matters/open-guesthouse/open", data=OPENING | {"item": items})
    assert answer.status_code == 422 and ticked(answer.text) == {*items, "hotel", "window"}  # hotel is fixed


def test_another_answer_leaves_unticked_items_unticked_and_parties_typed(visit: Visit) -> None:
    sent = {**OPENING, "answer.filing": "agent", "shown": ["power", "hygiene", "fire", "hotel"]}
    text = visit("clerk").post("/matters/open-guesthouse/choices", data=sent, headers=SWAP).text
    assert ticked(text) == {"power", "fire", "hotel", "food"}  # food was not on the page before: it comes ticked
    assert 'value="123"' in text and 'value="13800000000"' in text and "委托代理人" in text
    drawn = text.partition("<svg")[2].partition("</svg>")[0]
    assert "消防安全检查" in drawn and "卫生许可" not in drawn


def test_what_to_bring_follows_the_ticks_and_leads_to_the_guide(visit: Visit) -> None:
    page = visit("clerk").get("/matters/open-guesthouse/open").text
    assert "带 <b" in page and "免提交 · 市场监督管理局提供" in page and "标明各功能间" in page
    assert 'href="/catalog/matters/open-guesthouse/guide"' in page
    text = visit("clerk").post("/matters/open-guesthouse/choices", data=OPENING, headers=SWAP).text
    assert "场所平面图" in text and "市场监督管理局提供" not in text


def test_a_clerk_reads_the_guide_and_comes_back_to_the_opening(visit: Visit) -> None:
    page = visit("clerk").get("/catalog/matters/open-guesthouse/guide")
    assert page.status_code == 200 and 'href="/matters/open-guesthouse/open"' in page.text
    assert 'href="/catalog/matters"' not in page.text


def test_a_found_answer_is_asked_again_with_a_reason_in_own_words_only(visit: Visit) -> None:
    page = visit("clerk").get("/cases/c1").text
    form = page.partition('id="q-q1-ask_again-form"')[2].partition("</form>")[0]
    assert 'name="written" maxlength="100" required' in form and 'name="picked"' not in form
