"""Bodies that are refused before anything is made of them; each test is named after the fault."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.api.reading import DEEPEST, JSON_LIMIT, BodyRefused, json_of
from tests.hub.api.wired import FIRM, Wired

CASES = "/api/v1/openings"
JSON = "application/json"


def refused(
    wired: Wired, content: bytes | Iterator[bytes], kind: str = JSON, **headers: str
) -> tuple[int, str, httpx2.Response]:
    with wired.http() as http:
        answer = http.post(CASES, content=content, headers={**wired.session("clerk"), "Content-Type": kind, **headers})
    return answer.status_code, answer.json()["code"], answer


def test_huge_body(wired: Wired) -> None:
    assert refused(wired, b'"' + b"x" * JSON_LIMIT + b'"')[:2] == (413, "TOO_LARGE")


@pytest.mark.parametrize("content", ["示例", "no base64!"])
def test_a_scan_that_is_no_base64(wired: Wired, content: str) -> None:
    body = {"row": {}, "content": content, "media_type": "image/png"}
    with wired.http() as http:
        answer = http.post("/api/v1/certificates/imports/scans", json=body, headers=wired.session("clerk"))
    assert (answer.status_code, answer.json()["code"]) == (422, "SCAN_UNREADABLE")


def test_huge_body_that_says_no_length(wired: Wired) -> None:
    chunks = (b" " * 65536 for _ in range(JSON_LIMIT // 65536 + 1))
    assert refused(wired, chunks)[:2] == (413, "TOO_LARGE")


def test_compressed_body(wired: Wired) -> None:
    assert refused(wired, b"\x1f\x8b", **{"Content-Encoding": "gzip"})[:2] == (415, "WRONG_CONTENT_TYPE")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"])
def test_wrong_content_type(wired: Wired, kind: str) -> None:
    assert refused(wired, b"{}", kind)[:2] == (415, "WRONG_CONTENT_TYPE")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("我要开民宿".encode("gb18030"), "BAD_ENCODING"),
        (b"\xef\xbb\xbf{}", "BAD_JSON"),
        (b"", "BAD_JSON"),
        (b"{", "BAD_JSON"),
        (b"{'matter': 1}", "BAD_JSON"),
        (b'{"matter": "a", "matter": "b"}', "DUPLICATE_KEY"),
        (b'{"answers": {"a": "x", "a": "x"}}', "DUPLICATE_KEY"),
        (b'{"matter": NaN}', "NOT_A_NUMBER"),
        (b'{"matter": -Infinity}', "NOT_A_NUMBER"),
        (b'{"matter": 1e999}', "NOT_A_NUMBER"),
        (b'{"matter": "a\\u0000b"}', "BAD_TEXT"),
        (b'{"matter": "\\ud800"}', "BAD_TEXT"),
        (b'{"\\udfff": "a"}', "BAD_TEXT"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "TOO_DEEP"),
        (b"[" * 500_000, "TOO_DEEP"),
        (b'"\\' + b"[" * 500_000, "TOO_DEEP"),
        (b"1" * 5000, "BAD_JSON"),
    ],
)
def test_what_is_no_strict_json(wired: Wired, body: bytes, code: str) -> None:
    assert refused(wired, body)[:2] == (400, code)


def test_brackets_within_a_text_are_no_nesting() -> None:
    assert json_of(JSON, json.dumps({"a": "[{" * 100 + '\\"['}).encode()) == {"a": "[{" * 100 + '\\"['}


def test_unknown_field(wired: Wired) -> None:
    status, code, answer = refused(wired, b'{"matter": "open-guesthouse", "anwsers": {}}')
    assert (status, code) == (422, "BAD_INPUT")
    assert answer.json()["fields"] == {"anwsers": "There is no such field here; leave it out."}


def test_an_unknown_word_of_the_catalog_s_query_is_refused_with_those_that_are_known(wired: Wired) -> None:
    answer = wired.http().get("/api/v1/catalog?alowed=true", headers=wired.session("clerk"))
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_INPUT")
    assert "allowed" in answer.json()["fields"]["alowed"]
    assert wired.http().get("/api/v1/catalog?allowed=true", headers=wired.session("clerk")).status_code == 200


@pytest.mark.parametrize(
    ("place", "who", "word"),
    [
        ("?allowed=true&allowed=false", "clerk", "allowed"),
        ("/dcat?x=1", "clerk", "x"),
        ("/resources/real-estate.lease/schema?x=1", "clerk", "x"),
        ("/needs?matter=open-hotpot", "catalog_manager", "matter"),
    ],
)
def test_a_doubled_word_or_a_query_where_none_belongs_is_refused(wired: Wired, place: str, who: str, word: str) -> None:
    answer = wired.http().get(f"/api/v1/catalog{place}", headers=wired.session(who))
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_INPUT") and list(answer.json()["fields"]) == [word]


@pytest.mark.parametrize("body", [b'{"matter": 2}', b'{"matter": "x", "answers": ["a"]}', b"[]", b"null", b"{}"])
def test_wrong_type(wired: Wired, body: bytes) -> None:
    status, code, answer = refused(wired, body)
    assert (status, code) == (422, "BAD_INPUT") and answer.json()["fields"]


def test_a_moment_without_its_zone(wired: Wired) -> None:
    with wired.http() as http:
        for moment in ("2026-11-20T09:30:00", 1_763_600_000, "20 Nov 2026"):
            answer = http.post("/api/v1/audit/searches", json={"since": moment}, headers=wired.session("auditor"))
            assert answer.status_code == 422 and "since" in answer.json()["fields"]


def test_misspelt_filter(wired: Wired) -> None:
    with wired.http() as http:
        answer = http.get("/api/v1/audit/records?caseno=1", headers=wired.session("auditor"))
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["caseno"])


def test_an_identifier_in_an_address(wired: Wired) -> None:
    with wired.http() as http:
        answer = http.get(f"/api/v1/audit/records?subject={FIRM.uscc}", headers=wired.session("auditor"))
    assert answer.status_code == 422 and FIRM.uscc not in answer.text


def test_a_body_where_none_belongs(wired: Wired) -> None:
    with wired.http() as http:
        answer = http.post("/api/v1/catalog/checks", json={"all": True}, headers=wired.session("catalog_manager"))
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_UNEXPECTED")


def test_a_stranger_learns_nothing_of_the_rules_for_bodies(http: httpx2.Client) -> None:
    answer = http.post(CASES, content=b"{", headers={"Content-Type": JSON})
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_FIRST")


def test_a_person_s_number_sent_as_a_name_of_a_field_is_not_said_back(wired: Wired) -> None:
    number = FIRM.boss.id_number
    body = json.dumps({"matter": "x", "answers": {}, number: "1", "chosen": []}).encode()
    _, _, answer = refused(wired, body)
    assert answer.status_code == 422 and number not in answer.text


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_whatever_is_plain_json_is_read_as_it_is(value: object) -> None:
    assert json_of(JSON, json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        json_of(JSON, body)
    except BodyRefused as refusal:
        assert refusal.status == 400
