"""A rehearsal asks about whom its sample is: a paper's own example of a firm is an answer about that firm, and about no other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Found, Unusable
from adapters.onboarding import fiction
from adapters.onboarding.about import whom
from adapters.onboarding.played import Played
from adapters.onboarding.rehearsal import Sample, play
from adapters.simulators.http import Request
from adapters.simulators.repeating import asked_in, repeated
from catalog.types import FieldDefinition, FieldType, Resource, Sensitivity, ShareType
from tests.adapters.kinds.making import PORTS, department_of

FIRM, OTHER = "91411323MA9990029E", "91411323MA99900379"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[resources.r]
title = "执照"
share = "conditional"
subject = ["uscc"]
[resources.r.wire]
path = "/zz/{uscc}"
record = "$.sj"
echo = { uscc = "$.dm" }
[resources.r.fields]
enterprise_name = "$.mc"
"""
USCC = FieldDefinition("uscc", "统一社会信用代码", FieldType.USCC, Sensitivity.INTERNAL)


def played(folder: Path, sample: object) -> Played:
    (folder / "samples").mkdir()
    (folder / "samples" / "r.answer.json").write_text(json.dumps(sample), "utf-8")
    department, resources = department_of(TOML, folder)
    (one,) = asyncio.run(play(department, resources.values(), {"uscc": USCC}, PORTS.clock))
    return one


def test_a_sample_of_the_paper_is_asked_about_whom_it_is(tmp_path: Path) -> None:
    assert isinstance(played(tmp_path, {"sj": [{"dm": FIRM, "mc": "示例公司"}]}).outcome, Found)


def test_a_sample_that_says_nothing_of_whom_it_is_about_is_told_with_the_number_that_belongs_there(
    tmp_path: Path,
) -> None:
    one = played(tmp_path, {"sj": {"mc": "示例公司"}})
    assert isinstance(one.outcome, Unusable) and one.outcome.rule == "other_subject"
    assert "write that into samples/r.answer.json at $.dm" in one.trouble


def test_a_word_where_the_number_belongs_is_refused_as_it_would_be_in_a_case(tmp_path: Path) -> None:
    one = played(tmp_path, {"sj": [{"dm": "测试", "mc": "示例公司"}]})
    assert isinstance(one.outcome, Unusable) and one.outcome.rule == "other_subject"
    assert (
        f"samples/r.answer.json is not read (at $.dm): other_subject; it was asked about uscc {fiction.FIRM}"
        in one.trouble
    )


SOAP = '<s:Envelope xmlns:s="urn:e"><s:Body><Xy xmlns="urn:x"><Ry><Dm>%s</Dm></Ry></Xy></s:Body></s:Envelope>'
WIRES: dict[str, tuple[dict[str, Any], str, str]] = {
    "JSON": ({"record": "$.sj[0]", "echo": {"uscc": "$.dm"}}, "application/json", '{"sj": [{"dm": "%s"}]}'),
    "XML": ({"record": "/xy/ry", "echo": {"uscc": "/@dm"}}, "text/xml", '<xy><ry dm="%s"/></xy>'),
    "SOAP": ({"operation": "Cx", "record": "Ry[0]", "echo": {"uscc": "Dm"}}, "text/xml", SOAP),
    "text": ({"inside": {"$.t": "json"}, "record": "$.t", "echo": {"uscc": "$.dm"}}, "application/json", '{"t": "{\\"dm\\": \\"%s\\"}"}'),
}  # fmt: skip


def resource(wire: dict[str, Any]) -> Resource:
    return Resource("d.r", "d", "执照", ShareType.CONDITIONAL, ("uscc",), (), wire=wire)


@pytest.mark.parametrize("way", WIRES)
def test_whom_a_sample_is_about_is_found_where_the_mapping_says(way: str) -> None:
    wire, media_type, body = WIRES[way]
    assert whom(resource(wire), media_type, (body % FIRM).encode()) == {"uscc": FIRM}
    assert whom(resource(wire), media_type, b"{<") == {}


def test_the_stand_in_answers_about_whom_it_is_asked_though_its_sample_is_the_papers_own() -> None:
    wire, media_type, body = WIRES["JSON"]
    one = resource({**wire, "path": "/zz/{uscc}"})
    sample = Sample("r.answer.json", media_type, (body % FIRM).encode())
    asked = asked_in(one, "", Request("GET", f"/zz/{OTHER}", {}, {}, b""))
    told = repeated(sample, whom(one, media_type, sample.body), asked)
    assert whom(one, media_type, told.body) == {"uscc": OTHER}


def test_a_short_text_that_stands_in_two_places_is_not_replaced_in_either() -> None:
    twice = Sample("r", "application/json", b'{"dm": "7", "lx": "7"}')
    assert repeated(twice, {"uscc": "7"}, {"uscc": "8"}).body == twice.body
