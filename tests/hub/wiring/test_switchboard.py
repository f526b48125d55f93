"""A running hub follows what is published: each line that changed is made anew, whole, and what began on an older one ends on it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest

from adapters.connect import Connected, Ports
from catalog.loading import load
from hub.store.catalogs import Catalogs, publish
from hub.store.database import Database
from hub.store.files import Files, FolderStore
from hub.wiring.connections import ConnectionsUnreadable
from hub.wiring.inbox_store import Inbox
from hub.wiring.switchboard import AGAIN_SECONDS, KEEP_SECONDS, PartOf, Switchboard, following
from tests.adapters.kinds import soap_town
from tests.adapters.kinds.soap_town import HERE
from tests.catalog.conftest import ON, copied

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
ADDRESS = '[departments.register]\naddress = "http://127.0.0.1:{port}"\n'
PIN = hashlib.sha256(b"a").hexdigest()


@dataclass
class Town:
    """A folder that is published, and a switchboard that follows it."""

    database: Database
    folder: Path
    file: Path
    clock: list[float] = field(default_factory=lambda: [0.0])

    def __post_init__(self) -> None:
        catalogs = Catalogs(self.database, self.folder, "411323")
        inbox = Inbox(self.database, Files(FolderStore(self.file.parent)), "411323", lambda: NOW, lambda at: at)
        ports = Ports(lambda: NOW, inbox=inbox)
        self.board = Switchboard(catalogs, self.file, lambda _: ports, lambda: NOW, lambda: self.clock[0])

    @property
    def manifest(self) -> Path:
        return self.folder / "departments" / "register" / "department.toml"

    def rewrite(self, old: str, new: str) -> None:
        text = self.manifest.read_text("utf-8")
        assert old in text
        self.manifest.write_text(text.replace(old, new), "utf-8")

    def publish(self) -> None:
        loaded = load(self.folder, ON)
        assert not loaded.mismatches
        with self.database.write() as session:
            publish(session, loaded.site.region, loaded.document, "测试甲", NOW)

    def connect(self, port: int = 9) -> None:
        self.file.write_text(ADDRESS.format(port=port), "utf-8")


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return Town(database, copied("small", tmp_path), tmp_path / "connections.toml")


@pytest.fixture
def running(town: Town) -> Iterator[Town]:
    """It has looked once at a published catalog, with one department connected."""
    town.publish()
    town.connect()
    assert town.board.look()
    yield town
    for connected in town.board.values():
        asyncio.run(connected.close())
    asyncio.run(town.board.close_replaced(0))


def line(town: Town) -> Connected:
    return town.board["register"]


def test_a_hub_that_started_before_the_first_publication_connects_once_there_is_one(town: Town) -> None:
    assert not town.board.look() and not town.board
    town.connect()
    town.publish()
    assert town.board.look() and set(town.board) == {"culture", "register"}
    assert town.board.now.since == NOW and not town.board.now.older


def test_a_department_whose_address_comes_after_its_publication_is_connected(running: Town) -> None:
    running.file.write_text("", "utf-8")
    assert running.board.look() and "register" not in running.board
    running.connect()
    assert running.board.look() and "register" in running.board


def test_nothing_is_made_anew_while_nothing_changed(running: Town) -> None:
    before = dict(running.board)
    running.publish()
    assert not running.board.look() and dict(running.board) == before


def test_a_changed_manifest_gets_a_new_line_and_leaves_every_other_as_it_is(running: Town) -> None:
    before = dict(running.board)
    running.rewrite('kind = "rest"', 'kind = "rest"\nmax_in_flight = 3')
    running.publish()
    assert running.board.look() and line(running) is not before["register"]
    assert line(running).department.max_in_flight == 3 and running.board["culture"] is before["culture"]


def test_what_began_on_the_older_line_may_end_there(running: Town) -> None:
    running.connect(port=10)
    running.board.look()
    asyncio.run(running.board.close_replaced())
    assert len(running.board._replaced) == 1
    running.clock[0] += KEEP_SECONDS
    asyncio.run(running.board.close_replaced())
    assert not running.board._replaced


def test_a_department_whose_papers_are_not_here_yet_keeps_its_line_until_they_came(running: Town) -> None:
    before = line(running)
    running.rewrite("[resources.licence]\n", f'[wire.documents]\n"a.yaml" = "{PIN}"\n\n[resources.licence]\n')
    running.publish()
    running.board.look()
    assert line(running) is before and "a.yaml" in running.board.now.older["register"]
    (running.manifest.parent / "a.yaml").write_bytes(b"a")
    assert not running.board.look()
    running.clock[0] += AGAIN_SECONDS
    assert running.board.look() and line(running) is not before and not running.board.now.older


def test_a_new_line_bears_what_is_under_way_on_the_older_one(running: Town) -> None:
    before = line(running).load
    running.rewrite('kind = "rest"', 'kind = "rest"\nmax_in_flight = 3')
    running.publish()
    running.board.look()
    after = line(running).load
    assert before is not None and after is not None and after is not before
    assert after.places is before.places and after.most == 3


def now_speaks_soap(town: Town) -> None:
    """The register's manifest over a WSDL that lies beside it."""
    for place in HERE.rglob("*.*"):
        beside = town.manifest.parent / place.relative_to(HERE)
        beside.parent.mkdir(exist_ok=True)
        beside.write_bytes(place.read_bytes())
    wire = soap_town.toml().partition("[wire]")[2].partition("[resources.r]")[0]
    town.rewrite('kind = "rest"', f'kind = "soap"\n[wire]{wire}')
    call = 'operation = "Cx"\nrequest = { Sfzh = "{uscc}" }\nresult = "Jg"\nfound = ["0"]\nnot_found = ["1"]'
    town.rewrite('path = "/zz/{uscc}"', f'{call}\nrecord = "Ry[0]"')


