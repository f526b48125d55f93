"""Certificates of other systems at the window: files, scans of paper, and that somebody compared one with its original. It decides nothing."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import BadInput
from hub.registry.rows import Wanted
from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.web.pages.registry import list_page, one_page
from hub.wiring.bringing import Scan

SCANNED = ("identifier", "type", "number", "holder_name", "holder_code", "authority", "issued_on", "valid_to")
"""What a clerk reads from a paper certificate, beside the type's own fields."""


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.registry

    @pages.post("/certificates/imports")
    async def take_in(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        file = await posted.upload("file").read()
        try:
            row, known = await run_in_threadpool(door.take_in, posted.seat.person, file)
        except BadInput as mistake:
            return await _listed(request, posted.seat, refused=str(mistake))
        told = "taken" if not known else "own" if row.origin == "issued" else "known"
        return look.go(request, f"/certificates/{row.id}?told={told}")

    @pages.post("/certificates/scans")
    async def take_scan(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        upload = posted.upload("scan")
        scan = Scan(await upload.read(), upload.content_type or "")
        row = {name: posted.text(name) for name in SCANNED} | posted.below("field.")
        try:
            taken = await run_in_threadpool(doors.bringing.scan, posted.seat.person, row, scan)
        except BadInput as mistake:
            return await _listed(request, posted.seat, message=str(mistake), said=row)
        return look.go(request, f"/certificates/{taken.id}")

    async def _listed(request: Request, seat: Seat, **values: object) -> Response:
        """The list again, with why nothing was taken at the form that was sent."""
        listed, more = await run_in_threadpool(door.search, seat.person, Wanted(), 1)
        page = list_page(
            request, seat, rows=listed, more=more, number="", status="", at=1, types=door.types(), **values
        )
        return look.at(422, page)

    @pages.post("/certificates/{certificate_id}/checks")
    def check(request: Request, certificate_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        try:
            doors.bringing.check(posted.seat.person, certificate_id, posted.text("reason"), posted.key("check"))
        except BadInput as mistake:
            return look.at(422, one_page(request, doors, posted.seat, certificate_id, mistake))
        return look.go(request, f"/certificates/{certificate_id}")
