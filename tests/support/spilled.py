"""What a hub's program log must not hold: lines that are no JSON, and values of the synthetic population. It starts no hub."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from adapters.simulators import population

WORD = re.compile(r"\w+")
MADE_BY_CHANCE = re.compile(r"[0-9a-f]{32,}")
"""Digests and ids of traces: each is another, and none is anybody's."""


@cache
def values_of_persons() -> frozenset[str]:
    """Names, numbers, phones and homes of everybody in the population, each one word."""
    people = (*population.PEOPLE, *population.ELSEWHERE)
    found = {value for p in people for value in (p.name, p.id_number, p.phone, p.home.line)}
    values = frozenset(value for value in found if len(value) > 1)
    assert all(WORD.fullmatch(value) for value in values), "look for these in another way"
    return values


@dataclass
class ProgramLog:
    """A program log that is still being written. Each look reads on from where the last one ended, whole lines only."""

    file: Path
    read: int = 0

    def more(self) -> str:
        """What came since the last look."""
        with self.file.open("rb") as opened:
            opened.seek(self.read)
            whole, newline, _ = opened.read().rpartition(b"\n")
        self.read += len(whole) + len(newline)
        return whole.decode()


def events(text: str) -> list[dict[str, Any]]:
    """Every line of a program log. Raises ValueError for one that is no JSON object with an event."""
    told = [json.loads(line) for line in text.splitlines()]
    if not all(isinstance(line, dict) and line["event"] for line in told):
        raise ValueError("a line of the program log is no event")
    return told


def spilled(text: str) -> list[str]:
    """The events whose lines hold a value of somebody's; never the value itself."""
    words = "\n".join({word for word in WORD.findall(text) if not MADE_BY_CHANCE.fullmatch(word)})
    there = [value for value in values_of_persons() if value in words]
    return [str(json.loads(line)["event"]) for line in text.splitlines() if any(value in line for value in there)]


def astray(text: str) -> list[dict[str, Any]]:
    """Lines about a question or a sending that do not say of which case, department and trace they are."""
    about = [line for line in events(text) if line["event"] in ("question", "sending")]
    return [line for line in about if not all(line.get(name) for name in ("case", "department", "trace_id", "node"))]
