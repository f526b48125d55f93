"""The JSON door as one router, and what the application needs around it. It builds no door and starts no server."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import cache

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api import access, openapi, problems
from hub.api.doors import ApiDoors
from hub.api.gate import route_class
from hub.api.routes import (
    auditor,
    catalog,
    certificate_imports,
    certificate_links,
    certificate_sharing,
    clerk,
    department,
    entrance,
    exchange,
    open_catalog,
    operator,
    platform,
    registry,
    reviewer,
    verification,
)
from hub.clock import Random
from hub.heads import methods_at

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def router(doors: ApiDoors) -> APIRouter:
    """Every route below /api/v1. Raises ValueError for a route that the table of access does not list."""
    api = APIRouter(prefix=access.PREFIX, route_class=route_class(doors))
    for part in (
        entrance,
        clerk,
        reviewer,
        auditor,
        catalog,
        operator,
        department,
        platform,
        exchange,
        certificate_imports,
        certificate_links,
        certificate_sharing,
        registry,
        verification,
    ):
        part.add(api, doors)
    open_catalog.add(api, doors, _describe(api))
    _hold_against_access(api)
    return api


def _describe(api: APIRouter) -> Callable[[], openapi.Schema]:
    @cache
    def described() -> openapi.Schema:
        return openapi.document(api.routes, "0.1.0")

    @api.get("/openapi.json", include_in_schema=False)
    def description() -> Response:
        return JSONResponse(described())

    return described


def _hold_against_access(api: APIRouter) -> None:
    """No route without a line in `access.ACCESS`, and no line without a route."""
    mounted = {
        (method, route.path) for route in api.routes if isinstance(route, APIRoute) for method in route.methods or ()
    }
    strays = mounted.symmetric_difference(access.ACCESS) | {("GET", path) for path in access.HEADS} - mounted
    if strays:
        raise ValueError(f"hub/api/access.py and the mounted routes differ; give each route its line: {sorted(strays)}")


def install(app: FastAPI, doors: ApiDoors) -> None:
    """Mounts the routes, numbers each request, and answers what no route takes. Pages keep their own answers."""
    api = router(doors)
    app.router.routes.extend(api.routes)  # as they are: `include_router` would build each of them a second time
    app.router.redirect_slashes = (
        False  # a path is signed as it is: another one is not there, rather than somewhere else
    )
    app.add_middleware(RequestNumbers)
    before = app.exception_handlers.get(HTTPException)
    app.add_exception_handler(HTTPException, _below_api(api, before))


def _below_api(api: APIRouter, before: Handler | None) -> Handler:
    async def handler(request: Request, error: Exception) -> Response:
        if before is not None and not request.scope["path"].startswith("/api"):
            answer = before(request, error)
            return await answer if isinstance(answer, Awaitable) else answer
        assert isinstance(error, HTTPException)
        refused = problems.answer(request, problems.of_http(error))
        if error.status_code == 405:
            refused.headers["Allow"] = methods_at(api.routes, request.scope["path"], access.HEADS)
        return refused

    return handler


class RequestNumbers:
    """ASGI middleware: each request below /api gets an id of ours, in `request.state.request_id` and X-Request-Id.

    An id that the caller sends is not taken: it would let one caller's lines pass for another's in our program log.
    """

    def __init__(self, app: ASGIApp, rng: Random = os.urandom) -> None:
        self.app = app
        self.rng = rng

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api"):
            await self.app(scope, receive, send)
            return
        number = self.rng(16).hex()
        scope.setdefault("state", {})["request_id"] = number

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = number
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self.app(scope, receive, numbered)
