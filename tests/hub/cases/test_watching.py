"""Whether a hub can do its work: /healthz, /readyz that name what is missing, and /metrics at a door of its own; on both engines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete, text, update
from starlette.testclient import TestClient

from adapters.connect import Connected
from adapters.kinds.guard import Breaker
from adapters.outside.signer import SoftwareSigner
from hub.app import application
from hub.clock import utc_now
from hub.jobs import Pulse
from hub.settings import Settings
from hub.sharinglog import Admin
from hub.sharinglog.errors import LogUnavailable
from hub.store import migrate, work
from hub.store.database import Database
from hub.store.tables import catalog_pointers
from hub.store.tables import work as tasks
from hub.watch.door import Watched, open_for
from hub.wiring import keys, readiness
from hub.wiring.build import ground
from hub.wiring.gauges import Gauges
from hub.wiring.readiness import Parts, Readiness
from tests.hub.cases.making import SITE
from tests.hub.cases.world import World
from tests.support.spilled import values_of_persons


def missing(known: Parts, **changes: object) -> list[str]:
    """What is missing, by its word; no advice shows where this hub lies."""
    found = list(readiness.look(replace(known, **changes)))  # type: ignore[arg-type]
    assert not [one for one in found if str(known.folder) in one.advice]
    return [one.about for one in found]


def test_what_a_hub_lacks_is_named_and_nothing_else(world: World) -> None:
    hub = world.hub
    known = Parts(hub.database, hub.log, hub.catalogs, hub.signer, hub.settings.folder, None)
    assert missing(known) == []
    key = next((hub.settings.keys_folder / "signing").glob("*.key"))
    key.rename(key.with_suffix(".away"))
    assert missing(known) == ["keys"]
    with hub.database.write() as session:
        session.execute(delete(catalog_pointers))
    assert missing(known) == ["catalog"]
    with hub.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": "0" * len(migrate.head())})
    assert missing(known) == ["migration"]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A hub that lacks only its catalog."""
    settings = Settings(folder=tmp_path_factory.mktemp("watching") / "hub")
    keys.create(settings.keys_folder)
    base = ground(settings)
    signer = SoftwareSigner(base.keys.signing, base.keys.passphrase, lambda use: None)
    yield Parts(base.database, base.log, base.catalogs, signer, settings.folder, None)
    base.log.close()
    base.database.close()


def test_a_database_that_does_not_answer_is_named(new: Parts, tmp_path: Path) -> None:
    assert missing(new, database=Database(f"sqlite:///{tmp_path / 'nowhere' / 'hub.sqlite'}")) == ["database"]


