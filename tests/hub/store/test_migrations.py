"""The migrations against the tables of the code, on both engines. It tests no row."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect, text

from hub.store import migrate
from hub.store.database import Database
from hub.store.tables import metadata


def open_database(url: str) -> Database:
    return Database(url)


def test_the_migrated_tables_are_those_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert not differences, (
        "Tables changed without a migration: before the first tag regenerate 0001, afterwards add a step "
        f"(docs/decisions/0004). Differences: {differences}"
    )


def test_every_constraint_has_the_name_of_the_convention(database: Database) -> None:
    with database.engine.connect() as connection:
        seen = inspect(connection)
        for table in metadata.tables.values():
            named = {u["name"] for u in seen.get_unique_constraints(table.name)}
            named |= {f["name"] for f in seen.get_foreign_keys(table.name)}
            assert named == {c.name for c in table.constraints if c.name and not str(c.name).startswith("pk_")}


def test_upgrading_again_changes_nothing(database: Database) -> None:
    assert migrate.current(database) == migrate.head() == migrate.upgrade(database)


def test_an_empty_database_has_no_version(engine_url: str) -> None:
    database = open_database(engine_url)
    assert migrate.current(database) == ""
    assert migrate.upgrade(database) == migrate.head()
    database.close()


def test_nodes_that_start_at_once_migrate_once(engine_url: str) -> None:
    nodes = [open_database(engine_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(migrate.upgrade, nodes)) == [migrate.head()] * 4
    for node in nodes:
        node.close()


def test_a_failed_step_leaves_nothing_behind(engine_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    (broken / "env.py").write_text((migrate.FOLDER / "env.py").read_text())
    (broken / "versions" / "0001_x.py").write_text(
        "from alembic import op\nrevision, down_revision = '0001', None\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (a integer)')\n    raise RuntimeError('power cut')\n"
    )
    monkeypatch.setattr(migrate, "FOLDER", broken)
    database = open_database(engine_url)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert not inspect(connection).has_table("half")
    database.close()


def test_cases_that_were_there_before_have_their_numbers_turned(engine_url: str) -> None:
    database = open_database(engine_url)
    with database.write() as session:
        _step(session, "0001")
        session.execute(text(_ACCOUNT))
        session.execute(text(_CATALOG), {"document": b""})
        for number in ("41132320261128000017", "41132320261128000018"):
            session.execute(text(_CASE.format(number=number)))
    assert migrate.upgrade(database) == migrate.head()
    with database.read() as session:
        turned = session.execute(text("SELECT case_no_reversed FROM cases ORDER BY case_no")).scalars()
        assert [one[::-1][-2:] for one in turned] == ["17", "18"]
    database.close()


_AT = "'2026-11-28 00:00:00.000000'"
_ACCOUNT = f"INSERT INTO accounts (id, region, username, password_hash, name, organisation, roles, phone, created_at, failed_logins) VALUES ('a', '411323', 'clerk', '-', '演示窗口甲', 'hub', '[]', '', {_AT}, 0)"
_CATALOG = f"INSERT INTO catalog_versions (digest, region, document, published_by, published_at) VALUES ('d', '411323', :document, 'test', {_AT})"
_CASE = f"INSERT INTO cases (id, region, case_no, matter, catalog_digest, state, channel, handler, situation, chosen, delivery, version, created_at) VALUES ('c{{number}}', '411323', '{{number}}', 'm', 'd', 'checking', 'window', 'a', '[]', '[]', '[]', 1, {_AT})"


def test_what_was_gathered_before_is_an_entry_of_the_registry(engine_url: str) -> None:
    database = open_database(engine_url)
    with database.write() as session:
        _step(session, "0001")
        for name in (
            "accounts",
            "catalog_versions",
            "subjects",
            "cases",
            "item_cases",
            "queries",
            "evidence",
            "gathered_results",
        ):
            _row(session, name, {"media_type": "application/pdf", "applicant": "x"})
    migrate.upgrade(database)
    with database.read() as session:
        kept = text("SELECT i.imported_id, c.trust, c.origin, c.subject_id, f.kind, a.act FROM item_cases i "
                    "JOIN certificates c ON c.id = i.imported_id JOIN certificate_files f ON f.certificate_id = c.id "
                    "JOIN certificate_acts a ON a.certificate_id = c.id")  # fmt: skip
        assert list(session.execute(kept).one()) == ["x", "B", "imported", "x", "pdf", "import"]
    database.close()


def _row(session: Connection, name: str, values: Mapping[str, object]) -> None:
    """A row whose texts are "x" where nothing is given: rows of several tables name each other."""
    plain = {str: "x", int: 1, bytes: b"", datetime: datetime(2026, 11, 28, tzinfo=UTC), bool: False}
    found = Table(name, MetaData(), autoload_with=session)
    needed = {c.name: plain.get(c.type.python_type, []) for c in found.columns if not c.nullable}
    session.execute(found.insert().values({**needed, **{k: v for k, v in values.items() if k in found.columns}}))


def _step(session: Connection, revision: str) -> None:
    """Bring an empty database to an earlier version."""
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    config.attributes["connection"] = session
    command.upgrade(config, revision)


def test_a_database_ahead_of_the_program_is_left_alone(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert migrate.upgrade(database) == "9999"


def test_the_tables_of_another_program_are_refused(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'a81f22c9d3b1'"))
    with pytest.raises(migrate.SchemaUnknown):
        migrate.upgrade(database)


def test_the_steps_are_numbered_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    steps = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [s.revision for s in steps] == [f"{n:04d}" for n in range(len(steps), 0, -1)]
    assert steps[0].revision == migrate.head()
