"""People at the JSON door, through the public client on the wired hub: login, opening a case, its form, files, the other desks."""

from __future__ import annotations

import httpx2
import pytest

from adapters.client import ClientProblem, YijianClient
from hub.clock import utc_now
from tests.hub.api.wired import BASE, FIRM, PASSWORD, Wired, opening

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def problem(call: object, *args: object, **more: object) -> ClientProblem:
    with pytest.raises(ClientProblem) as caught:
        call(*args, **more)  # type: ignore[operator]
    return caught.value


# --- who is there -----------------------------------------------------------------------------------------------------


def test_a_login_gives_a_token_and_who_one_is(wired: Wired) -> None:
    client = YijianClient(BASE, wired.http())
    session = client.login("p.clerk", PASSWORD)
    assert session["roles"] == ["clerk"] and session["expires_at"].endswith("Z")
    region = wired.hub.settings.region
    assert client.me() == {"name": "测试甲", "roles": ["clerk"], "organisation": "hub", "region": region}


def test_a_wrong_password(wired: Wired) -> None:
    refusal = problem(YijianClient(BASE, wired.http()).login, "nobody", "Wrong-2026-word")
    assert (refusal.status, refusal.code) == (401, "LOGIN_REFUSED")


def test_a_token_after_logging_out(wired: Wired) -> None:
    client = wired.person("clerk")
    kept = client._token
    client.logout()
    client._token = kept
    assert problem(client.matters).code == "SIGN_IN_FIRST"


