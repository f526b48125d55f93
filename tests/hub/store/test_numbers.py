"""Number series under load, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.store.database import Database
from hub.store.numbers import next_number


def take(database: Database, series: str = "case") -> int:
    with database.write() as session:
        return next_number(session, "411323", series, "20261120")


def test_sixteen_threads_get_numbers_without_gap_or_double(database: Database) -> None:
    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(lambda _: take(database), range(160)))
    assert sorted(numbers) == list(range(1, 161))


def test_a_number_that_was_rolled_back_is_given_again(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        assert next_number(session, "411323", "case", "20261120") == 1
        raise RuntimeError("the step failed")
    assert take(database) == 1


def test_series_count_by_themselves(database: Database) -> None:
    assert [take(database), take(database, "notice"), take(database)] == [1, 1, 2]
