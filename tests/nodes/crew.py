"""The nodes of one hub as processes: workers that come and go, further doors, and what each of them left behind. It asserts nothing."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
from sqlalchemy import select

from adapters.client import Doc
from hub.demo.moulded import Process
from hub.demo.stage import Stage
from hub.demo.story import APPLICANT, MATTER, Story
from hub.store.database import Database
from hub.store.tables import work

SLOWED = "market-regulation"
"""The department that tests make slow."""


@dataclass
class Crew:
    """Everybody who joined the stage, by the node's name."""

    stage: Stage
    nodes: dict[str, Process] = field(default_factory=dict)

    def worker(self, node: str, **settings: object) -> Process:
        return self._joined(node, "hub", "worker", **settings)

    def skewed_worker(self, node: str, seconds: int, **settings: object) -> Process:
        return self._joined(node, "tests.nodes.skewed", "worker", str(seconds), **settings)

    def door(self, node: str, *command: str, worker: bool = False) -> str:
        """One more process that serves pages; gives its address once it answers."""
        port = _free_port()
        command = command or ("hub", "serve")
        self.nodes[node] = self.stage.join(node, *command, port=port, worker=str(worker).lower())
        return self.stage.answers(self.nodes[node], node, port)

    def kill(self, node: str) -> None:
        self.nodes[node].kill()
        self.nodes.pop(node).wait(60)

    def pause(self, node: str) -> None:
        self.nodes[node].send_signal(signal.SIGSTOP)

    def wake(self, node: str) -> None:
        self.nodes[node].send_signal(signal.SIGCONT)

    def stop(self, node: str) -> tuple[int, float]:
        """Ask it to end; its exit code and how many seconds it took."""
        begun = time.monotonic()
        process = self.nodes.pop(node)
        process.terminate()
        return process.wait(60), time.monotonic() - begun

    def only(self, *nodes: str) -> None:
        """End every other worker in order, and start those that are not there."""
        for node in [name for name in self.nodes if name not in nodes]:
            self.stop(node)
        for node in nodes:
            if node not in self.nodes:
                self.worker(node)

    def said(self, node: str, event: str) -> list[dict[str, Any]]:
        """Lines of the node's program log with this event."""
        lines = (self.stage.folder / f"{node}.out").read_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("event") == event]

    def wrote(self, node: str) -> str:
        """All that it wrote beside its log lines: tracebacks, warnings of libraries."""
        lines = (self.stage.folder / f"{node}.out").read_text().splitlines()
        return "\n".join(line for line in lines if not line.startswith("{"))

    def _joined(self, node: str, *command: str, **settings: object) -> Process:
        self.nodes[node] = self.stage.join(node, *command, **settings)
        return self.nodes[node]


@dataclass
class Stream:
    """A live page that somebody has open: every event that came, and how it ended."""

    text: str = ""
    ended: str = ""
    _thread: threading.Thread | None = None

    def open(self, url: str, token: str, case_id: str, after: int = 0) -> Stream:
        self._thread = threading.Thread(target=self._read, args=(url, token, case_id, after), daemon=True)
        self._thread.start()
        return self

    def _read(self, url: str, token: str, case_id: str, after: int) -> None:
        address = f"{url}/cases/{case_id}/feed?after={after}"
        try:
            with (
                httpx2.Client(trust_env=False, timeout=60, cookies={"yijian": token}) as client,
                client.stream("GET", address) as answer,
            ):
                for part in answer.iter_text():
                    self.text += part
            self.ended = "in order"
        except httpx2.HTTPError as e:
            self.ended = type(e).__name__

    def close(self) -> None:
        assert self._thread is not None
        self._thread.join(60)


def opened(story: Story) -> str:
    """A case at the counter, whose questions are queued."""
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    role = page["roles"][0]
    party = {"identifier": APPLICANT, "proof": role["proofs"][0]["code"]}
    return clerk.open_case(MATTER, {}, [item["code"] for item in page["items"]], {role["code"]: party})


def filled(case: Doc) -> bool:
    return bool(case["queries"]) and case["counts"]["open_queries"] == 0


def control(stage: Stage, code: str, mode: str, **more: Any) -> None:
    httpx2.post(f"{stage.addresses[code]}/_control", json={"mode": mode, **more}, trust_env=False).raise_for_status()


def journal(stage: Stage, code: str) -> Doc:
    found: Doc = httpx2.get(f"{stage.addresses[code]}/_journal", trust_env=False, timeout=20).json()
    return found


def tasks(stage: Stage, like: str) -> list[Any]:
    """Rows of the queue whose key is like this, in their order."""
    database = Database(stage.settings.hub_database)
    try:
        with database.read() as session:
            return list(session.execute(select(work).where(work.c.key.like(like)).order_by(work.c.id)))
    finally:
        database.close()


def settled(story: Story) -> None:
    """Until each question has its end: one that a killed worker had put is ended as lost by the sweep, and never stays open."""
    until(lambda: not story.person("auditor").log_health()["unpaired"], 120)


def until(true: Callable[[], Any], seconds: float = 120, told: Callable[[], Any] = str) -> Any:
    """What `true` gives once it is true. Raises AssertionError, with what `told` gives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.4)
    raise AssertionError(f"it did not come true within {seconds:.0f} s {told()}")


def asked_again_and_again(urls: list[str], cookies: dict[str, str], stop: threading.Event) -> Iterator[httpx2.Response]:
    """Pages of every node, one after another, until `stop` is set."""
    with httpx2.Client(trust_env=False, timeout=30, cookies=cookies) as client:
        while not stop.is_set():
            for url in urls:
                yield client.get(f"{url}/desk")
            time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
