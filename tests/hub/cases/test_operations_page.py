"""The operator's page says how departments, nodes and stopped work stand, whichever process saw it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import insert, update

from adapters.connect import Connected
from adapters.kinds.guard import Breaker
from catalog.types import Site
from hub.clock import SHANGHAI, local, new_id, utc_now
from hub.identity.principal import HUB, Principal, Role
from hub.settings import VERSION
from hub.store import work
from hub.store.tables import department_checks, inbox_entries, queries
from hub.store.tables import work as tasks
from hub.wiring import standing
from hub.wiring.listings import DepartmentRow, OverviewView
from hub.wiring.presence import Presence, present
from tests.hub.cases.making import SITE
from tests.hub.cases.world import REGION, World

OPERATOR = Principal(HUB, "o", "演示运维庚", "hub", REGION, frozenset({Role.OPERATOR}))


def overview(world: World) -> OverviewView:
    return world.hub.operator.overview(OPERATOR)


def department(world: World, code: str, site: Site = SITE, **changes: object) -> DepartmentRow:
    """As the page shows it, where every department is connected."""
    adapters = {c: Connected(d) for c, d in SITE.departments.items()}
    adapters[code] = replace(adapters[code], **changes)  # type: ignore[arg-type]
    with world.hub.database.read() as session:
        found = standing.departments(session, site, adapters, world.now[0])
    return next(row for row in found if row.name == SITE.departments[code].name)


def answered(world: World, case_id: str, outcome: str, minutes_ago: int) -> None:
    resource = next(code for code in SITE.resources if code.startswith("public-security."))
    at = world.now[0] - timedelta(minutes=minutes_ago)
    values = {
        "id": new_id(at), "case_id": case_id, "region": REGION, "resource": resource, "subject": {}, "subject_blind": new_id(at),
        "subject_role": "enterprise", "subject_keys": {}, "fields": [], "item": "", "round": 9, "state": "answered",
        "outcome": outcome, "queued_at": at, "asked_at": at, "answered_at": at,
    }  # fmt: skip
    with world.hub.database.write() as session:
        session.execute(insert(queries).values(values))


def test_what_our_own_registry_answers_says_nothing_of_how_its_department_stands(world: World) -> None:
    case_id = world.open()
    ours = {
        code: replace(one, way="registry")
        for code, one in SITE.resources.items()
        if one.department == "public-security"
    }
    site = replace(SITE, resources={**SITE.resources, **ours})
    for minutes_ago, outcome in ((40, "found"), (30, "unavailable"), (20, "unavailable"), (10, "unavailable")):
        answered(world, case_id, outcome, minutes_ago)
    assert department(world, "public-security").state == "down"
    found = department(world, "public-security", site)
    assert (found.state, found.last_answer) == ("unknown", None)


def test_a_department_that_answered_nobody_lately_is_down_and_one_answer_ends_that(world: World) -> None:
    case_id = world.open()
    assert department(world, "public-security").state == "unknown"
    for minutes_ago, state in ((40, "slow"), (30, "slow"), (20, "down")):
        answered(world, case_id, "unavailable", minutes_ago)
        assert department(world, "public-security").state == state
    answered(world, case_id, "not_found", 10)
    row = department(world, "public-security")
    assert (row.state, row.trouble) == ("up", ()) and row.last_answer == world.now[0] - timedelta(minutes=10)


def checked(world: World, about: str, state: str) -> None:
    """What a person's check of the department's connection found, now."""
    values = {
        "id": new_id(world.now[0]), "region": REGION, "department": "public-security", "at": world.now[0], "by": "o",
        "state": state, "findings": [{"about": about, "state": state, "sentence": "x", "command": ""}], "ending": "",
    }  # fmt: skip
    with world.hub.database.write() as session:
        session.execute(insert(department_checks).values(values))


def test_a_department_is_called_well_only_where_something_shows_it(world: World) -> None:
    assert department(world, "public-security").state == "unknown"
    checked(world, "mapping", "ok")
    assert department(world, "public-security").state == "unknown"
    world.now[0] += timedelta(minutes=5)
    checked(world, "probe", "ok")
    assert department(world, "public-security").state == "up"


def test_a_check_that_found_nobody_there_counts_until_the_next_answer(world: World) -> None:
    case_id = world.open()
    answered(world, case_id, "found", 10)
    checked(world, "probe", "mend")
    row = department(world, "public-security")
    assert (row.state, row.trouble) == ("down", (f"检查时没有连上（{local(world.now[0]):%m-%d %H:%M}）",))
    world.now[0] += timedelta(minutes=5)
    answered(world, case_id, "not_found", 0)
    assert department(world, "public-security").state == "up"


def test_a_department_whose_breaker_opened_is_down_until_something_shows_that_it_answers(world: World) -> None:
    seconds = [0.0]
    breaker = Breaker(1, 10, lambda: seconds[0])
    breaker.failed()
    for seconds[0], breaks in ((5, "open"), (60, "half-open")):
        row = department(world, "public-security", breaker=breaker)
        assert (row.state, row.breaker) == ("down", breaks)
    checked(world, "probe", "ok")
    assert department(world, "public-security", breaker=breaker).state == "slow", "it was reached after it had failed"


def test_a_draft_that_nobody_could_ask_is_not_counted_as_down(world: World) -> None:
    code = "public-security"
    drafts = {one.code: replace(one, proposed=True) for one in SITE.resources.values() if one.department == code}
    draft = replace(SITE.departments[code], handles={}, phone="0377-00000009")
    with world.hub.database.read() as session:
        for reviewed, state in ((drafts, "draft"), ({}, "down")):
            departments = {**SITE.departments, code: draft}
            site = replace(SITE, resources={**SITE.resources, **reviewed}, departments=departments)
            rows = standing.departments(session, site, {}, world.now[0])
            (row,) = [one for one in rows if one.name == draft.name]
            assert (row.state, row.phone, bool(row.trouble)) == (state, "0377-00000009", state == "down")


def test_work_that_a_department_does_not_take_shows_on_it(world: World) -> None:
    case_id = world.open()
    stream = f"{case_id}:platform"
    with world.hub.database.write() as session:
        args = {"case_id": case_id, "event_no": "1", "table": "up_pro_accept"}
        work.put(session, work.Task("push", "push:x", args, stream=stream), world.now[0])
        session.execute(update(tasks).where(tasks.c.key == "push:x").values(last_error="PEER_UNREACHABLE: no answer"))
    assert (department(world, "platform").state, department(world, "platform").trouble) == (
        "slow",
        ("1 件送不到，正在重试",),
    )
    with world.hub.database.write() as session:
        session.execute(update(tasks).where(tasks.c.key == "push:x").values(state=work.DEAD))
    assert department(world, "platform").state == "down"
    (dead,) = overview(world).dead
    assert dead.stream == f"{world.case(case_id).case_no} → {SITE.departments['platform'].name}"
    assert dead.sentence == f"向{SITE.departments['platform'].name}推送受理信息" and "没有应答" in dead.cause


def test_a_file_drop_shows_the_day_of_its_files_and_what_lies_aside(world: World) -> None:
    row = department(world, "real-estate", fresh_on=lambda: date(2026, 11, 19), aside=lambda: ("a.csv：少于上次",))
    assert row.fresh_at is not None and row.fresh_at.astimezone(SHANGHAI).date() == date(2026, 11, 19)
    assert (row.state, row.trouble) == ("slow", ("a.csv：少于上次",))


def test_an_inbox_answered_last_when_a_person_did_its_last_entry(world: World) -> None:
    done = world.now[0] - timedelta(hours=2)
    values = {
        "id": new_id(done), "region": REGION, "department": "health", "kind": "stop", "key": "k", "number": "1", "case_no": "1",
        "about": "x", "state": "done", "body": {}, "opened_at": done - timedelta(hours=1), "done_at": done,
    }  # fmt: skip
    with world.hub.database.write() as session:
        session.execute(insert(inbox_entries).values(values))
    assert department(world, "health").last_answer == done


def test_a_department_with_a_system_and_an_inbox_shows_both(world: World) -> None:
    known = SITE.departments["real-estate"]
    site = replace(SITE, departments={**SITE.departments, known.code: replace(known, handles={"x": {"way": "inbox"}})})
    with world.hub.database.read() as session:
        rows = standing.departments(session, site, {known.code: Connected(known)}, world.now[0])
    assert [(r.kind, r.inbox) for r in rows if r.name == known.name] == [("filedrop", True)]
    assert not department(world, "market-regulation").inbox and not department(world, "power-supply").inbox


def test_every_node_that_held_work_lately_is_listed_with_when_it_was_seen(world: World) -> None:
    now = world.now[0]
    with world.hub.database.write() as session:
        for node, ended in (("hub-2", now - timedelta(minutes=5)), ("gone", now - timedelta(hours=3))):
            work.put(session, work.Task("archive", f"archive:{node}"), now)
            values = {"state": work.DONE, "owner": node, "done_at": ended}
            session.execute(update(tasks).where(tasks.c.key == f"archive:{node}").values(**values))
        work.put(session, work.Task("archive", "archive:held"), now)
        lease = {"owner": "hub-3", "lease_until": now + timedelta(seconds=30)}
        session.execute(update(tasks).where(tasks.c.key == "archive:held").values(**lease))
    shown = {n.name: (n.seen_at, n.version, n.worker) for n in overview(world).nodes}
    own = world.hub.settings.node
    assert shown == {
        own: (now, VERSION, False), "hub-2": (now - timedelta(minutes=5), "", True), "hub-3": (now, "", True),
    }  # fmt: skip
    assert [n.name for n in overview(world).nodes if n.silent] == ["hub-2"], "it is gone, paused or cut off"


def test_a_node_that_does_no_work_is_seen_too_with_its_version_and_its_clock(world: World) -> None:
    ahead = Presence(world.hub.database, "hub-9", lambda: utc_now() + timedelta(hours=1), worker=False)
    ahead.say()
    ahead.say()  # within the half minute the first word stands
    (row,) = [node for node in overview(world).nodes if node.name == "hub-9"]
    assert (row.version, row.worker) == (VERSION, False)
    assert row.clock_off is not None and 3500 < row.clock_off < 3700
    with world.hub.database.read() as session:
        assert work.state_of(session).ready == 0  # nobody has to act upon it


def test_processes_say_that_they_are_there_while_they_run(world: World) -> None:
    async def run() -> None:
        async with present(Presence(world.hub.database, "hub-8", utc_now, worker=True)):
            for _ in range(3000):
                await asyncio.sleep(0.02)
                if "hub-8" in [node.name for node in overview(world).nodes]:
                    return
            raise AssertionError("it was never seen")

    asyncio.run(run())


def test_queue_stores_log_and_catalog_are_told(world: World) -> None:
    world.dispatched(handed=False)
    view = overview(world)
    kinds = {row.kind: row for row in view.queue.kinds}
    assert kinds["hand_over"].waiting >= 1 and kinds["hand_over"].title == "把办件交给部门"
    assert {row.name for row in view.stores} == {"办件库", "共享日志", "扫描件、答复和证照"}
    assert all(row.size > 0 for row in view.stores[:2]) and view.log.size == world.hub.log.size()
    assert (view.missing, view.version, view.node) == ((), VERSION, world.hub.settings.node)
    assert view.published == world.hub.catalogs.current_digest()
