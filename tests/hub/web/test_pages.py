"""Each page opens, is named, and holds nothing that the CSP would stop."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
import zxingcpp
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from certificates.trust import write_authority
from hub.errors import NotNow, NotThere
from hub.watch.requests import Seen
from hub.web import look, wording
from hub.web.app import install
from hub.web.doors import Doors
from hub.web.pages import departments
from hub.wiring.checking import department, joined, mapping, review
from hub.wiring.department_views import CheckRow, FindingRow
from hub.wiring.titles import SENT
from tests.certificates.making import KeyRing
from tests.certificates.making import World as Issuer
from tests.hub.web import example
from tests.hub.web.conftest import Visit

PAGES = [
    ("", "/login", "登录"),
    ("", "/progress", "办件进度查询"),
    ("clerk", "/desk", "办件工作台"),
    ("clerk", "/matters/open-guesthouse/open", "我要开民宿"),
    ("clerk", "/cases/c1", "我要开民宿"),
    ("clerk", "/cases/c2", "我要开民宿"),
    ("clerk", "/cases/c2/progress", "办理过程"),
    ("clerk", "/notices/n1", "文书"),
    ("clerk", "/filings", "平台申报"),
    ("clerk", "/codes", "用证码"),
    ("reviewer", "/codes", "用证码"),
    ("reviewer", "/inbox", "部门收件箱"),
    ("reviewer", "/inbox?state=done", "部门收件箱"),
    ("reviewer", "/inbox/e1", "公共场所卫生许可"),
    ("reviewer", "/inbox/e2", "健康证明信息"),
    ("auditor", "/audit", "共享日志"),
    ("auditor", "/audit/records/5", "日志"),
    ("auditor", "/audit/verify", "完整性验证"),
    ("catalog", "/catalog/matters", "一件事"),
    ("catalog", "/catalog/matters/open-guesthouse", "我要开民宿"),
    ("catalog", "/catalog/matters?q=我要开民宿&kind=个人", "一件事"),
    ("catalog", "/catalog/matters/open-guesthouse/guide", "办事指南"),
    ("catalog", "/catalog/matters/open-guesthouse/guide?short=true", "简版"),
    ("catalog", "/catalog/items", "联办事项"),
    ("catalog", "/catalog/items?unit=公安局&kind=permit&q=特行", "联办事项"),
    ("catalog", "/catalog/resources", "数据资源"),
    ("catalog", "/catalog/needs", "需求清单"),
    ("catalog", "/catalog/needs?state=unmet&page=2", "需求清单"),
    ("catalog", "/catalog/differences", "版本比较"),
    ("catalog", "/catalog/policy", "政策参数"),
    ("catalog", "/catalog/versions", "发布版本"),
    ("operator", "/operations", "运行状况"),
    ("operator", "/accounts", "人员账号"),
    ("operator", "/departments", "部门接入"),
    ("catalog", "/departments?checked=fire", "部门接入"),
]


class Tags(HTMLParser):
    """Every start tag with its attributes, and the text of the h1."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.heading, self._inside = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = self._inside or tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        self.heading += data if self._inside else ""


@pytest.mark.parametrize(("person", "path", "heading"), PAGES)
def test_a_page_opens_with_its_heading_and_nothing_inline(visit: Visit, person: str, path: str, heading: str) -> None:
    answer = visit(person).get(path)
    assert answer.status_code == 200 and '<html lang="zh-CN">' in answer.text
    page = Tags(answer.text)
    assert heading in page.heading and sum(tag == "h1" for tag, _ in page.tags) == (2 if "notices" in path else 1) + (
        path == "/notices/n1"
    )
    for tag, attributes in page.tags:
        assert "style" not in attributes and tag != "style" and not any(name.startswith("on") for name in attributes)
        assert tag != "script" or attributes.get("src", "").startswith("/static/")
        assert tag not in ("a", "img", "link", "form") or not re.match(
            "(https?:)?//", attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
        )
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("person", "path", "status"), [("clerk", "/cases/none", 404), ("clerk", "/audit", 403), ("", "/nowhere", 404), ("clerk", "/logout", 405), ("auditor", "/audit/records/abc", 422)])  # fmt: skip
def test_a_trouble_says_in_words_what_to_do(visit: Visit, person: str, path: str, status: int) -> None:
    answer = visit(person).get(path)
    assert answer.status_code == status and answer.headers["content-type"].startswith("text/html")
    assert "回到首页" in answer.text and "代码" in answer.text


