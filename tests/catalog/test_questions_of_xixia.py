"""Every question of the site is put where its answer decides something, and only there: each situation of each matter is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest

from catalog.demand import applies, form_of, items_for, materials_of, questions_for, situation
from catalog.loading import load
from catalog.types import Matter
from tests.catalog.conftest import ON, XIXIA

SITE = load(XIXIA, ON).site
ASKING = sorted(code for code, matter in SITE.matters.items() if any(not one.settled for one in matter.questions))


def situations(matter: Matter) -> Iterator[dict[str, str]]:
    asked = [one for one in matter.questions if not one.settled]
    for answers in product(*([code.code for code in one.answers] for one in asked)):
        yield {one.key: answer for one, answer in zip(asked, answers, strict=True)}


def decided(matter: Matter, answers: Mapping[str, str]) -> object:
    """Everything that hangs on the situation: items, fields with their sources and answers, materials, roles."""
    items, settled = items_for(matter, answers), situation(matter, answers)
    fields = form_of(matter, items, answers).fields
    return (
        items,
        [(one.key, one.sources, settled.get(one.answer_of)) for one in fields],
        [(one.material.code, one.items) for one in materials_of(matter, items, answers)],
        [one.code for one in matter.roles if applies(one.when, settled)],
    )


@pytest.mark.parametrize("code", ASKING)
def test_a_question_is_asked_where_its_answer_decides_something_and_only_there(code: str) -> None:
    matter = SITE.matters[code]
    free = replace(matter, questions=tuple(replace(one, when={}) for one in matter.questions))
    outcomes = {tuple(answers.items()): decided(free, answers) for answers in situations(matter)}
    deciding: set[tuple[str, object]] = set()
    put: set[tuple[str, object]] = set()
    for answers in situations(matter):
        asked = {one.key for one in questions_for(matter, answers)}
        for question in (one for one in matter.questions if not one.settled):
            others = tuple(pair for pair in answers.items() if pair[0] != question.key)
            alike = outcomes[tuple((answers | {question.key: question.answers[0].code}).items())]
            if outcomes[tuple(answers.items())] != alike:
                deciding.add((question.key, others))
            if question.key in asked:
                put.add((question.key, others))
    assert {key for key, _ in put - deciding} == set(), (
        "asked in a situation in which nothing hangs on it: hold it with `when`"
    )
    assert {key for key, _ in deciding - put} == set(), "not asked, though something hangs on it"


def test_what_one_item_alone_asks_is_asked_where_that_item_comes_up() -> None:
    loan = SITE.matters["housing-fund-loan"]
    assert "building_way" not in {one.key for one in questions_for(loan, {"home_kind": "new"})}
    assert "building_way" in {one.key for one in questions_for(loan, {"home_kind": "build"})}
    assert situation(loan, {"home_kind": "new", "building_way": "repaired"})["building_way"] == "built"
