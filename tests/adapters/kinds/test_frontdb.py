"""Front database, on both engines: what is read under which key, what is written once, what each fault of a database becomes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from adapters.connect import Connected
from adapters.contract import (
    Ambiguous,
    Attachment,
    Denied,
    Found,
    Handover,
    Misconfigured,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds.frontdb_faults import Stop as LineStop
from adapters.kinds.frontdb_line import Database, database_url
from adapters.kinds.guard import BreakerState
from adapters.kinds.proof import Proof, Verdict
from tests.adapters.kinds.making import connected, department_of, handover, query

T = TypeVar("T")

DDL = """
CREATE TABLE GRCB (BH INTEGER PRIMARY KEY, ZJHM VARCHAR(18), XM VARCHAR(40), CBRQ DATE, JFJS NUMERIC(10,2), ZT CHAR(2), DW VARCHAR(40));
CREATE TABLE CXRZ (QQBH VARCHAR(40) PRIMARY KEY, CXR VARCHAR(40), CXSY VARCHAR(200), CXSJ VARCHAR(14), ZJHM VARCHAR(18), BM VARCHAR(30));
CREATE TABLE SBJS (WYBS VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(40), XM VARCHAR(20) NOT NULL, RYS INTEGER, SBSJ VARCHAR(14));
CREATE TABLE SBCL (WYBS VARCHAR(64), XH INTEGER, CLMC VARCHAR(100), NR TEXT);
CREATE TABLE CHJS (WYBS VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(40), YY VARCHAR(200));
CREATE TABLE QZJG (WYBS VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(40), JGBH VARCHAR(64));
INSERT INTO GRCB VALUES (1, '41132319900307991x', '测试甲', '2024-03-05', 5100.50, '1', '示例甲');
INSERT INTO GRCB VALUES (2, '411323198811029937', '测试乙', '2020-01-01', 0, '1', '示例甲');
INSERT INTO GRCB VALUES (3, '411323198811029937', '测试乙', '2021-01-01', 0, '1', '示例乙');
INSERT INTO GRCB VALUES (4, '411323198811029937', '测试乙', '2022-01-01', 0, '9', '示例丙')
"""
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "frontdb"
max_in_flight = 2
[wire]
handover_timeout_seconds = 20
connect_timeout_seconds = 20
[wire.query_log]
table = "CXRZ"
columns = { QQBH = "{request_id}", CXR = "{handler}", CXSY = "{purpose}", CXSJ = { from = "{now}", as = "yyyymmddhhmmss" }, ZJHM = "{id_number}", BM = "{table}" }
[resources.r]
title = "参保"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
table = "GRCB"
match = { ZJHM = "id_number" }
where = { ZT = ["1", "2"] }
choice = "BH"
label = "{DW} {CBRQ}"
[resources.r.fields]
owner_name = "XM"
founded_on = { path = "CBRQ", as = "date" }
registered_capital = { path = "JFJS", as = "decimal" }
[handles.permit.hand_over]
table = "SBJS"
key = "WYBS"
columns = { YWLSH = "{item_no}", XM = { from = "{form.owner.name}", required = true }, RYS = "{form.rooms}", SBSJ = { from = "{now}", as = "yyyymmddhhmmss" } }
[handles.permit.hand_over.children.SBCL]
each = "attachments"
row = { WYBS = "{key}", XH = { from = "{number}", as = "integer" }, CLMC = "{name}", NR = { from = "{body}", as = "base64" } }
[handles.permit.stop]
table = "CHJS"
key = "WYBS"
columns = { YWLSH = "{item_no}", YY = "{reason}" }
[handles.permit.supply]
table = "QZJG"
key = "WYBS"
columns = { YWLSH = "{item_no}", JGBH = "{identifier}" }
"""
JIA, YI, NOBODY = "41132319900307991X", "411323198811029937", "411323199912319992"