def test_a_bug_shows_no_insides(visit: Visit, doors: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("示例丙 411323")

    monkeypatch.setattr(doors.clerk, "case", broken)  # type: ignore[attr-defined]
    answer = visit("clerk").get("/cases/c1")
    assert answer.status_code == 500 and "411323" not in answer.text and "RuntimeError" not in answer.text
    assert "content-security-policy" in answer.headers


def test_the_public_page_shows_a_case_for_the_right_pair_only(visit: Visit) -> None:
    client = visit("")
    right = client.post("/progress", data={"case_no": "4113232026112000001", "code": "xx0k"})
    wrong = client.post("/progress", data={"case_no": "4113232026112000001", "code": "0000"})
    assert right.status_code == 200 and "准予许可" in right.text
    assert wrong.status_code == 404 and "没有查到" in wrong.text and "准予许可" not in wrong.text


def test_the_progress_page_gives_files_of_a_certificate_to_who_knows_the_whole_number(visit: Visit) -> None:
    client, asked = visit(""), {"case_no": "4113232026112000001", "code": "XX0K", "file": "food pdf"}
    page = client.post("/progress", data=asked).text
    right = client.post("/progress/files", data=asked | {"holder": "91411323ma9000040p"})
    wrong = client.post("/progress/files", data=asked | {"holder": "9"})
    assert ' ofd"' in page and "版式文件 PDF" in page
    assert right.content == b"%PDF" and wrong.status_code == 404 and "没有查到" in wrong.text


def test_an_applicant_chooses_what_a_code_shows_and_sees_what_its_checker_will(visit: Visit) -> None:
    client, asked = (
        visit(""),
        {"case_no": "4113232026112000001", "code": "XX0K", "holder": "91411323MA9000040P", "item": "food"},
    )
    choice = client.post("/progress/showings", data=asked).text
    slip = client.post("/progress/showings", data=asked | {"made": "1", "show.KZ_JYXM": "1"})
    large = client.post("/progress/showings", data=asked | {"made": "1", "show.KZ_JYXM": "1", "show.number": "1"})
    assert 'name="show.KZ_JYXM"' in choice and "总会看到的" in choice
    assert slip.status_code == 200 and "热食类食品制售" in slip.text and "没有出示：证照编号" in slip.text
    assert large.status_code == 422 and "放不进一个二维码" in large.text and "checked" in large.text
    assert client.post("/progress/showings", data=asked | {"holder": "9"}).status_code == 404


def test_a_code_is_given_as_a_picture_that_reads_as_the_code(visit: Visit) -> None:
    client, asked = visit("clerk"), {"case_no": "4113232026112000001", "show.KZ_JYXM": "1"}
    png = client.post("/certificates/licence/showings", data=asked | {"as": "png"})
    svg = client.post("/certificates/licence/showings", data=asked | {"as": "svg"})
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))[0].text == example.SHOWN.text
    assert svg.content.startswith(b"<svg") and "attachment" in svg.headers["content-disposition"]
    refused = client.post("/certificates/licence/showings", data={"show.KZ_JYXM": "1"})
    assert refused.status_code == 403 and "请填写本人已核验的办件编号" in refused.text


def test_an_import_says_what_it_came_to_and_a_refusal_stands_at_its_form(visit: Visit) -> None:
    client = visit("clerk")
    own = client.post("/certificates/imports", files={"file": ("a.ofd", b"PK")})
    junk = client.post("/certificates/imports", files={"file": ("a.ofd", b"junk")})
    assert own.status_code == 303 and "这本证照由本中心签发" in client.get(own.headers["location"]).text
    assert junk.status_code == 422 and "不是电子证照" in junk.text and "归集其他系统签发的证照" in junk.text


def test_a_copy_that_was_made_is_told_with_its_format(visit: Visit) -> None:
    page = visit("clerk").get("/certificates/licence?copy=copy").text
    assert "加注件已制成" in page and "办理贷款（PDF）" in page


