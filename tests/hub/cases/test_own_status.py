"""What the public doors say of the hub's own certificates: their status at once and in every format, and others' by their lists."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from adapters.outside.signer import SoftwareSigner
from certificates.checks import Outcome, Report, Verdict
from certificates.envelope import Seal
from certificates.status import StatusEntry, StatusList, issue_status_list, read_status_list
from certificates.statuslist import SUSPENDED, readable
from certificates.trust import TIMESTAMP_ROOTS, TOKEN_LISTS, write_authority, write_pem
from hub.errors import HubError
from hub.registry import rows
from hub.store.database import Database
from hub.store.tables import certificates
from hub.wiring import keys
from hub.wiring.ceremony import rotating
from hub.wiring.ceremony.opening import ceremony
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.status_lists import StatusLists
from tests.certificates.making import HYGIENE, SIGNED_AT, KeyRing, content
from tests.certificates.making import World as Issuer
from tests.certificates.pdf.making import STAMPS, Clock
from tests.hub.cases.making import NOW
from tests.hub.cases.test_registry import OFFICE, do, licence
from tests.hub.cases.world import PUBLIC_URL, REGION, World

__all__ = ["licence"]
ACTS = ("suspend", "resume", "revoke")
WORDS = {"suspend": "暂扣", "revoke": "吊销"}


def carriers(world: World, licence: str) -> dict[str, bytes]:
    """The licence in every format; OFD and PDF with a timestamp, whose authority's root the operator believes."""
    roots = world.hub.settings.folder / "trust" / TIMESTAMP_ROOTS
    roots.mkdir(exist_ok=True)
    (roots / "stamps.pem").write_bytes(write_pem(STAMPS.root))
    with world.hub.database.read() as session:
        one, files = rows.entry(session, REGION, licence), rows.files_of(session, licence)
    read = world.hub.files.read
    found = {kind: read(files[kind].file) for kind in ("ycert", "credential")}
    making = replace(world.hub.registry._of.making, timestamper=Clock(one.reserved_at))
    site = world.hub.catalogs.current()
    with used_for(KeyAct.FACE, licence):
        made = making.faces_of(site, OFFICE, found["ycert"], found["credential"])
    return found | {each.kind: read(each.file) for each in made.carriers}


def judged(world: World, file: bytes) -> Report:
    return asyncio.run(world.hub.verification.verify(file, "127.0.0.1"))


def test_an_act_is_told_at_once_in_every_format_and_by_the_status_alone(world: World, licence: str) -> None:
    files = carriers(world, licence)
    assert set(files) == {"ycert", "credential", "ofd", "pdf"}
    for file in files.values():
        report = judged(world, file)
        assert (report.verdict, report.outcome("status")) == (Verdict.GOOD, Outcome.PASSED), report.checks
    for act in ACTS:
        world.now[0] += timedelta(minutes=1)
        do(world, licence, act, act)
        for file in files.values():
            report = judged(world, file)
            assert report.failed == (("status",) if act in WORDS else ()), report.checks
            assert WORDS.get(act, "未宣布") in next(c.sentence for c in report.checks if c.name == "status")


def test_the_page_for_no_network_carries_the_lists_of_this_moment_and_no_older_ones(world: World, licence: str) -> None:
    """An older list lies in the trust folder, as `yijian registry publish-status` puts it there."""
    trust, office = world.hub.settings.folder / "trust", world.hub.catalogs.current().departments[OFFICE].uscc
    (trust / TOKEN_LISTS).mkdir()
    (trust / TOKEN_LISTS / f"{office}.jwt").write_bytes(world.hub.status_lists.token(office).body)
    do(world, licence, "suspend")
    with world.hub.database.read() as session:
        one = rows.entry(session, REGION, licence)
    taken = world.hub.verification._own.with_lists(world.hub.verification.trust())  # type: ignore[union-attr]
    [mine] = [x.content for x in readable(taken.token_lists) if x.content.uri == f"{PUBLIC_URL}/s/{office}"]
    assert one.status_place is not None and mine.at(one.status_place) == SUSPENDED
    assert [e.status for e in read_status_list(taken.status_lists[office]).content.entries] == ["02"]
    page = world.hub.verification.offline_page()
    assert f'"{one.status_place}":{SUSPENDED}' in page and one.identifier in page


