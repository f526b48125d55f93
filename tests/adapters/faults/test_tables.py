"""Each fault of a front database, on both engines: what its tables hold or lack becomes a typed outcome, and no value stands in a message."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from adapters.connect import Connected
from adapters.contract import Ambiguous, Found, NotFound, Outcome, PeerRefused, Unavailable, Unusable, Why
from adapters.kinds.frontdb_reports import _parted
from adapters.kinds.report_rows import joined
from tests.adapters.kinds import test_frontdb_reports as reports
from tests.adapters.kinds.making import department_of, query
from tests.adapters.kinds.test_frontdb import JIA, NOBODY, TOML, YI, Far

PATIENT = 30.0
"""Seconds: no fault here is about time, and machines are slow."""
LARGE = 11 * 1024 * 1024


@pytest.fixture
def far(engine_url: str) -> Iterator[Far]:
    found = Far(engine_url, TOML.replace("handover_timeout_seconds = 20", f"handover_timeout_seconds = {PATIENT}"))
    yield found
    found.engine.dispose()


def ask(far: Far, id_number: str = JIA) -> Outcome:
    return far.ask(id_number, timeout_seconds=PATIENT)


def is_sqlite(far: Far) -> bool:
    return far.url.startswith("sqlite")


def unusable(outcome: Outcome) -> tuple[str, str, str]:
    assert isinstance(outcome, Unusable) and "测试甲" not in repr(outcome)
    return outcome.field, outcome.path, outcome.rule


def test_nulls_are_missing_values_and_a_null_key_is_nobodys(far: Far) -> None:
    far.run("INSERT INTO GRCB VALUES (9, NULL, '测试丁', NULL, NULL, '1', NULL)")
    assert isinstance(ask(far, NOBODY), NotFound)
    far.run(f"UPDATE GRCB SET XM = NULL, CBRQ = NULL, JFJS = NULL WHERE ZJHM = '{JIA.lower()}' OR ZJHM = '{JIA[:-1]}x'")
    found = ask(far)
    assert isinstance(found, Found) and found.values == {} and len(found.missing) == 3


def test_a_null_state_is_no_state_and_a_null_choice_is_no_choice(far: Far) -> None:
    far.run(f"UPDATE GRCB SET ZT = NULL WHERE ZJHM = '{YI}'")
    assert isinstance(ask(far, YI), NotFound)
    far.run(f"UPDATE GRCB SET ZT = '1', DW = NULL WHERE ZJHM = '{YI}'")
    several = ask(far, YI)
    assert isinstance(several, Ambiguous) and "None" not in several.candidates[0].label


def test_values_of_other_types_than_agreed_are_unusable_by_field(far: Far) -> None:
    wrong = "x'00ff'" if is_sqlite(far) else "'\\x00ff'"
    far.run("DROP TABLE GRCB", f"CREATE TABLE GRCB (BH INTEGER, ZJHM VARCHAR(18), XM {'BLOB' if is_sqlite(far) else 'BYTEA'}, CBRQ VARCHAR(30), JFJS DOUBLE PRECISION, ZT CHAR(2), DW VARCHAR(40))")  # fmt: skip
    far.run(f"INSERT INTO GRCB VALUES (1, '{JIA}', {wrong}, '2024-01-01', 1, '1', '')")
    assert unusable(ask(far)) == ("owner_name", "XM", "single_value")
    far.run("UPDATE GRCB SET XM = NULL, JFJS = 1e300")
    assert unusable(ask(far)) == ("registered_capital", "JFJS", "decimal")
    far.run("UPDATE GRCB SET JFJS = 1, CBRQ = '9999-12-31T23:59:59-12:00'")
    assert unusable(ask(far)) == ("founded_on", "CBRQ", "date")


def test_numbers_that_are_none_and_days_beyond_the_calendar(far: Far) -> None:
    if is_sqlite(far):
        far.run("UPDATE GRCB SET JFJS = 9e999 WHERE BH = 1")
        assert unusable(ask(far)) == ("registered_capital", "JFJS", "decimal")
        return
    far.run("ALTER TABLE GRCB ALTER COLUMN JFJS TYPE NUMERIC", "UPDATE GRCB SET JFJS = 'NaN' WHERE BH = 1")
    assert unusable(ask(far)) == ("registered_capital", "JFJS", "number_size")
    far.run("UPDATE GRCB SET JFJS = 1, CBRQ = 'infinity' WHERE BH = 1")
    assert unusable(ask(far))[2] in ("key_type", "date")


def test_a_huge_value_is_not_fetched(far: Far) -> None:
    far.run("ALTER TABLE GRCB ADD COLUMN ZP TEXT")
    big = f"hex(zeroblob({LARGE // 2}))" if is_sqlite(far) else f"repeat('0', {LARGE})"
    far.run(f"UPDATE GRCB SET ZP = {big} WHERE BH = 1")
    assert unusable(ask(far))[2] == "too_large"
    assert isinstance(ask(far, YI), Ambiguous)


def test_characters_that_cannot_be_kept_are_unusable_by_field(far: Far) -> None:
    with far.engine.begin() as connection:
        connection.execute(text("UPDATE GRCB SET XM = :name WHERE BH = 1"), {"name": "测试\x1b[2J\u202e"})
    assert unusable(ask(far)) == ("owner_name", "XM", "control_characters")
    if is_sqlite(far):
        far.run("UPDATE GRCB SET XM = CAST(x'e6b5ff' AS TEXT) WHERE BH = 1")
        assert unusable(ask(far))[2] == "encoding"


def test_a_table_that_is_gone_or_became_another_is_said_and_a_new_one_is_read(far: Far) -> None:
    async def twice(line: Connected) -> tuple[Outcome, Outcome, Outcome]:
        assert line.answers is not None
        (resource,) = department_of(TOML)[1].values()
        asked = [query(resource, {"id_number": JIA}, request_id=f"t-{n}", timeout_seconds=PATIENT) for n in range(3)]
        first = await line.answers.answer(asked[0])
        far.run("ALTER TABLE GRCB RENAME TO ALT")
        gone = await line.answers.answer(asked[1])
        far.run("ALTER TABLE ALT RENAME TO GRCB")
        return first, gone, await line.answers.answer(asked[2])

    first, gone, again = far.with_line(twice)
    assert isinstance(first, Found) and isinstance(gone, Unusable) and gone.rule in ("no_such_table", "statement")
    assert isinstance(again, Found)


def test_the_line_finds_back_after_the_database_was_started_anew(far: Far) -> None:
    async def over(line: Connected) -> list[Outcome]:
        assert line.answers is not None
        (resource,) = department_of(TOML)[1].values()
        outcomes = []
        for n in range(3):
            outcomes.append(
                await line.answers.answer(
                    query(resource, {"id_number": JIA}, request_id=f"a-{n}", timeout_seconds=PATIENT)
                )
            )
            if n == 0 and not is_sqlite(far):
                name = make_url(far.url).database
                far.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()")  # fmt: skip
        return outcomes

    outcomes = far.with_line(over)
    assert isinstance(outcomes[0], Found) and isinstance(outcomes[2], Found)
    assert isinstance(outcomes[1], Found) or outcomes[1] == Unavailable(Why.BROKEN_OFF)


def test_a_subject_that_no_column_can_hold_is_an_outcome(far: Far) -> None:
    for subject in ("a\x00b", "\ud800", "x" * 100_000, "'; DROP TABLE GRCB; --"):
        outcome = ask(far, subject)
        assert isinstance(outcome, Unusable | NotFound)
    assert isinstance(ask(far), Found)


def test_a_form_that_no_column_can_hold_needs_a_person_and_leaves_nothing(far: Far) -> None:
    forms = [{"owner.name": "\ud800"}]
    if not is_sqlite(far):  # which keeps whatever comes
        forms += [{"owner.name": "a\x00"}, {"owner.name": "测试甲", "rooms": "9" * 40}]
    for form in forms:
        with pytest.raises(PeerRefused) as told:
            far.hand_over(form=form)
        assert "测试甲" not in str(told.value)
    assert far.rows("SELECT count(*) FROM SBJS") == [(0,)]


@pytest.mark.parametrize("keys", [["1"], ["[2026]1"], ["["], ["a\x00"], ["\ud800"], ["a", "b"], ["[", '"'], ["", "测"]])
def test_a_key_of_a_report_comes_back_as_it_was(keys: list[str]) -> None:
    key = joined(keys)
    assert _parted(key) == keys
    key.encode()
    assert "\x00" not in key


# --- reports ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def reporting(engine_url: str) -> Iterator[reports.Far]:
    found = reports.Far(engine_url)
    yield found
    found.engine.dispose()


def test_a_number_that_is_none_of_ours_hides_no_other_row(reporting: reports.Far) -> None:
    reporting.says(1, "01", item="\x1b[2J")
    reporting.says(2, "01", item="x" * 40)
    reporting.run("UPDATE BJJG SET YWLSH = NULL WHERE XH = 2")
    reporting.says(3, "01", item="N-3")
    waiting = reporting.polled(lambda polls: polls.unread())
    assert [(one.key, one.item_no) for one in waiting] == [("1", ""), ("2", ""), ("3", "N-3")]


def test_words_longer_than_a_report_may_be_need_a_person_and_are_not_repeated(reporting: reports.Far) -> None:
    reporting.run(
        "DROP TABLE BJJG", reports.DDL.replace("SLBH VARCHAR(40)", "SLBH TEXT").replace("ZT VARCHAR(4)", "ZT TEXT")
    )
    reporting.says(1, "01", SLBH="样例甲" * 30)
    reporting.says(2, "样例甲已受理")
    for key in ("1", "2"):
        with pytest.raises(PeerRefused) as told:
            reporting.fetch(key)
        assert "样例甲" not in str(told.value)


def test_a_huge_report_is_not_fetched(reporting: reports.Far) -> None:
    reporting.run("ALTER TABLE BJJG ADD COLUMN FJ TEXT")
    reporting.says(1, "01")
    sqlite = reporting.url.startswith("sqlite")
    big = f"hex(zeroblob({LARGE // 2}))" if sqlite else f"repeat('0', {LARGE})"
    reporting.run(f"UPDATE BJJG SET FJ = {big}")
    with pytest.raises(PeerRefused, match="too_large|key or flag"):
        reporting.fetch()


def test_a_key_that_looks_like_a_list_is_fetched_and_marked(reporting: reports.Far) -> None:
    reporting.run("DROP TABLE BJJG", reports.DDL.replace("XH INTEGER", "XH VARCHAR(40)"))
    reporting.run("INSERT INTO BJJG (XH, YWLSH, ZT, GXSJ, CLBZ) VALUES ('[2026]1', 'N-1', '01', '1', '0')")
    (waiting,) = reporting.polled(lambda polls: polls.unread())
    report = reporting.fetch(waiting.key)
    assert report is not None and report.step == "accept"
    reporting.polled(lambda polls: polls.mark_read(waiting.key))
    assert reporting.polled(lambda polls: polls.unread()) == ()
