"""A system's calls to the hub: signed, sent again with the same key until taken, in order per item case, over a restart.

What to say is decided in `decisions` and `province`; this only carries it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.simulators.journal import Journal, Now
from adapters.simulators.lines import Lines
from adapters.simulators.tokens import token

_FIRST_WAIT = 0.2
_LONGEST_WAIT = 5.0


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Read once: reading takes longer than all else that a server does when it starts."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Report:
    """One thing to tell the hub. `stream` = what must stay in order (the item case)."""

    key: str
    stream: str
    path: str
    body: Mapping[str, object] = field(repr=False)


class Tells(Protocol):
    """Where a desk says its steps: over the hub's API, or into a table of its own."""

    def tell(self, stream: str, path: str, body: Mapping[str, object]) -> str: ...


class Reporter:
    """Sends reports; each stream has its own task, so that one item case's trouble never holds up another's."""

    def __init__(self, code: str, hub: str, folder: Path, key: Ed25519PrivateKey, journal: Journal, now: Now) -> None:
        self._code, self._hub, self._key, self._journal, self._now = code, hub.rstrip("/"), key, journal, now
        self._lines = Lines(folder / "state" / f"{code}.reports.jsonl")
        self._streams: dict[str, asyncio.Queue[Report]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._client: httpx2.AsyncClient | None = None

    def start(self) -> None:
        """Take up what an earlier run left untold."""
        self._client = httpx2.AsyncClient(timeout=10.0, trust_env=False, verify=_trusted())
        told = {row["told"] for row in self._lines.rows() if "told" in row}
        for row in self._lines.rows():
            if "key" in row and row["key"] not in told:
                body = row["body"]
                assert isinstance(body, dict)
                self._queue(Report(str(row["key"]), str(row["stream"]), str(row["path"]), body))

    def tell(self, stream: str, path: str, body: Mapping[str, object]) -> str:
        """Note the report durably and send it when its turn comes; gives its key."""
        report = Report(str(uuid4()), stream, path, body)
        self._lines.append({"key": report.key, "stream": stream, "path": path, "body": dict(body)})
        self._queue(report)
        return report.key

    def tell_again(self) -> int:
        """Send everything again, in its order and under its keys, because the hub asked for it after a loss.

        What is not told yet is sent again too, behind what was: a decision that comes first to a hub which has lost the acceptance is refused.
        """
        again = [row for row in self._lines.rows() if "key" in row]
        for row in again:
            body = row["body"]
            assert isinstance(body, dict)
            self._queue(Report(str(row["key"]), str(row["stream"]), str(row["path"]), body))
        return len(again)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        self._lines.close()

    def _queue(self, report: Report) -> None:
        if report.stream not in self._streams:
            self._streams[report.stream] = asyncio.Queue()
            self._tasks.append(asyncio.create_task(self._run(self._streams[report.stream])))
        self._streams[report.stream].put_nowait(report)

    async def _run(self, queue: asyncio.Queue[Report]) -> None:
        while True:
            report = await queue.get()
            wait, attempt = _FIRST_WAIT, 1
            while not await self._send(report, attempt):
                await asyncio.sleep(wait)
                wait, attempt = min(wait * 2, _LONGEST_WAIT), attempt + 1
            self._lines.append({"told": report.key})

    async def _send(self, report: Report, attempt: int) -> bool:
        """One attempt, with a fresh token and the same key. True once the hub has it (2xx) or says that it knows (409)."""
        body = json.dumps(report.body, ensure_ascii=False).encode()
        headers = {
            "Authorization": f"Bearer {token(self._code, self._key, 'POST', report.path, body, self._now())}",
            "Content-Type": "application/json",
            "Idempotency-Key": report.key,
        }
        status = 0
        assert self._client is not None
        with contextlib.suppress(httpx2.HTTPError):
            status = (await self._client.post(self._hub + report.path, content=body, headers=headers)).status_code
        self._journal.report(report.key, report.path, attempt, status)
        return 200 <= status < 300 or status == 409
