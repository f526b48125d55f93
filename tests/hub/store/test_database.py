"""Opening the database and its two kinds of session, on both engines."""

from __future__ import annotations

from sqlalchemy import text

from hub.store.database import Database


def test_a_database_answers(database: Database) -> None:
    with database.read() as session:
        assert session.execute(text("select count(*) from cases")).scalar_one() == 0
