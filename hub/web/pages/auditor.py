"""The auditor's pages: the sharing log, one record with its proof, the whole log's verification. They read; only a disclosure acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.clock import SHANGHAI
from hub.errors import BadInput
from hub.web import drawing, look, wording
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat, units
from hub.web.numbers import Seq, number
from hub.wiring.listings import AuditList, AuditRecord

PHASES = (
    ("intent", "询问"),
    ("outcome", "答复"),
    ("denied", "拒绝询问"),
    ("lost", "询问中断"),
    ("sent", "发送"),
    ("received-batch", "接收批量文件"),
    ("viewed", "查看"),
    ("admin", "管理操作"),
)
TERMS = ("subject", "case_no", "operator", "provider", "phase")
FILTERS = (*TERMS, "since", "until")


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.auditor

    @pages.get("/audit")
    def newest(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        """The newest records. A search is posted: an address with an ID number in it stays in histories and access logs."""
        return listed(request, seat, dict.fromkeys(FILTERS, ""), None)

    @pages.post("/audit")
    def search(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        asked, before = {name: posted.text(name) for name in FILTERS}, number(posted.text("before"))
        return listed(request, posted.seat, asked, before)

    def listed(request: Request, seat: Seat, asked: dict[str, str], before: int | None) -> Response:
        mistake = None
        try:
            found = searched(seat, asked, before)
        except BadInput as wrong:
            mistake, found = wrong, AuditList((), None)
        values = {"found": found, "asked": asked, "units": units(doors), "phases": PHASES, "mistake": mistake}
        answer = look.page(request, seat, "audit.html", **values, health=door.health(seat.person))
        return look.at(mistake.status, answer) if mistake else answer

    def searched(seat: Seat, asked: dict[str, str], before: int | None) -> AuditList:
        since, until = days(asked)
        return door.search(
            seat.person, **{name: asked[name] for name in TERMS}, since=since, until=until, before=before
        )  # fmt: skip

    @pages.get("/audit/records/{seq}")
    def record(request: Request, seq: Seq, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(
            request, seat, "record.html", units=units(doors), **record_values(door.record(seat.person, seq))
        )

    @pages.post("/audit/records/{seq}/disclose")
    def disclose(request: Request, seq: Seq, posted: Posted = Depends(guard.posted)) -> Response:
        why = wording.reason(posted.text("picked"), posted.text("written"))
        if not why:
            raise BadInput("请写明查看原值的理由，它会与您的姓名一起记入共享日志。", {"written": "请填写理由"})
        return look.page(
            request,
            posted.seat,
            "record.html",
            units=units(doors),
            **record_values(door.disclose(posted.seat.person, seq, why)),
        )

    @pages.get("/audit/verify")
    def health(request: Request, seat: Seat = Depends(guard.seat)) -> Response:
        return look.page(request, seat, "verify.html", health=door.health(seat.person), checks=None)

    @pages.post("/audit/verify")
    def verify(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        checks = door.verify(posted.seat.person)
        return look.page(request, posted.seat, "verify.html", health=door.health(posted.seat.person), checks=checks)


def record_values(record: AuditRecord) -> dict[str, object]:
    return {"record": record, "row": record.row, "rungs": drawing.rungs(record.row.seq, record.size, record.proof)}


def days(asked: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From the first moment of one day to the first after another. Raises BadInput naming each field that is no date."""
    found, mistakes = {}, {}
    for name, days_later in (("since", 0), ("until", 1)):
        try:
            found[name] = day_start(asked[name], days_later)
        except ValueError:
            mistakes[name] = "请写成 2026-11-20 这样的日期"
    if mistakes:
        raise BadInput("没有检索：日期看不懂。", mistakes)
    return found["since"], found["until"]


def day_start(text: str, days_later: int) -> datetime | None:
    """The first moment of a day as people in China read it; nothing for no date. Raises ValueError for what is no date."""
    if not text:
        return None
    return datetime.fromisoformat(wording.typed_date(text)).replace(tzinfo=SHANGHAI) + timedelta(days=days_later)
