"""Each fault of a department that speaks JSON or XML, through the whole doorway: its outcome, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
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
    says,
    waits,
    writes,
)
from tests.adapters.kinds.making import department_of
from tests.hub.doorway import NOW, PATIENT, Told, holding, is_well, log, told
from tests.hub.test_exchange import PERSON

__all__ = ["log"]
TOML = """
[department]
code = "CODE"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
FORMAT
size_limit_bytes = 5000
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
timeout_seconds = 4
[resources.r.wire]
path = "/hy/{id_number}"
headers = { X-Bh = "{request_id}" }
result = "$.Yd.m"
found = ["0"]
not_found = ["9"]
several = ["2"]
record = "$.Yd.jl"
echo = { id_number = "$.sfzh" }
MORE
[resources.r.fields]
spouse_name = { path = "$.po", required = true }
"""
RECORD = {"po": "测试乙", "sfzh": PERSON, "lb": [{"mc": "一"}, {"mc": "二"}]}
JSON = json.dumps({"Yd": {"m": "0", "jl": RECORD}}).encode()
XML = f'<Yd xmlns="urn:a"><m>0</m><jl><po>测试乙</po><sfzh>{PERSON}</sfzh></jl></Yd>'
BOMB = '<!DOCTYPE Yd [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE Yd [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@dataclass(frozen=True)
class Fault:
    """`more` and `wire` are what the manifest says besides; `seconds` of the question's time."""

    far: Answerer | None
    result: str
    reason: str
    xml: bool = False
    more: str = ""
    wire: str = ""
    seconds: float = PATIENT


def xml(text: str, result: str, reason: str, charset: str = "utf-8") -> Fault:
    return Fault(writes(http(text.encode(charset), media_type="text/xml")), result, reason, xml=True)


def body(content: bytes, result: str, reason: str, media_type: str = "application/json", extra: str = "") -> Fault:
    return Fault(writes(http(content, media_type=media_type, extra=extra)), result, reason)


def answer(**record: object) -> bytes:
    return json.dumps({"Yd": {"m": "0", "jl": {**RECORD, **record}}}).encode()


async def skewed(came: Came, writer: asyncio.StreamWriter) -> None:
    """A gateway by whose clock it is a quarter of an hour later."""
    late = abs(int(came.headers["gjgxjhpt_rtime"]) / 1000 - NOW.timestamp() - 900) > 600
    writer.write(http(b"{}" if late else JSON, status=401 if late else 200))


async def lets_nobody_in(came: Came, writer: asyncio.StreamWriter) -> None:
    token = json.dumps({"access_token": "t", "expires_in": 60}).encode()
    writer.write(http(token) if came.path == "/lp" else http(b"{}", status=401))


SIGNED = 'auth = { style = "gjgxjhpt", sid = "s_1", id = "k", secret = "k" }'
TOKENS = 'auth = { style = "oauth2", token_path = "/lp", id = "k", secret = "k" }'
PAGED = 'paging = { by = "page", rows = "$.Yd.jl.lb", size = 2 }\nquery = { yh = "{page}" }'
LATER = 'pending = ["8"]\npoll = { ticket = "$.Yd.h", path = "/jg/{ticket}", every_seconds = 0.05 }'

