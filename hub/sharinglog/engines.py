"""From a log's address to its engine. Opens nothing else."""

from pathlib import Path

from hub.sharinglog.engine import Engine
from hub.sharinglog.engine_sqlite import SqliteEngine
from hub.sharinglog.errors import LogMisconfigured


def open_engine(url: str, origin: str, read_only: bool = False) -> Engine:
    """The database behind a log's address; an empty `origin` accepts whichever log is there."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if path and ":memory:" not in path:
            return SqliteEngine(Path(path), origin, read_only)
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        from hub.sharinglog.engine_postgres import PostgresEngine  # a tenth of a second of imports, needed only here

        return PostgresEngine(f"postgresql://{rest}", origin, read_only)
    raise LogMisconfigured(
        "the log's address must be sqlite:///path/to/file or postgresql://…: a log in memory proves nothing"
    )
