"""The registry's pages 证照库: the list, one certificate with its acts and copies. They decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from certificates.status import STATUSES
from hub.errors import BadInput, HubError, NotNow
from hub.identity.principal import Role
from hub.registry.acts import FINAL
from hub.registry.renewing import Wish
from hub.registry.rows import ChangedMeanwhile, Wanted
from hub.web import look
from hub.web.caseparts import file_answer
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.web.numbers import PageNumber
from hub.wiring.annotated import CopyAsked
from hub.wiring.registry import ActAsked
from hub.wiring.registry_views import TypeView

IMPORTED = {
    "taken": "已核验并归集，原样保存。",
    "known": "这本证照此前已归集，与现在的文件一致，没有重复归集。",
    "own": "这本证照由本中心签发，本来就在证照库中：没有归集，也没有改变什么。",
}
"""What is told of a file that was brought in."""
LINK_STATES = {
    "usable": "可用", "link_revoked": "已撤回", "link_expired": "已过期", "link_used_up": "次数已用完",
    "certificate_not_valid": "打不开：证照现无效",
}  # fmt: skip


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door, one = doors.registry, "/certificates/{certificate_id}"

    @pages.get("/certificates")
    def certificates(
        request: Request,
        number: str = "",
        status: str = "",
        scan: str = "",
        page: PageNumber = 1,
        seat: Seat = Depends(guard.seat),
    ) -> Response:
        """`scan`: of which type the paper is that a clerk is about to take in."""
        at, said = max(page, 1), {"type": scan} if scan else {}
        rows, more = door.search(seat.person, Wanted(number.strip(), "", status), at)
        return list_page(
            request, seat, rows=rows, more=more, number=number, status=status, at=at, types=door.types(), said=said
        )

    @pages.post("/certificates")
    def of_holder(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        """By POST, so that an ID number stays out of addresses and logs."""
        rows = door.of_holder(posted.seat.person, posted.text("holder"), posted.text("case_no"))
        return list_page(
            request, posted.seat, rows=rows, more=False, number="", status="", at=1, searched=True, types=door.types()
        )

    @pages.get(one)
    def certificate(
        request: Request, certificate_id: str, copy: str = "", told: str = "", seat: Seat = Depends(guard.seat)
    ) -> Response:
        """`copy` is one that was made just now, `told` what an import came to."""
        return one_page(request, doors, seat, certificate_id, news=(copy, IMPORTED.get(told, "")))

    @pages.get(one + "/files/{kind}")
    def certificate_file(certificate_id: str, kind: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.file(seat.person, certificate_id, kind))

    @pages.post(one + "/acts")
    def act(request: Request, certificate_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        """What is final is asked once more, on a page that names it; what was typed stays in the form, whatever it came to."""
        seat, typed = posted.seat, posted.below("")
        try:
            asked = _asked(posted)
            if typed.get("step") == "back":
                return one_page(request, doors, seat, certificate_id, typed=typed)
            if Role.REVIEWER in seat.person.roles and typed.get("step") != "confirmed" and _is_final(asked):
                view = door.certificate(seat.person, certificate_id)
                if asked.act in dict(view.open_acts):
                    words = dict(view.open_acts)[asked.act]
                    return look.page(request, seat, "certificate_confirm.html", view=view, act=words, typed=typed)
            door.act(seat.person, certificate_id, asked)
        except (BadInput, NotNow, ChangedMeanwhile) as mistake:
            page = one_page(request, doors, seat, certificate_id, mistake, typed=typed)
            return look.at(mistake.status, page)
        return look.go(request, f"/certificates/{certificate_id}")

    _add_copies(pages, doors, guard)


def _add_copies(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door, one = doors.registry, "/certificates/{certificate_id}"

    @pages.post(one + "/copies")
    def copy(request: Request, certificate_id: str, posted: Posted = Depends(guard.posted)) -> Response:
        try:
            day = _day(posted.text("expires_on"))
            asked = CopyAsked(
                posted.text("purpose"),
                day,
                posted.key("copy"),
                posted.text("case_no"),
                form=posted.text("form") or "pdf",
            )
            made = door.copy(posted.seat.person, certificate_id, asked)
        except BadInput as mistake:
            return look.at(422, one_page(request, doors, posted.seat, certificate_id, mistake))
        return look.go(request, f"/certificates/{certificate_id}?copy={made.id}")

    @pages.get(one + "/copies/{copy_id}")
    def copy_file(certificate_id: str, copy_id: str, seat: Seat = Depends(guard.seat)) -> Response:
        return file_answer(door.copy_file(seat.person, certificate_id, copy_id))


def _asked(posted: Posted) -> ActAsked:
    """As the page's form says it: the key was made with the page, so a second click is the same act."""
    revision = posted.text("revision")
    until = posted.text("valid_to")
    wish = Wish(_day(until) if until else None, {k: v for k, v in posted.below("value.").items() if v})
    at = int(revision) if revision.isdecimal() and len(revision) < 9 else None
    return ActAsked(posted.text("act"), posted.text("reason"), posted.text("decision"), posted.key("act"), at, wish)


def _is_final(asked: ActAsked) -> bool:
    """Whether it is complete and cannot be taken back."""
    return asked.act in {act.value for act in FINAL} and bool(asked.reason and asked.decision)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise BadInput("日期请按 2027-01-31 这样填写。", {"expires_on": "请填写日期"}) from e


def list_page(request: Request, seat: Seat, **values: object) -> Response:
    shown = {"searched": False, "message": "", "refused": "", "said": {}, **values, "statuses": STATUSES}
    types, said = cast("tuple[TypeView, ...]", shown["types"]), cast("Mapping[str, str]", shown["said"])
    shown["kind"] = next((one for one in types if one.code == said.get("type")), None)
    return look.page(request, seat, "registry.html", **shown)


def one_page(
    request: Request, doors: Doors, seat: Seat, certificate_id: str, mistake: HubError | None = None, link: str = "",
    showing: tuple[str, frozenset[str]] | None = None, news: tuple[str, str] = ("", ""), typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """One certificate's page; `link` is one that was made just now, which is shown this once; `showing` what stood in the form of a code
    that was not made: the case and the claims; `typed` what stood in that of an act that was not done; `news` a copy that was made, and words about an import."""
    at_window = Role.CLERK in seat.person.roles
    view = doors.registry.certificate(seat.person, certificate_id)
    today = doors.now()
    return look.page(
        request,
        seat,
        "certificate.html",
        view=view,
        message=look.told(mistake) if mistake else "",
        typed=typed or {},
        key=getattr(request.state, "nonce", ""),
        now=today,
        link=link,
        links=doors.certificate_links.links(seat.person, certificate_id) if at_window else (),
        link_states=LINK_STATES,
        showing=showing,
        copy=news[0],
        told=news[1],
    )
