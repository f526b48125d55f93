"""A department with a WSDL of several services for the SOAP wire's tests, and the envelopes of its far side. It asserts nothing."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from adapters.connect import Connection, connect
from adapters.contract import Handover, Outcome, Taken
from tests.adapters.kinds.far_side import Answerer, Came, FarSide, far_side, http, writes
from tests.adapters.kinds.making import PORTS, department_of, handover, query

HERE = Path(__file__).parent / "wsdl"
NUMBER = "411323198001019905"
OTHER = "411323198001019913"
SECRETS = {"account": "zh", "user": "u0", "password": "p0", "app_id": "rid0", "app_secret": "s0", "key_password": "kp"}
HEAD = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "soap"
"""
RESOURCE = """
[resources.r]
title = "人"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
operation = "Cx"
request = { Sfzh = "{id_number}" }
result = "Jg"
found = ["0"]
not_found = ["1"]
record = "Ry[0]"
MORE
[resources.r.fields]
name = "Xm"
amount = { path = "Je.#", as = "decimal" }
"""


def toml(wire: str = "", more: str = "", resource: str = RESOURCE) -> str:
    pins = "\n".join(
        f'"{place.relative_to(HERE).as_posix()}" = "{hashlib.sha256(place.read_bytes()).hexdigest()}"'
        for place in sorted(HERE.rglob("*.*"))
    )
    return f'{HEAD}[wire]\nwsdl = "jcxx.wsdl"\n{wire}\n[wire.documents]\n{pins}\n{resource.replace("MORE", more)}'


def person(inner: str = "<Xm>样例甲</Xm>", more: str = "<Je bz='CNY'>3.50</Je>") -> str:
    return f'<Ry bb="2">{inner}<Sfzh>{NUMBER}</Sfzh>{more}</Ry>'


def envelope(body: str, header: str = "", version: str = "1.1") -> str:
    space = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}[
        version
    ]
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return (
        f'<s:Envelope xmlns:s="{space}" xmlns="urn:test:jcxx" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f"{head}<s:Body>{body}</s:Body></s:Envelope>"
    )


def answer(*people: str, code: str = "0", header: str = "", version: str = "1.1") -> bytes:
    media_type = "text/xml; charset=utf-8" if version == "1.1" else "application/soap+xml"
    body = f"<CxXy><Jg>{code}</Jg>{''.join(people)}</CxXy>"
    return http(envelope(body, header, version).encode(), media_type=media_type)


def asked(far: bytes | Answerer, text: str, secrets: dict[str, str] | None = None, **more: Any) -> tuple[Outcome, Came]:
    """One question's outcome, and the last request as it came."""

    async def run() -> tuple[Outcome, FarSide]:
        async with far_side(writes(far) if isinstance(far, bytes) else far) as side:
            department, resources = department_of(text, HERE)
            line = connect(department, resources.values(), Connection(side.address, secrets or SECRETS, **more), PORTS)
            try:
                assert line.answers is not None
                return await line.answers.answer(query(*resources.values(), {"id_number": NUMBER})), side
            finally:
                await line.close()

    outcome, side = asyncio.run(run())
    return outcome, side.came[-1] if side.came else Came("", "", {}, b"")


def handed(far: bytes, text: str, form: dict[str, str], **more: Any) -> tuple[Taken, Came]:
    async def run() -> tuple[Taken, FarSide]:
        async with far_side(writes(far)) as side:
            department, resources = department_of(text, HERE)
            line = connect(department, resources.values(), Connection(side.address, SECRETS), PORTS)
            given: Handover = handover("permit", form, **more)
            try:
                assert line.handles is not None
                return await line.handles.hand_over(given), side
            finally:
                await line.close()

    taken, side = asyncio.run(run())
    return taken, side.came[-1]
