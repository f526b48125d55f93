"""Running simulators, a small hub that keeps what departments tell it, and readers of the wire documents."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
import yaml
import zeep
import zeep.transports

import catalog
from adapters.simulators import Config, Running, start
from adapters.simulators.public_security import ACCOUNT, PASSWORD

PAPERS = Path(catalog.__file__).parent / "sites" / "xixia" / "departments"


@dataclass
class Told:
    """One call that reached the small hub."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class SmallHub:
    """Answers with the statuses it was given, in turn, then 200."""

    url: str = ""
    told: list[Told] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [call.path.rsplit("/", 1)[1] for call in self.told]


@pytest.fixture
def hub() -> Iterator[SmallHub]:
    kept = SmallHub()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.told.append(Told(self.path, dict(self.headers.items()), body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def _only(request: pytest.FixtureRequest) -> frozenset[str]:
    """Those that a file's tests look at, where it names them in CODES."""
    return frozenset(getattr(request.module, "CODES", ()))


@pytest.fixture
def running(tmp_path: Path, hub: SmallHub, request: pytest.FixtureRequest) -> Iterator[Running]:
    """The servers; desks wait for commands."""
    with start(Config(tmp_path, hub.url, auto=False, only=_only(request))) as servers:
        yield servers


@pytest.fixture
def automatic(tmp_path: Path, hub: SmallHub, request: pytest.FixtureRequest) -> Iterator[Running]:
    """The servers; desks decide by themselves at once."""
    with start(Config(tmp_path, hub.url, delay_seconds=0.01, only=_only(request))) as servers:
        yield servers


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=60.0, trust_env=False) as client:
        yield client


class Wire(zeep.transports.Transport):
    """zeep over httpx2, so that no session of another library is left open."""

    def __init__(self, http: httpx2.Client) -> None:
        super().__init__()
        self._http, self.last = http, b""

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        answer = self._http.post(address, content=message, headers=headers)
        self.last = answer.content
        return answer


@dataclass
class Police:
    """A strict client of the WSDL, as an integrator would build it."""

    client: zeep.Client
    wire: Wire
    service: Any

    def ask(
        self,
        operation: str,
        request: str = "q-1",
        password: str = PASSWORD,
        reason: str = "我要开民宿",
        **parts: object,
    ) -> Any:
        head = {
            "Qqbh": request,
            "Qqdwdm": "11411323MB0990008U",
            "Cxsy": reason,
            "Jbrbh": "u-1",
            "Bjbh": "c-1",
            "Qqsj": "20261120090000",
        }
        return self.service[operation](Bt=head, **parts, _soapheaders={"yhrz": {"Zh": ACCOUNT, "Mm": password}})


@pytest.fixture
def police(running: Running, http: httpx2.Client) -> Police:
    return police_of(running, http)


def police_of(running: Running, http: httpx2.Client) -> Police:
    wire = Wire(http)
    client = zeep.Client(
        str(PAPERS / "public-security" / "rkfw.wsdl"), transport=wire, settings=zeep.Settings(strict=True)
    )
    address = running.addresses["public-security"] + "/rkfw"
    return Police(client, wire, client.create_service("{http://rkfw.gaj.example.cn/v2/wsdl}RkFwBd", address))


def control(http: httpx2.Client, running: Running, code: str, **order: object) -> None:
    """Post a standing order; a refused one fails the test."""
    assert http.post(f"{running.addresses[code]}/_control", json=order).status_code == 200


def decide(http: httpx2.Client, running: Running, code: str, **order: object) -> httpx2.Response:
    return http.post(f"{running.addresses[code]}/_decide", json=order)


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something told over another thread is true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


class OpenApi:
    """The schemas of one OpenAPI 3.0 paper as JSON Schema."""

    def __init__(self, path: Path) -> None:
        self.document = _nullable(yaml.safe_load(path.read_text(encoding="utf-8")))

    def check(self, path: str, method: str, response: httpx2.Response) -> Any:
        """The response is one that the paper lists and fits its schema; gives its JSON."""
        listed = self.document["paths"][path][method]["responses"][str(response.status_code)]
        if "$ref" in listed:
            listed = self.document["components"]["responses"][listed["$ref"].rsplit("/", 1)[1]]
        body = response.json()
        self.valid(listed["content"]["application/json"]["schema"], body)
        return body

    def valid(self, schema: dict[str, Any], value: object) -> None:
        jsonschema.validate(value, {**schema, "components": self.document["components"]})


def _nullable(node: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema's null."""
    if isinstance(node, list):
        return [_nullable(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    inner = {key: _nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if node.get("nullable") is True else inner
