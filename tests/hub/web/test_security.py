"""What guards the pages: headers, the session's word, the form's origin, its size."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from hub.web import statics
from hub.web.doors import Doors
from hub.web.pages.entrance import safe_next
from tests.hub.web import example
from tests.hub.web.conftest import Visit

VENDORED = [statics.FOLDER / "VENDORED.toml", Path(__file__).parents[2] / "browser/vendor/VENDORED.toml"]


def test_every_answer_carries_the_headers_and_its_own_nonce(visit: Visit) -> None:
    client = visit("")
    first, second = client.get("/login"), client.get("/nowhere")
    nonces = [re.findall("'nonce-([0-9a-f]{32})'", a.headers["content-security-policy"])[0] for a in (first, second)]
    assert nonces[0] != nonces[1] and f'nonce="{nonces[0]}"' in first.text
    for answer in (first, second):
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_a_form_without_the_sessions_word_changes_nothing(visit: Visit, doors: Doors) -> None:
    client = visit("clerk")
    client.headers["X-CSRF"] = "a guess"
    answer = client.post("/cases/c1/act", data={"action": "receive"})
    assert answer.status_code == 403 and "FORM_FORGED" in answer.text
    assert doors.clerk.done == []  # type: ignore[attr-defined]


def test_the_word_may_come_as_a_form_field(visit: Visit, doors: Doors) -> None:
    client = visit("clerk")
    del client.headers["X-CSRF"]
    answer = client.post("/cases/c1/act", data={"action": "receive", "csrf": example.CSRF})
    assert answer.status_code == 303
    assert doors.clerk.done  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/login", "/cases/c1/act"])
def test_a_form_from_another_site_is_refused(visit: Visit, path: str) -> None:
    sent = {"Origin": "https://elsewhere.invalid", "Sec-Fetch-Site": "cross-site"}
    answer = visit("clerk").post(path, data={"username": "clerk", "password": "clerk"}, headers=sent)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_more_than_the_limit_is_refused_before_it_is_read(visit: Visit, doors: Doors) -> None:
    length = str(doors.settings.max_upload_bytes * 2)
    answer = visit("clerk").post("/cases/c1/materials/plan/file", content=b"x", headers={"Content-Length": length})
    assert answer.status_code == 413 and "MB" in answer.text


def test_login_sets_a_cookie_that_scripts_cannot_read_and_leads_back(visit: Visit) -> None:
    answer = visit("").post("/login", data={"username": "clerk", "password": "clerk", "next": "/cases/c1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases/c1")
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]


def test_a_wrong_password_says_so_and_keeps_the_name(visit: Visit) -> None:
    answer = visit("").post("/login", data={"username": "clerk", "password": "no"})
    assert answer.status_code == 403 and 'value="clerk"' in answer.text and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "where", ["//elsewhere.invalid", "https://elsewhere.invalid", "/\\elsewhere.invalid", "/a\nb", "desk"]
)
def test_the_login_leads_only_to_our_own_pages(where: str) -> None:
    assert safe_next(where) == ""


def test_a_csp_report_is_taken_and_a_broken_one_too(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    client = visit("")
    report = {"csp-report": {"violated-directive": "script-src", "blocked-uri": "inline"}}
    assert client.post("/csp-reports", json=report).status_code == 204
    assert client.post("/csp-reports", content=b"[1").status_code == 204
    assert "script-src" in caplog.text


@pytest.mark.parametrize("listing", VENDORED, ids=["served", "tests"])
def test_vendored_files_are_what_their_packages_hold(listing: Path) -> None:
    files = tomllib.loads(listing.read_text("utf-8"))["file"]
    for one in files:
        assert sha256((listing.parent / one["name"]).read_bytes()).hexdigest() == one["sha256"], one["name"]
        assert (listing.parent / one["licence_file"]).is_file()
    ours = {"yijian.css", "yijian.js", "mark.svg", "VENDORED.toml"}
    found = {str(p.relative_to(listing.parent)) for p in listing.parent.rglob("*") if p.is_file()}
    assert found - ours == {one["name"] for one in files} | {one["licence_file"] for one in files}


def test_a_static_file_is_for_ever_and_only_under_its_own_digest(visit: Visit) -> None:
    client, where = visit(""), statics.address("yijian.css")
    answer = client.get(where, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["cache-control"] and answer.headers["content-encoding"] == "gzip"
    assert answer.content == (statics.FOLDER / "yijian.css").read_bytes()
    assert client.get("/static/000000000000/yijian.css").status_code == 404
    assert client.get(where.replace("yijian.css", "%2e%2e/doors.py")).status_code == 404
