"""The platform takes up_* rows with and without idempotency, gives e-certificates, and submits filings to the hub."""

from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path
from typing import Any

import httpx2
import pytest
from stdnum.iso7064 import mod_37_36

from adapters.simulators import Config, Running, population, start
from adapters.simulators.market_register import LICENCE_TYPE
from adapters.simulators.province import CODE_OF_ACCESS
from tests.adapters.simulators.conftest import PAPERS, OpenApi, SmallHub, control, eventually

CODES = ("platform",)

PAPER = OpenApi(PAPERS / "platform" / "ythpt.openapi.yaml")
HEADERS = {"X-Jrm": CODE_OF_ACCESS, "X-Request-Id": "q-1"}
USE = {"X-Sxbm": "000109007000", "X-Yzsy": "%E6%88%91", "X-Jbr": "u-1"}


def row(**changes: object) -> dict[str, Any]:
    operation = PAPER.document["paths"]["/qzk/{bm}"]["post"]
    return {**operation["requestBody"]["content"]["application/json"]["example"]["rows"][0], **changes}


def push(http: httpx2.Client, running: Running, *rows: object, table: str = "up_pro_process") -> httpx2.Response:
    return http.post(f"{running.addresses['platform']}/ythpt/qzk/{table}", json={"rows": rows}, headers=HEADERS)


def stored(http: httpx2.Client, running: Running, key: str, table: str = "up_pro_process") -> Any:
    response = http.get(f"{running.addresses['platform']}/ythpt/qzk/{table}/{key}", headers=HEADERS)
    return PAPER.check("/qzk/{bm}/{row_guid}", "get", response)


def certificates(http: httpx2.Client, running: Running, holder: str, **headers: str) -> httpx2.Response:
    params = {"czztdm": holder, "zzlxdm": LICENCE_TYPE}
    return http.get(
        f"{running.addresses['platform']}/ythpt/dzzz/cx", params=params, headers={**HEADERS, **USE, **headers}
    )


def test_a_repeated_row_is_already_there(running: Running, http: httpx2.Client) -> None:
    first, again = (PAPER.check("/qzk/{bm}", "post", push(http, running, row()))["data"][0] for _ in range(2))
    assert (first["zt"], again["zt"], again["lsh"]) == ("1", "2", first["lsh"])
    assert stored(http, running, row()["row_guid"])["data"]["zs"] == 1


def test_without_idempotency_a_repeat_makes_a_second_row(running: Running, http: httpx2.Client) -> None:
    http.post(f"{running.addresses['platform']}/_idempotent", json={"on": False})
    assert [push(http, running, row()).json()["data"][0]["zt"] for _ in range(2)] == ["1", "1"]
    assert stored(http, running, row()["row_guid"])["data"]["zs"] == 2


def test_a_restart_keeps_the_rows(tmp_path: Path, hub: SmallHub, http: httpx2.Client) -> None:
    seen = []
    for _ in range(2):
        with start(Config(tmp_path, hub.url)) as servers:
            seen.append(push(http, servers, row()).json()["data"][0]["zt"])
    assert seen == ["1", "2"]


def test_an_unknown_key_is_404_in_the_body_alone(running: Running, http: httpx2.Client) -> None:
    assert stored(http, running, "nowhere")["code"] == "404"


def test_other_content_under_a_known_key_clashes(running: Running, http: httpx2.Client) -> None:
    push(http, running, row())
    assert push(http, running, row(process_name="办结")).json()["code"] == "409"


def test_an_update_of_a_known_key_is_taken(running: Running, http: httpx2.Client) -> None:
    push(http, running, row())
    assert push(http, running, row(process_name="办结", cd_operation="U")).json()["data"][0]["zt"] == "1"


def test_one_bad_row_keeps_the_whole_batch_out(running: Running, http: httpx2.Client) -> None:
    bad = row(row_guid="g-2", project_no="")
    response = push(http, running, row(), bad)
    assert PAPER.check("/qzk/{bm}", "post", response)["msg"] == "第 2 行 project_no 缺失"
    assert stored(http, running, row()["row_guid"])["code"] == "404"


