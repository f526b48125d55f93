"""The simulators as a process of their own: one JSON line when ready, a quick end, journals that outlive a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2

from adapters.simulators.departments import KINDS
from adapters.simulators.market_regulation import TOKEN
from tests.adapters.simulators.test_market_regulation import HEADERS


def begin(folder: Path) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    command = [
        sys.executable,
        "-m",
        "adapters.simulators",
        "--folder",
        str(folder),
        "--hub",
        "http://127.0.0.1:9",
        "--manual",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def end(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    assert process.stdout is not None
    process.stdout.close()
    return process.wait(60)


def ask(http: httpx2.Client, ready: dict[str, Any], number: str) -> None:
    headers = {**HEADERS, "X-Qqbh": number, "Authorization": f"Bearer {TOKEN}"}
    http.get(f"{ready['addresses']['market-regulation']}/scjg/v1/yyzz/91411323MA9EXM1K6U", headers=headers)


def test_it_says_when_it_is_ready_and_ends_when_it_is_told_to(tmp_path: Path, http: httpx2.Client) -> None:
    process, ready = begin(tmp_path)
    try:
        assert ready["ready"] and set(ready["addresses"]) == {kind.code for kind in KINDS} == set(ready["connections"])
        assert {f"{code}.pub.pem" for code in ready["peers"]} == {
            key.name for key in Path(ready["keys"]).glob("*.pub.pem")
        }
        assert http.get(f"{ready['addresses']['sms']}/_health").status_code == 200
    finally:
        code = end(process, signal.SIGTERM)
    assert code == 0


def test_a_kill_loses_no_journal_line(tmp_path: Path, http: httpx2.Client) -> None:
    process, ready = begin(tmp_path)
    ask(http, ready, "q-1")
    end(process, signal.SIGKILL)
    process, ready = begin(tmp_path)
    try:
        ask(http, ready, "q-2")
        seen = http.get(f"{ready['addresses']['market-regulation']}/_journal").json()["requests"]
    finally:
        end(process, signal.SIGTERM)
    assert [entry["request"] for entry in seen] == ["q-1", "q-2"]
