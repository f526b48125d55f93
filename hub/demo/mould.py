"""`python -m hub.demo.mould`: has the programs of a stage in memory and forks one for each order, so that a start costs no import.

It opens nothing of a hub's itself: what a forked one does is what `python -m …` does. Orders are JSON lines on stdin (`command`,
`environment`, `out`), answers JSON lines on stdout (`pid`; later the same `pid` with `ended`, the exit code, negative for a signal).
It ends with its stdin, and so do those that it forked. Who gives the orders is in `moulded`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from typing import Any

PROGRAM = (
    *("hub.app", "hub.cli", "hub.wiring.build", "hub.wiring.program_log", "hub.watch.door"),
    *("uvicorn.loops.auto", "uvicorn.loops.asyncio", "uvicorn.lifespan.on", "uvloop", "anyio._backends._asyncio"),
    *("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
    *("adapters.kinds.rest", "adapters.kinds.soap", "adapters.kinds.soap_check", "adapters.kinds.filedrop"),
    *("adapters.kinds.dropout", "adapters.kinds.frontdb"),
    *("adapters.kinds.frontdb_check", "adapters.kinds.frontdb_reports", "adapters.kinds.inbox"),
    *("adapters.outside.platform", "adapters.outside.sms", "hub.store.migrate", "alembic.command", "alembic.config"),
    *("certificates.pdf.signing", "certificates.pdf.rendering", "certificates.ofd.signing", "typer._adapters"),
    *("httpcore2", "h11", "anyio.streams.tls", "pydantic.v1", "encodings.utf_8_sig", "hub.wiring.telemetry"),
    *("psycopg", "psycopg_pool", "sqlalchemy.dialects.postgresql.psycopg", "multipart", "python_multipart"),
    *("adapters.simulators.running", "adapters.simulators.departments"),
)
LOOK_SECONDS = 0.02


def main() -> int:
    for name in PROGRAM:
        try:
            importlib.import_module(name)
        except ImportError:  # one of two names for the same; whoever needs it says so itself
            continue
    gc.freeze()  # what is here is no garbage: the forked need not look at it, nor copy its pages
    _say(ready=True)
    children: set[int] = set()
    while True:
        for child in [each for each in children if _has_ended(each)]:
            children.remove(child)
        if not select.select([0], [], [], LOOK_SECONDS if children else None)[0]:
            continue
        line = _line()
        if not line:
            break
        child = _forked(json.loads(line))
        children.add(child)
        _say(pid=child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return 0


def _has_ended(child: int) -> bool:
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        _say(pid=pid, ended=os.waitstatus_to_exitcode(status))
    return bool(pid)


def _forked(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()  # of its own, as a process that is started so
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(out, number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.environ.clear()
    os.environ.update(order["environment"])
    module, *arguments = order["command"]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as e:
        sys.stderr.flush()
        os._exit(_code(e.code))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def _code(said: object) -> int:
    """As Python itself ends with it."""
    return said if isinstance(said, int) else int(said is not None)


def _line() -> bytes:
    """One order, read byte by byte: what is left in a buffer would be seen by no `select`."""
    read = b""
    while not read.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return b""
        read += byte
    return read


def _say(**words: object) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
