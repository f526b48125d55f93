"""By which door a department is handed an item case, and told of it later: its system, or its persons while that is down. It writes no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import select

from adapters.connect import Connected
from adapters.contract import Handles, Handover, PeerUnreachable, Taken
from catalog.fallback import Fallback
from hub.cases.plain import PlainItem
from hub.cases.states import ItemState
from hub.outbox import Outbox, Regarding
from hub.store.database import Database, Session
from hub.store.tables import work
from hub.store.work import Claimed, GiveUp, TryLater
from hub.wiring.fallingback import is_with_hand
from hub.wiring.scene import Scene

T = TypeVar("T")


@dataclass(frozen=True)
class Doorways:
    database: Database
    adapters: Mapping[str, Connected]
    outbox: Outbox

    def adapter(self, code: str) -> Connected:
        """Raises GiveUp."""
        connected = self.adapters.get(code)
        if connected is None:
            raise GiveUp(f"No connection is set up for {code}; see `yijian doctor`.", code="NO_CONNECTION")
        return connected

    def handles(self, department: str) -> Handles:
        """Raises GiveUp."""
        handles = self.adapter(department).handles
        if handles is None:
            raise GiveUp(f"The folder of {department} says nothing about taking item cases; see docs/departments.md.")
        return handles

    async def of(self, scene: Scene, own: PlainItem) -> Handles:
        """Where the department has the item case. Raises GiveUp."""
        hand = self.adapter(own.department).by_hand
        if hand is not None and await self._is_with_hand(scene, own):
            return hand.handles
        return self.handles(own.department)

    async def handed(
        self, scene: Scene, own: PlainItem, handover: Handover, about: Regarding, task: Claimed
    ) -> tuple[Taken, bool]:
        """Over the wire; to persons what they have already, and what the wire could not take for as long as its manifest says: then
        True. Raises TryLater, GiveUp."""
        code, hand = own.department, self.adapter(own.department).by_hand
        if hand is not None and await self._is_with_hand(scene, own):
            return await self.outbox.hand_over(
                hand.handles, code, handover, about, by_hand=True
            ), own.state == ItemState.WAITING
        try:
            return await self.outbox.hand_over(self.handles(code), code, handover, about), False
        except TryLater as e:
            down = isinstance(e.__cause__, PeerUnreachable) and e.__cause__.down
            if hand is None or not down or not await self._waited(task, hand.rule):
                raise
        return await self.outbox.hand_over(hand.handles, code, handover, about, by_hand=True), True

    async def _is_with_hand(self, scene: Scene, own: PlainItem) -> bool:
        return await self._read(lambda s: is_with_hand(s, scene.site, own.department, own.item, own.item_no))

    async def _waited(self, task: Claimed, rule: Fallback) -> bool:
        """Whether a first hand-over has waited long enough. What the department's system has already is not split in two."""
        if rule.item_cases_after_minutes is None or task.args["attempt"] != "1" or "supplement" in task.args:
            return False

        def waited(session: Session) -> bool:
            begun = session.execute(select(work.c.created_at).where(work.c.id == task.id)).scalar_one()
            return bool(self.database.now(session) - begun >= rule.item_cases_after)

        return await self._read(waited)

    async def _read(self, function: Callable[[Session], T]) -> T:
        def read() -> T:
            with self.database.read() as session:
                return function(session)

        return await anyio.to_thread.run_sync(read)
