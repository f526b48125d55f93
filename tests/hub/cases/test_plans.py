"""How SQLite finds what doors and steps ask for again and again: by an index, and in the order asked for. It measures no time.

A table that is read whole is quick in every test, and takes half a second in a county's tenth year.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from hub.cases.load import load_all
from tests.hub.cases.world import FIRM, REGION, World, opened

SMALL = ("accounts", "catalog_", "alembic_version", "CONSTANT ROW", "(subquery")
"""What may be read whole: it does not grow with the cases, or is a list of values in the statement itself."""


class Plans:
    """What SQLite does for each statement, a line for each table."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._seen: set[str] = set()

    def clear(self) -> None:
        self.lines.clear()
        self._seen.clear()

    def note(self, connection: Connection, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and statement not in self._seen:
            self._seen.add(statement)
            driver: Any = connection.connection.driver_connection
            explained = driver.execute(f"EXPLAIN QUERY PLAN {statement}", given[0] if many else given).fetchall()
            self.lines += [(line, statement) for *_, line in explained]

    def whole(self) -> set[tuple[str, str]]:
        """The tables that were read from end to end, with the statement."""
        return {one for one in self.lines if one[0].startswith("SCAN ") and not one[0][5:].startswith(SMALL)}

    def of(self, table: str) -> set[str]:
        """How this table was read, and what was sorted beside it."""
        about = {statement for line, statement in self.lines if line.split()[1] == table}
        return {line for line, statement in self.lines if statement in about}


@pytest.fixture
def world(tmp_path: Path, prepared_keys: Path, migrated_file: Path) -> Iterator[World]:
    """On SQLite: PostgreSQL plans by figures of its tables, which no test has."""
    shutil.copyfile(migrated_file, tmp_path / "hub.sqlite")
    made = opened(tmp_path / "hub", prepared_keys, f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with closing(made.hub):
        yield made


@pytest.fixture
def plans(world: World) -> Plans:
    noted = Plans()
    event.listen(world.hub.database.engine, "after_cursor_execute", noted.note)
    return noted


BY_ID = "SEARCH cases USING INDEX sqlite_autoindex_cases_1 (id=?)"


def test_a_case_from_its_opening_to_its_decisions_reads_no_table_whole(world: World, plans: Plans) -> None:
    case_id = world.dispatched()
    world.everything(case_id)
    assert world.state(case_id) == "archived"
    assert plans.lines and not plans.whole()


def test_a_page_of_the_work_list_reads_no_more_than_it_shows(world: World, plans: Plans) -> None:
    case_id = world.open()
    for text, state in (("", ""), ("", "checking"), (FIRM.uscc, ""), ("000001", "checking")):
        plans.clear()
        rows, _ = world.hub.clerk.work_list(world.clerk, text, state, 1)
        assert [row.id for row in rows] == [case_id] and not plans.whole() and BY_ID in plans.of("cases")
        if not text:
            index = "ix_cases_work_list (region=? AND state=?)" if state else "ix_cases_newest (region=?)"
            assert plans.of("cases") - {BY_ID} == {f"SEARCH cases USING COVERING INDEX {index}"}


def test_cases_by_their_ids_are_not_looked_for_in_the_region(world: World, plans: Plans) -> None:
    ids = [world.open(f"k{n}") for n in range(2)]
    plans.clear()
    with world.hub.database.read() as session:
        assert [case.id for case in load_all(session, ids, REGION)] == ids
    assert plans.of("cases") == {BY_ID}


def test_an_inbox_is_read_in_the_order_in_which_it_is_shown(world: World, plans: Plans) -> None:
    world.dispatched()
    for state, index in (("open", "ix_inbox_entries_desk"), ("done", "ix_inbox_entries_done")):
        plans.clear()
        world.hub.reviewer.inbox(world.officer("health"), state, 1)
        assert f"SEARCH inbox_entries USING INDEX {index} (department=? AND state=?)" in plans.of("inbox_entries")
        assert "USE TEMP B-TREE FOR ORDER BY" not in plans.of("inbox_entries")
