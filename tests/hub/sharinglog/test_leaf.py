"""The bytes of a leaf: written quickly when it is made, and read slowly when it is checked. Both are the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sharinglog import commitments
from hub.sharinglog.errors import BadRecord, LeafCarriesPersonalData
from hub.sharinglog.records import Draft

NOW = datetime(2026, 11, 20, 2, 0, 0, 250, tzinfo=UTC)
NAMES = st.text("abcdefghij_", min_size=1, max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=20)
PLAIN = TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.lists(TEXTS, max_size=3)
CLEAR = st.dictionaries(NAMES, PLAIN | st.dictionaries(NAMES, PLAIN, max_size=4), max_size=6)


def made(**clear: object) -> commitments.Leaf:
    return commitments.make_leaf(Draft("admin", clear, {"note": "示例"}), "node", NOW, lambda count: bytes(count))


@given(CLEAR)
def test_a_leaf_is_written_as_its_check_wants_it(clear: dict[str, object]) -> None:
    body = made(**clear).body
    assert commitments.canonical(json.loads(body)) == body


@pytest.mark.parametrize("number", [13800000000, 411323199001019900, -13800000000])
def test_a_number_that_may_be_a_persons_is_refused_in_clear(number: int) -> None:
    with pytest.raises(LeafCarriesPersonalData, match="rows"):
        made(rows=number)


def test_a_number_of_ten_digits_is_nobodys() -> None:
    assert b'"rows":9999999999' in made(rows=9_999_999_999).body


def test_half_a_character_is_refused_with_advice() -> None:
    with pytest.raises(BadRecord, match="whole characters"):
        made(reason="\ud840")
