"""What a notice may say of a case, as plain text by blank (`catalog.notices.NOTICES`). Pure; it renders nothing.

Some blanks are the steps' own: `deferred` and `promised`, with the items that they concern, fill the promises that are signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.demand import NeededMaterial
from catalog.notices import PERMIT_BASIS
from catalog.types import Item, ItemKind, Site
from catalog.workdays import Calendar
from hub.cases.plain import PlainCase
from hub.cases.states import FAILED, SUCCEEDED
from hub.cases.terms import rules_of
from hub.clock import local

REMEDY = (
    "如不服本决定，可以自收到本决定书之日起六十日内依法向{county}人民政府申请行政复议，"
    "或者在六个月内依法向有管辖权的{county}人民法院提起行政诉讼。"
)
"""行政复议法 art. 20, 行政诉讼法 art. 46. Proposed: the county's, until each department names its own."""

WHOLE = "申请材料齐全、符合法定形式"

FREED_TITLES = {"no_record": "查无记录，不要求提交", "not_checked": "未能核验，不要求提交"}
"""How a material that is not demanded stands in words: its look-up found no record, or a person went on without the answer."""

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
    due: Mapping[str, date] = field(default_factory=dict)
    """Code → the day by which a deferred material comes."""

    def having(self, *statuses: str) -> list[NeededMaterial]:
        return [n for n in self.needed if self.statuses.get(n.material.code, "missing") in statuses]

    def names(self, *statuses: str) -> list[str]:
        return [n.material.name for n in self.having(*statuses)]

    def deferred(self) -> list[str]:
        """Names of deferred materials with their days."""
        return [
            n.material.name + (f"（{chinese_day(day)}前补交）" if (day := self.due.get(n.material.code)) else "")
            for n in self.having("deferred")
        ]

    def freed(self) -> list[str]:
        """Names of materials that are not demanded, since a look-up ended without a record; with how it ended."""
        return [
            f"{n.material.name}（{FREED_TITLES[self.statuses[n.material.code]]}）" for n in self.having(*FREED_TITLES)
        ]

    def returned(self, case: PlainCase, ended: Collection[str]) -> str:
        """What the window gives back when these items end: its scans' papers that an ended item needed and no living one does."""
        alive = {i.item for i in case.items if i.item not in ended and i.state not in FAILED}
        papers = [n for n in self.having("uploaded") if alive.isdisjoint(n.items) and set(ended) & set(n.items)]
        return (_numbered(n.material.name for n in papers) if case.channel == "window" else "") or NOTHING_RETURNED


def of_case(
    case: PlainCase, site: Site, papers: Papers, counter: Counter, addressee: str, now: datetime
) -> dict[str, str]:
    """The blanks of notices about the whole case."""
    items = [site.items[i.item] for i in case.items]
    received = papers.names("uploaded")
    deferred, promised = papers.deferred(), papers.names("promised")
    outstanding = [*(f"{one}（容缺受理）" for one in deferred), *(f"{one}（告知承诺）" for one in promised)]
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
        "exempted": _numbered([*papers.names("exempt", "upstream"), *papers.freed()]) or "无",
        "outstanding": _numbered(outstanding) or "无",
        "outstanding_note": f"3.下列材料尚未收取:{'、'.join(outstanding)}。" if outstanding else "",
        "deferred": _numbered(deferred),
        "deferred_items": _numbered(_concerned(site, papers.having("deferred"), case)),
        "promised": _numbered(promised),
        "promised_items": _numbered(_concerned(site, papers.having("promised"), case)),
        "received_at": chinese_moment(case.received_at or now),
        "promised_workdays": str(max((item.promised_workdays for item in items), default=0)),
        "results": _numbered(
            site.items[i.item].result.name for i in case.items if i.state in SUCCEEDED and not i.answer
        )
        or "无",
        "receiver_name": addressee,
        "delivered_at": chinese_moment(now),
        "deferral_days": str(rules_of(site).deferral_days),
        "signed_on": chinese_day(local(now).date()),
        "returned_materials": _numbered(by_hand) or NOTHING_RETURNED,
    }


def of_item(
    whole: Mapping[str, str], item: Item, site: Site, calendar: Calendar, now: datetime, papers: Papers | None = None
) -> dict[str, str]:
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
        "finding": _finding(item, papers),
        "remedy": REMEDY.format(county=site.name),
        "permit_basis": PERMIT_BASIS if item.kind is ItemKind.PERMIT else "",
    }


def _finding(item: Item, papers: Papers | None) -> str:
    """An item with a material outstanding is never told that its materials are complete."""
    here = [n for n in (papers.needed if papers else ()) if item.code in n.items]
    own = Papers(tuple(here), papers.statuses, papers.due) if papers else None
    if own is None or not own.having("deferred", "promised"):
        return WHOLE
    kinds = (("以容缺受理方式办理", own.deferred()), ("以告知承诺方式办理", own.names("promised")))
    told = "，".join(f"{'、'.join(names)}{way}" for way, names in kinds if names)
    return f"其余申请材料齐全、符合法定形式，{told}"


def _concerned(site: Site, needed: Iterable[NeededMaterial], case: PlainCase) -> list[str]:
    """Titles of the case's items that need one of these materials."""
    codes = {code for n in needed for code in n.items}
    return [site.items[i.item].title for i in case.items if i.item in codes]


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(moment: datetime) -> str:
    at = local(moment)
    return f"{chinese_day(at.date())}{at:%H:%M}"
