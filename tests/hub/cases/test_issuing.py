"""One decision, one certificate: crashes between its durable moments, a signer that refuses, work that comes twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Row, select, update

from catalog.types import Validity
from certificates.certificate import read
from certificates.errors import SigningFailed
from hub.cases import issuance
from hub.errors import HubError
from hub.jobs import Commit
from hub.store import work
from hub.store.tables import case_events, certificates, form_values, notices
from hub.store.tables import work as work_rows
from hub.store.work import Claimed, GiveUp
from tests.hub.cases.making import FOOD
from tests.hub.cases.world import FIRM, LEASE, NAME, World, answered


@pytest.fixture
def decided(world: World) -> str:
    """The food permit is granted: its certificate is reserved, its signing queued."""
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    return case_id


def row(world: World) -> Row[tuple[object, ...]]:
    with world.hub.database.read() as session:
        return session.execute(select(certificates)).one()


def claimed(world: World) -> Claimed:
    [task] = work.claim(world.hub.database, "w", 1, LEASE, ["sign"])
    return task


def signed_but_not_written(world: World, task: Claimed) -> Commit:
    commit = asyncio.run(answered(world.handlers["sign"], task))
    assert commit is not None
    return commit


def signatures(world: World) -> int:
    return len(world.hub.log.search(phase="admin", limit=100))


def test_the_decision_reserves_and_signs_nothing(world: World, decided: str) -> None:
    assert (row(world).state, row(world).file, signatures(world)) == ("reserved", "", 0)
    assert not world.case(decided).item(FOOD).certificate_signed


def test_signing_makes_the_reserved_certificate(world: World, decided: str) -> None:
    reserved = row(world).identifier
    world.run("sign")
    made = read(world.hub.files.read(row(world).file))
    assert str(made.content.identifier) == reserved == world.case(decided).item(FOOD).certificate
    assert (made.content.holder.name, made.content.holder.code) == (NAME, FIRM.uscc)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2031-03-01"), ("2026-01-01", "2030-12-31"), ("2028-02-29", "2033-02-28")]
)
def test_a_certificate_ends_the_day_before_its_anniversary(first: str, last: str) -> None:
    assert issuance.last_day(date.fromisoformat(first), 5) == date.fromisoformat(last)


def test_it_shows_the_fields_of_its_type_under_the_words_of_its_face(world: World, decided: str) -> None:
    world.run("sign")
    shown = {f.name: f.label for f in read(world.hub.files.read(row(world).file)).content.fields}
    assert shown.items() >= {"KZ_JYCS": "经营场所", "KZ_JYXM": "经营项目"}.items()


def test_a_period_may_end_on_a_day_that_the_form_says(world: World) -> None:
    case_id = world.dispatched(chosen=(FOOD,))
    scene = world.scene(case_id)
    kind = scene.site.certificates[scene.item(FOOD).result.certificate_type]
    until = replace(kind, validity=Validity(until="premises_name"))
    site = replace(scene.site, certificates={kind.code: until})
    with world.hub.database.write() as session:
        session.execute(update(form_values).values(value="2031-05-01"))
        made = issuance.reserve(session, scene.case, scene.case.item(FOOD), scene.item(FOOD), site, world.now[0])
    assert made.valid_to == date(2031, 5, 1)


def test_killed_before_signing_the_same_identifier_is_signed_later(world: World, decided: str) -> None:
    before = row(world).identifier
    claimed(world)  # the worker dies here; its lease runs out
    world.hub.database.engine.dispose()
    with world.hub.database.write() as session:
        session.execute(update(work_rows).values(lease_until=None))
    world.run("sign")
    assert (row(world).state, row(world).identifier) == ("signed", before)


def test_killed_between_the_file_and_its_row_one_certificate_stands(world: World, decided: str) -> None:
    before = row(world).identifier
    signed_but_not_written(world, claimed(world))  # the file is on disk, nothing is written
    assert row(world).state == "reserved"
    with world.hub.database.write() as session:
        session.execute(update(work_rows).values(lease_until=None))
    world.run("sign")
    assert (world.count(certificates), row(world).state, row(world).identifier) == (1, "signed", before)


def test_an_error_in_the_last_transaction_leaves_the_reservation_as_it_was(world: World, decided: str) -> None:
    task = claimed(world)
    commit = signed_but_not_written(world, task)
    with pytest.raises(RuntimeError), world.hub.database.write() as session:
        work.finish(session, task, "w", world.now[0])
        commit(session, world.now[0])
        raise RuntimeError("the power is cut")
    assert row(world).state == "reserved" and world.keys("sign", "ready")


def test_two_workers_that_signed_at_once_leave_one_certificate_one_event_one_notice(world: World, decided: str) -> None:
    task = claimed(world)
    first, second = (signed_but_not_written(world, task) for _ in range(2))
    for commit in (first, second):
        with world.hub.database.write() as session:
            commit(session, world.now[0])
    with world.hub.database.read() as session:
        told = session.execute(select(case_events).where(case_events.c.kind == "certificate_signed")).all()
        papers = session.execute(select(notices).where(notices.c.kind == "decision_granted")).all()
    assert (world.count(certificates), len(told), len(papers)) == (1, 1, 1)


def test_reserving_again_gives_the_first(world: World, decided: str) -> None:
    scene = world.scene(decided)
    own = scene.case.item(FOOD)
    with world.hub.database.write() as session:
        again = issuance.reserve(session, scene.case, own, scene.item(FOOD), scene.site, world.now[0])
    assert again.identifier == row(world).identifier and world.count(certificates) == 1


def test_every_use_of_a_key_is_in_the_log(world: World, decided: str) -> None:
    world.run("sign")
    uses = world.hub.log.search(phase="admin", limit=10)
    assert uses and {use.record["action"] for use in uses} == {"use_signing_key"}
    # Each names the decision's certificate, and nothing else lets an authority's key sign.
    assert {use.record["reason"] for use in uses} == {f"decision:{row(world).id}"}


def test_a_key_signs_nothing_on_no_decision(world: World, decided: str) -> None:
    scene = world.scene(decided)
    code = scene.site.departments[scene.case.item(FOOD).department].uscc
    with pytest.raises(SigningFailed) as refused:
        world.hub.signer.sign(code, world.hub.signer.suites(code)[0], b"whatever")
    assert refused.value.code == "key-ground"
    assert not world.hub.log.search(phase="admin", limit=10)


def test_without_its_key_nothing_is_signed_and_a_person_must_look(world: World, decided: str) -> None:
    for key in (world.hub.settings.keys_folder / "signing").glob("*.key"):
        key.unlink()
    world.run("sign")
    assert world.keys("sign") == {f"sign:{world.case(decided).item(FOOD).item_no}": "dead"}
    assert row(world).state == "reserved"


def test_without_a_recorded_decision_nothing_is_signed(world: World) -> None:
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    own = world.case(case_id).item(FOOD)
    task = Claimed(1, "sign", "sign:x", "", {"case_id": case_id, "item_no": own.item_no}, 1)
    with pytest.raises(GiveUp) as refused:
        asyncio.run(answered(world.handlers["sign"], task))
    assert refused.value.code == "NO_DECISION" and signatures(world) == 0


def test_the_holder_is_named_as_the_case_s_form_has_it(world: World) -> None:
    """The firm was known under an older name from an earlier case; the licence of today has the new one."""
    world.hub.clerk.act(world.clerk, world.open("older"), "withdraw", reason="不办了")
    case_id = world.dispatched("newer", (FOOD,))
    with world.hub.database.write() as session:
        where = (form_values.c.case_id == case_id, form_values.c.field == "enterprise.enterprise_name")
        session.execute(update(form_values).where(*where).values(value="西峡县更名示例有限公司"))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign", "push")
    assert read(world.hub.files.read(row(world).file)).content.holder.name == "西峡县更名示例有限公司"
    pushed = [p.values for p in world.outside.given("push") if p.table == "up_lic_data"]  # type: ignore[attr-defined]
    assert [v["holder_name"] for v in pushed] == ["西峡县更名示例有限公司"]


def test_a_certificate_is_given_out_only_once_it_is_signed(world: World, decided: str) -> None:
    with pytest.raises(HubError) as refused:
        world.hub.clerk.certificate(world.clerk, decided, FOOD)
    assert refused.value.code == "CERTIFICATE_NOT_THERE"
    world.run("sign")
    assert world.hub.clerk.certificate(world.clerk, decided, FOOD).body
    assert len(world.looks("certificate")) == 1
