"""The civil-affairs office answers as its OpenAPI says: always HTTP 200, what happened stands in `bt.xyzt`."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from adapters.simulators import Running, population
from adapters.simulators.civil_affairs import ACCOUNT, PASSWORD
from tests.adapters.simulators.conftest import PAPERS, OpenApi, SmallHub, control, decide, eventually

CODE = "civil-affairs"
CODES = (CODE,)
PAPER = OpenApi(PAPERS / CODE / "mzyw.openapi.yaml")


def example(path: str) -> dict[str, Any]:
    return dict(PAPER.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"])


def token_answer(
    http: httpx2.Client, running: Running, password: str = PASSWORD, grant: str = "client_credentials"
) -> Any:
    place = f"{running.addresses[CODE]}/mzyw/lp"
    return http.post(place, data={"grant_type": grant}, auth=httpx2.BasicAuth(ACCOUNT, password))


def send(http: httpx2.Client, running: Running, path: str, token: str = "", **content: object) -> Any:
    message = example(path)
    body = {"bt": message["bt"], "nr": {**message["nr"], **content}}
    token = token or token_answer(http, running).json()["access_token"]
    response = http.post(f"{running.addresses[CODE]}{path}", json=body, headers={"Authorization": f"Bearer {token}"})
    return PAPER.check(path, "post", response)


def filed(http: httpx2.Client, running: Running, **content: object) -> Any:
    return send(http, running, "/mzyw/ylba/tj", **content)


@pytest.mark.parametrize("path", sorted(PAPER.document["paths"]))
def test_every_example_of_the_paper_fits_the_paper(path: str) -> None:
    operation = PAPER.document["paths"][path]["post"]
    PAPER.valid(operation["requestBody"]["content"]["application/json"]["schema"], example(path))
    content = operation["responses"]["200"]["content"]["application/json"]
    for one in content["examples"].values():
        PAPER.valid(content["schema"], one["value"])


def test_a_marriage_is_told_from_the_side_of_who_is_asked_about(running: Running, http: httpx2.Client) -> None:
    wife = population.person("buyer_spouse")
    (row,) = send(http, running, "/mzyw/hydj/cx", sfzh=wife.id_number)["nr"]["lb"]
    assert row["cxr"]["js"] == "女方" and row["po"]["sfzh"] == population.person("buyer").id_number
    assert row["djrq"].count("/") == 2 and row["zzrq"] is None


def test_who_is_nowhere_is_no_record(running: Running, http: httpx2.Client) -> None:
    answer = send(http, running, "/mzyw/hydj/cx", sfzh=population.person("plum_son").id_number)
    assert (answer["bt"]["xyzt"], answer["nr"]) == ("MZ100", None)


def test_a_wrong_token_is_told_in_the_head_alone(running: Running, http: httpx2.Client) -> None:
    answer = send(http, running, "/mzyw/shzz/cx", token="x")
    assert answer["bt"]["xyzt"] == "MZ401"


def test_a_token_is_given_for_the_account_alone_and_stands_in_no_journal(running: Running, http: httpx2.Client) -> None:
    before = len(running.simulators[CODE].journal.requests())
    good = token_answer(http, running)
    assert good.status_code == 200 and good.json()["expires_in"] == 1800
    assert token_answer(http, running, "x").status_code == 401
    assert token_answer(http, running, grant="password").status_code == 400
    assert len(running.simulators[CODE].journal.requests()) == before


@pytest.mark.parametrize(
    "content", [{"lx": "QT"}, {"cls": [{"xh": 1, "mc": "书", "ly": "申请人", "zy": "0", "nr": "QQ=="}]}, {"x": 1}]
)
def test_a_filing_that_breaks_the_paper_is_turned_away(
    running: Running, http: httpx2.Client, content: dict[str, object]
) -> None:
    assert filed(http, running, **content)["bt"]["xyzt"] == "MZ400"


def test_the_same_number_again_gives_the_first_filing(running: Running, http: httpx2.Client) -> None:
    first, second = filed(http, running), filed(http, running)
    assert (first["bt"]["xyzt"], second["bt"]["xyzt"]) == ("MZ000", "MZ001")
    assert first["nr"] == second["nr"]


def test_a_decided_filing_cannot_be_withdrawn(running: Running, http: httpx2.Client) -> None:
    number = filed(http, running)["nr"]["babh"]
    for step in ("accept", "approve"):
        decide(http, running, CODE, number=number, step=step)
    assert send(http, running, "/mzyw/ylba/ch", babh=number)["bt"]["xyzt"] == "MZ409"


def test_a_result_for_a_filing_that_does_not_wait_is_refused(running: Running, http: httpx2.Client) -> None:
    number = filed(http, running)["nr"]["babh"]
    assert send(http, running, "/mzyw/ylba/qz", babh=number)["bt"]["xyzt"] == "MZ409"


def test_a_filing_is_acknowledged_with_its_receipt(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    filed(http, automatic)
    eventually(lambda: hub.paths() == ["acceptance", "decision"])
    decision = hub.told[1].json()
    assert decision["results"]["bahz"].startswith("西民养备") and decision["reason"] == "材料齐全，予以备案"


def test_busy_is_told_in_the_head(running: Running, http: httpx2.Client) -> None:
    control(http, running, CODE, mode="busy", times=1)
    assert filed(http, running)["bt"]["xyzt"] == "MZ503"
