"""Refusals as problem details: their shape, their codes, and that they carry nobody's facts."""

from __future__ import annotations

import dataclasses
import logging

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.api.app import install
from hub.app import api_doors
from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.errors import HubError
from hub.wiring.listings import FileView
from tests.hub.api.wired import FIRM, Wired

MEMBERS = {"type", "title", "status", "detail", "code", "fields", "request_id", "retryable", "source", "rule"}


class Broken:
    """A door with a bug, and one whose log is away."""

    def progress(self, case_no: str, code: str, source: str) -> ApplicantView:
        if code == "0000":
            raise HubError("The record could not be written; try again later.", code="LOG_UNAVAILABLE", status=503)
        raise ValueError(f"no such subject {FIRM.uscc}")

    def certificate_file(self, asked: OwnFile, source: str) -> FileView:
        raise ValueError(f"no such subject {FIRM.uscc}")


@pytest.fixture
def broken(wired: Wired) -> httpx2.Client:
    app = FastAPI(openapi_url=None)
    install(app, dataclasses.replace(api_doors(wired.hub), applicant=Broken()))
    return TestClient(app, raise_server_exceptions=False)


def look(http: httpx2.Client, code: str = "123X") -> httpx2.Response:
    return http.post("/api/v1/progress", json={"case_no": "1", "code": code})


def test_a_refusal_is_a_problem_with_a_stable_code(http: httpx2.Client) -> None:
    answer = look(http)
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(told) == MEMBERS and told["status"] == answer.status_code == 404
    assert (told["type"], told["code"]) == ("/errors/PROGRESS_NOT_FOUND", "PROGRESS_NOT_FOUND")
    assert told["retryable"] is False and told["detail"]


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/cases", "/api/v1/cases/a/b/c", "/api/v1/cases/"]
)
def test_unknown_route(http: httpx2.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_THERE")


def test_wrong_method(http: httpx2.Client) -> None:
    answer = http.delete("/api/v1/cases")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, POST"


def test_pages_keep_their_own_answers(http: httpx2.Client) -> None:
    assert http.get("/nothing").headers["content-type"].startswith("text/html")


def test_every_answer_has_a_number_of_ours(wired: Wired, http: httpx2.Client) -> None:
    mine = {"X-Request-Id": "a-forged-one", **wired.session("clerk")}
    good, bad = http.get("/api/v1/matters", headers=mine), http.get("/api/v1/nothing", headers=mine)
    assert good.status_code == 200 and bad.json()["request_id"] == bad.headers["x-request-id"]
    assert len({good.headers["x-request-id"], bad.headers["x-request-id"], "a-forged-one"}) == 3


def test_an_answer_is_kept_by_nobody_on_the_way(wired: Wired, http: httpx2.Client) -> None:
    assert http.get("/api/v1/matters", headers=wired.session("clerk")).headers["cache-control"] == "no-store"


def test_a_bug_says_nothing_of_itself(broken: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = look(broken)
    told = answer.json()
    assert (answer.status_code, told["code"], told["retryable"]) == (500, "INTERNAL", True)
    assert "ValueError" not in answer.text and FIRM.uscc not in answer.text
    assert told["request_id"] in caplog.text and "ValueError" in caplog.text and "test_problems.py" in caplog.text
    assert FIRM.uscc not in caplog.text


def test_what_passes_later_is_marked_so(broken: httpx2.Client) -> None:
    answer = look(broken, "0000")
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)


def test_a_mistake_names_its_place_and_not_what_was_there(wired: Wired, http: httpx2.Client) -> None:
    number = FIRM.boss.id_number
    body = {
        "matter": "x",
        "chosen": [],
        "parties": {"enterprise": {"identifier": number * 9, "proof": "\x1b" + number}},
    }
    answer = http.post("/api/v1/cases", json=body, headers={**wired.session("clerk"), "Idempotency-Key": "k"})
    told = answer.json()
    assert set(told["fields"]) == {"parties.enterprise.identifier", "parties.enterprise.proof"}
    assert number not in answer.text


def test_a_login_that_fails_says_how_to_authenticate(http: httpx2.Client) -> None:
    answer = http.get("/api/v1/matters")
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Session")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/api/docs", "/api/v1/docs"])
def test_no_page_of_documentation_from_elsewhere(http: httpx2.Client, path: str) -> None:
    assert http.get(path).status_code == 404
