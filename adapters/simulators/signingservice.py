"""A signing service (签名验签服务器) over HTTP for the tests and for trying a hub's settings: real keys, real signatures, a journal of uses.

Written from docs/e-certificates.md, "The signing service's protocol". It is no product: its keys (`signingservicekeys`) lie open in
this process's memory. `python -m adapters.simulators.signingservice --help`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import re
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.simulators.http import HANG_UP, Reply, Request, Server
from adapters.simulators.signingservicekeys import read_keys
from certificates.errors import CertificateError
from certificates.keys.held import HeldKey
from certificates.suites import suite_named

SKEW = timedelta(seconds=60)
MOST_BODY = 4 * 1024 * 1024
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Behaviour:
    """What the service does wrong: everything False is a good one. `slow` waits for so many seconds before it answers."""

    status: int = 0
    hangs_up: bool = False
    garbles: bool = False
    drops_mac: bool = False
    repeats: bool = False
    """Sends its last good answer of that path again."""
    too_long: bool = False
    other_signature: bool = False
    other_key: bool = False
    other_form: bool = False
    """Signs well, and writes the signature as DER."""
    other_certificates: bool = False
    """Lists each key with the next one's certificates."""
    slow: float = 0.0


@dataclass(frozen=True)
class Use:
    """One use of a key, as the service's own journal has it: never what was signed."""

    at: datetime
    request: str
    caller: str
    key_id: str
    suite: str
    digest: str


@dataclass(frozen=True)
class _Refused(Exception):
    """What is answered, with which word of the protocol."""

    status: int
    word: str


class SigningService:
    """The service behind HTTP. `keys`, `callers` (name to secret) and `behaviour` may be exchanged while it runs."""

    def __init__(
        self,
        keys: Mapping[tuple[str, str], HeldKey],
        callers: Mapping[str, bytes],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.keys, self.callers, self.behaviour, self._now = dict(keys), dict(callers), Behaviour(), now
        self.journal: list[Use] = []
        self._seen: dict[str, datetime] = {}
        self._last: dict[str, Reply] = {}
        self._server = Server(self._handle)

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen; gives the URL. Raises OSError."""
        return await self._server.listen(host, port, tls)

    @property
    def connections(self) -> int:
        """How many were opened to it so far."""
        return self._server.accepted

    async def close(self) -> None:
        await self._server.close()

    async def _handle(self, request: Request) -> Reply:
        behaviour = self.behaviour
        if behaviour.slow:
            await asyncio.sleep(behaviour.slow)
        if behaviour.hangs_up:
            return HANG_UP
        if behaviour.status:
            return Reply(behaviour.status, b"")
        if behaviour.garbles:
            return Reply(200, b"<html></html>", "text/html")
        if behaviour.repeats and request.path in self._last:
            return self._last[request.path]
        try:
            reply = self._answered(request)
        except _Refused as refused:
            return Reply(refused.status, json.dumps({"error": refused.word}).encode())
        self._last[request.path] = reply
        return replace(reply, headers={}) if behaviour.drops_mac else reply

    def _answered(self, request: Request) -> Reply:
        said, secret = self._admitted(request)
        if request.path == "/v1/keys":
            given: dict[str, Any] = {"keys": self._listed()}
        elif request.path == "/v1/signatures":
            given = self._signed(said)
        else:
            raise _Refused(404, "path")
        if self.behaviour.too_long:
            given["filler"] = "0" * (8 * 1024 * 1024)
        body = json.dumps({"request": said["request"], **given}).encode()
        return Reply(200, body, headers={"Signing-MAC": _mac(secret, "yijian-signing/1 answer", "200", body)})

    def _admitted(self, request: Request) -> tuple[dict[str, Any], bytes]:
        """Who asks is known and meant exactly this, now, and for the first time."""
        if request.method != "POST" or len(request.body) > MOST_BODY:
            raise _Refused(413 if request.method == "POST" else 405, "request")
        said = _members(request.body)
        caller = said.get("caller")
        secret = self.callers.get(caller) if isinstance(caller, str) else None
        wanted = _mac(secret or b"nobody", "yijian-signing/1 request", request.path, request.body)
        if not hmac.compare_digest(wanted, request.headers.get("signing-mac", "")) or secret is None:
            raise _Refused(401, "caller")
        now, at = self._now(), _time(said.get("time"))
        if at is None or abs(now - at) > SKEW:
            raise _Refused(401, "clock")
        number = said.get("request")
        if not isinstance(number, str) or not _ID.fullmatch(number):
            raise _Refused(400, "request")
        self._seen = {known: until for known, until in self._seen.items() if until >= now}
        if number in self._seen:
            raise _Refused(409, "replayed")
        self._seen[number] = at + 2 * SKEW
        return said, secret

    def _listed(self) -> list[dict[str, Any]]:
        held = list(self.keys.items())
        shown = [key.chain for _, key in held]
        if self.behaviour.other_certificates:
            shown = [*shown[1:], *shown[:1]]
        return [
            {
                "authority": code,
                "suite": suite,
                "key_id": key.public.key_id,
                "certificates": [base64.b64encode(each).decode() for each in chain],
            }
            for ((code, suite), key), chain in zip(held, shown, strict=True)
        ]

    def _signed(self, said: dict[str, Any]) -> dict[str, Any]:
        key = next((each for each in self.keys.values() if each.public.key_id == said.get("key_id")), None)
        if key is None:
            raise _Refused(404, "key")
        if said.get("suite") != key.suite:
            raise _Refused(409, "suite")
        try:
            message = base64.b64decode(said.get("message", ""), validate=True)
        except (TypeError, binascii.Error) as error:
            raise _Refused(400, "message") from error
        digest = hashlib.sha256(message).hexdigest()
        # The journal has the use before there is a signature.
        self.journal.append(Use(self._now(), said["request"], said["caller"], key.public.key_id, key.suite, digest))
        signature = key.sign(message + b"." if self.behaviour.other_signature else message)
        if self.behaviour.other_form:
            signature = suite_named(key.suite).to_der(signature)
        named = "0" * 64 if self.behaviour.other_key else key.public.key_id
        return {"key_id": named, "suite": key.suite, "signature": base64.b64encode(signature).decode()}


@contextlib.contextmanager
def serving(
    service: SigningService, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Run the service in a thread of its own; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="signing-service", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(service.open(host, port, tls), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(service.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _mac(secret: bytes, label: str, first: str, body: bytes) -> str:
    return hmac.new(secret, f"{label}\n{first}\n".encode() + body, hashlib.sha256).hexdigest()


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refused(400, "request") from error
    if not isinstance(found, dict):
        raise _Refused(400, "request")
    return found


def _time(text: Any) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; one JSON line once it listens. Exit code 1 when the port is taken or a file cannot be used."""
    given = _parsed(arguments)
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    try:
        secret = given.secret_file.read_bytes().strip()
        keys = read_keys(given.keys, given.passphrase_file.read_text(encoding="utf-8").strip())
        with serving(SigningService(keys, {given.caller: secret}), given.host, given.port) as url:
            print(json.dumps({"ready": True, "url": url, "keys": len(keys)}), flush=True)
            ended.wait()
    except (OSError, CertificateError) as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 1
    return 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.simulators.signingservice", description=__doc__)
    parser.add_argument(
        "--keys", type=Path, required=True, help="a folder of signing keys, as `yijian keys init` makes it"
    )
    parser.add_argument("--passphrase-file", type=Path, required=True, help="what opens them")
    parser.add_argument("--caller", required=True, help="the only caller that is known")
    parser.add_argument("--secret-file", type=Path, required=True, help="the secret shared with that caller")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