def test_a_disk_that_is_nearly_full_is_named(new: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LEAST_FREE", 10**18)
    assert missing(new) == ["disk", "catalog"]


def test_a_worker_that_stopped_is_named_until_it_looks_again(new: Parts) -> None:
    now = [1000.0]
    pulse = Pulse(lambda: now[0])
    assert missing(new, pulse=pulse) == ["worker", "catalog"]
    pulse.beat()
    assert missing(new, pulse=pulse) == ["catalog"]
    now[0] += readiness.WORKER_SILENT_SECONDS + 1
    assert missing(new, pulse=pulse) == ["worker", "catalog"]


def test_a_log_that_takes_nothing_is_named_until_it_takes_a_record(new: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise LogUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(new.log._engine, "append", full)
        with pytest.raises(LogUnavailable):
            new.log.append(Admin("probe", "x"))
    assert missing(new) == ["sharing-log", "catalog"]
    new.log.append(Admin("probe", "x"))
    assert missing(new) == ["catalog"]


def test_however_many_ask_the_hub_is_looked_at_once_a_second(new: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    ready = Readiness(new, lambda: now[0])
    assert [one.about for one in ready.missing()] == ["catalog"]
    monkeypatch.setattr(readiness, "LEAST_FREE", 10**18)
    assert [one.about for one in ready.missing()] == ["catalog"]
    now[0] += 1.1
    assert [one.about for one in ready.missing()] == ["disk", "catalog"]


# --- the doors ------------------------------------------------------------------------------------------------------------


def test_who_lives_says_so_and_who_cannot_work_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(application(world.hub)) as http:
        assert http.get("/readyz").json() == {"ready": True, "missing": []}
        world.hub.readiness._until = 0.0
        with world.hub.database.write() as session:
            session.execute(delete(catalog_pointers))
        answer = http.get("/readyz")
        assert answer.status_code == 503 and answer.json()["missing"][0]["about"] == "catalog"
        monkeypatch.setattr(Database, "read", None)  # the process lives without any database
        assert http.get("/healthz").json()["alive"] is True and http.post("/healthz").status_code == 405
        assert http.get("/metrics").status_code == 404  # never at the doors of people


def test_the_door_of_its_own_shows_health_and_metrics_and_nothing_else(new: Parts) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ready = Readiness(new)
    gauges = Gauges(new.database, new.log, {}, ready, new.folder, "hub-1", utc_now)
    watched = Watched(gauges, ready, "127.0.0.1", port)

    async def look(*paths: str) -> list[httpx2.Response]:
        async with open_for(watched), httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            for _ in range(100):
                try:
                    return [await http.get(path) for path in paths]
                except httpx2.ConnectError:
                    await asyncio.sleep(0.02)
            raise AssertionError("the door did not open")

    metrics, health, other = asyncio.run(look("/metrics", "/readyz", "/desk"))
    assert "yijian_ready 0.0" in metrics.text and "process_resident_memory_bytes" in metrics.text
    assert health.json()["missing"][0]["about"] == "catalog" and other.status_code == 404


def test_without_a_port_there_is_no_such_door(new: Parts) -> None:
    ready = Readiness(new)
    watched = Watched(Gauges(new.database, new.log, {}, ready, new.folder, "hub-1", utc_now), ready, "127.0.0.1", 0)

    async def look() -> int:
        async with open_for(watched):
            return len(asyncio.all_tasks())

    assert asyncio.run(look()) == 1


# --- what is read at each scrape ---------------------------------------------------------------------------------------------


def scraped(gauges: Gauges) -> dict[str, float]:
    """Every gauge's samples as they stand: `name{label,…}` → value."""
    samples = (sample for family in gauges.collect() for sample in family.samples)
    return {f"{s.name}{{{','.join(s.labels.values())}}}": s.value for s in samples}


def test_queue_log_and_sendings_are_told_and_no_value_of_somebodys(world: World) -> None:
    world.dispatched()
    with world.hub.database.write() as session:
        session.execute(update(tasks).where(tasks.c.kind == "push").values(state=work.DEAD))
        work.put(session, work.Task("stop", "stop:x"), world.now[0])
        session.execute(update(tasks).where(tasks.c.kind == "stop").values(run_at=world.now[0]))
    told = scraped(world.hub.gauges)
    assert told["yijian_work{stop,ready}"] == 1 and told["yijian_work{push,dead}"] >= 1
    assert told["yijian_work_oldest_seconds{stop}"] > 1000  # the world's clock stands in the past
    assert told["yijian_log_size{}"] == world.hub.log.size() and told["yijian_database_connections{most}"] > 1
    everything = world.hub.gauges.exposition().decode()
    assert 'yijian_sending_seconds_count{channel="hand_over"' in everything
    assert not [value for value in values_of_persons() if value in everything]


def test_a_department_that_is_not_called_any_more_is_told(new: Parts) -> None:
    resting = Breaker(1, 60, lambda: 0.0)
    resting.failed()
    known = {"tax": Connected(SITE.departments["tax"], breaker=resting)}
    told = scraped(Gauges(new.database, new.log, known, Readiness(new), new.folder, "hub-1", utc_now))
    assert told["yijian_breaker_state{tax}"] == 2 and told["yijian_disk_bytes{free}"] > 0


def test_a_part_that_does_not_answer_is_named_and_the_rest_is_still_told(new: Parts, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'hub.sqlite'}")
    told = scraped(Gauges(away, new.log, {}, Readiness(new), new.folder, "hub-1", utc_now))
    assert told["yijian_scrape_failed{queue}"] == 1 and "yijian_log_size{}" in told
