"""What holds of the hub's pure rules whatever comes in: states, deadlines, answers, locks, grants, pauses. Examples stand beside each rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.types import CalendarDay, FieldType, Grant, Lock, Source
from catalog.workdays import calendar_of
from hub.cases.deadlines import Segment, acceptance_due, due, hours_due
from hub.cases.states import CASE_MOVES, ITEM_MOVES, CaseState, ItemState, open_moves
from hub.errors import HubError
from hub.jobs import LONGEST_PAUSE, pause_after
from hub.outbox import wire_key
from hub.policy import Allowed, may
from hub.prefill.fill import same
from hub.prefill.rules import REASONS, Act, Reason, overridden, typed
from hub.prefill.values import Alternative, Provenance, Status, Value
from tests.hub.prefill.making import NOW, definition, form_field
from tests.hub.prefill.test_fill import after, deed, police
from tests.hub.test_policy import BOUND, DEED, FREE, NEVER, USE

WORDS = st.text(max_size=30)
NAMES = st.sampled_from(["", " ", "演示乙", "演示丙", "示例　丁", "ＹＩＪＩＡＮ", "yijian"])
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
CALENDARS = st.lists(st.builds(CalendarDay, DAYS, st.booleans(), st.just(""), st.just("")), max_size=60, unique_by=lambda one: one.day).map(calendar_of)  # fmt: skip
MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
ACTIONS = st.lists(st.sampled_from(sorted({action for _, action in (*CASE_MOVES, *ITEM_MOVES)})), max_size=40)

# --- states -----------------------------------------------------------------------------------------------------------


@given(ACTIONS)
def test_whatever_is_tried_a_case_stays_in_its_table_and_ends_for_good(actions: list[str]) -> None:
    state, ended = CaseState.DRAFT, False
    for action in actions:
        after_it = CASE_MOVES.get((state, action), state)
        assert not ended or after_it is state
        state, ended = after_it, not open_moves(after_it)
        assert state in CaseState


@given(ACTIONS)
def test_whatever_is_tried_no_item_case_is_decided_twice(actions: list[str]) -> None:
    state, decisions = ItemState.WAITING, 0
    for action in actions:
        after_it = ITEM_MOVES.get((state, action), state)
        decisions += after_it is not state and action in ("approve", "deny", "complete", "refuse", "answer", "obtain")
        state = after_it
    assert decisions <= 1


# --- deadlines --------------------------------------------------------------------------------------------------------


@given(CALENDARS, DAYS, st.integers(0, 40), st.integers(0, 40))
def test_more_working_days_end_later(calendar, start, few, more) -> None:  # type: ignore[no-untyped-def]
    assert calendar.add_workdays(start, few)[0] <= calendar.add_workdays(start, few + more)[0]
    end, _ = calendar.add_workdays(start, few)
    assert calendar.workdays_between(start, end)[0] == few


@given(CALENDARS, MOMENTS, st.lists(st.integers(1, 20 * 24 * 60), max_size=6), st.integers(1, 30))
def test_a_pause_never_brings_a_deadline_nearer(calendar, begun, minutes, workdays) -> None:  # type: ignore[no-untyped-def]
    segments, at = [], begun
    for number, length in enumerate(minutes):
        segments.append(Segment(number, number % 2 == 0, "鉴定", "", at, at := at + timedelta(minutes=length)))
    segments.append(Segment(len(segments), True, "acceptance", "", at))
    without = due([Segment(0, True, "acceptance", "", begun)], workdays, calendar).on
    with_pauses = due(segments, workdays, calendar).on
    assert without is not None and with_pauses is not None and with_pauses >= without


@given(CALENDARS, MOMENTS, st.integers(0, 48), st.sampled_from(["", "08:30-12:00,14:30-18:00"]))
def test_a_limit_in_hours_never_lies_behind_its_beginning_and_grows(calendar, given_at, hours, office) -> None:  # type: ignore[no-untyped-def]
    limit = hours_due(given_at, hours, office, calendar)
    assert given_at <= limit <= hours_due(given_at, hours + 1, office, calendar)
    assert acceptance_due(given_at, 1, False, office, calendar) > given_at


# --- answers and locks ------------------------------------------------------------------------------------------------


@given(NAMES, NAMES)
def test_an_empty_answer_never_beats_a_value(one: str, other: str) -> None:
    value = after([police(name=one), deed(other)])["owner.name"].value
    assert bool(value) == bool(one.strip() or other.strip())


@given(st.sampled_from([FieldType.TEXT, FieldType.DECIMAL, FieldType.DATE, FieldType.INTEGER]), WORDS, WORDS)
def test_whether_two_values_are_the_same_is_asked_either_way(kind: FieldType, one: str, other: str) -> None:
    known = definition("x", kind)
    assert same(known, one, one) and same(known, one, other) == same(known, other, one)


SOURCE = Provenance("A", "police", "police", "police.person", "police.person", "q-1", 7, NOW)
LOCKED = form_field("owner.name", Source("police.person", "name", {"id_number": "owner.id_number"}), lock=Lock.LOCKED)
STANDING = st.sampled_from([Status.AUTO, Status.CONFIRMED, Status.WAITING, Status.CONFLICT])


@given(STANDING, WORDS, st.sampled_from(["", *REASONS, "made-up"]))
def test_a_locked_field_whose_source_stands_takes_nothing_that_is_posted(status: Status, text: str, code: str) -> None:
    held = "" if status is Status.WAITING else "演示乙"
    before = Value(LOCKED.key, held, status, SOURCE if held else None, (Alternative("演示乙", SOURCE),) if held else ())
    for act in (typed, overridden):
        try:
            changed = act(LOCKED, before, text, Act("clerk-1", NOW, Reason(code, "")))
        except HubError:
            continue
        assert changed.value == before.value and changed.status is before.status


# --- grants -----------------------------------------------------------------------------------------------------------

FIELDS = ["address", "area", "mortgage", "owners.owner_name", "owners", "unheard_of", ""]
GRANTS = st.builds(
    Grant,
    st.sampled_from(["G-1", "G-2"]),
    st.sampled_from([DEED.code, "police.person"]),
    st.sampled_from(["homestay", "other"]),
    st.just("不动产登记暂行条例"),
    st.just("第二十七条"),
    st.lists(st.sampled_from(FIELDS), max_size=4).map(tuple),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from(["411323", "411324"]),
)


@given(st.lists(GRANTS, max_size=4), st.lists(st.sampled_from(FIELDS), max_size=6), st.sampled_from([FREE, BOUND, NEVER]), st.sampled_from(["", USE.ground]))  # fmt: skip
def test_nobody_is_let_see_more_than_was_asked_and_granted(grants, fields, share, ground) -> None:  # type: ignore[no-untyped-def]
    decided = may(grants, replace(DEED, share=share), fields, replace(USE, ground=ground))
    if not isinstance(decided, Allowed):
        return
    assert share is not NEVER and set(decided.fields) <= set(fields) - {"mortgage", "unheard_of"}
    fitting = [g for g in grants if g.resource == DEED.code and g.purpose == USE.purpose and g.region == USE.region and g.until >= USE.today]  # fmt: skip
    named = {name for g in fitting for name in g.fields}
    assert set(decided.fields) <= named | ({"address"} if ground else set())
    assert {*decided.fields, *decided.cut} == set(fields)


# --- pauses and keys --------------------------------------------------------------------------------------------------


@given(st.integers(-5, 10_000))
def test_the_pause_before_another_try_grows_to_its_bound(tries: int) -> None:
    assert timedelta(seconds=1) <= pause_after(tries) <= pause_after(tries + 1) <= LONGEST_PAUSE


@given(WORDS, WORDS)
def test_the_far_side_sees_one_key_for_one_piece_of_work_and_cannot_read_it(one: str, other: str) -> None:
    key = bytes(range(32))
    assert (wire_key(key, one) == wire_key(key, other)) == (one == other)
    assert wire_key(key, one) != wire_key(bytes(32), one) and len(wire_key(key, one)) == 36
