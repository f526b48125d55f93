"""What the sharing log learns of a look, a search and a skip: every person in it, purpose and ground, and reasons under seal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import delete, insert

from adapters.client import YijianClient
from adapters.connect import Connected
from adapters.contract import Message, Taken
from hub.clock import utc_now
from hub.store import work
from hub.store.tables import form_values
from hub.store.tables import work as work_rows
from tests.hub.api.test_people import problem
from tests.hub.api.wired import FIRM, Wired, opening

OWNER = "411323198502029933"  # made up: sequence code 993


class _Gateway:
    """Takes every message."""

    async def tell(self, message: Message) -> Taken:
        return Taken("1")


def _case(clerk: YijianClient) -> str:
    """Of the items whose form names the owner of the premises."""
    items = ["public-place-hygiene-permit", "fire-safety-inspection", "hotel-permit"]
    return clerk.open_case(**(opening() | {"chosen": items}))


def _owner_comes(wired: Wired, case_id: str) -> None:
    """What the register's answer does: the owner's number fills the form."""
    c = form_values.c
    row = {"case_id": case_id, "field": "owner.id_number", "value": OWNER, "status": "manual", "version": 1}
    with wired.hub.database.write() as session:
        session.execute(delete(form_values).where(c.case_id == case_id, c.field == row["field"]))
        session.execute(insert(form_values).values(**row, updated_at=utc_now()))


def test_the_legal_representative_and_the_owner_are_found_by_the_screen_that_showed_them(fresh: Wired) -> None:
    clerk, auditor = fresh.person("clerk"), fresh.person("auditor")
    case_id = _case(clerk)
    _owner_comes(fresh, case_id)
    clerk.case(case_id)
    looks = [auditor.audit(subject=who, phase="viewed")["rows"] for who in (FIRM.uscc, FIRM.boss.id_number, OWNER)]
    assert looks[2] and looks[2][0]["seq"] in [row["seq"] for row in looks[0]] == [row["seq"] for row in looks[1]]
    assert (looks[2][0]["purpose"], looks[2][0]["ground"]) == ("我要开民宿", "办件经办")


def test_a_person_whom_an_answer_brings_into_an_open_page_is_in_a_record_of_their_own(fresh: Wired) -> None:
    clerk, auditor = fresh.person("clerk"), fresh.person("auditor")
    case_id = _case(clerk)
    clerk.case(case_id)
    before = fresh.hub.log.size()
    clerk.field(case_id, "enterprise.uscc")
    assert fresh.hub.log.size() == before
    _owner_comes(fresh, case_id)
    clerk.field(case_id, "owner.id_number")
    assert [row["resource"] for row in auditor.audit(subject=OWNER)["rows"]] == ["field"]


def test_a_mistyped_identifier_is_refused_instead_of_finding_nothing(fresh: Wired) -> None:
    auditor = fresh.person("auditor")
    wrong = FIRM.boss.id_number[:-1] + ("0" if FIRM.boss.id_number[-1] != "0" else "1")
    refusal = problem(auditor.audit, subject=wrong)
    assert (refusal.status, refusal.code) == (422, "IDENTIFIER_WRONG")
    assert wrong not in str(refusal)
    assert auditor.audit(subject=f" {FIRM.boss.id_number.lower()} ")["rows"] == []


def test_the_reason_of_a_skip_is_sealed_in_its_record(fresh: Wired) -> None:
    with fresh.hub.database.write() as session:
        work.put(session, work.Task("push", "push:1", stream="platform"), utc_now())
        number = session.execute(work_rows.update().values(state="dead").returning(work_rows.c.id)).scalar_one()
    fresh.person("operator").skip_work(str(number), "平台已由人工补录")
    [row] = [r for r in fresh.hub.log.search(phase="admin") if r.record["action"] == "skip_work"]
    assert "平台已由人工补录" not in str(row.record)
    assert fresh.hub.log.disclose(row.seq)["note"] == "平台已由人工补录"


def test_a_message_to_the_agents_phone_is_found_by_agent_and_applicant_and_its_number_goes_with_the_agent(
    fresh: Wired,
) -> None:
    clerk = fresh.person("clerk")
    asked = opening()
    agent = {"identifier": OWNER, "proof": "居民身份证读卡", "phone": "13800000000", "name": "示例丙"}
    filing = asked["answers"] | {"filing": "agent"}
    case = clerk.case(clerk.open_case(**(asked | {"answers": filing, "parties": asked["parties"] | {"agent": agent}})))
    task = work.Claimed(1, "sms", "sms:1", "", {"item_no": case["items"][0]["item_no"], "about": "accepted"}, 1)
    errands = fresh.hub.handlers["sms"].__self__  # type: ignore[attr-defined]
    asyncio.run(
        replace(
            errands,
            gateway="sms",
            adapters={"sms": Connected(errands.desk.catalogs.current().departments["platform"], tells=_Gateway())},
        ).sms(task)
    )
    log = fresh.hub.log
    [row] = log.search(subject=OWNER, phase="sent")
    assert [row] == log.search(subject=FIRM.uscc, phase="sent")
    log.erase(log.scope(subject=OWNER))
    assert "13800000000" not in log.disclose(row.seq).values()
    assert log.search(subject=FIRM.uscc, phase="sent") and log.verify().ok
