"""How a simulator is told to misbehave: rules that a test or the demo posts to `/_control`. It carries nothing out itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """normal · slow: answers after `seconds` · down: no answer (or 503) · refuse: the request is turned away as wrong ·
    wrong: an answer nobody can use · several: two match · nobody: none matches · denied: not permitted · busy: come
    again · drop_answer: does everything, then closes the socket."""

    NORMAL = "normal"
    SLOW = "slow"
    DOWN = "down"
    REFUSE = "refuse"
    WRONG = "wrong"
    SEVERAL = "several"
    NOBODY = "nobody"
    DENIED = "denied"
    BUSY = "busy"
    DROP_ANSWER = "drop_answer"


class Variant(StrEnum):
    """Ways of `wrong` and `down`. garbled: HTML for JSON, XML cut in half · date: an impossible date · code: a code of no
    list · missing: a required field left out · other: somebody else's record · unavailable: HTTP 503 instead of closing."""

    GARBLED = "garbled"
    DATE = "date"
    CODE = "code"
    MISSING = "missing"
    OTHER = "other"
    UNAVAILABLE = "unavailable"


class Order(BaseModel):
    """The body of `POST /_control`. `times` None = until told otherwise; `operation` None = all operations."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    operation: str | None = None
    seconds: float = Field(default=0.0, ge=0, le=600)
    times: int | None = Field(default=None, ge=1)
    variant: Variant = Variant.GARBLED


@dataclass(frozen=True)
class Rule:
    """One standing order for one operation, or for all."""

    mode: Mode = Mode.NORMAL
    operation: str | None = None
    seconds: float = 0.0
    times: int | None = None
    variant: Variant = Variant.GARBLED


NORMAL = Rule()


class Switchboard:
    """Keeps the rules of one server: a later order for the same operation takes the place of the earlier one."""

    def __init__(self) -> None:
        self._rules: dict[str | None, Rule] = {}
        self._lock = threading.Lock()

    def order(self, order: Order) -> None:
        """Take an order; `normal` for all operations clears everything."""
        with self._lock:
            if order.mode is Mode.NORMAL and order.operation is None:
                self._rules.clear()
            elif order.mode is Mode.NORMAL:
                self._rules.pop(order.operation, None)
            else:
                self._rules[order.operation] = Rule(**order.model_dump())

    def take(self, operation: str) -> Rule:
        """The rule for this call; an operation's own comes before the general one. Counts `times` down."""
        with self._lock:
            name = operation if operation in self._rules else None
            rule = self._rules.get(name)
            if rule is None:
                return NORMAL
            self._count(name, rule)
            return rule

    def standing(self) -> list[dict[str, object]]:
        with self._lock:
            return [vars(rule).copy() for rule in self._rules.values()]

    def _count(self, name: str | None, rule: Rule) -> None:
        if rule.times is None:
            return
        if rule.times <= 1:
            del self._rules[name]
        else:
            self._rules[name] = replace(rule, times=rule.times - 1)
