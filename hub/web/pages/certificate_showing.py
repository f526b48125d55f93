"""Codes that show what a holder chose of a certificate: at the window, and for the applicant on the progress page. They decide nothing.

What is posted again with `as` gives the same code as a picture file; each is a disclosure of its own in the log.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from hub.cases.applicant_view import OwnFile
from hub.errors import BadInput, HubError, NotAllowed, NotNow
from hub.web import look
from hub.web.caseparts import file_answer
from hub.web.doors import Doors
from hub.web.drawing import qr_path, qr_png, qr_svg
from hub.web.gate import Gate, Posted, Seat
from hub.web.pages import applicant
from hub.web.pages.registry import one_page
from hub.web.posting import form_of
from hub.wiring.listings import FileView
from hub.wiring.showing import ShownCode

SHOW = "show."
OWN = ("case_no", "code", "holder", "item")
"""What opens an applicant's certificate: it goes from page to page in the form, and is asked for again each time."""


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    @pages.post("/certificates/{certificate_id}/showings")
    def at_window(request: Request, certificate_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        case_no, chosen = posted.text("case_no"), _chosen(posted.below(SHOW))
        try:
            made = doors.certificate_links.show(posted.seat.person, certificate_id, case_no, chosen)
        except (BadInput, NotAllowed, NotNow) as mistake:
            typed = case_no, frozenset(chosen)
            page = one_page(request, doors, posted.seat, certificate_id, mistake, showing=typed)
            return look.at(mistake.status, page)
        here = f"/certificates/{certificate_id}"
        hidden = {"csrf": posted.seat.csrf, "case_no": case_no}
        return _given(request, posted.seat, doors, made, chosen, posted.text("as"), f"{here}/showings", here, hidden)

    @pages.post("/progress/showings")
    async def own(request: Request) -> Response:
        """First the fields to choose from; with `made` the code of those chosen."""
        async with form_of(request, 8_000, fields=80) as form:
            said = {name: str(form.get(name, "")).strip() for name in (*OWN, "made", "as")}
            chosen = _chosen(_below(form))
        return await run_in_threadpool(_own, request, doors, said, chosen)


def _own(request: Request, doors: Doors, said: Mapping[str, str], chosen: tuple[str, ...]) -> Response:
    number, code = said["case_no"].upper(), said["code"].upper()
    asked = OwnFile(number, code, said["holder"].upper(), said["item"], "")
    source = request.client.host if request.client else ""
    hidden = {name: said[name] for name in OWN}
    mistake = ""
    try:
        if said["made"]:
            try:
                made = doors.applicant.show(asked, chosen, source)
                again = {**hidden, "made": "1"}
                return _given(request, None, doors, made, chosen, said["as"], "/progress/showings", "/progress", again)
            except BadInput as wrong:
                mistake = str(wrong)
        offer = doors.applicant.showable(asked, source)
    except HubError as refused:
        return applicant.asked_again(request, doors, number, refused)
    values = {"offer": offer, "hidden": hidden, "chosen": chosen, "mistake": mistake, "settings": doors.settings}
    return look.at(422 if mistake else 200, look.page(request, None, "showing/choose.html", **values))


def _given(
    request: Request, seat: Seat | None, doors: Doors, made: ShownCode, chosen: tuple[str, ...], form: str, action: str,
    back: str, hidden: Mapping[str, str],
) -> Response:  # fmt: skip
    """The slip with the code, or the code alone as a file; `hidden` is posted to `action` again for that."""
    if form == "png":
        return file_answer(FileView(f"{made.number}-出示码.png", "image/png", qr_png(made.text)))
    if form == "svg":
        return file_answer(FileView(f"{made.number}-出示码.svg", "image/svg+xml", qr_svg(made.text)))
    side, modules = qr_path(made.text)
    again = [*hidden.items(), *((SHOW + name, "1") for name in chosen)]
    return look.page(
        request, seat, "showing/slip.html", made=made, side=side, modules=modules, action=action, back=back, again=again,
        settings=doors.settings,
    )  # fmt: skip


def _below(form: FormData) -> dict[str, str]:
    pairs = ((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return {name[len(SHOW) :]: value for name, value in pairs if name.startswith(SHOW)}


def _chosen(shown: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, value in shown.items() if value)
