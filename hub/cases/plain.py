"""A case as plain frozen values: what every step takes. It holds no session and no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.cases.deadlines import Segment
from hub.cases.states import CaseState, ItemState
from hub.errors import NotThere

PAYMENT = "待缴款"
"""Name of the special procedure in which a declaration waits until the applicant has paid."""


@dataclass(frozen=True)
class PlainItem:
    id: str
    item: str
    item_no: str
    department: str
    state: ItemState
    department_no: str = ""
    pushed_at: datetime | None = None
    accepted_at: datetime | None = None
    decided_at: datetime | None = None
    decision_no: str = ""
    segments: tuple[Segment, ...] = ()
    certificate: str = ""
    certificate_signed: bool = False
    """Whether the certificate is there: signed here, or gathered from whoever issued it."""
    answer: str = ""
    """Of an item that was asked: found, no_record, not_checked, not_gathered (`states.ANSWER_TITLES`)."""
    attempt: int = 1
    """Which hand-over of it this is: 1, and one more after each correction."""

    @property
    def has_delivery(self) -> bool:
        """Whether there is a result that still goes to the applicant; an answer alone is nothing to deliver."""
        return self.state in (ItemState.APPROVED, ItemState.COMPLETED) and not self.answer

    @property
    def awaits_payment(self) -> bool:
        return self.state == ItemState.SUSPENDED and bool(self.segments) and self.segments[-1].cause == PAYMENT


@dataclass(frozen=True)
class PlainParty:
    role: str
    kind: str
    subject_id: str
    proof: str
    proven_at: datetime | None = None
    reached_by: str = ""


@dataclass(frozen=True)
class PlainCase:
    """One applicant's run through a matter. `delivery` holds the applicant's choice: way and together."""

    id: str
    case_no: str
    region: str
    matter: str
    catalog_digest: str
    state: CaseState
    handler: str
    situation: Mapping[str, str]
    chosen: tuple[str, ...]
    delivery: Mapping[str, str]
    created_at: datetime
    channel: str = "window"
    applicant: str = ""
    filing_id: str = ""
    received_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    items: tuple[PlainItem, ...] = ()
    parties: tuple[PlainParty, ...] = ()
    events: int = 0

    def item(self, code: str) -> PlainItem:
        """The item case of this item. Raises NotThere."""
        for known in self.items:
            if known.item == code:
                return known
        raise NotThere(f"This case has no item {code}.", code="ITEM_NOT_IN_CASE")

    def numbered(self, item_no: str) -> PlainItem:
        for known in self.items:
            if known.item_no == item_no:
                return known
        raise NotThere(f"This case has no item case {item_no}.", code="ITEM_NOT_IN_CASE")
