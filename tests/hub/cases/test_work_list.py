"""The work list: which cases a search finds, in which order, and by which words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.store.tables import cases
from hub.wiring.clerk import lists
from tests.hub.cases.making import POWER
from tests.hub.cases.world import FIRM, World


def found(world: World, text: str, state: str = "", page: int = 1) -> list[str]:
    rows, _more = world.hub.clerk.work_list(world.clerk, text, state, page)
    return [row.id for row in rows]


def opened(world: World, count: int) -> list[str]:
    """Cases of one applicant, a minute after each other."""
    ids = []
    for n in range(count):
        world.now[0] += timedelta(minutes=1)
        ids.append(world.open(f"k{n}", (POWER,)))
    return ids


def test_a_case_is_found_by_its_number_its_last_digits_and_its_applicant(world: World) -> None:
    first, second = opened(world, 2)
    number = world.case(first).case_no
    assert found(world, "") == [second, first]
    for text in (number, number[-6:], number[-3:], number[-1:], f" {number} "):
        assert found(world, text) == [first]
    assert found(world, FIRM.uscc) == found(world, FIRM.uscc.lower()) == [second, first]


def test_what_is_no_number_and_no_applicant_finds_nothing(world: World) -> None:
    world.open()
    for text in ("%", "99", "999999", "%%%", "___", "六位数", FIRM.uscc[:-1], "000001x"):
        assert found(world, text) == []


def test_a_case_of_a_node_of_the_version_before_is_found_too(world: World) -> None:
    case_id = world.open()
    with world.hub.database.write() as session:
        session.execute(update(cases).values(case_no_reversed=""))
    number = world.case(case_id).case_no
    assert found(world, number) == found(world, number[-6:]) == found(world, "000001") == [case_id]


def test_a_search_keeps_to_the_state_and_to_the_region(world: World) -> None:
    case_id = world.open()
    number = world.case(case_id).case_no
    assert found(world, number, "checking") == [case_id] and found(world, number, "archived") == []
    object.__setattr__(world.hub.clerk._desk, "region", "410000")
    assert found(world, number) == found(world, "") == []


def test_the_second_page_goes_on_where_the_first_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    first, second, third = opened(world, 3)
    assert found(world, "") == found(world, FIRM.uscc) == [third, second]
    assert found(world, "", page=2) == found(world, FIRM.uscc, page=2) == [first]
