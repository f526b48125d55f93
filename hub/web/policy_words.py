"""The values of a site's settings in Chinese, for the pages of the catalog. It decides none.

What has no words is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

POLICY_VALUES: Mapping[str, str] = {
    "prefill": "预填表单",
    "material": "免提交材料",
    "copy": "制作加注件",
    "share": "向部门共享",
    "by_situation": "按情形",
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "per_item": "每个事项办结即签发",
    "acceptance": "自受理起",
    "all": "全部齐全",
    "free": "免费",
    "window": "由窗口寄",
    "intake": "收件时",
    "applicant": "由申请人选",
    "same_day": "当日",
    "national": "国家样式",
    "henan": "河南样式",
    "henan_full": "河南完整版",
    "henan_short": "河南简版",
    "office": "只计办公时间",
    "one": "收件、受理一步",
    "two": "收件、受理两步",
    "main": "主要材料",
    "all_items": "全部事项",
    "last_decision": "最后一个事项作出决定前",
    "jiangsu": "江苏样式",
    "anyang": "安阳样式",
    "clock": "连续计算",
    "whole_matter": "整件办结后签发",
    "each_department": "各部门自存",
    "department": "由部门寄",
    "together": "统一领取",
    "first_moment": "第一时间",
    "allowed": "允许",
    "approval": "审批时",
    "file_drop": "改为文件交换",
    "paper": "改为纸质流转",
    "list_order": "按清单顺序",
    "all_listed": "清单全列",
    "refused": "不予受理",
    "warned": "提示但允许",
    "not_received": "不予收件",
    "withdrawn": "撤回",
    "terminated": "终止",
    "end_dependents_only": "只终止后续事项",
    "end_whole_matter": "整件终止",
    "continue": "其余照办",
    "lead": "牵头部门",
    "lead_department": "牵头部门定的先后",
    "platform": "一体化平台",
    "pull": "改为收取材料",
    "open_items": "未决定的事项",
    "own_decision": "本事项作出决定前",
}
"""Values of policy in words; numbers, hours and lists in Chinese stand as they are."""


def policy_value(text: str) -> str:
    """Each part of a policy's value in words where there is one."""
    return "、".join(POLICY_VALUES.get(part, part) for part in text.split("、"))
