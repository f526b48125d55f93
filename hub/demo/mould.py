"""`python -m hub.demo.mould`: has the hub's program in memory and forks a hub for each order, so that a start costs no import.

It opens nothing of a hub's itself: what a forked one does is what `yijian serve` does. Orders are JSON lines on stdin (`environment`,
`out`), answers JSON lines on stdout (`pid`, then `ended` with the exit code, negative for a signal). It ends with its stdin.
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
    *("hub.app", "hub.cli", "hub.wiring.build", "uvicorn.loops.auto", "uvicorn.lifespan.on"),
    *("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
    *("adapters.kinds.rest", "adapters.kinds.soap", "adapters.kinds.filedrop", "adapters.kinds.frontdb"),
    *("adapters.kinds.frontdb_check", "adapters.kinds.frontdb_reports", "adapters.kinds.inbox"),
    *("adapters.outside.platform", "adapters.outside.sms", "hub.store.migrate", "alembic.command", "alembic.config"),
    *("httpcore2", "h11", "anyio.streams.tls", "pydantic.v1", "encodings.utf_8_sig", "hub.wiring.telemetry"),
    *("psycopg", "psycopg_pool", "sqlalchemy.dialects.postgresql.psycopg", "multipart", "python_multipart"),
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
    child = 0
    while True:
        if child and (ended := os.waitpid(child, os.WNOHANG)) != (0, 0):
            child = 0
            _say(ended=os.waitstatus_to_exitcode(ended[1]))
        if not select.select([0], [], [], LOOK_SECONDS if child else None)[0]:
            continue
        line = _line()
        if not line:
            break
        child = _forked(json.loads(line))
        _say(pid=child)
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return 0


def _forked(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(out, number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.environ.update(order["environment"])
    sys.argv = ["yijian", "serve"]
    try:
        runpy.run_module("hub", run_name="__main__")
    except SystemExit as e:
        sys.stderr.flush()
        os._exit(e.code if isinstance(e.code, int) else 1)
    os._exit(0)


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
