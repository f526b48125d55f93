"""How departments, nodes and stopped work stand, from what every node wrote, not from what this process alone saw. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, func, select

from adapters.connect import Connected
from catalog.types import REGISTRY_WAY, Kind, Site
from hub.clock import SHANGHAI, local
from hub.prefill.values import BY_HAND
from hub.settings import VERSION
from hub.store import work
from hub.store.database import Session
from hub.store.tables import cases, department_checks, inbox_entries, item_cases, queries
from hub.store.tables import work as tasks
from hub.wiring import presence
from hub.wiring.fallingback import waiting_by_hand
from hub.wiring.listings import DeadRow, DepartmentRow, NodeRow

DOWN_AFTER = 3
"""So many last calls in a row without an answer: down, not a hiccup."""

CALLS_OF = timedelta(days=1)
"""Older calls say nothing about now."""

NODES_OF = timedelta(hours=1)
SILENT_AFTER = timedelta(seconds=90)
"""Each process says a word every half minute: one that missed three is gone, paused or cut off."""
PRESENCE = presence.KIND

KIND_TITLES: Mapping[str, str] = {
    "hand_over": "把办件交给{to}",
    "hand_over_sheet": "把核验结果单交给{to}",
    "gather": "获取部门签发的文件",
    "take_document": "核对取得的文件",
    "stop": "通知{to}停办",
    "supply": "把前置结果交给{to}",
    "push": "向{to}推送{table}",
    "sms": "给申请人发短信",
    "sign": "签发电子证照",
    "draw_faces": "生成证照的版式文件（OFD、PDF）",
    "deliver": "电子送达",
    "archive": "归档",
    "ask": "部门查询",
    "answer-later": "取用部门人工答复",
    "ask-again": "再取部门系统稍后给出的答复",
    "to-hand": "转部门人工答复",
    "ask-wire": "部门系统恢复后重新查询",
    "close-by-hand": "了结不必再人工答复的查询",
    "look_for_reports": "到{to}的前置库查看办理结果",
    "take_report": "取用{to}的办理结果",
    "report_read": "告知{to}结果已取用",
}
TICK_TITLES: Mapping[str, str] = {
    "sweep_lost": "了结没有结果的查询",
    "collect_files": "收取部门送来的文件",
    "poll_reports": "安排查看办理结果",
    "fall_back": "安排系统中断期间的人工答复",
    "publish_checkpoint": "签署日志检查点",
    "forget": "清理过期记录",
    "forget_questions": "了结没有取走的部门查询",
}
MISSING_TITLES: Mapping[str, str] = {
    "database": "数据库没有应答",
    "migration": "数据库结构没有补齐",
    "catalog": "还没有发布目录",
    "keys": "有签发机关还没有签名密钥",
    "sharing-log": "共享日志不能记入",
    "disk": "磁盘快满了",
    "worker": "队列停止运转",
}
TABLE_TITLES: Mapping[str, str] = {
    "up_pro_material": "收件与材料信息",
    "up_pro_process": "办理过程",
    "up_pro_accept": "受理信息",
    "up_pro_result": "办理结果",
    "up_pro_special_procedure": "特别程序",
    "up_lic_data": "电子证照信息",
}
CAUSES: Mapping[str, str] = {
    "PEER_UNREACHABLE": "对方没有应答，一直没有送到",
    "PEER_REFUSED": "对方拒收，重发相同内容不会成功",
    "REPORT_UNUSABLE": "部门写来的结果行无法取用，须与部门核对",
    "WORK_GIVEN_UP": "自动重试不会成功，需要人工查看",
    "WORK_PUT_OFF": "多次推迟，仍未办成",
    "FACE_NOT_DRAWN": "证照已签发、有效，只缺版式文件：字库没有证面上的某个字（请设置含该字的字库 YIJIAN_FONT，重启后重试），或者版式放不下（请改版式）",
    "NO_CONNECTION": "没有配置对方的连接",
    "NOTHING_TO_ASK_ABOUT": "没有可据以获取文件的对象，请在办件页面说明理由后不再等待",
    "BUG": "程序差错，请把下面的代码告诉开发单位",
}
"""What an error's code means to an operator; the program's own words stand beside it."""


def kind_title(kind: str) -> str:
    """A kind of work in words, whoever it is for."""
    return TICK_TITLES.get(kind) or KIND_TITLES.get(kind, kind).format(to="部门", table="数据")


# --- departments --------------------------------------------------------------------------------------------------------


def departments(
    session: Session, site: Site, adapters: Mapping[str, Connected], now: datetime
) -> tuple[DepartmentRow, ...]:
    """Every department of the catalog: whether it answers, since when, and how fresh its files are."""
    return tuple(_department(session, site, code, adapters.get(code), now) for code in site.departments)


def of_registry(site: Site, code: str) -> frozenset[str]:
    """Resources of the department that the hub's own registry answers: its answers say nothing of how the department stands."""
    return frozenset(one.code for one in site.resources.values() if one.department == code and one.way == REGISTRY_WAY)


