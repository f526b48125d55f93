"""Departments decide alone or on command and tell the hub by signed calls, again until it takes them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from adapters.simulators import Config, Running, start
from tests.adapters.simulators.conftest import SmallHub, control, decide, eventually, police_of
from tests.adapters.simulators.test_market_regulation import apply, withdraw
from tests.adapters.simulators.test_public_security import application, upstream

CODES = ("market-regulation", "public-security", "sms")

MARKET = "market-regulation"


def test_an_automatic_desk_accepts_and_approves(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    number = apply(http, automatic, lsh="I-9").json()["sj"]["slh"]
    eventually(lambda: len(hub.told) == 2)
    acceptance, decision = (call.json() for call in hub.told)
    assert [call.path for call in hub.told] == ["/api/v1/item-cases/I-9/acceptance", "/api/v1/item-cases/I-9/decision"]
    assert (acceptance["result"], acceptance["department_no"]) == ("accepted", number)
    assert (decision["result"], decision["results"]["ztytdm"]) == ("approved", "2")


def test_the_token_covers_method_path_and_body(
    automatic: Running, http: httpx2.Client, hub: SmallHub, tmp_path: Path
) -> None:
    apply(http, automatic)
    eventually(lambda: bool(hub.told))
    call = hub.told[0]
    public = load_pem_public_key((tmp_path / "keys" / f"{MARKET}.pub.pem").read_bytes())
    claims = jwt.decode(
        call.headers["Authorization"].removeprefix("Bearer "), public, algorithms=["EdDSA"], audience="yijian"
    )
    digest = base64.b64encode(hashlib.sha256(call.body).digest()).decode()
    assert (claims["iss"], claims["htm"], claims["htu"], claims["digest"]) == (
        MARKET,
        "POST",
        call.path,
        f"sha-256={digest}",
    )
    assert claims["exp"] - claims["iat"] == 60


def test_a_report_is_repeated_with_its_key_and_a_fresh_token(
    automatic: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    hub.statuses = [503, 500]
    apply(http, automatic)
    eventually(lambda: len(hub.told) == 4)
    assert hub.paths() == ["acceptance"] * 3 + ["decision"]
    assert len({call.headers["Idempotency-Key"] for call in hub.told[:3]}) == 1
    assert len({call.headers["Authorization"] for call in hub.told[:3]}) == 3


def test_a_conflict_ends_the_repeating(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    hub.statuses = [409]
    apply(http, automatic)
    eventually(lambda: hub.paths() == ["acceptance", "decision"])


def test_what_an_earlier_run_left_untold_is_told_after_a_restart(
    tmp_path: Path, hub: SmallHub, http: httpx2.Client
) -> None:
    with start(Config(tmp_path, "http://127.0.0.1:9", auto=False)) as first:
        number = apply(http, first).json()["sj"]["slh"]
        decide(http, first, MARKET, number=number, step="accept")
        eventually(lambda: bool(first.journal(MARKET).of_kind("report")))
    with start(Config(tmp_path, hub.url, auto=False)):
        eventually(lambda: hub.paths() == ["acceptance"])


def test_a_restart_keeps_the_numbers_of_applications(tmp_path: Path, hub: SmallHub, http: httpx2.Client) -> None:
    with start(Config(tmp_path, hub.url, auto=False)) as first:
        number = apply(http, first).json()["sj"]["slh"]
    with start(Config(tmp_path, hub.url, auto=False)) as second:
        again = apply(http, second).json()
    assert (again["fhm"], again["sj"]["slh"]) == ("0001", number)


def test_the_police_decide_only_after_both_upstream_results(
    automatic: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    police = police_of(automatic, http)
    number = police.ask("TzhySqSl", **application(pre_review="1")).Ywbh
    eventually(lambda: hub.paths() == ["acceptance"])
    police.ask("TzhyQzJgTs", **upstream(number, "XF"))
    assert (
        decide(http, automatic, "public-security", number=number, step="approve").json()["error"]
        == "still waiting for WS"
    )
    police.ask("TzhyQzJgTs", **upstream(number, "WS"))
    eventually(lambda: hub.paths() == ["acceptance", "decision"])
    assert hub.told[1].json()["results"]["Hdkfs"] == "8"


def test_a_failed_upstream_result_makes_a_denial(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    police = police_of(automatic, http)
    number = police.ask("TzhySqSl", **application(pre_review="1")).Ywbh
    for code, passed in (("XF", "0"), ("WS", "1")):
        police.ask("TzhyQzJgTs", **upstream(number, code, passed))
    eventually(lambda: hub.paths() == ["acceptance", "decision"])
    assert (hub.told[1].json()["result"], hub.told[1].json()["results"]) == ("denied", {})


def test_a_correction_is_told_with_its_defects_and_mended(running: Running, http: httpx2.Client, hub: SmallHub) -> None:
    number = apply(http, running).json()["sj"]["slh"]
    defects = [{"material": "食品安全管理制度", "reason": "缺签字"}]
    decide(http, running, MARKET, number=number, step="correction", reason="材料不齐", defects=defects)
    eventually(lambda: hub.paths() == ["acceptance"])
    assert (hub.told[0].json()["result"], hub.told[0].json()["defects"]) == ("correction", defects)
    assert apply(http, running, "k-2", czlx="2").json()["sj"]["slh"] == number


def test_a_mended_application_may_arrive_twice(running: Running, http: httpx2.Client) -> None:
    number = apply(http, running).json()["sj"]["slh"]
    decide(http, running, MARKET, number=number, step="correction", reason="材料不齐")
    assert [apply(http, running, "k-2", czlx="2").json()["fhm"] for _ in range(2)] == ["0000", "0001"]


def test_a_mended_application_of_the_police_may_arrive_twice(running: Running, http: httpx2.Client) -> None:
    police = police_of(running, http)
    number = police.ask("TzhySqSl", **application()).Ywbh
    decide(http, running, "public-security", number=number, step="correction", reason="材料不齐")
    answers = [police.ask("TzhySqSl", request="q-2", **application(step="2")) for _ in range(2)]
    assert [(answer.Bt.Jgdm, answer.Ywbh) for answer in answers] == [("0000", number), ("0001", number)]


def test_a_correction_that_nobody_asked_for_is_not_taken(running: Running, http: httpx2.Client) -> None:
    apply(http, running)
    assert apply(http, running, "k-2", czlx="2").json()["fhm"] == "4010"


def test_a_special_procedure_starts_and_ends(running: Running, http: httpx2.Client, hub: SmallHub) -> None:
    number = apply(http, running).json()["sj"]["slh"]
    for step in ("accept", "suspend", "resume"):
        decide(http, running, MARKET, number=number, step=step, name="现场核查", kind="2", reason="需核查")
    eventually(lambda: len(hub.told) == 3)
    assert hub.paths()[1:] == ["special-procedures"] * 2
    assert [(call.json()["action"], call.json()["name"]) for call in hub.told[1:]] == [
        ("start", "现场核查"),
        ("end", "现场核查"),
    ]


def test_after_a_withdrawal_nothing_is_decided(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    decide(http, automatic, MARKET, mode="manual")
    number = apply(http, automatic).json()["sj"]["slh"]
    withdraw(http, automatic, number)
    decide(http, automatic, MARKET, mode="auto", delay_seconds=0)
    assert decide(http, automatic, MARKET, number=number, step="accept").status_code == 409
    assert hub.told == []


def test_a_mended_application_is_approved_as_it_is_now(running: Running, http: httpx2.Client, hub: SmallHub) -> None:
    number = apply(http, running, ztytdm="2").json()["sj"]["slh"]
    decide(http, running, MARKET, number=number, step="correction", reason="业态有误")
    apply(http, running, "k-2", czlx="2", ztytdm="1")
    for step in ("accept", "approve"):
        decide(http, running, MARKET, number=number, step=step)
    eventually(lambda: len(hub.told) == 3)
    assert hub.told[2].json()["results"]["ztytdm"] == "1"


@pytest.mark.parametrize(
    ("body", "status"), [({"number": "?"}, 409), ({"item_no": "I-1"}, 409), ({"sum": 1}, 400), ({"amount": -1}, 400)]
)
def test_a_payment_where_nothing_is_due_is_refused(
    running: Running, http: httpx2.Client, body: dict[str, object], status: int
) -> None:
    apply(http, running, lsh="I-1")
    assert http.post(f"{running.addresses[MARKET]}/_pay", json=body).status_code == status
    assert http.post(f"{running.addresses['sms']}/_pay", json={"item_no": "I-1"}).status_code == 404


@pytest.mark.parametrize("step", ["approve", "deny", "resume"])
def test_a_step_out_of_turn_is_refused(running: Running, http: httpx2.Client, step: str) -> None:
    number = apply(http, running).json()["sj"]["slh"]
    assert decide(http, running, MARKET, number=number, step=step).status_code == 409


def test_a_repeated_handover_is_not_decided_twice(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    control(http, automatic, MARKET, mode="drop_answer", operation="spjyxkSq", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        apply(http, automatic)
    apply(http, automatic)
    eventually(lambda: len(hub.told) >= 2)
    apply(http, automatic)
    assert hub.paths() == ["acceptance", "decision"]
