"""The clerk's routes: matters, cases, fields, queries, materials, notices, filings. They decide nothing about a case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.routes.files import FILE_ANSWER, file_answer, file_of
from hub.api.shapes import (
    CaseActionIn,
    CaseIn,
    CaseList,
    CaseOut,
    CaseQuery,
    FeedOut,
    MaterialWayIn,
    Named,
    NoticeOut,
    OverrideIn,
    PreviewIn,
    QueryWayIn,
    ResolutionIn,
    ValueIn,
)
from hub.cases.views import CaseView, FieldView, MatterCard, OpeningView
from hub.wiring.doors import ClerkDoor
from hub.wiring.listings import FilingRow


def add(api: APIRouter, doors: ApiDoors) -> None:
    _opening(api, doors.clerk)
    _cases(api, doors.clerk)
    _fields(api, doors.clerk)
    _materials(api, doors.clerk)
    _desk(api, doors.clerk)


def _opening(api: APIRouter, door: ClerkDoor) -> None:
    @api.get("/matters", tags=["cases"], operation_id="list_matters")
    def list_matters(p: Caller) -> tuple[MatterCard, ...]:
        """The matters that this counter takes."""
        return door.matters(p)

    @api.post("/openings", tags=["cases"], operation_id="preview_opening")
    def preview_opening(p: Caller, given: PreviewIn) -> OpeningView:
        """What opening a matter with these answers asks for: items, roles, materials, further questions. It keeps nothing."""
        return door.opening(p, given.matter, given.answers, given.left_out)

    @api.post("/cases", tags=["cases"], operation_id="open_case", status_code=201)
    def open_case(p: Caller, given: CaseIn, key: CallKey, response: Response) -> CaseOut:
        """Open a case; the hub begins to ask the departments at once."""
        case_id = door.open_case(
            p,
            given.matter,
            given.answers,
            tuple(given.chosen),
            given.plain_parties(),
            key,
            given.delivery.get("way", ""),
        )
        response.headers["Location"] = f"/api/v1/cases/{case_id}"
        return CaseOut(case_id)


def _cases(api: APIRouter, door: ClerkDoor) -> None:
    @api.get("/cases", tags=["cases"], operation_id="list_cases")
    def list_cases(p: Caller, asked: Annotated[CaseQuery, Query()]) -> CaseList:
        """One page of the work list."""
        return CaseList(*door.work_list(p, asked.q, asked.state, asked.page))

    @api.get("/cases/{case_id}", tags=["cases"], operation_id="get_case")
    def get_case(p: Caller, case_id: Named) -> CaseView:
        """The whole case: form with provenance, queries, materials, items, notices, events, open actions."""
        return door.case(p, case_id)

    @api.get("/cases/{case_id}/feed", tags=["cases"], operation_id="case_feed")
    def case_feed(p: Caller, case_id: Named, after: Annotated[int, Query(ge=0, le=1 << 53)] = 0) -> FeedOut:
        """What changed after a number; it shows no value. Ask on with `after=last`."""
        rows = door.feed(p, case_id, after)
        return FeedOut(rows, rows[-1].no if rows else after)

    @api.post("/cases/{case_id}/actions", tags=["cases"], operation_id="act_on_case", status_code=204)
    def act_on_case(p: Caller, case_id: Named, given: CaseActionIn) -> Response:
        """Take one of the case's open actions."""
        door.act(p, case_id, given.action, given.reason, given.promise, tuple(given.defects))
        return Response(status_code=204)

    @api.post("/cases/{case_id}/queries/{query_id}/ways", tags=["cases"], operation_id="go_on_from_query", status_code=204)  # fmt: skip
    def go_on_from_query(p: Caller, case_id: Named, query_id: Named, given: QueryWayIn) -> Response:
        """Take one of the ways on from a query's outcome: retry, choose, ask for the paper, go on with a reason."""
        door.query_way(p, case_id, query_id, given.way, given.candidate, given.reason)
        return Response(status_code=204)


