"""Withdrawal 撤回: the applicant takes back what is not decided yet; departments stop, papers go back. Pure.

Seed 000 二(四) third paragraph; K-02, K-26. Taking back a decision that was made is revocation, another matter.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.cases.approval import reasoned
from hub.cases.consequences import archive_task
from hub.cases.dispatch import stop_task
from hub.cases.facts import NOTHING_RETURNED, Papers
from hub.cases.plain import PlainCase
from hub.cases.states import BEFORE_DECISION
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import NotNow


def withdraw(
    case: PlainCase, terms: Terms, reason: str, facts: Mapping[str, str], papers: Papers | None = None
) -> Step:
    """Open items stop, decided ones stand; with nothing decided the whole case ends.

    Raises BadInput without a reason, NotNow when every item is decided, or one is where the site withdraws all or nothing.
    """
    reasoned(reason, "请填写撤回理由。")
    open_items = [i for i in case.items if i.state in BEFORE_DECISION]
    untouched = len(open_items) == len(case.items)
    if not open_items:
        raise NotNow("全部事项已作出决定，不能再撤回。", code="ALREADY_DECIDED")
    if terms.rules.withdraw_all_or_nothing and not untouched:
        raise NotNow("已有事项作出决定，按规定整件不能再撤回。", code="ALREADY_DECIDED")
    back = {"returned_materials": papers.returned(case, [i.item for i in open_items])} if papers else {}
    kept = back if "withdrawn" in terms.rules.returned_on else {"returned_materials": NOTHING_RETURNED}
    words = {**facts, **kept, "items": _listed(terms, [i.item for i in open_items])}
    step = Step(
        moves=tuple(Move("withdraw", i.item) for i in open_items),
        events=tuple(Event("withdrawn", i.item, note=reason) for i in open_items),
        clock=tuple(ClockMove(i.item, "stop", "withdrawn") for i in open_items if i.segments),
        work=tuple(stop_task(case, i) for i in open_items) if case.received_at else (),
        notices=(Draft("withdrawal_notice", facts=words),),
        facts=tuple(ItemFacts(i.item, {"reason": reason}) for i in open_items),
    )
    if not untouched:
        return step
    return step + Step(
        moves=(Move("withdraw"),),
        events=(Event("case_withdrawn", note=reason),),
        work=(archive_task(case),) if case.received_at else (),
    )


def _listed(terms: Terms, items: list[str]) -> str:
    return "\n".join(f"{n}. {terms.title(code)}" for n, code in enumerate(items, start=1))