def test_another_hubs_certificate_goes_by_the_lists_of_the_trust_folder(world: World) -> None:
    other, trust = Issuer("ES256", KeyRing("ES256")), world.hub.settings.folder / "trust"
    (trust / f"{HYGIENE}.json").write_bytes(write_authority(other.trust().authorities[HYGIENE]))
    assert judged(world, other.certificate()).not_checked == ("status_list", "status")
    entry = StatusEntry(str(content().identifier), "04", SIGNED_AT + timedelta(days=3))
    listed = StatusList(HYGIENE, 1, world.now[0] + timedelta(days=1), (entry,))
    raw = issue_status_list(listed, Seal(other.ring, HYGIENE, "ES256", world.now[0]))
    (trust / f"{HYGIENE}.ystatus").write_bytes(raw)
    assert judged(world, other.certificate()).failed == ("status",)


def test_a_list_is_signed_once_for_what_it_says_and_again_before_it_is_old(world: World) -> None:
    lists, office = world.hub.status_lists, world.hub.catalogs.current().departments[OFFICE].uscc
    first = lists.dated(office)
    world.now[0] += timedelta(hours=5)
    assert lists.dated(office) is first
    world.now[0] += timedelta(hours=2)
    assert lists.dated(office).until == world.now[0] + timedelta(days=1)


def test_a_minute_after_a_theft_the_list_is_signed_by_the_new_keys(world: World) -> None:
    """Once the office has others, a list by the old ones helps whoever stole them."""
    lists, site = world.hub.status_lists, world.hub.catalogs.current()
    office, made = site.departments[OFFICE].uscc, keys.load(world.hub.settings.keys_folder)
    by = {lists.dated(office).body, lists.token(office).body}
    signer = SoftwareSigner(made.signing, made.passphrase, lambda use: None)
    rotating.rotate(ceremony(world.hub.settings, signer, site, world.now[0], {}), office, compromised=True)
    assert {lists.dated(office).body, lists.token(office).body} == by
    world.now[0] += timedelta(minutes=1)
    assert not {lists.dated(office).body, lists.token(office).body} & by


def test_without_a_public_address_no_list_is_published_and_no_relative_one_is_named(
    world: World, tmp_path: Path
) -> None:
    lists, office = world.hub.status_lists, world.hub.catalogs.current().departments[OFFICE].uscc
    nowhere = StatusLists(world.hub.database, world.hub.catalogs, world.hub.signer, "", world.hub.clock)
    with pytest.raises(HubError, match="YIJIAN_PUBLIC_URL"):
        nowhere.write(tmp_path)
    with pytest.raises(HubError):
        nowhere.token(office)
    assert lists.token(office) and not (tmp_path / TOKEN_LISTS).exists()


def test_two_departments_that_are_one_body_share_the_places_of_one_list(database: Database) -> None:
    """Those that each gave for itself, before they shared, are left out."""
    units = ("culture-tourism", "ecology")
    row = {"id": "1", "region": REGION, "identifier": "1", "type_code": "t", "authority": "ecology", "number": "1"}
    with database.write() as session:
        alone = [rows.place(session, REGION, "11411323MB0000940D", units) for _ in range(3)]
        session.execute(insert(certificates).values(**row, state="signed", reserved_at=NOW, status_place=17))
        after = [rows.place(session, REGION, "11411323MB0000959A", units) for _ in range(2)]
    assert alone == [0, 1, 2] and after == [17 + rows.OLD_NODES, 18 + rows.OLD_NODES]
