"""A clock that is an hour off, a department's or ours: the caller is told by how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.client import ClientProblem
from tests.hub.api.wired import FOOD, Wired

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("off", "words"), [(-HOUR, "expired"), (HOUR, "in the future")])
def test_a_department_whose_clock_is_off_learns_by_how_much(wired: Wired, off: timedelta, words: str) -> None:
    peer = wired.peer(FOOD, datetime.now(UTC) + off)
    with pytest.raises(ClientProblem, match=words) as caught:
        peer.item_case("1-01")
    assert caught.value.status == 401 and "set your clock (NTP), or tell the operator that ours is wrong" in str(
        caught.value
    )
