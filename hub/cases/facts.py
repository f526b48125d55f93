"""What a notice may say of a case, as plain text by blank (`catalog.notices.NOTICES`). Pure; it renders nothing.

One blank is the steps' own: `lacking`, the materials that came by deferral or promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.demand import NeededMaterial
from catalog.types import Item, Site
from catalog.workdays import Calendar
from hub.cases.plain import PlainCase
from hub.cases.states import SUCCEEDED
from hub.cases.terms import rules_of
from hub.clock import local

REMEDY = "如不服本决定，可以自收到本决定书之日起六十日内依法申请行政复议，或者在六个月内依法提起行政诉讼。"
"""行政复议法 art. 20, 行政诉讼法 art. 46."""

NOTHING_RETURNED = "无纸质材料需要退还"
"""K-26: what the window scanned it gives back; what came by data sharing was never paper here."""


@dataclass(frozen=True)
class Counter:
    """The window as it stands on paper."""

    window_name: str
    contact_phone: str
    complaint_phone: str
    handler_name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Papers:
    """The materials that a case needs, and how each came in: code → status."""

    needed: tuple[NeededMaterial, ...]
    statuses: Mapping[str, str]

    def names(self, *statuses: str) -> list[str]:
        return [n.material.name for n in self.needed if self.statuses.get(n.material.code, "missing") in statuses]


def of_case(
    case: PlainCase, site: Site, papers: Papers, counter: Counter, addressee: str, now: datetime
) -> dict[str, str]:
    """The blanks of notices about the whole case."""
    items = [site.items[i.item] for i in case.items]
    received = papers.names("exempt", "uploaded")
    by_hand = papers.names("uploaded") if case.channel == "window" else []
    return {
        "addressee": addressee,
        "matter_title": site.matters[case.matter].title,
        "window_name": counter.window_name,
        "contact_phone": counter.contact_phone,
        "complaint_phone": counter.complaint_phone,
        "handler_name": counter.handler_name,
        "items": _numbered(item.title for item in items),
        "item_title": "、".join(item.title for item in items),
        "materials": _numbered(received) or "无",
        "material_count": str(len(received)),
        "lacking": _numbered(papers.names("deferred", "promised")),
        "received_at": chinese_moment(case.received_at or now),
        "promised_workdays": str(max((item.promised_workdays for item in items), default=0)),
        "results": _numbered(site.items[i.item].result.name for i in case.items if i.state in SUCCEEDED) or "无",
        "receiver_name": addressee,
        "delivered_at": chinese_moment(now),
        "deferral_days": str(rules_of(site).deferral_days),
        "signed_on": chinese_day(local(now).date()),
        "returned_materials": _numbered(by_hand) or NOTHING_RETURNED,
    }


def of_item(whole: Mapping[str, str], item: Item, site: Site, calendar: Calendar, now: datetime) -> dict[str, str]:
    """The blanks of notices about one item, on top of those of its case."""
    today = local(now).date()
    due_on, provisional = calendar.add_workdays(today, item.promised_workdays)
    return {
        **whole,
        "item_title": item.title,
        "department_name": site.departments[item.department].name,
        "accepted_on": chinese_day(today),
        "promised_workdays": str(item.promised_workdays),
        "due_on": chinese_day(due_on) + ("（暂定，以国务院节假日安排公布为准）" if provisional else ""),
        "excluded_procedures": "、".join(item.special_procedures) or "无",
        "result_name": item.result.name,
        "remedy": REMEDY,
    }


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(moment: datetime) -> str:
    at = local(moment)
    return f"{chinese_day(at.date())}{at:%H:%M}"
