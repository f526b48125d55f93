"""Stands between a department's line and its socket: gives recorded answers without a socket, or keeps what passed. It judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True)
class Answer:
    """One answer over HTTP. `content_type` is the whole header."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Request:
    """What was sent, without its headers: they hold the credentials."""

    method: str
    target: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Passed:
    request: Request
    answer: Answer


class Scripted(httpx2.AsyncBaseTransport):
    """Gives the answers in turn and keeps the requests; once they are used up, nobody answers."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._left = list(answers)
        self.requests: list[Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(_kept(request, await request.aread()))
        if not self._left:
            raise httpx2.ConnectError("no answer is left", request=request)
        answer = self._left.pop(0)
        return _response(answer, request)

    def over(self, _: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        return self


@dataclass(frozen=True)
class Recorder:
    """Keeps all that passes over the lines that it is put between."""

    passed: list[Passed] = field(default_factory=list, repr=False)

    def over(self, inner: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        return _Recording(inner, self.passed)


class _Recording(httpx2.AsyncBaseTransport):
    """Passes everything on and keeps it. An answer is read whole before it goes on: only for recording, not for work."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, passed: list[Passed]) -> None:
        self._inner, self._passed = inner, passed

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sent = _kept(request, await request.aread())
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        answer = Answer(response.status_code, response.headers.get("content-type", ""), body)
        self._passed.append(Passed(sent, answer))
        return _response(answer, request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _kept(request: httpx2.Request, body: bytes) -> Request:
    return Request(request.method, request.url.raw_path.decode("ascii"), body)


def _response(answer: Answer, request: httpx2.Request) -> httpx2.Response:
    headers = {"content-type": answer.content_type} if answer.content_type else {}
    return httpx2.Response(answer.status, headers=headers, stream=httpx2.ByteStream(answer.body), request=request)
