"""The settings a site must decide, one or more for each open point K-01…K-26, and what each may be. It holds no site's choice.

The points are contradictions between the sources of the procedure (notices of Beiguan 〔2023〕15, the Xixia list, the
Jiangsu standard, Weibin 〔2023〕3, DB4105/T 229—2024); the choice belongs to a jurisdiction, so it is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.shapes import Flag, Many, Shape, Text, Whole

LAYERS = ("province", "city", "county")
"""From the widest to the narrowest; a narrower layer overrides a wider one."""


@dataclass(frozen=True)
class Setting:
    point: str
    title: str
    shape: Shape


_USES = Text(("prefill", "material", "copy", "share"))
_ENDINGS = Text(("not_received", "withdrawn", "terminated", "refused"))

SETTINGS: Mapping[str, Setting] = {
    "on_item_failure": Setting(
        "K-01", "事项未通过的影响", Text(("end_whole_matter", "end_dependents_only", "continue"))
    ),
    "refusal_counts_as_failure": Setting("K-01", "不予受理视同未通过", Flag()),
    "withdrawal_until": Setting("K-02", "可撤回至", Text(("own_decision", "last_decision"))),
    "withdrawal_scope": Setting("K-02", "撤回范围", Text(("open_items", "all_items"))),
    "intake_steps": Setting("K-03", "收件与受理", Text(("one", "two"))),
    "clock_start": Setting("K-04", "时限起算", Text(("acceptance", "intake"))),
    "excluded_procedures": Setting("K-04", "不计入时限的程序", Many(Text(filled=True))),
    "correction_pauses_clock": Setting("K-04", "补正期间停表", Flag()),
    "completeness": Setting("K-05", "材料齐全标准", Text(("all", "main"))),
    "defect_confirmed_by_department": Setting("K-06", "补正须经部门确认", Flag()),
    "deferral_allowed": Setting("K-07", "容缺受理", Flag()),
    "deferral_promise_at": Setting("K-07", "容缺承诺环节", Text(("intake", "approval"))),
    "deferral_days": Setting("K-07", "容缺补交期限（工作日）", Whole(1)),
    "pre_review_allowed": Setting("K-07", "容缺预审", Flag()),
    "online_review_hours": Setting("K-08", "网上申请审查时限（小时）", Whole(1)),
    "window_push_hours": Setting("K-08", "窗口推送时限（小时）", Whole(1)),
    "hours_counted": Setting("K-08", "小时计算方式", Text(("office", "clock"))),
    "office_hours": Setting("K-08", "办公时间", Text(pattern=r"\d\d:\d\d-\d\d:\d\d(,\d\d:\d\d-\d\d:\d\d)*")),
    "acceptance_workdays": Setting("K-08", "受理决定时限（工作日）", Whole(1)),
    "count_first_day": Setting("K-08", "收到当日计入时限", Flag()),
    "notice_profile": Setting("K-09", "文书样式", Text(("henan", "jiangsu", "anyang"))),
    "paper_keeper": Setting("K-10", "纸质材料保管", Text(("lead", "each_department"))),
    "handover_signed": Setting("K-10", "交接签收", Flag()),
    "courier_sender": Setting("K-11", "寄递方", Text(("window", "department"))),
    "courier_fee": Setting("K-11", "寄递费用", Text(("free", "applicant"))),
    "delivery_choice": Setting("K-12", "领取方式选择", Text(("applicant", "together"))),
    "delivery_limit": Setting("K-13", "送达时限", Text(("same_day", "first_moment"))),
    "partial_choice": Setting("K-14", "可只选部分事项", Flag()),
    "lead_without_item": Setting("K-15", "牵头部门无联办事项", Text(("allowed", "warned"))),
    "guide_profiles": Setting("K-16", "办事指南版本", Many(Text(("henan_full", "henan_short", "jiangsu")))),
    "material_list_level": Setting("K-17", "材料清单统一层级", Text(("province", "city", "county"))),
    "platforms": Setting("K-18", "对接平台", Many(Text(filled=True))),
    "unconnected_fallback": Setting("K-19", "系统未对接时", Text(("pull", "file_drop", "paper"))),
    "vocabulary": Setting("K-20", "角色称谓", Text(("henan", "jiangsu", "anyang"))),
    "certificate_trigger": Setting("K-21", "制证时点", Text(("per_item", "whole_matter"))),
    "certificate_uses_a": Setting("K-21", "A 级归集证照的用途", Many(_USES)),
    "certificate_uses_b": Setting("K-21", "B 级归集证照的用途", Many(_USES)),
    "certificate_uses_c": Setting("K-21", "C 级归集证照的用途", Many(_USES)),
    "certificate_uses_d": Setting("K-21", "D 级归集证照的用途", Many(_USES)),
    "certificate_looked_at_grades": Setting("K-21", "须经窗口核对才能使用的等级", Many(Text(("A", "B", "C", "D")))),
    "evaluation_profile": Setting("K-22", "评价标准", Text(("national", "jiangsu", "anyang"))),
    "batch_issued_by": Setting("K-23", "批次发布层级", Text(("province", "city", "county"))),
    "precedence_source": Setting("K-24", "前后置关系来源", Text(("lead_department", "list_order"))),
    "alternatives": Setting("K-25", "互斥事项", Text(("by_situation", "all_listed"))),
    "materials_returned_on": Setting("K-26", "退还材料的情形", Many(_ENDINGS)),
}
