"""The registry 证照库 for people and departments' systems: searched, looked at, acted on. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StrictInt
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.routes.files import FILE_ANSWER, file_answer
from hub.api.shapes import Code, ListQuery, Named, Reason, Shape, Values, Word
from hub.registry.renewing import Wish
from hub.registry.rows import Wanted
from hub.wiring.annotated import CopyAsked
from hub.wiring.registry import ActAsked
from hub.wiring.registry_views import CertificateRow, CertificateView, CopyRow


class CertificateQuery(ListQuery):
    """`number`: a whole identifier or certificate number."""

    number: Word = ""
    type: Word = ""
    status: Word = ""


class HolderIn(Shape):
    """Whose certificates: an ID number or credit code. The window says in which case that holder is proven."""

    holder: Annotated[str, Field(min_length=1, max_length=40, repr=False)]
    case_no: Word = ""


class ActIn(Shape):
    """An act on a recorded decision. `valid_to` is for renew, `values` (KZ name or holder_name → text) for change."""

    act: Code
    reason: Reason
    decision: Word
    revision: StrictInt | None = None
    valid_to: date | None = None
    values: Annotated[Values, Field(repr=False)] = Field(default_factory=dict)


class CopyIn(Shape):
    purpose: Annotated[str, Field(min_length=1, max_length=60, repr=False)]
    expires_on: date
    case_no: Word = ""
    form: Literal["pdf", "ofd", "png"] = "pdf"


BYTES: dict[str, Any] = {
    "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@dataclass(frozen=True)
class CertificateList:
    rows: tuple[CertificateRow, ...]
    more: bool


def add(api: APIRouter, doors: ApiDoors) -> None:
    door, one = doors.registry, "/certificates/{certificate_id}"

    @api.get("/certificates", tags=["certificates"], operation_id="list_certificates")
    def list_certificates(p: Caller, asked: Annotated[CertificateQuery, Query()]) -> CertificateList:
        """One page of the registry, newest first: a reviewer's own authority's, for the window all. No holder is shown."""
        return CertificateList(*door.search(p, Wanted(asked.number, asked.type, asked.status), asked.page))

    @api.post("/certificates/searches", tags=["certificates"], operation_id="find_certificates_of_holder")
    def find_certificates_of_holder(p: Caller, given: HolderIn) -> CertificateList:
        """Every certificate of one holder. By POST, so that the number stays out of addresses and logs."""
        return CertificateList(door.of_holder(p, given.holder, given.case_no), more=False)

    @api.post("/certificates/imports", tags=["certificates"], operation_id="import_certificate", openapi_extra=BYTES)
    async def import_certificate(p: Caller, request: Request) -> CertificateRow:
        """Take in a certificate that another system issued: its file as the body. Verified first, graded, never signed again."""
        row, _ = await run_in_threadpool(door.take_in, p, await request.body())
        return row

    @api.get(one, tags=["certificates"], operation_id="get_registered_certificate")
    def get_registered_certificate(p: Caller, certificate_id: Named) -> CertificateView:
        """One version with its others, its acts and its files."""
        return door.certificate(p, certificate_id)

    @api.get(one + "/files/{kind}", tags=["certificates"], operation_id="get_registered_file",
             response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_registered_file(p: Caller, certificate_id: Named, kind: Named) -> Response:
        """One of its files: ofd, pdf, png, ycert, credential."""
        return file_answer(door.file(p, certificate_id, kind))

    @api.post(one + "/acts", tags=["certificates"], operation_id="act_on_certificate")
    def act_on_certificate(p: Caller, certificate_id: Named, given: ActIn, key: CallKey) -> CertificateRow:
        """Renew, change, suspend, resume, withdraw, cancel, revoke or transfer, on a decision of the issuing authority."""
        wish = Wish(given.valid_to, given.values)
        return door.act(p, certificate_id, ActAsked(given.act, given.reason, given.decision, key, given.revision, wish))

    @api.post(one + "/copies", tags=["certificates"], operation_id="copy_certificate")
    def copy_certificate(p: Caller, certificate_id: Named, given: CopyIn, key: CallKey) -> CopyRow:
        """Make an annotated copy (加注件) for one purpose, until a day, as PDF, OFD or PNG."""
        return door.copy(
            p, certificate_id, CopyAsked(given.purpose, given.expires_on, key, given.case_no, form=given.form)
        )

    @api.get(one + "/copies/{copy_id}", tags=["certificates"], operation_id="get_certificate_copy",
             response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_certificate_copy(p: Caller, certificate_id: Named, copy_id: Named) -> Response:
        """The copy's file, until its last day."""
        return file_answer(door.copy_file(p, certificate_id, copy_id))
