"""Each fault of a department that speaks SOAP, through the whole doorway: its outcome, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from hub.sharinglog import SharingLog
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.far_side import (
    Answerer,
    Came,
    breaks_off,
    drips,
    far_side,
    free_port_address,
    http,
    waits,
    writes,
)
from tests.adapters.kinds.making import department_of
from tests.adapters.kinds.soap_town import HERE, OTHER, envelope, toml
from tests.hub.doorway import NOW, PATIENT, Told, holding, is_well, log, told
from tests.hub.test_exchange import PERSON
from tests.hub.test_rest_faults import tls

__all__ = ["log"]
RESOURCE = """
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
timeout_seconds = 4
[resources.r.wire]
operation = "Cx"
request = { Sfzh = "{id_number}" }
result = "Jg"
found = ["0"]
not_found = ["1"]
record = "Ry"
echo = { id_number = "Sfzh" }
MORE
[resources.r.fields]
spouse_name = { path = "Xm", required = true }
"""
WIRE = """
size_limit_bytes = 5000
faults = { path = "Dm", not_found = ["E404"], denied = ["E101"], busy = ["E9"] }
security = { username_token = "digest", timestamp_seconds = 300 }
"""


def person(name: str = "<Xm>测试乙</Xm>", number: str = PERSON, more: str = "") -> str:
    return f'<Ry bb="1">{name}<Sfzh>{number}</Sfzh>{more}</Ry>'


def whole(*people: str, code: str = "0") -> str:
    return envelope(f"<CxXy><Jg>{code}</Jg>{''.join(people)}</CxXy>")


GOOD = whole(person())


@dataclass(frozen=True)
class Fault:
    """`more` is what the manifest says besides; `seconds` of the question's time."""

    far: Answerer | None
    result: str
    reason: str
    more: str = ""
    seconds: float = PATIENT


def text(body: str | bytes, result: str, reason: str, media_type: str = "text/xml", **more: str) -> Fault:
    content = body if isinstance(body, bytes) else body.encode()
    return Fault(writes(http(content, media_type=media_type, extra=more.get("extra", ""))), result, reason, more.get("more", ""))  # fmt: skip


def says_fault(code: str, detail: str = "", status: int = 500) -> Answerer:
    inner = (
        f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>测试乙</faultstring><detail>{detail}</detail></s:Fault>"
    )
    return writes(http(envelope(inner).encode(), status=status, media_type="text/xml"))


async def by_another_clock(came: Came, writer: asyncio.StreamWriter) -> None:
    """A server by whose clock our timestamp ended long ago."""
    late = b"<wsu:Expires>2026-11-20T02:05:00" in came.body.replace(b"\n", b"")
    detail = "<Cw><Dm>E101</Dm></Cw>" if late else ""
    await says_fault("MessageExpired", detail)(came, writer)


PACKAGE = (
    b"--b\r\nContent-Type: application/xop+xml\r\n\r\n"
    + whole(
        person(more='<Zp><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:../../etc/passwd"/></Zp>')
    ).encode()
)
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

