"""What a notice may say of a case, as plain text by blank (`catalog.notices.NOTICES`). Pure; it renders nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.demand import NeededMaterial
from catalog.types import Item, Site
from catalog.workdays import Calendar
from hub.cases.plain import PlainCase
from hub.clock import local

REMEDY = "如不服本决定，可以自收到本决定书之日起六十日内依法申请行政复议，或者在六个月内依法提起行政诉讼。"
"""行政复议法 art. 20, 行政诉讼法 art. 46."""


@dataclass(frozen=True)
class Counter:
    """The window as it stands on paper."""

    window_name: str
    contact_phone: str
    complaint_phone: str
    handler_name: str = field(default="", repr=False)


def of_case(
    case: PlainCase, site: Site, needed: tuple[NeededMaterial, ...], counter: Counter, addressee: str, now: datetime
) -> dict[str, str]:
    """The blanks of notices about the whole case."""
    items = [site.items[i.item] for i in case.items]
    policy = site.policy["deferral_days"].value if "deferral_days" in site.policy else ""
    return {
        "addressee": addressee,
        "matter_title": site.matters[case.matter].title,
        "window_name": counter.window_name,
        "contact_phone": counter.contact_phone,
        "complaint_phone": counter.complaint_phone,
        "handler_name": counter.handler_name,
        "items": "\n".join(f"{n}. {item.title}" for n, item in enumerate(items, start=1)),
        "item_title": "、".join(item.title for item in items),
        "materials": "\n".join(f"{n}. {m.material.name}" for n, m in enumerate(needed, start=1)),
        "material_count": str(len(needed)),
        "received_at": chinese_moment(now),
        "promised_workdays": str(max((item.promised_workdays for item in items), default=0)),
        "results": "\n".join(f"{n}. {item.result.name}" for n, item in enumerate(items, start=1)),
        "receiver_name": addressee,
        "delivered_at": chinese_moment(now),
        "deferral_days": str(policy),
        "signed_on": chinese_day(local(now).date()),
        "returned_materials": "无纸质材料需要退还",
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


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(moment: datetime) -> str:
    at = local(moment)
    return f"{chinese_day(at.date())}{at:%H:%M}"
