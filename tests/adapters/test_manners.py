"""Asking again: only what may be over in a moment, within the question's time and the department's budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.contract import Misconfigured, NotFound, Outcome, Unavailable, Why
from adapters.kinds.settings import Settings
from adapters.manners import Asked, Manners, manners_of

DOWN, ANSWER = Unavailable(Why.SERVER_ERROR), NotFound()


def department(*says: Outcome) -> Callable[[float], Awaitable[Outcome]]:
    left = list(says)

    async def put(seconds: float) -> Outcome:
        return left.pop(0) if len(left) > 1 else left[0]

    return put


def asked(manners: Manners, *says: Outcome, seconds: float = 5.0, again: bool = True) -> Asked:
    return asyncio.run(manners.asked(department(*says), seconds, again=again))


def quick(tries: int = 2, share: float = 0.2) -> Manners:
    return Manners(tries, share, first_wait_seconds=0.001)


@pytest.mark.parametrize("why", [Why.REFUSED_CONNECTION, Why.BROKEN_OFF, Why.SERVER_ERROR])
def test_a_question_is_put_again_after_what_may_be_over_in_a_moment(why: Why) -> None:
    assert asked(quick(), Unavailable(why), ANSWER) == Asked(ANSWER, 2)


@pytest.mark.parametrize("why", [Why.TIMEOUT, Why.BUSY, Why.BREAKER_OPEN, Why.UNTRUSTED, Why.NO_REPLICA])
def test_who_is_busy_or_silent_is_not_asked_again(why: Why) -> None:
    assert asked(quick(), Unavailable(why), ANSWER) == Asked(Unavailable(why), 1)


def test_after_its_tries_the_last_end_stands() -> None:
    assert asked(quick(3), DOWN) == Asked(DOWN, 3)


def test_a_second_try_that_was_never_made_leaves_the_first_end() -> None:
    assert asked(quick(), DOWN, Unavailable(Why.BREAKER_OPEN)) == Asked(DOWN, 1)


def test_a_question_that_must_not_be_repeated_is_put_once() -> None:
    assert asked(quick(), DOWN, ANSWER, again=False) == Asked(DOWN, 1)


def test_no_second_try_begins_without_time_left() -> None:
    assert asked(quick(), DOWN, ANSWER, seconds=0.2) == Asked(DOWN, 1)


def test_a_department_that_stays_down_is_asked_a_fifth_more_not_twice_as_much() -> None:
    manners = quick()
    puts = sum(asked(manners, DOWN).attempts for _ in range(100))
    assert 100 + 20 <= puts <= 100 + 20 + 10


def test_what_is_our_own_bug_is_not_repeated() -> None:
    calls: list[float] = []

    async def broken(seconds: float) -> Outcome:
        calls.append(seconds)
        raise KeyError("poxm")

    with pytest.raises(KeyError):
        asyncio.run(quick().asked(broken, 5.0))
    assert len(calls) == 1


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"tries": 2.5}, {"per_hour": 3}])
def test_manners_that_cannot_be_read_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match=r"\[wire\] manners"):
        manners_of(Settings({"manners": wrong}, "civil-affairs [wire]"))
