"""The market regulator answers as its OpenAPI says; what happened stands in `fhm`, not in the HTTP status."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx2
import jsonschema
import pytest
import yaml

from adapters.simulators import Running, population
from adapters.simulators.market_regulation import TOKEN
from adapters.simulators.population.street import RESERVED_NAMES
from tests.adapters.simulators.conftest import PAPERS, OpenApi, control, decide

CODES = ("market-regulation",)

FIRM = population.firm("applicant")
PAPER = OpenApi(PAPERS / "market-regulation" / "scjg.openapi.yaml")
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "X-Qqbh": "q-1",
    "X-Qqdw": "11411323MB0990008U",
    "X-Jbr": "u-1",
    "X-Cxsy": "%E6%88%91",
}


def look_up(
    http: httpx2.Client, running: Running, uscc: str = FIRM.uscc, tail: str = "", **headers: str
) -> httpx2.Response:
    return http.get(
        f"{running.addresses['market-regulation']}/scjg/v1/yyzz/{uscc}{tail}", headers={**HEADERS, **headers}
    )


def of_person(http: httpx2.Client, running: Running, what: str, key: str, **more: str) -> httpx2.Response:
    """Ask by a person's number; `key` names the person in the population."""
    body = {"zjlxdm": "10", "zjhm": population.person(key).id_number, **more}
    return http.post(f"{running.addresses['market-regulation']}/scjg/v1/{what}/cx", json=body, headers=HEADERS)


def application(**changes: object) -> dict[str, Any]:
    operation = PAPER.document["paths"]["/spjyxk/sq"]["post"]
    return {**operation["requestBody"]["content"]["application/json"]["example"], **changes}


def apply(http: httpx2.Client, running: Running, key: str = "k-1", **changes: object) -> httpx2.Response:
    url = f"{running.addresses['market-regulation']}/scjg/v1/spjyxk/sq"
    return http.post(url, json=application(**changes), headers={**HEADERS, "X-Qqj": key})


def withdraw(http: httpx2.Client, running: Running, number: str) -> httpx2.Response:
    url = f"{running.addresses['market-regulation']}/scjg/v1/spjyxk/sq/{number}/ch"
    return http.post(url, json={"chyy": "申请人自愿", "chsj": "20261120100000"}, headers=HEADERS)


def test_every_example_of_the_paper_fits_the_paper() -> None:
    seen = 0
    for path in PAPER.document["paths"].values():
        for operation in path.values():
            content = operation["responses"]["200"]["content"]["application/json"]
            for example in content["examples"].values():
                PAPER.valid(content["schema"], example["value"])
                seen += 1
    assert seen >= 8


def test_a_licence_is_found_with_its_capital_in_ten_thousands(running: Running, http: httpx2.Client) -> None:
    body = PAPER.check("/yyzz/{tyshxydm}", "get", look_up(http, running))
    assert (body["fhm"], body["sj"]["zczb"], body["sj"]["yyqxjz"]) == ("0000", "50.000000", "长期")
    assert body["sj"]["fddbr"]["zjhm"] == population.person("legal_representative").id_number


def test_every_firm_of_the_population_fits_the_paper(running: Running, http: httpx2.Client) -> None:
    for firm in population.FIRMS:
        body = PAPER.check("/yyzz/{tyshxydm}", "get", look_up(http, running, firm.uscc))
        assert body["sj"]["qymc"] == firm.name


def test_a_revoked_firm_says_so_by_its_status_code(running: Running, http: httpx2.Client) -> None:
    assert look_up(http, running, population.firm("revoked").uscc).json()["sj"]["djztdm"] == "2"


def test_not_found_is_a_200_with_a_code(running: Running, http: httpx2.Client) -> None:
    response = look_up(http, running, population.NO_FIRM)
    assert (response.status_code, PAPER.check("/yyzz/{tyshxydm}", "get", response)["fhm"]) == (200, "4004")


def test_a_shopkeepers_business_is_found_by_the_number_in_the_body(running: Running, http: httpx2.Client) -> None:
    body = PAPER.check("/gtgsh/cx", "post", of_person(http, running, "gtgsh", "repairer"))
    assert [row["tyshxydm"] for row in body["sj"]["lb"]] == [population.firm("repair_shop").uscc]
    assert of_person(http, running, "gtgsh", "coop_1").json()["fhm"] == "4004"
    assert population.person("repairer").id_number not in str(running.journal("market-regulation").of_kind("request"))


def test_a_declared_name_says_what_it_may_be_registered_as(running: Running, http: httpx2.Client) -> None:
    individual = PAPER.check("/mcsb/cx", "post", of_person(http, running, "mcsb", "swim_founder"))["sj"]["lb"][0]
    cooperative = PAPER.check("/mcsb/cx", "post", of_person(http, running, "mcsb", "coop_1"))["sj"]["lb"][0]
    assert (individual["nmc"], individual["zcxs"], cooperative["zcxs"]) == ("西峡县碧波示例游泳馆", "1", "2")


def test_of_several_declared_names_only_the_chosen_one_comes(running: Running, http: httpx2.Client) -> None:
    (only,) = of_person(http, running, "mcsb", "dentist").json()["sj"]["lb"]
    assert of_person(http, running, "mcsb", "dentist", xzdm=only["sbh"]).json()["sj"]["hs"] == 1
    assert of_person(http, running, "mcsb", "dentist", xzdm="x").json()["fhm"] == "4004"


