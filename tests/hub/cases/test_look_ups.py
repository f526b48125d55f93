"""Look-ups that are answered, not decided, and the sheet that goes to the lead: on a whole hub, on each engine."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from adapters.contract import Handover, NotFound, Push, Unavailable, Why
from hub.cases.asked import sheet_no
from hub.errors import NotNow
from hub.store.tables import clock_segments, inbox_entries
from hub.wiring.reports import Acceptance
from tests.hub.cases.asking import CHILD, GUARDIAN, HOUSEHOLD, VACCINATION, Counter, found

ADDRESS = "西峡县演示街1号"


def vaccinated(counter: Counter, *, record: bool = True) -> None:
    """The person at the health commission's inbox answers the one question there."""
    officer = counter.world.officer("health")
    rows, _ = counter.world.hub.reviewer.inbox(officer, "open", 1)
    question = next(r for r in rows if r.kind == "question")
    counter.world.hub.reviewer.answer(officer, question.id, record, {"vaccination_complete": "true"} if record else {})
    counter.run()


def received(counter: Counter, *outcomes: object) -> str:
    """A case of both look-ups, received; the police answers as told, the health commission has not answered yet."""
    counter.says("police.household", *(outcomes or (found(registered_address=ADDRESS, relation_to_head="长子"),)))  # type: ignore[arg-type]
    case_id = counter.enrol()
    counter.run()
    counter.world.receive(case_id)
    return case_id


def test_a_record_that_is_there_answers_the_look_up_at_receipt(counter: Counter) -> None:
    case_id = received(counter)
    item = counter.item(case_id, HOUSEHOLD)
    assert (item.state, item.answer, item.state_title) == ("completed", "found", "已核验")
    assert counter.departments.times("police.household") == 1, "what the form asked is not asked again"


def test_no_record_is_an_answer_and_no_refusal(counter: Counter) -> None:
    case_id = received(counter, NotFound())
    item = counter.item(case_id, HOUSEHOLD)
    assert (item.answer, item.state_title) == ("no_record", "查无记录")
    vaccinated(counter)
    assert counter.world.states(case_id) == {HOUSEHOLD: "completed", VACCINATION: "completed"}, "nothing else ended"


def test_an_open_question_keeps_its_look_up_waiting_and_says_so(counter: Counter) -> None:
    case_id = received(counter)
    item = counter.item(case_id, VACCINATION)
    assert (item.state, item.state_title) == ("waiting", "待核验")
    assert "示例卫健委人工答复" in item.note
    vaccinated(counter)
    assert counter.item(case_id, VACCINATION).answer == "found"


def test_a_question_queued_at_receipt_is_still_asked(counter: Counter) -> None:
    counter.says("police.household", found(registered_address=ADDRESS))
    case_id = counter.enrol()
    counter.world.receive(case_id)
    assert counter.item(case_id, HOUSEHOLD).note == "正在向示例公安局查询"
    counter.run()
    assert counter.item(case_id, HOUSEHOLD).answer == "found"


def test_a_department_that_is_down_is_never_shown_as_no_record(counter: Counter) -> None:
    case_id = received(counter, Unavailable(Why.REFUSED_CONNECTION))
    item = counter.item(case_id, HOUSEHOLD)
    assert (item.state, item.answer) == ("waiting", "") and "待窗口重新查询" in item.note
    assert {w.code for w in counter.query(case_id, "户籍信息").ways} >= {"retry", "go_on"}


def test_going_on_with_a_reason_makes_it_not_checked(counter: Counter) -> None:
    case_id = received(counter, Unavailable(Why.REFUSED_CONNECTION))
    asked = counter.query(case_id, "户籍信息")
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "go_on", reason="source_down")
    item = counter.item(case_id, HOUSEHOLD)
    assert (item.state, item.answer, item.state_title) == ("completed", "not_checked", "未能核验")
    with pytest.raises(NotNow):
        counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "retry")


def test_a_retry_after_receipt_answers_the_look_up(counter: Counter) -> None:
    case_id = received(counter, Unavailable(Why.TIMEOUT), found(registered_address=ADDRESS))
    asked = counter.query(case_id, "户籍信息")
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "retry")
    counter.run()
    assert counter.item(case_id, HOUSEHOLD).answer == "found"


