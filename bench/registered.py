"""Certificates by the hundred thousand in a real hub's registry, looked up by holder; and signing with registry and log. It judges no file.

Two certificates to a holder, written as plain SQL in the form in which the hub stores them (`rows.grow`); their acts and files, which are
read by a certificate's key alone, are left out. Two looks are timed: the registry's rows, and the whole door with its record in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import rows
from hubs import Departments, prepare
from sqlalchemy import insert
from storage import databases, scratch, server_version

from adapters.simulators.population import numbers
from certificates import identifier
from certificates.certificate import CertificateContent, IssuingAuthority, write_content
from hub.clock import local, new_id
from hub.identity.principal import HUB, Principal, Role
from hub.registry import rows as registry
from hub.settings import Settings
from hub.store import migrate
from hub.store.database import Database
from hub.store.tables import certificates
from hub.store.work import Claimed
from hub.wiring import keys
from hub.wiring.build import Hub, build
from hub.wiring.reserving import SIGN_VERSION

GROWTH_AIM = 1.5
AUTHORITY, TYPES = "health", ("11410000MB99000415001", "11410000MB99000415002")
QUICK, WHOLE = (1_000, 10_000), (1_000, 100_000)
"""Certificates in the small registry and in the large one."""
LOOKS = {True: 300, False: 2_000}
HOLDERS = 100
SUBJECTS = rows.STATEMENTS[0]
STATEMENTS = (
    SUBJECTS,
    *(
        "INSERT INTO certificates (id, region, identifier, type_code, type_name, authority, number, suite, state, status_code, file, reserved_at, signed_at, valid_from, subject_id, version, origin, trust, revision, status_place) {numbers}"
        f"SELECT 'cert-' || {{hex}} || '-{n}', CAST(:region AS varchar), '1.2.156.3005.2.{code}.11411323MB9000010Y.' || {{hex}} || '.001.{n}', '{code}', '示例许可证', '{AUTHORITY}', "
        f"CAST(:region AS varchar) || {{day}} || '{n}' || {{hex}}, 'SM2_SM3', 'signed', '01', {{long}}, {{moment}}, {{moment}}, '2026-03-02', 'subject-' || {{hex}}, 1, 'issued', '', 0, i * 2 + {n} {{from}}"
        for n, code in enumerate(TYPES)
    ),
)


def measured(content: CertificateContent, quick: bool, seconds: float, folder: str) -> Iterator[dict[str, Any]]:
    """One part of signing with registry and log (SQLite), then a cell of growth for each engine."""
    with scratch(folder) as place:
        for engine in ("sqlite", "postgresql"):
            below = place / engine
            below.mkdir()
            with databases(engine, below, ("hub", "log", "small")) as urls:
                settings = Settings(folder=below / "node", database_url=urls[0], log_url=urls[1], worker=False)
                prepare(settings, Departments({}, {}))
                with closing(build(settings, adapters={})) as hub, closing(Database(urls[2])) as small:
                    if engine == "sqlite":
                        yield _signing(hub, content, seconds)
                    migrate.upgrade(small)
                    title = f"{engine} {server_version(urls[0])}".strip()
                    yield _growth(title, hub, small, QUICK if quick else WHOLE, LOOKS[quick])


def _growth(title: str, hub: Hub, small: Database, sizes: tuple[int, int], looks: int) -> dict[str, Any]:
    """p99 of a look-up by holder in a small and in a large registry, in turn, so that a slow moment of the machine meets both."""
    region, index_key = hub.settings.region, keys.load(hub.settings.keys_folder).index
    of_rows = enumerate(rows.spread_over(HOLDERS, sizes[0] // 2))
    known = {number: numbers.uscc(f"MA9YG{n:03d}") for n, number in of_rows}
    for database, size in zip((small, hub.database), sizes, strict=True):
        rows.grow(database, 0, size // 2, {"region": region}, STATEMENTS)
        rows.settle(database)
        rows.identify(database, index_key, region, known)
    officer = Principal(HUB, "bench", "演示审批甲", AUTHORITY, region, frozenset({Role.REVIEWER}))

    def in_rows(database: Database) -> Callable[[str], int]:
        def look(code: str) -> int:
            with database.read() as session:
                return len(registry.of_holder(session, region, index_key, code))

        return look

    holders = list(known.values())
    few, many = _timed((in_rows(small), in_rows(hub.database)), holders, looks)
    (door,) = _timed((lambda code: len(hub.registry.of_holder(officer, code)),), holders, looks // 10)
    ratio = _p99(many) / _p99(few)
    return {
        "cell": f"look-up by holder, {title}, {sizes[0]:,} to {sizes[1]:,} certificates",
        "ratio": round(ratio, 3),
        "aim": GROWTH_AIM,
        "met": ratio <= GROWTH_AIM,
        "at_least": False,
        "p99_ms": [round(_p99(one) * 1e3, 3) for one in (few, many)],
        "median_ms": [round(median(one) * 1e3, 3) for one in (few, many)],
        "p99_ms_door_and_log": round(_p99(door) * 1e3, 2),
        "certificates": list(sizes),
    }


def _timed(looks: Sequence[Callable[[str], int]], holders: list[str], times: int) -> list[list[float]]:
    """Seconds of each look, one after the other; the first round over the holders warms up. Raises SystemExit where a look does not find
    what is there."""
    took: list[list[float]] = [[] for _ in looks]
    for n in range(-len(holders), times):
        code = holders[n % len(holders)]
        for look, kept in zip(looks, took, strict=True):
            began = perf_counter()
            found = look(code)
            if n >= 0:
                kept.append(perf_counter() - began)
            if found != len(TYPES):
                raise SystemExit(f"{found} certificates of a holder who has {len(TYPES)}")
    return took


def _signing(hub: Hub, content: CertificateContent, seconds: float) -> dict[str, Any]:
    """Certificates per second of wall time from the reserved row to the recorded files: data, code and sealed OFD on disk, each use of a
    key in the sharing log first, rows and acts. No PDF: it needs a timestamp authority, which is not the hub's time."""
    kinds: tuple[str, ...] = ()
    done, began, cpu = 0, perf_counter(), process_time()
    for n in range(-1, 1_000_000):
        kinds = _signed(hub, content, n + 2)
        if n < 0:
            began, cpu = perf_counter(), process_time()
            continue
        done += 1
        if perf_counter() - began >= seconds:
            break
    wall = perf_counter() - began
    if "ofd" not in kinds:
        raise SystemExit(f"the signing event made no OFD, only {kinds}: its rate would be another event's")
    return {
        "part": "signing with registry and log, sqlite",
        "per_second": round(done / wall, 1),
        "cpu_ms": round((process_time() - cpu) / done * 1e3, 1),
        "files": sorted(kinds),
    }


