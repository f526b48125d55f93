"""Every door through which a department, the platform or the gateway answers us over HTTP, as one table for the tests. It asserts nothing.

`ASKED` give an outcome, `TOLD` a receipt. The good answer of each holds a person, so that a leak into a message is seen.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from adapters.connect import Connected, Connection, connect, connect_sms
from adapters.contract import Attachment, Message, Outcome, Push, Taken
from tests.adapters.kinds import test_rest, test_rest_xml, test_soap
from tests.adapters.kinds.far_side import Answerer, Came, FarSide, far_side
from tests.adapters.kinds.making import NOW, PORTS, connected, department_of, handover, query
from tests.adapters.outside import test_platform

PERSON = "样例甲"
NUMBER = test_soap.NUMBER
SECRETS = {"token": "t0", "api_key": "k0", "account": "a0", "password": "p0"}
PATIENT, QUICK = 8.0, 0.1
"""Seconds of a call: for what must arrive on a slow machine too, and for what never will."""


@dataclass(frozen=True)
class Door:
    """`good` is the body of a good answer; `unread` the rule of one that is cut off inside."""

    good: bytes
    media_type: str
    unread: str
    connect: Callable[[Path, str, float], Connected]
    call: Callable[[Connected, float], Awaitable[object]]


class Open:
    """A door with a far side whose every answer a test decides; lines and loop stay for a whole file of tests."""

    def __init__(self, door: Door, folder: Path) -> None:
        self.door = door
        self._runner, self._stack = asyncio.Runner(), AsyncExitStack()
        self._side = self._runner.run(self._stack.enter_async_context(far_side(self._answer)))
        self._lines = {seconds: door.connect(folder, self._side.address, seconds) for seconds in (PATIENT, QUICK)}

    async def _answer(self, came: Came, writer: asyncio.StreamWriter) -> None:
        await self._far(came, writer)

    def send(self, far: Answerer, seconds: float = PATIENT) -> tuple[object, FarSide]:
        """What one call gives over this far side: an outcome, a receipt, or the exception that it raised."""
        self._far = far
        self._side.came.clear()
        return self._runner.run(self._called(seconds)), self._side

    async def _called(self, seconds: float) -> object:
        try:
            return await self.door.call(self._lines[seconds], seconds)
        except Exception as e:
            return e
        finally:
            await asyncio.sleep(0.002)  # what is on its way still belongs to this call

    def close(self) -> None:
        async def ended() -> None:
            for line in self._lines.values():
                await line.close()
            await self._stack.aclose()

        self._runner.run(ended())
        self._runner.close()


def _plain(tree: object) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()


def _soap(body: str) -> bytes:
    return test_soap.envelope(body).split(b"\r\n\r\n", 1)[1]


def _quiet(toml: str, seconds: float) -> str:
    """A breaker that never opens: each fault is to be seen by itself."""
    return toml.replace("[wire]", f"[wire]\nbreaker = {{ failures = 9999 }}\nhandover_timeout_seconds = {seconds}", 1)


def _soap_toml(folder: Path) -> str:
    shutil.copy(Path(test_soap.__file__).parent / "fw.wsdl", folder)
    return test_soap.toml(folder)


def _plainly(toml: Callable[[Path], str]) -> Callable[[Path, str, float], Connected]:
    return lambda folder, address, seconds: connected(
        _quiet(toml(folder), seconds), address, folder=folder, secrets=SECRETS
    )


# --- asked ------------------------------------------------------------------------------------------------------------


def _asks(toml: str, **subject: str) -> Callable[[Connected, float], Awaitable[Outcome]]:
    (resource,) = department_of(toml)[1].values()

    async def call(line: Connected, seconds: float) -> Outcome:
        assert line.answers is not None
        return await line.answers.answer(query(resource, subject, timeout_seconds=seconds))

    return call


ASKED: Mapping[str, Door] = {
    "rest json": Door(
        _plain({"code": "0", "rec": {"mc": PERSON, "rq": "20240115", "dm": NUMBER}}),
        "application/json",
        "json",
        _plainly(lambda folder: test_rest.TOML),
        _asks(test_rest.TOML, uscc=test_rest.USCC),
    ),
    "rest xml": Door(
        test_rest_xml.answer(test_rest_xml.ROW.format(f"<G><Xm>{PERSON}</Xm></G>")),
        "application/xml",
        "xml",
        _plainly(lambda folder: test_rest_xml.TOML),
        _asks(test_rest_xml.TOML, uscc=test_rest_xml.USCC),
    ),
    "soap": Door(
        _soap(f"<CxXy><Jg>0</Jg>{test_soap.person()}</CxXy>"),
        "text/xml",
        "xml",
        _plainly(_soap_toml),
        _asks(test_soap.TOML, id_number=NUMBER),
    ),
}


# --- told -------------------------------------------------------------------------------------------------------------


def _hands(**form: str) -> Callable[[Connected, float], Awaitable[Taken]]:
    given = {key.replace("_", "."): value for key, value in form.items()}
    papers = (Attachment("a", "图", "A", media_type="application/pdf", body=b"%PDF-1"),)

    async def call(line: Connected, seconds: float) -> Taken:
        assert line.handles is not None
        return await line.handles.hand_over(handover("permit", given, attachments=papers))

    return call


def _platform_toml(folder: Path) -> str:
    (folder / "c.csv").write_text(test_platform.COLUMNS)
    return test_platform.TOML.replace("PIN", hashlib.sha256(test_platform.COLUMNS.encode()).hexdigest())


def _platform(idempotent: str) -> Callable[[Path, str, float], Connected]:
    def open_(folder: Path, address: str, seconds: float) -> Connected:
        department, resources = department_of(_quiet(_platform_toml(folder), seconds), folder)
        options = {"idempotent": idempotent}
        return connect(department, resources.values(), Connection(address, SECRETS, options=options), PORTS)

    return open_


async def _push(line: Connected, seconds: float) -> Taken:
    assert line.receives is not None
    push = Push(test_platform.KEY, "up_pro_process", "c1", "c1-1", NOW, {"step_title": "受理"})
    return await line.receives.receive(push)


def _sms(folder: Path, address: str, seconds: float) -> Connected:
    department, _ = department_of(_quiet(_platform_toml(folder), seconds), folder)
    return connect_sms(department, Connection(address, SECRETS), PORTS)


async def _tell(line: Connected, seconds: float) -> Taken:
    assert line.tells is not None
    return await line.tells.tell(Message(test_platform.KEY, "19900000001", f"{PERSON}您好"))


_JSON, _XML = "application/json", "text/xml"
TOLD: Mapping[str, Door] = {
    "hand-over json": Door(
        _plain({"code": "0", "no": "A1", "rec": PERSON}),
        _JSON,
        "json",
        _plainly(lambda folder: test_rest.TOML),
        _hands(enterprise_name=PERSON),
    ),
    "hand-over xml": Door(
        f"<Hz><Dm>0</Dm><Bh>W1</Bh><Xm>{PERSON}</Xm></Hz>".encode(),
        _XML,
        "xml",
        _plainly(lambda folder: test_rest_xml.TOML),
        _hands(enterprise_name=PERSON),
    ),
    "hand-over soap": Door(
        _soap("<SqXy><Jg>0</Jg><Ywbh>Y1</Ywbh></SqXy>"), _XML, "xml", _plainly(_soap_toml), _hands(mc=PERSON, js="1")
    ),
    "platform push": Door(_plain(test_platform.TAKEN), _JSON, "json", _platform("true"), _push),
    "platform lookup": Door(_plain(test_platform.HAS), _JSON, "json", _platform("false"), _push),
    "sms": Door(_plain({"fhm": "0", "no": "D1"}), _JSON, "json", _sms, _tell),
}
DOORS: Mapping[str, Door] = {**ASKED, **TOLD}
