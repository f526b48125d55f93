"""The public page on which anybody has a certificate judged: a file, or the text of a scanned code. It keeps nothing and needs no login."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from certificates.checks import Report
from hub.errors import HubError
from hub.registry.grading import grade_of
from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate
from hub.web.posting import form_of
from hub.wiring.verification import LARGEST

OFFLINE = {
    # Everything is inside the page and may be kept as a file: it connects to nobody, and the camera is what it reads codes with.
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob:; "
    "media-src blob: mediastream:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "Content-Disposition": 'inline; filename="verify.html"',
}


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    @pages.get("/verify")
    def ask(request: Request) -> Response:
        return _page(request, doors)

    @pages.get("/verify/offline")
    def offline(request: Request) -> Response:
        return HTMLResponse(doors.verification.offline_page(), headers=OFFLINE)

    @pages.post("/verify")
    async def verify(request: Request) -> Response:
        """It changes nothing and belongs to nobody, so it needs no word of a session."""
        async with form_of(request, LARGEST, fields=5, files=1) as form:
            sent, code, holder = form.get("file"), str(form.get("code") or ""), str(form.get("holder") or "")
            file = await sent.read() if isinstance(sent, UploadFile) else b""
        source = request.client.host if request.client else ""
        try:
            report = await doors.verification.verify(file or code.strip().encode(), source, holder)
        except HubError as refused:
            return _page(request, doors, mistake=str(refused), status=refused.status)
        return _page(request, doors, report)


def _page(
    request: Request, doors: Doors, report: Report | None = None, mistake: str = "", status: int = 200
) -> Response:
    grade = grade_of(report, b"") if report is not None and report.ok else None
    values = {
        "report": report,
        "grade": grade,
        "mistake": mistake,
        "settings": doors.settings,
        "most": LARGEST // 1_000_000,
    }
    return look.at(status, look.page(request, None, "certificate_check.html", **values))
