"""The operator's routes: queue, stopped streams, departments, nodes, accounts. They show no person's facts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.shapes import Named, ReasonIn
from hub.wiring.listings import AccountRow, OverviewView


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.operator

    @api.get("/operations", tags=["operations"], operation_id="operations_overview")
    def operations_overview(p: Caller) -> OverviewView:
        """Queue, dead work, departments, log, disk, migrations, nodes."""
        return door.overview(p)

    @api.get("/operations/accounts", tags=["operations"], operation_id="list_accounts")
    def list_accounts(p: Caller) -> tuple[AccountRow, ...]:
        """The accounts of people."""
        return door.accounts(p)

    @api.post("/operations/work/{work_id}/retry", tags=["operations"], operation_id="retry_work", status_code=204)
    def retry_work(p: Caller, work_id: Named) -> Response:
        """Try dead work again; its stream goes on when it succeeds."""
        door.retry(p, work_id)
        return Response(status_code=204)

    @api.post("/operations/work/{work_id}/skip", tags=["operations"], operation_id="skip_work", status_code=204)
    def skip_work(p: Caller, work_id: Named, given: ReasonIn) -> Response:
        """Leave dead work undone, with a reason; its stream goes on."""
        door.skip(p, work_id, given.reason)
        return Response(status_code=204)
