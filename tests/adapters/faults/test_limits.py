"""What bounds an answer: bytes, memory, time, rest that was asked for, whose certificate is believed, and that no other wire feels it."""

from __future__ import annotations

import asyncio
import datetime as clock
import ipaddress
import json
import ssl
import tracemalloc
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.contract import Found, Outcome, Unavailable, Unusable, Why
from adapters.kinds.guard import Guard, Reply, Sending
from tests.adapters.faults.conftest import Opening
from tests.adapters.kinds.far_side import Answerer, Came, far_side, http, says, writes
from tests.adapters.kinds.making import ask
from tests.adapters.kinds.test_rest import TOML, USCC

MEGABYTE = 1024 * 1024
BOUNDLESS = TOML.replace("size_limit_bytes = 20000\n", "")
"""With the size limit that a department has without one of its own: 10 MB."""


def sends(megabytes: int, head: str) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n{head}\r\n".encode())
        for _ in range(megabytes * 16):
            if writer.is_closing():
                return
            writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n" if "chunked" in head else b" " * 65536)
            await writer.drain()

    return answer


@pytest.mark.parametrize("head", [f"Content-Length: {50 * MEGABYTE}\r\n", "Transfer-Encoding: chunked\r\n"])
def test_fifty_megabytes_are_not_kept_in_memory(head: str) -> None:
    async def run() -> tuple[Outcome, int]:
        async with far_side(sends(50, head)) as side:
            tracemalloc.start()
            try:
                outcome = await ask(BOUNDLESS, side.address, {"uscc": USCC}, timeout_seconds=20)
                return outcome, tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    outcome, peak = asyncio.run(run())
    assert isinstance(outcome, Unusable) and outcome.rule == "too_large" and peak < 16 * MEGABYTE


@pytest.mark.parametrize(
    ("part", "rule"),
    [(b"{},", "too_many_parts"), (b"[],", "too_many_parts"), (b'{"xm":"a"},', "too_many_parts")],
    ids=["tables", "lists", "100000 rows"],
)
def test_an_answer_that_would_unfold_in_memory_is_not_parsed(part: bytes, rule: str) -> None:
    body = b'{"code":"0","rec":{"mc":"a","gd":[' + part * 100_001 + b"0]}}"
    outcome = asyncio.run(_over(writes(http(body))))
    assert isinstance(outcome, Unusable) and outcome.rule == rule


async def _over(far: Answerer) -> Outcome:
    async with far_side(far) as side:
        return await ask(BOUNDLESS, side.address, {"uscc": USCC}, timeout_seconds=20)


def test_100_000_elements_of_xml_are_no_answer(opening: Opening) -> None:
    from adapters.kinds import xmltext

    with pytest.raises(xmltext.Unreadable, match="too_many_parts"):
        xmltext.read(b"<Yd>" + b"<G/>" * 100_001 + b"</Yd>", "")


def test_a_long_answer_is_read_without_holding_up_the_others(opening: Opening) -> None:
    """9 MB of Base64 in one answer: the loop goes on meanwhile."""
    body = json.dumps({"code": "0", "rec": {"mc": "a"}, "nr": "A" * 9 * MEGABYTE}).encode()

    async def run() -> tuple[Outcome, int]:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.001)
                beats += 1

        async with far_side(writes(http(body))) as side:
            heart = asyncio.create_task(beat())
            outcome = await ask(BOUNDLESS, side.address, {"uscc": USCC}, timeout_seconds=20)
            heart.cancel()
            return outcome, beats

    outcome, beats = asyncio.run(run())
    assert isinstance(outcome, Found) and beats > 3


# --- rest -------------------------------------------------------------------------------------------------------------


def guarded(far: Answerer, now: list[float], times: int = 2) -> list[object]:
    async def run() -> list[object]:
        async with far_side(far) as side:
            guard = Guard(side.address, monotonic=lambda: now[0])
            try:
                return [await guard.send(Sending("GET", "/", 60)) for _ in range(times)] + [len(side.came)]
            finally:
                await guard.close()

    return asyncio.run(run())


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_be_left_alone_is_not_asked_until_then(status: int) -> None:
    busy = http(b"", status=status, extra="Retry-After: 30\r\n")
    assert guarded(writes(busy), [0.0]) == [Unavailable(Why.BUSY), Unavailable(Why.BUSY), 1]


@pytest.mark.parametrize("said", ["-1", "x", "Wed, 21 Oct 2099 07:28:00 GMT", "0", "1e9", ""])
def test_a_rest_that_is_no_number_is_none(said: str) -> None:
    busy = http(b"", status=429, extra=f"Retry-After: {said}\r\n")
    assert guarded(writes(busy), [0.0])[-1] == 2


def test_nobody_rests_for_a_day() -> None:
    async def run() -> object:
        now = [0.0]
        async with far_side(writes(http(b"", status=429, extra="Retry-After: 86400\r\n"))) as side:
            guard = Guard(side.address, monotonic=lambda: now[0])
            await guard.send(Sending("GET", "/", 60))
            now[0] = 60.0
            await guard.send(Sending("GET", "/", 60))
            await guard.close()
            return len(side.came)

    assert asyncio.run(run()) == 2


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_secret_and_no_subject_follows_a_redirect(opening: Opening, status: int) -> None:
    async def run() -> tuple[Outcome, int, int]:
        async with far_side(says({"code": "0"})) as elsewhere:
            moved = http(b"", status=status, extra=f"Location: {elsewhere.address}/?{USCC}\r\n")
            async with far_side(writes(moved)) as side:
                outcome = await ask(TOML, side.address, {"uscc": USCC}, timeout_seconds=60)
                return outcome, len(side.came), len(elsewhere.came)

    outcome, asked, led = asyncio.run(run())
    assert isinstance(outcome, Unusable) and outcome.rule == "redirect" and (asked, led) == (1, 0)


# --- TLS --------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, *, days: int = 1) -> Path:
    """A certificate that vouches for itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = clock.datetime.now(clock.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "127.0.0.1":
        names = [x509.IPAddress(ipaddress.ip_address(name))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - clock.timedelta(days=9))
        .not_valid_after(now + clock.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = folder / f"{name}-{days}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    place.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return place


def over_tls(own: Path, ca: Path | None) -> object:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(b"{}"))
        await writer.drain()
        writer.close()

    async def run() -> object:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        guard = Guard(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", ca=ca)
        try:
            return await guard.send(Sending("GET", "/", 60))
        finally:
            await guard.close()
            server.close()

    return asyncio.run(run())


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    own = certificate(tmp_path, "127.0.0.1")
    assert isinstance(over_tls(own, own), Reply)
    assert over_tls(own, None) == Unavailable(Why.UNTRUSTED)


def test_a_certificate_of_another_name_or_one_that_ran_out_is_not_believed(tmp_path: Path) -> None:
    other, old = certificate(tmp_path, "other.invalid"), certificate(tmp_path, "127.0.0.1", days=-1)
    assert over_tls(other, other) == Unavailable(Why.UNTRUSTED)
    assert over_tls(old, old) == Unavailable(Why.UNTRUSTED)


def test_a_plain_port_where_tls_was_agreed_gets_nothing(opening: Opening) -> None:
    async def run() -> object:
        async with far_side(says({})) as side:
            guard = Guard(side.address.replace("http://", "https://"))
            try:
                return await guard.send(Sending("GET", "/?n=1", 60)), len(side.came)
            finally:
                await guard.close()

    outcome, _ = asyncio.run(run())  # type: ignore[misc]
    assert outcome in (Unavailable(Why.UNTRUSTED), Unavailable(Why.BROKEN_OFF))
