"""How values are written on pages: moments, days, tones and short names in words. It computes nothing about a case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from certificates.certificate import period_in_words
from hub.clock import local
from hub.identity.principal import TITLES
from hub.web.policy_words import policy_value as policy_value
from hub.web.wording_log import SCREENS
from hub.wiring.reasons import PICK

TONES: Mapping[str, tuple[str, str]] = {
    "good": ("circle-check", "good"),
    "wait": ("hourglass", "wait"),
    "warn": ("alert-triangle", "warn"),
    "bad": ("alert-circle", "bad"),
    "none": ("circle-minus", "none"),
}
"""Tone to its icon and class: colour never stands alone."""

FIELD_TONES: Mapping[str, str] = {
    "waiting": "wait",
    "auto": "good",
    "confirmed": "good",
    "conflict": "bad",
    "manual": "warn",
    "overridden": "warn",
    "empty": "none",
}
MATERIAL_TONES: Mapping[str, str] = {
    "exempt": "good",
    "uploaded": "good",
    "deferred": "warn",
    "promised": "warn",
    "missing": "bad",
    "waiting": "wait",
    "upstream": "wait",
    "no_record": "none",
    "not_checked": "none",
}
STATE_TONES: Mapping[str, str] = {
    "draft": "none",
    "checking": "wait",
    "correction": "warn",
    "received": "wait",
    "dispatched": "wait",
    "in_progress": "wait",
    "delivering": "good",
    "closed": "good",
    "archived": "good",
    "returned": "bad",
    "withdrawn": "none",
    "terminated": "bad",
    "refused": "bad",
    "waiting": "none",
    "pushed": "wait",
    "accepted": "wait",
    "pre_review": "wait",
    "awaiting_upstream": "wait",
    "reviewing": "wait",
    "suspended": "warn",
    "gathering": "wait",
    "found": "good",
    "no_record": "none",
    "not_checked": "warn",
    "not_gathered": "warn",
    "approved": "good",
    "completed": "good",
    "delivered": "good",
    "denied": "bad",
    "open": "wait",
    "done": "good",
    "answered": "good",
    "passed": "good",
    "failed": "bad",
    "skipped": "none",
    "up": "good",
    "slow": "warn",
    "down": "bad",
    "met": "good",
    "unmet": "bad",
    "withheld": "warn",
    "ungranted": "warn",
    "active": "good",
    "resting": "warn",
    "disabled": "none",
    "intent": "wait",
    "outcome": "good",
    "lost": "bad",
    "sent": "wait",
    "viewed": "none",
    "admin": "warn",
    "erased": "warn",
    "received-batch": "good",
}
ENDED = frozenset(
    [
        "approved",
        "denied",
        "completed",
        "delivered",
        "refused",
        "withdrawn",
        "terminated",
        "returned",
        "delivering",
        "closed",
        "archived",
    ]
)
"""States of a case or an item case in which no deadline runs any more."""

OUTCOMES: Mapping[str, str] = {
    "found": "已取得",
    "not_found": "无此记录",
    "ambiguous": "多条相近",
    "denied": "不允许",
    "unavailable": "没有应答",
    "unusable": "答复有误",
    "pending": "转人工答复",
    "opened": "成功",
    "refused": "被拒绝",
    "failed": "没有做成",
}
RESULTS: Mapping[str, str] = {
    "taken": "对方已收",
    "accepted": "对方已收",
    "SM2_SM3": "国密 SM2 签名",
    "ES256": "ES256 签名",
}
"""What else may stand as a record's result, beside the outcomes."""

LABELS: Mapping[str, str] = {
    "operator": "经办账号",
    "application": "办件编号",
    "subject": "当事人证件号码",
    "request": "所问内容",
    "answer": "答复的摘要",
    "payload": "所发内容的摘要",
    "recipient": "接收人",
    "note": "检索条件或理由",
    "scope": "范围",
    "terminal": "终端",
}
"""What a commitment of the log is about, by the part of its label before the first dot, bracket or colon."""

ISSUERS: Mapping[str, str] = {"hub": "本系统按决定签发", "department": "部门自行签发", "platform": "平台签发"}
CHECKS: Mapping[str, tuple[str, str]] = {
    "sequence": ("编号", "从 0 起连续编号，中间没有缺"),
    "leaves": ("逐条散列", "每条记录的字节与它的散列一致"),
    "records": ("记录格式", "每条都是规范写法，编号唯一，不含证件号码"),
    "tree": ("整棵树", "由全部记录重新算出的树根与保存的一致"),
    "signatures": ("签名", "每个检查点都由日志自己的密钥签名"),
    "checkpoints": ("前后一致", "每个检查点都是它那时全部记录的树根，后一个包含前一个"),
    "pairing": ("问答配对", "每个答复对应一个更早的询问，每个询问恰有一个结局"),
    "secrets": ("封存的值", "封存的值与承诺相符，或已按规定清除并有记录"),
}
"""Checks of the log's verification: title, and what it means that one passed."""

