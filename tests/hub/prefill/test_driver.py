"""Pre-fill as it runs: rounds from answers, resumed from rows, never asked twice, never shown before the record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Document,
    Found,
    NotFound,
    Outcome,
    Pending,
    Query,
    Unavailable,
    Unusable,
    Why,
)
from catalog.types import Resource
from hub.errors import NotNow, NotThere
from hub.prefill import feed, rows, settle
from hub.prefill.driver import inbox_answered
from hub.prefill.later import LaterAnswer
from hub.prefill.rules import Reason
from hub.prefill.unrecorded import lose_pending
from hub.sharinglog import LogUnavailable
from hub.store import subjects, work
from hub.store.tables import cases, evidence, files, materials, parties, queries
from hub.store.tables import work as work_table
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

SOON = timedelta(seconds=2)


def is_about(world: World, task: work.Claimed, resource: Resource) -> bool:
    return task.args["query"] == world.query(resource).id


DOWN = Unavailable(Why.SERVER_ERROR)


def test_the_form_fills_itself_in_rounds_from_lease_to_owner(world: World):
    world.start()
    world.run()
    assert world.value("owner.name").value == "演示乙"
    assert {status for key, status in world.stored() if key != "enterprise.phone"} == {"auto", "confirmed"}
    assert [query.round for query in world.queries()] == [1, 1, 2, 2, 3]


def test_the_form_opens_at_once_and_says_what_it_waits_for(world: World):
    world.start()
    assert dict(world.stored()) == {
        "enterprise.uscc": "confirmed",
        "enterprise.phone": "empty",
        **{
            key: "waiting"
            for key in (
                "enterprise.name",
                "representative.id_number",
                "representative.name",
                "representative.birth_date",
                "premises.deed_no",
                "premises.address",
                "owner.id_number",
                "owner.name",
            )
        },
    }


def test_one_question_asks_for_all_fields_of_a_resource_and_for_no_more(world: World):
    world.start()
    world.run()
    [licence] = world.departments.asked_of(LICENCE)
    assert licence.fields == ("enterprise_name", "representative_id", "representative_name")
    owner = next(query for query in world.departments.asked_of(PERSON) if query.subject["id_number"] == OWNER)
    assert owner.fields == ("name",)


def test_each_value_says_where_it_came_from(world: World):
    world.start()
    world.run()
    source = world.value("owner.id_number").source
    assert source is not None
    assert (source.department, source.resource, source.trust, source.fetched_at) == ("estate", DEED.code, "A", NOW)
    [record] = [entry.record for entry in world.log.entries() if entry.seq == source.log_seq]
    assert (record["phase"], record["result"]) == ("outcome", "found")


def test_every_question_follows_its_own_intent_and_every_outcome_is_in_the_log(world: World):
    world.start()
    world.run()
    intents = [e.record["id"] for e in world.log.entries() if e.record["phase"] == "intent"]
    assert intents == [query.request_id for query in world.departments.asked]
    assert world.phases().count("outcome") == len(intents) == 5


def test_a_page_reloaded_while_the_form_fills_asks_nobody_again(world: World):
    world.start()
    world.run(world.work(1000))
    asked = len(world.departments.asked)
    world.start()
    world.run()
    assert len(world.departments.asked) == asked


def test_a_worker_that_died_after_asking_leaves_a_question_that_is_asked_once_more(world: World):
    world.departments.replies = {**HAPPY}
    world.start()
    claimed = work.claim(world.database, "node-1", 1, timedelta(seconds=-1))
    asyncio.run(world.prefill.answer_one(claimed[0]))  # killed here: nothing written, the lease runs out
    world.run()
    assert world.value("owner.name").value == "演示乙"
    first = world.departments.asked[0]
    assert len(world.departments.asked_of(first.resource)) == 2
    assert world.phases().count("intent") == 6


def test_two_nodes_that_answer_the_same_task_write_it_once(world: World):
    world.start()
    [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=-1))
    [again] = work.claim(world.database, "node-2", 1, timedelta(seconds=30), None)
    assert again.key == task.key
    assert asyncio.run(world.do(again, "node-2"))
    assert not asyncio.run(world.do(task))
    with world.database.read() as session:
        assert session.execute(select(func.count()).select_from(evidence)).scalar() == 1


def test_an_answered_query_is_not_asked_again_by_a_late_task(world: World):
    world.start()
    [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=30))
    asyncio.run(world.do(task))
    asked = len(world.departments.asked)
    asyncio.run(world.prefill.answer_one(task))
    assert len(world.departments.asked) == asked


def test_an_answer_to_an_outdated_try_is_not_written(world: World):
    world.start()
    [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=30))
    commit = asyncio.run(world.prefill.answer_one(task))
    with world.database.write() as session:  # as a second start does that wants more fields of the same record
        session.execute(update(queries).values(tries=2))
        commit(session, NOW)
    assert {query.state for query in world.queries()} == {"queued"}
    assert {status for _key, status in world.stored()} == {"waiting", "confirmed", "empty"}


def test_a_second_start_that_wants_more_fields_of_a_record_asks_it_again_with_all_of_them(world: World):
    world.start()
    world.run()
    with world.database.write() as session:
        session.execute(update(queries).where(queries.c.resource == LICENCE.code).values(fields=["enterprise_name"]))
    world.start()
    world.run()
    assert [len(query.fields) for query in world.departments.asked_of(LICENCE)] == [3, 3]
    assert world.query(LICENCE).tries == 2


def test_down_is_not_no_record(world: World):
    world.departments.replies[LICENCE.code] = DOWN
    world.departments.replies[LEASE.code] = NotFound(RAW)
    world.start()
    world.run()
    assert (world.query(LICENCE).outcome, world.query(LICENCE).reason) == ("unavailable", "server_error")
    assert world.query(LEASE).outcome == "not_found"
    assert world.value("enterprise.name").status == "empty"


@pytest.mark.parametrize(
    ("outcome", "state", "word", "reason"),
    [
        (NotFound(RAW), "answered", "not_found", ""),
        (Ambiguous((Candidate("a", "测试甲"), Candidate("b", "演示乙")), RAW), "answered", "ambiguous", ""),
        (Denied("no_right", RAW), "answered", "denied", "no_right"),
        (DOWN, "answered", "unavailable", "server_error"),
        (Unusable("deed_no", "$.bdcqzh", "required", RAW), "answered", "unusable", "required:deed_no"),
        (Pending("T-1", NOW), "pending", "pending", ""),
    ],
)
def test_each_outcome_stands_on_its_query_in_its_own_words(
    world: World, outcome: Outcome, state: str, word: str, reason: str
):
    world.departments.replies[LEASE.code] = outcome
    world.start()
    world.run()
    query = world.query(LEASE)
    assert (query.state, query.outcome, query.reason) == (state, word, reason)


def test_a_timeout_is_followed_by_one_more_try_two_seconds_later_and_not_by_a_third(world: World):
    world.departments.replies[LEASE.code] = Unavailable(Why.TIMEOUT)
    world.start()
    [first] = [
        task for task in work.claim(world.database, "node-1", 9, timedelta(seconds=-1)) if is_about(world, task, LEASE)
    ]
    asyncio.run(world.do(first))
    assert (world.query(LEASE).state, world.query(LEASE).outcome) == ("queued", "unavailable")
    with world.database.read() as session:
        key = f"ask:{world.query(LEASE).id}:2"
        due = session.execute(select(work_table.c.run_at).where(work_table.c.key == key)).scalar_one()
        assert timedelta() < due - world.database.now(session) <= SOON
    world.run()
    assert len(world.departments.asked_of(LEASE)) == 2
    assert (world.query(LEASE).state, world.query(LEASE).tries) == ("answered", 2)


def test_a_log_that_takes_nothing_leaves_the_question_to_be_asked_later(world: World):
    world.start()
    [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=30))
    world.log.close()
    with pytest.raises(LogUnavailable):
        asyncio.run(world.prefill.answer_one(task))
    assert world.departments.asked == []
    assert {query.state for query in world.queries()} == {"queued"}


def test_an_owner_that_a_deed_named_is_reached_and_becomes_a_party_without_proof(world: World):
    world.start()
    world.run()
    owner = world.parties()["owner"]
    assert (owner.proof, owner.proven_at) == ("", None)
    assert owner.reached_by == world.query(DEED).id
    [asked] = [query for query in world.queries() if query.subject.get("id_number") == OWNER]
    assert asked.role == "owner"


def test_the_name_in_the_register_stands_before_one_that_was_typed_earlier(world: World):
    with world.database.write() as session:
        subjects.know(session, INDEX_KEY, REGION, "person", OWNER, "示例丙", world.now)
    world.start()
    world.run()
    with world.database.read() as session:
        named = {one.role: one.name for one in rows.read_people(session, world.case_id)}
        assert named["owner"] == "演示乙"


def test_an_applicant_whose_identity_was_not_proven_opens_nothing(world: World):
    with world.database.write() as session:
        session.execute(update(parties).values(proof="", proven_at=None))
    world.start()
    world.run()
    assert (world.queries(), world.departments.asked, world.log.size()) == ([], [], 0)


def test_a_person_whose_proof_was_taken_back_meanwhile_is_refused_at_the_doorway(world: World):
    world.start()
    with world.database.write() as session:
        session.execute(update(parties).values(proof="", proven_at=None))
    world.run()
    assert world.departments.asked == []
    assert set(world.phases()) == {"denied"}
    assert world.query(LEASE).reason == "subject_unproven"


def test_a_case_that_was_withdrawn_asks_about_nobody_any_more(world: World):
    world.start()
    with world.database.write() as session:
        session.execute(update(cases).values(state="withdrawn"))
    world.run()
    assert world.departments.asked == []
    assert {query.state for query in world.queries()} == {"dropped"}


def test_a_material_is_exempt_once_its_record_is_there(world: World):
    world.departments.replies[LICENCE.code] = replace(
        HAPPY[LICENCE.code], documents=(Document("licence.pdf", "application/pdf", b"%PDF-1"),)
    )
    world.start()
    assert world.material("licence-copy").status == "waiting"
    world.run()
    row = world.material("licence-copy")
    assert (row.status, row.trust, row.evidence_id) == ("exempt", "A", world.query(LICENCE).evidence_id)
    assert world.prefill.files.read(row.file) == b"%PDF-1"
    assert (world.material("deed-copy").status, world.material("plan").status) == ("exempt", "missing")


@pytest.mark.parametrize("status", ["deferred", "promised"])
def test_an_answer_that_exempts_a_material_lifts_its_deferral(world: World, status: str):
    world.start()
    with world.database.write() as session:
        given = update(materials).where(materials.c.code.in_(["licence-copy", "plan"]))
        session.execute(given.values(status=status, due_on=NOW.date()))
    world.run()
    lifted, kept = world.material("licence-copy"), world.material("plan")
    assert (lifted.status, lifted.due_on) == ("exempt", None) and kept.status == status


def test_a_record_that_ran_out_exempts_nothing(world: World):
    world.departments.replies[LICENCE.code] = replace(HAPPY[LICENCE.code], valid_to=NOW.date() - timedelta(days=1))
    world.start()
    world.run()
    assert world.material("licence-copy").status == "missing"
    assert world.value("enterprise.name").status == "auto"


def test_a_material_whose_source_is_silent_must_be_handed_in(world: World):
    world.departments.replies[LICENCE.code] = DOWN
    world.start()
    world.run()
    assert world.material("licence-copy").status == "missing"


def test_the_answer_as_it_came_is_kept_on_disk_before_its_row(world: World):
    world.start()
    world.run()
    with world.database.read() as session:
        raw = session.execute(select(evidence.c.raw_file).where(evidence.c.resource == LEASE.code)).scalar()
        assert session.execute(select(files.c.media_type).where(files.c.sha256 == raw)).scalar() == "application/json"
    assert world.prefill.files.read(raw) == RAW.body


def test_a_value_that_breaks_the_dictionary_is_left_out_and_named(world: World):
    world.departments.replies[DEED.code] = found({"address": "示例路1号"}, lists={"owners": ({"id": "4113231985"},)})
    world.start()
    world.run()
    assert world.value("owner.id_number").status == "empty"
    assert world.query(DEED).detail["unfit"] == {"owner.id_number": "BAD_ID_NUMBER"}


def test_the_feed_numbers_every_change_without_a_gap_and_reads_on_where_a_page_stopped(world: World):
    world.start()
    world.run()
    with world.database.read() as session:
        everything = feed.since(session, world.case_id, 0, 1000)
        assert [row.no for row in everything] == list(range(1, len(everything) + 1))
        assert feed.since(session, world.case_id, 5, 3) == everything[5:8]
        assert feed.last(session, world.case_id) == everything[-1].no
    assert ("value", "owner.name") in [(row.kind, row.reference) for row in everything]


# --- a person of a department answers -----------------------------------------------------------------------------------


def answer(world: World, later: LaterAnswer, ticket: str = "T-1") -> None:
    with world.database.write() as session:
        inbox_answered(session, ticket, later, NOW)


@pytest.fixture
def pending(world: World) -> World:
    world.departments.replies[LEASE.code] = Pending("T-1", NOW)
    world.start()
    world.run()
    return world


LATER = LaterAnswer("found", "inbox-clerk", "estate", {"deed_no": "示例-0001"})


def test_a_later_answer_is_shown_only_after_its_record_and_fills_the_rest_of_the_form(pending: World):
    answer(pending, LATER)
    assert pending.value("premises.deed_no").status == "waiting"
    pending.run()
    value = pending.value("premises.deed_no")
    assert (value.value, value.status) == ("示例-0001", "auto")
    [record] = [e.record for e in pending.log.entries() if e.record.get("answers_seq") is not None]
    assert (record["result"], record["fields"]) == ("found", ["deed_no"])
    assert pending.value("owner.name").value == "演示乙"


def test_a_crash_between_the_record_and_the_rows_of_a_later_answer_loses_nothing(pending: World):
    answer(pending, LATER)
    [task] = work.claim(pending.database, "node-1", 1, timedelta(seconds=-1))
    asyncio.run(pending.prefill.answer_later(task))
    size = pending.log.size()
    pending.run()
    assert pending.value("premises.deed_no").value == "示例-0001"
    assert len([e for e in pending.log.entries() if e.record.get("answers_seq") is not None]) == 1
    assert pending.log.size() > size


def test_a_question_is_answered_once_at_the_inbox(pending: World):
    answer(pending, LATER)
    with pytest.raises(NotNow) as refused:
        answer(pending, LATER)
    assert refused.value.code == "ALREADY_ANSWERED"


def test_a_ticket_that_nobody_gave_out_is_told_so(pending: World):
    with pytest.raises(NotThere) as refused:
        answer(pending, LATER, "T-2")
    assert refused.value.code == "TICKET_UNKNOWN"


def test_a_later_no_record_is_a_no_record(pending: World):
    answer(pending, LaterAnswer("not_found", "inbox-clerk", "estate"))
    pending.run()
    assert (pending.query(LEASE).state, pending.query(LEASE).outcome) == ("answered", "not_found")
    assert pending.value("premises.deed_no").status == "empty"


def test_a_later_answer_after_receipt_is_recorded_but_changes_no_form(pending: World):
    with pending.database.write() as session:
        session.execute(update(cases).values(state="received"))
    answer(pending, LATER)
    pending.run()
    assert pending.query(LEASE).outcome == "found"
    assert pending.value("premises.deed_no").value == ""


# --- a department that gives a stranger ---------------------------------------------------------------------------------


def test_a_new_deed_with_another_owner_moves_the_party_and_takes_the_former_owners_name_back(world: World):
    world.start()
    world.run()

    async def other(_query: Query) -> Outcome:
        return found({"address": "示例路1号"}, lists={"owners": ({"name": "示例丙", "id": STRANGER},)})

    before = world.parties()["owner"].subject_id
    world.departments.replies[DEED.code] = other
    world.act(settle.ask_again, world.query(DEED).id, Reason(text="产权已变更"))
    world.run()
    value = world.value("owner.id_number")
    assert (value.value, value.status) == (STRANGER, "auto")
    asked = {query.subject["id_number"] for query in world.departments.asked_of(PERSON)}
    assert asked == {REPRESENTATIVE, OWNER, STRANGER}
    assert world.value("owner.name").value == ""
    assert world.parties()["owner"].subject_id != before


def test_found_without_any_value_still_exempts_and_empties_nothing(world: World):
    world.start()
    world.run()
    world.departments.replies[LICENCE.code] = Found({}, RAW)
    world.act(settle.ask_again, world.query(LICENCE).id, Reason(text="核对"))
    world.run()
    assert world.value("enterprise.name").value == "西峡县示例民宿有限公司"
    assert world.material("licence-copy").status == "exempt"


def test_a_question_that_was_answered_after_the_backup_is_asked_anew_and_others_go_on_waiting(pending: World):
    [waiting] = [query for query in pending.queries() if query.state == "pending"]
    with pending.database.write() as session:
        assert lose_pending(session, NOW, answered={waiting.outcome_seq + 1}) == ()
        assert lose_pending(session, NOW, answered={waiting.outcome_seq}) == ("T-1",)


def test_a_question_of_a_log_that_was_begun_anew_is_lost_and_can_be_asked_again(pending: World):
    with pending.database.write() as session:
        assert lose_pending(session, NOW) == ("T-1",)
    lost = next(query for query in pending.queries() if query.outcome == "unavailable")
    assert (lost.state, lost.reason) == ("answered", "lost")
    with pytest.raises(NotThere):
        answer(pending, LATER)


# --- answers that a system promised -------------------------------------------------------------------------------------


def promise(world: World, *then: Outcome, by: timedelta = timedelta(hours=1)) -> None:
    world.departments.replies[LEASE.code] = Pending("deferred:SL-1", NOW + by)
    world.departments.promised = list(then)
    world.start()
    world.run()


def test_an_answer_that_a_system_promised_is_asked_for_again_and_fills_the_form(world: World):
    promise(world, Pending("deferred:SL-1", NOW), DOWN, found({"deed_no": "示例-0001"}))
    query = world.query(LEASE)
    assert (query.state, query.outcome) == ("answered", "found")
    assert world.departments.tickets == [(query.request_id, "deferred:SL-1")] * 3
    assert world.value("owner.name").value == "演示乙"
    # One question: one intent, the pending outcome, and the answer to it.
    about = [e.record for e in world.log.entries() if e.record.get("intent_seq") == query.intent_seq]
    assert [record["result"] for record in about] == ["pending", "found"]
    assert about[1]["answers_seq"] is not None


def test_a_promise_that_is_not_kept_in_time_ends_as_unavailable_and_no_person_can_answer_for_a_system(world: World):
    promise(world, by=timedelta(0))
    with pytest.raises(NotThere):
        answer(world, LATER, "SL-1")
    assert (world.query(LEASE).outcome, world.query(LEASE).reason) == ("unavailable", "timeout")
    assert world.departments.tickets == []


def test_a_crash_after_the_record_of_a_promised_answer_shows_nothing_that_the_log_does_not_say(world: World):
    world.departments.replies[LEASE.code] = Pending("deferred:SL-1", NOW + timedelta(hours=1))
    world.departments.promised = [found({"deed_no": "示例-0001"})]
    world.start()
    while not world.departments.tickets:
        with world.database.write() as session:
            session.execute(update(work_table).where(work_table.c.state == work.READY).values(run_at=NOW))
        [task] = work.claim(world.database, "node-1", 1, timedelta(seconds=-1))
        if task.kind == "ask-again":
            asyncio.run(world.prefill.ask_again(task))  # and the process dies
        else:
            asyncio.run(world.do(task))
    world.departments.promised = [found({"deed_no": "示例-0002"})]
    world.run()
    query = world.query(LEASE)
    assert (query.outcome, query.reason) == ("unavailable", "lost")