@pytest.mark.parametrize(
    ("column", "value"),
    [("event_name", "通过通过"), ("cd_time", "2026-11-20T10:00:00"), ("cd_operation", "X"), ("nonsense", "x")],
)
def test_a_row_against_its_table_is_refused(running: Running, http: httpx2.Client, column: str, value: str) -> None:
    response = push(http, running, row(**{column: value}))
    assert response.status_code == 400 and column in response.json()["msg"]


def test_the_column_list_and_the_openapi_paper_agree() -> None:
    listed: dict[str, set[tuple[str, bool]]] = {}
    with (PAPERS / "platform" / "qzk.columns.csv").open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file):
            listed.setdefault(entry["表名"], set()).add((entry["列名"], entry["必填"] == "是"))
    for table, columns in listed.items():
        schema = PAPER.document["components"]["schemas"][table]
        assert columns == {(name, name in schema["required"]) for name in schema["properties"]}
    assert len(listed) == 6


def test_a_certificate_has_a_true_identifier_and_digest(running: Running, http: httpx2.Client) -> None:
    found = PAPER.check("/dzzz/cx", "get", certificates(http, running, population.firm("applicant").uscc))["data"][0]
    assert found["wjzy"] == hashlib.sha256(base64.b64decode(found["wjnr"])).hexdigest()
    assert mod_37_36.is_valid("".join(found["zzbs"].removeprefix("1.2.156.3005.2.").split(".")))


def test_a_revoked_firms_certificate_is_revoked(running: Running, http: httpx2.Client) -> None:
    assert certificates(http, running, population.firm("revoked").uscc).json()["data"][0]["zzzt"] == "3"


def test_a_holder_without_certificate_is_404_in_the_body(running: Running, http: httpx2.Client) -> None:
    assert PAPER.check("/dzzz/cx", "get", certificates(http, running, population.NO_FIRM))["code"] == "404"


def test_a_certificate_is_not_given_without_a_reason_of_use(running: Running, http: httpx2.Client) -> None:
    assert certificates(http, running, population.firm("applicant").uscc, **{"X-Yzsy": ""}).status_code == 400


def test_a_false_access_code_is_a_401(running: Running, http: httpx2.Client) -> None:
    response = certificates(http, running, population.firm("applicant").uscc, **{"X-Jrm": "wrong"})
    assert PAPER.check("/dzzz/cx", "get", response)["code"] == "401" and response.status_code == 401


@pytest.mark.parametrize(("mode", "code"), [("busy", "503"), ("denied", "403"), ("nobody", "404"), ("several", "409")])
def test_a_mode_has_its_own_code(running: Running, http: httpx2.Client, mode: str, code: str) -> None:
    control(http, running, "platform", mode=mode, operation="dzzzCx")
    assert certificates(http, running, population.firm("applicant").uscc).json()["code"] == code


def test_a_busy_platform_stores_nothing(running: Running, http: httpx2.Client) -> None:
    control(http, running, "platform", mode="busy", times=1)
    assert push(http, running, row()).json()["code"] == "503"
    assert stored(http, running, row()["row_guid"])["code"] == "404"


def test_a_dropped_answer_has_stored_the_row(running: Running, http: httpx2.Client) -> None:
    control(http, running, "platform", mode="drop_answer", operation="up_pro_process", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        push(http, running, row())
    assert stored(http, running, row()["row_guid"])["data"]["zs"] == 1


def test_a_filing_and_its_withdrawal_reach_the_hub_in_order(
    running: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    verb = f"{running.addresses['platform']}/_submit"
    http.post(verb, json={"body": {"no": "P-1"}})
    http.post(verb, json={"path": "/api/v1/filings/P-1/withdrawal", "body": {"reason": "不办了"}})
    eventually(lambda: len(hub.told) == 2)
    assert [call.path for call in hub.told] == ["/api/v1/filings", "/api/v1/filings/P-1/withdrawal"]
    assert hub.told[0].json() == {"no": "P-1"}
