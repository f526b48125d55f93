"""The catalog manager's pages: what exists, who may ask, what is missing, and publishing. Files are edited elsewhere."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.web import drawing, look
from hub.web.caseparts import waits
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat

BOX = drawing.Size(width=230, height=44, across=70)


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.catalog

    @pages.get("/catalog/matters")
    def matters(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/matters.html", rows=door.matters(seat.person))

    @pages.get("/catalog/matters/{code}")
    def matter(request: Request, code: str, seat: Seat = Depends(guard.seat)) -> Response:
        view = door.matter(seat.person, code)
        flow = drawing.flow(waits(view.items), BOX)
        return look.page(request, seat, "catalog/matter.html", view=view, flow=flow, box=BOX)

    @pages.get("/catalog/resources")
    def resources(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/resources.html", rows=door.resources(seat.person))

    @pages.get("/catalog/needs")
    def needs(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/needs.html", rows=door.needs(seat.person))

    @pages.get("/catalog/policy")
    def policy(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/policy.html", rows=door.policy(seat.person))

    @pages.get("/catalog/versions")
    def versions(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "catalog/versions.html", rows=door.versions(seat.person), mismatches=None)

    @pages.post("/catalog/check")
    def check(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        person = posted.seat.person
        return look.page(
            request, posted.seat, "catalog/versions.html", rows=door.versions(person), mismatches=door.check(person)
        )

    @pages.post("/catalog/publish")
    def publish(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        door.publish(posted.seat.person)
        return look.go(request, "/catalog/versions")
