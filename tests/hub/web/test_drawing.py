"""Where boxes and proofs are drawn, and how values are written."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web import drawing, wording


def test_what_waits_stands_right_of_what_it_waits_for() -> None:
    flow = drawing.flow({"fire": (), "hygiene": (), "hotel": ("fire", "hygiene", "not chosen")}, drawing.Size(100))
    assert flow.boxes["fire"].x == flow.boxes["hygiene"].x == 0 < flow.boxes["hotel"].x
    assert len(flow.lines) == 2 and flow.boxes["fire"].y < flow.boxes["hotel"].y < flow.boxes["hygiene"].y


def test_a_circle_of_waiting_is_drawn_and_not_walked_for_ever() -> None:
    assert set(drawing.flow({"a": ("b",), "b": ("a",)}, drawing.Size(100)).boxes) == {"a", "b"}
    assert drawing.flow({}, drawing.Size(100)).boxes == {}


def leaf(value: int) -> bytes:
    return sha256(b"\x00" + bytes([value])).digest()


def root_and_path(leaves: list[bytes], index: int) -> tuple[bytes, list[str]]:
    """RFC 6962 §2.1 as it is written there."""
    if len(leaves) == 1:
        return leaves[0], []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:split], leaves[split:]
    if index < split:
        top, path = root_and_path(left, index)
        other = root_and_path(right, 0)[0]
        return sha256(b"\x01" + top + other).digest(), [*path, other.hex()]
    top, path = root_and_path(right, index - split)
    other = root_and_path(left, 0)[0]
    return sha256(b"\x01" + other + top).digest(), [*path, other.hex()]


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_the_drawn_sides_lead_from_the_leaf_to_the_root(place: tuple[int, int]) -> None:
    size, index = place
    leaves = [leaf(n) for n in range(size)]
    root, path = root_and_path(leaves, index)
    ours = leaves[index]
    for rung in drawing.rungs(index, size, path):
        pair = (bytes.fromhex(rung.sibling), ours) if rung.left else (ours, bytes.fromhex(rung.sibling))
        ours = sha256(b"\x01" + pair[0] + pair[1]).digest()
    assert ours == root


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("20261120", "2026-11-20"),
        ("2026.1.2", "2026-01-02"),
        ("2026年11月20日", "2026-11-20"),
        ("长期", "长期"),
        ("2026112", "2026112"),
    ],
)
def test_a_typed_date_is_read_and_anything_else_left_alone(typed: str, meant: str) -> None:
    assert wording.typed_date(typed) == meant


def test_moments_are_written_as_people_in_china_read_them() -> None:
    assert wording.moment(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)) == "11-21 00:05"
    assert wording.day(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)) == "2026-11-21"
    assert [wording.span(n) for n in (None, 5, 61, 7300, 200000)] == ["—", "5 秒", "1 分钟", "2 小时", "2 天"]


@pytest.mark.parametrize(("picked", "written", "meant"), [("其他", "", ""), ("其他", "急办", "急办"), ("已核对原件", "", "已核对原件"), ("其他原因", "急办", "其他原因：急办")])  # fmt: skip
def test_a_reason_is_its_title_and_its_words(picked: str, written: str, meant: str) -> None:
    assert wording.reason(picked, written) == meant
