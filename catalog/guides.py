"""办事指南 of a matter: its 26 elements and 9 sub-elements of a material, out of what the catalog knows and `[guide]` tables. It draws nothing.

Said for the matter wins over said for an item, that over what holds for the whole site. An element that nobody said is a gap, not a
mismatch: the published lists give none of them, and a matter can be handled while its guide still lacks a flow chart.
Elements and their order: seed 000 一, 001 annex 2 一 (the lists end with 等, so `extras` may add more).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from catalog.types import Item, Matter, Site

Said = Mapping[str, object]

NOTES = "21"
"""Other notes: nobody need have any."""


@dataclass(frozen=True)
class Line:
    """One thing said under an element: by whom (an item's title, or "" for the whole matter), and whether it is only proposed."""

    text: str
    of: str = ""
    proposed: bool = True


@dataclass(frozen=True)
class Element:
    """One element of the guide. `short`: it stands in the short version (简版) too."""

    number: str
    title: str
    lines: tuple[Line, ...]
    short: bool = False

    @property
    def missing(self) -> bool:
        return not self.lines


def guide_of(site: Site, matter: Matter) -> tuple[Element, ...]:
    """All elements of the full guide in the order of the official list, those that nobody filled among them."""
    telling = _Telling(site, matter)
    told = [Element(number, title, tuple(lines(telling)), short) for number, title, short, lines in ELEMENTS]
    return (*(one for one in told if one.lines or one.number != NOTES), *telling.extras())


def gaps(site: Site, matter: Matter) -> tuple[Element, ...]:
    """The elements that nobody filled yet."""
    return tuple(element for element in guide_of(site, matter) if element.missing)


class _Telling:
    """A matter, its items, and what each level says."""

    def __init__(self, site: Site, matter: Matter) -> None:
        self.site, self.matter = site, matter
        self.items = [item for found in matter.items if (item := matter.demands.get(found.item))]

    def of_matter(self, *texts: str) -> list[Line]:
        return [Line(text, "", self.matter.proposed) for text in texts if text]

    def of_list(self, *texts: str) -> list[Line]:
        """What a published list says of the matter is not proposed."""
        return [Line(text, "", self.matter.proposed and not self.matter.batch) for text in texts if text]

    def of_items(self, texts: Callable[[Item], Iterable[str]]) -> list[Line]:
        """What each item says, once; what all of them say alike belongs to none of them."""
        return self._folded((item, text, unreviewed(item)) for item in self.items for text in texts(item))

    def _folded(self, said: Iterable[tuple[Item, str, bool]]) -> list[Line]:
        by_text: dict[str, dict[str, bool]] = {}
        for item, text, proposed in said:
            if text:
                by_text.setdefault(text, {})[item.title] = proposed
        return [
            Line(text, "" if len(by_item) == len(self.items) else "、".join(by_item), any(by_item.values()))
            for text, by_item in by_text.items()
        ]

    def said(self, key: str, inner: str = "") -> list[Line]:
        """A key of `[guide]`: the matter's, else each item's, else the site's for an item that says nothing."""
        if own := _texts(self.matter.guide, key, inner):
            return self.of_matter(*own)
        shared, unread = _texts(self.site.guide, key, inner), not self.site.guide.get("reviewed_by")
        return self._folded(
            (item, text, unread if not own else unreviewed(item))
            for item in self.items
            for own in [_of_item(item, key, inner)]
            for text in own or shared
        )

    def extras(self) -> list[Element]:
        """Elements that the official list does not name (等)."""
        levels = (self.site.guide, *(item.guide for item in self.items), self.matter.guide)
        found: dict[str, list[Line]] = {}
        for level in levels:
            extras = level.get("extras")
            for title, value in extras.items() if isinstance(extras, Mapping) else ():
                found[title] = [Line(text) for text in _flat(value)]
        return [Element("等", title, tuple(lines)) for title, lines in found.items()]


def unreviewed(item: Item) -> bool:
    """Whether no department has confirmed what the item's file says."""
    return item.proposed or not item.reviewed_by


def _of_item(item: Item, key: str, inner: str) -> list[str]:
    """What an item's `[guide]` says, else its `extras`, which had some of the elements before guides were tables."""
    return _texts(item.guide, key, inner) or _texts(item.extras, key, inner)


def _texts(said: Said, key: str, inner: str) -> list[str]:
    value = said.get(key)
    if not inner:
        return _flat(value)
    rows = value if isinstance(value, (list, tuple)) else [value]
    found = [text for row in rows for text in (_flat(row.get(inner)) if isinstance(row, Mapping) else ())]
    return found or (_flat(value) if inner in _PLAIN and not any(isinstance(row, Mapping) for row in rows) else [])


_PLAIN = ("address", "standard", "channels", "blank", "notes", "question")
"""Where a value is no table but text, it is this sub-element."""


def _flat(value: object) -> list[str]:
    match value:
        case None | "":
            return []
        case Mapping():
            return ["：".join(part) for name, inner in value.items() if (part := [name, "、".join(_flat(inner))])[1]]
        case list() | tuple():
            return [text for one in value for text in _flat(one)]
        case bool():
            return ["是" if value else "否"]
        case _:
            return [str(value)]


def _departments(telling: _Telling) -> list[Line]:
    """联办部门: the units of the items, without the lead; a matter may be the lead's alone."""
    codes = dict.fromkeys(item.department for item in telling.items if item.department != telling.matter.lead)
    names = [telling.site.departments[code].name for code in codes if code in telling.site.departments]
    return telling.of_list(*(names or ["无，均由牵头部门办理"]))


def _materials(of: Callable[..., str]) -> Callable[[_Telling], list[Line]]:
    def lines(telling: _Telling) -> list[Line]:
        return telling.of_items(lambda item: [f"{one.name}：{said}" for one in item.materials if (said := of(one))])

    return lines


def _named_materials(telling: _Telling) -> list[Line]:
    return telling.of_items(lambda item: [one.name for one in item.materials])


def _limit(item: Item) -> str:
    return "即办" if item.immediate else f"{item.promised_workdays} 个工作日（法定 {item.statutory_workdays} 个工作日）"


def _limits(telling: _Telling) -> list[Line]:
    return [Line(_limit(item), item.title, unreviewed(item)) for item in telling.items]


def _letters(telling: _Telling) -> list[Line]:
    """Only a matter with 告知承诺 or 容缺受理 has one."""
    if not any(item.promise_allowed or item.deferral_allowed for item in telling.items):
        return telling.of_matter("不适用")
    return telling.said("commitment_letters", "blank")


def _charged_by(telling: _Telling) -> list[Line]:
    """What is free is charged on no ground."""
    said = telling.said("charges", "legal_basis")
    free = [line for line in telling.said("charges", "standard") if line.text == "不收费"]
    return said or [Line("不适用（不收费）", line.of, line.proposed) for line in free]


def _said(key: str, inner: str = "") -> Callable[[_Telling], list[Line]]:
    return lambda telling: telling.said(key, inner)


ELEMENTS: tuple[tuple[str, str, bool, Callable[[_Telling], list[Line]]], ...] = (
    ("1", "“一件事”事项名称", True, lambda t: t.of_list(t.matter.title)),
    ("1a", "“一件事”事项编码", False, lambda t: t.of_matter(t.matter.code)),
    ("2", "联办事项", True, lambda t: t.of_list(*(item.title for item in t.items))),
    (
        "2a",
        "联办事项编码",
        False,
        lambda t: t.of_items(lambda item: [str(item.extras.get("task_code", "")) or item.code]),
    ),
    ("3", "牵头部门", False, lambda t: t.of_list(t.site.departments[t.matter.lead].name)),
    ("4", "联办部门", False, _departments),
    ("5", "服务对象", True, lambda t: t.of_list(t.matter.listed_kind)),
    ("6", "设定依据", False, lambda t: t.of_items(lambda item: item.legal_bases)),
    ("7", "行使层级", True, _said("exercise_level")),
    ("8", "受理条件", False, lambda t: t.of_items(lambda item: item.conditions)),
    ("9a", "申请材料：材料名称", True, _named_materials),
    ("9b", "申请材料：材料依据", True, _materials(lambda one: one.legal_basis)),
    ("9c", "申请材料：材料类型及格式要求", True, _materials(lambda one: one.type_and_format)),
    ("9d", "申请材料：材料来源", True, _materials(lambda one: one.source + ("（免提交）" if one.exemptions else ""))),
    ("9e", "申请材料：受理标准", True, _materials(lambda one: one.acceptance_standard)),
    ("9f", "申请材料：纸质材料份数及规格", True, _materials(lambda one: f"{one.paper_copies} 份，{one.paper_size}")),
    ("9g", "申请材料：容缺受理情况", True, _materials(lambda one: "可容缺" if one.deferrable else "不可容缺")),
    (
        "9h",
        "申请材料：书面承诺告知情况",
        True,
        _materials(lambda one: "可以承诺代替" if one.promise_allowed else "不适用"),
    ),
    ("9i", "申请材料：补充说明或情形说明", True, _materials(lambda one: one.notes)),
    ("10", "中介服务", False, _said("intermediary_services")),
    ("11a", "办理方式：受理方式", True, _said("acceptance_channels")),
    ("11b", "办理方式：办理地址", True, _said("places", "address")),
    ("11b", "办理方式：办理时间", True, _said("places", "hours")),
    ("12", "办理流程", True, _said("process_steps")),
    ("12a", "办理流程：特别环节", True, lambda t: t.of_items(lambda item: item.special_procedures or ("无",))),
    ("13a", "办理结果：结果名称", True, lambda t: t.of_items(lambda item: [item.result.name])),
    ("13b", "办理结果：结果样本", False, _said("result_sample")),
    ("14", "承诺办结时限", True, _limits),
    ("15a", "收费情况：收费标准", True, _said("charges", "standard")),
    ("15b", "收费情况：收费依据", True, _charged_by),
    ("16", "领取方式", True, _said("collection_methods")),
    ("17", "行政救济途径与方式", False, _said("remedies")),
    ("18", "咨询方式", True, _said("enquiry")),
    ("19", "监督投诉渠道", True, _said("complaint")),
    ("20a", "办理进程和结果查询：查询方式", True, _said("progress_query", "methods")),
    ("20b", "办理进程和结果查询：查询途径", True, _said("progress_query", "channels")),
    ("21a", "特殊注意事项：是否须预约办理", True, _said("special_notes", "appointment_required")),
    ("21b", "特殊注意事项：是否须本人亲自办理", True, _said("special_notes", "in_person_required")),
    ("21c", "特殊注意事项：是否须所涉当事人全部到场", True, _said("special_notes", "all_parties_required")),
    ("21d", "特殊注意事项：照片和仪容的提醒", True, _said("special_notes", "photo_reminder")),
    (NOTES, "特殊注意事项：其他", True, _said("special_notes", "notes")),
    ("22", "申请表（样本）及示范文本", False, _said("forms", "blank")),
    ("22", "申请表示范文本", False, _said("forms", "model")),
    ("23", "承诺告知书（样本）及示范文本", False, _letters),
    ("24", "事项办理流程图", False, _said("flow_chart")),
    ("25", "常见错误示例", False, _said("common_errors")),
    ("26", "常见问题解答", False, _said("faqs")),
    ("27", "申请表（样本）及示范文本下载地址", True, _said("forms", "download_url")),
    ("28", "完整版办事指南二维码", True, _said("full_guide_address")),
)
"""Number, title, whether the short version has it, and where it is from. Sub-elements stand by themselves, so that a gap is named exactly."""