class Far:
    """A department's database with a line to it."""

    def __init__(self, url: str, toml: str = TOML) -> None:
        self.url, self.toml, self.asked = url, toml, 0
        self.secrets: dict[str, str] = {}
        self.engine: Engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.run(*DDL.strip().split(";\n"))

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def line(self) -> Connected:
        return connected(self.toml, self.url, secrets=self.secrets)

    def with_line(self, work: Callable[[Connected], Awaitable[T]]) -> T:
        async def run() -> T:
            line = self.line()
            try:
                return await work(line)
            finally:
                await line.close()

        return asyncio.run(run())

    def ask(self, id_number: str = JIA, **more: object) -> Outcome:
        (resource,) = department_of(self.toml)[1].values()
        self.asked += 1

        async def work(line: Connected) -> Outcome:
            assert line.answers is not None
            asked = query(resource, {"id_number": id_number}, request_id=f"q-{self.asked}", **more)  # type: ignore[arg-type]
            return await line.answers.answer(asked)

        return self.with_line(work)

    def hand_over(self, **more: object) -> tuple[str, bool]:
        async def work(line: Connected) -> tuple[str, bool]:
            assert line.handles is not None
            taken = await line.handles.hand_over(case(**more))
            return taken.department_no, taken.again

        return self.with_line(work)


def case(**more: object) -> Handover:
    form = {"owner.name": "测试甲", "rooms": "12"}
    return handover("permit", more.pop("form", form), **more)  # type: ignore[arg-type]


@pytest.fixture
def far(engine_url: str) -> Iterator[Far]:
    found = Far(engine_url)
    yield found
    found.engine.dispose()


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_row_under_the_key_is_the_answer_whatever_the_case_of_an_x(far: Far) -> None:
    outcome = far.ask()
    assert isinstance(outcome, Found)
    assert outcome.values == {"owner_name": "测试甲", "founded_on": "2024-03-05", "registered_capital": "5100.5"}


def test_no_row_is_no_record_and_rows_of_another_state_are_none(far: Far) -> None:
    assert far.ask(NOBODY) == NotFound()
    far.run("UPDATE GRCB SET ZT = '9' WHERE BH = 1")
    assert far.ask() == NotFound()


def test_several_rows_are_candidates_and_a_choice_takes_one(far: Far) -> None:
    several = far.ask(YI)
    assert isinstance(several, Ambiguous)
    assert [(c.choice, c.label) for c in several.candidates] == [("2", "示例甲 2020-01-01"), ("3", "示例乙 2021-01-01")]
    chosen = far.ask(YI, choice="3")
    assert isinstance(chosen, Found) and chosen.values["founded_on"] == "2021-01-01"


def test_the_question_stands_in_their_log_before_it_is_asked(far: Far) -> None:
    far.run("DROP TABLE GRCB")
    assert isinstance(far.ask(), Unusable)
    assert far.rows("SELECT QQBH, CXR, CXSY, ZJHM, BM FROM CXRZ") == [
        ("q-1", "clerk-01", "办理开办民宿一件事", JIA, "GRCB")
    ]


def test_without_a_place_in_their_log_nothing_is_asked(far: Far) -> None:
    far.run("DROP TABLE CXRZ")
    outcome = far.ask()
    assert isinstance(outcome, Unusable) and (outcome.path, outcome.rule) == ("CXRZ", "no_such_table")


def test_a_key_that_would_be_sql_is_only_a_key(far: Far) -> None:
    assert far.ask("x' OR '1'='1") == NotFound()
    assert len(far.rows("SELECT BH FROM GRCB")) == 4


def test_more_rows_than_one_person_can_have_are_no_answer(far: Far) -> None:
    far.run(*(f"INSERT INTO GRCB (BH, ZJHM, ZT) VALUES ({n}, '{NOBODY}', '1')" for n in range(10, 520)))
    outcome = far.ask(NOBODY)
    assert isinstance(outcome, Unusable) and outcome.rule == "too_many_rows"


def test_a_column_that_is_gone_is_a_missing_value_or_unusable_if_it_is_looked_up(far: Far) -> None:
    far.run("ALTER TABLE GRCB DROP COLUMN XM")
    outcome = far.ask()
    assert isinstance(outcome, Found) and outcome.missing == ("owner_name",)
    far.run("ALTER TABLE GRCB RENAME COLUMN ZJHM TO SFZH")
    outcome = far.ask()
    assert isinstance(outcome, Unusable) and outcome.rule == "no_such_column"


def test_a_value_that_breaks_its_rule_is_unusable_by_field(far: Far) -> None:
    far.toml = TOML.replace('path = "JFJS", as = "decimal"', 'path = "DW", as = "decimal"')
    outcome = far.ask()
    assert isinstance(outcome, Unusable) and (outcome.field, outcome.rule) == ("registered_capital", "decimal")


# --- a database in trouble --------------------------------------------------------------------------------------------


