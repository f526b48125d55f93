"""The states of cases and item cases, and the one table of moves for each. It performs no move.

From domain practice and seed 000 二(二)–(六); a move that is not in the table does not exist.
"""

from __future__ import annotations

from enum import StrEnum


class CaseState(StrEnum):
    DRAFT = "draft"
    CHECKING = "checking"
    CORRECTION = "correction"
    RECEIVED = "received"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    DELIVERING = "delivering"
    CLOSED = "closed"
    ARCHIVED = "archived"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFUSED = "refused"


class ItemState(StrEnum):
    WAITING = "waiting"
    GATHERING = "gathering"
    PUSHED = "pushed"
    CORRECTION = "correction"
    ACCEPTED = "accepted"
    PRE_REVIEW = "pre_review"
    AWAITING_UPSTREAM = "awaiting_upstream"
    REVIEWING = "reviewing"
    SUSPENDED = "suspended"
    APPROVED = "approved"
    COMPLETED = "completed"
    DENIED = "denied"
    DELIVERED = "delivered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


C = CaseState
I = ItemState  # noqa: E741

CASE_MOVES: dict[tuple[CaseState, str], CaseState] = {
    (C.DRAFT, "open"): C.CHECKING,
    (C.CHECKING, "correct"): C.CORRECTION,
    (C.CORRECTION, "resubmit"): C.CHECKING,
    (C.CHECKING, "receive"): C.RECEIVED,
    (C.RECEIVED, "dispatch"): C.DISPATCHED,
    (C.DISPATCHED, "begin"): C.IN_PROGRESS,
    (C.IN_PROGRESS, "finish"): C.DELIVERING,
    (C.DELIVERING, "close"): C.CLOSED,
    (C.CLOSED, "archive"): C.ARCHIVED,
    (C.CHECKING, "return"): C.RETURNED,
    (C.CORRECTION, "return"): C.RETURNED,
    **{
        (state, "withdraw"): C.WITHDRAWN
        for state in (C.CHECKING, C.CORRECTION, C.RECEIVED, C.DISPATCHED, C.IN_PROGRESS)
    },
    **{(state, "terminate"): C.TERMINATED for state in (C.DISPATCHED, C.IN_PROGRESS)},
    **{(state, "refuse"): C.REFUSED for state in (C.DISPATCHED, C.IN_PROGRESS)},
    **{(state, "archive"): C.ARCHIVED for state in (C.WITHDRAWN, C.TERMINATED, C.REFUSED)},
}

BEFORE_DECISION = (
    I.WAITING,
    I.GATHERING,
    I.PUSHED,
    I.CORRECTION,
    I.ACCEPTED,
    I.PRE_REVIEW,
    I.AWAITING_UPSTREAM,
    I.REVIEWING,
    I.SUSPENDED,
)
"""Item states in which an applicant may still withdraw (seed 000 二(四) third paragraph)."""

ITEM_MOVES: dict[tuple[ItemState, str], ItemState] = {
    (I.WAITING, "push"): I.PUSHED,
    (I.WAITING, "answer"): I.COMPLETED,
    (I.WAITING, "gather"): I.GATHERING,
    (I.GATHERING, "obtain"): I.COMPLETED,
    (I.PUSHED, "accept"): I.ACCEPTED,
    (I.PUSHED, "refuse"): I.REFUSED,
    (I.PUSHED, "correct"): I.CORRECTION,
    **{(state, "correct"): I.CORRECTION for state in (I.PRE_REVIEW, I.AWAITING_UPSTREAM, I.REVIEWING)},
    (I.CORRECTION, "resubmit"): I.WAITING,
    (I.CORRECTION, "push"): I.PUSHED,
    (I.PUSHED, "take"): I.REVIEWING,
    (I.ACCEPTED, "review"): I.REVIEWING,
    (I.ACCEPTED, "pre_review"): I.PRE_REVIEW,
    (I.PRE_REVIEW, "pre_reviewed"): I.AWAITING_UPSTREAM,
    (I.PRE_REVIEW, "release"): I.REVIEWING,
    (I.AWAITING_UPSTREAM, "release"): I.REVIEWING,
    (I.REVIEWING, "suspend"): I.SUSPENDED,
    (I.SUSPENDED, "resume"): I.REVIEWING,
    (I.REVIEWING, "approve"): I.APPROVED,
    (I.REVIEWING, "deny"): I.DENIED,
    (I.REVIEWING, "complete"): I.COMPLETED,
    (I.APPROVED, "deliver"): I.DELIVERED,
    (I.COMPLETED, "deliver"): I.DELIVERED,
    **{(state, "withdraw"): I.WITHDRAWN for state in BEFORE_DECISION},
    **{(state, "terminate"): I.TERMINATED for state in BEFORE_DECISION},
}

