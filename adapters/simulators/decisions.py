"""A department's own desk: it keeps the applications that were handed over and decides on them, alone or on command.

It tells the hub each step through `reports`; it knows neither SOAP nor JSON. Its memory is an append-only file, replayed at start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from adapters.simulators.applications import (
    BEIJING,
    DECIDED,
    MOVES,
    Application,
    DeskRefusal,
    Handed,
    Order,
    Payment,
    mend,
    received,
)
from adapters.simulators.journal import Journal, Now
from adapters.simulators.lines import Lines, Row
from adapters.simulators.reports import Tells
from adapters.simulators.styles import WORDS, Style


class Desk:
    """The applications of one department, of one kind of item or of several. All calls come from the server's own event loop."""

    def __init__(
        self, code: str, styles: Style | Sequence[Style], folder: Path, journal: Journal, reporter: Tells, now: Now
    ) -> None:
        known = (styles,) if isinstance(styles, Style) else tuple(styles)
        self._styles = {style.item: style for style in known}
        self._journal, self._reporter, self._now = journal, reporter, now
        self._lines = Lines(folder / "state" / f"{code}.desk.jsonl")
        self._by_number: dict[str, Application] = {}
        self._awaits = {style.item: style.awaits for style in known}
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

    def receive(self, handed: Handed) -> tuple[Application, bool]:
        """Take an application in. The same key again gives the first one and True, and changes nothing.
        Raises DeskRefusal for an item that this desk does not handle."""
        known = next((entry for entry in self._by_number.values() if entry.key == handed.key), None)
        if known is not None:
            return known, True
        if handed.item not in self._styles:
            raise DeskRefusal("no such item")
        moment = self._now()
        style, serial = self._styles[handed.item], len(self._by_number) + 1
        number = style.application_no(moment.astimezone(BEIJING), serial)
        row = {"event": "received", "number": number, "serial": serial, "at": _local(moment), **vars(handed), "results": dict(handed.results)}  # fmt: skip
        application = self._replay(self._lines.append(row))
        self._journal.effect("received", number, key=handed.key)
        self._schedule(application)
        return application, False

    def resubmit(
        self, key: str, item_no: str, results: Mapping[str, str] | None = None, due: int | None = None
    ) -> tuple[Application, bool]:
        """The corrected application of that item case came back, with what an approval will carry now and the fen due now; None
        leaves them. The same key again gives True and changes nothing. Raises DeskRefusal unless a correction was asked for."""
        application = next((entry for entry in self._by_number.values() if entry.item_no == item_no), None)
        if application is None:
            raise DeskRefusal("no such application")
        if key in application.mended_by:
            return application, True
        mended = {} if results is None else {"results": dict(results)}
        self._move(application, "resubmit", key=key, **mended, **({} if due is None else {"due": due}))
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

    def pay(self, payment: Payment) -> bool:
        """The applicant paid. False if it was paid before. Raises DeskRefusal (unknown, nothing to pay, ended, another sum)."""
        application = self._meant(payment)
        if application.receipt_no:
            return False
        if not self._styles[application.item].payment:
            raise DeskRefusal("nothing is to be paid")
        if application.state not in ("accepted", "suspended"):
            raise DeskRefusal(f"cannot pay for an application that is {application.state}")
        if payment.amount not in (None, application.due):
            raise DeskRefusal(f"{application.due} fen are due")
        receipt = f"9941{self._now().astimezone(BEIJING):%Y%m%d}{application.serial:06d}"
        self._replay(self._lines.append({"event": "paid", "number": application.number, "receipt_no": receipt}))
        self._journal.effect("paid", application.number, key=application.key)
        if application.state == "suspended":
            self._take_step(application, Order(number=application.number, step="resume", **self._waiting(application)))
        self._schedule(application)
        return True

    def about(self, what: str, item: str | None = None) -> list[Application]:
        """The applications about that record, oldest first; of one kind of item or of all."""
        found = (entry for entry in self._by_number.values() if entry.about == what)
        return [entry for entry in found if item is None or entry.item == item]

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
        if order.awaits is not None:
            self._awaits |= dict.fromkeys(self._items(order.item), tuple(order.awaits))
        if order.step is not None:
            self._take_step(self.find(order.number), order)
        for application in self._by_number.values():
            self._schedule(application)

    def missing_upstream(self, application: Application) -> tuple[str, ...]:
        """The upstream results still awaited; empty when the decision may be made."""
        wanted = self._awaits[application.item] if application.pre_review else ()
        return tuple(code for code in wanted if code not in application.upstream)

    def unpaid(self, application: Application) -> bool:
        """Whether the decision waits for the applicant's payment."""
        return bool(self._styles[application.item].payment) and not application.receipt_no

    def _items(self, code: str | None) -> Iterable[str]:
        if code is not None and code not in self._styles:
            raise DeskRefusal("no such item")
        return self._styles if code is None else (code,)

    def _meant(self, payment: Payment) -> Application:
        if payment.number:
            return self.find(payment.number)
        found = [entry for entry in self._by_number.values() if payment.item_no and entry.item_no == payment.item_no]
        if not found:
            raise DeskRefusal("no such application")
        return found[-1]

    def _waiting(self, application: Application) -> dict[str, str]:
        return {"name": self._styles[application.item].payment, "reason": "应缴税费待申请人缴纳"}

    def _take_step(self, application: Application, order: Order) -> None:
        step = order.step
        assert step is not None
        if step in ("approve", "deny") and self.missing_upstream(application):
            raise DeskRefusal(f"still waiting for {', '.join(self.missing_upstream(application))}")
        if step == "approve" and self.unpaid(application):
            raise DeskRefusal("still waiting for the payment")
        self._move(application, step)
        path, body = _report(application, order, self._styles[application.item], self._now())
        base = f"/api/v1/item-cases/{quote(application.item_no, safe='')}"
        self._reporter.tell(application.item_no, base + path, body)
        self._journal.effect(step, application.number, key=application.key)

    def _move(self, application: Application, step: str, **rest: object) -> None:
        if (application.state, step) not in MOVES:
            raise DeskRefusal(f"cannot {step} an application that is {application.state}")
        self._replay(self._lines.append({"event": "step", "number": application.number, "step": step, **rest}))

    def _replay(self, row: Row) -> Application:
        number = str(row["number"])
        if row["event"] == "received":
            self._by_number[number] = received(row, len(self._by_number) + 1)
        application = self._by_number[number]
        if row["event"] == "supplied":
            application.upstream[str(row["upstream"])] = bool(row["passed"])
        if row["event"] == "paid":
            application.receipt_no = str(row["receipt_no"])
        if row["event"] == "step":
            application.state = MOVES[application.state, str(row["step"])]
        if row["event"] == "step" and row["step"] == "resubmit":
            mend(application, row)
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
        if application.state == "accepted" and self.unpaid(application):
            return Order(number=application.number, step="suspend", **self._waiting(application))
        if application.state == "accepted" and not self.missing_upstream(application):
            passed = all(application.upstream.values())
            fit, unfit = WORDS[self._styles[application.item].kind]
            return Order(number=application.number, step="approve" if passed else "deny",
                         reason=fit if passed else "前置事项未通过" if application.upstream else unfit)  # fmt: skip
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
        waits = order.step == "suspend" and style.payment and order.name == style.payment
        owed = {"amount": f"{application.due / 100:.2f}", "pay_at": style.pay_at} if waits else {}
        return "/special-procedures", {"action": action, "kind": order.kind, "name": order.name, "reason": order.reason, "at": at, **owed}  # fmt: skip
    approved, day = order.step == "approve", now.astimezone(BEIJING)
    carried = style.carried(application.results, day, application.serial, application.receipt_no)
    results = (carried if order.results is None else order.results) if approved else {}
    return "/decision", {"result": "approved" if approved else "denied", "reason": order.reason, "decided_at": at,
                         "decision_no": style.decided(day, application.serial), "results": results}  # fmt: skip


def _local(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="milliseconds")
