"""How a desk handles each kind of item: numbers, words, what it waits for, what its decision carries. It keeps no application.

A department declares one `Style` per item in its own codes; a desk of one item needs only the first three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

ItemKind = Literal["permit", "filing", "registration", "benefit", "recognition", "declaration"]

WORDS: Mapping[ItemKind, tuple[str, str]] = {
    "permit": ("符合许可条件", "不符合许可条件"),
    "filing": ("材料齐全，予以备案", "不属于备案范围，不予备案"),
    "registration": ("符合登记条件，准予登记", "不符合登记条件，不予登记"),
    "benefit": ("符合享受条件，审核通过", "不符合享受条件"),
    "recognition": ("符合认定条件，予以认定", "不符合认定条件"),
    "declaration": ("申报已受理，税款已缴清", "申报不符合规定"),
}
"""Reason of an approval and of a denial by kind of item (proposed)."""


@dataclass(frozen=True)
class Style:
    """How one kind of item is handled. `number` and `decision_no` are formats of {day} and {serial}, {item} is our own code.

    `item`: our own code of it, empty for a desk that knows one item. `awaits`: our own codes of the upstream results that it waits
    for in pre-review. `results`: what an approval of this item carries beside what the application brings; formats as well, which
    also know {decision_no} and {receipt_no}. `payment`: what must be paid before the decision, empty if nothing; `pay_at`: where.
    """

    number: str
    decision_no: str
    handler: str
    awaits: tuple[str, ...] = ()
    item: str = ""
    kind: ItemKind = "permit"
    results: Mapping[str, str] = field(default_factory=dict)
    payment: str = ""
    pay_at: str = ""

    def application_no(self, day: datetime, serial: int) -> str:
        return self.number.format(day=day, serial=serial, item=self.item)

    def carried(self, brought: Mapping[str, str], day: datetime, serial: int, receipt_no: str) -> dict[str, str]:
        """What an approval carries: the application's own values, then this item's formats."""
        words = {"day": day, "serial": serial, "item": self.item, "receipt_no": receipt_no}
        decided = self.decided(day, serial)
        return {**brought, **{name: text.format(**words, decision_no=decided) for name, text in self.results.items()}}

    def decided(self, day: datetime, serial: int) -> str:
        """Number of the decision, filing or registration."""
        return self.decision_no.format(day=day, serial=serial, item=self.item)