ITEM_KINDS: Mapping[str, str] = {
    "permit": "许可",
    "filing": "备案",
    "registration": "登记",
    "service_request": "公共服务",
    "look_up": "查询",
    "print_out": "打印",
    "declaration": "申报",
    "benefit": "待遇",
}
SHARES: Mapping[str, str] = {"unconditional": "无条件共享", "conditional": "有条件共享", "withheld": "不予共享"}
KINDS: Mapping[str, str] = {
    "soap": "SOAP 接口",
    "rest": "REST 接口",
    "filedrop": "文件交换",
    "frontdb": "前置库",
    "inbox": "人工收件箱",
    "registry": "本中心证照库",
    "platform": "一体化平台",
}
ROLE_TITLES: Mapping[str, str] = {role.value: title for role, title in TITLES.items()}
REASONS: Mapping[str, tuple[str, ...]] = {
    **PICK,
    "defer": ("申请人承诺补交，适用容缺受理", "其他"),
    "promise": ("适用告知承诺，已告知不利后果并签署承诺书", "其他"),
    "remove": ("传错文件", "文件不清晰，需重新扫描", "其他"),
    "act": ("申请人要求", "材料不符合法定形式", "不属于本事项办理范围", "其他"),
    "review_refuse": ("不属于本机关职权范围", "依法不需要取得行政许可", "申请人提供的材料不齐全且逾期未补正", "其他"),
    "review_deny": (
        "不符合法定条件",
        "不符合法定标准或技术规范",
        "实质内容经核查与事实不符",
        "存在法定禁止情形",
        "其他",
    ),
    "review_correct": ("材料不齐全", "材料不符合法定形式", "材料内容不清晰或前后不一致", "其他"),
    "review_suspend": ("依法应当经过特别程序后才能作出决定", "申请人需要按要求整改", "案情复杂，需要延长审批", "其他"),
    "skip": ("已在对方系统人工补录", "对方确认不再需要", "重复推送", "其他"),
    "disclose": ("投诉调查", "专项审计", "司法协助", "其他"),
}


PROCEDURES: tuple[str, ...] = (
    "听证",
    "招标",
    "拍卖",
    "检验",
    "检测",
    "检疫",
    "鉴定",
    "专家评审",
    "现场核查",
    "待缴款",
)
"""Names of special procedures (DB4105/T 229—2024 annex B; 现场核查 and 待缴款 proposed). Kinds per GB/T 39046."""

SPECIAL_KINDS: tuple[tuple[str, str], ...] = (("2", "其他特别程序（听证、检测、鉴定等）"), ("1", "延长审批"))


def tone(state: str, table: Mapping[str, str] = STATE_TONES) -> str:
    return table.get(state, "none")


def moment(value: datetime | None, empty: str = "—") -> str:
    """`11-20 14:32` in Shanghai."""
    return local(value).strftime("%m-%d %H:%M") if value else empty


def full_moment(value: datetime | None, empty: str = "—") -> str:
    return local(value).strftime("%Y-%m-%d %H:%M:%S") if value else empty


def day(value: date | datetime | None, empty: str = "—") -> str:
    if isinstance(value, datetime):
        value = local(value).date()
    return value.isoformat() if value else empty


def period(since: date | None, until: date | None) -> str:
    """How long a certificate holds; of one that came without its first day, the last alone."""
    if since is None:
        return f"至 {until}" if until else "长期有效"
    return period_in_words(since, until)


def screen(name: str) -> str:
    """A record's `screen` or `action` in words; an unknown one as it is."""
    return SCREENS.get(name) or SCREENS.get(name.partition(":")[0], name)


def result(code: str, phase: str = "") -> str:
    """A record's result in words; of what was brought to us it is we who have it."""
    if phase == "received-batch" and code in ("taken", "accepted"):
        return "本系统已收"
    return OUTCOMES.get(code) or RESULTS.get(code, code)


def label(name: str) -> str:
    """A commitment's label in words; what follows its first part stays."""
    head = re.split(r"[.\[:_]", name)[0]
    return LABELS[head] + name[len(head) :].replace("_", " ") if head in LABELS else name


def span(seconds: float | None) -> str:
    """A length of time in the largest fitting unit."""
    if seconds is None:
        return "—"
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} 秒"


def took(milliseconds: int) -> str:
    """How long an answer took; a person's takes minutes or days."""
    return f"{milliseconds} 毫秒" if milliseconds < 10_000 else span(milliseconds / 1000)


def size(count: int) -> str:
    """Bytes as people say them."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def dom_id(prefix: str, key: str) -> str:
    """A key as an element id: `f-premises_1_.address` would need escaping in a selector, `f-premises-1--address` does not."""
    return f"{prefix}-" + re.sub(r"[^A-Za-z0-9_]", "-", key)


def reason(picked: str, written: str) -> str:
    """`picked：own words`, as `hub.wiring.reasons.picked` reads it; `其他` alone says nothing."""
    parts = [part for part in (picked if picked != "其他" else "", written) if part]
    return "：".join(parts)


def besides(message: str, mistakes: Mapping[str, str]) -> tuple[str, ...]:
    """The mistakes, each once; none where there is one alone and the message says it already, at greater length."""
    said = tuple(dict.fromkeys(mistakes.values()))
    alone = len(said) == 1 and "以下" not in message and len(said[0]) <= len(message)
    return () if alone else said


def typed_date(value: str) -> str:
    """`20261120`, `2026.11.20`, `2026年11月20日` as ISO; anything else unchanged for the rules to judge."""
    match = re.fullmatch(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?", value.strip())
    if match is None or (value.isdigit() and len(value) != 8):
        return value
    year, month, dayno = (int(part) for part in match.groups())
    return f"{year:04d}-{month:02d}-{dayno:02d}"
