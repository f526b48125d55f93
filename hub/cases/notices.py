"""Notices 文书: the site's template filled once and frozen. It sends nothing and never renders a notice twice.

The prescribed text of seed 004 annexes B and C is kept word for word; numbers that the hub adds stand outside it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import escape

from catalog.notices import DECISIONS, BadNotice, filled
from catalog.types import Item, Site
from hub.clock import local
from hub.errors import HubError
from hub.store.database import Session
from hub.store.numbers import next_number

TITLES = {
    "intake_receipt": "收件回执",
    "intake_acceptance_notice": "收件(受理)通知书",
    "return_notice": "退件通知书",
    "one_time_notice": "一次告知通知书",
    "correction_notice": "补齐补正通知书",
    "acceptance_notice": "受理通知书",
    "refusal_decision": "不予受理决定书",
    "decision_granted": "准予行政许可决定书",
    "decision_denied": "不予行政许可决定书",
    "deferral_promise": "容缺受理承诺书",
    "commitment_letter": "告知承诺书",
    "delivery_proof": "送达凭证",
    "withdrawal_notice": "撤回申请确认书",
    "termination_notice": "终止办理通知书",
    "verification_sheet": "核验结果单",
    "handover_slip": "材料交接单",
}
MARKS = {
    "intake_receipt": "收",
    "intake_acceptance_notice": "收受",
    "return_notice": "退",
    "one_time_notice": "告",
    "correction_notice": "补",
    "acceptance_notice": "受",
    "refusal_decision": "不受",
    "decision_granted": "准",
    "decision_denied": "不准",
    "deferral_promise": "承",
    "commitment_letter": "诺",
    "delivery_proof": "送",
    "withdrawal_notice": "撤",
    "termination_notice": "终",
    "verification_sheet": "核",
    "handover_slip": "交",
}
"""The word in a notice's number that says of which kind it is (the layout of the number is proposed)."""


def title(kind: str, item: Item | None = None) -> str:
    """The notice's title; that of a decision follows the kind of its item."""
    if item is not None and kind in DECIDED:
        return DECIDED[kind](item)["decision_title"]
    return TITLES[kind]


def granted(item: Item) -> dict[str, str]:
    words = DECISIONS[item.kind]
    return {"decision_title": words.granted_title, "decision_words": words.granted}


def denied(item: Item) -> dict[str, str]:
    words = DECISIONS[item.kind]
    return {"decision_title": words.denied_title, "decision_words": words.refused}


DECIDED = {"decision_granted": granted, "decision_denied": denied}
"""Notices whose title and words follow the kind of their item."""


class TemplateUnfit(HubError):
    """A notice's template asks for something that the step does not give."""

    code = "TEMPLATE_UNFIT"


@dataclass(frozen=True)
class Frozen:
    """A notice as it will always be printed."""

    facts: Mapping[str, str] = field(repr=False)
    body: str = field(repr=False)
    sha256: str


def number(session: Session, region: str, kind: str, now: datetime) -> str:
    """The notice's own number: region, mark, year and a running number, such as 411323-受-2026-000012. Raises TemplateUnfit."""
    if kind not in MARKS:
        raise TemplateUnfit(f"There is no kind of notice {kind}; see hub/cases/notices.py.")
    year = str(local(now).year)
    return f"{region}-{MARKS[kind]}-{year}-{next_number(session, region, f'notice:{kind}', year):06d}"


def freeze(site: Site, kind: str, facts: Mapping[str, str], now: datetime) -> Frozen:
    """Fill the template. Raises TemplateUnfit naming the template and the placeholder that nothing fills."""
    template = site.notices.get(kind)
    if template is None:
        raise TemplateUnfit(f"The site has no template for {kind} under notices/; add it and publish the catalog.")
    day = local(now)
    whole = {**facts, "issued_on": f"{day.year}年{day.month}月{day.day}日"}
    try:
        text = filled(template, whole)
    except BadNotice as e:
        raise TemplateUnfit(f"The template for {kind} asks for what this step does not give: {e}") from e
    body = _page(text, whole)
    return Frozen(whole, body, hashlib.sha256(body.encode()).hexdigest())


def _page(text: str, facts: Mapping[str, str]) -> str:
    """The frozen article: first line the heading, a line of dashes the cut between sheet and stub.

    Classes say how a line stands: `to` (addressee), `line` (numbered, numbers of the notice), `sign` (落款), else a paragraph."""
    parts: list[str] = []
    heading = True
    for line in (one.strip() for one in text.splitlines()):
        if not line:
            continue
        if set(line) == {"-"}:
            parts.append("<hr>")
            heading = True
        elif heading:
            parts.append(f"<h2>{escape(line)}</h2>")
            heading = False
        else:
            parts.append(f'<p class="{_stands(line, facts)}">{escape(line)}</p>')
    number_line = f"<footer>编号 {escape(facts['notice_no'])} · 办件 {escape(facts['case_no'])}</footer>"
    return f'<article class="notice">{"".join(parts)}{number_line}</article>'


def _stands(line: str, facts: Mapping[str, str]) -> str:
    if line.endswith(("（章）", "(章)")) or line == facts["issued_on"]:
        return "sign"
    if line.removesuffix("：").removesuffix(":") == facts.get("addressee"):
        return "to"
    if line.endswith("通知书存根"):
        return "stub"
    return "line" if _LINE.match(line) else "para"


_LINE = re.compile(r"\d+\. |[^：，。]{2,6}编号：")
