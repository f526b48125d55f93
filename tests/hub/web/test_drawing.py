"""Where boxes and proofs are drawn, and how values are written."""

from __future__ import annotations

import re
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


SIZE = drawing.Size(176, 44, 44)
KTV = {"food": (), "design": (), "hygiene": (), "works": ("design",), "fire": ("works",), "songs": ("fire", "hygiene")}


def points(line: str) -> list[tuple[float, float]]:
    """Along the path: its straight parts and its Bézier curves."""
    parts = [(word[0], [float(n) for n in word[1:].split()]) for word in re.findall(r"[MCL][^MCL]+", line)]
    found = [(parts[0][1][0], parts[0][1][1])]
    for kind, n in parts[1:]:
        start = found[-1]
        bent = list(zip(n[::2], n[1::2], strict=True)) if kind == "C" else [start, *[(n[0], n[1])] * 2]
        four = [start, *bent]
        for t in (step / 40 for step in range(1, 41)):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            found.append(tuple(sum(w * p[axis] for w, p in zip(weights, four, strict=True)) for axis in (0, 1)))  # type: ignore[arg-type]
    return found


def behind(flow: drawing.Flow) -> list[str]:
    """Boxes into which a line goes further than to their edge."""
    places = [place for line in flow.lines for place in points(line)]
    return [
        box.code
        for box in flow.boxes.values()
        if any(box.x < x < box.x + SIZE.width and box.y < y < box.y + SIZE.height for x, y in places)
    ]


def test_a_line_over_several_columns_passes_behind_no_box() -> None:
    flow = drawing.flow(KTV, SIZE)
    assert behind(flow) == [] and len(flow.lines) == 4
    straight = drawing.flow({"a": (), "b": ("a",), "c": ("b", "a")}, SIZE)
    assert behind(straight) == [] and straight.height > SIZE.height, "where no row is free it passes below"


@given(st.lists(st.sets(st.integers(0, 8), max_size=4), min_size=1, max_size=9))
def test_no_line_passes_through_a_foreign_box(above: list[set[int]]) -> None:
    waits = {str(at): [str(up) for up in sorted(ups) if up < at] for at, ups in enumerate(above)}
    flow = drawing.flow(waits, SIZE)
    assert behind(flow) == []
    assert all(
        -0.1 < y < flow.height + 0.1 and -0.1 < x < flow.width + 0.1 for line in flow.lines for x, y in points(line)
    )


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
