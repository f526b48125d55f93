"""The SMS gateway sends one message per serial number and writes down that it would have sent it."""

from __future__ import annotations

import httpx2
import pytest

from adapters.simulators import Running
from adapters.simulators.journal import hashed
from adapters.simulators.sms import CODE_OF_ACCESS
from tests.adapters.simulators.conftest import PAPERS, OpenApi, control

CODES = ("sms",)

PAPER = OpenApi(PAPERS / "platform" / "dx.openapi.yaml")
MESSAGE = {"lsh": "m-1", "sjhm": "19900000991", "nr": "您的办件已受理。"}


def send(http: httpx2.Client, running: Running, code: str = CODE_OF_ACCESS, **changes: str) -> httpx2.Response:
    headers = {"X-Jrm": code, "X-Request-Id": "q-1"}
    return http.post(f"{running.addresses['sms']}/dx/fs", json={**MESSAGE, **changes}, headers=headers)


def test_a_repeated_serial_number_is_not_sent_twice(running: Running, http: httpx2.Client) -> None:
    first, again = (PAPER.check("/dx/fs", "post", send(http, running)) for _ in range(2))
    assert (first["fhm"], again["fhm"], again["xxbh"]) == ("0000", "0001", first["xxbh"])
    assert len(running.journal("sms").of_kind("effect")) == 1


def test_the_phone_number_stands_hashed_in_the_journal(running: Running, http: httpx2.Client) -> None:
    send(http, running)
    assert running.journal("sms").requests()[0]["subject"] == hashed("19900000991")
    assert "19900000991" not in str(running.journal("sms").rows())


def test_a_wrong_number_is_refused(running: Running, http: httpx2.Client) -> None:
    assert PAPER.check("/dx/fs", "post", send(http, running, sjhm="123"))["fhm"] == "4000"


def test_a_false_access_code_is_a_401(running: Running, http: httpx2.Client) -> None:
    assert PAPER.check("/dx/fs", "post", send(http, running, code="wrong"))["fhm"] == "4001"


@pytest.mark.parametrize(("mode", "code"), [("busy", "5003"), ("denied", "4005"), ("refuse", "4000")])
def test_a_mode_sends_nothing(running: Running, http: httpx2.Client, mode: str, code: str) -> None:
    control(http, running, "sms", mode=mode)
    assert send(http, running).json()["fhm"] == code
    assert running.journal("sms").of_kind("effect") == []
