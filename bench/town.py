"""Departments, platform and SMS gateway within the hub's own process, for a bench of the hub alone: no wire, no delay. It measures nothing.

They answer every question with the dictionary's own examples, take every item case, accept and decide it through the hub's door for systems.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.connect import Connected
from adapters.contract import Found, Handover, Message, Outcome, Push, Query, Raw, Stop, Taken, UpstreamResult
from adapters.simulators.population import FIRMS, person
from catalog.dictionary import canonical
from catalog.types import Department, FieldDefinition, FieldType, Site
from hub.cases.states import ItemState
from hub.errors import HubError
from hub.identity.principal import Principal, Role
from hub.wiring.build import Hub
from hub.wiring.reports import Acceptance, Decision

ANSWER = Raw(b"{" + b'"x":"' + b"y" * 1188 + b'"}', "application/json")
"""As large as an answer is."""
EXAMPLES = {
    FieldType.ID_NUMBER: person("buyer").id_number,
    FieldType.USCC: FIRMS[0].uscc,
    FieldType.DATE: "2030-01-31",
    FieldType.INTEGER: "3",
    FieldType.DECIMAL: "3",
    FieldType.BOOLEAN: "true",
    FieldType.PHONE: "13800000000",
}
AGAIN_SECONDS, MOST_TRIES = 0.05, 400


@dataclass
class Town:
    """Everybody outside. `hub` is set once it is built; reports are made from one thread, as soon as the hub takes them."""

    site: Site
    region: str
    hub: Hub | None = None
    pushed: int = 0
    failed: list[str] = field(default_factory=list)
    _due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _ready: threading.Condition = field(default_factory=threading.Condition)
    _count: int = 0

    def adapters(self) -> Mapping[str, Connected]:
        """By code, with the gateway."""
        found = {code: self._connected(department) for code, department in self.site.departments.items()}
        return {**found, "sms": Connected(self.site.departments[self.site.platform], tells=self)}

    def report(self, hub: Hub) -> None:
        """Begin to report to this hub."""
        self.hub = hub
        threading.Thread(target=self._reporting, daemon=True).start()

    # --- what departments do ------------------------------------------------------------------------------------------

    async def answer(self, query: Query) -> Outcome:
        values, lists = {}, {}
        for name in query.fields:
            listed, _, plain = name.rpartition(".")
            value = _example(self.site.dictionary[plain])
            if not listed:
                values[plain] = value
            else:
                lists.setdefault(listed, {})[plain] = value
        return Found(values, ANSWER, {name: (row,) for name, row in lists.items()})

    async def receive(self, push: Push) -> Taken:
        self.pushed += 1
        return Taken("P")

    async def tell(self, message: Message) -> Taken:
        return Taken("S")

    def _connected(self, department: Department) -> Connected:
        return Connected(department, answers=self, handles=_Handles(self, department.code), receives=self)

    # --- what they report ---------------------------------------------------------------------------------------------

    def later(self, act: Callable[[], None], seconds: float = 0.0) -> None:
        with self._ready:
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._count, act))
            self._ready.notify()

    def accept(self, department: str, item_no: str, decide: bool) -> None:
        """Report the acceptance, and then the decision unless the item waits for another's result."""
        assert self.hub is not None
        report = Acceptance("accepted", department_no=f"{department}-{item_no[-2:]}")
        self.hub.department.acceptance(self._system(department), item_no, f"accept-{item_no}", report)
        if decide:
            self._insist(lambda: self.decide(department, item_no))

    def decide(self, department: str, item_no: str) -> None:
        assert self.hub is not None
        report = Decision("approved", "", "决〔2026〕1号")
        self.hub.department.decision(self._system(department), item_no, f"decide-{item_no}", report)

    def decide_if_reviewing(self, department: str, item_no: str) -> None:
        """What an item waited for came; it may wait for more."""
        assert self.hub is not None
        if self.hub.department.item_case(self._system(department), item_no).state == ItemState.REVIEWING:
            self.decide(department, item_no)

    def _insist(self, act: Callable[[], None], tries: int = 1) -> None:
        """Do it as soon as the hub lets it be done: the hand-over it answers may not be written yet."""

        def once() -> None:
            try:
                act()
            except HubError as e:
                if tries == MOST_TRIES:
                    self.failed.append(f"{e.code}: {e}")
                else:
                    self._insist(act, tries + 1)

        self.later(once, AGAIN_SECONDS if tries > 1 else 0.0)

    def _system(self, department: str) -> Principal:
        return Principal("peer", department, department, department, self.region, frozenset({Role.DEPARTMENT}))

    def _reporting(self) -> None:
        while True:
            with self._ready:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._ready.wait(max(0.0, self._due[0][0] - time.monotonic()) if self._due else None)
                _, _, act = heapq.heappop(self._due)
            act()


@dataclass(frozen=True)
class _Handles:
    """One department's desk."""

    town: Town
    department: str

    async def hand_over(self, handover: Handover) -> Taken:
        self.town._insist(lambda: self.town.accept(self.department, handover.item_no, not handover.pre_review))
        return Taken(f"{self.department}-{handover.item_no[-2:]}")

    async def stop(self, stop: Stop) -> None:
        pass

    async def supply(self, result: UpstreamResult) -> None:
        self.town._insist(lambda: self.town.decide_if_reviewing(self.department, result.item_no))


def _example(definition: FieldDefinition) -> str:
    """The same fact has the same value, whoever answers."""
    if definition.codes:
        return definition.codes[0].code
    return EXAMPLES.get(definition.type) or canonical(definition, definition.example or f"示例{definition.title}")
