"""A case: its one form, the departments' answers, materials and steps. It decides nothing; every post goes to the clerk's door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.cases.views import CaseView
from hub.errors import BadInput
from hub.web import look, wording
from hub.web.caseparts import case_values, file_answer, fragment, parts
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.web.numbers import number
from hub.web.posting import harmless_name
from hub.wiring.doors import ClerkDoor


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    _whole(pages, doors.clerk, guard)
    _fields(pages, doors.clerk, guard)
    _around(pages, doors.clerk, guard)
    _files(pages, doors.clerk, guard, doors.settings.max_upload_bytes)


def _whole(pages: APIRouter, door: ClerkDoor, guard: Gate) -> None:
    @pages.get("/cases/{case_id}")
    def case(request: Request, case_id: str, seat: Seat = Depends(guard.seat)) -> Response:
        return _whole_page(request, seat, "case.html", door.case(seat.person, case_id))

    @pages.get("/cases/{case_id}/progress")
    def progress(request: Request, case_id: str, seat: Seat = Depends(guard.seat)) -> Response:
        return _whole_page(request, seat, "progress.html", door.case(seat.person, case_id))

    @pages.post("/cases/{case_id}/act")
    def act(request: Request, case_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.act(
            posted.seat.person,
            case_id,
            posted.text("action"),
            reason=_reason(posted),
            promise=posted.text("promise") == "yes",
            defects=posted.texts("defect"),
        )
        return look.go(request, f"/cases/{case_id}")


def _fields(pages: APIRouter, door: ClerkDoor, guard: Gate) -> None:
    @pages.get("/cases/{case_id}/fields/{key}")
    def field(case_id: str, key: str, seat: Seat = Depends(guard.seat)) -> Response:
        return fragment(door.case(seat.person, case_id), seat, door.field(seat.person, case_id, key))

    @pages.post("/cases/{case_id}/fields/{key}")
    def set_field(request: Request, case_id: str, key: str, posted: Posted = Depends(guard.posted)) -> Response:
        value = _value(door, posted, case_id, key)
        return _changed(
            request,
            door,
            posted,
            (case_id, key),
            lambda: door.set_field(posted.seat.person, case_id, key, value, _reason(posted)),
        )

    @pages.post("/cases/{case_id}/fields/{key}/override")
    def override(request: Request, case_id: str, key: str, posted: Posted = Depends(guard.posted)) -> Response:
        value = _value(door, posted, case_id, key)
        return _changed(
            request, door, posted, (case_id, key),
            lambda: door.override_field(posted.seat.person, case_id, key, value, _reason(posted)),
        )  # fmt: skip

    @pages.post("/cases/{case_id}/fields/{key}/resolve")
    def resolve(request: Request, case_id: str, key: str, posted: Posted = Depends(guard.posted)) -> Response:
        return _changed(
            request, door, posted, (case_id, key),
            lambda: door.resolve(posted.seat.person, case_id, key, posted.text("which"), _reason(posted)),
        )  # fmt: skip

    @pages.post("/cases/{case_id}/fields/{key}/confirm")
    def confirm(request: Request, case_id: str, key: str, posted: Posted = Depends(guard.posted)) -> Response:
        return _changed(
            request, door, posted, (case_id, key), lambda: door.confirm_field(posted.seat.person, case_id, key)
        )


def _around(pages: APIRouter, door: ClerkDoor, guard: Gate) -> None:
    @pages.post("/cases/{case_id}/queries/{query_id}")
    def query_way(request: Request, case_id: str, query_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        candidate = number(posted.text("candidate"))
        door.query_way(posted.seat.person, case_id, query_id, posted.text("way"), candidate, _reason(posted))
        return _moved(request, door, posted, case_id)

    @pages.post("/cases/{case_id}/materials/{code}")
    def material_way(request: Request, case_id: str, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.material_way(posted.seat.person, case_id, code, posted.text("way"), _reason(posted))
        return _moved(request, door, posted, case_id)


def _files(pages: APIRouter, door: ClerkDoor, guard: Gate, limit: int) -> None:
    @pages.get("/cases/{case_id}/materials/{code}/file")
    def material_file(case_id: str, code: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.file(seat.person, case_id, code))

    @pages.post("/cases/{case_id}/materials/{code}/file")
    async def upload(request: Request, case_id: str, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        file = posted.upload("file")
        body = await file.read(limit + 1)
        if len(body) > limit:
            raise BadInput(f"文件超过 {limit // 1_000_000} MB。请压缩或分开扫描后再上传。", {"file": "文件太大"})
        name, kind = harmless_name(file.filename or "") or code, file.content_type or "application/octet-stream"
        await run_in_threadpool(door.upload, posted.seat.person, case_id, code, name, kind, body)
        return await run_in_threadpool(_moved, request, door, posted, case_id)


def _whole_page(request: Request, seat: Seat, template: str, case: CaseView) -> Response:
    values = {key: value for key, value in case_values(case, seat).items() if key != "seat"}
    return look.page(request, seat, template, **values)


def _value(door: ClerkDoor, posted: Posted, case_id: str, key: str) -> str:
    """What was typed or ticked, as the form holds it: days with hyphens, several codes with commas."""
    kind = door.field(posted.seat.person, case_id, key).type
    if kind == "codes":
        return ",".join(posted.texts("value"))
    value = posted.text("value")
    return wording.typed_date(value) if kind == "date" else value


def _reason(posted: Posted) -> str:
    return wording.reason(posted.text("picked"), posted.text("written"))


def _moved(request: Request, door: ClerkDoor, posted: Posted, case_id: str) -> Response:
    """After a step beside the form: the moving parts, or the page again where no script runs."""
    if not look.is_swap(request):
        return look.go(request, f"/cases/{case_id}")
    return HTMLResponse(parts(door.case(posted.seat.person, case_id), posted.seat))


def _changed(
    request: Request, door: ClerkDoor, posted: Posted, where: tuple[str, str], step: Callable[[], None]
) -> Response:
    """After a step on one field: that field as it stands, or with its mistake and what was typed."""
    case_id, key = where
    person = posted.seat.person
    mistake = ""
    try:
        step()
    except BadInput as refused:
        if not look.is_swap(request):
            raise
        mistake = refused.fields.get(key) or str(refused)
    if not look.is_swap(request):
        return look.go(request, f"/cases/{case_id}#{wording.dom_id('f', key)}")
    field = door.field(person, case_id, key)
    if mistake:
        field = replace(field, mistake=mistake, value=",".join(posted.texts("value")) or field.value)
    return fragment(door.case(person, case_id), posted.seat, field, 422 if mistake else 200)