FAULTS = {
    # the connection
    "refused": Fault(None, "unavailable", "refused_connection"),
    "reset_mid_answer": Fault(breaks_off(http(GOOD.encode(), media_type="text/xml")[:-9]), "unavailable", "broken_off"),
    "swallowed_answer": Fault(waits(5), "unavailable", "timeout", seconds=0.15),
    "dripping": Fault(drips(http(GOOD.encode()), 0.05), "unavailable", "timeout", seconds=0.15),
    "redirect": Fault(
        writes(http(b"", status=302, extra="Location: http://127.0.0.1:9/\r\n")), "unusable", "redirect"
    ),
    # bytes
    "wrong_content_type": text(GOOD, "unusable", "content_type", "text/html"),
    "wrong_charset": text(GOOD.encode("gb18030"), "unusable", "encoding"),
    "byte_order_mark": text("\ufeff" + GOOD, "found", ""),
    "compressed_bomb": text(gzip.compress(b" " * 9_000_000), "unusable", "content_encoding", extra="Content-Encoding: gzip\r\n"),
    "oversize": text(" " * 5_001 + GOOD, "unusable", "too_large"),
    "cut_off_inside": text(GOOD[:-9], "unusable", "xml"),
    "duplicate_delivery": text(GOOD + GOOD, "unusable", "xml"),
    # XML
    "cdata": text(whole(person("<Xm><![CDATA[测试乙]]></Xm>")), "found", ""),
    "changed_namespace_prefixes": text(GOOD.replace("<s:", "<env:").replace("</s:", "</env:").replace("xmlns:s=", "xmlns:env="), "found", ""),
    "entity_bomb": text(BOMB + whole(person("<Xm>&b;</Xm>")), "unusable", "dtd"),
    "external_entity": text(OUTSIDE + whole(person("<Xm>&a;</Xm>")), "unusable", "dtd"),
    # the schema
    "unknown_element": text(whole(person(more="<Xin>1</Xin>")), "unusable", "unknown_element"),
    "unknown_element_where_the_manifest_bears_it": text(whole(person(more="<Xin>1</Xin>")), "found", "", more="strict = false"),
    "missing_element": text(whole(person("")), "unusable", "missing_element"),
    "missing_required": text(whole(person('<Xm i:nil="true"/>')), "unusable", "required:spouse_name"),
    "a_number_that_is_none": text(whole(person(more="<Je>一</Je>")), "unusable", "schema_value"),
    "another_operations_answer": text(envelope("<JsXy/>"), "unusable", "schema"),
    # what it says
    "two_matches": text(whole(person(), person()), "ambiguous", ""),
    "somebody_elses_record": text(whole(person(number=OTHER)), "unusable", "other_subject"),
    "unknown_code": text(whole(code="7"), "unusable", "unknown_result_code"),
    "a_fault_for_no_record": Fault(says_fault("Client", "<Cw><Dm>E404</Dm></Cw>"), "not_found", ""),
    "a_fault_under_200": Fault(says_fault("Client", "<Cw><Dm>E9</Dm></Cw>", 200), "unavailable", "busy"),
    "a_fault_that_nobody_knows": Fault(says_fault("Client"), "unusable", "fault"),
    "clock_skew": Fault(by_another_clock, "denied", "credentials_refused"),
    # files beside the envelope
    "an_attachment_cut_off": text(PACKAGE + b"\r\n--b\r\nContent-ID: <../../etc/passwd>\r\n\r\nroot:x", "unusable", "multipart", "multipart/related; boundary=b"),
    "an_attachment_by_a_path": text(PACKAGE + b"\r\n--b--", "unusable", "attachment", "multipart/related; boundary=b"),
}  # fmt: skip


async def through_the_doorway(fault: Fault, log: SharingLog, own: Path | None = None) -> Told:
    """`own` is the far side's certificate, which also says whom to believe."""
    released = asyncio.Event()
    if fault.seconds < PATIENT:
        released.set()
    async with AsyncExitStack() as stack:
        address = free_port_address()
        if own is not None:
            address = await stack.enter_async_context(tls(own))
        if fault.far is not None:
            address = (await stack.enter_async_context(far_side(holding(fault.far, released)))).address
        manifest = toml(WIRE, fault.more, RESOURCE).replace('code = "d"', 'code = "civil-affairs"')
        department, known = department_of(manifest, HERE)
        secrets = {"user": "u", "password": "p"}
        line = connect(department, known.values(), Connection(address, secrets, ca=own), Ports(clock=lambda: NOW))
        stack.push_async_callback(line.close)
        (found,) = await told(log, line, next(iter(known.values())), fault.seconds, release=released.set)
        return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_no_neighbour_notices(fault: str, log: SharingLog) -> None:
    wrong = FAULTS[fault]
    found = asyncio.run(through_the_doorway(wrong, log))
    assert found.said == (wrong.result, wrong.reason) and is_well(found)


def test_an_expired_certificate_is_not_believed_and_recorded_so(log: SharingLog, tmp_path: Path) -> None:
    old = certificate(tmp_path, "127.0.0.1", days=-1)
    assert asyncio.run(through_the_doorway(FAULTS["refused"], log, old)).said == ("unavailable", "untrusted")
