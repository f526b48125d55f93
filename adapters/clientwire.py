"""How the public client talks HTTP: one connection pool, answers made values or `ClientProblem`. It knows no route."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2

Doc = dict[str, Any]
"""A JSON object as the OpenAPI document describes it."""

TIMEOUT_SECONDS = 30.0


class ClientProblem(Exception):
    """The hub refused, or did not answer. Decide by `code` and `retryable`; the message says what to do next."""

    def __init__(self, code: str, status: int, detail: str, **more: Any) -> None:
        super().__init__(f"{code} ({status}): {detail}")
        self.code = code
        self.status = status
        self.detail = detail
        self.fields: Mapping[str, str] = more.get("fields") or {}
        self.request_id: str = more.get("request_id", "")
        self.retryable: bool = bool(more.get("retryable", False))
        self.source: str = more.get("source", "")
        self.rule: str = more.get("rule", "")


class Wire:
    """One connection pool to one hub."""

    def __init__(self, base_url: str, client: httpx2.Client | None) -> None:
        self._base = base_url.rstrip("/") + "/api/v1"
        self._own = client is None
        self._client = client or httpx2.Client(timeout=TIMEOUT_SECONDS, trust_env=False)

    def close(self) -> None:
        if self._own:
            self._client.close()

    def request(
        self,
        method: str,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None = None,
    ) -> httpx2.Request:
        return self._client.build_request(
            method, self._base + path, content=content or None, headers=dict(headers), params=dict(query) if query else None
        )  # fmt: skip

    def send(self, request: httpx2.Request) -> httpx2.Response:
        """A good answer. Raises ClientProblem."""
        return self.good(self.answer(request))

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Whatever the hub answers. Raises ClientProblem where it does not."""
        try:
            return self._client.send(request)
        except httpx2.HTTPError as e:
            detail = f"The hub did not answer ({type(e).__name__}); repeat with the same key."
            raise ClientProblem("HUB_UNREACHABLE", 0, detail, retryable=True) from e

    def good(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.is_success:
            return answer
        raise _problem(answer)


def _problem(answer: httpx2.Response) -> ClientProblem:
    try:
        told = answer.json()
        code, status, detail = str(told.pop("code")), int(told.pop("status")), str(told.pop("detail"))
    except (ValueError, KeyError, TypeError, AttributeError):  # a proxy's page
        retryable = answer.status_code in (502, 503, 504)
        return ClientProblem(
            f"HTTP_{answer.status_code}", answer.status_code, "Something before the hub answered.", retryable=retryable
        )
    return ClientProblem(code, status, detail, **told)


def as_json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def new_key() -> str:
    """An Idempotency-Key for a new call; keep it as long as the call may be repeated."""
    return str(uuid.uuid4())


def part(text: str) -> str:
    """One part of a path."""
    return quote(text, safe="")
