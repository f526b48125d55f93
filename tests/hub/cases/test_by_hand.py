"""Item cases that go to persons while their department's wire is down, and stay there; and each kind of wire, truly down, answered by hand."""

from __future__ import annotations

import asyncio
import copy
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.connected import ByHand, Connected
from adapters.contract import PeerUnreachable
from adapters.kinds.inbox import InboxAnswers, InboxHandles
from adapters.simulators import population
from catalog.fallback import Fallback
from catalog.loading import load
from hub.cases.views import FieldView
from hub.errors import NotNow
from hub.identity.principal import HUB, Principal, Role
from hub.outbox import Outbox
from hub.settings import Settings
from hub.store import work
from hub.store.catalogs import publish
from hub.store.tables import accounts, inbox_entries
from hub.store.tables import work as tasks
from hub.wiring import build as building
from hub.wiring.build import Hub
from hub.wiring.errands import Errands
from hub.wiring.inbox_store import Inbox
from tests.hub.cases.making import FOOD, SITE
from tests.hub.cases.world import REGION, World, _account, answered

OFFICE = "market-regulation"
AWAY = PeerUnreachable("It gave no answer.", down=True)
BUSY = PeerUnreachable("It is busy.")


@pytest.fixture
def office(world: World) -> World:
    """The department of the food permit takes item cases by hand after half an hour without its system."""
    inbox = Inbox(world.hub.database, world.hub.files, REGION, lambda: world.now[0], lambda at: at)
    rule = Fallback(item_cases_after_minutes=30)
    hand = ByHand(rule, InboxAnswers(inbox), InboxHandles(OFFICE, inbox))
    connected = Connected(SITE.departments[OFFICE], handles=world.outside, by_hand=hand)
    adapters = {**world.hub.adapters, OFFICE: connected}
    desk, hub = world.hub.clerk._desk, world.hub
    errands = Errands(hub.database, desk, adapters, Outbox(hub.log), hub.files, bytes(32), lambda _: "platform", "sms")
    mine = {name: getattr(errands, name) for name in ("hand_over", "stop", "supply")}
    return replace(world, handlers={**world.handlers, **mine})


def entries(world: World) -> list[Any]:
    with world.hub.database.read() as session:
        c = inbox_entries.c
        return list(session.execute(select(inbox_entries).where(c.department == OFFICE).order_by(c.opened_at, c.id)))


def waited(world: World, minutes: int) -> None:
    """As if the hand-overs had been put so long ago."""
    with world.hub.database.write() as session:
        ago = world.hub.database.now(session) - timedelta(minutes=minutes)
        session.execute(update(tasks).where(tasks.c.kind == "hand_over").values(created_at=ago))


def handed(world: World, minutes: int, *fails: Exception) -> str:
    """A case whose food permit is handed over, once, while its system fails so."""
    case_id = world.dispatched(chosen=(FOOD,), handed=False)
    waited(world, minutes)
    world.outside.fails[:] = list(fails)
    world.run("hand_over")
    return case_id


def test_an_item_case_that_the_wire_cannot_take_goes_to_persons_and_the_log_names_that_door(office: World) -> None:
    case_id = handed(office, 31, AWAY)
    [entry] = entries(office)
    assert (entry.kind, entry.state, entry.item_no) == ("handover", "open", office.case(case_id).item(FOOD).item_no)
    assert office.state(case_id, FOOD) == "pushed"
    assert [r.record["channel"] for r in office.hub.log.search(phase="sent", limit=50)][:2] == [
        "hand_over_by_hand",
        "hand_over",
    ]
    titles = [event.title for event in office.hub.clerk.case(office.clerk, case_id).events]
    assert "部门系统中断，转由部门人工办理" in titles


@pytest.mark.parametrize(("minutes", "fault"), [(5, AWAY), (31, BUSY)])
def test_before_its_time_or_while_its_system_only_is_busy_it_waits_for_the_wire(
    office: World, minutes: int, fault: Exception
) -> None:
    case_id = handed(office, minutes, fault)
    assert (entries(office), office.state(case_id, FOOD)) == ([], "waiting")
    office.again()
    office.run("hand_over")
    assert office.state(case_id, FOOD) == "pushed"


def test_a_worker_that_dies_as_persons_get_it_gives_it_to_them_once_and_never_to_the_wire(office: World) -> None:
    office.dispatched(chosen=(FOOD,), handed=False)
    waited(office, 31)
    office.outside.fails[:] = [AWAY]
    office.dies("hand_over")
    office.run("hand_over")
    assert (len(entries(office)), len(office.outside.given("hand_over"))) == (1, 1), "the one try that failed"


def test_what_persons_have_stays_with_them_and_they_are_told_to_stop(office: World) -> None:
    case_id = handed(office, 31, AWAY)
    office.hub.clerk.act(office.clerk, case_id, "withdraw", reason="申请人撤回")
    office.run("stop")
    assert office.outside.given("stop") == []
    assert sorted(entry.kind for entry in entries(office)) == ["handover", "stop"]


def test_its_page_says_how_to_enter_it_later_and_the_department_page_how_many_wait(office: World) -> None:
    case_id = handed(office, 31, AWAY)
    view = office.hub.reviewer.entry(office.officer(OFFICE), entries(office)[0].id)
    assert office.case(case_id).item(FOOD).item_no in view.notice and "重复登记" in view.notice
    assert "系统中断转来" in view.row.title
    office.hub.reviewer.act(office.officer(OFFICE), entries(office)[0].id, "accept", "", {})
    assert office.state(case_id, FOOD) == "reviewing"


