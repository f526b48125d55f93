"""The replica's file itself; what stands in it is tested with the file drop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from adapters.kinds.replica import Replica
from adapters.kinds.replica_keys import key_text, key_texts

SIGNS = st.sampled_from("豫（2026）()Ａａ1 \u3000é\u0301㎡各\u1100\u1161ﬁß")


@given(st.lists(st.text(SIGNS | st.characters(exclude_categories=["Cc", "Cs"]), max_size=12), min_size=1))
def test_keys_that_are_compared_together_are_those_that_are_compared_one_by_one(values: list[str]) -> None:
    assert key_texts(values) == [key_text(value) for value in values]


def test_many_that_look_into_a_new_replica_at_once_find_its_tables(tmp_path: Path) -> None:
    """A question and the night's files come at the same moment after a start: none may find a half-made file."""
    for number in range(20):
        replica, ready = Replica(tmp_path / f"{number}.sqlite"), threading.Barrier(8)
        (tmp_path / f"{number}.sqlite").touch(mode=0o600)

        def look(replica: Replica = replica, ready: threading.Barrier = ready) -> object:
            ready.wait()
            return replica.edition("f")

        with ThreadPoolExecutor(8) as people:
            assert [one.result() for one in [people.submit(look) for _ in range(8)]] == [None] * 8
        replica.close()
