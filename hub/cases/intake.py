"""Intake 收件: what is still missing, told all at once; then receive, ask for correction, or return. Pure.

Seed 000 二(二)1 (all corrections at once, on the spot), 004 6.1, annexes B and C; K-03, K-05, K-09.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from catalog.demand import Form, NeededMaterial
from catalog.notices import defect_lines
from hub.cases.dispatch import hand_over_task
from hub.cases.facts import NOTHING_RETURNED
from hub.cases.plain import PlainCase
from hub.cases.step import Draft, Event, Move, Step
from hub.cases.terms import Terms
from hub.errors import BadInput
from hub.prefill.freed import FREED_MATERIAL

READY_MATERIAL = ("exempt", "uploaded", "deferred", "promised", "upstream", *FREED_MATERIAL)


@dataclass(frozen=True)
class Held:
    """What the form holds for a field."""

    value: str = field(repr=False)
    status: str


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a case from being received; `where` is `field:<key>`, `material:<code>` or `told` (a clerk's own words).

    `copies` is 0 for what is no material."""

    where: str
    title: str
    sentence: str
    copies: int = 0


def problems(
    form: Form,
    values: Mapping[str, Held],
    needed: tuple[NeededMaterial, ...],
    materials: Mapping[str, str],
    *,
    main_only: bool = False,
    freed: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Everything that is missing or undecided, in the order of the form; empty means that the case may be received.

    `materials` maps code to status. `main_only` is Jiangsu's variant (002 8.1.1): only main materials must be there.
    `freed` are keys that a look-up without a record asked for alone (`hub.prefill.freed`): nobody can fill them.
    """
    found: list[Problem] = []
    for f in form.fields:
        held = values.get(f.key)
        if held is not None and held.status == "conflict":
            found.append(Problem(f"field:{f.key}", f.title, "两个来源不一致，请选定其一并说明理由"))
        elif f.required and f.key not in freed and (held is None or not held.value):
            found.append(Problem(f"field:{f.key}", f.title, "尚未取得或填写"))
    for n in needed:
        if materials.get(n.material.code, "missing") not in READY_MATERIAL and (n.material.main or not main_only):
            found.append(defective(n, "尚未取得、收取或容缺"))
    return tuple(found)


def defective(needed: NeededMaterial, sentence: str) -> Problem:
    """A material that is missing or not as it must be."""
    m = needed.material
    return Problem(f"material:{m.code}", m.name, sentence, max(m.paper_copies, 1))


def receive(case: PlainCase, terms: Terms, facts: Mapping[str, str]) -> Step:
    """Take the case in, give the receipt, and hand every item to its department at the same moment (000 二(二)1, third paragraph).

    `facts["deferred"]` and `facts["promised"]` list what was not handed in: each has its own signed promise, frozen beside the
    receipt. Where the window accepts too (K-03), the receipt is the notice of annex B.
    """
    is_asked = terms.look_ups | terms.print_outs
    receipt = "intake_acceptance_notice" if terms.rules.one_step else "intake_receipt"
    promises = tuple(
        Draft(kind, facts={**facts, "materials": facts[what], "items": facts[f"{what}_items"]})
        for kind, what in (("deferral_promise", "deferred"), ("commitment_letter", "promised"))
        if facts[what]
    )
    return Step(
        moves=(Move("receive"), Move("dispatch")),
        events=(
            Event("received", facts={"materials": facts["material_count"]}),
            Event("dispatched", facts={"items": str(len(case.items))}),
        ),
        work=tuple(hand_over_task(case, i, i.attempt) for i in case.items if i.item not in is_asked),
        notices=(Draft(receipt, facts=facts), *promises),
    )


def ask_correction(case: PlainCase, terms: Terms, defects: tuple[Problem, ...], facts: Mapping[str, str]) -> Step:
    """Tell the applicant everything that is missing, once and whole (seed 000 二(二)1; 004 annex C where the site uses that)."""
    if not defects:
        raise BadInput("没有需要补正的材料：可以直接收件。", code="NOTHING_MISSING")
    listed = "\n".join(_line(p) for p in defects)
    return Step(
        moves=(Move("correct"),),
        events=(Event("correction_asked", facts={"defects": str(len(defects))}, note=listed),),
        notices=(Draft(terms.rules.window_notice, facts={**facts, "defects": listed}),),
    )


def resubmit(case: PlainCase) -> Step:
    return Step(moves=(Move("resubmit"),), events=(Event("resubmitted"),))


def give_back(case: PlainCase, terms: Terms, reason: str, facts: Mapping[str, str]) -> Step:
    """Return the filing without receiving it (退件), never without a notice that says why (000 二(二)1, 004 6.1.1)."""
    kept = {} if "not_received" in terms.rules.returned_on else {"returned_materials": NOTHING_RETURNED}
    return Step(
        moves=(Move("return"),),
        events=(Event("returned", note=reason),),
        notices=(Draft("return_notice", facts={**facts, **kept, "reason": reason}),),
    )


def _line(problem: Problem) -> str:
    if problem.copies:
        return defect_lines([(problem.title, problem.copies)])
    return f"{problem.title}：{problem.sentence}。" if problem.sentence else f"{problem.title}。"
