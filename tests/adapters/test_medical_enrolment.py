"""医保局 takes enrolments from a folder and answers with a file of results: through the site's mapping, over its real drop folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.connect import Connected
from adapters.contract import Attachment, FetchedReport, Handover, PeerRefused, Stop
from adapters.simulators.population import person
from tests.adapters.town import Town

CODE, ITEM = "medical-insurance", "resident-medical-insurance"
FORM = {
    "applicant.name": person("graduate_idle").name, "applicant.id_number": person("graduate_idle").id_number,
    "medical.person_category": "student", "medical.pay_year": "2027", "medical.before": "none",
}  # fmt: skip
SIGNED = Attachment("resident-insurance-form", "登记表", "C", media_type="application/pdf", body=b"%PDF-1.4")


def handover(key: str, **more: Any) -> Handover:
    return Handover(key, "c-1", f"{key}-no", ITEM, "测试事项", False, 1, FORM, {}, (SIGNED,), **more)


def hand_over(town: Town, case: Handover) -> bool:
    """Whether it was there before; afterwards the office has fetched it."""

    async def run(line: Connected) -> bool:
        assert line.handles is not None
        return (await line.handles.hand_over(case)).again

    again = town.run(CODE, run)
    until(town, lambda: not list((folder(town) / "sq").glob("*.ok")))
    return again


def folder(town: Town) -> Path:
    return Path(town.connections[CODE]["folder"])


def until(town: Town, holds: Callable[[], bool]) -> None:
    """Each look at its journal has the office look round, too."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "the office did nothing about it"
        town.journal(CODE)
        time.sleep(0.02)


def application(town: Town, key: str) -> dict[str, Any]:
    (found,) = [one for one in town.applications(CODE) if one["item_no"] == f"{key}-no"]
    return found


def decide(town: Town, key: str, *steps: str, **more: Any) -> None:
    for step in steps:
        town.decide(CODE, number=application(town, key)["number"], step=step, **more)


def results(town: Town) -> list[FetchedReport | str]:
    """What the night's file says, each row read once; a row that no paper allows as the sentence about it."""
    until(town, lambda: bool(list(folder(town).glob("djjg_*.ok"))))

    async def run(line: Connected) -> list[FetchedReport | str]:
        assert line.collects is not None and line.polls is not None
        await asyncio.to_thread(line.collects.collect)
        found: list[FetchedReport | str] = []
        for waiting in await line.polls.unread():
            try:
                report = await line.polls.fetch(waiting.key)
                assert report is not None
                found.append(report)
            except PeerRefused as e:
                found.append(str(e))
            await line.polls.mark_read(waiting.key)
        assert await line.polls.unread() == ()
        return found

    return town.run(CODE, run)


def results_until(town: Town, holds: Callable[[list[FetchedReport | str]], bool]) -> list[FetchedReport | str]:
    """Of as many nights as it takes."""
    found: list[FetchedReport | str] = []
    while not holds(found):
        found += results(town)
    return found


def said(town: Town) -> list[tuple[str, str]]:
    return [(one.item_no, one.step) for one in results(town) if isinstance(one, FetchedReport)]


def test_an_enrolment_is_fetched_once_however_often_it_is_handed_over(town: Town) -> None:
    assert [hand_over(town, handover("once")) for _ in range(2)] == [False, True]
    assert application(town, "once")["state"] == "received"
    assert not list((folder(town) / "sq").glob("djsq_*"))  # what they fetched is gone, with what lay beside it


def test_a_night_brings_all_steps_in_their_order_and_the_same_night_again_says_nothing_new(town: Town) -> None:
    hand_over(town, handover("night"))
    decide(town, "night", "accept", "approve", reason="符合登记条件")
    first = results_until(town, lambda found: len(found) == 2)
    assert [(one.item_no, one.step) for one in first if isinstance(one, FetchedReport)] == [
        ("night-no", "accept"), ("night-no", "approve"),
    ]  # fmt: skip
    town.drop_again()
    results_until(town, lambda found: found[-2:] == first)  # the same keys, so the hub knows them


def test_what_must_be_corrected_comes_back_and_goes_again(town: Town) -> None:
    hand_over(town, handover("mend"))
    decide(town, "mend", "correction", defects=[{"material": "登记表", "reason": "没有签字"}])
    (asked,) = results(town)
    assert isinstance(asked, FetchedReport) and asked.defects == (("登记表", "没有签字"),)
    hand_over(town, replace(handover("mend-2", correction=True), item_no="mend-no"))
    assert application(town, "mend")["state"] == "received"


def test_a_withdrawal_reaches_the_desk(town: Town) -> None:
    hand_over(town, handover("away"))

    async def stop(line: Connected) -> None:
        assert line.handles is not None
        await line.handles.stop(Stop("away-stop", "away-no", "", "申请人撤回", ITEM))

    town.run(CODE, stop)
    until(town, lambda: application(town, "away")["state"] == "withdrawn")


def test_a_result_without_its_number_goes_back_and_comes_again(town: Town) -> None:
    hand_over(town, handover("bad"))
    town.control(CODE, mode="wrong", operation="djjg", variant="missing", times=1)
    decide(town, "bad", "accept")
    assert results(town) == []
    assert said(town) == [("bad-no", "accept")]


def test_a_result_in_a_word_of_no_paper_waits_for_a_person(town: Town) -> None:
    hand_over(town, handover("word"))
    town.control(CODE, mode="wrong", operation="djjg", variant="code", times=1)
    decide(town, "word", "accept")
    (about,) = results(town)
    assert isinstance(about, str) and "办理节点" in about