FAULTS = {
    # the connection
    "refused": Fault(None, "unavailable", "refused_connection"),
    "reset_before_an_answer": Fault(breaks_off(b""), "unavailable", "broken_off"),
    "reset_mid_answer": Fault(breaks_off(http(JSON)[:-9]), "unavailable", "broken_off"),
    "swallowed_answer": Fault(waits(5), "unavailable", "timeout", seconds=0.15),
    "dripping": Fault(drips(http(JSON), 0.05), "unavailable", "timeout", seconds=0.15),
    "server_error": Fault(says({}, 500), "unavailable", "server_error"),
    "busy": Fault(says({}, 503), "unavailable", "busy"),
    "redirect": Fault(
        writes(http(b"", status=302, extra="Location: http://127.0.0.1:9/\r\n")), "unusable", "redirect"
    ),
    # bytes
    "wrong_content_type": body(JSON, "unusable", "content_type", "text/html"),
    "wrong_charset_of_json": body(JSON.decode("unicode_escape", "replace").encode("utf-16"), "unusable", "encoding"),
    "wrong_charset_of_xml": xml(XML.replace("<Yd", '<?xml version="1.0" encoding="utf-8"?><Yd', 1), "unusable", "encoding", "gb18030"),
    "byte_order_mark": body(b"\xef\xbb\xbf" + JSON, "found", ""),
    "compressed_bomb": body(gzip.compress(b" " * 9_000_000), "unusable", "content_encoding", extra="Content-Encoding: gzip\r\n"),
    "oversize": body(b" " * 5_001 + JSON, "unusable", "too_large"),
    "cut_off_inside": body(JSON[:-3], "unusable", "json"),
    # XML
    "cdata": xml(XML.replace("测试乙", "<![CDATA[测试乙]]>"), "found", ""),
    "changed_namespace_prefixes": xml(XML.replace("<", "<q:").replace("<q:/", "</q:").replace("xmlns=", "xmlns:q="), "found", ""),
    "unknown_element_of_xml": xml(XML.replace("<po>", "<xin>1</xin><po>"), "found", ""),
    "entity_bomb": xml(BOMB + XML.replace("测试乙", "&b;"), "unusable", "dtd"),
    "external_entity": xml(OUTSIDE + XML.replace("测试乙", "&a;"), "unusable", "dtd"),
    # what it says
    "unknown_member_of_json": body(answer(xin=1), "found", ""),
    "missing_required": body(answer(po=None), "unusable", "required:spouse_name"),
    "two_matches": body(json.dumps({"Yd": {"m": "0", "jl": [RECORD, RECORD]}}).encode(), "ambiguous", ""),
    "somebody_elses_record": body(answer(sfzh="411323198512129920"), "unusable", "other_subject"),
    "unknown_code": body(b'{"Yd":{"m":"7"}}', "unusable", "unknown_result_code"),
    "duplicate_delivery": body(JSON + JSON, "unusable", "json"),
    "an_answer_that_nobody_asked_for": Fault(writes(http(JSON) + http(answer(po="假"))), "found", ""),
    # who asks
    "clock_skew": Fault(skewed, "denied", "credentials_refused", wire=SIGNED),
    "no_token": Fault(says({"error": "invalid_client"}, 401), "denied", "credentials_refused", wire=TOKENS),
    "every_token_refused": Fault(lets_nobody_in, "denied", "credentials_refused", wire=TOKENS),
    # pages and promises
    "a_page_that_repeats": Fault(writes(http(JSON)), "unusable", "page_repeats", more=PAGED),
    "a_promise_that_goes_on": Fault(says({"Yd": {"m": "8", "h": "S1"}}), "pending", "", more=LATER, seconds=0.2),
    "a_promise_without_a_ticket": Fault(says({"Yd": {"m": "8"}}), "unusable", "ticket", more=LATER),
}  # fmt: skip


def manifest(code: str, fault: Fault) -> str:
    text = TOML.replace("CODE", code).replace("FORMAT", ('format = "xml"\n' if fault.xml else "") + fault.wire)
    return text.replace("MORE", fault.more)


async def through_the_doorway(
    fault: Fault, log: SharingLog, times: int = 1, about: str = PERSON
) -> tuple[list[Told], list[Came]]:
    """What the log says of what was asked, and what came there. Who has a limit is not held: its time would be over."""
    released = asyncio.Event()
    if fault.seconds < PATIENT:
        released.set()
    async with AsyncExitStack() as stack:
        address, came = free_port_address(), []
        if fault.far is not None:
            side = await stack.enter_async_context(far_side(holding(fault.far, released)))
            address, came = side.address, side.came
        department, known = department_of(manifest("civil-affairs", fault))
        line = connect(department, known.values(), Connection(address, {"k": "k"}), Ports(clock=lambda: NOW))
        stack.push_async_callback(line.close)
        resource = next(iter(known.values()))
        return await told(log, line, resource, fault.seconds, times, released.set, about), came


