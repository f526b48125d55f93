"""Asking through the hub, for departments' systems: in a case of their own, for its purpose, under a grant. The doorway decides and records."""

from __future__ import annotations

import base64
import hashlib

from fastapi import APIRouter

from adapters.contract import Document
from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.shapes import Named
from hub.api.shapes_exchange import DocumentOut, ExchangeIn, ExchangeOut, Keys
from hub.wiring.sharing import Question


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.sharing

    @api.get("/keys", tags=["entrance"], operation_id="hub_keys")
    def hub_keys() -> Keys:
        """The public keys that sign answers to systems, as a JWK set. Compare them with what the operator gave you."""
        return Keys(keys=tuple([doors.answer_key.jwk()] if doors.answer_key else []))

    @api.post("/exchange/{resource}", tags=["departments"], operation_id="ask_resource")
    async def ask_resource(p: Caller, resource: Named, given: ExchangeIn) -> ExchangeOut:
        """Ask a resource about a person or firm of one's own item case. Both the question and what it came to are in the sharing log."""
        question = Question(
            given.purpose, given.case, given.subject, given.handler, tuple(given.fields), given.document
        )
        told = await door.ask(p, resource, question)
        documents = tuple(_document(one) for one in told.documents)
        return ExchangeOut(**{**vars(told), "documents": documents, "resource": resource})


def _document(document: Document) -> DocumentOut:
    return DocumentOut(
        name=document.name,
        media_type=document.media_type,
        sha256=hashlib.sha256(document.body).hexdigest(),
        content=base64.b64encode(document.body).decode(),
    )
