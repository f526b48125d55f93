"""The terms on which a case runs: its matter's precedence and the site's policy, as one frozen value with defaults. Pure.

It also says which settings of K-01…K-26 change what the hub does, and which are only recorded (`HONOURED`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.policies import SETTINGS
from catalog.types import Dependency, ItemKind, Matter, OnReject, Site

HONOURED: Mapping[str, str] = {
    "certificate_uses_a": "A 级归集证照可以怎样使用",
    "certificate_uses_b": "B 级归集证照可以怎样使用",
    "certificate_uses_c": "C 级归集证照可以怎样使用",
    "certificate_uses_d": "D 级归集证照可以怎样使用",
    "certificate_looked_at_grades": "这些等级的归集证照须经窗口核对才能使用",
    "on_item_failure": "前置事项未通过时，未另行规定的后置事项按此处理",
    "refusal_counts_as_failure": "不予受理是否影响后置事项",
    "withdrawal_until": "未作出决定的事项可撤回；已作出决定的须先依法撤销，系统不自动撤回",
    "withdrawal_scope": "取“全部事项”时，任一事项已作出决定即不能撤回",
    "intake_steps": "取“一步”时窗口收件即受理，出具收件(受理)通知书",
    "clock_start": "取“收件时”时自收件之日起算",
    "excluded_procedures": "特别程序的名称只能取自本表和事项自身的列表",
    "correction_pauses_clock": "受理后补正期间停表",
    "completeness": "取“主要材料”时只要求主要材料",
    "deferral_allowed": "取“否”时不提供容缺受理",
    "deferral_days": "容缺补交的期限",
    "online_review_hours": "线上申报的审查时限",
    "hours_counted": "线上申报时限按办公时间或连续计算",
    "office_hours": "办公时间",
    "acceptance_workdays": "部门作出受理决定的时限",
    "count_first_day": "收到当日是否计入受理时限",
    "notice_profile": "窗口补正用一次告知通知书（河南、江苏样式）或补齐补正通知书（安阳样式）",
    "partial_choice": "能否只选部分事项",
    "materials_returned_on": "撤回、终止文书是否列明退还的纸质材料",
}
"""Settings that the hub acts on, and how. Whatever is not here is recorded and shown, and changes nothing yet."""


@dataclass(frozen=True)
class Rules:
    """The site's policy in the words of the steps. Defaults are the Henan sources' (requirements §17)."""

    on_item_failure: OnReject = OnReject.END_DEPENDENTS_ONLY
    refusal_is_failure: bool = True
    withdraw_all_or_nothing: bool = False
    one_step: bool = False
    clock_from_intake: bool = False
    excluded_procedures: tuple[str, ...] = ()
    correction_pauses: bool = False
    main_only: bool = False
    deferral_allowed: bool = True
    deferral_days: int = 5
    online_review_hours: int = 2
    office_hours: str = ""
    """`08:30-12:00,14:30-18:00`, Asia/Shanghai; empty counts round the clock."""
    acceptance_workdays: int = 1
    count_first_day: bool = False
    window_notice: str = "one_time_notice"
    returned_on: tuple[str, ...] = ("not_received", "withdrawn", "terminated")


@dataclass(frozen=True)
class Terms:
    """What the steps need to know beyond the case: who waits for whom, the site's rules, the items' titles."""

    dependencies: tuple[Dependency, ...] = ()
    rules: Rules = Rules()
    titles: Mapping[str, str] | None = None
    look_ups: frozenset[str] = frozenset()
    """Items that are answered by a question of the form; no department takes them."""
    print_outs: frozenset[str] = frozenset()
    """Items whose result is a document gathered from whoever issued it."""
    sheet_to: str = ""
    """The lead that is handed the verification sheet of a matter of look-ups; empty for all other matters."""

    def on_reject(self, dependency: Dependency) -> OnReject:
        """The pair's own rule, else the site's (K-01)."""
        return dependency.on_reject or self.rules.on_item_failure

    def title(self, item: str) -> str:
        return (self.titles or {}).get(item, item)


def terms_of(site: Site, matter: Matter) -> Terms:
    items = [site.items[i.item] for i in matter.items]
    return Terms(
        matter.dependencies,
        rules_of(site),
        {item.code: item.title for item in items},
        frozenset(item.code for item in items if item.kind is ItemKind.LOOK_UP),
        frozenset(item.code for item in items if item.kind is ItemKind.PRINT_OUT),
        matter.lead if matter.sheet else "",
    )


def rules_of(site: Site) -> Rules:
    """The site's effective policy; what it does not set keeps its default."""
    said = {key: value.value for key, value in site.policy.items()}
    standard = Rules()
    return Rules(
        on_item_failure=OnReject(str(said.get("on_item_failure", standard.on_item_failure))),
        refusal_is_failure=bool(said.get("refusal_counts_as_failure", True)),
        withdraw_all_or_nothing=said.get("withdrawal_scope") == "all_items",
        one_step=said.get("intake_steps") == "one",
        clock_from_intake=said.get("clock_start") == "intake",
        excluded_procedures=_texts(said.get("excluded_procedures")),
        correction_pauses=bool(said.get("correction_pauses_clock", False)),
        main_only=said.get("completeness") == "main",
        deferral_allowed=bool(said.get("deferral_allowed", True)),
        deferral_days=int(str(said.get("deferral_days", standard.deferral_days))),
        online_review_hours=int(str(said.get("online_review_hours", standard.online_review_hours))),
        office_hours=str(said.get("office_hours", "")) if said.get("hours_counted") == "office" else "",
        acceptance_workdays=int(str(said.get("acceptance_workdays", standard.acceptance_workdays))),
        count_first_day=bool(said.get("count_first_day", False)),
        window_notice="correction_notice" if said.get("notice_profile") == "anyang" else standard.window_notice,
        returned_on=_texts(said.get("materials_returned_on", standard.returned_on)),
    )


def effect(key: str) -> str:
    """What the setting does here, in words for the policy page; it says so where it does nothing yet."""
    if key not in SETTINGS:
        return ""
    return HONOURED.get(key, "仅记录，尚未影响办理")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else ()
