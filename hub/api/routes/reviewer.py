"""The reviewer's routes: the inbox of a department without a system of its own. They decide nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.routes.files import FILE_ANSWER, file_answer
from hub.api.shapes import AnswerIn, InboxActionIn, InboxList, InboxQuery, Named
from hub.cases.views import InboxView


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.reviewer

    @api.get("/inbox", tags=["inbox"], operation_id="list_inbox")
    def list_inbox(p: Caller, asked: Annotated[InboxQuery, Query()]) -> InboxList:
        """One page of the department's inbox."""
        return InboxList(*door.inbox(p, asked.state, asked.page))

    @api.get("/inbox/{entry_id}", tags=["inbox"], operation_id="get_inbox_entry")
    def get_inbox_entry(p: Caller, entry_id: Named) -> InboxView:
        """A handover to decide or a question to answer, whole."""
        return door.entry(p, entry_id)

    @api.post("/inbox/{entry_id}/actions", tags=["inbox"], operation_id="act_on_inbox_entry", status_code=204)
    def act_on_inbox_entry(p: Caller, entry_id: Named, given: InboxActionIn) -> Response:
        """Take one of the entry's open actions: accept, refuse, decide …"""
        door.act(p, entry_id, given.action, given.reason, given.values)
        return Response(status_code=204)

    @api.post("/inbox/{entry_id}/answer", tags=["inbox"], operation_id="answer_question", status_code=204)
    def answer_question(p: Caller, entry_id: Named, given: AnswerIn) -> Response:
        """Answer a question about somebody: found with values, or no record."""
        door.answer(p, entry_id, given.found, given.values)
        return Response(status_code=204)

    @api.get("/inbox/{entry_id}/materials/{code}", tags=["inbox"], operation_id="get_inbox_file",
             response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_inbox_file(p: Caller, entry_id: Named, code: Named) -> Response:
        """A material's file, handed over with the entry."""
        return file_answer(door.file(p, entry_id, code))
