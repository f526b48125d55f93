"""A hub that dies at every one of its durable moments while five matters are played at once, on one engine. It holds no test itself.

There is a file for each engine, since files are what test processes share out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.demo.stage import Shared, set_up
from hub.demo.surviving import OF_PUSHES, EachOnce, Survived, ran
from hub.moments import Moment

COUNTED = ("cases", "ended", "doubled", "lost", "log")


def survived(folder: Path, in_common: Shared, database_url: str = "", log_url: str = "") -> Iterator[Survived]:
    """What came of one run over all moments, on a stage of its own."""
    stage = set_up(
        folder,
        0,
        database_url=database_url,
        log_url=log_url,
        idempotent_platform=False,
        brisk=True,
        start=False,
        shared=in_common,
    )
    try:
        run = ran(stage, EachOnce(), print)
        print(run.table(), *run.found.doubled, *run.found.lost, sep="\n")  # pytest shows it where a test fails
        yield run
    finally:
        stage.end()
        shutil.rmtree(folder, ignore_errors=True)


class EveryMoment:
    """The tests; a file of an engine gives the fixture `run` and says which it is."""

    engine: str

    @pytest.fixture(autouse=True)
    def _counted(self, request: pytest.FixtureRequest) -> None:
        request.node.user_properties.append(("engine", self.engine))

    @pytest.mark.parametrize("moment", Moment)
    def test_the_hub_really_died_at(self, run: Survived, moment: Moment) -> None:
        assert moment in {death.moment for death in run.deaths}

    def test_it_died_at_pushes_to_both_kinds_of_platform(self, run: Survived) -> None:
        died = [death.moment for death in run.deaths]
        assert {moment: died.count(moment) for moment in OF_PUSHES} == dict.fromkeys(OF_PUSHES, 2)

    def test_every_case_came_to_its_end(self, run: Survived) -> None:
        assert [(e.play.matter, e.problem) for e in run.ended if e.case.get("state") != "archived"] == []
        assert len(run.ended) >= 5

    def test_nothing_was_done_twice(self, run: Survived) -> None:
        """Effects by the departments', the platform's and the gateway's own journals; cases, certificates, questions."""
        assert run.found.doubled == []

    def test_nothing_was_lost_and_nothing_stands_still(self, run: Survived) -> None:
        """Work, pushes, answers, and the journals against the sharing log both ways."""
        assert run.found.lost == []

    def test_the_log_holds(self, run: Survived) -> None:
        assert run.found.log["verified"] and run.found.log["unpaired"] == 0
