"""Starts nodes of bench/node.py and talks with them, a JSON line for a JSON line. It measures nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from machine import ROOT

from hub.settings import Settings

Node = subprocess.Popen[str]


@contextmanager
def started(settings: Settings, nodes: int, *options: str) -> Iterator[list[Node]]:
    """So many nodes on one hub's databases, ready."""
    processes = [_node(settings, number, options) for number in range(1, nodes + 1)]
    try:
        yield processes
    finally:
        for process in processes:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            process.wait(30)
            process.stdout.close()


def told(process: Node, order: dict[str, int]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()


def answer(process: Node) -> dict[str, Any]:
    """The node's next JSON line; its program log writes lines of its own."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            if "level" not in found:
                return found
    raise SystemExit("a node ended; see above")


def _node(settings: Settings, number: int, options: Sequence[str]) -> Node:
    environment = {
        **os.environ,
        "YIJIAN_FOLDER": str(settings.folder),
        "YIJIAN_DATABASE_URL": settings.database_url,
        "YIJIAN_LOG_URL": settings.log_url,
        "YIJIAN_SITE": str(settings.site),
        "YIJIAN_NODE": f"node-{number}",
        "YIJIAN_WORKER_SLOTS": str(settings.worker_slots),
        "YIJIAN_PORT": "0",
        "YIJIAN_PUBLIC_URL": "http://127.0.0.1",
    }
    command = [sys.executable, str(ROOT / "bench" / "node.py"), *options]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
