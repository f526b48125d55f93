"""The server processes of bench/exchange.py: a far side with canned answers, a bare proxy before it, and the doorway before it. It measures nothing.

`python bench/doorway.py far|proxy|doorway …` serves on a port of its own, which it prints, until its standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import behind  # noqa: F401
import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from adapters.connect import Connection, Ports, connect
from adapters.contract import Found
from catalog.types import Department, Grant, Kind, Resource, ResourceField, Role, ShareType
from hub.clock import utc_now
from hub.exchange import Ask, Exchange, Handler
from hub.policy import Party, Standing
from hub.sharinglog import LogKeys, SharingLog

SIZES = {"1 KB": 1_000, "100 KB": 100_000, "1 MB": 1_000_000}
KINDS = ("rest", "soap")
PERSON = "41132319900101991X"
NAMESPACE = "urn:example:cx"
WSDL = f"""<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}">
 <types><x:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
  <x:element name="Cx"><x:complexType><x:sequence><x:element name="Qqbh" type="x:string"/><x:element name="Zjhm" type="x:string"/>
  </x:sequence></x:complexType></x:element>
  <x:element name="CxFh"><x:complexType><x:sequence><x:element name="Dm" type="x:string"/>
   <x:element name="Jl" minOccurs="0"><x:complexType><x:sequence><x:element name="Poxm" type="x:string"/><x:element name="Djrq" type="x:string"/>
   </x:sequence></x:complexType></x:element>
   <x:element name="Bz" type="x:string" minOccurs="0" maxOccurs="unbounded"/>
  </x:sequence></x:complexType></x:element>
 </x:schema></types>
 <message name="Q"><part name="p" element="t:Cx"/></message><message name="A"><part name="p" element="t:CxFh"/></message>
 <portType name="P"><operation name="Cx"><input message="t:Q"/><output message="t:A"/></operation></portType>
 <binding name="B" type="t:P"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Cx"><s:operation soapAction=""/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>
 <service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1:9/"/></port></service>
