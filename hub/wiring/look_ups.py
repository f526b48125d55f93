"""What the look-ups and print-outs of a case came to, out of its questions and evidence: for the case's steps, its sheet and its pages. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from adapters.contract import LookedUp
from catalog.dictionary import shown
from catalog.types import FormField, Item
from hub.cases.asked import FOUND, NO_RECORD, NOT_CHECKED
from hub.cases.facts import FREED_TITLES, chinese_moment
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ANSWER_TITLES, CaseState, ItemState
from hub.clock import local
from hub.evidence import value_at
from hub.prefill.caseform import case_form
from hub.prefill.freed import Freed, freed, questions
from hub.prefill.rows import ANSWERED, PENDING, QUEUED, QueryRow
from hub.prefill.standing import standing_of
from hub.store.database import Session
from hub.store.tables import evidence, materials, queries
from hub.wiring import reasons
from hub.wiring.scene import Scene

UNDER_WAY = (CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.IN_PROGRESS)
NOBODY_TO_ASK_ABOUT = "没有身份或关系已核实、可据以查询的对象"


@dataclass(frozen=True)
class LookUp:
    """One look-up as it came out. `values` are (title, value in words) of what its form asks; `reason` says why it was not checked."""

    own: PlainItem
    item: Item
    department: str
    resource: str
    answer: str
    at: datetime | None
    log_seq: int | None
    reason: str = field(repr=False)
    values: tuple[tuple[str, str], ...] = field(repr=False)
    freed: tuple[tuple[str, str], ...] = ()
    """(material, status) of what was not demanded, since there is no record."""


def questions_of(session: Session, scene: Scene) -> dict[str, QueryRow | None]:
    """Item → its question, for every item of the case that is asked."""
    case = case_form(session, scene.case.id, lambda digest: scene.site)
    return questions(case, standing_of(session, case))


def freed_of(session: Session, scene: Scene) -> Freed:
    """What is not demanded, since a look-up of the case ended without a record."""
    if not scene.terms.look_ups:
        return Freed()
    case = case_form(session, scene.case.id, lambda digest: scene.site)
    return freed(case, standing_of(session, case))


def answers_of(session: Session, scene: Scene) -> dict[str, str]:
    """Item → answer, for each look-up whose question is settled. One still open, or failed and not gone on from, is not among them."""
    found = questions_of(session, scene)
    answers = {code: _answer(query) for code, query in found.items() if code in scene.terms.look_ups}
    return {code: answer for code, answer in answers.items() if answer}


def _answer(query: QueryRow | None) -> str:
    """Nobody to ask about: not checked. A department that is down or refuses is not checked only once a person went on."""
    if query is None:
        return NOT_CHECKED
    if query.state == ANSWERED and query.outcome in ("found", "not_found"):
        return FOUND if query.outcome == "found" else NO_RECORD
    return NOT_CHECKED if query.settled else ""


# --- the sheet --------------------------------------------------------------------------------------------------------


def look_ups(session: Session, scene: Scene, case: PlainCase, answers: Mapping[str, str]) -> tuple[LookUp, ...]:
    """The case's answered look-ups in its order; `answers` are those that this very step brings."""
    found = questions_of(session, scene)
    done = [(i, i.answer or answers.get(i.item, "")) for i in case.items if i.item in scene.terms.look_ups]
    return tuple(_look_up(session, scene, own, found[own.item], answer) for own, answer in done if answer)


def _look_up(session: Session, scene: Scene, own: PlainItem, query: QueryRow | None, answer: str) -> LookUp:
    item = scene.item(own.item)
    resource = scene.site.resources[item.result.resource]
    evidence_id = query.evidence_id if query and answer == FOUND else ""
    kept = session.execute(select(evidence).where(evidence.c.id == evidence_id)).first() if evidence_id else None
    row = _asked_row(session, query)
    return LookUp(
        own,
        item,
        scene.site.departments[resource.department].name,
        resource.title,
        answer,
        row.answered_at if row is not None else None,
        row.outcome_seq if row is not None else None,
        _why(row.settled_reason if row is not None else None) if answer == NOT_CHECKED else "",
        tuple(_values(scene, item, kept)) if kept is not None else (),
        tuple(_freed(session, scene, item)),
    )


def _freed(session: Session, scene: Scene, item: Item) -> Iterable[tuple[str, str]]:
    c = materials.c
    rows = session.execute(select(c.code, c.status).where(c.case_id == scene.case.id, c.status.in_(FREED_TITLES)))
    statuses = {row.code: row.status for row in rows}
    for n in scene.needed:
        if item.code in n.items and n.material.code in statuses:
            yield n.material.name, statuses[n.material.code]


def _asked_row(session: Session, query: QueryRow | None) -> Row[datetime | None, int | None, Any] | None:
    columns = (queries.c.answered_at, queries.c.outcome_seq, queries.c.settled_reason)
    return session.execute(select(*columns).where(queries.c.id == query.id)).first() if query else None


