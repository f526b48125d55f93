"""Which fields may be asked for which purpose, and which subjects belong to a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from catalog.types import CertificateGrant, Grant, Relation, Resource, ResourceField, ResourceList, Role, ShareType
from hub.policy import Allowed, Party, Reached, Refused, Standing, Tie, Use, may, may_have, subject_allowed

FREE, BOUND, NEVER = ShareType.UNCONDITIONAL, ShareType.CONDITIONAL, ShareType.WITHHELD
DEED = Resource(
    "real-estate.deed",
    "real-estate",
    "不动产登记信息",
    BOUND,
    ("deed_no",),
    (ResourceField("address", FREE, {}), ResourceField("area", BOUND, {}), ResourceField("mortgage", NEVER, {})),
    (ResourceList("owners", "权利人", BOUND, {}, (ResourceField("owner_name", FREE, {}),)),),
)
GRANT = Grant("G-1", DEED.code, "homestay", "不动产登记暂行条例", "第二十七条", ("area",), date(2027, 1, 1), "411323")
USE = Use("homestay", "411323", "旅馆业治安管理办法 第四条", date(2026, 11, 20))

PERSON = "41132319900101991X"
OTHER = "41132319851212992X"
APPLICANT = Role("applicant", "申请人", "enterprise", "uscc")
OWNER = Role("owner", "产权人", "person", "id_number", relation=Relation("owner.id_number", (DEED.code,)))
PREMISES = Role("premises", "经营场所", "premises", "deed_no")
ROLES = (APPLICANT, OWNER, PREMISES)


def test_an_unconditional_field_is_asked_on_the_ground_of_the_item():
    assert may((), DEED, ("address",), USE) == Allowed("", USE.ground, "", ("address",))


def test_an_unconditional_field_without_any_ground_is_refused():
    assert may((), DEED, ("address",), replace(USE, ground="")) == Refused("no_ground", ("address",))


def test_a_conditional_field_needs_a_grant_that_names_it():
    assert may((), DEED, ("area",), USE) == Refused("no_grant", ("area",))
    assert may((GRANT,), DEED, ("area",), USE) == Allowed("G-1", GRANT.ground, GRANT.clause, ("area",))


def test_what_may_not_be_seen_is_cut_and_the_rest_is_asked():
    decided = may((GRANT,), DEED, ("address", "area", "mortgage", "owners.owner_name"), USE)
    assert isinstance(decided, Allowed)
    assert decided.fields == ("address", "area")
    assert decided.cut == ("mortgage", "owners.owner_name")


def test_no_grant_opens_a_withheld_field():
    grant = replace(GRANT, fields=("mortgage",))
    assert may((grant,), DEED, ("mortgage",), USE) == Refused("resource_withheld", ("mortgage",))


def test_a_field_of_a_conditional_list_needs_a_grant_though_it_is_free_itself():
    grant = replace(GRANT, fields=("owners.owner_name",))
    assert isinstance(may((grant,), DEED, ("owners.owner_name",), USE), Allowed)
    assert may((), DEED, ("owners.owner_name",), USE) == Refused("no_grant", ("owners.owner_name",))


def test_a_name_that_the_resource_does_not_declare_is_never_asked():
    grant = replace(GRANT, fields=("salary", "owners.salary"))
    assert may((grant,), DEED, ("salary", "owners.salary"), USE) == Refused(
        "resource_withheld", ("salary", "owners.salary")
    )


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        (replace(GRANT, until=date(2026, 11, 19)), "grant_expired"),
        (replace(GRANT, purpose="catering"), "no_grant"),
        (replace(GRANT, region="411327"), "no_grant"),
        (replace(GRANT, resource="real-estate.lease"), "no_grant"),
    ],
)
def test_a_grant_for_something_else_opens_nothing(grant: Grant, reason: str):
    assert may((grant,), DEED, ("area",), USE) == Refused(reason, ("area",))


def test_a_grant_is_good_on_its_last_day():
    assert isinstance(may((replace(GRANT, until=USE.today),), DEED, ("area",), USE), Allowed)


def test_a_grant_of_the_province_holds_in_its_counties():
    assert isinstance(may((replace(GRANT, region="410000"),), DEED, ("area",), USE), Allowed)


def test_two_grants_that_open_one_field_each_are_both_named():
    second = replace(GRANT, code="G-2", fields=("owners.owner_name",))
    decided = may((second, GRANT), DEED, ("area", "owners.owner_name"), USE)
    assert isinstance(decided, Allowed)
    assert (decided.grant, decided.ground) == ("G-1；G-2", GRANT.ground)


def test_a_whole_record_goes_by_the_share_type_of_its_resource():
    assert may((), DEED, (), USE) == Refused("no_grant")
    assert isinstance(may((GRANT,), DEED, (), USE), Allowed)
    assert may((GRANT,), replace(DEED, share=NEVER), (), USE) == Refused("resource_withheld")


# --- who may be asked about -------------------------------------------------------------------------------------------


def test_a_proven_party_may_be_asked_about():
    standing = Standing(ROLES, (Party("owner", PERSON, "id_card"),))
    assert subject_allowed(standing, {"owner.id_number": PERSON.lower()}) == Tie(
        "owner", "proof:id_card", PERSON.lower()
    )


def test_a_party_whose_identity_was_not_proven_may_not():
    standing = Standing(ROLES, (Party("owner", PERSON),))
    assert subject_allowed(standing, {"owner.id_number": PERSON}) == Refused("subject_unproven")


def test_a_stranger_may_not_be_asked_about_in_the_place_of_a_proven_party():
    standing = Standing(ROLES, (Party("owner", PERSON, "id_card"),))
    assert subject_allowed(standing, {"owner.id_number": OTHER}) == Refused("subject_unproven")


def test_a_co_owner_may_be_asked_about_once_the_deed_named_them():
    reached = Reached("owner.id_number", OTHER, DEED.code, "premises")
    assert subject_allowed(Standing(ROLES, (), (reached,)), {"owner.id_number": OTHER}) == Tie(
        "owner", "relation:owner.id_number", OTHER
    )


def test_a_relation_reaches_only_the_very_value_that_came():
    reached = Reached("owner.id_number", OTHER, DEED.code, "premises")
    assert subject_allowed(Standing(ROLES, (), (reached,)), {"owner.id_number": PERSON}) == Refused("subject_unproven")


def test_a_relation_key_from_another_resource_reaches_nobody():
    reached = Reached("owner.id_number", OTHER, "real-estate.lease", "premises")
    assert subject_allowed(Standing(ROLES, (), (reached,)), {"owner.id_number": OTHER}) == Refused("subject_unproven")


def test_a_second_co_owner_is_reached_by_the_same_relation():
    reached = Reached("owner[1].id_number", OTHER, DEED.code, "premises")
    tie = subject_allowed(Standing(ROLES, (), (reached,)), {"owner[1].id_number": OTHER})
    assert isinstance(tie, Tie)
    assert tie.role == "owner[1]"


def test_a_deed_number_typed_by_hand_opens_no_deed():
    standing = Standing(ROLES, (Party("applicant", "91411323MA9TEST00X", "licence"),))
    assert subject_allowed(standing, {"premises.deed_no": "示例-0001"}) == Refused("subject_not_of_case")


def test_a_deed_number_typed_by_hand_may_go_beside_its_proven_owner():
    standing = Standing(ROLES, (Party("owner", PERSON, "id_card"),))
    subject = {"premises.deed_no": "示例-0001", "owner.id_number": PERSON}
    assert subject_allowed(standing, subject) == Tie("owner", "proof:id_card", PERSON)


def test_a_proven_party_does_not_cover_a_stranger_in_the_same_question():
    standing = Standing(ROLES, (Party("applicant", "91411323MA9TEST00X", "licence"),))
    subject = {"applicant.uscc": "91411323MA9TEST00X", "owner.id_number": OTHER}
    assert subject_allowed(standing, subject) == Refused("subject_unproven")


def test_a_number_that_came_in_an_answer_about_the_same_role_is_the_same_subject():
    reached = Reached("premises.unit_no", "示例单元-7", DEED.code, "premises")
    tie = subject_allowed(Standing(ROLES, (), (reached,)), {"premises.unit_no": "示例单元-7"})
    assert tie == Tie("premises", f"answer:{DEED.code}", "示例单元-7")
    assert subject_allowed(Standing(ROLES, (), (reached,)), {"premises.unit_no": "示例单元-8"}) == Refused(
        "subject_not_of_case"
    )


def test_a_place_that_an_answer_named_may_be_asked_about_but_a_person_needs_a_declared_relation():
    place = Reached("premises.deed_no", "示例-0001", "real-estate.lease", "applicant")
    person = Reached("agent.id_number", OTHER, "real-estate.lease", "applicant")
    standing = Standing((*ROLES, Role("agent", "代理人", "person", "agent.id_number")), (), (place, person))
    assert isinstance(subject_allowed(standing, {"premises.deed_no": "示例-0001"}), Tie)
    assert subject_allowed(standing, {"agent.id_number": OTHER}) == Refused("subject_unproven")


def test_a_subject_without_any_value_belongs_to_nobody():
    assert subject_allowed(Standing(ROLES), {"owner.id_number": ""}) == Refused("subject_not_of_case")


def test_nobody_shows_in_the_repr_of_a_standing():
    standing = Standing(ROLES, (Party("owner", PERSON, "id_card"),), (Reached("owner.id_number", OTHER, "r", "owner"),))
    assert PERSON not in repr(standing)
    assert OTHER not in repr(standing)


COPIES = CertificateGrant("C-1", ("licence",), ("office",), False, "homestay", "", "", date(2027, 1, 1), "411323")


@pytest.mark.parametrize(
    ("kind", "office", "day", "whole", "why"),
    [
        ("licence", "office", date(2026, 11, 28), False, ""),
        ("licence", "office", date(2028, 1, 1), False, "grant_expired"),
        ("permit", "office", date(2026, 11, 28), False, "no_grant"),
        ("licence", "tax", date(2026, 11, 28), False, "no_grant"),
        ("licence", "office", date(2026, 11, 28), True, "whole_file_not_granted"),
        ("licence", "police", date(2026, 11, 28), True, ""),
    ],
)
def test_a_grant_of_certificates_names_type_department_and_day(kind, office, day, whole, why):
    grants = (COPIES, replace(COPIES, code="C-2", departments=("police",), whole_file=True))
    found = may_have(grants, kind, office, replace(USE, today=day), whole=whole)
    assert (found.reason if isinstance(found, Refused) else "") == why
