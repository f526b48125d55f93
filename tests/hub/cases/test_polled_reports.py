"""Results that a department writes into its front database: applied once as its reports, marked read afterwards, lost never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text, update

from adapters.connect import Connected, Connection, Ports, connect
from hub.store import work
from hub.store.tables import inbound_calls, item_cases
from hub.store.tables import work as tasks
from hub.wiring.polling import Polling
from hub.wiring.ticks import TICKS
from tests.adapters.kinds.making import department_of
from tests.hub.cases.making import FIRE, FOOD, SITE
from tests.hub.cases.test_operations_page import OPERATOR
from tests.hub.cases.world import World

TOML = """
[department]
code = "market-regulation"
name = "测试局"
uscc = "11411323MB00009009"
kind = "frontdb"
[wire.reports]
table = "BJJG"
key = "XH"
flag = { column = "CLBZ", unread = "0", read = "1" }
item_no = "YWLSH"
step = "ZT"
steps = { "1" = "accept", "2" = "refuse", "3" = "correction", "4" = "suspend", "5" = "resume", "8" = "approve", "9" = "deny" }
reason = "YJ"
department_no = "SLBH"
decision_no = "WSWH"
results = { xkzbh = "XKZBH" }
"""
DDL = (
    "CREATE TABLE BJJG (XH INTEGER PRIMARY KEY, YWLSH VARCHAR(60), ZT VARCHAR(4), YJ VARCHAR(400), SLBH VARCHAR(40),"
    " WSWH VARCHAR(60), XKZBH VARCHAR(40), CLBZ CHAR(1) DEFAULT '0')"
)
POLLED = ("take_report", "report_read")


class Office:
    """A department with a front database, and the hub's look into it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.case_id = world, world.dispatched()
        self.engine = create_engine(f"sqlite:///{folder / 'front.sqlite'}")
        self.run(DDL)
        department, _ = department_of(TOML)
        line = connect(department, (), Connection(str(self.engine.url)), Ports(clock=lambda: world.now[0]))
        known = replace(SITE.departments["market-regulation"])
        self.polling = Polling(world.hub.clerk._desk, {known.code: Connected(known, polls=line.polls)})
        world.handlers = {
            **world.handlers,
            **{kind: getattr(self.polling, kind) for kind in ("poll_reports", "look_for_reports", *POLLED)},
        }

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def says(self, number: int, word: str, reason: str = "", item: str = "") -> None:
        own = item or self.world.case(self.case_id).item(FOOD).item_no
        columns = "XH, YWLSH, ZT, YJ, SLBH, WSWH, XKZBH"
        self.run(
            f"INSERT INTO BJJG ({columns}) VALUES ({number}, '{own}', '{word}', '{reason}', 'S{number}', '决1号', 'JY99')"
        )

    def look(self, *kinds: str) -> None:
        """One look, and by default all work that comes of it."""
        with self.world.hub.database.write() as session:
            task = work.Task("poll_reports", f"tick:poll:{len(self.world.keys('poll_reports'))}")
            work.put(session, task, self.world.now[0])
        self.world.run("poll_reports")
        self.world.run("look_for_reports")
        self.world.run(*(kinds or POLLED))

    def flags(self) -> list[str]:
        with self.engine.connect() as connection:
            return [row[0] for row in connection.execute(text("SELECT CLBZ FROM BJJG ORDER BY XH"))]

    def state(self) -> str:
        return self.world.state(self.case_id, FOOD)

    def dead(self) -> list[str]:
        with self.world.hub.database.read() as session:
            return list(session.execute(select(tasks.c.last_error).where(tasks.c.state == work.DEAD)).scalars())


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    found = Office(world, tmp_path)
    yield found
    found.engine.dispose()


def test_acceptance_and_decision_are_applied_in_order_and_then_marked(office: Office) -> None:
    office.says(1, "1")
    office.says(2, "8")
    office.look()
    with office.world.hub.database.read() as session:
        chosen = select(item_cases).where(item_cases.c.case_id == office.case_id, item_cases.c.item == FOOD)
        own = session.execute(chosen).one()
    assert (own.state, own.decision_no, own.results) == ("approved", "决1号", {"xkzbh": "JY99"})
    assert office.flags() == ["1", "1"] and len(office.world.keys("sign")) == 1


def test_a_row_is_marked_only_after_it_was_applied(office: Office) -> None:
    office.says(1, "1")
    office.look("take_report")
    assert office.state() == "reviewing" and office.flags() == ["0"]
    office.look()
    assert office.flags() == ["1"]


def test_a_crash_between_applying_and_marking_applies_nothing_twice(office: Office) -> None:
    office.says(1, "1")
    office.says(2, "8")
    office.look("take_report")
    with office.world.hub.database.write() as session:  # as if the work of both had never been noted
        session.execute(update(tasks).where(tasks.c.kind.in_(POLLED)).values(state=work.DONE))
    office.look()
    assert office.flags() == ["1", "1"] and office.dead() == [] and len(office.world.keys("sign")) == 1


def test_looking_twice_before_anything_is_applied_makes_one_piece_of_work(office: Office) -> None:
    office.says(1, "1")
    office.look("nothing")
    office.look("nothing")
    assert len(office.world.keys("take_report")) == 1


def test_a_row_that_says_unread_once_more_is_marked_once_more_and_changes_nothing(office: Office) -> None:
    office.says(1, "1")
    office.look()
    office.run("UPDATE BJJG SET CLBZ = '0'")
    office.look()
    assert office.flags() == ["1"] and office.dead() == []