"""A look-up goes from waiting to its answer and a print-out over gathering to its document: no department takes either.

A correction may be asked before acceptance and after it; resubmitted, the item case waits for its next hand-over. A department
that goes on without one (the applicant came to its own counter) pushes it out of correction by its answer."""

FAILED = (I.REFUSED, I.DENIED, I.WITHDRAWN, I.TERMINATED)
SUCCEEDED = (I.APPROVED, I.COMPLETED, I.DELIVERED)

CASE_TITLES = {
    C.DRAFT: "草稿",
    C.CHECKING: "核对材料",
    C.CORRECTION: "补齐补正",
    C.RECEIVED: "已收件",
    C.DISPATCHED: "已分办",
    C.IN_PROGRESS: "办理中",
    C.DELIVERING: "出件送达",
    C.CLOSED: "已办结",
    C.ARCHIVED: "已归档",
    C.RETURNED: "退件",
    C.WITHDRAWN: "已撤回",
    C.TERMINATED: "已终止",
    C.REFUSED: "不予受理",
}

ITEM_TITLES = {
    I.WAITING: "待分办",
    I.GATHERING: "正在获取结果",
    I.PUSHED: "已推送，待受理",
    I.CORRECTION: "待补正",
    I.ACCEPTED: "已受理",
    I.PRE_REVIEW: "容缺预审",
    I.AWAITING_UPSTREAM: "等待前置结果",
    I.REVIEWING: "审批中",
    I.SUSPENDED: "特别程序",
    I.APPROVED: "准予",
    I.COMPLETED: "已办理",
    I.DENIED: "不予许可",
    I.DELIVERED: "已送达",
    I.REFUSED: "不予受理",
    I.WITHDRAWN: "已撤回",
    I.TERMINATED: "已终止",
}

SERVICE_TITLES = {I.PUSHED: "已推送，待接单", I.REVIEWING: "办理中"}
"""The same for a service request, which knows neither 受理 nor 审批, where the words differ."""

ANSWER_TITLES = {
    "found": "已核验",
    "no_record": "查无记录",
    "not_checked": "未能核验",
    "not_gathered": "未取得电子文件",
}
"""How an item that was asked, not decided, came out. An item with an answer has nothing to deliver."""

STAGES = (
    (C.CHECKING, "收件核对"),
    (C.RECEIVED, "收件"),
    (C.DISPATCHED, "分办"),
    (C.IN_PROGRESS, "受理审批"),
    (C.DELIVERING, "送达"),
    (C.CLOSED, "办结"),
    (C.ARCHIVED, "归档"),
)
"""The official steps as a citizen reads them, in order."""


def item_title(state: ItemState, has_acceptance: bool) -> str:
    """The state in the words of an item that is accepted and decided, or of a service request that is taken and done."""
    return ITEM_TITLES[state] if has_acceptance else SERVICE_TITLES.get(state, ITEM_TITLES[state])


def open_moves(state: CaseState | ItemState) -> tuple[str, ...]:
    """The actions that the table allows from here, for messages that say what can be done."""
    table: dict[tuple[CaseState, str], CaseState] | dict[tuple[ItemState, str], ItemState]
    table = CASE_MOVES if isinstance(state, CaseState) else ITEM_MOVES
    return tuple(action for (start, action) in table if start == state)