def test_a_database_that_is_not_there_is_unavailable_and_no_empty_one_is_made(tmp_path: Path) -> None:
    line = connected(TOML, f"sqlite:///{tmp_path / 'none.sqlite'}")
    (resource,) = department_of(TOML)[1].values()
    assert line.answers is not None
    outcome = asyncio.run(line.answers.answer(query(resource, {"id_number": JIA})))
    assert outcome == Unavailable(Why.REFUSED_CONNECTION) and not (tmp_path / "none.sqlite").exists()


def test_nothing_listening_is_unavailable() -> None:
    line = connected(TOML, "postgresql://127.0.0.1:1/x", secrets={"user": "u", "password": "geheim"})
    (resource,) = department_of(TOML)[1].values()
    assert line.answers is not None
    outcome = asyncio.run(line.answers.answer(query(resource, {"id_number": JIA})))
    assert outcome == Unavailable(Why.REFUSED_CONNECTION) and "geheim" not in repr(line)


HOLDING = {
    "sqlite": "BEGIN EXCLUSIVE",
    "postgresql": "LOCK TABLE GRCB, CXRZ, SBJS IN ACCESS EXCLUSIVE MODE",
    "mysql": "LOCK TABLES GRCB WRITE, CXRZ WRITE, SBJS WRITE",
}


@contextmanager
def blocked(far: Far) -> Iterator[None]:
    """Holds the department's tables meanwhile: who waited for them to be free would wait for ever."""
    with far.engine.connect() as connection:
        connection.exec_driver_sql(HOLDING[far.engine.dialect.name])
        yield
        connection.rollback()
        connection.invalidate()  # MySQL's lock goes with its connection


def test_a_table_that_somebody_holds_is_unavailable_within_the_time_of_the_question(far: Far) -> None:
    with blocked(far):
        outcome = far.ask(timeout_seconds=0.4)
    assert isinstance(outcome, Unavailable) and outcome.reason in (Why.TIMEOUT, Why.BUSY)


def test_questions_beyond_the_bound_wait_for_a_place_and_then_are_busy(far: Far) -> None:
    (resource,) = department_of(TOML)[1].values()

    async def work(line: Connected) -> list[Outcome]:
        assert line.answers is not None
        patience = (0.8, 0.8, 0.2, 0.2, 0.2, 0.2)  # the first take all places and keep them longer than the others wait
        asked = [
            query(resource, {"id_number": JIA}, timeout_seconds=seconds, request_id=f"q{n}")
            for n, seconds in enumerate(patience)
        ]
        return list(await asyncio.gather(*(line.answers.answer(one) for one in asked)))

    with blocked(far):
        outcomes = far.with_line(work)
    assert all(one in (Unavailable(Why.BUSY), Unavailable(Why.TIMEOUT)) for one in outcomes)
    assert Unavailable(Why.BUSY) in outcomes and far.rows("SELECT * FROM CXRZ") == []


def test_after_failures_in_a_row_the_department_rests(tmp_path: Path) -> None:
    line = connected(TOML.replace("[wire]", "[wire]\nbreaker = { failures = 2 }"), f"sqlite:///{tmp_path / 'none'}")
    (resource,) = department_of(TOML)[1].values()
    assert line.answers is not None and line.breaker is not None
    for _ in range(2):
        asyncio.run(line.answers.answer(query(resource, {"id_number": JIA})))
    assert line.breaker.state is BreakerState.OPEN
    assert asyncio.run(line.answers.answer(query(resource, {"id_number": JIA}))) == Unavailable(Why.BREAKER_OPEN)


@pytest.mark.pg
def test_an_account_without_rights_is_denied_and_a_wrong_password_too(postgres: object) -> None:
    with postgres.fresh() as url:  # type: ignore[attr-defined]
        far = Far(url)
        far.run("DROP ROLE IF EXISTS frontdb_reader", "CREATE ROLE frontdb_reader LOGIN")
        line = connected(TOML, url, secrets={"user": "frontdb_reader"})
        (resource,) = department_of(TOML)[1].values()
        assert line.answers is not None
        outcome = asyncio.run(line.answers.answer(query(resource, {"id_number": JIA})))
        asyncio.run(line.close())
        far.run("DROP ROLE frontdb_reader")
        far.engine.dispose()
    assert outcome == Denied("not_permitted")