def test_the_case_page_offers_the_files_that_show_a_certificate(visit: Visit) -> None:
    page = visit("clerk").get("/cases/c2").text
    assert "/files/ofd" in page and "/files/pdf" in page and "数据文件" in page


def test_a_certificate_s_page_has_a_way_back_and_a_print_button(visit: Visit) -> None:
    text = visit("clerk").get("/cases/c2/certificates/food").text
    assert 'href="/cases/c2"' in text and "data-print" in text and text.count("<body>") == 1


def test_a_notice_s_window_bears_its_title(visit: Visit) -> None:
    text = visit("clerk").get("/notices/n1").text
    title = re.search(r"<title>(.*?) · 易简</title>", text)
    assert title and title[1] != "文书" and title[1] in re.findall(r"<h[12][^>]*>([^<]+)</h[12]>", text)


def test_a_page_without_an_icon_of_its_own_finds_one(visit: Visit) -> None:
    answer = visit("").get("/favicon.ico")
    assert answer.status_code == 307 and visit("").get(answer.headers["location"]).status_code == 200


def test_a_line_of_facts_never_begins_with_its_separator() -> None:
    macros = look.ENVIRONMENT.get_template("_macros.html").module
    assert macros.dotted(("", "2026-12-04 前补交")) == "2026-12-04 前补交"  # type: ignore[attr-defined]


def test_a_disclosure_needs_a_reason(visit: Visit) -> None:
    client = visit("auditor")
    refused = client.post("/audit/records/5/disclose", data={"picked": "其他", "written": ""})
    shown = client.post("/audit/records/5/disclose", data={"picked": "投诉调查"})
    assert refused.status_code == 422 and "XX0K" not in refused.text
    assert shown.status_code == 200 and "XX0K" in shown.text


def test_an_auditor_s_slip_of_the_finger_keeps_the_search_and_shows_where(visit: Visit) -> None:
    sent = {"since": "昨天", "until": "x", "case_no": "4113232026112000001"}
    answer = visit("auditor").post("/audit", data=sent)
    assert answer.status_code == 422 and 'value="4113232026112000001"' in answer.text
    assert 'value="昨天"' in answer.text and answer.text.count("请写成 2026-11-20 这样的日期") == 2
    assert 'role="search"' in answer.text and "没有符合条件的记录" not in answer.text


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (NotNow("x", code="FIELD_LOCKED"), "这一步现在还不能做。"),
        (NotNow("x", code="MOVE_NOT_ALLOWED"), "办件的状态已经变了。"),
    ],
)
def test_a_heading_is_true_of_its_error(
    visit: Visit, doors: object, monkeypatch: pytest.MonkeyPatch, error: NotNow, heading: str
) -> None:
    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(doors.clerk, "case", refused)  # type: ignore[attr-defined]
    assert f"<h1>{heading}</h1>" in visit("clerk").get("/cases/c1").text


def test_an_expired_form_is_not_told_as_somebody_else_s_page(visit: Visit) -> None:
    answer = visit("clerk").post("/cases/c1/act", data={"action": "receive"}, headers={"X-CSRF": "old"})
    assert answer.status_code == 403 and "<h1>这次提交没有执行。</h1>" in answer.text


def test_one_mistake_is_not_told_twice() -> None:
    assert wording.besides("没有选择文件。请选择一个文件后再上传。", {"file": "请选择文件"}) == ()
    assert wording.besides("请更正以下各项后再提交。", {"a": "请填写"}) == ("请填写",)
    assert wording.besides("请核对。", {"a": "请填写", "b": "请填写", "c": "不是日期"}) == ("请填写", "不是日期")


def test_an_id_number_never_gets_into_the_address_of_the_audit_page(visit: Visit, doors: object) -> None:
    client = visit("auditor")
    form = next(
        attributes for tag, attributes in Tags(client.get("/audit").text).tags if attributes.get("role") == "search"
    )
    assert (form["method"], form["action"]) == ("post", "/audit")
    asked: list[str] = []
    search = doors.auditor.search  # type: ignore[attr-defined]
    doors.auditor.search = lambda *given, **terms: asked.append(terms["subject"]) or search(*given, **terms)  # type: ignore[attr-defined]
    client.get("/audit?subject=41132319900307990X")
    client.post("/audit", data={"subject": "41132319900307990X"})
    forged = client.post("/audit", data={"subject": "41132319900307990X"}, headers={"X-CSRF": "no"})
    assert asked == ["", "41132319900307990X"] and forged.status_code == 403


