"""The official steps that a clerk takes: receive, ask for correction, return, resubmit, withdraw, deliver. `hub.cases` decides them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import update

from hub.cases import acceptance, asked, delivery, dispatch, intake, withdrawal
from hub.cases.intake import Problem
from hub.cases.step import Step
from hub.errors import BadInput, NotNow
from hub.identity.principal import Principal, Role
from hub.prefill import rounds
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import materials
from hub.wiring import still_held
from hub.wiring.access import need
from hub.wiring.case_view import problems_of
from hub.wiring.clerk.parts import AtTheCounter, worded
from hub.wiring.desk import applicant_name, material_statuses
from hub.wiring.scene import Scene


class Steps(AtTheCounter):
    def act(
        self,
        p: Principal,
        case_id: str,
        action: str,
        reason: str = "",
        promise: bool = False,
        defects: Collection[str] = (),
    ) -> None:
        """One of the case's actions. `defects` are codes of materials, or a clerk's own words, told beside all that is missing.

        Raises NotNow when the table of moves, or what is missing, forbids it; BadInput for a missing reason or unknown action.
        """
        need(p, Role.CLERK)
        verb, _, about = action.partition(":")
        now = self._p.clock()

        def act(session: Session, scene: Scene) -> None:
            steps: Mapping[str, Callable[[], Step]] = {
                "receive": lambda: self._receive(session, scene, promise, now),
                "correct": lambda: self._correct(session, scene, defects, now),
                "resubmit": lambda: (
                    dispatch.again(scene.case, scene.case.numbered(about)) if about else intake.resubmit(scene.case)
                ),
                "return": lambda: intake.give_back(
                    scene.case, scene.terms, worded(reason), self._desk.facts(session, scene, now)
                ),
                "withdraw": lambda: withdrawal.withdraw(
                    scene.case,
                    scene.terms,
                    reason,
                    self._desk.facts(session, scene, now),
                    self._desk.papers(session, scene),
                ),
                "without": lambda: asked.without_document(scene.case.numbered(about), reason),
                "deliver": lambda: delivery.deliver(
                    scene.case, "window", reason, self._desk.facts(session, scene, now)
                ),
            }
            if verb not in steps:
                raise BadInput("没有这个操作，请刷新页面。", {"action": "未知"}, code="ACTION_UNKNOWN")
            self._desk.do(session, scene, steps[verb](), p.subject, now)

        try:
            self._change(case_id, act)
        except NotNow as refused:
            if refused.code in ("CERTIFICATE_NOT_HELD", "NOT_COMPLETE"):
                self._ask_anew(p, case_id, now)
            raise

    def _ask_anew(self, p: Principal, case_id: str, now: datetime) -> None:
        """In a transaction of its own: the refusal to receive must not undo the question."""
        self._change(
            case_id,
            lambda session, scene: still_held.ask_anew(
                session, scene, self._p.prefill.desk(session, case_id, p.subject, now)
            ),
        )

    def _receive(self, session: Session, scene: Scene, promise: bool, now: datetime) -> Step:
        still_held.require_none(session, scene, now)
        if still_held.run_out(session, scene, now):
            rounds.advance(session, self._p.prefill.desk(session, scene.case.id, "", now))
        missing = problems_of(session, scene)
        if missing:
            first = "、".join(problem.title for problem in missing[:3])
            raise NotNow(f"还差 {len(missing)} 项才能收件：{first}等；请补齐，或一次性告知补正。", code="NOT_COMPLETE")
        promised = {"deferred", "promised"} & set(material_statuses(session, scene).values())
        if promised and not promise:
            raise NotNow(
                "有容缺或承诺的材料：请向申请人说明不利后果，由其签署承诺书后勾选确认。", code="PROMISE_NOT_SIGNED"
            )
        self._name_applicant(session, scene, now)
        step = intake.receive(scene.case, scene.terms, self._desk.facts(session, scene, now))
        if scene.terms.rules.one_step:
            for own in scene.case.items:
                if scene.item(own.item).has_acceptance:
                    step += acceptance.at_window(scene.case, scene.terms, scene.item(own.item))
        return step

    def _correct(self, session: Session, scene: Scene, defects: Collection[str], now: datetime) -> Step:
        """Everything that is missing, and what the clerk found defective: such a material must come again."""
        missing = problems_of(session, scene)
        there = {problem.where for problem in missing}
        needed = {n.material.code: n for n in scene.needed}
        named: list[Problem] = []
        for text in dict.fromkeys(one.strip() for one in defects):
            if text in needed and f"material:{text}" not in there:
                named.append(intake.defective(needed[text], "不符合要求"))
                session.execute(
                    update(materials)
                    .where(materials.c.case_id == scene.case.id, materials.c.code == text)
                    .values(status="missing", trust="", updated_at=now)
                )
            elif text and text not in needed:
                named.append(Problem("told", text, ""))
        facts = self._desk.facts(session, scene, now)
        return intake.ask_correction(scene.case, scene.terms, (*missing, *named), facts)

    def _name_applicant(self, session: Session, scene: Scene, now: datetime) -> None:
        """A party that had no name yet gets the one on the form, for the work list."""
        name, party = applicant_name(session, scene), subjects.subject(session, scene.case.applicant)
        if name:
            subjects.know(session, self._p.index_key, scene.case.region, party.kind, party.identifier, name, now)
