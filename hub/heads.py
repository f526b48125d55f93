"""HEAD, for routes that show nothing about anybody: answered as GET is, without the body. Which routes those are, each door says.

HEAD of any other route is refused with 405 and what is allowed. Answered as GET it would be one more disclosure in the sharing log of which
nobody saw anything; answered without that record it would tell whether somebody's file is there, and how long it is, to the log's back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED_WITH_HEAD = "yijian.head"


class Heads:
    """ASGI middleware: what stands within it sees a GET. `paths` are those of the routes."""

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self.app = app
        self._paths = tuple(compile_path(path)[0] for path in paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not _is_one(self._paths, scope["path"]):
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        within: dict[str, Any] = {**scope, "method": "GET", ASKED_WITH_HEAD: True}
        try:
            await self.app(within, receive, without_body)
        finally:
            scope.update((key, value) for key, value in within.items() if key != "method")


def method_of(scope: Scope) -> str:
    """As it was sent and, by a system, signed."""
    return "HEAD" if scope.get(ASKED_WITH_HEAD) else str(scope["method"])


def methods_at(routes: Sequence[BaseRoute], path: str, heads: Iterable[str]) -> str:
    """Every method of this path, for the header Allow: the router names those of one route alone."""
    here = [route for route in routes if isinstance(route, APIRoute) and route.path_regex.match(path)]
    methods = {method for route in here for method in route.methods or ()}
    return ", ".join(sorted(methods | ({"HEAD"} if any(route.path in heads for route in here) else set())))


def _is_one(paths: Iterable[re.Pattern[str]], path: str) -> bool:
    return any(one.match(path) for one in paths)
