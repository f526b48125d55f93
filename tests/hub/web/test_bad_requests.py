"""Bad input at the pages of a whole hub: nothing fails, nothing is kept that was not meant; each test is named after the fault."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from hub.clock import utc_now
from hub.store.tables import cases
from hub.text import EVENTS
from hub.web.numbers import LARGEST, number
from hub.web.posting import LONGEST_NAME, harmless_name
from tests.hub.api.wired import FIRM, PASSWORD, Wired

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PHONE = "enterprise.contact_phone"
FORM = "application/x-www-form-urlencoded"
HUGE = "9" * 23


class Browser:
    """One person at the shared hub's pages, with the session's own word."""

    def __init__(self, wired: Wired, role: str = "clerk") -> None:
        self.wired, self.token = wired, wired.hub.session.login(f"p.{role}", PASSWORD, utc_now())[0]
        seated = wired.hub.session.principal(self.token, utc_now())
        assert seated is not None
        self.headers = {"Cookie": f"yijian={self.token}", "X-CSRF": seated[1]}
        self.http = wired.http()

    def get(self, path: str, **more: str) -> httpx2.Response:
        return self.http.get(path, headers={**self.headers, **more})

    def post(self, path: str, body: bytes | Iterator[bytes] = b"", kind: str = FORM, **more: str) -> httpx2.Response:
        return self.http.post(path, content=body, headers={**self.headers, "Content-Type": kind, **more})

    def upload(self, case_id: str, name: str, body: bytes, kind: str) -> httpx2.Response:
        path = f"/cases/{case_id}/materials/floor-plan/file"
        return self.http.post(path, files={"file": (name, body, kind)}, headers=self.headers)


@pytest.fixture(scope="module")
def case_id(wired: Wired) -> str:
    return wired.case(wired.person("clerk"), "bad-requests")


@pytest.fixture(scope="module")
def clerk(wired: Wired) -> Browser:
    return Browser(wired)


def phone(wired: Wired, case_id: str) -> str:
    return str(wired.person("clerk").field(case_id, PHONE)["value"])


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [HUGE, "-1", "²", "1e9", "x", "%00", "1" * 5000])
def test_a_number_in_an_address_that_is_none_or_endless(wired: Wired, clerk: Browser, case_id: str, value: str) -> None:
    for path in (
        f"/desk?page={value}",
        f"/cases/{case_id}/changes?after={value}",
        f"/cases/{case_id}/feed?after={value}",
    ):
        assert clerk.get(path).status_code == 422, path
    reviewer, auditor = (Browser(wired, role) for role in ("reviewer", "auditor")) if value == HUGE else (clerk, clerk)
    assert reviewer.get(f"/inbox?page={value}").status_code in (403, 422)
    assert auditor.get(f"/audit/records/{value}").status_code in (403, 422)


def test_a_posted_number_that_is_none_or_endless(wired: Wired, clerk: Browser, case_id: str) -> None:
    auditor = Browser(wired, "auditor")
    for value in (HUGE, "²", "-1"):
        assert auditor.post("/audit", f"before={quote(value)}".encode()).status_code == 200
        assert clerk.post(f"/cases/{case_id}/queries/none", f"way=choose&candidate={quote(value)}".encode()).status_code == 404  # fmt: skip
    operator = Browser(wired, "operator")
    assert operator.post(f"/operations/work/{HUGE}/retry").status_code == 404
    assert operator.post("/operations/files/real-estate/take", b"name=..%2Fx").status_code == 404


@pytest.mark.parametrize("odd", ["%00", "%ff", "%ED%A0%80", "..%2f..%2fetc%2fpasswd", "' OR 1=1 --", "x" * 5000, "😀"])
def test_an_id_in_an_address_that_is_none(clerk: Browser, case_id: str, odd: str) -> None:
    for path in (f"/cases/{odd}", f"/notices/{odd}", f"/cases/{case_id}/fields/{odd}", f"/matters/{odd}/open"):
        assert clerk.get(path).status_code in (404, 422), path


@pytest.mark.parametrize("words", ["' OR 1=1 --", "%", "_", "<script>alert(1)</script>", "\\", "😀", "\ufeff"])
def test_sql_and_html_in_a_search(clerk: Browser, case_id: str, words: str) -> None:
    answer = clerk.get(f"/desk?q={quote(words)}")
    assert answer.status_code == 200 and f"/cases/{case_id}" not in answer.text and "<script>alert" not in answer.text


def test_a_redirect_to_the_login_from_an_address_in_chinese(wired: Wired) -> None:
    with wired.http() as http:
        answer = http.get("/cases/办件%0a甲", headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer.headers["hx-redirect"].startswith("/login?next=/cases/%E5%8A%9E")


@pytest.mark.parametrize("host", ["elsewhere.invalid", "[", "a b", "", "elsewhere.invalid:x"])
def test_a_forged_host(wired: Wired, host: str) -> None:
    with wired.http() as http:
        answer = http.get("/", headers={"Host": host})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_case_of_another_region(wired: Wired, clerk: Browser) -> None:
    person = wired.person("clerk")
    foreign = wired.case(person, "of-another-region")
    with wired.hub.database.write() as session:
        session.execute(update(cases).where(cases.c.id == foreign).values(region="410000"))
    for part in ("", "/feed", "/changes", "/progress", f"/fields/{PHONE}", "/materials/floor-plan/file", "/certificates/food-permit"):  # fmt: skip
        assert clerk.get(f"/cases/{foreign}{part}").status_code == 404, part
    for part, body in (
        ("/act", b"action=withdraw"),
        (f"/fields/{PHONE}", b"value=1"),
        ("/materials/floor-plan", b"way=remove"),
    ):
        assert clerk.post(f"/cases/{foreign}{part}", body).status_code == 404, part
    assert foreign not in clerk.get("/desk").text


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("value=西峡".encode("gb18030"), FORM, 400, "BAD_ENCODING"),
        (b"value=%CE%F7%CF%BF", FORM, 400, "BAD_ENCODING"),
        (b"value=%ED%A0%80", FORM, 400, "BAD_ENCODING"),
        (b"value=0377%00", FORM, 400, "BAD_TEXT"),
        (b"val%00ue=0377", FORM, 400, "BAD_TEXT"),
        (b'{"value": "0377"}', "application/json", 415, "WRONG_CONTENT_TYPE"),
        (b"value=0377", "text/plain", 415, "WRONG_CONTENT_TYPE"),
        (b"value=0377", "", 415, "WRONG_CONTENT_TYPE"),
        (b"a=1&" * 2001, FORM, 413, "TOO_LARGE"),
        (b"value=" + b"x" * 1_000_000, FORM, 413, "TOO_LARGE"),
        (b"--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\n0377", "multipart/form-data; boundary=b", 400, "FORM_BROKEN"),
        (b"nothing", "multipart/form-data", 400, "FORM_BROKEN"),
        (b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" * 2001 + b"--b--", "multipart/form-data; boundary=b", 400, "FORM_BROKEN"),
        (b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1\r\n" * 2 + b"--b--", "multipart/form-data; boundary=b", 400, "FORM_BROKEN"),
    ],
    ids=["gbk", "gbk-percent", "surrogate", "nul", "nul-in-a-name", "json", "text", "no-type", "fields", "large", "ends-early", "no-boundary", "parts", "files"],
)  # fmt: skip
def test_a_form_that_no_page_sends(
    wired: Wired, clerk: Browser, case_id: str, body: bytes, kind: str, status: int, code: str
) -> None:
    before = phone(wired, case_id)
    answer = clerk.post(f"/cases/{case_id}/fields/{PHONE}", body, kind)
    assert answer.status_code == status and code in answer.text
    assert phone(wired, case_id) == before


def test_a_form_whose_length_is_not_said(clerk: Browser, case_id: str) -> None:
    answer = clerk.post(f"/cases/{case_id}/act", iter([b"action=receive"]))
    assert answer.status_code == 413 and "TOO_LARGE" in answer.text


@pytest.mark.parametrize("length", ["-1", "9" * 30, "0x10"])
def test_a_length_that_is_none(clerk: Browser, case_id: str, length: str) -> None:
    answer = clerk.post(f"/cases/{case_id}/act", b"action=receive", **{"Content-Length": length})
    assert answer.status_code == 413


def test_a_login_and_a_progress_look_of_many_bytes(wired: Wired) -> None:
    with wired.http() as http:
        for path in ("/login", "/progress", "/csp-reports"):
            answer = http.post(path, content=b"a=" + b"x" * 20_000, headers={"Content-Type": FORM})
            assert answer.status_code == 413, path


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "HEAD", "NONSENSE"])
def test_a_method_that_a_page_has_not(clerk: Browser, case_id: str, method: str) -> None:
    assert clerk.http.request(method, f"/cases/{case_id}/act", headers=clerk.headers).status_code == 405


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_planted_session_is_not_gone_on_with(wired: Wired) -> None:
    with wired.http() as http:
        sent = {"Cookie": "yijian=planted-by-somebody", "Content-Type": FORM}
        answer = http.post("/login", content=f"username=p.clerk&password={PASSWORD}".encode(), headers=sent)
        given = answer.headers["set-cookie"].partition(";")[0]
        assert answer.status_code == 303 and "planted" not in given
        assert http.get("/desk", headers={"Cookie": "yijian=planted-by-somebody"}).status_code == 303


def test_a_session_after_logging_out(wired: Wired) -> None:
    browser = Browser(wired)
    assert browser.post("/logout").status_code == 303
    assert browser.get("/desk").headers["location"].startswith("/login")
    assert browser.post("/logout").headers["location"].startswith("/login")


def test_the_word_of_another_session_of_the_same_person(wired: Wired, clerk: Browser, case_id: str) -> None:
    other = Browser(wired)
    for word in (other.headers["X-CSRF"], "", "x" * 10_000):
        answer = clerk.post(f"/cases/{case_id}/act", b"action=withdraw", **{"X-CSRF": word})
        assert answer.status_code == 403 and "FORM_FORGED" in answer.text


# --- twice ------------------------------------------------------------------------------------------------------------


def test_a_double_click_on_opening_makes_one_case(wired: Wired, clerk: Browser) -> None:
    sent = {"key": "double-click-on-a-page", "item": "food-permit", "answer.premises": "leased", "answer.dining": "yes", "answer.filing": "self",
            "party.enterprise.identifier": FIRM.uscc, "party.enterprise.proof": "营业执照原件核验", "party.enterprise.phone": "13800001234",
            "party.legal_representative.identifier": FIRM.boss.id_number, "party.legal_representative.proof": "居民身份证读卡"}  # fmt: skip
    body = "&".join(f"{quote(name)}={quote(value)}" for name, value in sent.items()).encode()
    first, again = (clerk.post("/matters/open-guesthouse/open", body) for _ in range(2))
    assert first.status_code == again.status_code == 303 and first.headers["location"] == again.headers["location"]


def test_a_double_click_on_a_step_is_done_once(wired: Wired, clerk: Browser) -> None:
    case_id = wired.case(wired.person("clerk"), "to-withdraw")
    first, again = (clerk.post(f"/cases/{case_id}/act", "action=withdraw&picked=申请人撤回&written=不办了".encode()) for _ in range(2))  # fmt: skip
    assert (first.status_code, again.status_code) == (303, 409)
    titles = [event["title"] for event in wired.person("clerk").case(case_id)["events"]]
    assert titles.count(EVENTS["case_withdrawn"]) == 1


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/pdf"),
        (b"MZ\x90\x00", "application/pdf"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image/svg+xml"),
        (b"<svg/>", "image/png"),
        (b"GIF89a/*", "image/jpeg"),
        (b"%PDF", "application/pdf"),
        (PDF, "text/html"),
        (PDF, "image/png"),
        (PDF, ""),
        (b"\x89PNG\r\n", "image/png"),
    ],
)
def test_a_file_that_is_not_what_it_says(clerk: Browser, case_id: str, body: bytes, kind: str) -> None:
    assert clerk.upload(case_id, "平面图.pdf", body, kind).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        PDF.replace(b"<<>>", b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>", 1),
        PDF + b"<script>alert(1)</script>",
        b"%PDF-1.7 <html><body onload=alert(1)>",
    ],
    ids=["javascript", "html-behind", "html-within"],
)
def test_what_a_file_carries_does_not_run(wired: Wired, clerk: Browser, case_id: str, body: bytes) -> None:
    assert clerk.upload(case_id, "a.html", body, "application/pdf").status_code == 303
    page = clerk.get(f"/cases/{case_id}/materials/floor-plan/file")
    assert page.headers["content-type"] == "application/pdf" and page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "allow-scripts" not in policy
    door = clerk.http.get(f"/api/v1/cases/{case_id}/materials/floor-plan", headers=wired.session("clerk"))
    assert (
        door.headers["content-disposition"].startswith("attachment")
        and door.headers["x-content-type-options"] == "nosniff"
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\甲\\平面图.pdf", "平面图.pdf"),
        ("\u202efdp.exe", "_fdp.exe"),
        ("平面图\u3000一.pdf", "平面图 一.pdf"),
        ("a\x07\x1b[31m.pdf", "a__[31m.pdf"),
        ("长" * 1000 + ".pdf", "长" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_file_name_that_steers(wired: Wired, clerk: Browser, case_id: str, sent: str, kept: str) -> None:
    assert harmless_name(sent) == kept
    assert (
        clerk.upload(case_id, sent.replace("\x07", "").replace("\x1b", ""), PDF, "application/pdf").status_code == 303
    )
    disposition = clerk.get(f"/cases/{case_id}/materials/floor-plan/file").headers["content-disposition"]
    assert (
        len(disposition) < 2500
        and "/" not in disposition
        and "%2F" not in disposition
        and "%E2%80%AE" not in disposition
    )


def test_a_file_name_of_nothing_but_dots(clerk: Browser, case_id: str) -> None:
    assert clerk.upload(case_id, "..", PDF, "application/pdf").status_code == 303
    answer = clerk.get(f"/cases/{case_id}/materials/floor-plan/file")
    assert answer.headers["content-disposition"].endswith("''floor-plan")


@given(st.text())
def test_any_file_name_becomes_harmless(sent: str) -> None:
    kept = harmless_name(sent)
    assert len(kept) <= LONGEST_NAME and kept.isprintable() and not set(kept) & set("/\\")
    assert harmless_name(kept) == kept


@given(st.text(max_size=40) | st.integers().map(str))
def test_any_text_is_a_number_within_bounds_or_none(text: str) -> None:
    found = number(text)
    assert found is None or (0 <= found <= LARGEST and found == int(text))