def _values(scene: Scene, item: Item, kept: Row[Any]) -> Iterable[tuple[str, str]]:
    """What the grant covered of the item's own fields, in words. Evidence holds nothing that was not to be asked."""
    for f in scene.form.fields:
        path = _path(f, item)
        text = value_at(kept._mapping["values"], kept.lists, path) if path else ""
        if text and item.code in scene.form.used_by[f.key]:
            yield f.title, shown(f.definition, text)


def _path(f: FormField, item: Item) -> str:
    wanted = (item.result.resource, item.result.subject)
    return next((s.field for s in f.sources if (s.resource, s.subject) == wanted), "")


def _why(kept: Mapping[str, object] | None) -> str:
    if not kept:
        return NOBODY_TO_ASK_ABOUT
    title = {"paper": "由申请人提交材料"}.get(str(kept.get("reason")), reasons.GO_ON.get(str(kept.get("reason")), ""))
    return "：".join(part for part in (title, str(kept.get("text") or "")) if part)


def lines_of(found: Iterable[LookUp]) -> str:
    """The look-ups as the sheet lists them: one head line, where it came from, and what it said."""
    return "\n".join(line for n, one in enumerate(found, start=1) for line in _lines(n, one))


def _lines(n: int, one: LookUp) -> list[str]:
    at = chinese_moment(one.at) if one.at else "未查询"
    record = f"第{one.log_seq}号" if one.log_seq is not None else "无"
    said = {
        FOUND: "；".join(f"{title}：{value}" for title, value in one.values) or "有此记录，未授权提供具体内容",
        NO_RECORD: "该部门答复没有此记录",
        NOT_CHECKED: f"未取得该部门的答复：{one.reason}",
    }[one.answer]
    return [
        f"{n}. {one.item.title}：{ANSWER_TITLES[one.answer]}",
        f"部门：{one.department}　数据资源：{one.resource}　核验时间：{at}　共享日志：{record}",
        said,
        *(f"材料“{name}”：{FREED_TITLES[status]}" for name, status in one.freed),
    ]


def for_department(found: Iterable[LookUp]) -> tuple[LookedUp, ...]:
    """The same for the lead's own system."""
    return tuple(
        LookedUp(
            one.item.code,
            one.item.title,
            one.department,
            one.resource,
            one.answer,
            ANSWER_TITLES[one.answer],
            one.at,
            one.log_seq,
            "；".join(f"{title}：{value}" for title, value in one.values),
        )
        for one in found
    )


# --- what an item waits for, in words ---------------------------------------------------------------------------------


def notes_of(session: Session, scene: Scene, now: datetime) -> dict[str, str]:
    """Item → what it waits for, for items that are asked and have no answer yet. Nobody's facts are in it."""
    open_items = [
        i
        for i in scene.case.items
        if scene.item(i.item).is_asked and i.state in (ItemState.WAITING, ItemState.GATHERING)
    ]
    if not open_items or scene.case.state not in UNDER_WAY:
        return {}
    found = questions_of(session, scene)
    return {i.item: _note(scene, i, found[i.item], local(now).date()) for i in open_items}


def open_questions(session: Session, scene: Scene) -> frozenset[str]:
    """Ids of the questions that an item of the received case still waits for."""
    waiting = (ItemState.WAITING, ItemState.GATHERING)
    asked_items = {i.item for i in scene.case.items if scene.item(i.item).is_asked and i.state in waiting}
    if not asked_items or scene.case.state not in UNDER_WAY:
        return frozenset()
    found = questions_of(session, scene)
    return frozenset(q.id for code, q in found.items() if q is not None and code in asked_items)


def _note(scene: Scene, own: PlainItem, query: QueryRow | None, today: date) -> str:
    gathers = own.item in scene.terms.print_outs
    if gathers and own.state == ItemState.WAITING:
        return ""
    resource = scene.site.resources[scene.item(own.item).result.resource]
    department = scene.site.departments[resource.department].name
    if query is None:
        return "正在准备获取文件" if gathers else NOBODY_TO_ASK_ABOUT
    if query.state == PENDING:
        return f"已转{department}人工答复{_by(query, today)}"
    if query.state == QUEUED and query.tries > 1 and gathers:
        return f"{department}尚未给出文件，已获取 {query.tries - 1} 次，系统会继续自动获取"
    if query.state == QUEUED:
        return f"正在向{department}查询"
    return f"{department}没有可用的答复，待窗口重新查询，或者说明理由后继续"


def _by(query: QueryRow, today: date) -> str:
    by = str(query.detail.get("by") or "")
    if not by:
        return ""
    due = local(datetime.fromisoformat(by))
    return f"，应于 {due:%m-%d %H:%M} 前答复{'，已超时' if due.date() < today else ''}"
