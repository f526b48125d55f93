"""Login, logout, the first page of each role, static files and CSP reports. It checks no password itself."""

from __future__ import annotations

import json
import logging

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.errors import NotAllowed
from hub.web import look, statics
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat, cookie_name
from hub.web.posting import check_size, form_of
from hub.web.security import check_origin

REPORT_LIMIT = 16_000
log = logging.getLogger(__name__)


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    _login(pages, doors, guard)
    _around(pages, guard)


def _login(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    name = cookie_name(doors.settings)

    @pages.get("/login")
    def login_page(request: Request, next: str = "") -> Response:
        return look.page(
            request, None, "login.html", next=safe_next(next), username="", mistake="", settings=doors.settings
        )

    @pages.post("/login")
    async def login(request: Request) -> Response:
        check_origin(request.headers, doors.settings.public_url)
        async with form_of(request, 4_000, fields=10) as form:
            username, password, back = (str(form.get(key, "")) for key in ("username", "password", "next"))
        try:
            token, _ = await run_in_threadpool(doors.session.login, username.strip(), password, doors.now())
        except NotAllowed as refused:
            values = {
                "next": safe_next(back),
                "username": username,
                "mistake": str(refused),
                "settings": doors.settings,
            }
            return look.at(403, look.page(request, None, "login.html", **values))
        answer = RedirectResponse(safe_next(back) or "/", 303)
        answer.set_cookie(
            name, token, max_age=doors.settings.session_minutes * 60, httponly=True, samesite="lax", path="/",
            secure=doors.settings.public_url.startswith("https"),
        )  # fmt: skip
        return answer

    @pages.post("/logout")
    def logout(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        doors.session.logout(request.cookies.get(name, ""), doors.now())
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(name, path="/")
        return answer


def _around(pages: APIRouter, guard: Gate) -> None:
    @pages.get("/static/{digest}/{name:path}")
    def static_file(request: Request, digest: str, name: str) -> Response:
        return statics.answer(request, digest, name)

    @pages.get("/favicon.ico")
    def icon() -> Response:
        """Browsers ask for it on pages that name no icon: a file, a certificate."""
        return RedirectResponse(statics.address("mark.svg"))

    @pages.get("/")
    def first_page(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        mine = (address for role, address, *_ in look.NAVIGATION if role in seat.person.roles)
        where = next(mine, None)
        if where is None:
            raise NotAllowed("您的账号还没有岗位。请管理员分配岗位后再登录。")
        return RedirectResponse(where, 303)

    @pages.post("/csp-reports")
    async def csp_report(request: Request) -> Response:
        """Writes what was blocked into the program log: directive and place, no more."""
        check_size(request, REPORT_LIMIT)
        try:
            report = json.loads(await request.body()).get("csp-report", {})
        except (ValueError, AttributeError):
            report = {}
        if isinstance(report, dict):
            log.warning("csp violation: %s %s", report.get("violated-directive"), report.get("blocked-uri"))
        return Response(status_code=204)


def safe_next(where: str) -> str:
    """Only a path of our own: `//elsewhere` and `https:` lead away."""
    plain = where.startswith("/") and not where.startswith(("//", "/\\")) and where.isprintable()
    return where if plain and where != "/login" else ""
