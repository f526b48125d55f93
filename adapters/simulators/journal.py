"""What a simulator writes down about itself: each request that reached its socket, each effect, file and report.

The house test matches it with the sharing log both ways. Subjects stand in it as SHA-256 only. It decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.simulators.lines import Lines, Row

Now = Callable[[], datetime]


def hashed(subject: str) -> str:
    """SHA-256 of a subject's identifier in hex; empty stays empty."""
    return hashlib.sha256(subject.encode()).hexdigest() if subject else ""


@dataclass(frozen=True)
class Call:
    """What a request asks for, as far as it could be read: enough to write it down before it is answered."""

    operation: str
    request_no: str = ""
    subject: str = ""
    key: str = ""


class Journal:
    """One server's journal in memory and in `<folder>/journals/<code>.jsonl`; a restart goes on where it ended."""

    def __init__(self, code: str, folder: Path, now: Now) -> None:
        self._code, self._now = code, now
        self._lines = Lines(folder / "journals" / f"{code}.jsonl")

    def request(self, call: Call) -> Row:
        """A request reached the socket; written before anything is done about it."""
        return self._write(
            "request", operation=call.operation, request=call.request_no, subject=hashed(call.subject), key=call.key
        )

    def answer(self, request: Row, outcome: str, status: int) -> None:
        """What became of that request. `outcome` is the department's own result code, or the fault; status 0 = no answer."""
        self._write("answer", of=request["seq"], outcome=outcome, status=status)

    def effect(self, operation: str, number: str, key: str = "", subject: str = "") -> None:
        """Something in the outside world became true: an application came in, a row was stored, a message left."""
        self._write("effect", operation=operation, number=number, key=key, subject=hashed(subject))

    def file(self, name: str, sha256: str, size: int, rows: int, fault: str = "") -> None:
        """A file was put into the drop folder; `fault` says how it was spoilt on purpose."""
        self._write("file", name=name, sha256=sha256, size=size, rows=rows, fault=fault)

    def report(self, key: str, path: str, attempt: int, status: int) -> None:
        """We called the hub; status 0 = it could not be reached."""
        self._write("report", key=key, path=path, attempt=attempt, status=status)

    def control(self, verb: str) -> None:
        self._write("control", verb=verb)

    def rows(self) -> list[Row]:
        return self._lines.rows()

    def requests(self) -> list[Row]:
        """The requests, each with its outcome and status merged in (outcome "" while it is under way)."""
        answers = {row["of"]: row for row in self.rows() if row["kind"] == "answer"}
        return [
            {**row, "outcome": answers.get(row["seq"], {}).get("outcome", ""), "status": answers.get(row["seq"], {}).get("status", 0)}
            for row in self.rows()
            if row["kind"] == "request"
        ]  # fmt: skip

    def of_kind(self, kind: str) -> list[Row]:
        return [row for row in self.rows() if row["kind"] == kind]

    def close(self) -> None:
        self._lines.close()

    def _write(self, kind: str, **rest: object) -> Row:
        return self._lines.append({"server": self._code, "kind": kind, "at": self._now().isoformat(), **rest})
