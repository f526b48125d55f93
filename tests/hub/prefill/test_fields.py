"""What a clerk may do with one field and with whom it names, and what a lock does not let anybody do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from adapters.contract import NotFound
from hub.errors import BadInput, NotNow, NotThere
from hub.prefill import settle
from hub.prefill.rules import Reason
from hub.prefill.values import Status
from hub.store import subjects, work
from hub.store.database import Session
from hub.store.tables import case_feed, form_values, parties
from hub.store.tables import subjects as subjects_table
from tests.hub.prefill.acts import DOWN, SEEN, WRONG, filled, refused
from tests.hub.prefill.making import (
    DEED,
    HAPPY,
    INDEX_KEY,
    LEASE,
    LICENCE,
    NOW,
    OWNER,
    PERSON,
    RAW,
    REGION,
    REPRESENTATIVE,
    STRANGER,
    World,
    found,
)


def test_a_field_without_a_source_is_typed_and_stays_unverified(world: World):
    filled(world)
    value = world.act(settle.type_value, "enterprise.phone", " 138 0000 ")
    assert (value.value, value.status) == ("138 0000", Status.MANUAL)
    assert value.source is not None
    assert (value.source.trust, value.source.verified, value.source.by) == ("D", False, "clerk-1")
    assert world.act(settle.type_value, "enterprise.phone", "").status is Status.EMPTY


def test_a_locked_field_never_takes_a_posted_value(world: World):  # CVE-2025-64515
    filled(world)
    refused(world, "FIELD_LOCKED", NotNow, settle.type_value, "enterprise.name", "另一家公司")
    refused(world, "FIELD_LOCKED", NotNow, settle.type_value, "enterprise.name", "另一家公司", SEEN)
    refused(world, "FIELD_LOCKED", NotNow, settle.override, "enterprise.name", "另一家公司", WRONG)
    assert world.value("enterprise.name").value == "西峡县示例民宿有限公司"


def test_a_locked_field_takes_nothing_while_its_source_may_still_answer(world: World):
    world.start()
    refused(world, "SOURCE_NOT_ANSWERED", NotNow, settle.type_value, "enterprise.name", "另一家公司", SEEN)


def test_a_locked_field_with_a_silent_source_becomes_manual_and_unverified_with_a_reason(world: World):
    filled(world, market_licence=DOWN)
    refused(world, "REASON_NEEDED", BadInput, settle.type_value, "enterprise.name", "西峡县示例民宿有限公司")
    value = world.act(settle.type_value, "enterprise.name", "西峡县示例民宿有限公司", SEEN)
    assert value.status is Status.MANUAL
    assert value.source is not None
    assert (value.source.trust, value.source.verified, value.source.reason) == ("C", False, "original_seen")
    assert value.override is not None
    assert value.override.by == "clerk-1"


def test_the_applicants_own_word_is_worth_less_than_an_original(world: World):
    filled(world, market_licence=DOWN)
    value = world.act(settle.type_value, "enterprise.name", "示例", Reason("applicant_states"))
    assert value.source is not None
    assert value.source.trust == "D"


def test_what_was_typed_is_checked_by_the_dictionary_and_no_message_repeats_it(world: World):
    filled(world, market_licence=DOWN)
    with pytest.raises(BadInput) as caught:
        world.act(settle.type_value, "representative.id_number", "411323199001019917", SEEN)
    assert caught.value.code == "BAD_ID_NUMBER"
    assert "411323199001019917" not in str(caught.value)
    assert list(caught.value.fields) == ["representative.id_number"]


def test_a_number_typed_for_a_locked_relation_opens_nobodys_data(world: World):
    filled(world, estate_deed=DOWN)
    world.act(settle.type_value, "owner.id_number", OWNER, SEEN)
    world.run()
    assert [query.subject["id_number"] for query in world.departments.asked_of(PERSON)] == [REPRESENTATIVE]
    assert "owner" not in world.parties()


def test_an_editable_value_of_a_department_changes_only_by_an_override_with_a_reason(world: World):
    filled(world)
    refused(world, "OVERRIDE_NEEDED", NotNow, settle.type_value, "premises.address", "示例路2号")
    refused(world, "REASON_NEEDED", BadInput, settle.override, "premises.address", "示例路2号", Reason())
    value = world.act(settle.override, "premises.address", "示例路2号", WRONG)
    assert (value.value, value.status) == ("示例路2号", Status.OVERRIDDEN)
    assert value.override is not None
    assert (value.override.old, value.override.by, value.override.reason, value.override.text) == (
        "示例路1号",
        "clerk-1",
        "source_wrong",
        "已电话核实",
    )


def test_an_override_outlives_another_round(world: World):
    filled(world)
    world.act(settle.override, "premises.address", "示例路2号", WRONG)
    world.start()
    world.run()
    assert (world.value("premises.address").value, len(world.departments.asked_of(DEED))) == ("示例路2号", 1)


def test_a_second_override_still_names_what_the_department_said(world: World):
    filled(world)
    world.act(settle.override, "premises.address", "示例路2号", WRONG)
    value = world.act(settle.override, "premises.address", "示例路3号", WRONG)
    assert value.override is not None
    assert value.override.old == "示例路1号"


def test_typing_the_same_value_again_changes_nothing(world: World):
    filled(world)
    assert world.act(settle.type_value, "enterprise.name", "西峡县示例民宿有限公司").status is Status.AUTO


def test_an_overridden_key_takes_back_all_that_came_for_the_old_one(world: World):
    filled(world)
    world.act(settle.override, "premises.deed_no", "示例-0002", WRONG)
    assert world.value("premises.address").value == ""
    assert (world.value("owner.name").value, world.material("deed-copy").status) == ("", "missing")
    assert "owner" not in world.parties()
    world.run()
    assert len(world.departments.asked_of(DEED)) == 1


def test_a_conflict_is_settled_by_choosing_with_a_reason_and_both_values_stay_on_record(world: World):
    filled(world, **{f"{PERSON.code}/{REPRESENTATIVE}": found({"name": "测试岬", "birth_date": "1990-01-01"})})
    key = "representative.name"
    assert world.value(key).status is Status.CONFLICT
    refused(world, "CONFLICT_OPEN", NotNow, settle.type_value, key, "测试丁", SEEN)
    refused(world, "REASON_NEEDED", BadInput, settle.resolve_conflict, key, 1, Reason())
    refused(world, "NO_SUCH_ALTERNATIVE", BadInput, settle.resolve_conflict, key, 2, WRONG)
    value = world.act(settle.resolve_conflict, key, 1, WRONG)
    assert (value.value, value.status) == ("测试岬", Status.CONFIRMED)
    assert [one.value for one in value.alternatives] == ["测试甲", "测试岬"]
    assert value.override is not None
    assert value.override.old == "测试甲"
    world.start()
    assert world.value(key) == value
    refused(world, "NO_CONFLICT", NotNow, settle.resolve_conflict, key, 0, WRONG)


def test_what_a_person_typed_cannot_win_a_conflict_on_a_locked_field(world: World):
    filled(world, market_licence=DOWN)
    world.act(settle.type_value, "enterprise.name", "另一家公司", SEEN)
    world.departments.replies[LICENCE.code] = HAPPY[LICENCE.code]
    world.act(settle.retry, world.query(LICENCE).id)
    world.run()
    value = world.value("enterprise.name")
    assert [one.value for one in value.alternatives] == ["西峡县示例民宿有限公司", "另一家公司"]
    refused(world, "FIELD_LOCKED", NotNow, settle.resolve_conflict, "enterprise.name", 1, WRONG)
    assert world.act(settle.resolve_conflict, "enterprise.name", 0, WRONG).status is Status.CONFIRMED


def test_what_a_person_typed_may_win_on_an_editable_field(world: World):
    filled(world, estate_deed=DOWN)
    world.act(settle.type_value, "premises.address", "示例路9号")
    world.departments.replies[DEED.code] = HAPPY[DEED.code]
    world.act(settle.retry, world.query(DEED).id)
    world.run()
    value = world.act(settle.resolve_conflict, "premises.address", 1, WRONG)
    assert (value.value, value.status) == ("示例路9号", Status.OVERRIDDEN)


def test_a_departments_value_may_be_confirmed_and_keeps_its_source(world: World):
    filled(world)
    value = world.act(settle.confirm, "enterprise.name")
    assert value.status is Status.CONFIRMED
    assert value.source is not None
    assert (value.source.department, value.source.by) == ("market", "clerk-1")
    refused(world, "NOTHING_TO_CONFIRM", NotNow, settle.confirm, "enterprise.phone")


def test_a_field_that_the_form_does_not_have_is_told_so(world: World):
    filled(world)
    refused(world, "FIELD_UNKNOWN", NotThere, settle.type_value, "owner.salary", "1")


def test_an_identity_that_a_clerk_proved_and_a_register_that_says_otherwise_are_a_conflict(world: World):
    other = replace(HAPPY[LICENCE.code], values={"enterprise_name": "x", "representative_id": STRANGER})
    with world.database.write() as session:
        prove_representative(session)
    filled(world, market_licence=other)
    assert world.value("representative.id_number").status is Status.CONFLICT
    about = {query.subject.get("id_number") for query in world.departments.asked_of(PERSON)}
    assert about == {REPRESENTATIVE, OWNER}


def prove_representative(session: Session) -> None:
    known = subjects.know(session, INDEX_KEY, REGION, "person", REPRESENTATIVE, "测试甲", NOW)
    session.execute(
        insert(parties).values(
            case_id="case-1",
            role="representative",
            subject_id=known.id,
            kind="person",
            proof="id_card",
            proven_at=NOW,
        )
    )


def test_what_a_person_typed_and_said_is_sealed_on_disk(world: World):
    filled(world, market_licence=DOWN)
    world.act(settle.type_value, "enterprise.name", "另一家公司", Reason("original_seen", "由测试甲说明"))
    with world.database.read() as session:
        row = session.exec_driver_sql(
            "SELECT value, source, override FROM form_values WHERE field = 'enterprise.name'"
        ).one()
    assert "另一家公司" not in str(row)
    assert "测试甲" not in str(row)
    assert form_values.c.source.type.__class__.__name__ == "JSON"


def test_a_late_answer_to_a_settled_query_is_still_used(world: World):
    filled(world, estate_lease=DOWN)
    world.act(settle.go_on, world.query(LEASE).id, Reason("source_down"))
    world.departments.replies[LEASE.code] = NotFound(RAW)
    world.act(settle.retry, world.query(LEASE).id)
    [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=30))
    asyncio.run(world.do(task))
    assert world.query(LEASE).outcome == "not_found"
    assert not world.query(LEASE).settled


def test_a_proof_does_not_outlive_the_register_s_word_for_somebody_else(world: World):
    other = replace(
        HAPPY[LICENCE.code],
        values={"enterprise_name": "x", "representative_id": STRANGER, "representative_name": "示例丙"},
    )
    with world.database.write() as session:
        prove_representative(session)
    filled(world, market_licence=other)
    assert world.parties()["representative"].proof
    at_once = [one.value for one in world.value("representative.id_number").alternatives].index(STRANGER)
    world.act(settle.resolve_conflict, "representative.id_number", at_once, WRONG)
    world.run()
    party = world.parties()["representative"]
    assert (party.proof, party.proven_at, party.reached_by) == ("", None, world.query(LICENCE).id)
    with world.database.read() as session:
        assert subjects.subject(session, party.subject_id).identifier == STRANGER
    assert {query.subject["id_number"] for query in world.departments.asked_of(PERSON)} == {
        REPRESENTATIVE,
        OWNER,
        STRANGER,
    }


def test_a_proof_that_the_register_agrees_with_stays(world: World):
    with world.database.write() as session:
        prove_representative(session)
    filled(world)
    world.act(settle.confirm, "representative.name")
    assert world.parties()["representative"].proof


def test_a_firm_not_seen_before_has_its_name_as_soon_as_a_department_told_it(world: World):
    with world.database.write() as session:
        session.execute(update(subjects_table).values(name=None))
    filled(world)
    with world.database.read() as session:
        named = subjects.subject(session, world.parties()["enterprise"].subject_id).name
        told = session.execute(
            select(case_feed.c.no).where(case_feed.c.kind == "party", case_feed.c.reference == "enterprise")
        )
        assert (named, len(told.all())) == ("西峡县示例民宿有限公司", 1)


def test_a_name_that_a_person_typed_names_nobody(world: World):
    with world.database.write() as session:
        session.execute(update(subjects_table).values(name=None))
    filled(world, market_licence=DOWN)
    world.act(settle.type_value, "enterprise.name", "冒名企业", SEEN)
    with world.database.read() as session:
        assert subjects.subject(session, world.parties()["enterprise"].subject_id).name == ""
