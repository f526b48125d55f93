"""Results that a department sends as a file: applied once as its reports, and a bad row holds up no other item case."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.connect import Connected, Connection, Ports, connect
from hub.store import work
from hub.store.tables import work as tasks
from hub.wiring.polling import Polling
from tests.adapters.kinds.making import department_of
from tests.hub.cases.making import FIRE, FOOD, SITE
from tests.hub.cases.world import World

TOML = """
[department]
code = "market-regulation"
name = "测试局"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire.reports]
pattern = "jg_{yyyymmdd}.csv"
columns = ["XH", "YWLSH", "ZT", "YJ", "SLBH", "WSWH"]
key = "XH"
item_no = "YWLSH"
step = "ZT"
steps = { "1" = "accept", "8" = "approve" }
reason = "YJ"
department_no = "SLBH"
decision_no = "WSWH"
"""


class Office:
    """A department that sends its results by file, and the hub's look at them."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.case_id = world, folder, world.dispatched()
        department, _ = department_of(TOML)
        ports = Ports(clock=lambda: world.now[0], on_batch=lambda _: None, replica_folder=folder / "replicas")
        self.line = connect(department, (), Connection(folder=folder), ports)
        known = replace(SITE.departments["market-regulation"])
        polling = Polling(world.hub.clerk._desk, {known.code: Connected(known, polls=self.line.polls)})
        kinds = ("poll_reports", "look_for_reports", "take_report", "report_read")
        world.handlers = {**world.handlers, **{kind: getattr(polling, kind) for kind in kinds}}

    def number(self, item: str) -> str:
        return self.world.case(self.case_id).item(item).item_no

    def says(self, *rows: str) -> None:
        day = f"{self.world.now[0]:%Y%m%d}"
        body = "\n".join(("XH,YWLSH,ZT,YJ,SLBH,WSWH", *rows, "")).encode("gb18030")
        (self.folder / f"jg_{day}.csv").write_bytes(body)
        (self.folder / f"jg_{day}.ok").touch()
        assert self.line.collects is not None and self.line.collects.collect().held == ()
        with self.world.hub.database.write() as session:
            task = work.Task("poll_reports", f"tick:poll:{hashlib.sha256(body).hexdigest()}")
            work.put(session, task, self.world.now[0])
        self.world.run("poll_reports")
        self.world.run("look_for_reports")
        self.world.run("take_report", "report_read")

    def dead(self) -> list[str]:
        with self.world.hub.database.read() as session:
            return list(session.execute(select(tasks.c.last_error).where(tasks.c.state == work.DEAD)).scalars())


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    return Office(world, tmp_path)


def test_rows_are_applied_once_and_one_about_anothers_item_case_or_in_an_unknown_word_holds_up_no_other(
    office: Office,
) -> None:
    own, fire = office.number(FOOD), office.world.state(office.case_id, FIRE)
    rows = (f"1,{own},1,,S1,", f"2,{own},8,同意,,决1号")
    office.says(f"3,{office.number(FIRE)},1,,,", "4,fremd,77,,,", *rows)
    assert office.world.state(office.case_id, FIRE) == fire
    assert office.world.state(office.case_id, FOOD) == "approved"
    assert "REPORT_UNUSABLE" in office.dead() and len(office.dead()) == 2
    office.says(*rows)  # the same rows once more, in another file
    assert len(office.world.keys("sign")) == 1 and len(office.dead()) == 2
    (waits,) = (office.folder / ".reports").glob(
        "[!.]*"
    )  # the rows that need a person keep their file, and no other lies there
    assert "fremd" in waits.read_text("gb18030")
