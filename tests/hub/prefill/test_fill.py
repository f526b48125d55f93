"""What answers make of the form: the rules of prefilled fields, each with the complaint that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.types import FieldType, FormField, Lock, Source
from hub.prefill.fill import fill, reached, same, strayed, unfit
from hub.prefill.values import Alternative, Provenance, Reply, Status, Value
from tests.hub.prefill.making import NOW, definition, form_field

KNOWN = {"owner.id_number": "1"}
BY = {"id_number": "owner.id_number"}
NAME = form_field("owner.name", Source("police.person", "name", BY), Source("estate.deed", "owners[0].name", BY))
BORN = form_field(
    "owner.birth_date",
    Source("police.person", "birth_date", BY),
    Source("estate.deed", "born", BY),
    type_=FieldType.DATE,
)
HOME = form_field("owner.home", Source("police.person", "home", BY), type_=FieldType.ADDRESS, lock=Lock.EDITABLE)
FORM = (NAME, BORN, HOME)


def said(resource: str, values: dict[str, str], *, open_: bool = False, query: str = "", **more: object) -> Reply:
    department = resource.partition(".")[0]
    source = Provenance("A", department, department, resource, resource, query or f"q-{resource}", 7, NOW)
    return Reply(resource, {"id_number": "1"}, "owner", open_, source, values, **more)  # type: ignore[arg-type]


def police(**values: str) -> Reply:
    return said("police.person", values)


def deed(name: str = "", **values: str) -> Reply:
    return said("estate.deed", values, lists={"owners": ({"name": name},)})


def after(
    replies: Sequence[Reply],
    values: dict[str, Value] | None = None,
    form: Sequence[FormField] = FORM,
    known: dict[str, str] | None = None,
) -> dict[str, Value]:
    values = dict(values or {})
    for change in fill(form, values, replies, KNOWN if known is None else known):
        values[change.after.key] = change.after
    return values


def test_a_value_from_one_source_is_taken_with_its_provenance():
    value = after([police(name="演示乙")])["owner.name"]
    assert (value.value, value.status) == ("演示乙", Status.AUTO)
    assert value.source == Provenance(
        "A", "police", "police", "police.person", "police.person", "q-police.person", 7, NOW
    )


def test_an_empty_second_source_never_overwrites_the_first():  # open-forms #4692
    values = after([police(name="演示乙"), deed("")])
    assert values["owner.name"].value == "演示乙"
    assert after([deed("")], values)["owner.name"].value == "演示乙"


def test_an_empty_answer_that_comes_first_does_not_block_the_second():
    values = after([police(name="")])
    assert values["owner.name"].status is Status.EMPTY
    assert after([deed("演示乙")], values)["owner.name"].value == "演示乙"


def test_two_sources_that_agree_give_one_value_with_the_first_sources_provenance():
    value = after([deed("演示乙"), police(name="演示乙")])["owner.name"]
    assert value.status is Status.AUTO
    assert value.source is not None
    assert value.source.resource == "police.person"
    assert [one.source.resource for one in value.alternatives] == ["police.person", "estate.deed"]


def test_two_sources_that_differ_are_a_conflict_with_both_values_and_their_sources():
    value = after([deed("演示乙"), police(name="演示已")])["owner.name"]
    assert value.status is Status.CONFLICT
    assert not value.usable
    assert [(one.value, one.source.resource) for one in value.alternatives] == [
        ("演示已", "police.person"),
        ("演示乙", "estate.deed"),
    ]


def test_a_conflict_ends_by_itself_when_the_department_mends_its_record():
    conflict = after([deed("演示乙"), police(name="演示已")])
    assert after([deed("演示乙"), police(name="演示乙")], conflict)["owner.name"].status is Status.AUTO


def test_a_second_answer_of_the_same_query_replaces_the_first():
    assert after([police(name="演示已")], after([police(name="演示乙")]))["owner.name"].value == "演示已"


def test_two_fields_of_one_answer_that_differ_are_a_conflict_too():
    form = (form_field("owner.name", Source("police.person", "name", BY), Source("police.person", "former_name", BY)),)
    value = after([police(name="演示乙", former_name="演示丁")], form=form)["owner.name"]
    assert value.status is Status.CONFLICT
    assert after([police(name="演示乙", former_name="演示丁")], {"owner.name": value}, form)["owner.name"] == value


def test_badly_normalised_values_are_no_conflict():  # open-forms #1833, #2399
    value = after([said("police.person", {"home": " 示例路 １号"})])["owner.home"]
    assert value.value == "示例路1号"
    assert same(definition("n"), "测试（甲）", "测试(甲)")
    assert same(definition("n", FieldType.DECIMAL), "120.50", "120.5")
    assert not same(definition("n"), "测试甲", "测试乙")


def test_a_date_known_to_the_year_agrees_with_the_exact_one_which_is_taken():  # open-forms #315
    rough = said("police.person", {"birth_date": "1985-01-01"}, precision={"birth_date": "year"})
    value = after([rough, deed(born="1985-12-12")])["owner.birth_date"]
    assert (value.value, value.status) == ("1985-12-12", Status.AUTO)


def test_a_rough_date_keeps_its_precision_in_the_provenance():
    rough = said("police.person", {"birth_date": "1985-05-01"}, precision={"birth_date": "month"})
    value = after([rough])["owner.birth_date"]
    assert value.source is not None
    assert value.source.precision == "month"
    partial = replace(BORN, definition=replace(BORN.definition, partial=True))
    assert after([rough], form=(partial,))["owner.birth_date"].value == "1985-05"


def test_two_rough_dates_of_different_years_are_a_conflict():
    rough = said("police.person", {"birth_date": "1984-01-01"}, precision={"birth_date": "year"})
    assert after([rough, deed(born="1985-12-12")])["owner.birth_date"].status is Status.CONFLICT


def test_a_value_that_breaks_the_dictionary_counts_as_silence():
    reply = police(birth_date="不详")
    assert after([reply])["owner.birth_date"].status is Status.EMPTY
    assert unfit(FORM, reply, KNOWN) == {"owner.birth_date": "BAD_DATE"}


def test_a_field_waits_while_its_source_may_answer_and_is_empty_when_none_will():
    assert after([said("police.person", {}, open_=True)])["owner.home"].status is Status.WAITING
    assert after([police()])["owner.home"].status is Status.EMPTY


def test_a_field_waits_while_the_key_it_is_asked_with_is_still_coming():
    key = form_field("owner.id_number", Source("estate.deed", "owners[0].id", {"deed_no": "premises.deed_no"}))
    waiting = Reply("estate.deed", {"deed_no": "9"}, "premises", True, Provenance("A", query_id="q"))
    values = after([waiting], form=(key, *FORM), known={"premises.deed_no": "9"})
    assert {value.status for value in values.values()} == {Status.WAITING}


def test_what_a_person_typed_while_the_source_was_down_becomes_a_departments_value_when_it_says_the_same():
    typed = Value("owner.home", "示例路1号", Status.MANUAL, Provenance("D", by="clerk"))
    value = after([police(home="示例路1号")], {"owner.home": typed})["owner.home"]
    assert value.status is Status.AUTO
    assert value.source is not None
    assert value.source.department == "police"


def test_a_late_answer_that_differs_from_what_a_person_typed_is_a_conflict():
    typed = Value("owner.home", "示例路2号", Status.MANUAL, Provenance("D", by="clerk"))
    value = after([police(home="示例路1号")], {"owner.home": typed})["owner.home"]
    assert value.status is Status.CONFLICT
    assert [one.value for one in value.alternatives] == ["示例路1号", "示例路2号"]
    assert after([police(home="示例路1号")], {"owner.home": value})["owner.home"] == value


def test_an_override_stands_when_the_same_answer_comes_again():
    before = Alternative("示例路1号", police().source)
    overridden = Value("owner.home", "示例路2号", Status.OVERRIDDEN, Provenance("C", by="clerk"), (before,))
    assert after([police(home="示例路1号")], {"owner.home": overridden})["owner.home"] == overridden


def test_an_override_is_questioned_when_a_department_says_something_new():
    before = Alternative("示例路1号", police().source)
    overridden = Value("owner.home", "示例路2号", Status.OVERRIDDEN, Provenance("C", by="clerk"), (before,))
    value = after([police(home="示例路3号")], {"owner.home": overridden})["owner.home"]
    assert value.status is Status.CONFLICT
    assert [one.value for one in value.alternatives] == ["示例路3号", "示例路2号"]
    assert after([police(home="示例路3号")], {"owner.home": value})["owner.home"] == value


def test_a_confirmed_value_never_changes_quietly():
    confirmed = Value("owner.home", "示例路1号", Status.CONFIRMED, replace(police().source, by="clerk"))
    value = after([police(home="示例路3号")], {"owner.home": confirmed})["owner.home"]
    assert value.status is Status.CONFLICT
    assert {one.value for one in value.alternatives} == {"示例路1号", "示例路3号"}
    assert after([police(home="示例路3号")], {"owner.home": value})["owner.home"] == value


def test_an_answer_about_somebody_else_fills_nothing():
    other = replace(police(name="示例丙"), subject={"id_number": "2"})
    assert after([other])["owner.name"].status is Status.EMPTY


def test_a_value_that_came_for_a_subject_no_longer_named_is_taken_back():
    values = after([police(name="演示乙")])
    [change, *_] = strayed(FORM, values, [police(name="演示乙")], {"owner.id_number": "2"})
    assert change.after == Value("owner.name")


def test_while_a_number_is_in_conflict_nothing_that_came_for_it_is_taken_back():
    values = after([police(name="演示乙")]) | {"owner.id_number": Value("owner.id_number", "1", Status.CONFLICT)}
    assert strayed(FORM, values, [police(name="演示乙")], {}) == []


def test_what_a_person_typed_outlives_the_answer_it_was_in_conflict_with():
    typed = Value("owner.home", "示例路2号", Status.MANUAL, Provenance("D", by="clerk"))
    conflict = after([police(home="示例路1号")], {"owner.home": typed})
    [change] = strayed((HOME,), conflict, [police(home="示例路1号")], {"owner.id_number": "2"})
    assert (change.after.value, change.after.status) == ("示例路2号", Status.MANUAL)


def test_only_what_an_answer_said_counts_as_reached():
    [one] = reached((NAME,), [police(name="演示乙")], KNOWN)
    assert (one.key, one.value, one.resource, one.about) == ("owner.name", "演示乙", "police.person", "owner")


def test_no_value_shows_in_a_repr():
    value = after([deed("演示乙"), police(name="演示已")])["owner.name"]
    assert "演示" not in repr(value) + repr(police(name="演示乙"))


# --- for any answers ----------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(["", "甲", "乙", "丙"])
REPLIES = st.builds(
    lambda p, d, h, b: [police(name=p, home=h, birth_date=b), deed(d)],
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(["", "1985-12-12", "?"]),
)
STATUSES = st.sampled_from([Status.MANUAL, Status.OVERRIDDEN, Status.CONFIRMED])


@st.composite
def typed_values(draw: st.DrawFn) -> dict[str, Value]:
    key, text = draw(st.sampled_from(["owner.name", "owner.home"])), draw(st.sampled_from(["甲", "丁"]))
    return {key: Value(key, text, draw(STATUSES), Provenance("D", by="clerk"))} if draw(st.booleans()) else {}


@settings(max_examples=150, deadline=None)
@given(REPLIES, REPLIES, typed_values())
def test_fill_never_replaces_a_value_by_nothing(first: list[Reply], second: list[Reply], values: dict[str, Value]):
    once = after(first, values)
    twice = after(second, once)
    assert all(twice[key].value for key, value in once.items() if value.value)


@settings(max_examples=150, deadline=None)
@given(REPLIES, typed_values())
def test_filling_twice_changes_nothing(replies: list[Reply], values: dict[str, Value]):
    once = after(replies, values)
    assert fill(FORM, once, replies, KNOWN) == []


@settings(max_examples=150, deadline=None)
@given(REPLIES, st.booleans())
def test_the_order_of_answers_does_not_matter(replies: list[Reply], together: bool):
    forward, backward = after(replies), after(list(reversed(replies)))
    one_by_one = after([replies[1]], after([replies[0]]))
    other_way = after([replies[0]], after([replies[1]]))
    assert forward == backward == one_by_one == other_way


@settings(max_examples=100, deadline=None)
@given(REPLIES, STATUSES)
def test_what_a_person_decided_is_kept_or_openly_in_conflict(replies: list[Reply], status: Status):
    decided = Value("owner.home", "丁", status, Provenance("C", by="clerk"))
    value = after(replies, {"owner.home": decided})["owner.home"]
    assert value.value == "丁" or (
        value.status is Status.CONFLICT and "丁" in [one.value for one in value.alternatives]
    )


def test_provenance_survives_its_json():
    source = replace(police().source, as_of=NOW, verified=True, precision="year")
    assert Provenance.from_json(source.to_json()) == source
