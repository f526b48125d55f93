"""What a matter demands for one choice: items, the one form, the one set of materials."""

from __future__ import annotations

from dataclasses import replace

from catalog.demand import asked_fields, check_choice, form_of, items_for, materials_of, questions_for, situation
from catalog.loading import Loaded
from catalog.types import Code, Lock, Matter, PolicyValue, Question, Site

BOTH = ("stage-check", "stage-permit")


def stage(loaded: Loaded) -> tuple[Site, Matter]:
    return loaded.site, loaded.site.matters["open-stage"]


def codes(site: Site, matter: Matter, chosen: tuple[str, ...], answers: dict[str, str]) -> list[str]:
    return [problem.code for problem in check_choice(site, matter, chosen, answers)]


def test_items_come_in_the_matter_s_order_not_the_file_s(loaded: Loaded) -> None:
    assert items_for(stage(loaded)[1], {}) == BOTH


def test_an_item_of_another_situation_is_left_out_and_may_not_be_chosen(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    rented_only = replace(matter, items=(matter.items[0], replace(matter.items[1], when={"venue": ("leased",)})))
    assert items_for(rented_only, {}) == ("stage-check",)
    assert items_for(rented_only, {"venue": "leased"}) == BOTH
    assert codes(site, rented_only, BOTH, {"venue": "own"}) == ["NOT_IN_SITUATION"]


def test_a_field_that_two_items_use_is_asked_once_and_names_both(loaded: Loaded) -> None:
    form = form_of(stage(loaded)[1], BOTH, {})
    keys = [field.key for field in form.fields]
    assert keys.count("enterprise.uscc") == 1
    assert form.used_by["enterprise.uscc"] == BOTH
    assert form.used_by["stage.venue"] == ("stage-permit",)


def test_fields_of_an_item_not_chosen_are_not_asked(loaded: Loaded) -> None:
    form = form_of(stage(loaded)[1], ("stage-check",), {})
    assert [field.key for field in form.fields] == ["enterprise.uscc", "enterprise.enterprise_name", "stage.stage_area"]
    assert [(group.title, len(group.keys)) for group in form.groups] == [("申请企业", 2), ("舞台", 1)]


def test_the_key_that_an_answer_is_asked_with_comes_with_the_field(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    item = replace(site.items["stage-check"], fields=("enterprise.enterprise_name",))
    form = form_of(replace(matter, demands={**matter.demands, "stage-check": item}), ("stage-check",), {})
    assert set(form.used_by) == {"enterprise.uscc", "enterprise.enterprise_name"}


def test_a_locked_field_without_a_source_in_this_situation_opens_to_the_clerk(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    sourced = matter.fields[1]
    elsewhere = replace(sourced, sources=(replace(sourced.sources[0], when={"venue": ("leased",)}),))
    changed = replace(matter, fields=(matter.fields[0], elsewhere, *matter.fields[2:]))
    owned = form_of(changed, BOTH, {"venue": "own"}).field(sourced.key)
    leased = form_of(changed, BOTH, {"venue": "leased"}).field(sourced.key)
    assert owned is not None and (owned.sources, owned.lock) == ((), Lock.EDITABLE)
    assert leased is not None and leased.lock is Lock.LOCKED and len(leased.sources) == 1


def test_a_material_of_two_items_is_asked_once_with_the_larger_number_of_copies(loaded: Loaded) -> None:
    found = {needed.material.code: needed for needed in materials_of(stage(loaded)[1], BOTH, {})}
    assert found["licence"].items == BOTH
    assert found["licence"].material.paper_copies == 2
    assert found["licence"].exemption is not None


def test_a_material_of_another_situation_is_not_asked(loaded: Loaded) -> None:
    owned = materials_of(stage(loaded)[1], BOTH, {"venue": "own"})
    leased = materials_of(stage(loaded)[1], BOTH, {"venue": "leased"})
    assert {one.material.code for one in leased} - {one.material.code for one in owned} == {"lease"}


def test_an_earlier_result_exempts_only_when_that_item_is_chosen_too(loaded: Loaded) -> None:
    both = {one.material.code: one.exemption for one in materials_of(stage(loaded)[1], BOTH, {})}
    alone = {one.material.code: one.exemption for one in materials_of(stage(loaded)[1], ("stage-permit",), {})}
    assert both["check-result"] is not None and both["check-result"].upstream_item == "stage-check"
    assert alone["check-result"] is None


def test_a_good_choice_has_no_problem(loaded: Loaded) -> None:
    assert codes(*stage(loaded), ("stage-permit",), {"venue": "leased"}) == []


def test_a_choice_of_nothing_or_of_the_unknown_is_a_problem(loaded: Loaded) -> None:
    assert codes(*stage(loaded), (), {}) == ["NOTHING_CHOSEN"]
    assert codes(*stage(loaded), ("tea",), {}) == ["UNKNOWN_ITEM"]
    assert codes(*stage(loaded), ("stage-check", "stage-check"), {}) == ["CHOSEN_TWICE"]


def test_answers_must_be_of_the_matter(loaded: Loaded) -> None:
    assert codes(*stage(loaded), BOTH, {"venue": "borrowed"}) == ["UNKNOWN_ANSWER"]
    assert codes(*stage(loaded), BOTH, {"weather": "fine"}) == ["UNKNOWN_QUESTION"]


YES_NO = (Code("yes", "是"), Code("no", "否"))


def test_a_question_of_another_situation_is_not_asked_and_its_default_stands(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    chain = (
        Question("notified", "通知过出租人吗？", YES_NO, when={"sublet": ("yes",)}),
        Question("sublet", "可以转租吗？", YES_NO, "no", when={"venue": ("leased",)}),
    )
    asking = replace(matter, questions=(*chain, *matter.questions))
    stale = {"venue": "own", "sublet": "yes", "notified": "yes"}
    assert situation(asking, stale) == {"venue": "own", "sublet": "no", "notified": ""}
    assert [one.key for one in questions_for(asking, stale)] == ["venue"]
    assert codes(site, asking, BOTH, stale) == [], "a question that is not asked needs no answer"
    assert codes(site, asking, BOTH, {"venue": "leased", "sublet": "yes"}) == ["NOT_ANSWERED"]


def test_items_that_law_joins_are_chosen_together_or_not_at_all(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    joined = replace(matter, together=(BOTH,))
    assert codes(site, joined, ("stage-permit",), {}) == ["NOT_TOGETHER"]
    assert codes(site, joined, BOTH, {}) == []


def test_where_a_site_allows_no_part_of_a_matter_all_items_are_required(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    whole = replace(
        site, policy={**site.policy, "partial_choice": PolicyValue("partial_choice", False, "county", "示例", "K-14")}
    )
    assert codes(whole, matter, ("stage-check",), {}) == ["ITEM_REQUIRED"]


def test_what_is_asked_of_a_resource_names_fields_of_lists_without_their_row(loaded: Loaded) -> None:
    site, matter = stage(loaded)
    asked = asked_fields(matter, [site.items["stage-permit"]])
    assert asked == {"register.licence": ("enterprise_name", "legal_representative_name", "partners.name")}