def test_an_operation_that_its_wsdl_does_not_know_leaves_the_older_line_and_is_told(running: Town) -> None:
    now_speaks_soap(running)
    running.publish()
    assert running.board.look() and not running.board.now.older
    before = line(running)
    running.rewrite('operation = "Cx"', 'operation = "Cxx"')
    running.publish()
    assert running.board.look() and line(running) is before
    assert "no operation 'Cxx'" in running.board.now.older["register"]
    running.rewrite('operation = "Cxx"', 'operation = "Cx"')
    running.publish()
    assert running.board.look() and not running.board.now.older


def test_an_unreadable_file_of_connections_keeps_what_there_is(running: Town) -> None:
    before = line(running)
    running.file.write_text("[departments.register", "utf-8")
    assert not running.board.look() and line(running) is before and "TOML" in running.board.now.unread
    running.connect(port=11)
    assert running.board.look() and not running.board.now.unread and line(running) is not before


def test_a_hub_does_not_start_with_an_unreadable_file_of_connections(town: Town) -> None:
    town.publish()
    town.file.write_text("[departments.register", "utf-8")
    with pytest.raises(ConnectionsUnreadable):
        town.board.look()


def test_a_certificate_that_was_renewed_gets_a_new_line(running: Town) -> None:
    authority = running.file.parent / "ca.pem"
    authority.write_bytes(Path(certifi.where()).read_bytes())
    running.file.write_text(ADDRESS.format(port=9) + f'ca = "{authority}"\n', "utf-8")
    running.board.look()
    before = line(running)
    authority.write_bytes(authority.read_bytes() + b"\n")
    assert running.board.look() and line(running) is not before


def test_a_part_of_each_line_is_that_of_now(running: Town) -> None:
    answers = PartOf(running.board, lambda one: one.answers)
    before = answers["register"]
    running.connect(port=10)
    running.board.look()
    assert list(answers) == ["register"] and answers["register"] is not before and answers.get("culture") is None


def test_a_running_process_follows_by_itself(running: Town) -> None:
    before = line(running)

    async def wait() -> None:
        async with following(running.board, every=0.01), asyncio.timeout(60):
            running.connect(port=10)
            while line(running) is before:
                await asyncio.sleep(0.01)

    asyncio.run(wait())
    assert line(running).department == before.department
