"""A case's questions to departments as a door shows them: about whom, what came back in words, and the ways on. It changes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from adapters.contract import DEFERRED
from catalog.types import REGISTRY_WAY, Matter
from hub import grades
from hub.cases.gathering import REFUSALS
from hub.cases.states import CaseState
from hub.cases.views import CandidateView, Option, QueryView
from hub.clock import local
from hub.prefill.driver import NOT_OFFERED
from hub.prefill.settle import Way, ways_on
from hub.store.database import Session
from hub.store.tables import queries
from hub.wiring import reasons
from hub.wiring.look_ups import open_questions
from hub.wiring.scene import Scene

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "found": ("good", "已取得"),
    "not_found": ("warn", "该部门明确答复：无此记录"),
    "ambiguous": ("warn", "有多条相近记录，请选定一条"),
    "denied": ("bad", "该部门或共享授权不允许查询此项"),
    "unavailable": ("bad", "该部门系统暂时没有答复，可稍后再查；这不是“无记录”"),
    "unusable": ("bad", "该部门的答复有误，不能采用；已记录，可再查或收取材料"),
    "pending": ("wait", "已转该部门人工答复"),
}
WHY = {
    "refused_connection": "连接被拒绝",
    "untrusted": "该部门系统的安全证书不可信或已过期，没有连接，请告知运维人员",
    "timeout": "超时未答",
    "broken_off": "答复中断",
    "server_error": "系统报错",
    "busy": "系统忙",
    "breaker_open": "连续失败，暂停呼叫",
    "no_replica": "尚无数据文件",
    "too_old": "数据文件过旧",
    "lost": "询问中断，结果不明",
    "superseded": "系统恢复后已作答",
    "withdrawn": "该部门已停止提供这项数据，请收取材料",
}
RULES: Mapping[str, str] = {
    "required": "没有给出",
    "code_list": "代码不在约定的代码表内",
    "control_characters": "含有控制字符",
    "lost_characters": "含有残缺、无法辨认的文字",
    "too_long": "过长",
    "number_size": "数字过大或过小",
    "single_value": "应为一个值，答复里是一组",
    "list": "应为一张表，答复里不是",
    "split": "一栏里的几项分不开",
    "too_many_rows": "行数太多，不会是一个人或一家单位的",
    "too_many_parts": "答复的内容太多，不会是一个人或一家单位的",
    "must": "与相关的一栏（如币种、单位）对不上",
    "divide": "无法按相关的一栏换算",
    "boolean": "不是约定的是、否写法",
    "fraction": "份额写法不对",
    "id_number": "身份证号码不合规则",
    "uscc": "统一社会信用代码不合规则",
    "id_number_or_uscc": "证件号码不合规则",
    "name": "不是名称的写法",
    "address": "不是地址的写法",
    "phone": "不是电话号码的写法",
    "several_values": "应为一个值，答复里有几个",
    "other_subject": "答的不是所问的人",
    "other_request": "答的不是这一次的询问",
    "unknown_result_code": "结果代码不在约定之内",
    "record": "应为一条记录，答复里不是",
    "sha256": "文件与所附摘要不符",
    "base64": "文件编码有误",
    "media_type": "文件内容与所说的格式不符",
    **{rule: f"：{sentence}" for rule, sentence in REFUSALS.items()},
    "too_large": "答复太大",
    "redirect": "被转到别的地址",
    "content_type": "答复格式不对",
    "content_encoding": "答复压缩方式不对",
    "encoding": "文字编码不对",
    "json": "不是完整的 JSON",
    "json_repeated_key": "同一个名称出现两次，无法确定以哪个为准",
    "xml": "不是完整的 XML",
    "dtd": "答复夹带文档类型定义，出于安全没有读取",
    "schema": "与约定的接口文档不符",
    "unknown_element": "有约定的接口文档里没有的一项",
    "missing_element": "缺少约定的接口文档里必有的一项",
    "schema_value": "数字或日期的写法与约定的接口文档不符",
    "multipart": "答复分成几部分，但不完整",
    "attachment": "答复提到的附件没有随答复送来",
    "unsigned": "答复没有部门的签名，按约定必须有",
    "signature": "答复的签名与内容对不上，可能被改动过",
    "signature_cover": "答复的签名没有盖住所读的内容，可能被人拼接过",
    "signature_algorithm": "答复的签名用了没有约定的算法",
    "signature_certificate": "答复的签名证书不是登记的那一张，或已经过期",
    "signature_time": "答复的签名时间不在有效期内",
    "circle": "答复的内容互相引用，没有尽头",
    "other_page": "答的不是所问的那一页",
    "page_repeats": "同一页内容重复出现",
    "page_size": "一页的行数多于约定",
    "page_total": "所说的总数与实际给出的不符",
    "page_more": "没有说清后面还有没有下一页",
    "rows_missing": "给出的行数少于所说的总数",
    "too_many_pages": "页数太多，不会是一个人或一家单位的",
    "link_elsewhere": "下一页指向别的地址",
    "ticket": "答应稍后答复，却没有给出可用的取件号",
    "token": "给出的接入令牌不能使用",
    "inside": "答复内嵌的报文无法读取",
    "no_such_database": "前置库里没有约定的那个数据库",
    "no_such_table": "前置库里没有约定的表",
    "no_such_column": "前置库的表里没有约定的列",
    "statement": "前置库不接受这项查询",
    "key_type": "前置库的列与所问的证号类型不合",
    "query_log": "前置库不接受查询登记",
    "row_refused": "前置库不接受这一行",
    "adapter_fault": "读取答复时出错，已记录",
    "fault": "对方系统报告了错误",
    "request_not_sendable": "问题无法按约定格式写出",
    "unaskable": "所问的内容缺项，或无法按约定格式写出",
    "certificate_suspended": "现已暂扣",
    "certificate_expired": "已过有效期或者已失效",
    "certificate_ended": "已被撤销、注销、吊销或者迁出",
    "certificate_not_yet": "还没有到有效期起始日",
}
"""Which rule an answer broke, in words; a name not here is one of the forms below, or shown as it is."""

HELD = {
    "found": "证照库中有这本证照，已取得",
    "not_found": "证照库中没有这本证照：请收取材料",
    "ambiguous": "证照库中有几本，请选定一本",
}
ASK_REGISTRY = "核对原件或证照库更新后重新查询"
"""The way on from an answer of the hub's own registry: no department has anything to correct."""
NOT_HELD = "证照库中的这本证照{}，不能采用：请申请人说明情况并提交材料"
"""Of questions to the hub's own registry: no department was asked."""
GRADE_WORDS = {
    "grade_not_enough": "按本站点的规定不能用于{}",
    "not_looked_at": "还没有经窗口与原件核对，不能用于{}",
}
CERTIFICATE_RULES = ("certificate_suspended", "certificate_expired", "certificate_ended", "certificate_not_yet")
OURS = {"adapter_fault", "request_not_sendable", "unaskable"}
NOT_ASKED = "查询没有成功，问题在本系统，不在该部门；可收取材料，并请告知运维人员"
"""Said of the rules in OURS: nobody is to telephone a department about them."""

