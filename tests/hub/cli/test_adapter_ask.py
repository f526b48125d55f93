"""`adapter try --ask` and `record --case`: the department is asked for a case, a purpose and a person in it, with two records, or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hub.cli import adapter_try
from hub.clock import utc_now
from hub.errors import NotThere
from hub.sharinglog import Operator
from hub.wiring.proving import CannotProve, RealQuestion, ask_really
from hub.wiring.trying import try_really
from tests.hub.api.wired import FIRM, Wired

LICENCE = "market-regulation.business-licence"
RECORD = {"tyshxydm": FIRM.uscc, "qymc": "测试甲食品店", "qylxdm": "9999", "djztdm": "1", "clrq": "20200101"}
WHO = Operator("hub", "yijian-cli", "shell:tester")


class Register(HTTPServer):
    asked: list[str]


@pytest.fixture(scope="module")
def register() -> Iterator[Register]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(self.server, Register)
            self.server.asked.append(self.headers["X-Bjbh"])
            body = json.dumps({"fhm": "0000", "sj": RECORD}, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = Register(("127.0.0.1", 0), Answer)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def connect(hub: Wired, register: Register) -> str:
    """The number of an open case whose department is the register."""
    address = f"http://127.0.0.1:{register.server_port}"
    text = f'[departments.market-regulation]\naddress = "{address}"\nsecrets = {{ token = "t", api_key = "t" }}\n'
    Path(hub.hub.settings.connections_file).write_text(text, encoding="utf-8")
    client = hub.person("clerk")
    register.asked.clear()
    return str(client.case(hub.case(client))["case_no"])


def phases(hub: Wired) -> list[str]:
    return [str(one.record["phase"]) for one in hub.hub.log.entries() if one.record["phase"] in ("intent", "outcome")]


def test_a_real_question_is_a_question_of_its_case_and_its_answer_is_shown_by_shape(fresh: Wired, register: Register) -> None:  # fmt: skip
    number = connect(fresh, register)
    shown = try_really(fresh.hub.settings, RealQuestion(LICENCE, number, "open-guesthouse"), WHO, utc_now)
    assert register.asked[:1] == [number] and phases(fresh) == ["intent", "outcome"]
    told = {step.about: step for step in shown.steps}
    assert told["enterprise_name"].stood == "某某某某某某" and "测试甲" not in repr(shown) and shown.masked
    assert told["enterprise_type"].came.startswith("code_list:") and shown.outcome["result"] == "unusable"


def test_another_purpose_or_a_case_that_is_not_there_asks_nobody(fresh: Wired, register: Register) -> None:
    number, settings = connect(fresh, register), fresh.hub.settings
    with pytest.raises(CannotProve, match="say so with --purpose"):
        ask_really(settings, RealQuestion(LICENCE, number, "curiosity"), WHO, utc_now)
    with pytest.raises(NotThere):
        ask_really(settings, RealQuestion(LICENCE, "411323-1999-000001", "open-guesthouse"), WHO, utc_now)
    with pytest.raises(CannotProve, match="does not ask for"):
        ask_really(settings, RealQuestion("tax.deed-tax-receipt", number, "open-guesthouse"), WHO, utc_now)
    assert register.asked == [] and phases(fresh) == []


def test_the_command_asks_nobody_without_case_and_purpose() -> None:
    with pytest.raises(CannotProve, match="--case NO --purpose MATTER"):
        adapter_try.try_answer("market-regulation", "business-licence", ask=True, purpose="open-guesthouse")