def proven(url: str, toml: str = TOML, **secrets: str) -> list[Proof]:
    async def run() -> list[Proof]:
        line = connected(toml, url, secrets=secrets)
        try:
            return await line.prove()
        finally:
            await line.close()

    return asyncio.run(run())


def test_an_account_that_may_do_what_the_mapping_does_is_proven_and_nothing_is_left_there(far: Far) -> None:
    before = [far.rows(f"SELECT COUNT(*) FROM {table}") for table in ("GRCB", "CXRZ", "SBJS", "SBCL", "CHJS", "QZJG")]
    assert [one.verdict for one in proven(far.url, **far.secrets)] == [Verdict.TAKEN]
    after = [far.rows(f"SELECT COUNT(*) FROM {table}") for table in ("GRCB", "CXRZ", "SBJS", "SBCL", "CHJS", "QZJG")]
    assert after == before


@pytest.mark.pg
def test_each_right_that_an_account_lacks_is_named_with_its_table(postgres: object) -> None:
    with postgres.fresh() as url:  # type: ignore[attr-defined]
        far = Far(url)
        far.run("DROP ROLE IF EXISTS frontdb_half", "CREATE ROLE frontdb_half LOGIN")
        far.run(
            "GRANT SELECT ON grcb, cxrz, sbjs, sbcl, chjs, qzjg TO frontdb_half", "GRANT INSERT ON sbjs TO frontdb_half"
        )
        found = [one.sentence for one in proven(url, user="frontdb_half")]
        far.run("DROP OWNED BY frontdb_half", "DROP ROLE frontdb_half")
        far.engine.dispose()
    assert all("ask for that right" in sentence for sentence in found)
    assert {sentence.split(" to ")[1].split()[0] for sentence in found} == {"CXRZ", "SBCL", "CHJS", "QZJG"}


@pytest.mark.pg
def test_a_database_that_does_not_take_the_account_names_the_secrets_and_not_their_words(postgres: object) -> None:
    with postgres.fresh() as url:  # type: ignore[attr-defined]
        (found,) = proven(url, user="niemand", password="falsch")
    assert found.verdict is Verdict.REFUSED and "does not take 'user' and 'password'; compare" in found.sentence
    assert "falsch" not in found.sentence


# --- item cases -------------------------------------------------------------------------------------------------------


def test_an_item_case_lies_there_whole_and_under_our_number(far: Far) -> None:
    papers = (Attachment("a", "图", "A", body=b"1"), Attachment("b", "表", "B"))
    assert far.hand_over(key="K1", attachments=papers) == ("411323-2026-000001-1", False)
    assert far.rows("SELECT WYBS, YWLSH, XM, RYS, SBSJ FROM SBJS") == [
        ("K1", "411323-2026-000001-1", "测试甲", far.rows("SELECT RYS FROM SBJS")[0][0], "20261120100000")
    ]
    assert far.rows("SELECT XH, CLMC, NR FROM SBCL ORDER BY XH") == [(1, "图", "MQ=="), (2, "表", None)]


def test_the_same_key_again_is_taken_again_and_changes_nothing(far: Far) -> None:
    papers = (Attachment("a", "图", "A", body=b"1"),)
    far.hand_over(key="K1", attachments=papers)
    assert far.hand_over(key="K1", attachments=papers)[1] is True
    assert len(far.rows("SELECT * FROM SBJS")) == 1 and len(far.rows("SELECT * FROM SBCL")) == 1


def test_two_nodes_at_once_make_one_row(far: Far) -> None:
    async def work(line: Connected) -> list[bool]:
        assert line.handles is not None
        handles = line.handles
        return [taken.again for taken in await asyncio.gather(*(handles.hand_over(case(key="K1")) for _ in range(2)))]

    assert sorted(far.with_line(work)) == [False, True] and len(far.rows("SELECT * FROM SBJS")) == 1


def test_a_child_row_that_is_refused_leaves_nothing_behind(far: Far) -> None:
    far.run("DROP TABLE SBCL", "CREATE TABLE SBCL (WYBS VARCHAR(64), XH INTEGER, CLMC VARCHAR(9), NR TEXT NOT NULL)")
    with pytest.raises(PeerRefused, match="row_refused SBJS"):
        far.hand_over(attachments=(Attachment("a", "图", "A"),))
    assert far.rows("SELECT * FROM SBJS") == []


