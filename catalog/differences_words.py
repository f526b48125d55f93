"""Chinese words for the areas and keys of a published catalog, as its manager reads them. It compares nothing."""

from __future__ import annotations

from collections.abc import Mapping

AREAS: Mapping[str, str] = {
    "matters": "一件事",
    "items": "事项",
    "parts": "表单部分",
    "materials": "共用材料",
    "departments": "部门和数据资源",
    "grants": "授权",
    "policy": "政策参数",
    "certificates": "证照类型",
    "dictionary": "字段字典",
    "guide": "办事指南共用内容",
    "notices": "文书模板",
    "calendar": "工作日历",
    "site": "站点",
}
LABELS: Mapping[str, str] = {
    "title": "名称", "name": "名称", "lead": "牵头部门", "applicant_kind": "申请人类型", "listed_kind": "服务对象", "sequence": "序号",
    "batch": "批次", "issuing_level": "发布层级", "deadline": "完成时限", "province_mandated": "省定", "aliases": "别名", "items": "事项",
    "item": "事项", "order": "清单顺序", "optional": "可不选", "when": "适用情形", "change_note": "更改", "dependencies": "先后关系",
    "on_reject": "前置不通过时", "together": "须一并办理", "questions": "情形问题", "answers": "选项", "default": "默认选项", "parts": "采用的表单部分",
    "settled": "已定的情形", "roles": "当事人", "fields": "字段", "asks": "自问字段", "sources": "来源", "required": "必填", "lock": "能否更改",
    "materials": "材料", "legal_basis": "依据", "type_and_format": "类型和格式", "source": "来源", "acceptance_standard": "受理标准",
    "paper_copies": "份数", "paper_size": "规格", "deferrable": "可容缺", "promise_allowed": "可告知承诺", "notes": "说明", "main": "主要材料",
    "exemption": "免提交", "department": "部门", "kind": "类型", "promised_workdays": "承诺工作日", "statutory_workdays": "法定工作日",
    "immediate": "即办", "result": "办理结果", "issued_by": "由谁签发", "certificate_type": "证照类型", "validity": "有效期规则", "extensions": "扩展字段", "face": "证面版式", "uses": "用到的表单块",
    "applicant_kinds": "申请人类型", "legal_bases": "设定依据", "conditions": "受理条件", "special_procedures": "特别程序", "deferral_allowed": "可容缺受理",
    "reviewed_by": "核定人", "proposed": "拟定", "extras": "指南内容", "guide": "指南内容", "blocks": "块", "resources": "数据资源", "lists": "明细",
    "share": "共享属性", "subject": "凭什么查", "trust": "可信等级", "update_cycle": "更新周期", "handles": "承办事项", "phone": "电话",
    "resource": "数据资源", "purposes": "用途（一件事）", "ground": "依据", "clause": "条款", "until": "有效期至", "value": "取值", "codes": "代码",
    "sensitivity": "敏感级别", "type": "类型", "hint": "提示", "example": "示例", "unit": "单位", "defined_by": "定义机关", "holder": "持证人",
    "sheet": "核验结果单", "answer_of": "取自情形", "relation": "关联取得", "proofs": "核验方式", "working": "工作日", "exercise_level": "行使层级",
    "acceptance_channels": "受理方式", "collection_methods": "领取方式", "charges": "收费", "enquiry": "咨询", "complaint": "投诉", "places": "地址和时间",
    "remedies": "救济途径", "progress_query": "进度查询", "special_notes": "特殊注意事项", "process_steps": "办理流程", "upstream_item": "前置事项结果", "certificates": "证照类型", "departments": "使用部门", "whole_file": "可取原文件", "address": "地址", "hours": "时间", "methods": "方式", "channels": "途径",
}  # fmt: skip
"""Keys of a site's files. A key without a word is shown as it is written."""

QUIET = frozenset({"file", "position"})
"""Where something is written says nothing of what it means."""

OPAQUE = frozenset({"wire", "path", "tag", "column"})
"""Settings of an adapter: that they changed is all that a catalog manager can use."""

_LONG = 60


def said(value: object) -> str:
    """A value in few words."""
    match value:
        case bool():
            return "是" if value else "否"
        case str():
            return value if len(value) <= _LONG else f"{value[:_LONG]}…"
        case Mapping():
            named = "；".join(
                f"{LABELS.get(key, key)} {said(inner)}" for key, inner in value.items() if key not in QUIET
            )
            return named if len(named) <= 2 * _LONG else f"{named[: 2 * _LONG]}…"
        case list() | tuple():
            return "、".join(said(one) for one in value)
        case _:
            return str(value)