def test_a_look_up_has_no_clock_no_hand_over_and_no_message(counter: Counter) -> None:
    case_id = received(counter)
    counter.world.run()
    assert counter.world.count(clock_segments) == 0
    assert counter.world.keys("hand_over") == {} and counter.world.keys("sms") == {}
    assert not {"acceptance_notice", "decision_granted"} & {n.kind for n in counter.page(case_id).notices}


def test_a_department_cannot_accept_a_look_up(counter: Counter) -> None:
    own = counter.world.case(received(counter)).item(VACCINATION)
    with pytest.raises(NotNow) as refused:
        counter.world.hub.department.acceptance(
            counter.world.system("health"), own.item_no, "k", Acceptance("accepted", department_no="W1")
        )
    assert refused.value.code == "ITEM_IS_ASKED"


def test_the_platform_learns_the_answer_in_its_own_words(counter: Counter) -> None:
    received(counter, NotFound())
    counter.world.run()
    pushes = [p for p in counter.world.outside.given("push") if isinstance(p, Push) and p.table == "up_pro_result"]
    assert [(p.values["result"], p.values["result_title"]) for p in pushes] == [("completed", "查无记录")]


def test_the_progress_page_says_what_each_look_up_came_to(counter: Counter) -> None:
    case_id = received(counter)
    view = counter.world.hub.applicant.progress(counter.world.case(case_id).case_no, GUARDIAN[-4:], "127.0.0.1")
    assert [i.state_title for i in view.items] == ["已核验", "待核验"]
    assert ADDRESS not in repr(view) and CHILD not in repr(view)


def test_a_withdrawn_look_up_is_not_asked_any_more(counter: Counter) -> None:
    counter.says("police.household", found(registered_address=ADDRESS))
    case_id = counter.enrol()
    counter.world.receive(case_id)
    counter.world.hub.clerk.act(counter.world.clerk, case_id, "withdraw", reason="不办了")
    counter.run()
    assert counter.departments.asked == [] and counter.world.state(case_id) == "withdrawn"


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_sheet_lists_department_record_answer_and_granted_values(counter: Counter) -> None:
    case_id = received(counter)
    vaccinated(counter)
    sheet, record = counter.sheet(case_id), counter.query(case_id, "户籍信息").log_seq
    assert "示例教体局：" in sheet and "示例户籍信息查询：已核验" in sheet and f"第{record}号" in sheet
    assert f"儿童户籍地址：{ADDRESS}" in sheet and "与户主关系：长子" in sheet and "预防接种是否完成：是" in sheet


def test_the_sheet_names_who_was_looked_up_and_what_is_applied_for(counter: Counter) -> None:
    counter.says("police.household", found(relation_to_head="长子"))
    case_id = counter.move_school()
    counter.run()
    counter.fill(case_id, {"child.school": "示例第一小学"})
    counter.world.receive(case_id)
    sheet = counter.sheet(case_id)
    assert f"儿童：测试乙，公民身份号码 {CHILD}" in sheet and "申请学校：示例第一小学" in sheet
    applied_for = sheet.partition("申请内容：")[2].partition("</p>")[0]
    assert "长子" not in applied_for and CHILD not in applied_for, "answers and persons stand in their own place"


def test_whoever_looks_at_the_sheet_is_noted_for_everybody_in_it(counter: Counter) -> None:
    case_id = received(counter)
    vaccinated(counter)
    sheet = next(n for n in counter.page(case_id).notices if n.kind == "verification_sheet")
    before = counter.world.hub.log.size()
    counter.world.hub.clerk.notice(counter.world.clerk, sheet.id, False)
    for person in (GUARDIAN, CHILD):
        looks = counter.world.hub.log.search(subject=person, phase="viewed", limit=100)
        assert any(look.seq >= before for look in looks)


