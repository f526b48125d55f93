"""An inbox entry as the page shows it: out of its row, the item case behind it and the catalog. It changes nothing and logs no viewing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import Row, select

from catalog.notices import DECISIONS
from catalog.types import Site
from hub.cases import deadlines
from hub.cases.plain import PlainItem
from hub.cases.states import ItemState
from hub.cases.views import Action, InboxRow, InboxView, MaterialView, Option
from hub.clock import SHANGHAI, local
from hub.prefill.byhand import BY_THE_WIRE
from hub.store.database import Session
from hub.store.tables import inbox_entries, materials
from hub.wiring.answer_sheet import fields_of, tables_of
from hub.wiring.case_view import item_view, state_title
from hub.wiring.desk import BY_THE_END
from hub.wiring.fallingback import is_by_hand
from hub.wiring.form_view import shown
from hub.wiring.query_view import WHY
from hub.wiring.scene import Scene

Entry = Row[tuple[object, ...]]

KINDS = {
    "question": "数据查询",
    "handover": "联办事项",
    "stop": "停止办理",
    "upstream": "前置结果",
    "supplement": "补交材料",
    "sheet": "核验结果单",
}
LACKING = {"deferred": "容缺受理，待补交", "promised": "告知承诺"}
STATES = {"open": "待处理", "done": "已处理"}
PUT_AWAY = {BY_THE_END: "办件已结束，无需答复", BY_THE_WIRE: "系统已恢复并作答，无需再答复"}
INSTEAD = "（系统中断转来）"
NOTICES = {
    "question": "本部门系统中断（{why}），窗口转来请人工答复。系统恢复后会自动再查，以先到的答复为准。",
    "handover": "本部门系统中断期间转来，由人工办理到底。系统恢复后如需登记，请以事项办件编号 {no} 登记；"
    "系统中若已有同号办件，就是中断前送到的这一件，请勿重复登记。",
}
"""What a person reads who does by hand what the wire could not take."""
NOTED = ("stop", "upstream", "supplement", "sheet")
"""Kinds that are only taken note of."""
FORMS = ("handover", "sheet")
"""Kinds that come with the form."""

CORRECT = Action("correct", "告知补正", False, True, needs=("defects", "reason"))
ACTIONS: Mapping[ItemState, tuple[Action, ...]] = {
    ItemState.PUSHED: (
        Action("accept", "受理", True, True),
        CORRECT,
        Action("refuse", "不予受理", False, True, needs=("reason",)),
    ),
    ItemState.PRE_REVIEW: (Action("pre_reviewed", "预审完成", True, True), CORRECT),
    ItemState.AWAITING_UPSTREAM: (CORRECT,),
    ItemState.REVIEWING: (
        Action("approve", "准予许可", True, True),
        Action("deny", "不予许可", False, True, needs=("reason",)),
        Action("suspend", "进入特别程序", False, True, needs=("procedure", "reason")),
        CORRECT,
    ),
    ItemState.SUSPENDED: (Action("resume", "特别程序结束，继续办理", True, True),),
}
"""What a reviewer may do with an item case, by its state."""

TAKEN: Mapping[ItemState, tuple[Action, ...]] = {
    ItemState.PUSHED: (Action("accept", "接单", True, True),),
    ItemState.REVIEWING: (
        Action("approve", "办理完成", True, True),
        Action("deny", "无法办理", False, True, needs=("reason",)),
    ),
}
"""The same for a service request, which knows neither 受理 nor 许可."""


@dataclass(frozen=True)
class Behind:
    """The item case behind an entry."""

    scene: Scene
    item: PlainItem


def entry_row(site: Site, row: Entry, behind: Behind | None, now: datetime) -> InboxRow:
    """A line of the inbox. A hand-over is due when it must be accepted; after that, when it must be decided."""
    handed = behind if row.kind == "handover" else None
    due_at = _due(row, handed)
    return InboxRow(
        id=row.id,
        kind=row.kind,
        number=row.number,
        title=f"{KINDS[row.kind]}：{_about(site, row)}{INSTEAD if _by_hand(site, row) else ''}",
        case_no=row.case_no or (behind.scene.case.case_no if behind else ""),
        opened_at=row.opened_at,
        due_at=due_at,
        overdue=bool(row.state == "open" and due_at and now > due_at),
        state=row.state,
        state_title=_handed_title(handed) if handed else _state_title(row),
    )


def entry_view(
    session: Session, site: Site, row: Entry, behind: Behind | None, now: datetime, scene: Scene | None = None
) -> InboxView:
    """One entry whole. `scene` is the case that it is about, where there is one: its form says codes in words."""
    question = row.kind == "question"
    return InboxView(
        row=entry_row(site, row, behind, now),
        item_no=row.item_no,
        department=site.departments[row.department].name,
        form=_form(site, row, scene),
        materials=tuple(_material(a) for a in attachments_of(session, row)),
        answers=fields_of(site, row) if question else (),
        tables=tables_of(site, row) if question else (),
        notice=_notice(site, row),
        upstream=_upstream(session, row),
        actions=actions_of(row, behind),
        item=item_view(session, behind.scene, behind.item) if behind else None,
        wanted=wanted(behind) if behind else (),
        marks=tuple(str(mark) for _, _, _, mark in row.body.get("form", ())) if row.kind in FORMS else (),
        open_papers=_open_papers(session, behind, now) if behind else (),
    )


def actions_of(row: Entry, behind: Behind | None) -> tuple[Action, ...]:
    """What may be done with the entry now; a question is answered, not acted on."""
    if row.state != "open" or row.kind == "question":
        return ()
    if row.kind in NOTED or behind is None:
        return (Action("acknowledge", "已知悉", True, True),)
    table = ACTIONS if behind.scene.item(behind.item.item).has_acceptance else TAKEN
    words = DECISIONS[behind.scene.item(behind.item.item).kind]
    titles = {"approve": words.approve, "deny": words.deny}
    found = [replace(a, title=titles.get(a.code, a.title)) for a in table.get(behind.item.state, ())]
    return tuple(a for a in found if not (a.code == "refuse" and behind.item.accepted_at))


def attachments_of(session: Session, row: Entry) -> list[Mapping[str, object]]:
    """What came with the entry; in a hand-over, a material that was supplemented since stands in for its gap."""
    came = list(row.body.get("attachments", ()))
    if row.kind != "handover":
        return came
    c = inbox_entries.c
    later = select(c.body).where(c.item_no == row.item_no, c.kind == "supplement", c.department == row.department)
    for body in session.execute(later.order_by(c.opened_at, c.id)).scalars():
        new = {a["code"]: a for a in body.get("attachments", ())}
        came = [new.get(a["code"], a) if a["status"] else a for a in came]
    return came


def _open_papers(session: Session, behind: Behind, now: datetime) -> tuple[str, ...]:
    """Materials of the item that were deferred and have not come: a decision now is made without them."""
    names = {o.code: o.title for o in wanted(behind)}
    c, today = materials.c, local(now).date()
    rows = session.execute(
        select(c.code, c.due_on).where(
            c.case_id == behind.scene.case.id, c.status == "deferred", c.code.in_(list(names))
        )
    )
    return tuple(
        f"{names[r.code]}：应于 {r.due_on} 前补交{'，已逾期' if r.due_on and today > r.due_on else ''}"
        for r in sorted(rows, key=lambda r: r.code)
    )


def wanted(behind: Behind) -> tuple[Option, ...]:
    """The materials of the item that this case needs: a correction names them (requirements of 一次告知)."""
    return tuple(Option(n.material.code, n.material.name) for n in behind.scene.needed if behind.item.item in n.items)


def _due(row: Entry, handed: Behind | None) -> datetime | None:
    if handed is None or handed.item.accepted_at is None:
        due_at: datetime | None = row.due_at
        return due_at
    promised = handed.scene.item(handed.item.item).promised_workdays
    on = deadlines.due(handed.item.segments, promised, handed.scene.calendar).on
    return datetime.combine(on, time(23, 59, 59), SHANGHAI) if on else None


def _by_hand(site: Site, row: Entry) -> bool:
    return is_by_hand(site, row.department, row.kind, row.about)


def _notice(site: Site, row: Entry) -> str:
    if row.state != "open" or not _by_hand(site, row):
        return ""
    why = WHY.get(str(row.body.get("instead_of") or ""), "没有应答")
    return NOTICES[row.kind].format(why=why, no=row.item_no)


def _form(site: Site, row: Entry, scene: Scene | None) -> tuple[tuple[str, str], ...]:
    body = row.body
    if row.kind == "question":
        titles = ((site.dictionary[k].title if k in site.dictionary else k, str(v)) for k, v in body["subject"].items())
        return tuple(titles)
    if row.kind == "stop":
        return (("原因", str(body["reason"])),)
    return tuple((str(title), _in_words(str(key), str(value), scene)) for title, value, key, _ in body.get("form", ()))


def _upstream(session: Session, row: Entry) -> tuple[tuple[str, str], ...]:
    """Titles and identifiers of the upstream results that came for this item case."""
    if row.kind == "upstream":
        return ((str(row.body["title"]), str(row.body["identifier"])),)
    if not row.item_no:
        return ()
    c = inbox_entries.c
    came = session.execute(
        select(c.body)
        .where(c.item_no == row.item_no, c.kind == "upstream", c.department == row.department)
        .order_by(c.opened_at, c.id)
    ).scalars()
    return tuple((str(body["title"]), str(body["identifier"])) for body in came)


def _handed_title(handed: Behind) -> str:
    return state_title(handed.scene.item(handed.item.item), handed.item)


def _state_title(row: Entry) -> str:
    put_away = row.kind == "question" and row.state == "done"
    return (PUT_AWAY.get(row.done_by) if put_away else None) or STATES[row.state]


def _about(site: Site, row: Entry) -> str:
    if row.about in site.resources:
        return site.resources[row.about].title
    known = site.matters if row.kind == "sheet" else site.items
    return known[row.about].title if row.about in known else str(row.about)


def _in_words(key: str, value: str, scene: Scene | None) -> str:
    """Codes in words, as the case's own catalog has them."""
    f = scene.form.field(key) if scene else None
    if f is None:
        return value
    unit = f" {f.definition.unit}" if f.definition.unit else ""
    return shown(f, value) + unit


def _material(a: Mapping[str, object]) -> MaterialView:
    has_file, lacking = bool(a["size"]), str(a["status"])
    due_on = date.fromisoformat(str(a["due_on"])) if a["due_on"] else None
    return MaterialView(
        code=str(a["code"]),
        name=str(a["name"]),
        status=lacking or ("uploaded" if has_file else "exempt"),
        status_title=LACKING.get(lacking) or ("随件文件" if has_file else "数据共享核验，免提交"),
        trust=str(a["trust"]),
        items=(),
        supplied_by="",
        standard="",
        copies=0,
        deferrable=False,
        promise_allowed=False,
        has_file=has_file,
        due_on=due_on,
        log_seq=None,
    )
