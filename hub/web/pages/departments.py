"""The page of departments 部门接入: how each stands and has answered, and the button that has it checked. It shows no person's facts."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat

CHECKED: Mapping[str, str] = {
    "papers": "接口文档",
    "review": "人工审核",
    "mapping": "映射",
    "connection": "连接",
    "credentials": "凭据",
    "expiry": "到期",
    "probe": "试连",
    "files": "文件",
}
"""What a check looked at."""


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.departments

    @pages.get("/departments")
    def departments(request: Request, checked: str = "", seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.overview(seat.person)
        return look.page(request, seat, "departments.html", rows=rows, checked=checked, titles=CHECKED, now=doors.now())

    @pages.post("/departments/{code}/check")
    async def check(request: Request, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        await door.check(posted.seat.person, code)
        return look.go(request, f"/departments?checked={code}#d-{code}")
