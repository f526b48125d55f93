"""The client of a timestamp authority against a real one over HTTP: what it hands on, and every way in which it must not."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.outside.timestamper import HttpTimestamper
from adapters.simulators.timestamper import POLICY, Behaviour, TimestampServer, make_authority, serving
from certificates import timestamps
from certificates.errors import Malformed, SigningFailed
from certificates.ports import Timestamper
from certificates.trust import write_pem

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
MESSAGE = b"the signature value"
DIGEST = hashlib.sha256(MESSAGE).digest()


@dataclass
class Running:
    """A server, its address and a client that waits for it as long as a busy machine needs."""

    server: TimestampServer
    url: str
    client: HttpTimestamper


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    server = TimestampServer(make_authority(NOW - YEAR, NOW + YEAR), lambda: NOW)
    with serving(server) as url:
        client = HttpTimestamper(url, POLICY, timeout=60)
        yield Running(server, url, client)
        client.close()


@pytest.fixture(autouse=True)
def well_behaved(running: Running) -> Iterator[None]:
    yield
    running.server.behaviour = Behaviour()


def test_a_token_is_over_the_digest_and_tells_the_time(running: Running) -> None:
    port: Timestamper = running.client
    stamp = timestamps.verify(port.stamp(DIGEST), MESSAGE)
    assert stamp.at == NOW and stamp.policy == POLICY
    assert stamp.certificate == running.server.authority.certificate


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(refuses=True), "timestamp-refused"),
        (Behaviour(hangs_up=True), "timestamp-unreachable"),
        (Behaviour(garbles=True), "timestamp"),
        (Behaviour(other_imprint=True), "timestamp-imprint"),
        (Behaviour(other_nonce=True), "timestamp-nonce"),
        (Behaviour(other_policy=True), "timestamp-policy"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_answer_is_no_timestamp(running: Running, behaviour: Behaviour, code: str) -> None:
    running.server.behaviour = behaviour
    with pytest.raises(SigningFailed) as caught:
        running.client.stamp(DIGEST)
    assert caught.value.code == code


def test_a_slow_authority_costs_the_time_limit_and_no_more(running: Running) -> None:
    running.server.behaviour = Behaviour(slow=600)
    hurried = HttpTimestamper(running.url, POLICY, timeout=0.2)
    with pytest.raises(SigningFailed, match="cannot be reached"):
        hurried.stamp(DIGEST)
    hurried.close()


def test_a_trickling_answer_reaches_the_limit_of_the_whole(running: Running) -> None:
    ticks = iter((0.0, 1000.0))
    slow = HttpTimestamper(running.url, POLICY, timeout=60, clock=lambda: next(ticks))
    with pytest.raises(SigningFailed, match="too slow"):
        slow.stamp(DIGEST)
    slow.close()


def test_a_dead_authority_is_said_to_be_unreachable() -> None:
    with serving(TimestampServer(make_authority(NOW - YEAR, NOW + YEAR))) as url:
        pass
    dead = HttpTimestamper(url, timeout=60)
    with pytest.raises(SigningFailed) as caught:
        dead.stamp(DIGEST)
    assert caught.value.code == "timestamp-unreachable"
    dead.close()


def test_an_expired_authority_stamps_nothing(running: Running) -> None:
    good = running.server.authority
    running.server.authority = make_authority(NOW - 2 * YEAR, NOW - YEAR)
    try:
        with pytest.raises(SigningFailed, match="not valid at the token's time"):
            running.client.stamp(DIGEST)
    finally:
        running.server.authority = good


def test_a_changed_token_does_not_verify(running: Running) -> None:
    token = bytearray(running.client.stamp(DIGEST))
    token[-1] ^= 1
    with pytest.raises(Malformed) as caught:
        timestamps.read(bytes(token))
    assert caught.value.code == "timestamp-signature"
    with pytest.raises(Malformed, match="other bytes"):
        timestamps.verify(running.client.stamp(DIGEST), MESSAGE + b".")


def test_a_certificate_for_something_else_stamps_nothing(running: Running) -> None:
    good = running.server.authority
    running.server.authority = replace(good, certificate=good.root, key=good.root_key)
    try:
        with pytest.raises(SigningFailed, match="not for timestamps alone"):
            running.client.stamp(DIGEST)
    finally:
        running.server.authority = good


def test_openssl_accepts_the_token(running: Running, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command here")
    (tmp_path / "token").write_bytes(running.client.stamp(DIGEST))
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "root.pem").write_bytes(write_pem(running.server.authority.root))
    ask = [openssl, "ts", "-verify", "-in", "token", "-token_in", "-data", "message", "-CAfile", "root.pem"]
    ask += ["-attime", str(int(NOW.timestamp()))]
    said = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "Verification: OK" in said.stdout, said.stderr
