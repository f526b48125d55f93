"""Links that show chosen claims of a certificate: opened by anybody, made and revoked at the window; and the issuers' keys. They decide nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from certificates.compact.sdjwt import MEDIA_TYPE
from hub.errors import BadInput, HubError
from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted
from hub.web.pages.registry import one_page
from hub.wiring.shared_views import LinkAsked

OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
GIVEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Content-Disposition": "attachment; filename=certificate.sd-jwt"}  # fmt: skip


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door, one = doors.certificate_links, "/certificates/{certificate_id}/links"

    @pages.get("/p/{text}")
    def opened(request: Request, text: str) -> Response:
        source = request.client.host if request.client else ""
        try:
            return Response(door.open(text, source), media_type=MEDIA_TYPE, headers=GIVEN)
        except HubError as refused:
            if "text/html" in request.headers.get("accept", ""):
                raise
            return JSONResponse({"code": refused.code, "message": str(refused)}, refused.status, headers=GIVEN)

    @pages.get("/.well-known/jwt-vc-issuer/i/{code}")
    def issuer(code: str) -> Response:
        return JSONResponse(dict(door.issuer(code)), headers=OPEN)

    @pages.get("/i/{code}/jwks.json")
    def jwks(code: str) -> Response:
        return JSONResponse(dict(door.jwks(code)), media_type="application/jwk-set+json", headers=OPEN)

    @pages.post(one)
    def make(request: Request, certificate_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        seat = posted.seat
        try:
            made = door.make(seat.person, certificate_id, _asked(doors, posted))
        except BadInput as mistake:
            return look.at(422, one_page(request, doors, seat, certificate_id, mistake))
        return one_page(request, doors, seat, certificate_id, link=made.link)

    @pages.post(one + "/{link_id}/revocation")
    def revoke(request: Request, certificate_id: str, link_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        door.revoke(posted.seat.person, certificate_id, link_id)
        return look.go(request, f"/certificates/{certificate_id}")


def _asked(doors: Doors, posted: Posted) -> LinkAsked:
    """As the page's form says it: the key was made with the page, so a second click is the same link."""
    shown = tuple(name for name, value in posted.below("show.").items() if value)
    days, times = _number(posted.text("days")), _number(posted.text("times"))
    until = _page_of(posted.text("made"), doors.now()) + timedelta(days=days)
    return LinkAsked(posted.text("case_no"), shown, posted.text("purpose"), until, times, posted.key("link"))


def _page_of(made: str, now: datetime) -> datetime:
    """When the page was made: from then the days are counted, so that a second click asks for the same. One that is not of today counts from now."""
    try:
        at = datetime.fromisoformat(made)
    except ValueError:
        return now
    return at if at.tzinfo is not None and timedelta() <= now - at < timedelta(hours=12) else now


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