def _fields(api: APIRouter, door: ClerkDoor) -> None:
    @api.get("/cases/{case_id}/fields/{key}", tags=["fields"], operation_id="get_field")
    def get_field(p: Caller, case_id: Named, key: Named) -> FieldView:
        """One field with where its value came from."""
        return door.field(p, case_id, key)

    @api.put("/cases/{case_id}/fields/{key}", tags=["fields"], operation_id="set_field")
    def set_field(p: Caller, case_id: Named, key: Named, given: ValueIn) -> FieldView:
        """Put a value into a field that is not locked; gives the field as it stands then."""
        door.set_field(p, case_id, key, given.value, given.reason)
        return door.field(p, case_id, key)

    @api.post("/cases/{case_id}/fields/{key}/override", tags=["fields"], operation_id="override_field")
    def override_field(p: Caller, case_id: Named, key: Named, given: OverrideIn) -> FieldView:
        """Replace a department's value; old value, who and why are kept."""
        door.override_field(p, case_id, key, given.value, given.reason)
        return door.field(p, case_id, key)

    @api.post("/cases/{case_id}/fields/{key}/resolution", tags=["fields"], operation_id="resolve_conflict")
    def resolve_conflict(p: Caller, case_id: Named, key: Named, given: ResolutionIn) -> FieldView:
        """Settle a conflict between two sources, with a reason."""
        door.resolve(p, case_id, key, given.which, given.reason)
        return door.field(p, case_id, key)

    @api.post("/cases/{case_id}/fields/{key}/confirmation", tags=["fields"], operation_id="confirm_field")
    def confirm_field(p: Caller, case_id: Named, key: Named) -> FieldView:
        """Confirm a value that was filled in."""
        door.confirm_field(p, case_id, key)
        return door.field(p, case_id, key)


def _materials(api: APIRouter, door: ClerkDoor) -> None:
    path = "/cases/{case_id}/materials/{code}"

    @api.get(path, tags=["materials"], operation_id="get_material_file", response_class=Response, responses=FILE_ANSWER)
    def get_material_file(p: Caller, case_id: Named, code: Named) -> Response:
        """The material's file."""
        return file_answer(door.file(p, case_id, code))

    @api.put(path, tags=["materials"], operation_id="put_material_file", status_code=204)
    async def put_material_file(request: Request, p: Caller, case_id: Named, code: Named) -> Response:
        """Add a material as a file: the body is the file, Content-Type its kind, Content-Disposition its name."""
        name, kind, body = await file_of(request)
        await run_in_threadpool(door.upload, p, case_id, code, name, kind, body)
        return Response(status_code=204)

    @api.post(path + "/ways", tags=["materials"], operation_id="go_on_without_material", status_code=204)
    def go_on_without_material(p: Caller, case_id: Named, code: Named, given: MaterialWayIn) -> Response:
        """Defer the material, take a promise for it, or remove its file."""
        door.material_way(p, case_id, code, given.way, given.reason)
        return Response(status_code=204)


def _desk(api: APIRouter, door: ClerkDoor) -> None:
    @api.get("/cases/{case_id}/certificates/{item}", tags=["cases"], operation_id="get_certificate", response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_certificate(p: Caller, case_id: Named, item: Named) -> Response:
        """The signed certificate of one item, as any verifier takes it."""
        return file_answer(door.certificate(p, case_id, item))

    @api.get("/cases/{case_id}/certificates/{item}/files/{kind}", tags=["cases"], operation_id="get_certificate_file",
             response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_certificate_file(p: Caller, case_id: Named, item: Named, kind: Named) -> Response:
        """One file of a certificate signed here: ofd, pdf, png, ycert, credential."""
        return file_answer(door.certificate_file(p, case_id, item, kind))

    @api.get("/notices/{notice_id}", tags=["notices"], operation_id="get_notice")
    def get_notice(p: Caller, notice_id: Named) -> NoticeOut:
        """The frozen document."""
        return NoticeOut(notice_id, door.notice(p, notice_id, False))

    @api.post("/notices/{notice_id}/prints", tags=["notices"], operation_id="print_notice")
    def print_notice(p: Caller, notice_id: Named) -> NoticeOut:
        """The frozen document for printing; the print is counted first."""
        return NoticeOut(notice_id, door.notice(p, notice_id, True))

    @api.get("/filings", tags=["filings"], operation_id="list_filings")
    def list_filings(p: Caller) -> tuple[FilingRow, ...]:
        """Online filings that wait for a clerk."""
        return door.filings(p)

    @api.post("/filings/{filing_id}/case", tags=["filings"], operation_id="take_filing", status_code=201)
    def take_filing(p: Caller, filing_id: Named, response: Response) -> CaseOut:
        """Make a case of an online filing."""
        case_id = door.take_filing(p, filing_id)
        response.headers["Location"] = f"/api/v1/cases/{case_id}"
        return CaseOut(case_id)
