"""The operator's pages: queue, streams that stopped, departments, nodes, accounts. They show no person's facts."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.errors import BadInput
from hub.web import look, wording
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat, units


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.operator

    @pages.get("/operations")
    def operations(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "operations.html", view=door.overview(seat.person), now=doors.now())

    @pages.get("/operations/changes")
    def changes(seat: Seat = Depends(guard.seat)) -> Response:
        """The moving parts as they are now, each with its own target."""
        view = door.overview(seat.person)
        return HTMLResponse(look.html("operations/changes.html", seat=seat, view=view, now=doors.now()))

    @pages.post("/operations/work/{work_id}/retry")
    def retry(request: Request, work_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.retry(posted.seat.person, work_id)
        return look.go(request, "/operations")

    @pages.post("/operations/work/{work_id}/skip")
    def skip(request: Request, work_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        why = wording.reason(posted.text("picked"), posted.text("written"))
        if not why:
            raise BadInput("请写明跳过的理由：后面的推送会接着发出，这一条不再发送。", {"written": "请填写理由"})
        door.skip(posted.seat.person, work_id, why)
        return look.go(request, "/operations")

    @pages.post("/operations/files/{department}/take")
    def take_file(request: Request, department: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.take_file(posted.seat.person, department, posted.text("name"))
        return look.go(request, "/operations")

    @pages.post("/operations/files/{department}/turn-down")
    def turn_down_file(request: Request, department: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.turn_down_file(posted.seat.person, department, posted.text("name"))
        return look.go(request, "/operations")

    @pages.get("/accounts")
    def accounts(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "accounts.html", rows=door.accounts(seat.person), units=units(doors))
