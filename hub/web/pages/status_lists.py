"""The authorities' status lists at their public address, to be kept and asked again with an ETag. They name nobody."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from certificates.statuslist import MEDIA_TYPE
from hub.web.doors import Doors
from hub.web.gate import Gate
from hub.wiring.status_lists import MAX_AGE, Published


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    @pages.get("/s/{code}.ystatus")
    def dated_list(request: Request, code: str) -> Response:
        return _given(request, doors.status_lists.dated(code), "application/octet-stream")

    @pages.get("/s/{code}")
    def status_list(request: Request, code: str) -> Response:
        return _given(request, doors.status_lists.token(code), MEDIA_TYPE)


def _given(request: Request, found: Published, media_type: str) -> Response:
    headers = {
        "ETag": found.etag,
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=media_type, headers=headers)