def once(fault: Fault, log: SharingLog) -> tuple[Told, list[Came]]:
    """Asked, and asked again with more time where the machine stood still until the promise itself came too late."""
    for longer in (1, 5, 40):
        [found], came = asyncio.run(through_the_doorway(replace(fault, seconds=fault.seconds * longer), log))
        if fault.result != "pending" or found.reason != "timeout":
            break
    return found, came


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_no_neighbour_notices(fault: str, log: SharingLog) -> None:
    wrong = FAULTS[fault]
    found, _ = once(wrong, log)
    assert found.said == (wrong.result, wrong.reason) and is_well(found)


def test_an_answer_that_nobody_asked_for_is_never_taken_for_the_next_question(log: SharingLog) -> None:
    found, came = asyncio.run(through_the_doorway(FAULTS["an_answer_that_nobody_asked_for"], log, times=3))
    assert [getattr(one.outcome, "values", {}) for one in found] == [{"spouse_name": "测试乙"}] * 3
    assert len(came) == 3


def test_a_ticket_that_would_climb_stays_one_part_of_the_path(log: SharingLog) -> None:
    fault = Fault(says({"Yd": {"m": "8", "h": "../../_control"}}), "pending", "", more=LATER, seconds=0.3)
    found, came = once(fault, log)
    assert found.said == ("pending", "") and "/jg/..%2F..%2F_control" in {one.path for one in came}
    assert all(one.path.count("/") == 2 for one in came)


@asynccontextmanager
async def tls(own: Path, believed: Path | None = None) -> AsyncIterator[str]:
    """The address of a server whose certificate is in `own`; it answers whoever shows the one in `believed`, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    if believed is not None:
        context.load_verify_locations(believed)
        context.verify_mode = ssl.CERT_REQUIRED

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if believed is not None and (await reader.read(65536)):
            writer.write(http(JSON))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def behind_tls(own: Path, log: SharingLog, believed: Path | None = None, shown: Path | None = None) -> Told:
    """A department whose certificate is in `own`, which also says whom to believe; we show it what is in `shown`."""
    department, known = department_of(manifest("civil-affairs", FAULTS["oversize"]))
    async with tls(own, believed) as address:
        place = Connection(address, ca=own, certificate=shown, key=shown)
        line = connect(department, known.values(), place, Ports(clock=lambda: NOW))
        try:
            (found,) = await told(log, line, next(iter(known.values())))
            return found
        finally:
            await line.close()


def test_an_expired_certificate_is_not_believed_and_recorded_so(log: SharingLog, tmp_path: Path) -> None:
    old = certificate(tmp_path, "127.0.0.1", days=-1)
    assert asyncio.run(behind_tls(old, log)).said == ("unavailable", "untrusted")


def test_a_department_that_wants_our_certificate_answers_who_shows_it_and_nobody_else(
    log: SharingLog, tmp_path: Path
) -> None:
    own, ours = (certificate(tmp_path, name) for name in ("127.0.0.1", "hub.invalid"))
    found = asyncio.run(behind_tls(own, log, ours, ours))
    assert found.said == ("found", "") and is_well(found)
    assert asyncio.run(behind_tls(own, log, ours)).result == "unavailable"


@pytest.mark.parametrize("number", ["..", "../../_control", "a/b", "%2e%2e", "a?b=c", "a#b"])
def test_a_subject_never_climbs_out_of_its_part_of_the_path(number: str, log: SharingLog) -> None:
    [found], came = asyncio.run(through_the_doorway(FAULTS["somebody_elses_record"], log, about=number))
    paths = [one.path for one in came]
    assert all(path.count("/") == 2 and path.startswith("/hy/") and "?" not in path for path in paths)
    assert (number == "..") == (paths == [])
    assert found.said == (
        ("unusable", "unaskable:cannot_stand_in_a_path") if number == ".." else ("unusable", "other_subject")
    )
