"""A case as a door shows it, out of rows and catalog. It changes nothing and logs no viewing; the bundles do.

Questions are in `hub.wiring.query_view`, fields in `hub.wiring.form_view`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from catalog.dictionary import masked
from catalog.notices import DECISIONS
from catalog.types import IssuedBy, Item, ItemKind
from hub.cases import deadlines, flow, intake
from hub.cases.facts import FREED_TITLES
from hub.cases.intake import Held, Problem
from hub.cases.notices import title
from hub.cases.plain import PAYMENT, PlainItem
from hub.cases.states import (
    ANSWER_TITLES,
    BEFORE_DECISION,
    CASE_TITLES,
    STAGES,
    SUCCEEDED,
    CaseState,
    ItemState,
    item_title,
)
from hub.cases.views import (
    Action,
    CaseView,
    EventView,
    GroupView,
    ItemView,
    MaterialView,
    NoticeView,
    PartyView,
    StageView,
)
from hub.clock import local
from hub.prefill import feed
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import accounts, case_events, evidence, form_values, item_cases, materials, notices
from hub.text import EVENTS
from hub.wiring import look_ups, still_held
from hub.wiring.carriers import UNSIGNED, offered
from hub.wiring.desk import material_statuses
from hub.wiring.form_view import field_view
from hub.wiring.phones import no_mobile
from hub.wiring.query_view import queries_of
from hub.wiring.results import Result, result_file
from hub.wiring.scene import Scene
from hub.wiring.warnings import warnings_of

MATERIAL_TITLES = {
    "exempt": "免提交",
    "uploaded": "已收取",
    "deferred": "容缺，限期补交",
    "promised": "告知承诺",
    "missing": "待收取",
    "waiting": "正在核验",
    "upstream": "前置结果自动提供",
    **FREED_TITLES,
}


def case_view(session: Session, scene: Scene, now: datetime) -> CaseView:
    """The whole page of a case."""
    case = scene.case
    rows = {r.field: r for r in session.execute(select(form_values).where(form_values.c.case_id == case.id))}
    names = names_of(session)
    freed = look_ups.freed_of(session, scene).fields
    fields = {f.key: field_view(scene, f, rows.get(f.key), names, freed.get(f.key, "")) for f in scene.form.fields}
    groups = tuple(GroupView(g.role, g.title, tuple(fields[k] for k in g.keys)) for g in scene.form.groups)
    asked = queries_of(session, scene, names)
    statuses = material_statuses(session, scene)
    papers = materials_of(session, scene, statuses)
    missing = _problems(scene, {key: _held(row) for key, row in rows.items()}, statuses, freed)
    return CaseView(
        id=case.id,
        case_no=case.case_no,
        matter=scene.matter.title,
        state=case.state.value,
        state_title=CASE_TITLES[case.state],
        created_at=case.created_at,
        received_at=case.received_at,
        handler=names.get(case.handler, ""),
        catalog_digest=case.catalog_digest,
        feed_no=feed.last(session, case.id),
        stages=stages_of(scene),
        parties=_parties(session, scene),
        groups=groups,
        queries=asked,
        materials=papers,
        items=item_views(session, scene, now),
        notices=_notices(session, scene),
        events=events_of(session, scene, names),
        actions=_actions(scene, missing),
        counts={
            "fields_total": len(fields),
            "fields_prefilled": sum(1 for f in fields.values() if f.provenance and f.provenance.department and f.value),
            "materials_total": len(papers),
            "materials_exempted": sum(1 for p in papers if p.status in ("exempt", "upstream")),
            "conflicts": sum(1 for f in fields.values() if f.status == "conflict"),
            "open_queries": sum(1 for q in asked if q.state in ("queued", "asking")),
            "problems": len(missing),
        },
        warnings=(
            *warnings_of(fields.values(), local(now).date()),
            *no_mobile(session, scene),
            *still_held.warnings(session, scene, now),
        ),
    )


# --- materials ---------------------------------------------------------------------------------------------------------


def materials_of(session: Session, scene: Scene, statuses: Mapping[str, str]) -> tuple[MaterialView, ...]:
    """Every needed material with how it came in, or by whom it is exempt."""
    rows = {r.code: r for r in session.execute(select(materials).where(materials.c.case_id == scene.case.id))}
    held = session.execute(select(evidence.c.id, evidence.c.outcome_seq).where(evidence.c.case_id == scene.case.id))
    seqs = {row.id: row.outcome_seq for row in held}
    found = []
    for n in scene.needed:
        row, m = rows.get(n.material.code), n.material
        status = statuses[m.code]
        supplier = ""
        if n.exemption and n.exemption.resource:
            supplier = scene.site.departments[scene.site.resources[n.exemption.resource].department].name
        elif n.exemption and n.exemption.upstream_item:
            supplier = scene.site.items[n.exemption.upstream_item].title
        found.append(
            MaterialView(
                code=m.code,
                name=m.name,
                status=status,
                status_title=MATERIAL_TITLES[status],
                trust=row.trust if row is not None else "",
                items=tuple(scene.site.items[code].title for code in n.items),
                supplied_by=supplier,
                standard=m.acceptance_standard,
                copies=m.paper_copies,
                deferrable=m.deferrable and scene.terms.rules.deferral_allowed,
                promise_allowed=m.promise_allowed,
                has_file=bool(row is not None and row.file),
                due_on=row.due_on if row is not None else None,
                log_seq=seqs.get(row.evidence_id) if row is not None else None,
            )
        )
    return tuple(found)


def problems_of(session: Session, scene: Scene) -> tuple[Problem, ...]:
    """Everything that keeps the case from being received."""
    rows = session.execute(
        select(form_values.c.field, form_values.c.value, form_values.c.status).where(
            form_values.c.case_id == scene.case.id
        )
    )
    freed = look_ups.freed_of(session, scene).fields
    return _problems(scene, {r.field: _held(r) for r in rows}, material_statuses(session, scene), freed)


def _problems(
    scene: Scene, values: Mapping[str, Held], statuses: Mapping[str, str], freed: Mapping[str, str]
) -> tuple[Problem, ...]:
    main_only = scene.terms.rules.main_only
    return intake.problems(scene.form, values, scene.needed, statuses, main_only=main_only, freed=freed)


def _held(row: Any) -> Held:
    return Held(str(row.value or ""), row.status)


# --- items, people, papers ----------------------------------------------------------------------------------------------


def item_views(session: Session, scene: Scene, now: datetime) -> tuple[ItemView, ...]:
    """Every item of the case, in its order."""
    notes = look_ups.notes_of(session, scene, now)
    c = item_cases.c
    rows = {r.id: r for r in session.execute(select(c.id, c.reason, c.results).where(c.case_id == scene.case.id))}
    return tuple(_item_view(session, scene, own, rows[own.id], notes.get(own.item, "")) for own in scene.case.items)


def item_view(session: Session, scene: Scene, own: PlainItem) -> ItemView:
    """One item."""
    c = item_cases.c
    return _item_view(session, scene, own, session.execute(select(c.reason, c.results).where(c.id == own.id)).one())


def _item_view(session: Session, scene: Scene, own: PlainItem, kept: Any, note: str = "") -> ItemView:
    """`note` says what an item that is asked waits for."""
    item = scene.item(own.item)
    due = deadlines.due(own.segments, item.promised_workdays, scene.calendar)
    file = result_file(session, own.id) if own.certificate_signed else None
    return ItemView(
        code=own.item,
        item_no=own.item_no,
        title=item.title,
        department=scene.site.departments[own.department].name,
        state=own.state.value,
        state_title=state_title(item, own),
        waits_for=tuple(scene.site.items[u.item].title for u in flow.upstreams(scene.case, scene.terms, own.item)),
        promised_workdays=item.promised_workdays,
        accepted_at=own.accepted_at,
        due_on=due.on,
        provisional=due.provisional,
        paused=due.paused,
        decided_at=own.decided_at,
        reason=str(kept.reason or ""),
        certificate=own.certificate if own.certificate_signed else "",
        department_no=own.department_no,
        service=not item.has_acceptance and not item.is_asked,
        answer=own.answer,
        note=_payment(kept.results or {}) if own.awaits_payment else note,
        document_no=_document_no(item, own, kept.results or {}),
        issuer=_issuer(scene, file) if file is not None and file.foreign else "",
        readable=file is None or file.readable,
        files=offered(scene.site, file.type_code, file.carriers, file.trust) if file is not None else (),
        registered=file.id if file is not None else "",
    )


def state_title(item: Item, own: PlainItem) -> str:
    """How the item stands, in the words of its kind: a filing is 已备案, a look-up 查无记录, a declaration 待缴款."""
    words = DECISIONS[item.kind]
    if own.answer:
        return ANSWER_TITLES[own.answer]
    if own.awaits_payment:
        return PAYMENT
    if item.is_asked and own.state == ItemState.WAITING:
        return "待核验" if item.kind is ItemKind.LOOK_UP else "待获取"
    decided = {ItemState.APPROVED: words.approved, ItemState.DENIED: words.denied}
    return decided.get(own.state) or item_title(own.state, item.has_acceptance)


def _payment(results: Mapping[str, str]) -> str:
    amount, at = results.get("payment_amount", ""), results.get("payment_at", "")
    due = f"应缴 {amount} 元" if amount else "应缴金额以部门通知为准"
    return f"{due}；缴款途径：{at}" if at else due


def _document_no(item: Item, own: PlainItem, results: Mapping[str, str]) -> str:
    """Once it is decided: as its department named it, else the number of the decision."""
    decided = own.state in SUCCEEDED and not item.is_asked and item.result.issued_by is IssuedBy.DEPARTMENT
    return (results.get("document_no") or own.decision_no) if decided else ""


def _issuer(scene: Scene, file: Result) -> str:
    name = scene.site.departments[file.authority].name
    suite = f"（{file.suite}）" if file.suite else ""
    verified = "签名未能核验，请以该部门原件为准" if file.trust in UNSIGNED else f"签名已核验{suite}"
    return f"由{name}签发，{verified}；已归集入库，可信等级 {file.trust}"


def stages_of(scene: Scene) -> tuple[StageView, ...]:
    """The official steps; a case that left the road early stops at the step it had reached."""
    order = [state for state, _ in STAGES]
    state = scene.case.state if scene.case.state != CaseState.CORRECTION else CaseState.CHECKING
    if state not in order:
        reached = CaseState.IN_PROGRESS if scene.case.received_at else CaseState.CHECKING
        at = order.index(reached)
    else:
        at = order.index(state)
    done = state == CaseState.ARCHIVED
    return tuple(
        StageView(title, "done" if n < at or done else "current" if n == at else "next")
        for n, (_, title) in enumerate(STAGES)
    )


def _parties(session: Session, scene: Scene) -> tuple[PartyView, ...]:
    titles = {r.code: r.title for r in scene.matter.roles}
    found = []
    people = subjects.subjects_by_id(session, [p.subject_id for p in scene.case.parties])
    for p in scene.case.parties:
        known = people[p.subject_id]
        key = next((r.identifier for r in scene.matter.roles if r.code == p.role), "")
        definition = next((f.definition for f in scene.matter.fields if f.key == key), None)
        hidden = masked(definition, known.identifier) if definition else "••••"
        found.append(
            PartyView(
                p.role, titles.get(p.role, p.role), p.kind, known.name, hidden, p.proof, p.proven_at, bool(p.reached_by)
            )
        )
    return tuple(found)


def _notices(session: Session, scene: Scene) -> tuple[NoticeView, ...]:
    rows = session.execute(
        select(notices).where(notices.c.case_id == scene.case.id).order_by(notices.c.issued_at, notices.c.number)
    )
    items = {i.item_no: scene.item(i.item) for i in scene.case.items}
    return tuple(
        NoticeView(
            id=r.id,
            kind=r.kind,
            title=title(r.kind, items.get(r.item_no)),
            number=r.number,
            item=items[r.item_no].title if r.item_no in items else "",
            issued_at=r.issued_at,
            prints=r.prints,
        )
        for r in rows
    )


def events_of(session: Session, scene: Scene, names: Mapping[str, str]) -> tuple[EventView, ...]:
    rows = session.execute(select(case_events).where(case_events.c.case_id == scene.case.id).order_by(case_events.c.no))
    items = {i.item_no: scene.item(i.item) for i in scene.case.items}
    departments = {code: d.name for code, d in scene.site.departments.items()} | {"hub": "系统自动"}
    return tuple(
        EventView(
            r.no,
            r.at,
            _event_title(r.kind, items.get(r.item_no), r.facts),
            names.get(r.actor) or departments.get(r.actor, r.actor),
            items[r.item_no].title if r.item_no in items else "",
        )
        for r in rows
    )


def _event_title(kind: str, item: Item | None, facts: Mapping[str, object]) -> str:
    """In the words of the item's kind, where they differ."""
    if kind == "looked_up":
        return f"部门数据核验：{ANSWER_TITLES[str(facts['answer'])]}"
    if item is not None and kind in ("approved", "denied"):
        words = DECISIONS[item.kind]
        return words.approve if kind == "approved" else words.deny
    return PAYMENT if kind == "suspended" and facts.get("name") == PAYMENT else EVENTS.get(kind, kind)


