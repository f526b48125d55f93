"""A MariaDB server of its own for `make frontdb-mysql`, where Debian's mariadb-server-core is installed. It makes no database."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, exc, make_url

from tests.support.memory import in_memory

PASSWORD = "p0"
START_SECONDS = 120.0


@contextmanager
def running() -> Iterator[str]:
    """The URL of a new server of which everything is gone afterwards. Raises FileNotFoundError where MariaDB is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="yj-maria-", dir=in_memory()))
    try:
        common = ("--no-defaults", f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}")
        install = ("mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db")
        subprocess.run(install, check=True, capture_output=True)
        (folder / "init.sql").write_text(f"ALTER USER root@localhost IDENTIFIED BY '{PASSWORD}';\n")
        port = _free_port()
        url = f"mysql://root:{PASSWORD}@127.0.0.1:{port}/"
        own = (f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--init-file={folder / 'init.sql'}")
        listens = (f"--port={port}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=32M")
        with (folder / "log").open("wb") as said:
            server = subprocess.Popen(("mariadbd", *common, *own, *listens), stdout=said, stderr=said)
            try:
                _wait(server, url)
                yield url
            finally:
                server.terminate()
                server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    engine, until = create_engine(make_url(url).set(drivername="mysql+pymysql")), time.monotonic() + START_SECONDS
    while True:
        try:
            engine.connect().close()
        except exc.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return engine.dispose()
