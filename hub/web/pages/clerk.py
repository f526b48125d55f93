"""The clerk's lists, opening a case, notices, filings. The case itself is in `casework`, its live part in `live`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter, Depends
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.cases.views import OpeningView
from hub.errors import BadInput
from hub.web import drawing, look
from hub.web.caseparts import file_answer, waits
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.web.numbers import PageNumber

TYPED_FIELDS = ("identifier", "name", "phone")
PARTY_FIELDS = (*TYPED_FIELDS, "proof")
OPENING_BOX = drawing.Size(width=176, height=44, across=44)


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    _lists(pages, doors, guard)
    _opening(pages, doors, guard)
    _notices(pages, doors, guard)


def _lists(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.clerk

    @pages.get("/desk")
    def desk(
        request: Request, q: str = "", state: str = "", page: PageNumber = 1, seat: Seat = Depends(guard.seat)
    ) -> Response:
        rows, more = door.work_list(seat.person, q.strip(), state, max(page, 1))
        return look.page(
            request, seat, "desk.html",
            matters=door.matters(seat.person), rows=rows, more=more, q=q, state=state, number=max(page, 1),
            filings=len(door.filings(seat.person)),
        )  # fmt: skip

    @pages.get("/filings")
    def filings(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "filings.html", rows=door.filings(seat.person))

    @pages.post("/filings/{filing_id}/take")
    def take(request: Request, filing_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        return look.go(request, f"/cases/{door.take_filing(posted.seat.person, filing_id)}")


def _opening(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.clerk

    @pages.get("/matters/{code}/open")
    def opening(request: Request, code: str, seat: Seat = Depends(guard.seat)) -> Response:
        view = door.opening(seat.person, code, answers_of(request.query_params))
        return look.page(request, seat, "open.html", **opening_values(view, doors.now().isoformat()))

    @pages.post("/matters/{code}/choices")
    def choose(request: Request, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        """The page's parts for an answer or item just chosen, with all that was typed; posted, as it holds ID numbers."""
        view = door.opening(posted.seat.person, code, posted.below("answer."), left_out(posted))
        values = opening_values(view, posted.text("key"), typed_parties(view, posted))
        return HTMLResponse(look.html("open/_again.html", **values))

    @pages.post("/matters/{code}/open")
    def open_case(request: Request, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        person, answers = posted.seat.person, posted.below("answer.")
        view = door.opening(person, code, answers, left_out(posted))
        parties, key, delivery = typed_parties(view, posted), posted.text("key"), posted.text("delivery")
        try:
            case_id = door.open_case(
                person, code, answers, posted.texts("item"), parties, key, delivery or "electronic"
            )  # fmt: skip
        except BadInput as mistake:
            values = opening_values(view, key, parties, delivery, mistake)
            return look.at(422, look.page(request, posted.seat, "open.html", **values))
        return look.go(request, f"/cases/{case_id}")


def answers_of(pairs: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix("answer."): value for key, value in pairs.items() if key.startswith("answer.")}


def left_out(posted: Posted) -> set[str]:
    """Items that were on the page (`shown`) and are not ticked; one that an answer just brought up is not among them."""
    return set(posted.texts("shown")) - set(posted.texts("item"))


def typed_parties(view: OpeningView, posted: Posted) -> dict[str, dict[str, str]]:
    """What was typed about each role; a role of which nothing was typed is left out."""
    typed = {
        role.code: {field: posted.text(f"party.{role.code}.{field}") for field in PARTY_FIELDS} for role in view.roles
    }
    return {role: said for role, said in typed.items() if any(said[field] for field in TYPED_FIELDS)}


def opening_values(
    view: OpeningView,
    key: str,
    parties: Mapping[str, Mapping[str, str]] | None = None,
    delivery: str = "",
    mistake: BadInput | None = None,
) -> dict[str, object]:
    """What the opening page shows. `key` makes a repeated post the same case."""
    picked = tuple(one for one in view.items if one.chosen)
    return {
        "view": view,
        "typed": parties or {},
        "delivery": delivery or next((one.code for one in view.deliveries), ""),
        "mistakes": mistake.fields if mistake else {},
        "message": str(mistake or ""),
        "key": key,
        "flow": drawing.flow(waits(picked), OPENING_BOX),
        "box": OPENING_BOX,
    }


def _notices(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.clerk

    @pages.get("/cases/{case_id}/certificates/{item}")
    def certificate(request: Request, case_id: str, item: str, seat: Seat = Depends(guard.seat)) -> Response:
        nonce = request.state.nonce
        sheet = door.certificate_page(seat.person, case_id, item, nonce)
        bar = look.html("certificate_bar.html", nonce=nonce, back=f"/cases/{case_id}")
        return HTMLResponse(sheet.replace("<body>", f"<body>{bar}", 1))

    @pages.get("/cases/{case_id}/certificates/{item}/file")
    def certificate_file(case_id: str, item: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.certificate(seat.person, case_id, item))

    @pages.get("/cases/{case_id}/certificates/{item}/files/{kind}")
    def certificate_kind(case_id: str, item: str, kind: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.certificate_file(seat.person, case_id, item, kind))

    @pages.get("/notices/{notice_id}")
    def notice(request: Request, notice_id: str, seat: Seat = Depends(guard.seat)) -> Response:
        values = notice_values(door.notice(seat.person, notice_id, False))
        return look.page(request, seat, "notice.html", notice_id=notice_id, printing=False, **values)

    @pages.post("/notices/{notice_id}/print")
    def print_notice(request: Request, notice_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        """Counts the print first: a sheet that left the printer uncounted is worse than a count without a sheet."""
        values = notice_values(door.notice(posted.seat.person, notice_id, True))
        return look.page(request, posted.seat, "notice.html", notice_id=notice_id, printing=True, **values)


def notice_values(body: str) -> dict[str, object]:
    """The frozen document, and its own first heading for the window's title."""
    heading = re.search(r"<h[12][^>]*>([^<]+)</h[12]>", body)
    return {"body": Markup(body), "heading": Markup(heading[1]) if heading else "文书"}