# --- each kind of wire --------------------------------------------------------------------------------------------------

KINDS = {
    "public-security": "soap",
    "market-regulation": "rest",
    "real-estate": "filedrop",
    "housing-construction": "frontdb",
}
FIRM = population.FIRMS[0]


@pytest.fixture
def county(prepared_keys: Path, tmp_path: Path) -> Iterator[Hub]:
    """The county's hub, whose departments are nowhere: ports that refuse, a folder without a file, a database that is gone."""
    loaded = load(Path("catalog/sites/xixia"))
    document: Any = copy.deepcopy(loaded.document)
    for code in KINDS:
        document["departments"][code]["fallback"] = {"questions_after_minutes": 0, "people": "值班员"}
    settings = Settings(folder=tmp_path / "hub", worker=False)
    settings.folder.mkdir()
    (settings.folder / "keys").symlink_to(prepared_keys)
    settings.connections_file.write_text(nowhere(tmp_path))
    base = building.ground(settings)
    with base.database.write() as session:
        publish(session, REGION, document, "test", base.clock())
        _account(session, "clerk")
    base.log.close()
    base.database.close()
    hub = building.build(settings)
    yield hub
    hub.close()


def nowhere(folder: Path) -> str:
    (folder / "drop").mkdir()
    text = Path("docs/compose/connections.toml").read_text("utf-8")
    known = tomllib.loads(text)["departments"]
    lines = []
    for code, kind in KINDS.items():
        secrets = "".join(f'{k} = "{v}", ' for k, v in known[code].get("secrets", {}).items())
        where = {
            "filedrop": f'folder = "{folder / "drop"}"',
            "frontdb": f'address = "sqlite:///{folder / "gone" / "front.sqlite"}"',
        }.get(kind, 'address = "http://127.0.0.1:1"')
        lines += [f"[departments.{code}]", where, f"secrets = {{ {secrets.rstrip(', ')} }}"]
    return "\n".join(lines)


def run(hub: Hub, *kinds: str) -> None:
    """All work of these kinds, also what is due later."""
    while True:
        with hub.database.write() as session:
            session.execute(update(tasks).where(tasks.c.state == work.READY).values(run_at=hub.clock()))
        claimed = work.claim(hub.database, "w", 20, timedelta(seconds=60), kinds)
        if not claimed:
            return
        for task in claimed:
            commit = asyncio.run(answered(hub.handlers[task.kind], task))
            with hub.database.write() as session:
                assert work.finish(session, task, "w", hub.clock())
                if commit is not None:
                    commit(session, hub.clock())


def test_a_county_whose_four_kinds_of_wires_are_down_is_answered_by_hand(county: Hub) -> None:
    with county.database.read() as session:
        clerk_id = session.execute(select(accounts.c.id)).scalar_one()
    clerk = Principal(HUB, clerk_id, "演示窗口甲", "hub", REGION, frozenset({Role.CLERK}))
    boss = {"identifier": FIRM.boss.id_number, "proof": "居民身份证读卡"}
    firm = {"identifier": FIRM.uscc, "proof": "营业执照原件核验", "phone": "13800001234"}
    site = county.catalogs.current()
    chosen = tuple(i.item for i in site.matters["open-cafe"].items)
    case_id = county.clerk.open_case(
        clerk, "open-cafe", {}, chosen, {"enterprise": firm, "legal_representative": boss}, "k"
    )
    run(county, "ask")
    page = county.clerk.case(clerk, case_id)
    by_hand = {q.department: q for q in page.queries if q.by_hand}
    assert {site.departments[code].name for code in KINDS} <= set(by_hand)
    for code in KINDS:
        answered_by(county, code)
    run(county, "answer-later")
    page = county.clerk.case(clerk, case_id)
    got = {f.provenance.department: f.provenance for g in page.groups for f in g.fields if f.provenance and f.value}
    for code in KINDS:
        source = got[site.departments[code].name]
        assert "人工答复" in source.resource and source.trust >= "B" and source.log_seq > 0


def answered_by(hub: Hub, code: str) -> None:
    """Each question at the department's inbox, by one of its persons, on the page's own sheet."""
    person = Principal(HUB, "p", "演示审批乙", code, REGION, frozenset({Role.REVIEWER}))
    rows, _ = hub.reviewer.inbox(person, "open", 1)
    assert rows
    for row in rows:
        view = hub.reviewer.entry(person, row.id)
        values = {f.key: typed(f) for f in view.answers}
        for table in view.tables:
            values |= {f"{table.code}[0].{f.key}": typed(f) for f in table.columns}
        hub.reviewer.answer(person, row.id, True, values)
        with pytest.raises(NotNow):
            hub.reviewer.answer(person, row.id, True, values)


TYPED = {
    "date": "2020-01-01",
    "id_number": FIRM.boss.id_number,
    "uscc": FIRM.uscc,
    "id_number_or_uscc": FIRM.uscc,
    "boolean": "true",
    "integer": "1",
    "decimal": "1",
    "phone": "13800001234",
}


def typed(asked: FieldView) -> str:
    """What the official types into the field."""
    return asked.options[0].code if asked.options else TYPED.get(asked.type) or asked.example or "示例"
