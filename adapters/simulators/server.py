"""What all simulators share: journal first, then the standing orders, then the department's own answer; and the `/_…` verbs.

A department's words are in its own file; none stand here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from pydantic import ValidationError

from adapters.simulators.applications import DeskRefusal, Payment
from adapters.simulators.applications import Order as DeskOrder
from adapters.simulators.control import NORMAL, Mode, Rule, Switchboard, Variant
from adapters.simulators.control import Order as ControlOrder
from adapters.simulators.decisions import Desk
from adapters.simulators.http import HANG_UP, Reply, Request, Server
from adapters.simulators.journal import Call, Journal, Now
from adapters.simulators.reports import Reporter

Parsed = TypeVar("Parsed")

Connection = Mapping[str, str | Mapping[str, str]]
"""What an installation must know to reach a department: `address` or `folder`, `secrets`, `options`."""


@dataclass(frozen=True)
class Setting:
    """What a simulator gets from outside. `auto` and `delay_seconds`: how desks decide; `idempotent`: the platform's switch."""

    folder: Path
    hub: str
    now: Now
    auto: bool = True
    delay_seconds: float = 0.5
    idempotent: bool = True


@dataclass(frozen=True)
class Answer:
    """A reply and the word for the journal."""

    reply: Reply
    outcome: str


def as_json(status: int, body: object) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode())


class Simulator(Generic[Parsed]):
    """One server. A subclass gives `code`, `read`, `answer` and, where it can, `desk`, `secrets` and further verbs.

    `secrets`: what the hub must show to be let in, of the demo and the tests alone, hence not secret.
    """

    code = ""
    secrets: ClassVar[Mapping[str, str]] = {}
    modes: frozenset[Mode] = frozenset(Mode)

    @classmethod
    def connection(cls, address: str, folder: Path) -> Connection:
        """How the hub reaches this department: by default at the server's address, with the secrets. `folder`: the simulators'."""
        return {"address": address, **({"secrets": cls.secrets} if cls.secrets else {})}

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.journal = Journal(self.code, setting.folder, setting.now)
        self.switchboard = Switchboard()
        self.desk: Desk | None = None
        self.reporter: Reporter | None = None
        self._server = Server(self._handle)

    def let_in(self, request: Request) -> Reply | None:
        """The answer to a request that is about nobody and so in no journal: one for a token. None for any other."""
        return None

    def read(self, request: Request) -> tuple[Call, Parsed]:
        """What is asked, as far as it can be told; never raises for a bad request."""
        raise NotImplementedError

    def answer(self, call: Call, parsed: Parsed, rule: Rule) -> Answer:
        """The department's answer under that rule (normal, refuse, wrong, several, nobody, denied, busy)."""
        raise NotImplementedError

    def verb(self, name: str, body: object) -> object:
        """A control verb of this server alone. Raises KeyError for an unknown one, ValueError for a wrong body."""
        raise KeyError(name)

    async def open(self, host: str, port: int) -> str:
        """Listen and begin to decide and report; gives the base URL."""
        url = await self._server.listen(host, port)
        if self.reporter is not None:
            self.reporter.start()
        if self.desk is not None:
            self.desk.start(auto=self.setting.auto, delay_seconds=self.setting.delay_seconds)
        return url

    async def close(self) -> None:
        await self._server.close()
        if self.desk is not None:
            await self.desk.close()
        if self.reporter is not None:
            await self.reporter.close()
        self.journal.close()

    async def _handle(self, request: Request) -> Reply:
        if request.path.startswith("/_"):
            return self._verb(request)
        given = self.let_in(request)
        if given is not None:
            return given
        call, parsed = self.read(request)
        row = self.journal.request(call)
        try:
            answer = await self._follow(call, parsed, self.switchboard.take(call.operation))
        except BaseException as end:
            self.journal.answer(row, f"broken: {type(end).__name__}", 0)
            raise
        self.journal.answer(row, answer.outcome, answer.reply.status)
        return answer.reply

    async def _follow(self, call: Call, parsed: Parsed, rule: Rule) -> Answer:
        if rule.mode is Mode.DOWN:
            status = 503 if rule.variant is Variant.UNAVAILABLE else 0
            return Answer(Reply(503, b"Service Unavailable", "text/plain") if status else HANG_UP, "down")
        if rule.seconds:
            await asyncio.sleep(rule.seconds)
        if rule.mode in (Mode.SLOW, Mode.NORMAL):
            return self.answer(call, parsed, NORMAL)
        if rule.mode is Mode.DROP_ANSWER:
            done = self.answer(call, parsed, NORMAL)
            return Answer(HANG_UP, f"{done.outcome}, answer dropped")
        return self.answer(call, parsed, rule)

    def _verb(self, request: Request) -> Reply:
        """Health and journal by GET, orders by POST. Looking is not journalled, ordering is."""
        name = request.path.removeprefix("/_")
        if request.method == "GET":
            return self._look(name)
        try:
            body = json.loads(request.body or b"{}")
            done = self._order(name, body)
        except KeyError:
            return as_json(404, {"error": f"no verb {name}"})
        except (ValidationError, ValueError) as wrong:
            return as_json(400, {"error": str(wrong)})
        except DeskRefusal as refusal:
            return as_json(409, {"error": str(refusal)})
        self.journal.control(name)
        return as_json(200, done)

    def _look(self, name: str) -> Reply:
        if name == "health":
            return as_json(200, {"server": self.code, "healthy": True, "orders": self.switchboard.standing()})
        if name == "journal":
            kinds = ("effect", "file", "report", "control")
            return as_json(200, {"server": self.code, "requests": self.journal.requests(),
                                 **{f"{kind}s": self.journal.of_kind(kind) for kind in kinds}})  # fmt: skip
        if name == "applications" and self.desk is not None:
            return as_json(200, {"applications": self.desk.applications()})
        return as_json(404, {"error": f"nothing to see at {name}"})

    def _order(self, name: str, body: object) -> object:
        if name == "control":
            order = ControlOrder.model_validate(body)
            if order.mode not in self.modes:
                raise ValueError(f"{self.code} cannot be {order.mode}; it can be {', '.join(sorted(self.modes))}")
            self.switchboard.order(order)
            return {"orders": self.switchboard.standing()}
        if name == "decide" and self.desk is not None:
            self.desk.obey(DeskOrder.model_validate(body))
            return {"applications": self.desk.applications()}
        if name == "pay" and self.desk is not None:
            return {"paid": True, "new": self.desk.pay(Payment.model_validate(body))}
        if name == "resend" and self.reporter is not None:
            return {"resent": self.reporter.tell_again()}
        return self.verb(name, body)
