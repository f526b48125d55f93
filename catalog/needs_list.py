"""The list of needs (需求清单) as people and programs take it away: named rows, filtered, as CSV or for JSON. What is needed is in `catalog.needs`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from catalog.needs import Need, needs
from catalog.types import Site

COLUMNS: Mapping[str, str] = {
    "matter": "一件事",
    "matter_code": "一件事编码",
    "item": "联办事项",
    "item_code": "事项编码",
    "use": "用途",
    "title": "材料或字段",
    "name": "材料编码或字段键",
    "department": "提供单位",
    "department_code": "单位编码",
    "resource": "数据资源",
    "resource_code": "资源编码",
    "field": "资源字段",
    "share": "共享属性",
    "ground": "依据",
    "clause": "条款",
    "state": "落实",
}
USES: Mapping[str, str] = {"field": "填表", "material": "免提交", "result": "获取结果"}
SHARES: Mapping[str, str] = {"unconditional": "无条件共享", "conditional": "有条件共享", "withheld": "不予共享"}
STATES: Mapping[str, str] = {"met": "已落实", "unmet": "没有来源", "withheld": "不予共享", "ungranted": "没有授权"}

Line = Mapping[str, str]


def needs_lines(site: Site, matter: str = "", department: str = "", state: str = "") -> list[Line]:
    """The needs with names beside codes. `matter` and `department` are a code or part of a name; `state` as in `Need.state`."""
    lines = (_line(site, need) for need in needs(site))
    return [
        one
        for one in lines
        if _has(one, "matter", matter) and _has(one, "department", department) and state in ("", one["state"])
    ]


def _has(line: Line, what: str, wanted: str) -> bool:
    return not wanted or wanted == line[f"{what}_code"] or wanted in line[what]


def _line(site: Site, need: Need) -> Line:
    department, resource = site.departments.get(need.department), site.resources.get(need.resource)
    item = site.items.get(need.item)
    return {
        "matter": site.matters[need.matter].title,
        "matter_code": need.matter,
        "item": item.title if item else need.item,
        "item_code": need.item,
        "use": need.use,
        "title": need.title,
        "name": need.name,
        "department": department.name if department else need.department,
        "department_code": need.department,
        "resource": resource.title if resource else need.resource,
        "resource_code": need.resource,
        "field": need.field,
        "share": need.share.value if need.share else "",
        "ground": need.ground,
        "clause": need.clause,
        "state": need.state,
    }


def in_words(line: Line) -> dict[str, str]:
    """A line for people: codes of use, share type and state as words."""
    return {**line, "use": USES[line["use"]], "share": SHARES.get(line["share"], ""), "state": STATES[line["state"]]}


def as_csv(lines: Iterable[Line]) -> str:
    """The list as CSV with Chinese heads, for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.values())
    writer.writerows([in_words(line)[name] for name in COLUMNS] for line in lines)
    return out.getvalue()