FORMS = {"integer", "decimal", "grouped_decimal", "fen", "wan"}
DATES = {"date", "yyyymmdd", "yyyymmddhhmmss", "year_month", "slash_date", "chinese_date", "epoch", "epoch_ms"}


def queries_of(session: Session, scene: Scene, names: Mapping[str, str]) -> tuple[QueryView, ...]:
    """The case's questions in the order in which they became possible."""
    rows = session.execute(
        select(queries)
        .where(queries.c.case_id == scene.case.id)
        .order_by(queries.c.round, queries.c.queued_at, queries.c.id)
    )
    waited_for = open_questions(session, scene)
    checking = scene.case.state in (CaseState.CHECKING, CaseState.CORRECTION)
    return tuple(_query(scene, row, names, checking or row.id in waited_for) for row in rows)


def _query(scene: Scene, row: Row[tuple[object, ...]], names: Mapping[str, str], may: bool) -> QueryView:
    """`may` says whether anything can still be done with it: the form is open, or an item waits for its answer."""
    resource = scene.site.resources[row.resource]
    tone, sentence = OUTCOMES.get(row.outcome, ("wait", "正在查询"))
    by_hand = str((row.detail or {}).get("by_hand") or "")
    if by_hand:
        sentence = _by_hand(scene, row, by_hand) if row.outcome == "pending" else f"{sentence}（系统中断，人工答复）"
    own = (row.detail or {}).get("way") == REGISTRY_WAY
    if own:
        tone, sentence = _held(scene, row, tone, sentence)
    if row.outcome == "denied" and row.reason == NOT_OFFERED:
        notice = str((row.detail or {}).get("notice") or "").rstrip("。")
        tone, sentence = "warn", f"该部门暂停提供这项数据{f'：{notice}' if notice else ''}。没有查询，这不是“无记录”"
    if row.ticket.startswith(DEFERRED):
        sentence = "该部门系统稍后答复，到时自动取回"
    if row.settled_by:
        tone, sentence = "none", f"{sentence}；已由窗口人员处理"
    elif row.outcome == "unavailable":
        sentence = f"{sentence}（{WHY.get(row.reason, row.reason)}）"
    if row.outcome == "unusable" and (row.detail or {}).get("rule") not in CERTIFICATE_RULES:
        ours = str((row.detail or {}).get("rule")).partition(":")[0] in OURS
        sentence = f"{NOT_ASKED if ours and not row.settled_by else sentence}（{broken(scene, row.detail or {})}）"
    unfit = [f.title for f in scene.form.fields if f.key in ((row.detail or {}).get("unfit") or {})]
    if row.outcome == "found" and unfit:
        tone, sentence = "warn", f"{sentence}，但“{'”“'.join(unfit)}”的值不合字段规则，没有采用"
    took = (row.answered_at - row.asked_at).total_seconds() * 1000 if row.answered_at and row.asked_at else None
    titles = [f.title for f in scene.form.fields if any(s.resource == row.resource for s in f.sources)]
    ways = ways_on(row.outcome, row.state, len(row.candidates or ())) if may and not row.settled_by else ()
    return QueryView(
        id=row.id,
        department=scene.site.departments[resource.department].name,
        resource=resource.title,
        state=row.state,
        outcome=row.outcome,
        sentence=sentence,
        tone=tone if row.outcome else "wait",
        ways=tuple(Option(way.value, ASK_REGISTRY if own and way is Way.AGAIN else way.title) for way in ways),
        own=own,
        candidates=tuple(CandidateView(n, str(c["label"])) for n, c in enumerate(row.candidates or ())),
        fields=tuple(titles),
        tries=row.tries,
        milliseconds=int(took) if took is not None else None,
        log_seq=row.outcome_seq,
        round=row.round,
        about=role_title(scene.matter, row.subject_role),
        settled=_settled(row, names),
        by_hand=_since(row) if by_hand and row.outcome == "pending" and not row.settled_by else "",
    )


