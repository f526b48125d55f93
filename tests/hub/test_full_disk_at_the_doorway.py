"""A disk that is full under the sharing log, whatever the wire: nobody is asked and nothing shown, and it goes on once there is room."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from adapters.connect import Connected, Connection, Ports, connect
from catalog.types import Resource
from hub.exchange import Exchange
from hub.sharinglog import LogUnavailable, SharingLog
from hub.wiring.program_log import configure
from tests.adapters.kinds.far_side import far_side, http, writes
from tests.adapters.kinds.making import Store, department_of
from tests.adapters.kinds.soap_town import HERE, toml
from tests.hub import test_file_faults as files
from tests.hub import test_rest_faults as rest
from tests.hub import test_soap_faults as soap
from tests.hub import test_table_faults as tables
from tests.hub.doorway import NOW, asking, log
from tests.support.full_disk import full_disk

__all__ = ["log"]
Stage = tuple[Connected, Resource, Callable[[], int]]
"""A department, what it is asked for, and how often it was."""


def line(text: str, where: Connection, folder: Path = HERE, **ports: object) -> tuple[Connected, Resource]:
    department, known = department_of(text, folder)
    return connect(department, known.values(), where, Ports(lambda: NOW, **ports)), next(iter(known.values()))  # type: ignore[arg-type]


@asynccontextmanager
async def over_rest(folder: Path) -> AsyncIterator[Stage]:
    async with far_side(writes(http(rest.JSON))) as side:
        yield (
            *line(rest.manifest("civil-affairs", rest.FAULTS["oversize"]), Connection(side.address)),
            lambda: len(side.came),
        )


@asynccontextmanager
async def over_soap(folder: Path) -> AsyncIterator[Stage]:
    async with far_side(writes(http(soap.GOOD.encode(), media_type="text/xml"))) as side:
        text = toml(soap.WIRE, "", soap.RESOURCE).replace('code = "d"', 'code = "civil-affairs"')
        where = Connection(side.address, {"user": "u", "password": "p"})
        yield *line(text, where), lambda: len(side.came)


@asynccontextmanager
async def by_file(folder: Path) -> AsyncIterator[Stage]:
    """Its replica is ours: nothing of a question reaches the department."""
    drop = files.Drop(folder / "drop", "csv")
    drop.folder.mkdir()
    drop.put(files.csv())
    text = files.TOML.replace("ENDING", "csv").replace("FORM", "")
    ports = {"on_batch": drop.record, "replica_folder": folder / "replicas"}
    made, resource = line(text, Connection(folder=drop.folder), folder, **ports)
    assert made.collects is not None and made.collects.collect().batches
    yield made, resource, lambda: 0


@asynccontextmanager
async def by_table(folder: Path) -> AsyncIterator[Stage]:
    place = folder / "front.sqlite"
    with closing(sqlite3.connect(place, isolation_level=None)) as theirs:
        theirs.executescript(tables.DDL)
        made, resource = line(tables.TOML, Connection(f"sqlite:///{place}"))
        yield made, resource, lambda: int(theirs.execute("SELECT count(*) FROM CXRZ").fetchone()[0])


@asynccontextmanager
async def at_the_inbox(folder: Path) -> AsyncIterator[Stage]:
    store = Store()
    yield *line(tables.INBOX, Connection(), inbox=store), lambda: len(store.noted)


KINDS = {"rest": over_rest, "soap": over_soap, "filedrop": by_file, "frontdb": by_table, "inbox": at_the_inbox}


@pytest.fixture(autouse=True)
def _prints_nothing_to_the_full_disk() -> Iterator[None]:
    configure("WARNING", "hub-1", io.StringIO())
    yield


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_full_disk_nobody_is_asked_and_afterwards_everybody_is(kind: str, log: SharingLog, tmp_path: Path) -> None:
    async def run() -> None:
        async with KINDS[kind](tmp_path) as (department, resource, times_asked):
            exchange = Exchange({"civil-affairs": department.answers}, log, clock=lambda: NOW)  # type: ignore[dict-item]
            size = log.size()
            with full_disk(), pytest.raises(LogUnavailable):
                await exchange.ask(asking(resource))
            assert times_asked() == 0 and log.size() == size
            found = await exchange.ask(asking(resource))
            phases = [entry.record["phase"] for entry in log.entries()][size:]
            assert (found.outcome_seq, phases) == (size + 1, ["intent", "outcome"])
            assert times_asked() == (kind != "filedrop")
            await department.close()

    asyncio.run(run())