def _actions(scene: Scene, missing: tuple[Problem, ...]) -> tuple[Action, ...]:
    state = scene.case.state
    lacking = f"还差 {len(missing)} 项" if missing else ""
    undecided = any(i.state in BEFORE_DECISION for i in scene.case.items)
    withdraw = Action("withdraw", "申请人撤回", False, True, needs=("reason",))
    found: dict[CaseState, tuple[Action, ...]] = {
        CaseState.CHECKING: (
            Action("receive", "收件并分办", True, not missing, lacking),
            Action("correct", "一次告知补正", False, True, needs=("defects",)),
            Action("return", "退件", False, True, needs=("reason",)),
        ),
        CaseState.CORRECTION: (
            Action("resubmit", "补正后继续核对", True, True),
            Action("return", "退件", False, True, needs=("reason",)),
        ),
        CaseState.DELIVERING: (Action("deliver", "窗口送达", True, True, needs=("proof",)),)
        if any(i.has_delivery for i in scene.case.items)
        else (),
    }
    actions = found.get(state, ())
    if state in (CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.IN_PROGRESS):
        again = tuple(
            Action(f"resubmit:{i.item_no}", f"补正后重新推送：{scene.item(i.item).title}", True, True)
            for i in scene.case.items
            if i.state == ItemState.CORRECTION
        )
        without = tuple(
            Action(
                f"without:{i.item_no}", f"不再等待电子文件：{scene.item(i.item).title}", False, True, needs=("reason",)
            )
            for i in scene.case.items
            if i.state == ItemState.GATHERING
        )
        actions = (*again, *without, *((withdraw,) if undecided else ()))
    return actions


def names_of(session: Session) -> dict[str, str]:
    return {row.id: row.name for row in session.execute(select(accounts.c.id, accounts.c.name))}
