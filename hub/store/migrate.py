"""Bringing the hub's database to the tables of this version. It defines no table and never goes back.

Steps are expand/contract: a node of the version before goes on working on the newer tables, so a database that is ahead of the
code is left alone.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from hub.errors import HubError
from hub.store.database import Database

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x79696A69616E  # "yijian": the advisory lock under which nodes take turns


class SchemaUnknown(HubError):
    """The database's tables are not of any version that this program knows."""

    code = "SCHEMA_UNKNOWN"


def upgrade(database: Database) -> str:
    """Apply the steps that are missing; gives the version the database then has.

    Safe when several nodes start at once: one works, the others wait and find nothing to do. Raises SchemaUnknown, StoreUnavailable.
    """
    if not _behind(current(database)):
        return current(database)
    with database.write() as session:
        if database.dialect == "postgresql":
            for bound in (
                "lock_timeout",
                "idle_in_transaction_session_timeout",
            ):  # a migration may take long, here and elsewhere
                session.execute(text(f"SET LOCAL {bound} = 0"))
            session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        # From here nobody else changes tables: on SQLite the write session itself is the lock.
        if _behind(version(session)):
            apply(session)
        return version(session)


def current(database: Database) -> str:
    """The database's version, empty before the first step."""
    with database.read() as session:
        return version(session)


def head() -> str:
    """The version of this program: the highest numbered step."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def _behind(version: str) -> bool:
    if version and not (version.isdecimal() and len(version) == len(head())):
        raise SchemaUnknown(f"The database says its tables are version {version[:40]}; point database_url at a hub's.")
    return version < head()


def version(session: Connection) -> str:
    """The version of the tables that the session sees, empty before the first step."""
    if not inspect(session).has_table("alembic_version"):
        return ""
    return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def apply(session: Connection, to: str = "head") -> None:
    """Make or bring up the tables in the caller's transaction."""
    from alembic import command  # half a second of imports, needed only here
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = session
    command.upgrade(config, to)
