"""A department's own desk: it keeps the applications that were handed over and decides on them, alone or on command.

It tells the hub each step through `reports`; it knows neither SOAP nor JSON. Its memory is an append-only file, replayed at start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from adapters.simulators.journal import Journal, Now
from adapters.simulators.lines import Lines, Row
from adapters.simulators.reports import Reporter

BEIJING = timezone(timedelta(hours=8))

MOVES = {
    ("received", "accept"): "accepted",
    ("received", "refuse"): "refused",
    ("received", "correction"): "correction",
    ("correction", "resubmit"): "received",
    ("accepted", "suspend"): "suspended",
    ("suspended", "resume"): "accepted",
    ("accepted", "approve"): "approved",
    ("accepted", "deny"): "denied",
    ("received", "withdraw"): "withdrawn",
    ("correction", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
    ("suspended", "withdraw"): "withdrawn",
}
DECIDED = ("approved", "denied", "refused")

Step = Literal["accept", "refuse", "correction", "approve", "deny", "suspend", "resume"]


class Order(BaseModel):
    """The body of `POST /_decide`: either a step on one application, or how the desk works from now on (`mode`)."""

    model_config = ConfigDict(extra="forbid")

    number: str = ""
    step: Step | None = None
    reason: str = ""
    name: str = "专家评审"
    kind: Literal["1", "2"] = "2"
    defects: list[dict[str, str]] = Field(default_factory=list)
    results: dict[str, str] | None = None
    mode: Literal["auto", "manual"] | None = None
    delay_seconds: float | None = Field(default=None, ge=0, le=600)
    awaits: list[str] | None = None


class DeskRefusal(Exception):
    """The step is not possible now; the message says why."""


@dataclass(frozen=True)
class Style:
    """How one department numbers and signs. `awaits` are its own codes of the upstream results it waits for in pre-review."""

    number: str
    decision_no: str
    handler: str
    awaits: tuple[str, ...] = ()


@dataclass
class Application:
    """One application on the desk. `results` is what an approval will carry."""

    number: str
    key: str
    item_no: str
    title: str
    pre_review: bool
    received_at: str
    results: dict[str, str] = field(default_factory=dict, repr=False)
    state: str = "received"
    upstream: dict[str, bool] = field(default_factory=dict)
    mended_by: list[str] = field(default_factory=list)


class Desk:
    """The applications of one department. All calls come from the server's own event loop."""

    def __init__(self, code: str, style: Style, folder: Path, journal: Journal, reporter: Reporter, now: Now) -> None:
        self._style, self._journal, self._reporter, self._now = style, journal, reporter, now
        self._lines = Lines(folder / "state" / f"{code}.desk.jsonl")
        self._by_number: dict[str, Application] = {}
        self._awaits = style.awaits
        self._auto, self._delay = True, 0.5
        self._tasks: set[asyncio.Task[None]] = set()
        for row in self._lines.rows():
            self._replay(row)

    def start(self, *, auto: bool, delay_seconds: float) -> None:
        """Begin to decide: also on what an earlier run left open."""
        self._auto, self._delay = auto, delay_seconds
        for application in self._by_number.values():
            self._schedule(application)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lines.close()

    def receive(self, key: str, item_no: str, title: str, *, pre_review: bool, results: Mapping[str, str]) -> tuple[Application, bool]:  # fmt: skip
        """Take an application in. The same key again gives the first one and True, and changes nothing."""
        known = next((entry for entry in self._by_number.values() if entry.key == key), None)
        if known is not None:
            return known, True
        moment = self._now()
        number = self._style.number.format(day=moment.astimezone(BEIJING), serial=len(self._by_number) + 1)
        row = {"event": "received", "number": number, "key": key, "item_no": item_no, "title": title,
               "pre_review": pre_review, "results": dict(results), "at": _local(moment)}  # fmt: skip
        application = self._replay(self._lines.append(row))
        self._journal.effect("received", number, key=key)
        self._schedule(application)
        return application, False

    def resubmit(self, key: str, item_no: str) -> tuple[Application, bool]:
        """The corrected application of that item case came back; the same key again gives True and changes nothing.
        Raises DeskRefusal unless a correction was asked for."""
        application = next((entry for entry in self._by_number.values() if entry.item_no == item_no), None)
        if application is None:
            raise DeskRefusal("no such application")
        if key in application.mended_by:
            return application, True
        self._move(application, "resubmit", key)
        self._journal.effect("resubmitted", application.number, key=key)
        self._schedule(application)
        return application, False

    def withdraw(self, number: str) -> bool:
        """Stop at the applicant's wish. False if it was withdrawn before. Raises DeskRefusal (unknown, decided)."""
        application = self.find(number)
        if application.state == "withdrawn":
            return False
        self._move(application, "withdraw")
        self._journal.effect("withdrawn", number, key=application.key)
        return True

    def supply(self, number: str, upstream: str, *, passed: bool) -> bool:
        """An upstream result arrived. False if it was here before. Raises DeskRefusal (unknown, ended, not in pre-review)."""
        application = self.find(number)
        if not application.pre_review:
            raise DeskRefusal("not in pre-review")
        if upstream in application.upstream:
            return False
        if application.state in (*DECIDED, "withdrawn"):
            raise DeskRefusal("ended")
        self._replay(
            self._lines.append({"event": "supplied", "number": number, "upstream": upstream, "passed": passed})
        )
        self._journal.effect("supplied", number, key=upstream)
        self._schedule(application)
        return True

    def find(self, number: str) -> Application:
        """Raises DeskRefusal when nobody handed that over."""
        if number not in self._by_number:
            raise DeskRefusal("no such application")
        return self._by_number[number]

    def applications(self) -> list[dict[str, object]]:
        return [vars(entry).copy() for entry in self._by_number.values()]

    def obey(self, order: Order) -> None:
        """Carry out `POST /_decide`. Raises DeskRefusal."""
        self._auto = self._auto if order.mode is None else order.mode == "auto"
        self._delay = self._delay if order.delay_seconds is None else order.delay_seconds
        self._awaits = self._awaits if order.awaits is None else tuple(order.awaits)
        if order.step is not None:
            self._take_step(self.find(order.number), order)
        for application in self._by_number.values():
            self._schedule(application)

    def missing_upstream(self, application: Application) -> tuple[str, ...]:
        """The upstream results still awaited; empty when the decision may be made."""
        wanted = self._awaits if application.pre_review else ()
        return tuple(code for code in wanted if code not in application.upstream)

    def _take_step(self, application: Application, order: Order) -> None:
        step = order.step
        assert step is not None
        if step in ("approve", "deny") and self.missing_upstream(application):
            raise DeskRefusal(f"still waiting for {', '.join(self.missing_upstream(application))}")
        self._move(application, step)
        path, body = _report(application, order, self._style, self._now())
        base = f"/api/v1/item-cases/{quote(application.item_no, safe='')}"
        self._reporter.tell(application.item_no, base + path, body)
        self._journal.effect(step, application.number, key=application.key)

    def _move(self, application: Application, step: str, key: str = "") -> None:
        if (application.state, step) not in MOVES:
            raise DeskRefusal(f"cannot {step} an application that is {application.state}")
        self._replay(self._lines.append({"event": "step", "number": application.number, "step": step, "key": key}))

    def _replay(self, row: Row) -> Application:
        number = str(row["number"])
        if row["event"] == "received":
            results = row["results"]
            assert isinstance(results, dict)
            self._by_number[number] = Application(
                number, str(row["key"]), str(row["item_no"]), str(row["title"]), bool(row["pre_review"]), str(row["at"]), results
            )  # fmt: skip
        application = self._by_number[number]
        if row["event"] == "supplied":
            application.upstream[str(row["upstream"])] = bool(row["passed"])
        if row["event"] == "step":
            application.state = MOVES[application.state, str(row["step"])]
            application.mended_by += [str(row["key"])] if row["step"] == "resubmit" else []
        return application

    def _schedule(self, application: Application) -> None:
        if self._auto and self._next_order(application) is not None:
            task = asyncio.create_task(self._decide_later(application))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _decide_later(self, application: Application) -> None:
        await asyncio.sleep(self._delay)
        order = self._next_order(application) if self._auto else None
        if order is not None:
            self._take_step(application, order)
            self._schedule(application)

    def _next_order(self, application: Application) -> Order | None:
        """What the desk does next on its own: accept, then decide once every awaited result is here."""
        if application.state == "received":
            return Order(number=application.number, step="accept", reason="材料齐全，符合法定形式")
        if application.state == "accepted" and not self.missing_upstream(application):
            passed = all(application.upstream.values())
            return Order(number=application.number, step="approve" if passed else "deny",
                         reason="符合许可条件" if passed else "前置事项未通过")  # fmt: skip
        return None


def _report(application: Application, order: Order, style: Style, now: datetime) -> tuple[str, dict[str, object]]:
    """Path (below the item case) and body of the report on one step."""
    at = _local(now)
    if order.step in ("accept", "refuse", "correction"):
        word = {"accept": "accepted", "refuse": "refused", "correction": "correction"}[order.step]
        return "/acceptance", {"result": word, "reason": order.reason, "accepted_at": at, "department_no": application.number,
                               "handler": style.handler, "defects": order.defects}  # fmt: skip
    if order.step in ("suspend", "resume"):
        action = "start" if order.step == "suspend" else "end"
        return "/special-procedures", {"action": action, "kind": order.kind, "name": order.name, "reason": order.reason, "at": at}  # fmt: skip
    approved = order.step == "approve"
    results = (application.results if order.results is None else order.results) if approved else {}
    decision_no = style.decision_no.format(day=now.astimezone(BEIJING), serial=int(application.number[-4:]))
    return "/decision", {"result": "approved" if approved else "denied", "reason": order.reason, "decided_at": at,
                         "decision_no": decision_no, "results": results}  # fmt: skip


def _local(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="milliseconds")
