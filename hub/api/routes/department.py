"""What a department's system tells the hub of its item cases. Each report is taken once; the hub decides what follows."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.shapes import AcceptanceIn, DecisionIn, ItemCaseOut, Named, SpecialProcedureIn, TakenOut
from hub.wiring.reports import Acceptance, Decision, SpecialProcedure
from hub.wiring.systems import ReportTaken


def add(api: APIRouter, doors: ApiDoors) -> None:
    door, path = doors.department, "/item-cases/{item_no}"

    @api.get(path, tags=["departments"], operation_id="get_item_case")
    def get_item_case(p: Caller, item_no: Named) -> ItemCaseOut:
        """The state of one of the department's own item cases."""
        return ItemCaseOut.of(door.item_case(p, item_no))

    @api.post(path + "/acceptance", tags=["departments"], operation_id="report_acceptance")
    def report_acceptance(p: Caller, item_no: Named, given: AcceptanceIn, key: CallKey, response: Response) -> TakenOut:
        """受理, 不予受理 or 补正 (all defects at once), within one working day."""
        defects = tuple((defect.material, defect.reason) for defect in given.defects)
        report = Acceptance(given.result, given.reason, given.department_no, defects)
        return _taken(door.acceptance(p, item_no, key, report), response)

    @api.post(path + "/pre-review", tags=["departments"], operation_id="report_pre_review")
    def report_pre_review(p: Caller, item_no: Named, key: CallKey, response: Response) -> TakenOut:
        """容缺预审 is done: only the upstream item's result is missing."""
        return _taken(door.pre_review(p, item_no, key), response)

    @api.post(path + "/special-procedures", tags=["departments"], operation_id="report_special_procedure")
    def report_special_procedure(
        p: Caller, item_no: Named, given: SpecialProcedureIn, key: CallKey, response: Response
    ) -> TakenOut:
        """A special procedure begins (the clock stands) or ends. Of a declaration, 待缴款 is the wait for the applicant's payment."""
        report = SpecialProcedure(given.action, given.kind, given.name, given.reason, given.amount, given.pay_at)
        return _taken(door.special_procedure(p, item_no, key, report), response)

    @api.post(path + "/decision", tags=["departments"], operation_id="report_decision")
    def report_decision(p: Caller, item_no: Named, given: DecisionIn, key: CallKey, response: Response) -> TakenOut:
        """准予 or 不予许可, with number and reasons."""
        report = Decision(given.result, given.reason, given.decision_no, given.results)
        return _taken(door.decision(p, item_no, key, report), response)


def _taken(taken: ReportTaken, response: Response) -> TakenOut:
    if taken.again:
        response.headers["Idempotency-Replayed"] = "true"
    return TakenOut(taken.item_no, taken.state, taken.case_state)
