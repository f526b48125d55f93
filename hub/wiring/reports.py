"""What a department says of its item cases: acceptance, special procedures, decisions. One way in for systems and for people at the inbox.

A report that comes twice, late or for another's item changes nothing: the table of moves and the item's department decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.cases import acceptance, approval
from hub.cases.load import id_of_item_number
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.step import Step
from hub.errors import BadInput, NotNow
from hub.store.database import Session
from hub.wiring.desk import Desk
from hub.wiring.scene import Scene


@dataclass(frozen=True)
class Acceptance:
    """result: accepted, refused or correction (seed 000 二(三))."""

    result: str
    reason: str = field(default="", repr=False)
    department_no: str = ""
    defects: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Decision:
    """result: approved or denied."""

    result: str
    reason: str = field(default="", repr=False)
    decision_no: str = ""
    results: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SpecialProcedure:
    """action: start or end; kind per GB/T 39046 (1 extension, 2 other). `amount` in yuan and `pay_at` go with the name 待缴款."""

    action: str
    kind: str = "2"
    name: str = ""
    reason: str = field(default="", repr=False)
    amount: str = field(default="", repr=False)
    pay_at: str = field(default="", repr=False)


class Reports:
    """Applies reports in the caller's transaction, as the department's actor."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def acceptance(
        self, session: Session, department: str, item_no: str, report: Acceptance, actor: str, now: datetime
    ) -> PlainCase:
        scene, own = self._own(session, department, item_no)
        item, facts = scene.item(own.item), self._desk.item_facts(session, scene, own.item, now)
        if report.result == "accepted":
            step = acceptance.accept(scene.case, scene.terms, item, facts, report.department_no)
        elif report.result == "refused":
            step = acceptance.refuse(scene.case, item, report.reason, facts, report.department_no)
        elif report.result == "correction":
            step = acceptance.correct(scene.case, scene.terms, item, report.defects, facts, report.department_no)
        else:
            raise BadInput(
                "受理结果只能是 accepted、refused 或 correction。",
                {"result": "accepted|refused|correction"},
                code="RESULT_UNKNOWN",
            )
        return self._desk.do(session, scene, step, actor, now)

    def decision(
        self, session: Session, department: str, item_no: str, report: Decision, actor: str, now: datetime
    ) -> PlainCase:
        scene, own = self._own(session, department, item_no)
        item, facts = scene.item(own.item), self._desk.item_facts(session, scene, own.item, now)
        number = report.decision_no or own.item_no
        if report.result == "approved":
            step = approval.approve(scene.case, item, number, report.results, facts)
        elif report.result == "denied":
            step = approval.deny(scene.case, item, number, report.reason, facts)
        else:
            raise BadInput("决定只能是 approved 或 denied。", {"result": "approved|denied"}, code="RESULT_UNKNOWN")
        return self._desk.do(session, scene, step, actor, now)

    def special_procedure(
        self, session: Session, department: str, item_no: str, report: SpecialProcedure, actor: str, now: datetime
    ) -> PlainCase:
        scene, own = self._own(session, department, item_no)
        item = scene.item(own.item)
        step: Step
        if report.action == "start":
            special = approval.Special(report.kind, report.name, report.reason, report.amount, report.pay_at)
            step = approval.suspend(scene.case, scene.terms, item, special)
        elif report.action == "end":
            step = approval.resume(scene.case, item)
        else:
            raise BadInput("特别程序只能是 start 或 end。", {"action": "start|end"}, code="RESULT_UNKNOWN")
        return self._desk.do(session, scene, step, actor, now)

    def pre_review(self, session: Session, department: str, item_no: str, actor: str, now: datetime) -> PlainCase:
        """Everything but the upstream's result is checked (容缺预审)."""
        scene, own = self._own(session, department, item_no)
        return self._desk.do(
            session, scene, approval.pre_reviewed(scene.case, scene.terms, scene.item(own.item)), actor, now
        )

    def _own(self, session: Session, department: str, item_no: str) -> tuple[Scene, PlainItem]:
        case_id = id_of_item_number(session, item_no, self._desk.region, department)
        scene = self._desk.scene(session, case_id, lock=True)
        own = scene.case.numbered(item_no)
        if scene.item(own.item).is_asked:
            raise NotNow("查询、打印类事项由系统取数办理，部门无需受理或决定。", code="ITEM_IS_ASKED")
        return scene, own
