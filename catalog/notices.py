"""The notices (文书) a site must have a template for, the blanks each may use, and how blanks are filled. It makes no layout and no seal.

A template is plain text with blanks such as `{addressee}`; nothing else in it is special. Prescribed wording
(DB4105/T 229—2024 annexes B and C) stays in the templates word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from catalog.mismatch import CatalogError

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
    ),
    "refusal_decision": (*_HEAD, *_ITEM, "reason", "remedy"),
    "decision_granted": (*_HEAD, *_ITEM, "result_name", "certificate_no", "valid_to"),
    "decision_denied": (*_HEAD, *_ITEM, "reason", "remedy"),
    "termination_notice": (*_HEAD, *_WINDOW, "items", "reason", "returned_materials"),
    "withdrawal_notice": (*_HEAD, *_WINDOW, "items", "returned_materials"),
    "deferral_promise": (*_HEAD, "items", "materials", "deferral_days", "signed_on"),
    "commitment_letter": (*_HEAD, "items", "materials", "signed_on"),
    "delivery_proof": (*_HEAD, *_WINDOW, "results", "delivery_way", "receiver_name", "delivered_at"),
    "handover_slip": (*_HEAD, *_WINDOW, "materials", "department_name", "receiver_name"),
}
"""Notice code → the blanks that its template may use (requirements §16)."""


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
