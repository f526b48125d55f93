"""What all areas of the clerk's bundle share: their parts, and one write session on a locked case. It shows nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from hub.clock import Clock
from hub.errors import BadInput
from hub.prefill.driver import Prefill
from hub.sharinglog import CaseRef
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.wiring.access import Looks
from hub.wiring.desk import Desk
from hub.wiring.making import Making
from hub.wiring.scene import Scene

T = TypeVar("T")


@dataclass(frozen=True)
class ClerkParts:
    """What the clerk's bundle is made of."""

    database: Database
    desk: Desk
    prefill: Prefill
    looks: Looks
    files: Files
    clock: Clock
    index_key: bytes = field(repr=False)
    max_upload_bytes: int
    making: Making


class AtTheCounter:
    """One area of the bundle."""

    def __init__(self, parts: ClerkParts) -> None:
        self._p = parts
        self._desk = parts.desk

    def _change(self, case_id: str, write: Callable[[Session, Scene], T]) -> T:
        """Write with the case locked: other steps of it wait."""
        with self._p.database.write() as session:
            return write(session, self._desk.scene(session, case_id, lock=True))


def ref(scene: Scene, item: str | None = None) -> CaseRef:
    """The case as the sharing log knows it."""
    return CaseRef(scene.case.matter, item, scene.case.case_no)


def worded(reason: str) -> str:
    """Raises BadInput without a reason."""
    if not reason.strip():
        raise BadInput("请填写理由。", {"reason": "请填写理由"}, code="REASON_MISSING")
    return reason.strip()
