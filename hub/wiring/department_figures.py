"""How a department has answered, counted from the sharing log: every question that anybody put to it, by whichever door. It asks nobody.

The rows of cases would not do: they keep the last try alone, and know nothing of what other systems asked through this hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.contract import Why
from catalog.types import Site
from hub.prefill.values import BY_HAND
from hub.sharinglog import SharingLog
from hub.sharinglog.projection import Row
from hub.wiring import standing
from hub.wiring.department_views import Figures

CALLS_OF = timedelta(days=1)
MOST_RECORDS = 1_000
"""Of one department, the newest."""
OURS = frozenset((Why.LOST.value, Why.WITHDRAWN.value))
"""Reasons for which a question came to nothing that are the hub's own."""
NOT_LET_IN = frozenset(("credentials_refused", "not_permitted"))
"""Refusals that say something of our door, not of the person: any other is an answer."""


@dataclass(frozen=True)
class _Ended:
    """A question that went over the wire and came to an end. `took` is None where somebody else's time would be measured."""

    at: datetime
    good: bool
    took: int | None


def of_last_day(log: SharingLog, site: Site, code: str, now: datetime) -> Figures:
    """No person's facts are looked at: the records' clear columns alone. What our own registry answered was not asked of it."""
    found = log.search(provider=code, since=now - CALLS_OF, limit=MOST_RECORDS)
    ours = standing.of_registry(site, code)
    return figures([one for one in found if one.catalog not in ours])


def figures(records: Sequence[Row]) -> Figures:
    """Of the records of one department, newest first."""
    ends = [one for one in records if one.phase == "outcome"]
    hand = {one.intent_seq for one in ends if _by_hand(one)}
    later = {one.intent_seq: one for one in ends if _is_later(one)}
    wire = [one for one in ends if one.intent_seq not in hand and one.result != "pending" and not _ours(one)]
    ended = [_Ended(one.time, not _failed(one), _took(one)) for one in wire]
    took = sorted(one.took for one in ended if one.took is not None)
    since, at_least = _since(ended)
    return Figures(
        calls=len(ended),
        failed=sum(not one.good for one in ended),
        p50=took[len(took) // 2] if took else None,
        p95=took[min(len(took) - 1, len(took) * 95 // 100)] if took else None,
        since=since,
        at_least=at_least,
        attempts=sum(_attempts(one) for one in wire),
        by_hub=sum(one.phase in ("denied", "lost") or _ours(one) for one in records if one.intent_seq not in hand),
        by_hand=sum(_typed(one) for code, one in later.items() if code in hand),
        open=_open(records, later),
        failing=bool(ended) and not ended[0].good,
    )


def _by_hand(row: Row) -> bool:
    return str(row.record.get("reason") or "").startswith(BY_HAND)


def _is_later(row: Row) -> bool:
    return row.record.get("answers_seq") is not None


def _ours(row: Row) -> bool:
    return row.phase == "outcome" and row.result == "unavailable" and row.record.get("reason") in OURS


def _failed(row: Row) -> bool:
    refused = row.result == "denied" and row.record.get("reason") in NOT_LET_IN
    return refused or row.result in ("unavailable", "unusable")


def _typed(row: Row) -> bool:
    """Whether a person answered: a place that the wire's own answer closed was not."""
    return not (row.result == "unavailable" and row.record.get("reason") == Why.SUPERSEDED.value)


def _took(row: Row) -> int | None:
    """Milliseconds; None where nothing came, a person or a later answer was awaited, or an earlier answer served."""
    known = row.record.get("latency_ms")
    if known is None or row.result == "unavailable" or _is_later(row) or row.record.get("cache"):
        return None
    return int(known)


def _attempts(row: Row) -> int:
    """How often this question was put to the department: an answer that was kept or joined was put by another."""
    if _is_later(row) or row.record.get("cache"):
        return 0
    known = row.record.get("attempts")
    return 1 if known is None else int(known)


def _open(records: Iterable[Row], later: Iterable[int | None]) -> int:
    """Questions without an end, and those whose answer is promised or waits for a person."""
    answered = set(later)
    ended, waiting, asked = set(), set(), set()
    for one in records:
        if one.phase == "intent":
            asked.add(one.seq)
        elif one.intent_seq is not None:
            ended.add(one.intent_seq)
            if one.phase == "outcome" and one.result == "pending":
                waiting.add(one.intent_seq)
    return len(asked - ended) + len(waiting - answered)


def _since(ended: Sequence[_Ended]) -> tuple[datetime | None, bool]:
    """From when on the newest went alike; and whether it may have been longer."""
    if not ended:
        return None, False
    alike = 1
    while alike < len(ended) and ended[alike].good == ended[0].good:
        alike += 1
    return ended[alike - 1].at, alike == len(ended)