def test_a_message_for_programs_reaches_people_in_chinese(
    visit: Visit, doors: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise NotThere("There is no such case in this region; check the number.", code="CASE_NOT_THERE")

    def strange(*_: object) -> None:
        raise NotThere("Only for programs.", code="X_Y")

    for raising in (away, strange):
        monkeypatch.setattr(doors.clerk, "case", raising)  # type: ignore[attr-defined]
        text = visit("clerk").get("/cases/c1").text
        assert "There is" not in text and "Only for" not in text
    assert "本区划没有这个办件" in look.told(NotThere("x", code="CASE_NOT_THERE"))


def test_an_ended_item_is_not_due_and_one_in_a_special_procedure_stands_still(doors: object) -> None:
    item = example.MOVED.items[0]
    due = look.ENVIRONMENT.get_template("_macros.html").module.item_due  # type: ignore[attr-defined]
    ended, paused = (
        replace(item, state="approved", due_on=date(2026, 12, 1)),
        replace(item, state="suspended", paused="专家评审"),
    )
    assert (
        "应于" not in str(due(ended)) and "已暂停计时：专家评审" in str(due(paused)) and "应于" not in str(due(paused))
    )
    assert "应于 2026-12-01 前办结" in str(due(replace(item, state="reviewing", due_on=date(2026, 12, 1), paused="")))


def test_lists_of_the_catalog_are_narrowed(visit: Visit) -> None:
    page = visit("catalog")
    assert "没有符合的" in page.get("/catalog/matters?q=马戏团").text
    assert "户籍信息查询" not in page.get("/catalog/items?kind=permit").text
    unmet = page.get("/catalog/needs?state=unmet").text
    assert "场所平面图" in unmet and "从业人员健康证明" not in unmet


def test_the_list_of_needs_is_taken_away_as_a_table_that_a_spreadsheet_reads(visit: Visit) -> None:
    answer = visit("catalog").get("/catalog/needs.csv?state=unmet")
    assert (
        answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
    )
    assert answer.content.decode("utf-8").startswith("\ufeff一件事") and "unmet" in answer.text


def test_what_a_guide_lacks_and_what_is_proposed_is_said(visit: Visit) -> None:
    text = visit("catalog").get("/catalog/matters/open-guesthouse/guide").text
    assert "尚未填写" in text and '窗口领取 <span class="proposed">拟</span>' in text
    assert '我要开民宿 <span class="proposed">拟</span>' not in text


def test_differences_say_what_came_and_what_was_before(visit: Visit) -> None:
    text = visit("catalog").get("/catalog/differences").text
    assert "2023年" in text and "2025年" in text and "新增" in text


def test_a_page_of_trouble_shows_the_number_under_which_the_log_has_it(doors: Doors) -> None:
    app = FastAPI(openapi_url=None)
    install(app, doors)
    app.add_middleware(Seen)
    with TestClient(app) as client:
        client.cookies.set("yijian", "clerk")
        page = client.get("/cases/none").text
    number = re.search(r"编号 <span class=\"num\">([0-9a-f]{32})</span>", page)
    assert number and "请报代码和编号" in page


def test_a_node_without_a_sign_of_life_and_one_with_a_wrong_clock_are_named_on_the_operators_page(visit: Visit) -> None:
    text = visit("operator").get("/operations").text
    assert text.count("没有动静") == 1 and text.count("时钟不准") == 1
    assert text.index("hub-2") < text.index("没有动静") < text.index("时钟不准")


def test_a_held_file_is_shown_with_its_reason_and_taken_or_sent_back_by_one_word(visit: Visit, doors: Doors) -> None:
    operator = visit("operator")
    text = operator.get("/operations").text
    assert "bdcqz_20261119.csv" in text and "少于上次 10 行" in text
    for act in ("take", "turn-down"):
        answer = operator.post(f"/operations/files/real-estate/{act}", data={"name": "bdcqz_20261119.csv"})
        assert answer.status_code == 303
    done = [one[:2] for one in doors.operator.done]  # type: ignore[attr-defined]
    assert done == [("take", "real-estate"), ("turn down", "real-estate")]


def test_a_check_s_findings_are_told_in_chinese_and_the_program_s_own_words_are_folded(visit: Visit) -> None:
    text = visit("operator").get("/departments?checked=fire").text
    assert "缺少所需凭据，或部门系统不认可" in text and "$EDITOR" not in text
    assert re.search(r"<details[^>]*>(?:(?!</details>).)*the mapping uses token, which is not there", text, re.S)
    assert "还没问过" in text


def test_every_finding_that_a_check_may_have_is_told_in_chinese() -> None:
    files = (department, review, mapping, joined)
    text = "".join(Path(str(one.__file__)).read_text("utf-8") for one in files)
    made = {(about, state) for state, about in re.findall(r'Finding\.(ok|look|mend|untried)\(\s*"(\w+)"', text)}
    made |= {(about, "mend") for about in re.findall(r'stands\(\s*one, "(\w+)"', text)}
    told = {(about, state) for about, state, _ in departments.SAID}
    assert len(made) > 20 and made <= told and told - made == {("connection", "untried")}  # made in a loop
    hows = set(re.findall(r'Finding\.untried\(\s*(?:about|"\w+"),\s*"(\w+)"', text))
    assert len(hows) > 6 and hows <= {how for _, _, how in departments.SAID}


def test_a_check_with_nothing_left_to_try_has_passed_and_one_that_could_be_tried_has_not() -> None:
    idle = FindingRow("credentials", "untried", "its papers want no credential", how="none")
    open_one = FindingRow("expiry", "untried", "of no secret it is known", "$EDITOR connections.toml", "unknown")
    well = tuple(FindingRow(about, "ok", "well") for about in ("papers", "connection", "probe", "mapping", "catalog"))
    rest = FindingRow("expiry", "untried", "nothing that could end", how="none")
    assert CheckRow(example.NOW, "演示戊", "ok", (*well, idle, rest)).worst == "ok"
    assert CheckRow(example.NOW, "演示戊", "untried", (*well, idle, open_one)).worst == "untried"


def test_the_page_says_by_which_catalog_this_node_reaches_departments(visit: Visit) -> None:
    text = visit("operator").get("/departments").text
    assert "发布的目录接入；再发布时自动换用" in text and "rules.csv was changed" in text and "未按新目录接入" in text


def test_each_part_of_a_check_says_proven_not_tried_or_wrong(visit: Visit) -> None:
    text = visit("operator").get("/departments?checked=fire").text
    assert "凭据 有问题" in text and "映射 已证实" in text and "目录 未试" in text and departments.NOT_YET in text
    assert "有问题 1 项、未试 2 项、已证实 4 项" in text
    assert "人工代答 3" in text and "尚未答复 2" in text and "本系统未查成 1" in text and "共试 7 次" in text


def test_anybody_has_a_certificate_judged_and_reads_each_check(visit: Visit) -> None:
    page = visit("").post("/verify", files={"file": ("licence.ycert", b"{}")})
    assert page.status_code == 200 and "不可采信" in page.text and "文件格式" in page.text
    assert "没有选择文件" in visit("").post("/verify", data={"code": " "}).text


def test_a_scan_asks_for_the_issuer_by_name_and_for_what_its_type_shows(visit: Visit) -> None:
    first = visit("clerk").get("/certificates").text
    assert "食品经营许可证" in first and "s-scan" not in first
    page = visit("clerk").get("/certificates?scan=11410000MB99000416001").text
    assert '<option value="market-regulation">市场监管局</option>' in page
    assert (
        'name="field.KZ_JYCS"' in page
        and "经营场所（纸面上没有的不填）" in page
        and 'name="authority" value' not in page
    )


def test_what_was_not_checked_is_amber_and_says_what_to_do(visit: Visit, tmp_path: Path) -> None:
    """The trust folder knows the authority and has none of its lists."""
    (tmp_path / "trust").mkdir()
    for authority in Issuer("ES256", KeyRing("ES256")).trust().authorities.values():
        (tmp_path / "trust" / f"{authority.code}.json").write_bytes(write_authority(authority))
    sent = {"file": ("licence.ycert", Issuer("ES256", KeyRing("ES256")).certificate())}
    page = visit("").post("/verify", files=sent).text
    assert "尚未全部核验" in page and "2 项未核验" in page and "请向颁发机构查询" in page
    assert "核验通过" not in page and "tag-warn" in page
    whose = visit("").post("/verify", files=sent, data={"holder": "91411323MA99900099"}).text
    assert "持证主体不是所问的主体" in whose and "1 项不通过" in whose and "91411323MA99900099" not in whose


def test_the_registry_shows_a_certificate_with_its_acts_versions_and_copies(visit: Visit) -> None:
    page = visit("reviewer").get("/certificates/licence").text
    assert all(
        word in page for word in ("经营项目", "KZ_JYXM", "签发", "各版本", "办理贷款", "预览图 PNG", "按决定办理")
    )
    assert "证照库里没有这本证照" in visit("clerk").get("/certificates/other").text


def test_an_act_without_a_decision_stays_on_the_page_and_says_why(visit: Visit) -> None:
    page = visit("reviewer").post("/certificates/licence/acts", data={"act": "suspend", "reason": "检查"})
    assert page.status_code == 422 and "没有决定，不能改变证照的状态" in page.text
    assert (
        visit("reviewer")
        .post("/certificates/licence/acts", data={"act": "suspend", "reason": "检查", "decision": "示例决〔2026〕1号"})
        .headers["location"]
        .endswith("/certificates/licence")
    )


def test_what_is_final_is_asked_once_more_and_what_was_typed_stays(visit: Visit) -> None:
    officer, where = visit("reviewer"), "/certificates/licence/acts"
    assert '<option value="">请选择</option><option value="suspend">' in officer.get("/certificates/licence").text
    typed = {"act": "revoke", "reason": "示例理由", "decision": "示例决〔2026〕1号", "revision": "3", "key": "k"}
    asked = officer.post(where, data=typed)
    assert asked.status_code == 200 and "吊销以后不能恢复" in asked.text and 'value="confirmed"' in asked.text
    assert all(
        word in asked.text
        for word in ("西峡县示例民宿有限公司", "示例理由", "示例决〔2026〕1号", 'name="revision" value="3"')
    )
    back = officer.post(where, data={**typed, "step": "back"}).text
    assert '<option value="revoke" selected>' in back and "示例理由</textarea>" in back
    assert officer.post(where, data={**typed, "step": "confirmed"}).status_code == 303
    changed = officer.post(where, data={**typed, "step": "confirmed", "revision": "2"})
    assert (
        changed.status_code == 409
        and 'value="示例决〔2026〕1号"' in changed.text
        and "刚刚被别人处理过" in changed.text
    )


def test_anybody_may_keep_a_status_list_and_asks_again_with_its_etag(visit: Visit) -> None:
    first = visit("").get("/s/11411323MB0000902F")
    assert (first.text, first.headers["cache-control"]) == ("a.b.c", "public, max-age=300")
    again = visit("").get("/s/11411323MB0000902F", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, visit("").get("/s/nobody").status_code) == (304, 404)


def test_the_dated_list_stands_beside_it_for_anybody(visit: Visit) -> None:
    first = visit("").get("/s/11411323MB0000902F.ystatus")
    assert (first.content, first.headers["cache-control"]) == (b"dated a.b.c", "public, max-age=300")
    again = visit("").get("/s/11411323MB0000902F.ystatus", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, visit("").get("/s/nobody.ystatus").status_code) == (304, 404)


def test_anybody_gets_the_page_that_verifies_without_a_network(visit: Visit) -> None:
    answer = visit("").get("/verify/offline")
    assert answer.status_code == 200 and "电子证照离线核验" in answer.text
    assert (
        "default-src 'none'" in answer.headers["content-security-policy"]
        and "/verify/offline" in visit("").get("/verify").text
    )


def test_what_was_delivered_to_us_is_ours_and_not_taken_by_another() -> None:
    assert (wording.result("taken", "received-batch"), wording.result("taken", "sent")) == ("本系统已收", "对方已收")
    assert {SENT[name] for name in ("identifier", "type", "authority")} == {"证照标识", "证照类型代码", "颁发机构"}
