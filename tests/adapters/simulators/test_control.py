"""Each mode does what it says, on every server alike, and everything that reached a socket stands in the journal."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import httpx2
import pytest

from adapters.simulators import Config, Running, population, start
from adapters.simulators.journal import hashed
from tests.adapters.simulators.conftest import SmallHub, control, eventually
from tests.adapters.simulators.test_market_regulation import FIRM, look_up

CODES = ("market-regulation", "real-estate")

MARKET = "market-regulation"


def test_slow_answers_late_and_rightly(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="slow", seconds=0.2)
    before = time.monotonic()
    assert look_up(http, running).json()["fhm"] == "0000"
    assert time.monotonic() - before >= 0.2


def test_a_slow_answer_holds_up_nobody_else(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="slow", seconds=30, operation="yyzzDzzz")
    with pytest.raises(httpx2.ReadTimeout):
        http.get(f"{running.addresses[MARKET]}/scjg/v1/yyzz/{FIRM.uscc}/dzzz", timeout=httpx2.Timeout(60, read=0.1))
    assert look_up(http, running).json()["fhm"] == "0000"


def test_down_closes_the_socket_without_an_answer(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="down", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        look_up(http, running)
    assert look_up(http, running).status_code == 200


def test_down_may_also_be_a_503(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="down", variant="unavailable")
    assert look_up(http, running).status_code == 503


def test_times_counts_down_and_then_all_is_normal(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="busy", times=2)
    assert [look_up(http, running).json()["fhm"] for _ in range(3)] == ["5003", "5003", "0000"]


def test_normal_takes_back_every_order(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="busy")
    control(http, running, MARKET, mode="denied", operation="yyzzCx")
    control(http, running, MARKET, mode="normal")
    assert look_up(http, running).json()["fhm"] == "0000"


def test_an_operations_own_order_comes_before_the_general_one(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="busy")
    control(http, running, MARKET, mode="denied", operation="yyzzCx")
    assert (look_up(http, running).json()["fhm"], look_up(http, running, tail="/dzzz").json()["fhm"]) == (
        "4003",
        "5003",
    )


@pytest.mark.parametrize(
    "order", [{"mode": "sulking"}, {}, {"mode": "slow", "seconds": -1}, {"mode": "slow", "second": 1}]
)
def test_an_order_that_makes_no_sense_is_refused(
    running: Running, http: httpx2.Client, order: dict[str, object]
) -> None:
    assert http.post(f"{running.addresses[MARKET]}/_control", json=order).status_code == 400


def test_health_tells_the_standing_orders(running: Running, http: httpx2.Client) -> None:
    control(http, running, MARKET, mode="busy", operation="yyzzCx")
    for code, address in running.addresses.items():
        health = http.get(f"{address}/_health").json()
        assert (health["server"], len(health["orders"])) == (code, code == MARKET)


def test_a_request_is_journalled_with_number_subject_and_outcome(running: Running, http: httpx2.Client) -> None:
    look_up(http, running, **{"X-Qqbh": "q-77"})
    (entry,) = http.get(f"{running.addresses[MARKET]}/_journal").json()["requests"]
    assert (entry["request"], entry["operation"], entry["outcome"], entry["status"]) == ("q-77", "yyzzCx", "0000", 200)
    assert entry["subject"] == hashed(FIRM.uscc) and FIRM.uscc not in json.dumps(entry)


def test_what_was_refused_dropped_or_never_answered_is_journalled_too(running: Running, http: httpx2.Client) -> None:
    look_up(http, running, Authorization="wrong")
    http.get(f"{running.addresses[MARKET]}/nowhere")
    control(http, running, MARKET, mode="down", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        look_up(http, running)
    outcomes = [(entry["operation"], entry["outcome"], entry["status"]) for entry in running.journal(MARKET).requests()]
    assert outcomes == [("yyzzCx", "4001", 401), ("?", "4001", 401), ("yyzzCx", "down", 0)]


def test_a_request_stands_in_the_file_before_it_is_answered(
    running: Running, http: httpx2.Client, tmp_path: Path
) -> None:
    control(http, running, MARKET, mode="slow", seconds=30)
    with pytest.raises(httpx2.ReadTimeout):
        http.get(f"{running.addresses[MARKET]}/scjg/v1/yyzz/{FIRM.uscc}", timeout=httpx2.Timeout(60, read=0.1))
    lines = tmp_path / "journals" / f"{MARKET}.jsonl"
    eventually(
        lambda: [json.loads(line)["kind"] for line in lines.read_text("utf-8").splitlines()] == ["control", "request"]
    )


def test_garbage_on_the_socket_breaks_nothing(running: Running, http: httpx2.Client) -> None:
    address = httpx2.URL(running.addresses[MARKET])
    with socket.create_connection((address.host, address.port), timeout=60) as raw:
        raw.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert raw.recv(100) == b""
    assert look_up(http, running).status_code == 200


def test_a_restart_goes_on_in_the_same_journal(tmp_path: Path, hub: SmallHub, http: httpx2.Client) -> None:
    for number in ("q-1", "q-2"):
        with start(Config(tmp_path, hub.url)) as servers:
            look_up(http, servers, population.NO_FIRM, **{"X-Qqbh": number})
            seen = [entry["request"] for entry in servers.journal(MARKET).requests()]
    assert seen == ["q-1", "q-2"]


def test_a_journal_line_torn_by_a_kill_is_passed_over(tmp_path: Path, hub: SmallHub, http: httpx2.Client) -> None:
    path = tmp_path / "journals" / f"{MARKET}.jsonl"
    path.parent.mkdir()
    path.write_text('{"seq": 1, "server": "market-regulation", "kind": "req', encoding="utf-8")
    for expected in (1, 2):
        with start(Config(tmp_path, hub.url)) as servers:
            look_up(http, servers)
            assert len(servers.journal(MARKET).requests()) == expected


def test_stopping_twice_is_no_error(tmp_path: Path, hub: SmallHub) -> None:
    servers = start(Config(tmp_path, hub.url))
    servers.stop()
    servers.stop()


def test_a_taken_port_is_told_to_the_caller(tmp_path: Path, hub: SmallHub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        start(Config(tmp_path, hub.url, base_port=taken.getsockname()[1] - 1))


def test_a_body_in_chunks_and_a_kept_connection_are_understood(running: Running, http: httpx2.Client) -> None:
    url = f"{running.addresses['real-estate']}/_control"
    for _ in range(2):
        assert http.post(url, content=iter([b'{"mode":', b'"down"}'])).status_code == 200
