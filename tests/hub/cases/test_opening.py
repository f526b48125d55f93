"""Opening: every mistake at once, one case for one key, one case for one filing."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from hub.errors import BadInput, HubError, NotNow
from hub.store.tables import case_events, cases, filings, inbound_calls, item_cases, parties, queries, subjects
from hub.wiring.systems import Filing
from tests.hub.cases.making import ALL, FIRE, FOOD, MATTER, SITE
from tests.hub.cases.world import FIRM, NAME, World

PROOF = next(r for r in MATTER.roles if r.code == "enterprise").proofs[0]
PARTIES = {"enterprise": {"identifier": FIRM.uscc, "proof": PROOF}}
AGENT = {"identifier": "411323199001019918", "proof": "居民身份证读卡", "name": "演示乙", "phone": "13800000001"}
STRANGER = "411323197803059939"


def opened(world: World, **changes: Any) -> str:
    asked: dict[str, Any] = {"matter": MATTER.code, "answers": {}, "chosen": ALL, "parties": PARTIES, "key": "k"}
    return world.hub.clerk.open_case(world.clerk, **{**asked, **changes})


def mistakes(world: World, **changes: Any) -> Mapping[str, str]:
    with pytest.raises(BadInput) as refused:
        opened(world, **changes)
    assert refused.value.code == "OPENING_INCOMPLETE" and world.count(cases) == 0
    return refused.value.fields


def test_every_mistake_is_told_at_once(world: World) -> None:
    found = mistakes(
        world,
        answers={"premises": "rented-by-the-moon"},
        chosen=(FIRE, "no-such-item"),
        parties={"enterprise": {"identifier": "91411323", "proof": "我认识他"}},
    )
    assert {"parties.enterprise.identifier", "choice.0", "choice.1"} <= set(found)


def test_nobody_at_the_counter(world: World) -> None:
    assert "parties.enterprise.identifier" in mistakes(world, parties={})


def test_a_role_that_the_matter_does_not_have_is_not_dropped_in_silence(world: World) -> None:
    stranger = {"landlady": {"identifier": FIRM.uscc, "proof": PROOF}}
    assert set(mistakes(world, parties={**PARTIES, **stranger})) == {"parties.landlady.identifier"}


def test_a_way_of_delivery_that_there_is_not(world: World) -> None:
    assert set(mistakes(world, delivery="pigeon")) == {"delivery.way"}


@pytest.mark.parametrize("proof", ["", "我认识他"])
def test_an_unproven_party(world: World, proof: str) -> None:
    unproven = {"enterprise": {"identifier": FIRM.uscc, "proof": proof}}
    assert set(mistakes(world, parties=unproven)) == {"parties.enterprise.proof"}


@pytest.mark.parametrize("proof", ["x", "居民身份证读卡"])
def test_a_stranger_named_as_owner_is_never_asked_about(world: World, proof: str) -> None:
    stranger = {"owner": {"identifier": STRANGER, "proof": proof}}
    assert set(mistakes(world, parties={**PARTIES, **stranger})) == {"parties.owner.identifier"}
    assert world.count(queries) == 0 == world.count(parties)


def test_a_phone_that_is_none_is_refused_at_the_counter(world: World) -> None:
    firm = {"identifier": FIRM.uscc, "proof": PROOF, "phone": "abc"}
    assert set(mistakes(world, parties={"enterprise": firm})) == {"parties.enterprise.phone"}


def test_a_name_or_phone_without_an_identifier_is_not_dropped_in_silence(world: World) -> None:
    nobody = {"legal_representative": {"identifier": "", "proof": "", "phone": "13800000001"}}
    assert set(mistakes(world, parties={**PARTIES, **nobody})) == {"parties.legal_representative.identifier"}


def test_a_name_told_at_the_counter_is_held_against_the_register(world: World) -> None:
    told = {"enterprise": {"identifier": FIRM.uscc, "proof": PROOF, "name": "西峡县演示客栈有限公司"}}
    case_id = opened(world, parties=told)
    name = world.hub.clerk.field(world.clerk, case_id, "enterprise.enterprise_name")
    assert (name.value, name.status) == ("西峡县演示客栈有限公司", "manual")


def test_a_role_left_empty_on_the_page_is_no_mistake(world: World) -> None:
    assert opened(world, parties={**PARTIES, "owner": {"identifier": " ", "proof": "", "name": ""}})


def test_an_agent_who_files_is_named_and_proven(world: World) -> None:
    by_agent = {"filing": "agent"}
    assert set(mistakes(world, answers=by_agent)) == {"parties.agent.identifier"}
    nameless = {**PARTIES, "agent": AGENT | {"name": ""}}
    assert set(mistakes(world, answers=by_agent, parties=nameless)) == {"parties.agent.name"}
    assert set(mistakes(world, answers=by_agent, parties={**PARTIES, "agent": AGENT | {"proof": "x"}})) == {
        "parties.agent.proof"
    }


def test_the_form_takes_the_agent_from_the_proof_and_no_other_typed_over_it(world: World) -> None:
    case_id = opened(world, answers={"filing": "agent"}, parties={**PARTIES, "agent": AGENT})
    fields = {f.key: f for g in world.hub.clerk.case(world.clerk, case_id).groups for f in g.fields}
    taken = {key: fields[f"agent.{key}"].value for key in ("id_number", "name", "phone")}
    assert taken == {"id_number": AGENT["identifier"], "name": AGENT["name"], "phone": AGENT["phone"]}
    for key, other in (("agent.id_number", STRANGER), ("agent.name", "示例丙")):
        with pytest.raises(NotNow):
            world.hub.clerk.set_field(world.clerk, case_id, key, other)


@pytest.mark.parametrize(
    ("key", "other", "code"),
    [("enterprise.uscc", "91411323MA9YJ0024T", "PARTY_PROVEN"), ("premises.tenure", "own", "SITUATION_ANSWERED")],
)
def test_a_field_does_not_say_otherwise_than_the_proof_or_the_situation(
    world: World, key: str, other: str, code: str
) -> None:
    case_id = opened(world)
    for act in (world.hub.clerk.set_field, world.hub.clerk.override_field):
        with pytest.raises(NotNow) as refused:
            act(world.clerk, case_id, key, other, "source_wrong")
        assert refused.value.code == code
    assert world.hub.clerk.field(world.clerk, case_id, key).locked


def test_an_answer_that_there_is_not_is_refused_before_the_case_too(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        world.hub.clerk.opening(world.clerk, MATTER.code, {"premises": "rented-by-the-moon"})
    assert set(refused.value.fields) == {"answers.premises"}


def test_no_mistake_repeats_what_was_typed(world: World) -> None:
    found = mistakes(world, parties={"enterprise": {"identifier": FIRM.uscc[:-1] + "?", "proof": PROOF}})
    assert FIRM.uscc[:-1] not in str(found)


def test_an_unknown_matter(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        opened(world, matter="open-a-casino")
    assert refused.value.code == "MATTER_UNKNOWN"


def test_a_new_case_has_its_items_in_the_matter_s_order_and_a_first_event(world: World) -> None:
    case = world.case(opened(world, chosen=(FOOD, FIRE)))
    assert [i.item for i in case.items] == [code for code in ALL if code in (FIRE, FOOD)]
    assert [i.item_no for i in case.items] == [f"{case.case_no}-01", f"{case.case_no}-02"]
    with world.hub.database.read() as session:
        [event] = session.execute(select(case_events)).all()
    assert (event.no, event.kind, event.facts) == (1, "opened", {"items": "2"})


def test_the_same_key_twice_is_one_case(world: World) -> None:
    assert opened(world) == opened(world) and world.count(cases) == 1


def test_the_same_key_for_something_else_is_refused(world: World) -> None:
    opened(world)
    with pytest.raises(NotNow) as refused:
        opened(world, chosen=(FIRE,))
    assert refused.value.code == "KEY_REUSED" and world.count(cases) == 1


def test_two_clicks_at_once_are_one_case(world: World) -> None:
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda _: opened(world), range(2))
    assert one == other and world.count(cases) == 1


@pytest.mark.parametrize("key", ["", "x" * 121])
def test_a_key_that_is_none(world: World, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        opened(world, key=key)
    assert refused.value.code == "KEY_MALFORMED"


def test_the_kept_call_cannot_be_tried_out_against_identifiers(world: World) -> None:
    """A digest of what was typed, unsalted, would tell who tries all ID numbers whose case it was."""
    opened(world)
    world.hub.clerk.open_case(world.second_clerk, MATTER.code, {}, ALL, PARTIES, "k")
    with world.hub.database.read() as session:
        digests = session.execute(select(inbound_calls.c.digest)).scalars().all()
    assert len(digests) == 2 == len(set(digests))


def test_one_person_in_two_cases_is_one_subject(world: World) -> None:
    opened(world, key="a")
    opened(world, key="b")
    with world.hub.database.read() as session:
        applicants = session.execute(select(parties.c.subject_id)).scalars().all()
    assert len(applicants) == 2 and len(set(applicants)) == 1 == world.count(subjects)


def test_an_error_while_opening_leaves_no_number_behind(world: World) -> None:
    with pytest.raises(HubError):
        opened(world, key="")
    assert world.case(opened(world)).case_no.endswith("000001")


# --- online filings -----------------------------------------------------------------------------------------------------


def filed(world: World, key: str = "f", identifier: str = FIRM.uscc) -> str:
    party = {"enterprise": {"identifier": identifier, "proof": PROOF, "name": NAME}}
    filing = Filing(MATTER.code, {}, (FIRE,), party, {"way": "electronic"}, {"premises.building_floors": "3"})
    return world.hub.platform.file(world.system("platform"), key, filing).id


def test_a_filing_becomes_a_case_with_the_applicant_s_own_words(world: World) -> None:
    filing_id = filed(world)
    [row] = world.hub.clerk.filings(world.clerk)
    case_id = world.hub.clerk.take_filing(world.clerk, filing_id)
    view = world.hub.clerk.case(world.clerk, case_id)
    typed = {f.key: f.value for group in view.groups for f in group.fields}
    assert row.id == filing_id and typed["premises.building_floors"] == "3"
    assert world.case(case_id).channel == "online" and not world.hub.clerk.filings(world.clerk)


def test_two_clerks_who_take_one_filing_make_one_case(world: World) -> None:
    filing_id = filed(world)
    with ThreadPoolExecutor(2) as threads:
        took = set(threads.map(lambda p: world.hub.clerk.take_filing(p, filing_id), (world.clerk, world.second_clerk)))
    assert len(took) == 1 == world.count(cases)


def test_a_withdrawn_filing_makes_no_case(world: World) -> None:
    filing_id = filed(world)
    assert world.hub.platform.withdraw(world.system("platform"), filing_id, "w", "不办了").state == "withdrawn"
    with pytest.raises(NotNow) as refused:
        world.hub.clerk.take_filing(world.clerk, filing_id)
    assert refused.value.code == "FILING_WITHDRAWN" and world.count(cases) == 0


def test_withdrawing_a_filing_withdraws_the_case_that_it_became(world: World) -> None:
    filing_id = filed(world)
    case_id = world.hub.clerk.take_filing(world.clerk, filing_id)
    for _ in range(2):  # the platform repeats itself
        world.hub.platform.withdraw(world.system("platform"), filing_id, "w", "不办了")
    assert world.state(case_id) == "withdrawn" and world.states(case_id) == {FIRE: "withdrawn"}


def test_a_bad_filing_stays_waiting_with_every_mistake_named(world: World) -> None:
    filing_id = filed(world, identifier="91411323")
    with pytest.raises(BadInput):
        world.hub.clerk.take_filing(world.clerk, filing_id)
    with world.hub.database.read() as session:
        assert session.execute(select(filings.c.state)).scalar_one() == "waiting"
    assert world.count(item_cases) == 0 and SITE.region == "411323"


def test_a_filing_is_due_two_office_hours_after_it_came(world: World) -> None:
    filed(world)  # at 09:30 on a Friday in Shanghai
    [row] = world.hub.clerk.filings(world.clerk)
    assert row.due is not None and row.due.strftime("%H:%M") == "11:30" and not row.overdue
