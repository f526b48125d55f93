"""The public progress page: a case number and four characters open it. It shows nothing of anybody else and needs no login.

Files of the applicant's certificates need the holder's whole number besides.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.errors import HubError, NotNow, NotThere
from hub.web import look
from hub.web.caseparts import file_answer
from hub.web.doors import Doors
from hub.web.gate import Gate
from hub.web.posting import form_of


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    @pages.get("/progress")
    def ask(request: Request) -> Response:
        return _page(request, doors, "")

    @pages.post("/progress")
    async def progress(request: Request) -> Response:
        """By POST, so that the four characters stay out of addresses and logs. It changes nothing, so it needs no word."""
        async with form_of(request, 2_000, fields=5) as form:
            number, code = (str(form.get(name, "")).strip().upper() for name in ("case_no", "code"))
        try:
            view = await run_in_threadpool(doors.applicant.progress, number, code, _source(request))
        except (NotThere, NotNow) as refused:
            return asked_again(request, doors, number, refused)
        return _page(request, doors, number, view, code)

    @pages.post("/progress/files")
    async def certificate(request: Request) -> Response:
        """A file of the applicant's certificate; `file` is the item and the kind, as its button says."""
        async with form_of(request, 2_000, fields=5) as form:
            number, code, holder = (str(form.get(name, "")).strip().upper() for name in ("case_no", "code", "holder"))
            item, _, kind = str(form.get("file", "")).partition(" ")
        asked = OwnFile(number, code, holder, item, kind)
        try:
            return file_answer(await run_in_threadpool(doors.applicant.certificate_file, asked, _source(request)))
        except (NotThere, NotNow) as refused:
            return asked_again(request, doors, number, refused)


def asked_again(request: Request, doors: Doors, number: str, refused: HubError) -> Response:
    """The page as it begins, with why nothing else is shown."""
    return _page(request, doors, number, mistake=str(refused), status=refused.status)


def _source(request: Request) -> str:
    return request.client.host if request.client else ""


def _page(
    request: Request,
    doors: Doors,
    number: str,
    view: ApplicantView | None = None,
    code: str = "",
    mistake: str = "",
    status: int = 200,
) -> Response:
    values = {"view": view, "case_no": number, "code": code, "mistake": mistake, "settings": doors.settings}
    return look.at(status, look.page(request, None, "applicant.html", **values))
