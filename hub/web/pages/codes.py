"""用证码: made, listed and withdrawn at the window; looked at and used at the department that a code names. The pages decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.clock import SHANGHAI, local
from hub.errors import BadInput, HubError
from hub.identity.principal import Role
from hub.registry.codes import Cover, Gives
from hub.web import look
from hub.web.caseparts import file_answer
from hub.web.doors import Doors
from hub.web.drawing import qr_path
from hub.web.gate import Gate, Posted, Seat
from hub.web.numbers import number
from hub.wiring.code_views import CodeAsked, Redemption
from hub.wiring.listings import FileView
from hub.wiring.shared_views import Claims

USUAL_DAYS = timedelta(days=3)
"""How long a code is good for where the clerk changes nothing (proposed)."""
AT_THE_CODE = frozenset({"CODE_UNKNOWN", "CODE_REVOKED", "CODE_EXPIRED", "CODE_USED_UP", "CODE_FOR_ANOTHER_MATTER", "TRIED_TOO_OFTEN"})  # fmt: skip
GIVES = {Gives.COPY: "加注件（注明用途的副本）", Gives.FIELDS: "只给列明的内容", Gives.VERIFY: "只核验，不给内容"}
STATES = {
    "usable": ("good", "可用"),
    "code_revoked": ("none", "已撤回"),
    "code_expired": ("none", "已过期"),
    "code_used_up": ("none", "已用完"),
}


@dataclass(frozen=True)
class _Typed:
    """What stands in the form of the page: what was typed, or what is usual."""

    until: str
    times: str = "1"
    audience: str = ""
    matter: str = ""
    purpose: str = ""
    gives: str = Gives.COPY.value
    certificates: tuple[str, ...] = ()
    fields: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    _at_window(pages, doors, guard)
    _at_department(pages, doors, guard)


def _at_window(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.certificate_codes

    @pages.post("/codes")
    def of_holder(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """By POST, so that an ID number stays out of addresses and logs."""
        try:
            return _holder(request, doors, posted)
        except HubError as e:
            if e.code not in ("HOLDER_NOT_IN_CASE", "BAD_INPUT") and not isinstance(e, BadInput):
                raise
            place = "case_no" if e.code == "HOLDER_NOT_IN_CASE" else "holder"
            return look.at(e.status, _begin(request, posted.seat, {place: str(e)}, case_no=posted.text("case_no")))

    @pages.post("/codes/made")
    def make(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """Shown at once, and by a repeated post of the same page again: it is nowhere to be looked up."""
        try:
            made = door.make(posted.seat.person, _asked(posted))
        except BadInput as mistake:
            return look.at(422, _holder(request, doors, posted, mistake))
        side, modules = qr_path(made.code)
        shown = {"code": made.code, "view": made.view, "side": side, "modules": modules}
        return _page(request, posted.seat, "codes/slip.html", settings=doors.settings, **shown)

    @pages.post("/codes/revocations")
    def revoke(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        door.revoke(posted.seat.person, posted.text("code_id"))
        return _holder(request, doors, posted)


def _at_department(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.code_use

    @pages.get("/codes")
    def begin(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return _begin(request, seat, {})

    @pages.post("/codes/checks")
    def check(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """What a code permits; it counts no use."""
        try:
            view = door.permits(posted.seat.person, posted.text("code"))
        except HubError as e:
            return _refused(request, posted.seat, e)
        return _shown(request, posted, view=view, key=getattr(request.state, "nonce", ""))

    @pages.post("/codes/uses")
    def use(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """One use, under the key that was made with the page: a second click is the same use."""
        try:
            used = door.redeem(posted.seat.person, _redemption(posted))
        except HubError as e:
            return _refused(request, posted.seat, e)
        return _page(request, posted.seat, "codes/used.html", used=used, code=posted.text("code"), key=posted.text("key"), purpose=posted.text("purpose"), claims=_claimed(posted))  # fmt: skip

    @pages.post("/codes/files")
    def file(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """A copy of the same use, in the form that is wanted."""
        try:
            used = door.redeem(posted.seat.person, _redemption(posted, f"file {posted.text('form')}"))
        except HubError as e:
            return _refused(request, posted.seat, e)
        files = [one.file for one in used.certificates if one.file and one.identifier == posted.text("identifier")]
        if not files:
            raise BadInput("这次使用没有给出这份文件。请返回上一页重新选择。")
        return file_answer(FileView(files[0].name, files[0].media_type, files[0].body))


def _asked(posted: Posted) -> CodeAsked:
    chosen = posted.texts("certificate")
    covers = tuple(Cover(one, posted.texts(f"field.{one}")) for one in chosen)
    times = number(posted.text("times"))
    return CodeAsked(
        posted.text("case_no"), covers, posted.text("audience"), posted.text("purpose"), _end_of(posted.text("until")),
        times if times is not None else 0, posted.key("code"), posted.text("gives"), posted.text("matter"),
    )  # fmt: skip


def _end_of(day: str) -> datetime:
    """The last moment of a day as the form has it; a day that is none is one that is past, and refused at its field."""
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(23, 59, 59), SHANGHAI)
    except ValueError:
        return datetime.min.replace(tzinfo=SHANGHAI)


def _redemption(posted: Posted, another: str = "") -> Redemption:
    """`another`: the same use once more, in another form."""
    claims = Claims(posted.text("holder"), posted.text("holder_name"), posted.text("number"))
    form = posted.text("form") or "pdf"
    call = posted.key(another) if another else ""
    return Redemption(posted.text("code"), "", posted.key("use"), posted.text("purpose"), form, claims, call[:120])


def _claimed(posted: Posted) -> Mapping[str, str]:
    said = (("持证主体名称", "holder_name"), ("持证主体代码", "holder"), ("证照编号", "number"))
    return {name: title for title, name in said if posted.text(name)}


def _holder(request: Request, doors: Doors, posted: Posted, mistake: BadInput | None = None) -> Response:
    view = doors.certificate_codes.of_holder(posted.seat.person, posted.text("holder"), posted.text("case_no"))
    now = doors.now()
    typed = _Typed(
        posted.text("until") or (local(now) + USUAL_DAYS).date().isoformat(), posted.text("times") or "1",
        posted.text("audience"), posted.text("matter"), posted.text("purpose"), posted.text("gives") or Gives.COPY.value,
        posted.texts("certificate"),
        frozenset((one.id, name) for one in view.certificates for name in posted.texts(f"field.{one.id}")),
    )  # fmt: skip
    return _page(
        request, posted.seat, "codes/holder.html", view=view, holder=posted.text("holder"), typed=typed,
        mistakes=mistake.fields if mistake else {}, message=str(mistake or ""), now=now,
        key=posted.text("key") or getattr(request.state, "nonce", ""),
    )  # fmt: skip


def _begin(request: Request, seat: Seat, mistakes: Mapping[str, str], case_no: str = "") -> Response:
    window = Role.CLERK in seat.person.roles
    return _page(request, seat, "codes/begin.html", mistakes=mistakes, case_no=case_no, window=window)


def _shown(request: Request, posted: Posted, **values: object) -> Response:
    uses = Role.REVIEWER in posted.seat.person.roles
    return _page(request, posted.seat, "codes/shown.html", code=posted.text("code"), uses=uses, **values)


def _refused(request: Request, seat: Seat, error: HubError) -> Response:
    """What a code is refused for stands at its field; the rest is trouble like any other."""
    if error.code not in AT_THE_CODE:
        raise error
    return look.at(error.status, _begin(request, seat, {"code": look.told(error)}))


def _page(request: Request, seat: Seat, template: str, **values: object) -> Response:
    return look.page(request, seat, template, gives=GIVES, states=STATES, **values)
