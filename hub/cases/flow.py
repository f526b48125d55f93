"""Which item may go on, and what one item's failure does to the rest. Pure; it changes nothing.

Seed 000 二(四) (parallel, pre-review until the upstream's result), seed 002 8.3.3–8.3.4 (failure), K-01.
"""

from __future__ import annotations

from catalog.types import Dependency, OnReject
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import FAILED, SUCCEEDED, ItemState
from hub.cases.terms import Terms


def upstreams(case: PlainCase, terms: Terms, item: str) -> tuple[PlainItem, ...]:
    """The chosen items whose result this item needs."""
    return tuple(case.item(d.upstream) for d in _among_chosen(case, terms) if d.downstream == item)


def has_result(item: PlainItem) -> bool:
    """Whether a downstream may rely on it: approved, and its certificate signed where there is one."""
    return item.state in SUCCEEDED and (not item.certificate or item.certificate_signed)


def waits(case: PlainCase, terms: Terms, item: str) -> bool:
    """Whether the item must stay in pre-review for now. An upstream that failed without effect is not waited for."""
    needed = [d for d in _among_chosen(case, terms) if d.downstream == item]
    return any(not has_result(case.item(d.upstream)) and not _without_effect(case, terms, d) for d in needed)


def ended_by_failure(case: PlainCase, terms: Terms, item: str) -> tuple[str, ...]:
    """The items that end because `item` failed: none, those that need its result, or all that are open (K-01)."""
    still_open = {i.item for i in case.items if i.state not in FAILED and i.state not in SUCCEEDED and i.item != item}
    pairs = [d for d in _among_chosen(case, terms) if d.upstream == item and not _without_effect(case, terms, d)]
    if any(terms.on_reject(d) == OnReject.END_WHOLE_MATTER for d in pairs):
        return tuple(sorted(still_open))
    return tuple(sorted(still_open & {d.downstream for d in pairs}))


def all_settled(case: PlainCase) -> bool:
    """Whether nothing is left to wait for: each item failed, or succeeded with its certificate signed."""
    return all(i.state in FAILED or has_result(i) for i in case.items)


def _without_effect(case: PlainCase, terms: Terms, dependency: Dependency) -> bool:
    """Whether the upstream's failure, if it failed, leaves this downstream alone."""
    upstream = case.item(dependency.upstream)
    if upstream.state == ItemState.REFUSED and not terms.rules.refusal_is_failure:
        return True
    return upstream.state in FAILED and terms.on_reject(dependency) == OnReject.CONTINUE


def _among_chosen(case: PlainCase, terms: Terms) -> list[Dependency]:
    chosen = {i.item for i in case.items}
    return [d for d in terms.dependencies if d.upstream in chosen and d.downstream in chosen]
