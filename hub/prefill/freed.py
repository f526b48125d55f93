"""What a form and its materials no longer need, because a look-up 查询 came to its end without a record. Pure; it asks nobody and writes nothing.

A look-up is answered, not decided: “no record” is its answer, so what it alone asks of its resource cannot be demanded of the
applicant. Items of every other kind still want the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.demand import NeededMaterial
from catalog.types import FormField, Item, ItemKind
from hub.prefill.caseform import CaseForm
from hub.prefill.rows import ANSWERED, QueryRow
from hub.prefill.standing import Standings
from hub.prefill.values import known, subject_of

NO_RECORD, NOT_CHECKED = "no_record", "not_checked"
FREED_MATERIAL = (NO_RECORD, NOT_CHECKED)
"""Statuses of a material that is not demanded: its look-up found no record, or a person went on without the answer."""

ASKED_FOR_PAPER, WENT_ON = "ask_for_paper", "go_on"
"""How a question was settled, as `settle.Way` calls it."""


@dataclass(frozen=True)
class Freed:
    """Form key → answer, and code of a material → answer (`no_record` or `not_checked`), of what is not demanded."""

    fields: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)


def freed(case: CaseForm, state: Standings) -> Freed:
    """As the case's questions stand now."""
    found = {code: _without(query) for code, query in questions(case, state).items()}
    settled = {code: answer for code, answer in found.items() if answer and case.items[code].kind is ItemKind.LOOK_UP}
    return freed_by(settled, case.items, case.fields, case.used_by, case.materials)


def freed_by(
    settled: Mapping[str, str],
    items: Mapping[str, Item],
    fields: Iterable[FormField],
    used_by: Mapping[str, tuple[str, ...]],
    materials: Iterable[NeededMaterial],
) -> Freed:
    """What these look-ups alone ask of their own resource. `settled` maps look-up → how it ended without a record.

    A field or material that any other item needs too, or that another resource supplies too, stays demanded.
    """

    def answer(users: Iterable[str], asked: Iterable[tuple[str, Mapping[str, str]]]) -> str:
        results = [items[code].result for code in users if code in settled]
        own = [(result.resource, dict(result.subject)) for result in results]
        wanted = [(resource, dict(subject)) for resource, subject in asked]
        alone = bool(wanted) and all(code in settled for code in users) and all(one in own for one in wanted)
        return next(settled[code] for code in users) if alone else ""

    of_fields = {f.key: answer(used_by.get(f.key, ()), [(s.resource, s.subject) for s in f.sources]) for f in fields}
    of_materials = {
        n.material.code: answer(n.items, [(n.exemption.resource, n.exemption.subject)] if n.exemption else [])
        for n in materials
    }
    return Freed({k: a for k, a in of_fields.items() if a}, {code: a for code, a in of_materials.items() if a})


def questions(case: CaseForm, state: Standings) -> dict[str, QueryRow | None]:
    """Item → the question that answers it; None while nobody was asked: the subject is not known, or nothing ties it to the case."""
    usable = known(state.values, state.identifiers)
    found: dict[str, QueryRow | None] = {}
    for item in case.items.values():
        if item.is_asked:
            subject = subject_of(item.result.subject, usable)
            fitting = (q for q in state.queries if q.resource == item.result.resource and dict(q.subject) == subject)
            found[item.code] = next(fitting, None)
    return found


def _without(query: QueryRow | None) -> str:
    """Empty while an answer may still come, where there is a record, and where the clerk asked the applicant for the paper."""
    if query is None or query.way == ASKED_FOR_PAPER:
        return ""
    if query.state == ANSWERED and query.outcome == "not_found":
        return NO_RECORD
    return NOT_CHECKED if query.way == WENT_ON else ""
