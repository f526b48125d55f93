"""What an applicant reads of their own case, and who else may not."""

from __future__ import annotations

import pytest

from hub.errors import NotNow, NotThere
from hub.wiring.applicant import WRONG_TRIES_AN_HOUR
from tests.hub.cases.world import FIRM, World


def test_the_number_and_the_last_four_open_it_and_the_look_is_in_the_log(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    assert world.hub.applicant.progress(case_no, FIRM.uscc[-4:].lower()).case_no == case_no
    assert [look.record["consumer"]["org"] for look in world.looks("progress")] == ["applicant"]


def test_a_wrong_pair_and_an_unknown_number_are_told_the_same(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    answers = []
    for number, code in ((case_no, "0000"), ("41132399990101000009", FIRM.uscc[-4:])):
        with pytest.raises(NotThere) as refused:
            world.hub.applicant.progress(number, code)
        answers.append((refused.value.code, str(refused.value)))
    assert answers[0] == answers[1] and not world.looks("progress")


def test_after_a_few_wrong_tries_even_the_right_one_waits(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    for _ in range(WRONG_TRIES_AN_HOUR):
        with pytest.raises(NotThere):
            world.hub.applicant.progress(case_no, "0000")
    with pytest.raises(NotNow) as refused:
        world.hub.applicant.progress(case_no, FIRM.uscc[-4:])
    assert (refused.value.code, refused.value.status) == ("TRIED_TOO_OFTEN", 429)
