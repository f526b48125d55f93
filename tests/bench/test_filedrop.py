"""The bench of dropped files: its numbers are well formed, and its file is taken in as a department's would be."""

from __future__ import annotations

from pathlib import Path

from adapters.kinds.values import is_id_number


def test_the_numbers_of_the_bench_are_made_up_and_well_formed() -> None:
    from filedrop import number_of

    numbers = {number_of(at) for at in range(0, 200_000, 37)}
    assert all(is_id_number(one) and one[14:16] == "99" for one in numbers) and len(numbers) == len(
        range(0, 200_000, 37)
    )


def test_a_short_run_takes_every_row_and_finds_what_it_asks_for(tmp_path: Path) -> None:
    from filedrop import measured

    found = measured(tmp_path, 400, 20)
    assert found["rows"] == 400 and found["rows_per_second"] > 0 and found["asked_meanwhile"] >= 0
