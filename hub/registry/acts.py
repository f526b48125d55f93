"""What may be done to a certificate, from which status to which. Pure: it reads no row and asks nobody's right.

Status codes after the construction ministry's interface (`certificates.status`; proposed, as there). An act that makes a new version
leaves the old one lapsed (05) once the new one is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from certificates.status import STATUSES, VALID
from hub.errors import BadInput, NotNow

SUSPENDED, WITHDRAWN, CANCELLED, LAPSED, TRANSFERRED, REVOKED = "02", "03", "04", "05", "06", "07"


class Act(StrEnum):
    """Every act of the registry. The first four are the hub's own, the others a person's or a department's system's."""

    ISSUE = "issue"
    IMPORT = "import"
    CHECK = "check"
    EXPIRE = "expire"
    REPLACE = "replace"
    RENEW = "renew"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    REVOKE = "revoke"
    TRANSFER = "transfer"


TITLES: Mapping[Act, str] = {
    Act.ISSUE: "签发",
    Act.IMPORT: "归集入库",
    Act.CHECK: "窗口核对",
    Act.EXPIRE: "到期失效",
    Act.REPLACE: "被新版本取代",
    Act.RENEW: "延续（换发）",
    Act.CHANGE: "变更",
    Act.SUSPEND: "暂扣",
    Act.RESUME: "解除暂扣",
    Act.WITHDRAW: "撤销",
    Act.CANCEL: "注销",
    Act.REVOKE: "吊销",
    Act.TRANSFER: "迁出",
}
STANDING = (VALID, SUSPENDED)
NEW_VERSION = (Act.RENEW, Act.CHANGE)
_FROM_STANDING = {
    Act.WITHDRAW: WITHDRAWN,
    Act.CANCEL: CANCELLED,
    Act.REVOKE: REVOKED,
    Act.EXPIRE: LAPSED,
}
_MOVES: Mapping[tuple[str, Act], str] = {
    **{(status, act): after for status in STANDING for act, after in _FROM_STANDING.items()},
    (VALID, Act.SUSPEND): SUSPENDED,
    (SUSPENDED, Act.RESUME): VALID,
    (VALID, Act.TRANSFER): TRANSFERRED,
    (VALID, Act.RENEW): VALID,
    (VALID, Act.CHANGE): VALID,
    (VALID, Act.REPLACE): LAPSED,
    (SUSPENDED, Act.REPLACE): LAPSED,
}
"""(status, act) → status. An ended certificate (03 to 07) stays so: whoever was wrong issues a new one."""

BY_DECISION = frozenset({*NEW_VERSION, Act.SUSPEND, Act.RESUME, *_FROM_STANDING, Act.TRANSFER}) - {Act.EXPIRE}
"""Acts that a decision of the issuing authority stands behind, with its number."""


def act_named(name: str) -> Act:
    """The act that somebody asks for. Raises BadInput (ACT_UNKNOWN)."""
    try:
        act = Act(name)
    except ValueError:
        act = None
    if act is None or act not in BY_DECISION:
        known = "、".join(f"{one.value}（{TITLES[one]}）" for one in Act if one in BY_DECISION)
        raise BadInput(f"没有这个操作，请从 {known} 中选择。", code="ACT_UNKNOWN")
    return act


def after(act: Act, status: str) -> str:
    """The status that the act leads to. Raises NotNow (ACT_NOT_ALLOWED), naming what is possible."""
    found = _MOVES.get((status, act))
    if found is None:
        possible = "、".join(TITLES[one] for one in open_acts(status)) or "没有可做的操作"
        raise NotNow(f"证照现为“{STATUSES[status]}”，不能{TITLES[act]}；可以：{possible}。", code="ACT_NOT_ALLOWED")
    return found


def open_acts(status: str) -> tuple[Act, ...]:
    """What a person may do to a certificate of this status."""
    return tuple(act for act in Act if act in BY_DECISION and (status, act) in _MOVES)


FINAL = frozenset(act for (_, act), ends in _MOVES.items() if act in BY_DECISION and not open_acts(ends))
"""Acts by decision after which nothing can be done any more: a page asks once more before one."""
