"""Titles of the names that stand in the log's records: form keys, fields of the dictionary, materials, what a push carries. It reads no record."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import Site

SENT: Mapping[str, str] = {
    "accepted_at": "受理时间",
    "applicant_code": "申请人证件号码",
    "applicant_kind": "申请人类型",
    "applicant_name": "申请人",
    "authority_code": "发证机关代码",
    "authority_name": "发证机关",
    "certificate": "电子证照",
    "certificate_identifier": "证照标识",
    "certificate_name": "证照名称",
    "certificate_number": "证照编号",
    "certificate_type": "证照类型",
    "channel": "申请渠道",
    "decided_at": "决定时间",
    "decision_no": "决定文号",
    "department": "部门代码",
    "department_name": "部门",
    "department_uscc": "部门统一社会信用代码",
    "ended_at": "结束时间",
    "exempted_count": "免提交材料数",
    "handler": "经办人",
    "holder": "持证主体",
    "holder_code": "持证主体证件号码",
    "holder_code_type": "持证主体证件类型",
    "holder_name": "持证主体",
    "identifier": "证照标识",
    "type": "证照类型代码",
    "authority": "颁发机构",
    "status": "证照状态",
    "scan": "扫描件",
    "issued_on": "签发日期",
    "item": "事项代码",
    "item_title": "事项",
    "material_count": "材料数",
    "materials": "材料清单",
    "matter": "一件事代码",
    "matter_title": "一件事",
    "number": "证照编号",
    "outcome": "环节结果",
    "phone": "联系电话",
    "promised_workdays": "承诺工作日",
    "reason": "理由",
    "region": "区划",
    "result": "办理结果",
    "result_title": "办理结果名称",
    "special_kind": "特别程序种类",
    "special_name": "特别程序名称",
    "started_at": "开始时间",
    "step": "环节",
    "step_title": "环节名称",
    "text": "短信内容",
    "valid_from": "有效期起",
    "valid_to": "有效期止",
}
"""What a push, a delivery or a short message carries beside the form's fields."""


def titles_of(site: Site) -> Mapping[str, str]:
    """Every name the site knows, and every name that is sent; where two use one name, the form's key stands before all others."""
    materials = {m.code: m.name for item in site.items.values() for m in item.materials}
    fields = {name: definition.title for name, definition in site.dictionary.items()}
    keys = {f.key: f.title for matter in site.matters.values() for f in matter.fields}
    faces = {one.name: one.label for kind in site.certificates.values() for one in kind.extensions}
    return {**SENT, **faces, **materials, **fields, **keys}


def title(titles: Mapping[str, str], name: str) -> str:
    """`owners.owner_name` by its last part where the whole is unknown; an unknown one as it is."""
    return titles.get(name) or titles.get(name.rpartition(".")[2], name)
