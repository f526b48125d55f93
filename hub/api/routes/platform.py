"""What the platform gives and asks: online filings, withdrawals, states of items (X-01). A clerk makes the case."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.shapes import CaseStatesOut, FilingIn, ItemCaseOut, Named, ReasonIn
from hub.wiring.systems import Filing, FilingState


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.platform

    @api.post("/filings", tags=["platform"], operation_id="file", status_code=201)
    def file(p: Caller, given: FilingIn, key: CallKey, response: Response) -> FilingState:
        """Hand in an online filing; a clerk answers within two hours."""
        plain = Filing(
            matter=given.matter,
            answers=given.answers,
            chosen=tuple(given.chosen),
            parties=given.plain_parties(),
            delivery=given.delivery,
            values=given.values,
        )
        state = door.file(p, key, plain)
        response.headers["Location"] = f"/api/v1/filings/{state.id}"
        return state

    @api.get("/filings/{filing_id}", tags=["platform"], operation_id="get_filing")
    def get_filing(p: Caller, filing_id: Named) -> FilingState:
        """What became of a filing."""
        return door.filing(p, filing_id)

    @api.post("/filings/{filing_id}/withdrawal", tags=["platform"], operation_id="withdraw_filing")
    def withdraw_filing(p: Caller, filing_id: Named, given: ReasonIn, key: CallKey) -> FilingState:
        """Take a filing back, as far as nothing is decided."""
        return door.withdraw(p, filing_id, key, given.reason)

    @api.get("/case-states/{case_no}", tags=["platform"], operation_id="get_case_states")
    def get_case_states(p: Caller, case_no: Named) -> CaseStatesOut:
        """The state of every item of a case."""
        return CaseStatesOut(case_no, tuple(ItemCaseOut.of(item) for item in door.case(p, case_no)))
