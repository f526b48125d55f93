"""A server that answers from samples answers about whom it was asked, wherever the question names him."""

from __future__ import annotations

import json

import pytest

from adapters.onboarding.rehearsal import Sample
from adapters.simulators.http import Request
from adapters.simulators.repeating import NUMBER, asked_in, probed, repeated, repeats, says
from catalog.types import Department, Kind, Resource, ShareType

PERSON, SAMPLE = "411323199001019908", "41132319900101990X"
JSON, XML, FORM = "application/json", "text/xml; charset=utf-8", "application/x-www-form-urlencoded"
SOAP = f'<e:Envelope xmlns:e="urn:e"><e:Body><q xmlns="urn:q"><ry lx="1"><sfzh>{PERSON}</sfzh></ry><lsh>R-1</lsh></q></e:Body></e:Envelope>'
WAYS: dict[str, tuple[dict[str, object], Request]] = {
    "path": ({"path": "/ry/{id_number}"}, Request("GET", f"/api/ry/{PERSON}", {}, {}, b"")),
    "query": ({"path": "/ry", "query": {"sfzh": "{id_number}"}}, Request("GET", "/api/ry", {"sfzh": PERSON}, {}, b"")),
    "header": ({"headers": {"X-Sfzh": "{id_number}"}}, Request("GET", "/", {}, {"x-sfzh": PERSON}, b"")),
    "JSON": ({"body": {"ry": {"sfzh": {"from": "{id_number}"}}}}, Request("POST", "/", {}, {"content-type": JSON}, json.dumps({"ry": {"sfzh": PERSON}}).encode())),
    "XML": ({"body": {"cx": {"sfzh": "{id_number}"}}}, Request("POST", "/", {}, {"content-type": XML}, f"<cx><sfzh>{PERSON}</sfzh></cx>".encode())),
    "form": ({"body": {"sfzh": "{id_number}"}}, Request("POST", "/", {}, {"content-type": FORM}, f"sfzh={PERSON}".encode())),
    "SOAP": ({"operation": "q", "request": {"ry": {"@lx": "1", "sfzh": "{id_number}"}}}, Request("POST", "/", {}, {"content-type": XML}, SOAP.encode())),
}  # fmt: skip


def resource(wire: dict[str, object]) -> Resource:
    return Resource("a.ry", "a", "人员", ShareType.CONDITIONAL, ("id_number",), (), wire=wire)


@pytest.mark.parametrize("way", WAYS)
def test_whom_a_question_is_about_is_found_by_the_mapping(way: str) -> None:
    wire, request = WAYS[way]
    assert asked_in(resource(wire), "/api" if "path" in wire else "", request)["id_number"] == PERSON


def test_a_sample_says_whom_it_was_asked_about_and_the_number_of_the_question() -> None:
    sample = Sample("ry", JSON, json.dumps({"sfzh": SAMPLE, "lsh": "REHEARSAL", "bh": f"{SAMPLE}-1"}).encode())
    told = repeated(sample, {"id_number": SAMPLE, NUMBER: "REHEARSAL"}, {"id_number": PERSON, NUMBER: 'R"1'})
    assert json.loads(told.body) == {"sfzh": PERSON, "lsh": 'R"1', "bh": f"{SAMPLE}-1"}


def test_only_what_the_mapping_says_is_repeated() -> None:
    assert repeats(resource({"echo": {"id_number": "$.sfzh"}, "request_echo": "$.lsh"})) == {"id_number", NUMBER}
    assert repeats(resource({"path": "/"})) == set()


def test_a_question_that_cannot_be_read_names_nobody() -> None:
    request = Request("POST", "/", {}, {"content-type": JSON}, b"{")
    assert asked_in(resource({"body": {"sfzh": "{id_number}"}}), "", request) == {}


def test_calls_of_one_address_are_told_apart_by_the_words_that_each_always_has() -> None:
    request = Request("POST", "/jk", {}, {"content-type": XML}, b'<q v="1"><ZT lx="LJ"/></q>')
    ours = {"body": {"q": {"@v": "1", "@lsh": "{request_id}", "ZT": {"@lx": "LJ"}}}}
    assert says(ours, request) and not says({"body": {"q": {"ZT": {"@lx": "CX"}}}}, request)
    assert not says({"query": {"fwdm": "A1"}}, request)


@pytest.mark.parametrize(("kind", "body"), [("json", b'{"a": {"@jg": "000"}}'), ("xml", b'<a jg="000"></a>')])
def test_a_declared_probe_is_answered_as_the_mapping_wants_it(kind: str, body: bytes) -> None:
    wire = {"format": kind, "probe": {"path": "/jk", "result": "$.a.@jg", "found": ["000"]}}
    assert probed(Department("a", "示例局", "", Kind.REST, "411323", wire=wire)).body.endswith(body)