def test_a_question_about_a_malformed_number_names_the_place_alone(running: Running, http: httpx2.Client) -> None:
    url = f"{running.addresses['market-regulation']}/scjg/v1/gtgsh/cx"
    response = http.post(url, json={"zjlxdm": "10", "zjhm": "4113"}, headers=HEADERS)
    assert response.status_code == 400 and "zjhm" in response.text and "4113" not in response.text


def test_the_licence_document_is_a_pdf_with_a_true_digest(running: Running, http: httpx2.Client) -> None:
    paper = PAPER.check("/yyzz/{tyshxydm}/dzzz", "get", look_up(http, running, tail="/dzzz"))["sj"]
    content = base64.b64decode(paper["wjnr"])
    assert content.startswith(b"%PDF") and paper["wjzy"] == hashlib.sha256(content).hexdigest()
    assert int(paper["wjdx"]) == len(content)


def test_a_false_token_is_a_401_in_the_departments_own_shape(running: Running, http: httpx2.Client) -> None:
    response = look_up(http, running, Authorization="Bearer wrong")
    assert (response.status_code, PAPER.check("/yyzz/{tyshxydm}", "get", response)["fhm"]) == (401, "4001")


@pytest.mark.parametrize("header", ["X-Qqbh", "X-Cxsy", "X-Jbr", "X-Qqdw"])
def test_a_look_up_without_a_needed_header_is_refused(running: Running, http: httpx2.Client, header: str) -> None:
    response = look_up(http, running, **{header: ""})
    assert (response.status_code, PAPER.check("/yyzz/{tyshxydm}", "get", response)["fhm"]) == (400, "4000")


def test_an_application_gets_one_number_per_key(running: Running, http: httpx2.Client) -> None:
    first, again, other = apply(http, running), apply(http, running), apply(http, running, "k-2")
    assert [PAPER.check("/spjyxk/sq", "post", answer)["fhm"] for answer in (first, again, other)] == [
        "0000",
        "0001",
        "0000",
    ]
    assert first.json()["sj"] == again.json()["sj"] != other.json()["sj"]


def test_a_false_material_digest_is_refused_without_effect(running: Running, http: httpx2.Client) -> None:
    material = {**application()["cl"][0], "wjzy": "0" * 64}
    assert apply(http, running, cl=[material]).status_code == 400
    assert running.journal("market-regulation").of_kind("effect") == []


def test_a_wrong_application_names_the_place_and_not_the_value(running: Running, http: httpx2.Client) -> None:
    response = apply(http, running, ztytdm="secret")
    assert "ztytdm" in response.json()["fhxx"] and "secret" not in response.text


def test_the_server_refuses_what_the_paper_refuses(running: Running, http: httpx2.Client) -> None:
    schema = {"$ref": "#/components/schemas/SpjyxkSq"}
    for change in ({"czlx": "9"}, {"jyxmdm": []}, {"cl": None}, {"rqys": 0}):
        with pytest.raises(jsonschema.ValidationError):
            PAPER.valid(schema, application(**change))
        assert apply(http, running, **change).status_code == 400


def test_a_withdrawal_is_taken_before_and_not_after_the_decision(running: Running, http: httpx2.Client) -> None:
    early, late = apply(http, running).json()["sj"]["slh"], apply(http, running, "k-2").json()["sj"]["slh"]
    for step in ("accept", "deny"):
        decide(http, running, "market-regulation", number=late, step=step, reason="不符合")
    answers = [
        PAPER.check("/spjyxk/sq/{slh}/ch", "post", withdraw(http, running, number))
        for number in (early, early, late, "x")
    ]
    assert [answer["fhm"] for answer in answers] == ["0000", "0001", "4010", "4004"]


@pytest.mark.parametrize(
    ("mode", "code"), [("busy", "5003"), ("denied", "4003"), ("nobody", "4004"), ("several", "4009")]
)
def test_a_mode_has_its_own_code(running: Running, http: httpx2.Client, mode: str, code: str) -> None:
    control(http, running, "market-regulation", mode=mode, operation="yyzzCx")
    assert PAPER.check("/yyzz/{tyshxydm}", "get", look_up(http, running))["fhm"] == code
    assert look_up(http, running, tail="/dzzz").json()["fhm"] == "0000"


def test_wrong_is_html_where_json_was_due(running: Running, http: httpx2.Client) -> None:
    control(http, running, "market-regulation", mode="wrong")
    assert look_up(http, running).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("variant", "name", "value"), [("date", "clrq", "20260231"), ("code", "djztdm", "77"), ("missing", "qymc", None)]
)
def test_wrong_may_be_one_value_only(
    running: Running, http: httpx2.Client, variant: str, name: str, value: str | None
) -> None:
    control(http, running, "market-regulation", mode="wrong", variant=variant)
    assert look_up(http, running).json()["sj"].get(name) == value


def test_wrong_other_answers_about_another_firm(running: Running, http: httpx2.Client) -> None:
    control(http, running, "market-regulation", mode="wrong", variant="other")
    assert look_up(http, running).json()["sj"]["tyshxydm"] != FIRM.uscc


def test_code_lists_hold_every_code_of_the_population() -> None:
    for name, codes in (
        ("hydm", {entry.industry for entry in RESERVED_NAMES}),
        ("qylxdm", {firm.type_code for firm in population.FIRMS}),
        ("djztdm", {firm.status for firm in population.FIRMS}),
    ):
        listed = (PAPERS / "market-regulation" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert codes <= {line.split(",")[0] for line in listed}


def test_the_paper_is_plain_openapi() -> None:
    raw = yaml.safe_load((PAPERS / "market-regulation" / "scjg.openapi.yaml").read_text(encoding="utf-8"))
    assert raw["openapi"].startswith("3.0")
