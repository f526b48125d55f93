"""Each kind of item goes in by its own intake of the market regulator's paper, and its approval carries what `jg.csv` lists."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from typing import Any

import httpx2
import jsonschema
import pytest

from adapters.simulators import Running
from adapters.simulators.journal import hashed
from adapters.simulators.population import uscc
from tests.adapters.simulators.conftest import PAPERS, SmallHub, decide, eventually
from tests.adapters.simulators.test_market_regulation import HEADERS, PAPER

CODES = ("market-regulation",)

MARKET = "market-regulation"
PATHS = ("/djsq/gt", "/djsq/hzs", "/sxzt/xjyd", "/sxzt/xzf", "/spscxk/sq")
RESULTS = {
    "/djsq/gt": "个体工商户、合作社设立登记",
    "/djsq/hzs": "个体工商户、合作社设立登记",
    "/sxzt/xjyd": "食品小经营店登记",
    "/sxzt/xzf": "食品生产加工小作坊登记",
    "/spscxk/sq": "食品生产许可",
}
SPOILT: list[tuple[str, Mapping[str, object]]] = [
    ("/djsq/gt", {"zcxs": {"xsdm": "3", "jtcy": None}}),
    ("/djsq/gt", {"zjse": "80000"}),
    ("/djsq/gt", {"fbs": 11}),
    ("/djsq/hzs", {"cyxx": {"zs": 4, "nmzs": 4}}),
    ("/djsq/hzs", {"sldhrq": "2026-11-08"}),
    ("/sxzt/xjyd", {"xmdm": []}),
    ("/sxzt/xjyd", {"wlxs": "否"}),
    ("/sxzt/xzf", {"bzxs": "9"}),
    ("/sxzt/xzf", {"jgcs": {"dz": "", "ysly": "1"}}),
    ("/spscxk/sq", {"jsry": 0}),
    ("/spscxk/sq", {"lbbh": "0601"}),
]


def application(path: str, **changes: object) -> dict[str, Any]:
    operation = PAPER.document["paths"][path]["post"]
    return {**operation["requestBody"]["content"]["application/json"]["example"], **changes}


def apply(http: httpx2.Client, running: Running, path: str, key: str = "k-1", **changes: object) -> httpx2.Response:
    url = f"{running.addresses[MARKET]}/scjg/v1{path}"
    return http.post(url, json=application(path, **changes), headers={**HEADERS, "X-Qqj": key})


def listed(path: str) -> set[str]:
    rows = csv.DictReader((PAPERS / MARKET / "jg.csv").read_text(encoding="utf-8").splitlines())
    return {row["项"] for row in rows if row["业务"] == RESULTS[path]}


@pytest.mark.parametrize("path", PATHS)
def test_the_papers_own_example_is_taken_once(running: Running, http: httpx2.Client, path: str) -> None:
    first, again = apply(http, running, path), apply(http, running, path)
    assert [PAPER.check(path, "post", answer)["fhm"] for answer in (first, again)] == ["0000", "0001"]
    assert first.json()["sj"] == again.json()["sj"]


@pytest.mark.parametrize(("path", "change"), SPOILT)
def test_what_the_paper_refuses_is_refused_without_effect(
    running: Running, http: httpx2.Client, path: str, change: Mapping[str, object]
) -> None:
    body = PAPER.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    with pytest.raises(jsonschema.ValidationError):
        PAPER.valid(body, application(path, **change))
    response = apply(http, running, path, **change)
    assert response.status_code == 400 and next(iter(change)) in response.json()["fhxx"]
    assert running.journal(MARKET).of_kind("effect") == []


@pytest.mark.parametrize("path", PATHS)
def test_an_approval_carries_what_the_paper_lists(
    automatic: Running, http: httpx2.Client, hub: SmallHub, path: str
) -> None:
    apply(http, automatic, path, lsh="I-1")
    eventually(lambda: len(hub.told) == 2)
    acceptance, decision = (call.json() for call in hub.told)
    assert (acceptance["result"], decision["result"]) == ("accepted", "approved")
    assert set(decision["results"]) == listed(path) and all(decision["results"].values())


def test_a_new_licence_has_a_code_with_its_check_characters(
    automatic: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    for number, (path, prefix) in enumerate((("/djsq/gt", "92411323"), ("/djsq/hzs", "93411323")), 1):
        hub.told.clear()
        apply(http, automatic, path, f"k-{number}", lsh=f"I-{number}")
        eventually(lambda: len(hub.told) == 2)
        results = hub.told[1].json()["results"]
        organisation = re.fullmatch(rf"{prefix}(MA9YK\d{{3}})..", results["tyshxydm"])
        assert organisation and results["tyshxydm"] == uscc(organisation[1], prefix)
        assert results["qymc"] == application(path)["mcxx"]["nmc"]


def test_a_corrected_application_is_registered_as_it_is_now(
    running: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    number = apply(http, running, "/djsq/gt", lsh="I-1").json()["sj"]["slh"]
    decide(http, running, MARKET, number=number, step="correction", defects=[])
    name = {"sbh": "41132320261090099", "nmc": "西峡县样例改名羽毛球馆"}
    again = apply(http, running, "/djsq/gt", "k-2", lsh="I-1", czlx="2", mcxx=name)
    assert PAPER.check("/djsq/gt", "post", again)["sj"]["slh"] == number
    for step in ("accept", "approve"):
        decide(http, running, MARKET, number=number, step=step)
    eventually(lambda: len(hub.told) == 3)
    assert hub.told[-1].json()["results"]["qymc"] == name["nmc"]


def test_a_correction_that_nobody_asked_for_is_refused(running: Running, http: httpx2.Client) -> None:
    apply(http, running, "/sxzt/xzf", lsh="I-1")
    assert apply(http, running, "/sxzt/xzf", "k-2", lsh="I-1", czlx="2").json()["fhm"] == "4010"


@pytest.mark.parametrize("path", PATHS)
def test_every_application_may_be_withdrawn_by_one_call(running: Running, http: httpx2.Client, path: str) -> None:
    number = apply(http, running, path).json()["sj"]["slh"]
    url = f"{running.addresses[MARKET]}/scjg/v1/sq"
    body = {"chyy": "申请人自愿", "chsj": "20261120100000"}
    answers = [http.post(f"{url}/{one}/ch", json=body, headers=HEADERS) for one in (number, number, "x")]
    assert [PAPER.check("/sq/{slh}/ch", "post", answer)["fhm"] for answer in answers] == ["0000", "0001", "4004"]


def test_an_application_is_journalled_under_whoever_applies(running: Running, http: httpx2.Client) -> None:
    apply(http, running, "/djsq/hzs")
    (call,) = running.journal(MARKET).of_kind("request")
    assert call["subject"] == hashed(application("/djsq/hzs")["sldb"]["zjhm"])
