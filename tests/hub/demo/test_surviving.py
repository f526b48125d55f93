"""Plans of where a hub dies, and what a run of crashes tells. The crashes themselves: tests/survival."""

from __future__ import annotations

from collections import Counter

import pytest
from typer.testing import CliRunner

from hub.cli import main
from hub.demo.every import Ended
from hub.demo.mortal import ANYWHERE, Death
from hub.demo.plays import plays
from hub.demo.reckoning import Reckoned
from hub.demo.surviving import OF_PUSHES, AtRandom, EachOnce, Survived
from hub.moments import Moment, sentence


def drawn(crashes: int, seed: int) -> list[Moment]:
    """Where a hub dies that always reaches first what was drawn first."""
    plan, died = AtRandom(crashes, seed), []
    while moments := plan.next():
        died.append(next(iter(moments)))
        plan.died(died[-1])
    return died


def test_a_seed_draws_the_same_moments_again_and_another_seed_does_not() -> None:
    assert drawn(30, 7) == drawn(30, 7) != drawn(30, 8)


def test_in_a_long_run_no_moment_is_left_to_luck() -> None:
    counts = Counter(drawn(200, 1))
    assert set(counts) == set(Moment) and max(counts.values()) <= 12


def test_a_platform_that_knows_repeats_is_not_waited_for_to_be_looked_up() -> None:
    plan = AtRandom(100, 2)
    for _ in range(99):
        moments = plan.next()
        assert not (plan.idempotent and Moment.PUSH_LOOKED_UP in moments)
        plan.died(ANYWHERE)


def test_each_moment_is_armed_until_it_was_died_at_and_pushes_twice() -> None:
    plan, died = EachOnce(), []
    while moments := plan.next():
        assert sentence(",".join(f"{moment}:{times}" for moment, times in moments.items()))
        died.append(next(iter(moments)))
        plan.died(died[-1])
    assert Counter(died) == Counter([*Moment, *OF_PUSHES]) and not plan.missing()


def test_a_moment_that_never_comes_ends_the_run_and_is_named() -> None:
    plan = EachOnce()
    while plan.next():
        plan.died(ANYWHERE)
    assert plan.missing() == sorted(Moment)


def test_the_table_says_what_became_of_the_cases_that_were_under_way() -> None:
    one = Ended(plays()[0], {"case_no": "41132320261128000001", "state": "archived"})
    other = Ended(plays()[1], {"case_no": "41132320261128000002", "state": "in_progress"})
    run = Survived([Death("push-taken", 0, 0), Death(ANYWHERE, 1, 1)], [(one,), (one, other)], [one, other])
    run.found = Reckoned(2, 1, lost=["push:41132320261128000002:4 is dead"])
    lines = run.table().splitlines()
    assert lines[2:] == [
        "| push-taken | 1 | 1 | 1 | 0 | 0 |",
        "| anywhere | 1 | 2 | 1 | 0 | 1 |",
        "| all | 2 | 2 | 1 | 0 | 1 |",
    ]
    assert not run.found.well


@pytest.mark.parametrize("given", [["--kill", "--all"]])
def test_the_demo_kills_in_the_one_story_only(given: list[str]) -> None:
    refused = CliRunner().invoke(main, ["demo", *given])
    assert refused.exit_code == 2 and "make survive" in refused.output