def _department(session: Session, site: Site, code: str, connected: Connected | None, now: datetime) -> DepartmentRow:
    department = site.departments[code]
    check, said = _last_check(session, site.region, code), _last_answer(session, site, code)
    failed_check = check is not None and check.failed and (said is None or check.at > said)
    breaker, since = _breaker(connected, now)
    failed, put_off, dead = _failed_calls(session, site, code, now), *_open_work(session, code)
    aside = connected.aside() if connected is not None and connected.aside is not None else ()
    fresh = connected.fresh_on() if connected is not None and connected.fresh_on is not None else None
    asked_by_hand, cases_by_hand = waiting_by_hand(session, site, code)
    draft = connected is None and said is None and not failed and not dead and _is_draft(site, code)
    trouble = (
        *((f"暂停提供数据：{department.disabled}",) if department.disabled else ()),
        *((f"{asked_by_hand} 项查询由人工答复，等候中",) if asked_by_hand else ()),
        *((f"{cases_by_hand} 件转人工办理，在办",) if cases_by_hand else ()),
        *(("没有配置连接，或配置有误（见 yijian doctor）",) if connected is None and not draft else ()),
        *((f"检查时没有连上（{local(check.at):%m-%d %H:%M}）",) if check is not None and failed_check else ()),
        *((f"最近 {failed} 次查询没有应答",) if failed else ()),
        *((f"{put_off} 件送不到，正在重试",) if put_off else ()),
        *((f"{dead} 件已停下，等人处理",) if dead else ()),
        *aside,
    )
    well = max((at for at in (said, check.at if check is not None and check.reached else None) if at), default=None)
    cut_off = since is not None and (breaker == "open" or well is None or well <= since)
    down = connected is None or cut_off or failed >= DOWN_AFTER or dead or failed_check
    known = said is not None or fresh is not None or (check is not None and check.reached)
    state = "down" if down else "slow" if trouble or breaker != "closed" else "up" if known else "unknown"
    return DepartmentRow(
        name=department.name,
        kind=department.kind.value,
        state="draft" if draft else state,
        last_answer=said,
        breaker=breaker,
        fresh_at=datetime.combine(fresh, time(), SHANGHAI) if fresh else None,
        trouble=trouble,
        inbox=department.kind is not Kind.INBOX and site.has_inbox(code),
        phone=department.phone,
    )


def _breaker(connected: Connected | None, now: datetime) -> tuple[str, datetime | None]:
    """How this process's breaker of it stands, and when the call failed by which it does; None where it is closed."""
    breaker = connected.breaker if connected is not None else None
    seconds = breaker.silent_seconds if breaker is not None else None
    if breaker is None or seconds is None:
        return "closed", None
    return str(breaker.state).replace("_", "-"), now - timedelta(seconds=seconds)


def _is_draft(site: Site, code: str) -> bool:
    """All that it has waits for a person's review, so nobody could have asked it."""
    own = [one for one in site.resources.values() if one.department == code]
    return bool(own) and not site.departments[code].handles and all(one.proposed for one in own)


@dataclass(frozen=True)
class _Check:
    """What the last check by a person says of the connection; what it says of papers and mapping is another matter."""

    at: datetime
    reached: bool
    failed: bool


def _last_check(session: Session, region: str, code: str) -> _Check | None:
    c = department_checks.c
    last = select(c.at, c.findings).where(c.region == region, c.department == code).order_by(c.at.desc()).limit(1)
    row = session.execute(last).first()
    if row is None:
        return None
    of = {(one["about"], one["state"]) for one in row.findings}
    failed = bool(of & {(about, "mend") for about in ("connection", "credentials", "probe")})
    return _Check(row.at, not failed and bool(of & {("probe", "ok"), ("files", "look")}), failed)


def _failed_calls(session: Session, site: Site, code: str, now: datetime) -> int:
    """How many of the last calls, newest first, got no answer before one did."""
    c = queries.c
    last = session.execute(
        select(c.outcome, c.reason)
        .where(*_asked(site, code), c.answered_at > now - CALLS_OF, c.outcome != "")
        .order_by(c.answered_at.desc(), c.id.desc())
        .limit(20)
    )
    failed = 0
    for row in last:
        if row.outcome != "unavailable" and not row.reason.startswith(BY_HAND):  # a person was asked since nothing came
            break
        failed += 1
    return failed


def _asked(site: Site, code: str) -> tuple[ColumnElement[bool], ...]:
    """Questions that were put to the department itself."""
    resource = queries.c.resource
    return resource.startswith(f"{code}.", autoescape=True), resource.not_in(of_registry(site, code))


def _open_work(session: Session, code: str) -> tuple[int, int]:
    """What of the department's streams failed and comes again, and what stands still."""
    c = tasks.c
    of_it = c.stream.like(f"%:{code}")

    def count(*conditions: ColumnElement[bool]) -> int:
        return int(session.execute(select(func.count()).select_from(tasks).where(of_it, *conditions)).scalar_one())

    return count(c.state == work.READY, c.last_error != ""), count(c.state == work.DEAD)


