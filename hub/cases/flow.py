"""Which item may go on, and what one item's failure does to the rest. Pure; it changes nothing.

Seed 000 二(四) (parallel, pre-review until the upstream's result), seed 002 8.3.3–8.3.4 (failure), K-01.
"""

from __future__ import annotations

from catalog.types import Dependency, Matter, OnReject
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import FAILED, SUCCEEDED, ItemState


def upstreams(case: PlainCase, matter: Matter, item: str) -> tuple[PlainItem, ...]:
    """The chosen items whose result this item needs."""
    return tuple(case.item(d.upstream) for d in _among_chosen(case, matter) if d.downstream == item)


def downstreams(case: PlainCase, matter: Matter, item: str) -> tuple[PlainItem, ...]:
    return tuple(case.item(d.downstream) for d in _among_chosen(case, matter) if d.upstream == item)


def has_result(item: PlainItem) -> bool:
    """Whether a downstream may rely on it: approved, and its certificate signed where there is one."""
    return item.state in SUCCEEDED and (not item.certificate or item.certificate_signed)


def waits(case: PlainCase, matter: Matter, item: str) -> bool:
    """Whether the item must stay in pre-review for now."""
    return not all(has_result(upstream) for upstream in upstreams(case, matter, item))


def released_by(case: PlainCase, matter: Matter, item: str) -> tuple[str, ...]:
    """The waiting items that may be reviewed now that `item` has its result."""
    waiting = (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM)
    return tuple(
        d.item for d in downstreams(case, matter, item) if d.state in waiting and not waits(case, matter, d.item)
    )


def ended_by_failure(case: PlainCase, matter: Matter, item: str, policy: str) -> tuple[str, ...]:
    """The items that end because `item` failed; the matter's own rule for the pair wins over the region's policy (K-01)."""
    still_open = {i.item for i in case.items if i.state not in FAILED and i.state not in SUCCEEDED and i.item != item}
    rules = [d for d in _among_chosen(case, matter) if d.upstream == item]
    if policy == OnReject.END_WHOLE_MATTER or any(d.on_reject == OnReject.END_WHOLE_MATTER for d in rules):
        return tuple(sorted(still_open)) if rules else ()
    return tuple(sorted(still_open & _dependents(case, matter, item)))


def all_settled(case: PlainCase) -> bool:
    """Whether nothing is left to wait for: each item failed, or succeeded with its certificate signed."""
    return all(i.state in FAILED or has_result(i) for i in case.items)


def _dependents(case: PlainCase, matter: Matter, item: str) -> set[str]:
    found: set[str] = set()
    edge = [item]
    while edge:
        upstream = edge.pop()
        for d in _among_chosen(case, matter):
            if d.upstream == upstream and d.downstream not in found and d.on_reject != OnReject.CONTINUE:
                found.add(d.downstream)
                edge.append(d.downstream)
    return found


def _among_chosen(case: PlainCase, matter: Matter) -> list[Dependency]:
    chosen = {i.item for i in case.items}
    return [d for d in matter.dependencies if d.upstream in chosen and d.downstream in chosen]
