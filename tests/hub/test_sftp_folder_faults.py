"""Each fault of a far folder on an SFTP server, through the whole doorway: it is said in a sentence, what was brought before answers as ever, and
what was not brought is there still and comes once the server is well. The server is a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Batch, Collected
from adapters.kinds import dropfetch, dropsftp
from catalog.types import Resource
from hub.sharinglog import SharingLog, Watermarks
from hub.store.work import Claimed
from hub.wiring import ticks
from hub.wiring.ticks import Ticks
from tests.adapters.kinds.making import department_of
from tests.adapters.kinds.sftp_side import DRIPS, LISTING, PASSWORD, READING, RESETS, SILENT, USER, Sftp
from tests.hub.doorway import NOW, Told, is_well, log, told
from tests.hub.test_file_faults import OTHERS, ROW, TOML, Drop, csv

__all__ = ["log"]
CSV = TOML.replace("ENDING", "csv").replace("FORM", "")
TASK = Claimed(1, "tick", "tick:collect_files:1", "", {}, 1)


@dataclass
class Far:
    """A department that drops its files on an SFTP server, and has dropped one day's before."""

    server: Sftp
    folder: Path
    batches: list[Batch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.there = Drop(self.server.root / self.folder.name, "csv")
        self.there.folder.mkdir()
        self.there.put(csv(), day="20261118")

    def connect(self) -> tuple[Connected, Resource]:
        department, known = department_of(CSV, self.folder)
        ports = Ports(lambda: NOW, on_batch=self.batches.append, replica_folder=self.folder / "replicas")
        secrets = {"user": USER, "password": PASSWORD, "host_key": self.server.host_key}
        place = Connection(f"sftp://127.0.0.1:{self.server.port}/{self.folder.name}", secrets)
        return connect(department, known.values(), place, ports), next(iter(known.values()))

    def still_there(self) -> set[str]:
        """Files that were not brought, wherever they lie there."""
        return {place.name for place in self.there.folder.rglob("f_*")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    found = Sftp(tmp_path_factory.mktemp("sftp"))
    yield found
    found.close()


@pytest.fixture
def far(server: Sftp, tmp_path: Path) -> Iterator[Far]:
    yield Far(server, tmp_path)
    server.is_well()


def beside(drop: Drop) -> Connected:
    """Another department, whose folder is of this machine."""
    department, known = department_of(CSV, drop.folder)
    ports = Ports(lambda: NOW, on_batch=drop.record, replica_folder=drop.folder / "replicas")
    return connect(department, known.values(), Connection(folder=drop.folder), ports)


def collected(line: Connected) -> Collected:
    assert line.collects is not None
    return line.collects.collect()


async def through_the_doorway(far: Far, log: SharingLog, moment: str, fault: str) -> tuple[Collected, Told, Collected]:
    """One day's file is brought, then the server fails over the next day's; in the end it is well again."""
    line, resource = far.connect()
    try:
        assert len((await asyncio.to_thread(collected, line)).batches) == 1
        far.there.put(csv(ROW, *OTHERS), rows=5)
        far.server.faults = {moment: fault}
        with impatient(fault):
            bad = await asyncio.to_thread(collected, line)
        (found,) = await told(log, line, resource)
        assert far.still_there() == {"f_20261119.csv", "f_20261119.ok"}
        far.server.is_well()
        return bad, found, await asyncio.to_thread(collected, line)
    finally:
        await line.close()


@contextmanager
def impatient(fault: str) -> Iterator[None]:
    """Who drips is cut at the limit of the whole, who is silent sooner."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dropfetch, "SECONDS", 0.3 if fault == DRIPS else 60.0)
        patched.setattr(dropsftp, "SILENCE_SECONDS", 0.2 if fault == SILENT else 60.0)
        yield


FAULTS = {
    "reset_mid_file": (READING, RESETS, "中断"),
    "one_byte_now_and_then": (READING, DRIPS, "没有传完"),
    "silent_in_a_file": (READING, SILENT, "中断"),
    "silent_after_login": (LISTING, SILENT, "中断"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_and_what_was_brought_before_answers_and_the_file_comes_later(
    fault: str, far: Far, log: SharingLog
) -> None:
    moment, what, sentence = FAULTS[fault]
    bad, found, good = asyncio.run(through_the_doorway(far, log, moment, what))
    assert sentence in "".join(bad.held) and bad.batches == ()
    assert found.said == ("found", "") and is_well(found)
    assert [batch.rows for batch in good.batches] == [5] and far.still_there() == set()


def test_a_host_key_that_changed_is_said_and_nothing_is_fetched_until_the_new_one_was_confirmed(
    far: Far, log: SharingLog
) -> None:
    async def run() -> tuple[Collected, Told, Collected]:
        line, resource = far.connect()
        await asyncio.to_thread(collected, line)
        far.there.put(csv(ROW, *OTHERS), rows=5)
        far.server.shows_another_key()
        bad = await asyncio.to_thread(collected, line)
        assert {place.parent for place in far.there.folder.rglob("f_*")} == {far.there.folder}
        (found,) = await told(log, line, resource)
        await line.close()
        confirmed, _ = far.connect()
        good = await asyncio.to_thread(collected, confirmed)
        await confirmed.close()
        return bad, found, good

    bad, found, good = asyncio.run(run())
    assert "密钥与登记的不同" in "".join(bad.held) and found.said == ("found", "") and is_well(found)
    assert [batch.rows for batch in good.batches] == [5]


def test_while_a_server_is_silent_the_files_of_another_department_are_taken_in(
    far: Far, log: SharingLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "COLLECT_SECONDS", 0.05)
    far.server.faults = {LISTING: SILENT}
    other = Drop(tmp_path / "other", "csv")
    other.folder.mkdir()
    other.put(csv())

    async def run() -> None:
        silent, well = far.connect()[0], beside(other)
        rounds = Ticks(log, {"silent": silent, "well": well}, Watermarks(timedelta(hours=1)))
        while not other.batches:
            await rounds.collect_files(TASK)
        assert far.batches == []
        far.server.is_well()
        while not far.batches:
            await rounds.collect_files(TASK)
        await silent.close()
        await well.close()

    with impatient(SILENT):
        asyncio.run(run())
