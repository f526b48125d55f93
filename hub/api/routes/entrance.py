"""Logging in and out, and the public progress look. It checks no password itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.routes.files import FILE_ANSWER, file_answer
from hub.api.shapes import Claim, Code, LoginIn, OwnFileIn, PersonOut, ProgressIn, SessionOut
from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.wiring.showing import ShownCode


class OwnShowingIn(ProgressIn):
    """`holder` and `item` as for a file; `shown`: names or labels of the claims that the code shows, the rest hidden."""

    holder: Annotated[str, Field(min_length=1, max_length=40, repr=False)]
    item: Code
    shown: Annotated[tuple[Claim, ...], Field(max_length=60)]


def add(api: APIRouter, doors: ApiDoors) -> None:
    @api.post("/session", tags=["session"], operation_id="log_in", status_code=201)
    def log_in(given: LoginIn) -> SessionOut:
        """Log in as a person."""
        now = doors.now()
        token, person = doors.session.login(given.username, given.password, now)
        until = now + timedelta(minutes=doors.settings.session_minutes)
        return SessionOut(token, until, tuple(sorted(person.roles)), person.organisation, person.region)

    @api.get("/session", tags=["session"], operation_id="who_am_i")
    def who_am_i(person: Caller) -> PersonOut:
        """Whose session this is."""
        return PersonOut(person.name, tuple(sorted(person.roles)), person.organisation, person.region)

    @api.delete("/session", tags=["session"], operation_id="log_out", status_code=204)
    def log_out(request: Request) -> Response:
        """Log out: the token is worth nothing from now on."""
        doors.session.logout(request.headers["authorization"].partition(" ")[2].strip(), doors.now())
        return Response(status_code=204)

    @api.post("/progress", tags=["progress"], operation_id="progress")
    def progress(request: Request, given: ProgressIn) -> ApplicantView:
        """An applicant's look at their own case. By POST, so that the four characters stay out of addresses and logs."""
        source = request.client.host if request.client else ""
        return doors.applicant.progress(given.case_no.strip().upper(), given.code.upper(), source)

    @api.post("/progress/files", tags=["progress"], operation_id="get_own_certificate_file",
              response_class=Response, responses=FILE_ANSWER)  # fmt: skip
    def get_own_certificate_file(request: Request, given: OwnFileIn) -> Response:
        """A file of the applicant's own certificate, for who also knows the holder's whole number."""
        source = request.client.host if request.client else ""
        asked = OwnFile(given.case_no, given.code, given.holder, given.item, given.kind)
        return file_answer(doors.applicant.certificate_file(asked, source))

    @api.post("/progress/showings", tags=["progress"], operation_id="show_own_certificate_by_code")
    def show_own_certificate_by_code(request: Request, given: OwnShowingIn) -> ShownCode:
        """The text of a QR code that shows these claims of the applicant's own certificate and hides the rest."""
        source = request.client.host if request.client else ""
        asked = OwnFile(given.case_no, given.code, given.holder, given.item, "")
        return doors.applicant.show(asked, given.shown, source)
