"""The two kinds of session, on both engines. It knows no table's meaning."""

from __future__ import annotations

import shutil
import socket
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from hub.errors import HubError
from hub.store import database as opening
from hub.store.database import Database, Session, StoreUnavailable, writing
from hub.store.tables import files, login_sessions
from tests.support.full_disk import full_disk
from tests.support.postgres import Postgres

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def add(session: Session, name: str, at: datetime = NOW) -> None:
    session.execute(insert(files).values(sha256=name, size=1, media_type="text/plain", created_at=at))


def count(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(files)).scalar_one()


def test_a_write_is_there_once_its_block_ended(database: Database) -> None:
    with database.write() as session:
        add(session, "a")
    assert count(database) == 1


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        add(session, "a")
        raise ZeroDivisionError
    assert count(database) == 0


def test_a_read_session_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)), database.read() as session:
        add(session, "a")
    assert count(database) == 0


def test_a_read_session_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(files)).scalar_one() == 0
        writer = threading.Thread(target=write_one, args=(database,))
        writer.start()
        writer.join()
        assert session.execute(select(func.count()).select_from(files)).scalar_one() == 0
    assert count(database) == 1


def write_one(database: Database) -> None:
    with database.write() as session:
        add(session, "a")


def test_a_second_write_session_inside_a_first_is_refused(database: Database) -> None:
    with pytest.raises(HubError, match="already open") as caught, database.write(), database.write():
        pass
    assert caught.value.code == "NESTED_WRITE"


def test_one_can_tell_whether_a_write_session_is_open(database: Database) -> None:
    with database.write():
        assert writing()
    assert not writing()


def test_writers_queue_instead_of_failing(database: Database) -> None:
    def write(number: int) -> None:
        for n in range(5):
            with database.write() as session:
                add(session, f"{number}-{n}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 40


def test_foreign_keys_are_held(database: Database) -> None:
    row = {"token_hash": "t", "account_id": "nobody", "csrf": "c", "created_at": NOW, "expires_at": NOW}
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(insert(login_sessions).values(row))


def test_moments_come_back_aware_and_equal(database: Database) -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    with database.write() as session:
        add(session, "a", shanghai)
    with database.read() as session:
        moment = session.execute(select(files.c.created_at)).scalar_one()
    assert moment == NOW and moment.utcoffset() == timedelta(0)


def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"), database.write() as session:
        add(session, "a", NOW.replace(tzinfo=None))


def test_a_database_that_is_not_there_is_unavailable_not_a_bug(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for url in (f"sqlite:///{tmp_path}/no/such/folder/hub.sqlite", f"postgresql://x@/x?host={tmp_path}"):
        database = Database(url)
        with pytest.raises(StoreUnavailable), database.read():
            pass
        database.close()


def test_a_full_disk_takes_no_write_leaves_nothing_and_goes_on_once_there_is_room(
    migrated_file: Path, tmp_path: Path
) -> None:
    """SQLite alone writes to a disk of this process; a server whose disk is full ends, which is another test."""
    shutil.copyfile(migrated_file, tmp_path / "hub.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with full_disk(), pytest.raises(StoreUnavailable, match="disk space"), database.write() as session:
        add(session, "a")
    assert count(database) == 0
    write_one(database)
    assert count(database) == 1
    database.close()


def write_size(database: Database, size: int) -> None:
    with database.write() as session:
        session.execute(update(files).values(size=size))


def test_a_node_that_was_paused_inside_a_transaction_delays_others_and_fails_nobody(
    postgres: Postgres, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "IDLE_MS", 500)
    with postgres.fresh(migrated_template) as url:
        paused, other = Database(url), Database(url)
        write_one(other)
        with pytest.raises(StoreUnavailable), paused.write() as session:
            session.execute(update(files).values(size=2))
            waiting = threading.Thread(target=write_size, args=(other, 3))
            waiting.start()  # until the server ends the one that does nothing
            waiting.join()
            session.execute(select(func.count()).select_from(files))
        with other.read() as session:
            assert session.execute(select(files.c.size)).scalar_one() == 3
        paused.close()
        other.close()


def test_a_server_that_says_nothing_is_unavailable_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x")
        with pytest.raises(StoreUnavailable), database.read():
            pass
        database.close()
