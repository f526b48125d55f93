"""What an applicant reads of their own case, who else may not, and who waits for guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.cases.applicant_view import OwnFile
from hub.errors import NotNow, NotThere
from hub.wiring.guessing import WINDOWS
from tests.hub.cases.making import FOOD
from tests.hub.cases.world import FIRM, PHONE, World

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
AT_ONE_CASE, AT_ALL = WINDOWS[0][1:]


def guess(world: World, case_no: str, times: int, source: str = ELSEWHERE) -> None:
    for _ in range(times):
        with pytest.raises(NotThere):
            world.hub.applicant.progress(case_no, "9999", source)


def waits(world: World, case_no: str, source: str) -> str:
    """The refusal in words; the digits are right."""
    with pytest.raises(NotNow) as refused:
        world.hub.applicant.progress(case_no, PHONE[-4:], source)
    assert (refused.value.code, refused.value.status) == ("TRIED_TOO_OFTEN", 429)
    return str(refused.value)


def test_the_number_and_the_phone_s_last_four_open_it_and_the_look_is_in_the_log(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    assert world.hub.applicant.progress(case_no, PHONE[-4:], HOME).case_no == case_no
    assert [look.record["consumer"]["org"] for look in world.looks("progress")] == ["applicant"]


def test_a_public_credit_code_does_not_open_it(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    with pytest.raises(NotThere):
        world.hub.applicant.progress(case_no, FIRM.uscc[-4:], HOME)


def test_a_wrong_pair_and_an_unknown_number_are_told_the_same(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    answers = []
    for number, code in ((case_no, "9999"), ("41132399990101000009", PHONE[-4:])):
        with pytest.raises(NotThere) as refused:
            world.hub.applicant.progress(number, code, HOME)
        answers.append((refused.value.code, str(refused.value)))
    assert answers[0] == answers[1] and not world.looks("progress")


def test_who_guesses_waits_and_the_applicant_does_not(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    guess(world, case_no, AT_ONE_CASE)
    assert "分钟后再试" in waits(world, case_no, ELSEWHERE)
    assert world.hub.applicant.progress(case_no, PHONE[-4:], HOME).case_no == case_no


def test_the_second_wait_is_longer_than_the_first(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    guess(world, case_no, AT_ONE_CASE)
    world.now[0] += WINDOWS[0][0]
    guess(world, case_no, AT_ONE_CASE)
    world.now[0] += WINDOWS[0][0]
    waits(world, case_no, ELSEWHERE)
    world.now[0] += timedelta(hours=1)
    assert world.hub.applicant.progress(case_no, PHONE[-4:], ELSEWHERE)


def test_who_walks_through_the_numbers_waits_at_every_case(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    for n in range(AT_ALL):
        guess(world, f"4113239999010100{n:04d}", 1)
    waits(world, case_no, ELSEWHERE)


def test_another_address_of_the_same_network_is_the_same_source(world: World) -> None:
    case_no = world.scene(world.open()).case.case_no
    guess(world, case_no, AT_ONE_CASE, "2001:db8:0:1::7")
    waits(world, case_no, "2001:db8:0:1:ffff::9")
    assert world.hub.applicant.progress(case_no, PHONE[-4:], "2001:db8:0:2::7")


def granted(world: World) -> tuple[str, str]:
    """Id and number of a case with a signed food permit."""
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign")
    return case_id, world.case(case_id).case_no


def test_the_holder_s_whole_number_opens_the_files_of_the_certificate_and_the_log_has_the_export(world: World) -> None:
    _, case_no = granted(world)
    [item] = [one for one in world.hub.applicant.progress(case_no, PHONE[-4:], HOME).items if one.files]
    for kind, begins in (("ofd", b"PK"), ("png", b"\x89PNG")):
        asked = OwnFile(case_no, PHONE[-4:], FIRM.uscc.lower(), FOOD, kind)
        assert world.hub.applicant.certificate_file(asked, HOME).body.startswith(begins)
    assert item.files[0][0] == "ofd" and len(world.looks("progress-certificate")) == 2


def test_a_wrong_holder_s_number_is_a_wrong_try_and_gives_nothing(world: World) -> None:
    _, case_no = granted(world)
    for _ in range(AT_ONE_CASE):
        with pytest.raises(NotThere):
            world.hub.applicant.certificate_file(OwnFile(case_no, PHONE[-4:], "91", FOOD, "ofd"), ELSEWHERE)
    assert not world.looks("progress-certificate")
    waits(world, case_no, ELSEWHERE)


def test_the_window_hands_out_what_shows_the_certificate_and_the_log_has_each(world: World) -> None:
    case_id, _ = granted(world)
    before = len(world.looks("certificate"))
    ofd = world.hub.clerk.certificate_file(world.clerk, case_id, FOOD, "ofd")
    png = world.hub.clerk.certificate_file(world.clerk, case_id, FOOD, "png")
    assert (ofd.filename[-4:], ofd.body[:2], png.body[:4]) == (".ofd", b"PK", b"\x89PNG")
    assert len(world.looks("certificate")) == before + 2
    with pytest.raises(NotThere, match="没有这种文件"):
        world.hub.clerk.certificate_file(world.clerk, case_id, FOOD, "doc")
