"""Asking through the hub, for departments' systems: in a case of their own, for its purpose, under a grant. The doorway decides and records."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from adapters.contract import Document
from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.shapes import Named
from hub.api.shapes_exchange import DocumentOut, ExchangeIn, ExchangeOut, ExchangePending, Keys
from hub.wiring.collecting import Ticket
from hub.wiring.sharing import Question, Told

PENDING = TypeAdapter(ExchangePending)
LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": ExchangePending, "description": "It comes later, under this number."}
}


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.sharing

    @api.get("/keys", tags=["entrance"], operation_id="hub_keys")
    def hub_keys() -> Keys:
        """The public keys that sign answers to systems, as a JWK set. Compare them with what the operator gave you."""
        return Keys(keys=tuple([doors.answer_key.jwk()] if doors.answer_key else []))

    @api.post(
        "/exchange/{resource}",
        tags=["departments"],
        operation_id="ask_resource",
        response_model=ExchangeOut,
        responses=LATER,
    )
    async def ask_resource(p: Caller, resource: Named, given: ExchangeIn) -> ExchangeOut | Response:
        """Ask a resource about a person or firm of one's own item case. Both the question and what it came to are in the sharing log.

        202: the department's system answers later, under the number that is given."""
        question = Question(
            given.purpose, given.case, given.subject, given.handler, tuple(given.fields), given.document
        )
        return _answer(await door.ask(p, resource, question))

    @api.get(
        "/exchange/requests/{number}",
        tags=["departments"],
        operation_id="collect_answer",
        response_model=ExchangeOut,
        responses=LATER,
    )
    async def collect_answer(p: Caller, number: Named) -> ExchangeOut | Response:
        """Collect the answer to a question of one's own that was to come later. 202: it has not come yet."""
        return _answer(await door.collect(p, number))


def _answer(told: Told | Ticket) -> ExchangeOut | Response:
    if isinstance(told, Ticket):
        collect = f"/api/v1/exchange/requests/{told.id}"
        body = PENDING.dump_json(ExchangePending(outcome="pending", collect=collect, **vars(told)))
        return Response(body, 202, {"Retry-After": str(told.retry_after), "Location": collect}, "application/json")
    documents = tuple(_document(one) for one in told.documents)
    return ExchangeOut(**{**vars(told), "documents": documents})


def _document(document: Document) -> DocumentOut:
    return DocumentOut(
        name=document.name,
        media_type=document.media_type,
        sha256=hashlib.sha256(document.body).hexdigest(),
        content=base64.b64encode(document.body).decode(),
    )