</definitions>"""


def answer(kind: str, size: int) -> tuple[str, bytes]:
    """Media type and body of that size: a record, and as many further rows as fill it."""
    row = "示例备注" * 8
    if kind == "soap":
        rows = "".join(f"<Bz>{row}</Bz>" for _ in range(max(0, (size - 450)) // (len(row.encode()) + 9)))
        body = f'<CxFh xmlns="{NAMESPACE}"><Dm>0</Dm><Jl><Poxm>演示乙</Poxm><Djrq>20200101</Djrq></Jl>{rows}</CxFh>'
        envelope = (
            f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'
        )
        return "text/xml; charset=utf-8", envelope.encode()
    rows_of = [{"xh": number, "bz": row} for number in range(max(0, size - 150) // 125)]
    tree = {"dm": "0", "jl": {"poxm": "演示乙", "djrq": "20200101"}, "mx": rows_of}
    return "application/json", json.dumps(tree, ensure_ascii=False).encode()


# --- far side ---------------------------------------------------------------------------------------------------------


async def far() -> None:
    """Answers every request to `/<kind>/<number of the size>` with its canned bytes, and reads no more than it must."""
    canned: dict[bytes, bytes] = {}
    for kind in KINDS:
        for number, size in enumerate(SIZES.values()):
            media_type, body = answer(kind, size)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
            canned[f"/{kind}/{number}".encode()] = head.encode() + body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length")
                    ),
                    0,
                )
                await reader.readexactly(length)
                writer.write(canned[head.split(b" ", 2)[1]])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    _tell(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(sys.stdin.read)


# --- proxy and doorway --------------------------------------------------------------------------------------------------


def proxy(address: str) -> FastAPI:
    """What stands between without any promise: the same question, the same bytes back."""
    app = FastAPI(openapi_url=None)
    client = httpx2.AsyncClient(trust_env=False, limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64))

    @app.get("/{kind}/{size}")
    async def forward(kind: str, size: int) -> Response:
        question = json.dumps({"zjhm": PERSON}).encode()
        reply = await client.post(f"{address}/{kind}/{size}", content=question)
        return Response(reply.content, reply.status_code, media_type=reply.headers["content-type"])

    return app


def doorway(address: str, folder: Path) -> FastAPI:
    """The exchange as the hub builds it: policy, intent, adapter with its mapping, outcome; then the values."""
    keys = LogKeys.load(folder / "keys")
    (folder / "cx.wsdl").write_text(WSDL, encoding="utf-8")
    log = SharingLog.open(f"sqlite:///{folder / 'log.sqlite'}", keys, "yijian.example/bench", utc_now, "bench")
    units = {(kind, number): department(kind, number, folder) for kind in KINDS for number in range(len(SIZES))}
    connected = [connect(unit, [resource], Connection(address), Ports(utc_now)) for unit, resource in units.values()]
    exchange = Exchange(
        {one.department.code: one.answers for one in connected if one.answers is not None},
        log,
        clock=utc_now,
        manners={one.department.code: one.manners for one in connected},
    )
    asks = {key: _ask(resource) for key, (_, resource) in units.items()}
    numbers = itertools.count()
    app = FastAPI(openapi_url=None)

    @app.get("/{kind}/{size}")
    async def ask(kind: str, size: int) -> Response:
        one = asks[kind, size]
        answered = await exchange.ask(Ask(**{**vars(one), "case_no": f"411323-{next(numbers)}"}))
        found = answered.outcome
        if not isinstance(found, Found) or answered.outcome_seq is None:
            return JSONResponse({"outcome": repr(found)}, 502)
        return JSONResponse({"values": dict(found.values), "record": answered.outcome_seq})

    return app


def department(kind: str, number: int, folder: Path) -> tuple[Department, Resource]:
    """A made-up unit of this kind whose answers have this size; 64 places, since 64 ask."""
    code = f"bench-{kind}-{number}"
    wire: dict[str, Any] = {}
    if kind == "soap":
        pinned = hashlib.sha256(WSDL.encode()).hexdigest()
        wire = {"wsdl": "cx.wsdl", "path": f"/soap/{number}", "documents": {"cx.wsdl": pinned}}
    place = "$.poxm", "$.djrq"
    if kind == "soap":
        place = "Poxm", "Djrq"
    resource = Resource(
        code=f"{code}.marriage",
        department=code,
        title="示例",
        share=ShareType.CONDITIONAL,
        subject=("id_number",),
        fields=(
            ResourceField("spouse_name", ShareType.CONDITIONAL, {"path": place[0]}),
            ResourceField("married_on", ShareType.CONDITIONAL, {"path": place[1], "as": "yyyymmdd"}),
        ),
        wire=_wire(kind, number),
        timeout_seconds=30.0,
    )
    unit = Department(code, "示例局", "", Kind(kind), "411323", wire=wire, folder=str(folder), max_in_flight=64)
    return unit, resource


def _wire(kind: str, number: int) -> dict[str, Any]:
    if kind == "soap":
        request = {"Qqbh": "{request_id}", "Zjhm": "{id_number}"}
        return {"operation": "Cx", "request": request, "result": "Dm", "found": ["0"], "record": "Jl"}
    body = {"qqbh": "{request_id}", "zjhm": "{id_number}"}
    return {
        "method": "POST",
        "path": f"/rest/{number}",
        "body": body,
        "result": "$.dm",
        "found": ["0"],
        "record": "$.jl",
    }


def _ask(resource: Resource) -> Ask:
    names = tuple(field.name for field in resource.fields)
    return Ask(
        resource=resource,
        fields=names,
        subject={"id_number": PERSON},
        keys={"id_number": "applicant.id_number"},
        standing=Standing(
            (Role("applicant", "申请人", "person", "id_number"),), (Party("applicant", PERSON, "居民身份证读卡"),)
        ),
        grants=(Grant("B-1", resource.code, "bench", "示例法", "第一条", names, date(2099, 1, 1), "411323"),),
        region="411323",
        case_no="",
        matter="bench",
        item="bench-item",
        purpose="bench",
        ground="示例法",
        handler=Handler("handler-1", "hub"),
    )


def _tell(port: int) -> None:
    print(port, flush=True)


def _serve(app: FastAPI) -> None:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False))

    def end() -> None:
        sys.stdin.read()
        server.should_exit = True

    async def run() -> None:
        serving = asyncio.ensure_future(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        _tell(server.servers[0].sockets[0].getsockname()[1])
        threading.Thread(target=end, daemon=True).start()
        await serving

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("far", "proxy", "doorway"))
    parser.add_argument("--address", default="")
    parser.add_argument("--folder", type=Path, default=Path())
    args = parser.parse_args()
    if args.part == "far":
        asyncio.run(far())
    else:
        import logging

        import structlog

        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        _serve(proxy(args.address) if args.part == "proxy" else doorway(args.address, args.folder))


if __name__ == "__main__":
    main()