def test_the_sheet_says_no_record_and_not_checked_in_plain_words(counter: Counter) -> None:
    case_id = received(counter, Unavailable(Why.TIMEOUT))
    asked = counter.query(case_id, "户籍信息")
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "go_on", reason="source_down")
    vaccinated(counter, record=False)
    sheet = counter.sheet(case_id)
    assert "未能核验" in sheet and "数源部门系统不可用，先行办理" in sheet
    assert "查无记录" in sheet and "该部门答复没有此记录" in sheet


def test_the_lead_takes_the_sheet_and_the_case_closes_without_decision(counter: Counter) -> None:
    case_id = received(counter)
    vaccinated(counter)
    assert counter.world.state(case_id) == "delivering"
    counter.world.run("hand_over_sheet")
    assert counter.world.state(case_id) == "closed"
    counter.world.run()
    assert counter.world.state(case_id) == "archived"
    assert counter.events(case_id)[-3:] == ["sheet_taken", "closed", "archived"]
    assert counter.world.states(case_id) == {HOUSEHOLD: "completed", VACCINATION: "completed"}


def test_the_lead_s_inbox_shows_form_and_answers_and_is_only_acknowledged(counter: Counter) -> None:
    case_id = received(counter)
    vaccinated(counter)
    counter.world.run("hand_over_sheet")
    lead = counter.world.officer("education")
    rows, _ = counter.world.hub.reviewer.inbox(lead, "open", 1)
    entry = counter.world.hub.reviewer.entry(lead, rows[0].id)
    assert rows[0].title == "核验结果单：示例儿童入学" and [a.code for a in entry.actions] == ["acknowledge"]
    assert ("核验结果·示例户籍信息查询", f"已核验，儿童户籍地址：{ADDRESS}；与户主关系：长子") in entry.form
    assert entry.item_no == sheet_no(counter.world.case(case_id))
    counter.world.hub.reviewer.act(lead, rows[0].id, "acknowledge", "", {})
    assert counter.world.hub.reviewer.inbox(lead, "open", 1)[0] == ()


def test_a_sheet_handed_over_twice_is_one_entry_and_one_end(counter: Counter) -> None:
    """The worker dies after the lead took it and before the case learned of it."""
    case_id = received(counter)
    vaccinated(counter)
    counter.world.dies("hand_over_sheet")
    assert counter.world.state(case_id) == "delivering"
    counter.world.run("hand_over_sheet")
    with counter.world.hub.database.read() as session:
        sheets = session.execute(select(inbox_entries).where(inbox_entries.c.kind == "sheet")).all()
    assert len(sheets) == 1 and counter.events(case_id).count("sheet_taken") == 1


def test_the_sheet_is_in_the_log_before_it_leaves(counter: Counter) -> None:
    received(counter)
    vaccinated(counter)
    counter.world.run("hand_over_sheet")
    sent = [r for r in counter.world.hub.log.search(phase="sent", limit=100) if r.record.get("receiver") == "education"]
    assert len(sent) == 1 and sent[0].record["channel"] == "hand_over"
    assert "material:verification_sheet" in sent[0].record["fields"]


def test_a_lead_with_a_system_gets_the_look_ups_as_words(counter: Counter) -> None:
    """The same hand-over as any system gets, with a list of what each look-up came to."""
    received(counter)
    vaccinated(counter)
    world = counter.world
    task = next(iter(world.keys("hand_over_sheet")))
    errands = world.handlers["hand_over_sheet"].__self__  # type: ignore[attr-defined]
    errands.adapters["education"] = errands.adapters["police"]
    world.run("hand_over_sheet")
    handover = next(h for h in world.outside.given("hand_over") if isinstance(h, Handover))
    assert task.startswith("sheet:") and handover.item == "enrol-child" and len(handover.attachments) == 1
    assert [(one.item, one.answer) for one in handover.look_ups] == [(HOUSEHOLD, "found"), (VACCINATION, "found")]


def test_an_applicant_s_answers_reach_the_archive(counter: Counter) -> None:
    case_id = received(counter, NotFound())
    vaccinated(counter)
    counter.world.run()
    page = counter.page(case_id)
    assert page.state == "archived" and [i.answer for i in page.items] == ["no_record", "found"]
