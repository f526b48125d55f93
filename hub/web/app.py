"""The pages as one router, and what the application needs around it. It builds no door and starts no server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from hub import trace
from hub.errors import BadInput, HubError
from hub.heads import methods_at
from hub.web import access, look
from hub.web.doors import Doors
from hub.web.gate import gate
from hub.web.pages import (
    applicant,
    auditor,
    casework,
    catalog,
    certificate_imports,
    certificate_links,
    certificate_showing,
    clerk,
    codes,
    departments,
    entrance,
    live,
    operator,
    registry,
    reviewer,
    status_lists,
    verification,
)
from hub.web.security import SecurityHeaders, dress

NO_ADDRESS = "地址里的参数不对。请从列表重新进入。"


class PageRoute(APIRoute):
    """Shows each of the hub's errors as a page or a line in words, never as JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                _readable(request)
                trace.bind(case=trace.case_in(request.path_params))
                return await handler(request)
            except HubError as error:
                return look.trouble(request, error)
            except RequestValidationError:
                return look.trouble(request, BadInput(NO_ADDRESS))
            except ClientDisconnect:  # nobody is there to be answered, and it is no bug
                return Response(status_code=400)

        return shown


def _readable(request: Request) -> None:
    """No database keeps a NUL, so nothing can be found by one. Raises BadInput."""
    if "\0" in request.scope["path"] or b"\0" in unquote_to_bytes(request.scope["query_string"]):
        raise BadInput(NO_ADDRESS)


def router(doors: Doors) -> APIRouter:
    """Every page. Raises ValueError for a route that the table of access does not list."""
    pages = APIRouter(route_class=PageRoute, default_response_class=HTMLResponse, include_in_schema=False)
    guard = gate(doors)
    for part in (
        entrance,
        clerk,
        casework,
        live,
        reviewer,
        auditor,
        catalog,
        operator,
        departments,
        applicant,
        registry,
        codes,
        certificate_imports,
        certificate_links,
        certificate_showing,
        status_lists,
        verification,
    ):
        part.add(pages, doors, guard)
    _hold_against_access(pages)
    return pages


def _hold_against_access(pages: APIRouter) -> None:
    """No page without a line in `access.ACCESS`, and no line without a page."""
    mounted = {
        (method, route.path) for route in pages.routes if isinstance(route, APIRoute) for method in route.methods or ()
    }
    strays = mounted.symmetric_difference(access.ACCESS) | {("GET", path) for path in access.HEADS} - mounted
    if strays:
        raise ValueError(f"hub/web/access.py and the mounted pages differ; give each route its line: {sorted(strays)}")


def install(app: FastAPI, doors: Doors) -> None:
    """Mounts the pages, their headers and the pages for what no route answers. `/api` keeps its own answers."""
    pages = router(doors)
    app.router.routes.extend(pages.routes)  # as they are: `include_router` would build each of them a second time
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, _outside_api(app, HTTPException, _http_trouble(pages)))
    app.add_exception_handler(Exception, _outside_api(app, Exception, _bug))


Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def _outside_api(app: FastAPI, kind: type[Exception], ours: Callable[[Request, Exception], Response]) -> Handler:
    before = app.exception_handlers.get(kind)

    async def handler(request: Request, error: Exception) -> Response:
        if request.scope["path"].startswith("/api") and before is not None:
            answer = before(request, error)
            return await answer if isinstance(answer, Awaitable) else answer
        return ours(request, error)

    return handler


def _http_trouble(pages: APIRouter) -> Callable[[Request, Exception], Response]:
    def trouble(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        told = HubError(look.WHAT_TO_DO.get(status, "请返回上一页再试。"), code=f"HTTP_{status}", status=status)
        answer = look.trouble(request, told)
        if status == 405:
            answer.headers["Allow"] = methods_at(pages.routes, request.scope["path"], access.HEADS)
        return answer

    return trouble


def _bug(request: Request, error: Exception) -> Response:
    """A bug: the server's log has the exception, the page only says what to do."""
    message = "已保存的内容不受影响。请稍后再试；若再次出现，请把下面的代码告诉运维人员。"
    answer = look.trouble(request, HubError(message, code="HUB", status=500))
    # Starlette answers a bug outside every middleware, so the headers are put on here.
    dress(answer.headers, getattr(request.state, "nonce", ""))
    return answer