def _held(scene: Scene, row: Row[tuple[object, ...]], tone: str, sentence: str) -> tuple[str, str]:
    """What the registry's answer comes to, and what its certificate may not be used for by its grade: then the paper is to be brought."""
    detail: Mapping[str, Any] = row.detail or {}
    if detail.get("rule") in CERTIFICATE_RULES:
        return "warn", NOT_HELD.format(RULES[detail["rule"]])
    about = detail.get("certificate")
    if not about:
        return tone, HELD.get(row.outcome, sentence)
    stands = grades.Standing(about["trust"], about["checked"])
    barred = [
        (use, why) for use in _uses(scene, row.resource) if (why := grades.why_not(scene.site.policy, stands, use))
    ]
    if not barred:
        return tone, f"{HELD['found']}：{about['number']}（{about['issuer']}颁发）"
    why = "；".join(GRADE_WORDS[why].format(grades.USES[use]) for use, why in barred)
    return "warn", f"证照库中有{about['number']}，但可信等级为 {stands.trust}，{why}：请收取材料"


def _uses(scene: Scene, resource: str) -> tuple[str, ...]:
    """What this case would use the certificate for."""
    fills = any(s.resource == resource for f in scene.form.fields for s in f.sources)
    frees = any(n.exemption and n.exemption.resource == resource for n in scene.needed)
    return (*(("prefill",) if fills else ()), *(("material",) if frees else ()))


def _by_hand(scene: Scene, row: Row[tuple[object, ...]], why: str) -> str:
    """That persons answer in the wire's stead, since when, who, and till when."""
    code = row.resource.partition(".")[0]
    rule = scene.site.departments[code].fallback
    who = f"（{rule.people}）" if rule is not None and rule.people else ""
    due = (row.detail or {}).get("by")
    by = f"，应于 {local(datetime.fromisoformat(due)):%m-%d %H:%M} 前答复" if due else ""
    return f"该部门系统中断（{WHY.get(why, why)}），{_since(row)}由部门人工答复中{who}{by}；系统恢复后自动再查"


def _since(row: Row[tuple[object, ...]]) -> str:
    return f"自 {local(row.asked_at):%m-%d %H:%M} 起" if row.asked_at else ""


def role_title(matter: Matter, role: str) -> str:
    """`legal_representative` → 法定代表人; several in one role, `premises[2]`, keep their number."""
    plain, _, number = role.partition("[")
    title = next((r.title for r in matter.roles if r.code == plain), plain)
    return f"{title} {number.rstrip(']')}" if number else title


def broken(scene: Scene, detail: Mapping[str, object]) -> str:
    """Which field of an answer broke which rule, in words; never its value."""
    name, rule = str(detail.get("field") or ""), str(detail.get("rule") or "")
    last = re.split(r"[.\[\]]", name)[-1] or name
    known = scene.site.dictionary.get(name) or scene.site.dictionary.get(last)
    title = {"": "", "document": "所附文件"}.get(name, known.title if known else name)
    return f"“{title}”{rule_in_words(rule)}" if title else rule_in_words(rule) or "原因未说明"


def rule_in_words(rule: str) -> str:
    """A broken rule's name as `adapters` gives it, for a clerk."""
    plain = rule.partition(":")[0]
    if plain in DATES:
        return "日期写法不对"
    if plain in FORMS:
        return "数字写法不对"
    if plain.startswith("status_"):
        return f"对方系统返回 {plain.removeprefix('status_')}"
    return RULES.get(plain, rule)


def _settled(row: Row[tuple[object, ...]], names: Mapping[str, str]) -> str:
    """Who went on without an answer, or asked again, and why."""
    kept = row.settled_reason
    if not kept:
        return ""
    code, text = str(kept.get("reason") or ""), str(kept.get("text") or "")
    own = (row.detail or {}).get("way") == REGISTRY_WAY
    again = {Way.PAPER: Way.PAPER.title, Way.AGAIN: ASK_REGISTRY if own else Way.AGAIN.title}
    title = {"paper": again[Way.PAPER], "ask_again": again[Way.AGAIN]}.get(code, reasons.GO_ON.get(code, ""))
    words = "：".join(part for part in (title, text) if part)
    who = names.get(str(row.settled_by), "") if row.settled_by else ""
    return " ".join(part for part in (who, words) if part)