def test_a_value_that_the_form_lacks_stops_the_item_case_in_words(far: Far) -> None:
    with pytest.raises(PeerRefused, match=r"XM cannot be filled \(required\)"):
        far.hand_over(form={})


def test_a_missing_column_is_named_and_no_value_is(far: Far) -> None:
    far.run("ALTER TABLE SBJS DROP COLUMN RYS")
    with pytest.raises(PeerRefused, match=r"no_such_column (SBJS|sbjs)\.RYS") as caught:
        far.hand_over()
    assert "测试甲" not in str(caught.value)


def test_a_held_table_is_tried_again_later(far: Far) -> None:
    far.toml = TOML.replace("handover_timeout_seconds = 20", "handover_timeout_seconds = 0.3")
    with blocked(far), pytest.raises(PeerUnreachable, match="tried again"):
        far.hand_over()


def test_a_stop_and_an_upstream_result_are_rows_of_their_own(far: Far) -> None:
    async def work(line: Connected) -> None:
        assert line.handles is not None
        for _ in range(2):
            await line.handles.stop(Stop("S1", "n-1", "n-1", "申请人撤回", "permit"))
            await line.handles.supply(
                UpstreamResult(
                    "U1", "n-1", "n-1", "other", "证", "CERT-1", None, datetime(2026, 1, 1, tzinfo=UTC), "permit"
                )
            )

    far.with_line(work)
    assert far.rows("SELECT WYBS, YWLSH, YY FROM CHJS") == [("S1", "n-1", "申请人撤回")]
    assert far.rows("SELECT WYBS, JGBH FROM QZJG") == [("U1", "CERT-1")]


# --- connecting -------------------------------------------------------------------------------------------------------


def test_the_check_is_content_with_what_is_there_and_names_what_is_not(far: Far) -> None:
    async def check(line: Connected) -> list[str]:
        return await line.check()

    assert far.with_line(check) == []
    far.run(
        "DROP TABLE CHJS", "DROP TABLE SBJS", "CREATE TABLE SBJS (WYBS VARCHAR(64), YWLSH TEXT, XM TEXT, SBSJ TEXT)"
    )
    found = "\n".join(far.with_line(check))
    assert "no table CHJS" in found and "RYS is not there" in found and "SBJS.WYBS is not unique alone" in found


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("http://127.0.0.1:1", "no database that can be connected"),
        ("", "no database URL"),
        ("postgresql://u:geheim@127.0.0.1/x", "move it to the connection's secrets"),
        ("oracle://127.0.0.1/x", "no database that can be connected"),
    ],
)
def test_an_address_that_is_no_database_is_told_without_its_password(address: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match) as caught:
        connected(TOML, address)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('match = { ZJHM = "id_number" }', 'match = { ZJHM = "uscc" }', "'uscc' is no subject"),
        ('table = "GRCB"', 'tabel = "GRCB"', "tabel is no known key"),
        (
            'key = "WYBS"\ncolumns = { YWLSH = "{item_no}", XM',
            'columns = { YWLSH = "{item_no}", XM',
            "key must be a text",
        ),
        ("{request_id}", "{request}", "is no known word"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_when_connecting(old: str, new: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        connected(TOML.replace(old, new, 1), "sqlite:///x")


# --- the line itself --------------------------------------------------------------------------------------------------


def on_line(far: Far, statement: str, seconds: float, *, readonly: bool) -> object:
    """What becomes of one statement on the department's line."""

    async def run() -> object:
        database = Database(database_url(far.url, far.secrets, "d"), max_in_flight=1)
        try:
            return await database.call(lambda c: c.exec_driver_sql(statement).rowcount, seconds, readonly=readonly)
        except LineStop as e:
            return e.outcome
        finally:
            await database.close()

    return asyncio.run(run())


def test_a_question_can_write_nothing_whatever_the_account_may(far: Far) -> None:
    assert on_line(far, "DELETE FROM CXRZ", 20, readonly=True) == Denied("not_permitted")
    assert on_line(far, "DELETE FROM CXRZ", 20, readonly=False) == 0


def test_a_statement_without_end_is_ended_in_the_database_too(far: Far) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"
    began = time.monotonic()
    assert on_line(far, endless, 0.5, readonly=True) == Unavailable(Why.TIMEOUT)
    # Closing waits for the thread: that it ends says that the statement ended, and not only our patience.
    assert time.monotonic() - began < 15
