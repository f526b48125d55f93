"""Cases by the hundred thousand, written as plain SQL in the form in which the hub stores them. It plays no case and knows no rule.

300 cases a day, so that a million is nine years: nine of ten archived, each with its applicant, one party and three items. What belongs to
one case and is read by its key alone (form, materials, events, clock) is left out: it grows no list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text, update

from hub.store.database import Database
from hub.store.sealing import RING, blind_index
from hub.store.tables import subjects

CASES_A_DAY = 300
MATTER, ITEMS = "open-guesthouse", ("public-place-hygiene-permit", "fire-safety-inspection", "hotel-permit")
DEPARTMENTS = ("health", "fire-rescue", "public-security")
SIZE_AT_ONCE = 50_000
BASE = datetime(2017, 1, 1, tzinfo=UTC)
NAME = b'"\xe8\xa5\xbf\xe5\xb3\xa1\xe5\x8e\xbf\xe7\xa4\xba\xe4\xbe\x8b\xe6\xb0\x91\xe5\xae\xbf"'

DIALECTS = {
    "sqlite": {
        "numbers": "WITH RECURSIVE n(i) AS (SELECT :low UNION ALL SELECT i + 1 FROM n WHERE i < :high) ",
        "from": "FROM n",
        "hex": "printf('%012x', i)",
        "long": "printf('%064x', i)",
        "moment": "strftime('%Y-%m-%d %H:%M:%S.000000', :base + i * 288, 'unixepoch')",
        "day": "strftime('%Y%m%d', :base + i * 288, 'unixepoch')",
        "serial": "printf('%06d', i % 300 + 1)",
    },
    "postgresql": {
        "numbers": "",
        "from": "FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) AS n(i)",
        "hex": "lpad(to_hex(i), 12, '0')",
        "long": "lpad(to_hex(i), 64, '0')",
        "moment": "to_timestamp(:base + i * 288)",
        "day": "to_char(to_timestamp(:base + i * 288) AT TIME ZONE 'UTC', 'YYYYMMDD')",
        "serial": "lpad((i % 300 + 1)::text, 6, '0')",
    },
}
STATE = "CASE WHEN i % 100 < 90 THEN 'archived' WHEN i % 100 < 95 THEN 'in_progress' WHEN i % 100 < 98 THEN 'dispatched' ELSE 'checking' END"
ITEM_STATE = "CASE WHEN i % 100 < 90 THEN 'delivered' WHEN i % 100 < 98 THEN 'reviewing' ELSE 'waiting' END"
CHOSEN = '["' + '", "'.join(ITEMS) + '"]'
STATEMENTS = (
    "INSERT INTO subjects (id, region, kind, blind_index, identifier, name, created_at) {numbers}"
    "SELECT 'subject-' || {hex}, CAST(:region AS varchar), 'enterprise', {long}, :identifier, :name, {moment} {from}",
    "INSERT INTO cases (id, region, case_no, case_no_reversed, matter, catalog_digest, state, channel, handler, applicant, situation, chosen, delivery, version, created_at, received_at, closed_at, archived_at) {numbers}"
    f"SELECT 'case-' || {{hex}}, CAST(:region AS varchar), CAST(:region AS varchar) || {{day}} || {{serial}}, reverse(CAST(:region AS varchar) || {{day}} || {{serial}}), '{MATTER}', CAST(:digest AS varchar), {STATE}, 'window', CAST(:handler AS varchar), 'subject-' || {{hex}}, '{{{{}}}}', '{CHOSEN}', '{{{{}}}}', 9, {{moment}}, {{moment}}, "
    "CASE WHEN i % 100 < 90 THEN {moment} END, CASE WHEN i % 100 < 90 THEN {moment} END {from}",
    "INSERT INTO parties (case_id, role, subject_id, kind, proof, proven_at, proven_by) {numbers}"
    "SELECT 'case-' || {hex}, 'enterprise', 'subject-' || {hex}, 'enterprise', 'card', {moment}, CAST(:handler AS varchar) {from}",
    *(
        "INSERT INTO item_cases (id, case_id, region, item, item_no, department, state, department_no, pushed_at, accepted_at, decision_no, answer) {numbers}"
        f"SELECT 'item-' || {{hex}} || '-{n}', 'case-' || {{hex}}, CAST(:region AS varchar), '{item}', CAST(:region AS varchar) || {{day}} || {{serial}} || '-0{n}', '{department}', {ITEM_STATE}, '', {{moment}}, {{moment}}, '', '' {{from}}"
        for n, (item, department) in enumerate(zip(ITEMS, DEPARTMENTS, strict=True), 1)
    ),
)


def grow(
    database: Database, before: int, after: int, given: dict[str, Any], statements: Sequence[str] = STATEMENTS
) -> None:
    """Cases (or what `statements` make) number `before` + 1 to `after`. `given`: region, digest and handler, as they ask for. The load itself is not durable, the database after it is."""
    if database.dialect == "sqlite":
        # The bench may lose everything in a power cut, and a million rows that are checked one by one take minutes.
        setting = ("PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF")
    else:
        setting = ("SET session_replication_role = replica", "SET synchronous_commit = off")
    words = DIALECTS[database.dialect]
    sealed = {"identifier": RING.seal(b'"-"'), "name": RING.seal(NAME)}
    fixed = {**given, **sealed, "base": int(BASE.timestamp())}
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if database.dialect == "sqlite":
            raw.create_function("reverse", 1, lambda digits: digits[::-1], deterministic=True)  # type: ignore[union-attr]
        for statement in setting:
            raw.execute(statement)  # type: ignore[union-attr]
        if database.dialect == "postgresql":
            raw.commit()  # type: ignore[union-attr]
        for low in range(before + 1, after + 1, SIZE_AT_ONCE):
            with connection.begin():
                for statement in statements:
                    high = min(low + SIZE_AT_ONCE - 1, after)
                    connection.execute(text(statement.format(**words)), {**fixed, "low": low, "high": high})
        connection.invalidate()  # its settings are for nobody else


def settle(database: Database) -> None:
    """What the engine does by itself after a while: figures of the tables for its planner, and a clean file."""
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if database.dialect == "postgresql":
            raw.autocommit = True  # type: ignore[union-attr]
            raw.execute("VACUUM ANALYZE")  # type: ignore[union-attr]
        else:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        connection.invalidate()


def identify(database: Database, index_key: bytes, region: str, known: dict[int, str]) -> None:
    """Give these cases' applicants identifiers by which they can be found."""
    with database.write() as session:
        for number, identifier in known.items():
            blind = blind_index(index_key, region, "enterprise", identifier)
            where = subjects.c.id == f"subject-{number:012x}"
            session.execute(update(subjects).where(where).values(blind_index=blind, identifier=identifier))


def number_of(region: str, case: int) -> str:
    """The case number of the case with this number here."""
    day = BASE + timedelta(seconds=case * 288)
    return f"{region}{day:%Y%m%d}{case % CASES_A_DAY + 1:06d}"


def spread_over(count: int, size: int) -> Sequence[int]:
    """So many cases, evenly over the first `size`."""
    return [1 + n * (size - 1) // max(count - 1, 1) for n in range(count)]