def test_another_content_under_a_key_that_was_taken_needs_a_person(office: Office) -> None:
    office.says(1, "1")
    office.look()
    office.run("UPDATE BJJG SET CLBZ = '0', ZT = '9', YJ = '改主意了'")
    office.look()
    assert office.dead() == ["REPORT_UNUSABLE"] and office.state() == "reviewing" and office.flags() == ["0"]


def test_an_unknown_word_stays_unread_shows_on_the_page_and_holds_up_no_other(office: Office) -> None:
    office.says(1, "77", item="fremd")
    office.says(2, "1")
    office.look()
    assert office.flags() == ["0", "1"] and office.state() == "reviewing"
    (row,) = [r for r in office.world.hub.operator.overview(OPERATOR).dead if r.kind == "take_report"]
    assert row.sentence == f"取用{SITE.departments['market-regulation'].name}的办理结果"


def test_another_departments_item_case_is_refused_and_stays_as_it_is(office: Office) -> None:
    fire = office.world.case(office.case_id).item(FIRE)
    office.says(1, "1", item=fire.item_no)
    office.look()
    assert office.dead() == ["REPORT_UNUSABLE"] and office.world.state(office.case_id, FIRE) == fire.state.value


def test_a_refusal_without_a_reason_needs_a_person_and_is_taken_once_it_has_one(office: Office) -> None:
    office.says(1, "2")
    office.look()
    assert office.dead() == ["REPORT_UNUSABLE"] and office.flags() == ["0"]
    office.run("UPDATE BJJG SET YJ = '主体不符'")
    with office.world.hub.database.write() as session:  # as the operator's retry does
        session.execute(
            update(tasks).where(tasks.c.state == work.DEAD).values(state=work.READY, run_at=office.world.now[0])
        )
    office.look()
    assert office.state() == "refused" and office.flags() == ["1"]


def test_a_decision_that_comes_twice_is_one_and_the_second_waits_for_a_person(office: Office) -> None:
    office.says(1, "1")
    office.says(2, "8")
    office.says(3, "9", "改主意了")
    office.look()
    assert office.state() == "approved" and office.flags() == ["1", "1", "0"]
    (late,) = [key for key, state in office.world.keys("take_report").items() if state == work.READY]
    assert late.startswith("take_report:")


def test_what_a_person_skipped_is_not_taken_up_again(office: Office) -> None:
    office.says(1, "77")
    office.look()
    with office.world.hub.database.write() as session:
        session.execute(update(tasks).where(tasks.c.state == work.DEAD).values(state=work.SKIPPED))
    office.look()
    assert office.dead() == [] and office.flags() == ["0"] and len(office.world.keys("take_report")) == 1


def test_a_row_that_the_department_took_back_is_no_report(office: Office) -> None:
    office.says(1, "1")
    office.look("nothing")
    office.run("DELETE FROM BJJG")
    office.look()
    assert office.state() == "pushed" and office.dead() == []


def test_a_special_procedure_and_its_end_come_through_the_table_too(office: Office) -> None:
    for number, (word, reason) in enumerate((("1", ""), ("4", "需专家评审"), ("5", "")), start=1):
        office.says(number, word, reason)
    office.look()
    assert office.state() == "reviewing" and office.flags() == ["1", "1", "1"]


def test_the_departments_number_takes_the_place_of_ours_and_then_stays(office: Office) -> None:
    own = office.world.case(office.case_id).item(FOOD)
    with office.world.hub.database.write() as session:  # as a front database's receipt leaves it
        ours = {"department_no": own.item_no}
        session.execute(update(item_cases).where(item_cases.c.item_no == own.item_no).values(**ours))
    office.says(1, "1")
    office.says(2, "3", "请补正")
    office.look()
    assert office.world.case(office.case_id).item(FOOD).department_no == "S1"


def test_a_row_is_known_as_a_call_of_its_department(office: Office) -> None:
    office.says(1, "1")
    office.look()
    with office.world.hub.database.read() as session:
        calls = session.execute(select(inbound_calls.c.sender, inbound_calls.c.key)).all()
    assert [sender for sender, key in calls if key.startswith("row:")] == ["market-regulation"]


def test_a_database_that_is_away_is_looked_into_again_and_shows_meanwhile(office: Office, tmp_path: Path) -> None:
    office.says(1, "1")
    (tmp_path / "front.sqlite").rename(tmp_path / "away")
    office.look()
    office.look()
    assert office.world.keys("take_report") == {} and len(office.world.keys("look_for_reports")) == 1
    rows = office.world.hub.operator.overview(OPERATOR).departments
    (shown,) = [row for row in rows if row.name == SITE.departments["market-regulation"].name]
    assert any("正在重试" in one for one in shown.trouble)
    (tmp_path / "away").rename(tmp_path / "front.sqlite")
    office.world.again()
    office.look()
    assert office.state() == "reviewing"


def test_a_table_that_is_gone_waits_for_a_person_and_is_not_asked_for_every_few_seconds(office: Office) -> None:
    office.run("DROP TABLE BJJG")
    for _ in range(3):
        office.look()
    assert list(office.world.keys("look_for_reports").values()) == [work.DEAD]


def test_each_tick_of_the_hub_has_its_handler(world: World) -> None:
    assert {tick.name for tick in TICKS} | {"look_for_reports", "take_report", "report_read"} <= set(world.hub.handlers)
