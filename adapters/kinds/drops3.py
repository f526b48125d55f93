"""A drop folder in a bucket of an S3 service: listed, read, written and deleted by signed requests (AWS Signature Version 4).

An object appears whole or not at all, so nothing is renamed there; of several nodes the one with the replica's lock fetches.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2

from adapters.authorities import public_authorities
from adapters.contract import Misconfigured
from adapters.kinds import xmltext
from adapters.kinds.dropfetch import FarFolder, FarTrouble

SECONDS = 30.0
LARGEST_LIST = 4 * 1024 * 1024
MOST_PAGES = 50
AS_IT_IS = {"Accept-Encoding": "identity"}
"""Unpacked, a few bytes could be any number of them."""


@dataclass(frozen=True)
class S3Place:
    """`base` is scheme and host of the service, `prefix` ends in a slash or is empty."""

    base: str
    bucket: str
    prefix: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)


def s3_place(address: str, secrets: Mapping[str, str], options: Mapping[str, str], code: str) -> S3Place:
    """`s3+https://host:9000/bucket/folder` with the secrets `access_key`, `secret_key`; option `region`. Raises Misconfigured."""
    parts = urlsplit(address)
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if not parts.hostname or not bucket:
        raise Misconfigured(f"{code}: its address is s3+https://host/bucket/folder.")
    if not secrets.get("access_key") or not secrets.get("secret_key"):
        raise Misconfigured(f"{code}: set the secrets access_key and secret_key.")
    base = f"{parts.scheme.removeprefix('s3+')}://{parts.netloc}"
    region = options.get("region", "us-east-1")
    return S3Place(base, bucket, f"{prefix}/" if prefix else "", region, secrets["access_key"], secrets["secret_key"])


def s3_folder(
    place: S3Place, ca: Path | None, clock: Callable[[], datetime]
) -> Callable[[], AbstractAsyncContextManager[FarFolder]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[FarFolder]:
        verify = ssl.create_default_context(cafile=str(ca)) if ca else public_authorities()
        try:
            async with httpx2.AsyncClient(
                timeout=SECONDS, verify=verify, trust_env=False, follow_redirects=False, headers=AS_IT_IS
            ) as client:
                yield _S3Folder(client, place, clock)
        except httpx2.HTTPError as e:
            raise FarTrouble(f"对象存储连不上或中断（{type(e).__name__}）") from None

    return opened


class _S3Folder:
    def __init__(self, client: httpx2.AsyncClient, place: S3Place, clock: Callable[[], datetime]) -> None:
        self._client, self._place, self._clock = client, place, clock

    async def names(self) -> Iterable[str]:
        found: list[str] = []
        token = ""
        for _ in range(MOST_PAGES):
            query = {"list-type": "2", "prefix": self._place.prefix, "delimiter": "/"}
            body = await self._done(self._request("GET", "", query | ({"continuation-token": token} if token else {})))
            keys, token = _listed(body)
            found += [key.removeprefix(self._place.prefix) for key in keys]
            if not token:
                break
        return found

    async def claim(self, name: str) -> bool:
        return True

    async def content(self, name: str) -> AsyncIterator[bytes]:
        reply = await self._client.send(self._request("GET", name), stream=True)
        try:
            _check(reply.status_code, await _limited(reply) if reply.status_code >= 300 else b"")
            async for chunk in reply.aiter_raw():
                yield chunk
        finally:
            await reply.aclose()

    async def remove(self, name: str) -> None:
        await self._done(self._request("DELETE", name))

    async def put(self, name: str, body: bytes) -> None:
        await self._done(self._request("PUT", name, body=body))

    async def erase(self, name: str) -> None:
        await self.remove(name)

    async def _done(self, request: httpx2.Request) -> bytes:
        reply = await self._client.send(request, stream=True)
        try:
            body = await _limited(reply)
        finally:
            await reply.aclose()
        _check(reply.status_code, body)
        return body

    def _request(
        self, method: str, name: str, query: Mapping[str, str] | None = None, body: bytes = b""
    ) -> httpx2.Request:
        place = self._place
        path = f"/{place.bucket}" + (f"/{quote(place.prefix + name, safe='/~')}" if name else "")
        headers = signed(place, method, path, query or {}, body, self._clock())
        url = f"{place.base}{path}" + (f"?{_query(query)}" if query else "")
        return self._client.build_request(method, url, headers=headers, content=body or None)


_CODES = {
    "RequestTimeTooSkewed": "clock",
    "ExpiredToken": "ended",
    "TokenRefreshRequired": "ended",
    "InvalidAccessKeyId": "login",
    "SignatureDoesNotMatch": "login",
    "AccessDenied": "right",
}
"""What a service says of a refusal, by its own code."""
_REFUSALS = {
    "clock": "对象存储认为本机时钟不准，先校准时钟",
    "ended": "对象存储的密钥已经过期",
    "right": "对象存储不许密钥访问该目录",
}


async def _limited(reply: httpx2.Response) -> bytes:
    """A listing or a refusal, never more than LARGEST_LIST of it. Raises FarTrouble."""
    parts, size = [], 0
    async for part in reply.aiter_raw():
        size += len(part)
        if size > LARGEST_LIST:
            raise FarTrouble("对象存储的答复过大")
        parts.append(part)
    return b"".join(parts)


def _check(status: int, body: bytes) -> None:
    """Raises FarTrouble for every answer that is no success; of a refusal its code is read."""
    if status in (401, 403):
        said = re.search(rb"<Code>([A-Za-z]{1,60})</Code>", body[:4096])
        why = _CODES.get(said[1].decode() if said else "", "login")
        raise FarTrouble(_REFUSALS.get(why, "对象存储不接受密钥或不许访问"), why)
    if status == 404:
        raise FarTrouble("对象存储没有这个桶或对象", "place")
    if not 200 <= status < 300:
        raise FarTrouble(f"对象存储答复 HTTP {status}")


def _listed(body: bytes) -> tuple[list[str], str]:
    """The keys of one page of a listing, and the token of the next. Raises FarTrouble."""
    try:
        tree = xmltext.read(body, "utf-8")
    except xmltext.Unreadable as e:
        raise FarTrouble(f"对象存储的列表无法读取（{e.rule}）") from None
    root = next(iter(tree.values())) if isinstance(tree, Mapping) else None
    listing = root if isinstance(root, Mapping) else {}
    contents = listing.get("Contents", [])
    rows = contents if isinstance(contents, list) else [contents]
    keys = [str(row["Key"]) for row in rows if isinstance(row, Mapping) and row.get("Key")]
    return keys, str(listing.get("NextContinuationToken") or "")


# --- the signature --------------------------------------------------------------------------------------------------------


def signed(
    place: S3Place,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: bytes,
    now: datetime,
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a request with its signature; `path` is written as it is sent."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    host = urlsplit(place.base).netloc
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment, **(more or {})}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join((method, path, _query(query), lines, names, digest))
    scope = f"{moment[:8]}/{place.region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{place.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={place.access_key}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": authorization}


def _query(query: Mapping[str, str] | None) -> str:
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted((query or {}).items())
    )
