"""The inbox of a department without an interface (seed 000 二(二)2): handovers to decide, questions to answer. It decides nothing."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.cases.views import InboxView
from hub.errors import BadInput
from hub.web import look, wording
from hub.web.caseparts import file_answer
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.web.numbers import PageNumber

ADVERSE = ("refuse", "deny")
"""Acts whose notice tells the applicant why not."""


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.reviewer

    @pages.get("/inbox")
    def inbox(
        request: Request, state: str = "open", page: PageNumber = 1, seat: Seat = Depends(guard.seat)
    ) -> Response:
        rows, more = door.inbox(seat.person, state, max(page, 1))
        return look.page(request, seat, "inbox.html", rows=rows, more=more, state=state, number=max(page, 1))

    @pages.get("/inbox/{entry_id}")
    def entry(request: Request, entry_id: str, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "entry.html", **entry_values(door.entry(seat.person, entry_id)))

    @pages.post("/inbox/{entry_id}/act")
    def act(request: Request, entry_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        why = wording.reason(posted.text("picked"), posted.text("written"))
        try:
            needs_detail(posted.text("action"), posted.text("written"))
            door.act(
                posted.seat.person,
                entry_id,
                posted.text("action"),
                why,
                posted.below("value."),
                posted.texts("defect"),
            )
        except BadInput as mistake:
            return _again(request, doors, posted, entry_id, mistake)
        return look.go(request, f"/inbox/{entry_id}")

    @pages.post("/inbox/{entry_id}/answer")
    def answer(request: Request, entry_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        found = posted.text("found") == "yes"
        values = {key: value for key, value in posted.below("value.").items() if value} if found else {}
        try:
            door.answer(posted.seat.person, entry_id, found, values)
        except BadInput as mistake:
            return _again(request, doors, posted, entry_id, mistake)
        return look.go(request, "/inbox")

    @pages.get("/inbox/{entry_id}/materials/{code}/file")
    def material_file(entry_id: str, code: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.file(seat.person, entry_id, code))


def needs_detail(action: str, written: str) -> None:
    """Raises BadInput where a refusal or denial gives a heading alone: it must say what it found (行政许可法 art. 38)."""
    if action in ADVERSE and not written:
        raise BadInput("请写明具体的事实和理由：只选类别，申请人不知道缺了什么。", {"written": "请填写具体理由"})


def _again(request: Request, doors: Doors, posted: Posted, entry_id: str, mistake: BadInput) -> Response:
    """The same page with what was typed and what is wrong with it."""
    view = doors.reviewer.entry(posted.seat.person, entry_id)
    values = entry_values(view, posted.below("value."), mistake)
    return look.at(422, look.page(request, posted.seat, "entry.html", **values))


def entry_values(
    view: InboxView, typed: dict[str, str] | None = None, mistake: BadInput | None = None
) -> dict[str, object]:
    return {
        "entry": view,
        "told": told(view.form, view.marks),
        "typed": typed or {},
        "mistakes": mistake.fields if mistake else {},
        "message": str(mistake) if mistake else "",
    }


def told(form: tuple[tuple[str, str], ...], marks: tuple[str, ...] = ()) -> dict[str, list[tuple[str, str, str]]]:
    """The pushed form by groups: `申请企业·名称` stands under 申请企业, a title without a group under nothing.

    Each line is title, value, and where the value came from."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for n, (whole, value) in enumerate(form):
        group, dot, title = whole.partition("·")
        mark = marks[n] if n < len(marks) else ""
        groups.setdefault(group if dot else "", []).append((title if dot else whole, value, mark))
    return groups
