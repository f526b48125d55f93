"""The two tables of moves, and that every word of the steps has its words for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.notices import NOTICES
from hub.cases import notices, reporting, states
from hub.cases.states import BEFORE_DECISION, CASE_MOVES, ITEM_MOVES, CaseState, ItemState
from hub.text import EVENTS, MESSAGES

HUB = Path(states.__file__).parents[1]
CASE_ENDS = {CaseState.ARCHIVED, CaseState.RETURNED}
ITEM_ENDS = {
    ItemState.DELIVERED,
    ItemState.DENIED,
    ItemState.REFUSED,
    ItemState.WITHDRAWN,
    ItemState.TERMINATED,
}


def reached(table: dict[tuple[str, str], str], start: str) -> set[str]:
    found = {start}
    while more := {end for (state, _), end in table.items() if state in found} - found:
        found |= more
    return found


def test_every_state_of_a_case_is_reached() -> None:
    assert reached(CASE_MOVES, CaseState.DRAFT) == set(CaseState)  # type: ignore[arg-type]


def test_every_state_of_an_item_case_is_reached() -> None:
    assert reached(ITEM_MOVES, ItemState.WAITING) == set(ItemState)  # type: ignore[arg-type]


def test_nothing_leaves_an_end_and_everything_else_does() -> None:
    assert {state for state, _ in CASE_MOVES} == set(CaseState) - CASE_ENDS
    assert {state for state, _ in ITEM_MOVES} == set(ItemState) - ITEM_ENDS


@pytest.mark.parametrize("action", ["withdraw", "terminate"])
def test_whatever_is_undecided_can_be_taken_back_and_ended(action: str) -> None:
    assert {state for state, act in ITEM_MOVES if act == action} == set(BEFORE_DECISION)


def test_only_a_reviewed_item_case_is_decided() -> None:
    assert {state for state, act in ITEM_MOVES if act in ("approve", "deny", "complete")} == {ItemState.REVIEWING}


def test_every_state_has_a_title() -> None:
    assert set(states.CASE_TITLES) == set(CaseState) and set(states.ITEM_TITLES) == set(ItemState)
    assert all(title.strip() for title in (*states.CASE_TITLES.values(), *states.ITEM_TITLES.values()))


def test_the_steps_that_a_citizen_reads_are_states_in_the_order_of_the_moves() -> None:
    order = [state for state, _ in states.STAGES]
    assert all(
        any(CASE_MOVES.get((a, act)) == b for _, act in CASE_MOVES) for a, b in zip(order, order[1:], strict=False)
    )


# --- words --------------------------------------------------------------------------------------------------------------


def first_arguments(function: str) -> Iterator[str]:
    """The texts with which `function` is called anywhere in the hub."""
    for path in HUB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == function:
                at = 1 if function == "message" else 0
                for arg in node.args[at : at + 1]:
                    yield from (
                        str(c.value)
                        for c in ast.walk(arg)
                        if isinstance(c, ast.Constant) and str(c.value).isidentifier()
                    )


CALCULATED = {"case_refused", "case_withdrawn", "case_terminated", "pre_review_started", "review_started"}


def test_every_event_has_words_for_people() -> None:
    used = {*first_arguments("Event"), *CALCULATED, "opened"}
    assert used == set(EVENTS), f"hub/text.py lacks {used - set(EVENTS)} or keeps {set(EVENTS) - used}"


def test_every_short_message_has_its_text() -> None:
    assert {*first_arguments("message"), "correction", "payment"} == set(MESSAGES)


def test_every_notice_that_a_step_drafts_has_a_title_a_mark_and_a_template() -> None:
    drafted = set(first_arguments("Draft")) | {"one_time_notice", "intake_receipt", "intake_acceptance_notice"}
    assert drafted <= set(notices.TITLES) and set(notices.TITLES) == set(notices.MARKS) <= set(NOTICES)
    assert len(set(notices.MARKS.values())) == len(notices.MARKS)


def test_what_is_pushed_is_an_event() -> None:
    assert set(reporting.TABLES) <= set(EVENTS)
