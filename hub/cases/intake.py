"""Intake 收件: what is still missing, told all at once; then receive, ask for correction, or return. Pure.

Seed 000 二(二)1 (all corrections at once, on the spot), 004 6.1, annexes B and C; K-03, K-05.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.demand import Form, NeededMaterial
from catalog.notices import defect_lines
from hub.cases.plain import PlainCase
from hub.cases.step import Draft, Event, Move, Step
from hub.errors import BadInput
from hub.store.work import Task

READY_MATERIAL = ("exempt", "uploaded", "deferred", "promised", "upstream")


@dataclass(frozen=True)
class Held:
    """What the form holds for a field."""

    value: str = field(repr=False)
    status: str


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a case from being received; `where` is `field:<key>`, `material:<code>` or `query:<id>`."""

    where: str
    title: str
    sentence: str


def problems(
    form: Form,
    values: Mapping[str, Held],
    needed: tuple[NeededMaterial, ...],
    materials: Mapping[str, str],
    *,
    main_only: bool = False,
) -> tuple[Problem, ...]:
    """Everything that is missing or undecided, in the order of the form; empty means that the case may be received.

    `materials` maps code to status. `main_only` is Jiangsu's variant (002 8.1.1): only main materials must be there.
    """
    found: list[Problem] = []
    for f in form.fields:
        held = values.get(f.key)
        if held is not None and held.status == "conflict":
            found.append(Problem(f"field:{f.key}", f.title, "两个来源不一致，请选定其一并说明理由"))
        elif f.required and (held is None or not held.value):
            found.append(Problem(f"field:{f.key}", f.title, "尚未取得或填写"))
    for n in needed:
        if materials.get(n.material.code, "missing") not in READY_MATERIAL and (n.material.main or not main_only):
            found.append(Problem(f"material:{n.material.code}", n.material.name, "尚未取得、收取或容缺"))
    return tuple(found)


def receive(case: PlainCase, facts: Mapping[str, str], *, promised: bool) -> Step:
    """Take the case in, give the receipt, and hand every item to its department at the same moment (000 二(二)1, third paragraph).

    `promised`: some material came by deferral or promise, so the signed promise is frozen beside the receipt.
    """
    hand_overs = tuple(hand_over_task(case.id, i.item_no, i.department, 1) for i in case.items)
    promise = (Draft("deferral_promise", facts=facts),) if promised else ()
    return Step(
        moves=(Move("receive"), Move("dispatch")),
        events=(
            Event("received", facts={"materials": facts["material_count"]}),
            Event("dispatched", facts={"items": str(len(case.items))}),
        ),
        work=hand_overs,
        notices=(Draft("intake_receipt", facts=facts), *promise),
    )


def hand_over_task(case_id: str, item_no: str, department: str, attempt: int) -> Task:
    """The work of handing one item case over; the attempt counts corrections, not retries."""
    return Task(
        "hand_over",
        f"hand_over:{item_no}:{attempt}",
        {"case_id": case_id, "item_no": item_no},
        stream=f"{case_id}:{department}",
    )


def ask_correction(case: PlainCase, defects: tuple[Problem, ...], facts: Mapping[str, str]) -> Step:
    """Tell the applicant everything that is missing, once and whole (seed 004 annex C)."""
    if not defects:
        raise BadInput("没有需要补正的材料：可以直接收件。", code="NOTHING_MISSING")
    listed = defect_lines((p.title, 1) for p in defects)
    return Step(
        moves=(Move("correct"),),
        events=(Event("correction_asked", facts={"defects": str(len(defects))}),),
        notices=(Draft("correction_notice", facts={**facts, "defects": listed}),),
    )


def resubmit(case: PlainCase) -> Step:
    return Step(moves=(Move("resubmit"),), events=(Event("resubmitted"),))


def give_back(case: PlainCase, reason: str) -> Step:
    """Return the filing without receiving it (退件); the reason goes into the sealed notice only."""
    return Step(moves=(Move("return"),), events=(Event("returned"),))
