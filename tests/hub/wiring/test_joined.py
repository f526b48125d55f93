"""Which mistakes of a site are a department's own to mend."""

from __future__ import annotations

from pathlib import Path

from catalog.mismatch import Mismatch
from hub.wiring.checking.finding import State
from hub.wiring.checking.joined import joined


def said(*files: str) -> list[tuple[State, str]]:
    mistakes = [Mismatch(file, 3, "X", "it is wrong") for file in files]
    return [(one.state, one.sentence) for one in joined(mistakes, "deeds", Path("site"))]


def test_a_mistake_of_the_dictionary_is_to_be_mended_for_the_mapping_is_written_in_its_words() -> None:
    mended = said("dictionary.toml", "dictionary/land.toml", "departments/deeds/department.toml")
    assert [state for state, _ in mended] == [State.MEND] * 3 and mended[1][1].startswith("dictionary/land.toml:3:")


def test_a_mistake_of_another_department_is_to_be_looked_at() -> None:
    assert [state for state, _ in said("departments/tax/department.toml", "grants.toml")] == [State.LOOK]