def _last_answer(session: Session, site: Site, code: str) -> datetime | None:
    """When it last said something: an answer, something its system took from us, an inbox entry that a person did."""
    said = [select(func.max(inbox_entries.c.done_at)).where(inbox_entries.c.department == code)]
    department, c = site.departments[code], queries.c
    if department.kind is not Kind.INBOX:
        answered = (*_asked(site, code), c.outcome.not_in(("", "unavailable", "pending")))
        said.append(select(func.max(c.answered_at)).where(*answered))
    if not department.handles or not all(department.takes_at_inbox(item) for item in department.handles):
        taken = (tasks.c.stream.like(f"%:{code}"), tasks.c.state == work.DONE)
        said.append(select(func.max(tasks.c.done_at)).where(*taken))
    found = [session.execute(one).scalar() for one in said]
    return max((at for at in found if at is not None), default=None)


# --- nodes --------------------------------------------------------------------------------------------------------------


def nodes(session: Session, own: str, now: datetime) -> tuple[NodeRow, ...]:
    """This process, every process that said within the hour that it is there, and every worker that held work meanwhile."""
    c = tasks.c
    seen: dict[str, datetime] = {}
    for moment in (c.done_at, c.lease_until):
        rows = session.execute(
            select(c.owner, func.max(moment).label("at"))
            .where(c.owner != "", moment > now - NODES_OF, c.kind != PRESENCE)
            .group_by(c.owner)
        )
        for row in rows:
            at = min(row.at, now)  # a lease ends in the future
            seen[row.owner] = max(at, seen.get(row.owner, datetime.min.replace(tzinfo=UTC)))
    said = _words_of_nodes(session, now)
    return tuple(_node(name, own, seen, said, now) for name in sorted({*seen, *said, own}))


@dataclass(frozen=True)
class _Word:
    """What a node said of itself last, and when the database heard it."""

    told: Mapping[str, str]
    at: datetime


def _words_of_nodes(session: Session, now: datetime) -> dict[str, _Word]:
    c = tasks.c
    said = (c.kind == PRESENCE, c.created_at > now - NODES_OF)
    rows = session.execute(select(c.owner, c.args, c.created_at).where(*said).order_by(c.id))
    return {row.owner: _Word(row.args, row.created_at) for row in rows}


def _node(name: str, own: str, seen: Mapping[str, datetime], said: Mapping[str, _Word], now: datetime) -> NodeRow:
    word = said.get(name)
    moments = [at for at in (seen.get(name), word.at if word else None, now if name == own else None) if at]
    told = word.told if word else {}
    off = (datetime.fromisoformat(told["clock"]) - word.at).total_seconds() if word else None
    version = VERSION if name == own else told.get("version", "")
    last = max(moments)
    works, silent = bool(told.get("worker")) or name in seen, now - last > SILENT_AFTER
    return NodeRow(name, last, version, works, off, silent, told.get("catalog", ""))


# --- stopped work -------------------------------------------------------------------------------------------------------


def dead_rows(session: Session, site: Site) -> tuple[DeadRow, ...]:
    """Work that stopped its stream, oldest first, in words."""
    found = session.execute(select(tasks).where(tasks.c.state == work.DEAD).order_by(tasks.c.id).limit(200)).all()
    return tuple(_dead(session, site, row) for row in found)


def _dead(session: Session, site: Site, row: Row[tuple[object, ...]]) -> DeadRow:
    to = row.stream.rpartition(":")[2]
    receiver = site.departments[to].name if to in site.departments else "申请人" if to == "sms" else ""
    table = TABLE_TITLES.get(str(row.args.get("table", "")), "")
    sentence = KIND_TITLES.get(row.kind, row.kind).format(to=receiver or "对方", table=table)
    about = " · ".join(_about(session, site, row.args))
    return DeadRow(
        id=str(row.id),
        kind=row.kind,
        stream=f"{about} → {receiver}" if receiver else about or row.stream,
        key=row.key,
        error=row.last_error,
        since=row.created_at,
        tries=row.tries,
        sentence=sentence,
        cause=CAUSES.get(row.last_error.partition(":")[0], ""),
    )


def _about(session: Session, site: Site, args: Mapping[str, str]) -> Iterator[str]:
    """The case's number and, where the work is about one, the item."""
    item_no, case_id = args.get("item_no", ""), args.get("case_id") or args.get("case", "")
    own = session.execute(
        select(item_cases.c.case_id, item_cases.c.item).where(item_cases.c.item_no == item_no)
    ).first()
    case_id = case_id or (own.case_id if own else "")
    number = session.execute(select(cases.c.case_no).where(cases.c.id == case_id)).scalar()
    if number:
        yield str(number)
    if own:
        yield site.items[own.item].title if own.item in site.items else own.item
