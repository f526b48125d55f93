"""Processes of a stage that a mould forks, handled as those that are started anew: `Mould` takes the orders. It knows no program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

READY_WITHIN_SECONDS = 120.0


class Process(Protocol):
    """What a stage does with a process, however it was started."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Moulded:
    """A process that the mould forked. Waiting raises subprocess.TimeoutExpired, as for any other."""

    def __init__(self, pid: int, mould: Mould) -> None:
        self.pid, self._mould = pid, mould

    def poll(self) -> int | None:
        return self._mould.ended(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        return self._mould.wait(self.pid, timeout)

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended meanwhile, and nobody said so yet
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Mould:
    """One process that has all programs in memory; for any number of stages, from any thread. It ends with whoever made it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub.demo.mould"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._ready, self._started, self._codes = False, list[int](), dict[int, int]()
        self._changed, self._ordering = threading.Condition(), threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, command: Sequence[str], environment: Mapping[str, str], out: Path) -> Moulded:
        """A process of `python -m <command>` whose output goes to the end of that file. Raises TimeoutError."""
        order = {"command": list(command), "environment": dict(environment), "out": str(out)}
        with self._ordering:
            self._until(lambda: self._ready)
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            self._until(lambda: bool(self._started))
            return Moulded(self._started.pop(), self)

    def ended(self, pid: int) -> int | None:
        """Its exit code, None while it runs."""
        with self._changed:
            return self._codes.get(pid)

    def wait(self, pid: int, seconds: float | None) -> int:
        with self._changed:
            if not self._changed.wait_for(lambda: pid in self._codes, seconds):
                raise subprocess.TimeoutExpired(f"process {pid} of the mould", seconds or 0)
            return self._codes[pid]

    def end(self) -> None:
        """End it; whoever still runs of its processes is killed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._reader.join(20)
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self._changed:
                self._ready = True
                if "ended" in told:
                    self._codes[told["pid"]] = told["ended"]
                elif "pid" in told:
                    self._codes.pop(told["pid"], None)  # a number may come again
                    self._started.append(told["pid"])
                self._changed.notify_all()

    def _until(self, true: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(true, READY_WITHIN_SECONDS):
                raise TimeoutError(f"the mould said nothing within {READY_WITHIN_SECONDS:.0f} s")