def _signed(hub: Hub, content: CertificateContent, number: int) -> tuple[str, ...]:
    now = datetime.now(UTC)
    site = hub.catalogs.current()
    office = site.departments[AUTHORITY]
    kind = next(one for one in site.certificates.values() if AUTHORITY in one.issued_by and one.face)
    made = identifier.make(kind.code, office.uscc, f"2026{number:012d}")
    said = replace(
        content,
        identifier=made,
        type_code=kind.code,
        type_name=kind.title,
        number=f"示例〔2026〕{number}号",
        authority=IssuingAuthority(office.name, office.uscc),
        issued_on=local(now).date(),
    )
    values: Mapping[str, object] = {
        "id": new_id(now), "region": hub.settings.region, "identifier": str(made), "type_code": kind.code, "type_name": kind.title,
        "authority": AUTHORITY, "number": said.number, "state": "reserved", "reserved_at": now, "valid_from": said.valid_from, "valid_to": said.valid_to,
        "draft": write_content(said),
    }  # fmt: skip
    with hub.database.write() as session:
        place = registry.place(session, hub.settings.region, office.uscc, registry.units_of(site, office.uscc))
        session.execute(insert(certificates).values(**values, status_place=place))
    task = Claimed(0, SIGN_VERSION, "", "", {"certificate_id": str(values["id"]), "decision": "示例"}, 1)
    commit = asyncio.run(_handled(hub, task))
    with hub.database.write() as session:
        if commit is not None:
            commit(session, now)
        return tuple(registry.files_of(session, str(values["id"])))


async def _handled(hub: Hub, task: Claimed) -> Any:
    return await hub.handlers[task.kind](task)


def _p99(figures: list[float]) -> float:
    return quantiles(figures, n=100, method="inclusive")[98]
