"""The notices (文书) a site must have a template for, the blanks each may use, and how blanks are filled. It makes no layout and no seal.

A template is plain text with blanks such as `{addressee}`; nothing else in it is special. Prescribed wording
(DB4105/T 229—2024 annexes B and C) stays in the templates word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.mismatch import CatalogError
from catalog.types import ItemKind

_BLANK = re.compile(r"\{([a-z][a-z0-9_]*)\}")

_HEAD = ("addressee", "matter_title", "case_no", "notice_no")
_WINDOW = ("handler_name", "contact_phone", "complaint_phone", "window_name", "issued_on")
_ITEM = ("item_title", "item_no", "department_name", "issued_on")

NOTICES: Mapping[str, tuple[str, ...]] = {
    "intake_receipt": (
        *_HEAD,
        *_WINDOW,
        "items",
        "materials",
        "material_count",
        "received_at",
        "exempted",
        "outstanding",
    ),
    "intake_acceptance_notice": (
        *_HEAD,
        *_WINDOW,
        "item_title",
        "material_count",
        "promised_workdays",
        "outstanding_note",
    ),
    "return_notice": (*_HEAD, *_WINDOW, "reason", "returned_materials"),
    "one_time_notice": (*_HEAD, *_WINDOW, "defects"),
    "correction_notice": (*_HEAD, *_WINDOW, "item_title", "defects"),
    "acceptance_notice": (
        *_HEAD,
        *_ITEM,
        "accepted_on",
        "promised_workdays",
        "due_on",
        "excluded_procedures",
        "contact_phone",
        "finding",
        "permit_basis",
    ),
    "refusal_decision": (*_HEAD, *_ITEM, "permit_basis", "reason", "remedy"),
    "decision_granted": (
        *_HEAD,
        *_ITEM,
        "decision_title",
        "decision_words",
        "result_name",
        "certificate_no",
        "valid_to",
    ),
    "decision_denied": (*_HEAD, *_ITEM, "decision_title", "decision_words", "reason", "remedy"),
    "termination_notice": (*_HEAD, *_WINDOW, "items", "reason", "returned_materials"),
    "withdrawal_notice": (*_HEAD, *_WINDOW, "items", "returned_materials"),
    "deferral_promise": (*_HEAD, "items", "materials", "deferral_days", "signed_on"),
    "commitment_letter": (*_HEAD, "items", "materials", "signed_on"),
    "delivery_proof": (*_HEAD, *_WINDOW, "results", "delivery_way", "receiver_name", "delivered_at"),
    "verification_sheet": (*_HEAD, *_WINDOW, "lead_name", "persons", "applied_for", "look_ups"),
    "handover_slip": (*_HEAD, *_WINDOW, "materials", "department_name", "receiver_name"),
}
"""Notice code → the blanks that its template may use (requirements §16)."""


@dataclass(frozen=True)
class DecisionWords:
    """How one kind of item is decided, in words: what the officer does, how it then stands, and what the two notices say."""

    approve: str
    deny: str
    approved: str
    denied: str
    granted_title: str
    granted: str
    denied_title: str
    refused: str


_DONE = DecisionWords(
    "办理完成",
    "无法办理",
    "已办理",
    "无法办理",
    "办理结果通知书",
    "已办理完成。",
    "无法办理通知书",
    "经核实不具备办理条件，不能办理。",
)

DECISIONS: Mapping[ItemKind, DecisionWords] = {
    ItemKind.PERMIT: DecisionWords(
        "准予许可",
        "不予许可",
        "准予",
        "不予许可",
        "准予行政许可决定书",
        "经审查符合法定条件、标准，根据《中华人民共和国行政许可法》第三十八条第一款的规定，本机关决定准予许可。",
        "不予行政许可决定书",
        "经审查不符合法定条件、标准，根据《中华人民共和国行政许可法》第三十八条第二款的规定，本机关决定不予许可。",
    ),
    ItemKind.FILING: DecisionWords(
        "予以备案",
        "不予备案",
        "已备案",
        "不予备案",
        "备案通知书",
        "报送的备案材料齐全、符合规定形式，本机关予以备案。",
        "不予备案通知书",
        "经审查，报送的材料不符合备案要求，本机关不予备案。",
    ),
    ItemKind.REGISTRATION: DecisionWords(
        "准予登记",
        "不予登记",
        "已登记",
        "不予登记",
        "准予登记通知书",
        "经审查，申请材料齐全、符合法定形式，本机关准予登记。",
        "不予登记通知书",
        "经审查，申请不符合登记条件，本机关不予登记。",
    ),
    ItemKind.DECLARATION: DecisionWords(
        "申报办结",
        "不予办理",
        "已办结",
        "不予办理",
        "申报办结通知书",
        "申报事项已经核对，申报办理完成。",
        "申报不予办理通知书",
        "经核对，申报事项不符合规定，本机关不予办理。",
    ),
    ItemKind.BENEFIT: DecisionWords(
        "予以核准",
        "不予核准",
        "已核准",
        "不予核准",
        "核准决定书",
        "经审核符合规定条件，本机关予以核准。",
        "不予核准决定书",
        "经审核不符合规定条件，本机关不予核准。",
    ),
    ItemKind.SERVICE_REQUEST: _DONE,
    ItemKind.LOOK_UP: _DONE,
    ItemKind.PRINT_OUT: _DONE,
}
"""Words by kind of item: 准予行政许可 is said of permits alone. All but the permits' are proposed."""

PERMIT_BASIS = "根据《中华人民共和国行政许可法》第三十二条的规定，"


class BadNotice(CatalogError):
    """A notice cannot be written; the message names the blanks without a value."""

    code = "CATALOG_BAD_NOTICE"


def blanks(template: str) -> tuple[str, ...]:
    """The names of a template's blanks, each once, in the order of the text."""
    return tuple(dict.fromkeys(_BLANK.findall(template)))


def filled(template: str, values: Mapping[str, str]) -> str:
    """The notice's text. Values are put in as they are; braces inside a value mean nothing.

    Raises BadNotice where a blank has no value, so that no notice leaves with a hole."""
    if lacking := [name for name in blanks(template) if name not in values]:
        raise BadNotice(f"the notice lacks values for: {', '.join(lacking)}; give each a text")
    return _BLANK.sub(lambda found: values[found[1]], template)


def defect_lines(defects: Iterable[tuple[str, int]]) -> str:
    """The list of a 补齐补正通知书, one line per (material, copies), in the wording of DB4105/T 229—2024 annex C.

    Its brackets are half-width there."""
    return "\n".join(f"{name}（一式{_COUNT.get(copies, copies)}份）。" for name, copies in defects)


_COUNT = {1: "一", 2: "两", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九", 10: "十"}
