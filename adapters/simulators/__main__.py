"""`python -m adapters.simulators`: all servers in one process; one JSON line when they listen, a quiet end on SIGTERM.

It plays no story; the demo does.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from adapters.simulators.departments import connections, connections_toml
from adapters.simulators.running import Config, start


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after SIGTERM or SIGINT, 1 when a port is taken."""
    given = _parsed(arguments)
    config = _config(given)
    if given.connections:
        print(connections_toml(connections(config.host, config.base_port, config.folder)), end="")
        return 0
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    try:
        running = start(config)
    except OSError as taken:
        print(f"cannot listen: {taken}. Choose another --ports, or auto.", file=sys.stderr)
        return 1
    ready = {
        "ready": True,
        "addresses": running.addresses,
        "folders": {code: str(place) for code, place in running.folders.items()},
        "connections": running.connections,
        "peers": running.peers,
        "timestamper": running.timestamper,
        "keys": str(config.folder / "keys"),
        "trust": str(config.folder / "trust"),
    }
    print(json.dumps(ready), flush=True)
    ended.wait()
    running.stop()
    return 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.simulators", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="journals, state, keys and drops go here")
    parser.add_argument("--hub", default="", help="base URL of the hub that departments report to")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--ports", default="auto", help="auto, or a base port: servers take base+1, base+2, …")
    parser.add_argument("--manual", action="store_true", help="departments decide only on POST /_decide")
    parser.add_argument("--delay", type=float, default=0.5, help="seconds before each step of an automatic decision")
    parser.add_argument(
        "--repeats", action="store_true", help="the platform stores a repeated row again (no idempotency)"
    )
    parser.add_argument(
        "--connections",
        action="store_true",
        help="print the file of connections for these folder, host and ports, and end",
    )
    given = parser.parse_args(arguments)
    if not given.hub and not given.connections:
        parser.error("--hub is needed: the base URL that departments report to")
    return given


def _config(given: argparse.Namespace) -> Config:
    base = 0 if given.ports == "auto" else int(given.ports)
    return Config(given.folder, given.hub, given.host, base, not given.manual, given.delay, not given.repeats)


if __name__ == "__main__":
    sys.exit(main())
