"""Sessions of people, on both engines: what is stored, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from hub.identity import accounts, sessions
from hub.identity.accounts import NewAccount
from hub.store.database import Database
from hub.store.tables import login_sessions

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=8)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def account_id(database: Database) -> str:
    account = NewAccount("411323", "shenji1", "演示乙", "audit-office", ("auditor",), "Xixia-2026-x")
    with database.write() as session:
        return accounts.create(session, account, NOW, QUICK)


def start(database: Database, account_id: str, until: datetime = UNTIL) -> sessions.Opened:
    with database.write() as session:
        return sessions.start(session, account_id, NOW, until)


def lives(database: Database, token: str, at: datetime = NOW) -> bool:
    with database.read() as session:
        return sessions.seated(session, token, at) is not None


def test_only_a_digest_of_the_token_is_stored(database: Database, account_id: str) -> None:
    opened = start(database, account_id)
    with database.read() as session:
        row = session.execute(select(login_sessions)).one()
    assert opened.token not in map(str, row) and len(opened.token) == 43


def test_tokens_and_csrf_words_are_never_the_same(database: Database, account_id: str) -> None:
    opened = [start(database, account_id) for _ in range(5)]
    assert len({o.token for o in opened} | {o.csrf for o in opened}) == 10


def test_a_session_ends_at_its_time(database: Database, account_id: str) -> None:
    opened = start(database, account_id)
    assert lives(database, opened.token, UNTIL - timedelta(seconds=1))
    assert not lives(database, opened.token, UNTIL)


def test_logging_out_ends_this_session_only(database: Database, account_id: str) -> None:
    one, other = start(database, account_id), start(database, account_id)
    with database.write() as session:
        sessions.end(session, one.token, NOW)
        sessions.end(session, "unknown", NOW)
    assert (lives(database, one.token), lives(database, other.token)) == (False, True)


@pytest.mark.parametrize("token", ["", "x", "0" * 43, "' OR 1=1 --"])
def test_a_made_up_token_is_nobody(database: Database, account_id: str, token: str) -> None:
    start(database, account_id)
    assert not lives(database, token)


def test_the_digest_itself_is_no_token(database: Database, account_id: str) -> None:
    start(database, account_id)
    with database.read() as session:
        digest = session.execute(select(login_sessions.c.token_hash)).scalar_one()
    assert not lives(database, digest)


def test_rows_of_sessions_that_ended_long_ago_are_forgotten(database: Database, account_id: str) -> None:
    start(database, account_id, NOW + timedelta(hours=1))
    start(database, account_id, NOW + timedelta(days=30))
    with database.write() as session:
        assert sessions.forget(session, NOW + timedelta(days=8)) == 1
        assert session.execute(select(func.count()).select_from(login_sessions)).scalar_one() == 1


def test_a_session_does_not_show_its_secrets(database: Database, account_id: str) -> None:
    opened = start(database, account_id)
    with database.read() as session:
        shown = repr(opened) + repr(sessions.seated(session, opened.token, NOW))
    assert opened.token not in shown and opened.csrf not in shown and "演示乙" not in shown
