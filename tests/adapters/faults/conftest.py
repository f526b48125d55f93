"""One open door for each file of tests that asks for it; loops and lines are shared, far sides are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.adapters.faults.doors import DOORS, Open

Opening = Callable[[str], Open]


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opening]:
    """The door of that name, opened once."""
    opened: dict[str, Open] = {}

    def of(name: str) -> Open:
        if name not in opened:
            opened[name] = Open(DOORS[name], tmp_path_factory.mktemp("door"))
        return opened[name]

    yield of
    for door in opened.values():
        door.close()
