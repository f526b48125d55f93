"""What is asked next: as few questions as possible, each for no more than the form needs, about nobody who does not belong to the case."""

from __future__ import annotations

from catalog.types import Exemption, Source
from hub.policy import Party, Reached, Standing
from hub.prefill.plan import Wanted, plan
from tests.hub.prefill.making import (
    BY_DEED,
    BY_OWNER,
    BY_REPRESENTATIVE,
    BY_USCC,
    DEED,
    FIELDS,
    LICENCE,
    OWNER,
    PERSON,
    REPRESENTATIVE,
    ROLES,
    STRANGER,
    USCC,
    form_field,
)

PROVEN = Standing(ROLES, (Party("enterprise", USCC, "licence_scan"),))
WANTED = Wanted(FIELDS)


def test_all_fields_of_one_resource_and_subject_are_one_question():
    planned = plan(WANTED, {"enterprise.uscc": USCC}, PROVEN, {})
    assert [(one.resource, one.fields) for one in planned] == [
        ("market.licence", ("enterprise_name", "representative_id", "representative_name")),
        ("estate.lease", ("deed_no",)),
    ]
    assert planned[0].wanted_for == ("enterprise.name", "representative.id_number", "representative.name")


def test_nothing_is_asked_before_its_subject_is_known():
    assert plan(WANTED, {}, PROVEN, {}) == []
    assert plan(WANTED, {"enterprise.uscc": ""}, PROVEN, {}) == []


def test_what_was_asked_is_not_planned_again():
    known = {"enterprise.uscc": USCC}
    asked = {one.question: frozenset(one.fields) for one in plan(WANTED, known, PROVEN, {})}
    assert plan(WANTED, known, PROVEN, asked) == []


def test_a_question_asked_for_fewer_fields_is_planned_again_with_all_of_them():
    asked = {("market.licence", frozenset({("uscc", USCC)})): frozenset({"enterprise_name", "capital"})}
    [licence, _lease] = plan(WANTED, {"enterprise.uscc": USCC}, PROVEN, asked)
    assert licence.fields == ("capital", "enterprise_name", "representative_id", "representative_name")


def test_an_owners_number_typed_by_hand_opens_nobodys_register_entry():
    known = {"enterprise.uscc": USCC, "owner.id_number": STRANGER, "representative.id_number": STRANGER}
    assert PERSON.code not in [one.resource for one in plan(WANTED, known, PROVEN, {})]


def test_a_deed_number_typed_by_hand_opens_no_deed():
    known = {"premises.deed_no": "示例-0002"}
    assert plan(WANTED, known, PROVEN, {}) == []


def test_an_owner_named_by_the_deed_may_be_asked_about():
    reached = Reached("owner.id_number", OWNER, DEED.code, "premises")
    standing = Standing(ROLES, PROVEN.parties, (reached,))
    [person] = plan(WANTED, {"owner.id_number": OWNER}, standing, {})
    assert (person.resource, person.role, person.fields) == (PERSON.code, "owner", ("name",))


def test_two_roles_held_by_the_same_person_are_one_question():
    reached = (
        Reached("owner.id_number", OWNER, DEED.code, "premises"),
        Reached("representative.id_number", OWNER, LICENCE.code, "enterprise"),
    )
    known = {"owner.id_number": OWNER, "representative.id_number": OWNER}
    [person] = plan(WANTED, known, Standing(ROLES, (), reached), {})
    assert person.fields == ("birth_date", "name")
    assert person.wanted_for == ("representative.name", "representative.birth_date", "owner.name")


def test_a_material_that_a_record_exempts_is_asked_for_without_any_field():
    wanted = Wanted((), (Exemption(LICENCE.code, BY_USCC), Exemption(upstream_item="hygiene")))
    [licence] = plan(wanted, {"enterprise.uscc": USCC}, PROVEN, {})
    assert (licence.resource, licence.fields) == (LICENCE.code, ())


def test_a_material_and_a_form_that_need_the_same_record_ask_once():
    wanted = Wanted(FIELDS, (Exemption(LICENCE.code, BY_USCC),))
    assert [one.resource for one in plan(wanted, {"enterprise.uscc": USCC}, PROVEN, {})] == [
        "market.licence",
        "estate.lease",
    ]


def test_a_field_of_a_nested_list_is_asked_by_its_plain_name():
    reached = Reached("premises.deed_no", "示例-0001", "estate.lease", "enterprise")
    [deed] = plan(WANTED, {"premises.deed_no": "示例-0001"}, Standing(ROLES, (), (reached,)), {})
    assert deed.fields == ("address", "owners.id")


def test_a_stranger_beside_a_proven_party_is_not_planned():
    both = {"id_number": "owner.id_number", "uscc": "enterprise.uscc"}
    field = form_field("owner.debts", Source("court.debts", "sum", both))
    known = {"owner.id_number": STRANGER, "enterprise.uscc": USCC}
    assert plan(Wanted((field,)), known, PROVEN, {}) == []


def test_no_subject_shows_in_a_repr():
    planned = plan(WANTED, {"enterprise.uscc": USCC}, PROVEN, {})
    assert USCC not in repr(planned)
    assert {*BY_DEED, *BY_OWNER, *BY_REPRESENTATIVE} == {"deed_no", "id_number"}
    assert REPRESENTATIVE not in repr(Standing(ROLES, (Party("representative", REPRESENTATIVE),)))