@pytest.mark.parametrize("header", ["", "Session", "Session ", "Session x", "session " + "A" * 5000, "Basic eDp5", "x"])
def test_no_usable_token(http: httpx2.Client, header: str) -> None:
    answer = http.get("/api/v1/matters", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_FIRST")


def test_a_cookie_opens_nothing(wired: Wired, http: httpx2.Client) -> None:
    for name in ("yijian", "__Host-yijian"):
        answer = http.get("/api/v1/matters", headers={"Cookie": f"{name}={wired.token('clerk')}"})
        assert answer.status_code == 401
        assert http.get("/desk", headers={"Cookie": f"yijian={wired.token('clerk')}"}).status_code == 200


def test_a_system_s_token_on_a_person_s_route(http: httpx2.Client) -> None:
    answer = http.get("/api/v1/matters", headers={"Authorization": "Bearer x.y.z"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")


def test_another_role_s_route(wired: Wired) -> None:
    assert (problem(wired.person("auditor").matters).status) == 403


# --- a case -----------------------------------------------------------------------------------------------------------


def test_answers_choose_what_opening_asks_for(clerk: YijianClient) -> None:
    code = "open-guesthouse"
    with_food = clerk.opening(code, {"dining": "yes"})
    without = clerk.opening(code, {"dining": "no"})
    assert {i["code"] for i in with_food["items"]} - {i["code"] for i in without["items"]} == {"food-permit"}


@pytest.mark.parametrize("word", ["税务局", "住建局", "住房和城乡建设局", "消防支队", "人社局", "公安局", "上学"])
def test_a_matter_is_found_by_every_department_that_takes_part_in_it(clerk: YijianClient, word: str) -> None:
    assert [one["code"] for one in clerk.matters() if any(word in said for said in one["words"])]


def test_only_what_the_situation_brings_up_goes_together(clerk: YijianClient) -> None:
    page = clerk.opening("housing-fund-loan", {"home_kind": "second"})
    assert page["together"] == [[one["title"] for one in page["items"]][::-1]]
    assert "building_way" not in {one["key"] for one in page["questions"]}


def test_where_nothing_is_handed_out_nobody_asks_how_to_deliver_it(clerk: YijianClient) -> None:
    assert clerk.opening("school-enrolment", {})["deliveries"] == []
    assert clerk.opening("open-guesthouse", {})["deliveries"]


def test_what_to_bring_is_known_before_a_case_is_opened(clerk: YijianClient) -> None:
    page = clerk.opening("open-guesthouse", {"premises": "leased"})
    asked = {one["code"]: one for one in page["needed"]["materials"]}
    assert [bool(one["supplied_by"] or one["result_of"]) for one in asked.values()] == sorted(
        bool(one["supplied_by"] or one["result_of"]) for one in asked.values()
    )
    assert any(one["supplied_by"] for one in asked.values()) and any(one["copies"] for one in asked.values())
    assert 0 < page["needed"]["filled"] < page["needed"]["fields"] and page["needed"]["workdays"] == max(
        one["promised_workdays"] for one in page["items"]
    )


def test_what_to_bring_follows_the_items_that_are_wanted(clerk: YijianClient) -> None:
    whole = clerk.opening("open-guesthouse", {})
    names = {one["code"]: one["title"] for one in whole["items"] if one["optional"]}
    part = clerk.opening("open-guesthouse", {}, left_out=["food-permit"])
    assert not next(one for one in part["items"] if one["code"] == "food-permit")["chosen"]
    assert len(part["needed"]["materials"]) < len(whole["needed"]["materials"])
    assert not any(names["food-permit"] in one["items"] for one in part["needed"]["materials"])


def test_a_case_is_opened_once_however_often_it_is_sent(wired: Wired, clerk: YijianClient) -> None:
    first, again = wired.case(clerk, "double-click"), wired.case(clerk, "double-click")
    assert first == again != wired.case(clerk, "another")


def test_a_key_used_for_another_case(wired: Wired, clerk: YijianClient) -> None:
    wired.case(clerk, "one-key")
    other = {**opening(), "chosen": ["power-connection"]}
    refusal = problem(clerk.open_case, **other, key="one-key")
    assert (refusal.status, refusal.code) == (409, "KEY_REUSED")


@pytest.mark.parametrize(("key", "code"), [(None, "KEY_MISSING"), ("two words", "KEY_MALFORMED"), ("x" * 121, "KEY_MALFORMED")])  # fmt: skip
def test_a_case_without_a_usable_key(wired: Wired, http: httpx2.Client, key: str | None, code: str) -> None:
    headers = {**wired.session("clerk"), **({"Idempotency-Key": key} if key else {})}
    answer = http.post("/api/v1/cases", json=opening(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_incomplete_opening_names_every_mistake_at_once(clerk: YijianClient) -> None:
    refusal = problem(clerk.open_case, **{**opening(), "parties": {}})
    assert refusal.code == "OPENING_INCOMPLETE" and "parties.enterprise.identifier" in refusal.fields


def test_a_case_is_shown_whole(wired: Wired, clerk: YijianClient) -> None:
    case = clerk.case(wired.case(clerk))
    assert case["state"] == "checking" and case["items"][0]["code"] == "food-permit"
    assert case["groups"] and case["queries"] and case["materials"] and case["events"] and case["actions"]
    assert case["created_at"].endswith("Z") and len(case["catalog_digest"]) == 64


def test_a_case_that_is_not_there(clerk: YijianClient) -> None:
    assert problem(clerk.case, "0193a1c8-5d0e-7c1e-9b7e-2f6f0f9e4a11").status == 404
    assert problem(clerk.case, "\x00").status == 404
    assert problem(clerk.case, "x" * 500).code == "NOT_THERE"


def test_a_field_is_typed_and_shown_as_it_stands(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    field = clerk.set_field(case_id, "enterprise.contact_phone", "0377-69990001")
    assert field["status"] == "manual" and clerk.field(case_id, "enterprise.contact_phone") == field


def test_a_locked_field_takes_no_posted_value(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    refusal = problem(clerk.set_field, case_id, "enterprise.enterprise_name", "西峡县冒名示例民宿有限公司")
    assert refusal.status in (409, 422) and clerk.field(case_id, "enterprise.enterprise_name")["value"] == ""


def test_the_feed_tells_what_changed_and_no_value(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    before = clerk.feed(case_id)["last"]
    clerk.set_field(case_id, "enterprise.contact_phone", "0377-69990001")
    after = clerk.feed(case_id, before)
    assert [(row["kind"], row["reference"]) for row in after["rows"]] == [("field", "enterprise.contact_phone")]
    assert after["last"] > before and "69990001" not in str(after)
    assert clerk.feed(case_id, after["last"]) == {"rows": [], "last": after["last"]}


def test_waiting_ends_when_the_feed_moved_or_the_time_is_up(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    clerk.set_field(case_id, "enterprise.contact_phone", "0377-69990001")
    assert clerk.wait_for(case_id, lambda case: case["state"] == "checking")["id"] == case_id
    with pytest.raises(TimeoutError, match="checking"):
        clerk.wait_for(case_id, lambda case: case["state"] == "archived", timeout=0.3)


def test_a_step_that_the_case_does_not_allow(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    assert problem(clerk.act, case_id, "receive").status == 409
    assert problem(clerk.act, case_id, "no-such-action").status == 422


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_sent(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    clerk.upload(case_id, "floor-plan", "平面图 1.pdf", "application/pdf", PDF)
    assert clerk.file(case_id, "floor-plan") == PDF
    with wired.http() as http:
        answer = http.get(f"/api/v1/cases/{case_id}/materials/floor-plan", headers=wired.session("clerk"))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%B9%B3%E9%9D%A2%E5%9B%BE%201.pdf"
    assert answer.headers["content-type"] == "application/pdf"


def test_a_file_without_a_name(wired: Wired, clerk: YijianClient, http: httpx2.Client) -> None:
    path = f"/api/v1/cases/{wired.case(clerk)}/materials/floor-plan"
    for disposition in ("", "attachment", "attachment; filename=../../etc/passwd", "attachment; filename*=UTF-8''%00"):
        headers = {**wired.session("clerk"), "Content-Type": "application/pdf", "Content-Disposition": disposition}
        answer = http.put(path, content=PDF, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "FILE_UNNAMED"), disposition


def test_a_file_that_is_too_large(wired: Wired, clerk: YijianClient) -> None:
    case_id, limit = wired.case(clerk), wired.hub.settings.max_upload_bytes
    refusal = problem(clerk.upload, case_id, "floor-plan", "a.pdf", "application/pdf", PDF + b" " * limit)
    assert (refusal.status, refusal.code) == (413, "TOO_LARGE")


def test_a_disguised_file(wired: Wired, clerk: YijianClient) -> None:
    refusal = problem(clerk.upload, wired.case(clerk), "floor-plan", "a.pdf", "application/pdf", b"MZ\x90")
    assert (refusal.status, refusal.code) == (422, "FILE_TYPE")


# --- the other desks --------------------------------------------------------------------------------------------------


def test_the_auditor_finds_the_look_at_a_case_by_its_number_or_its_subject(wired: Wired, clerk: YijianClient) -> None:
    case_id = wired.case(clerk)
    number = clerk.case(case_id)["case_no"]
    auditor = wired.person("auditor")
    seen = auditor.audit(case_no=number, phase="viewed")["rows"]
    assert [row["phase"] for row in seen] == ["viewed"]
    assert seen[0]["seq"] in [row["seq"] for row in auditor.audit(subject=FIRM.uscc)["rows"]]
    assert auditor.audit_record(seen[0]["seq"])["proof"] is not None


def test_the_log_is_verified_through_the_door(wired: Wired) -> None:
    auditor = wired.person("auditor")
    assert {check["state"] for check in auditor.verify_log()} <= {"passed", "skipped"}
    assert auditor.log_health()["verified_at"]


def test_a_disclosure_needs_a_reason(wired: Wired) -> None:
    assert problem(wired.person("auditor").disclose, 0, "").status == 422


def test_the_catalog_manager_sees_and_publishes(wired: Wired) -> None:
    manager = wired.person("catalog_manager")
    codes = [matter["code"] for matter in manager.catalog("matters")]
    assert "open-guesthouse" in codes and manager.check_catalog() == []
    assert manager.catalog_matter("open-guesthouse")["items"]
    for part in ("resources", "needs", "policy"):
        assert manager.catalog(part)
    digest = manager.publish_catalog()["digest"]
    assert [one["digest"] for one in manager.catalog("versions") if one["current"]] == [digest]


def test_the_operator_sees_the_queue_and_no_work_to_mend(wired: Wired) -> None:
    operator = wired.person("operator")
    assert operator.operations()["queue"]["dead"] == 0
    assert {a["username"] for a in operator.accounts()} >= {"p.clerk", "p.auditor"}
    assert problem(operator.retry_work, "999999").status == 404


def test_the_inbox_is_the_reviewer_s_department_s(wired: Wired) -> None:
    reviewer = wired.person("reviewer")
    assert reviewer.inbox() == {"rows": [], "more": False}
    assert problem(reviewer.inbox_entry, "nothing").status == 404


def test_an_applicant_looks_with_the_number_and_four_digits_of_the_phone(wired: Wired, clerk: YijianClient) -> None:
    number = clerk.case(wired.case(clerk))["case_no"]
    anyone = YijianClient(BASE, wired.http())
    assert anyone.progress(number, "1234")["case_no"] == number
    assert problem(anyone.progress, number, "0000").code == problem(anyone.progress, "1", "0000").code


def test_the_hub_that_does_not_answer(wired: Wired) -> None:
    with httpx2.Client(transport=httpx2.MockTransport(lambda request: _cut(request))) as away:
        refusal = problem(YijianClient(BASE, away).matters)
    assert (refusal.code, refusal.retryable) == ("HUB_UNREACHABLE", True)


def test_a_page_of_a_proxy_is_a_problem_too() -> None:
    def proxy(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(502, html="<html>Bad gateway</html>")

    with httpx2.Client(transport=httpx2.MockTransport(proxy)) as before:
        refusal = problem(YijianClient(BASE, before).matters)
    assert (refusal.code, refusal.status, refusal.retryable) == ("HTTP_502", 502, True)


def _cut(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadError(f"cut at {utc_now():%H}", request=request)


def test_anybody_has_a_certificate_judged_as_bytes_or_in_a_form(http: httpx2.Client) -> None:
    raw = http.post("/api/v1/certificates/verify", content=b"{}").json()
    form = http.post("/api/v1/certificates/verify", files={"file": ("a.ycert", b"{}")}).json()
    whose = http.post("/api/v1/certificates/verify", files={"file": ("a.ycert", b"{}")}, data={"holder": "x"}).json()
    [asked] = [check for check in whose["checks"] if check not in raw["checks"]]
    assert (asked["name"], asked["outcome"]) == ("holder", "not checked")
    assert (raw["ok"], raw["verdict"], raw["advice"]) == (False, "bad", []) and raw["checks"][0]["name"] == "format"
    assert form["checks"] == raw["checks"]
    assert http.post("/api/v1/certificates/verify").json()["code"] == "NOTHING_TO_VERIFY"
