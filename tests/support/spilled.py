"""What a hub's program log must not hold: lines that are no JSON, and values of the synthetic population. It starts no hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from adapters.simulators import population


@cache
def values_of_persons() -> frozenset[str]:
    """Names, numbers, phones, homes and firms' owners of everybody in the population."""
    people = (*population.PEOPLE, *population.ELSEWHERE)
    found = {value for p in people for value in (p.name, p.id_number, p.phone, p.home.line, p.household)}
    return frozenset(value for value in found if len(value) > 1)


def lines(output: Path, start: int = 0) -> list[dict[str, Any]]:
    """Every line of a program log from a place in the file on. Raises ValueError for one that is no JSON object."""
    with output.open("rb") as file:
        file.seek(start)
        text = file.read().decode()
    told = [json.loads(line) for line in text.splitlines()]
    if not all(isinstance(line, dict) and line["event"] for line in told):
        raise ValueError("a line of the program log is no event")
    return told


def spilled(output: Path, start: int = 0) -> list[str]:
    """The events whose lines hold a value of somebody's; never the value itself."""
    return [str(line["event"]) for line in lines(output, start) if _holds_a_person(line)]


def astray(output: Path, start: int = 0) -> list[dict[str, Any]]:
    """Lines about a question or a sending that do not say of which case, department and trace they are."""
    about = [line for line in lines(output, start) if line["event"] in ("question", "sending")]
    return [line for line in about if not all(line.get(name) for name in ("case", "department", "trace_id", "node"))]


def _holds_a_person(line: dict[str, Any]) -> bool:
    texts = list(_texts(line))
    return any(value in text for text in texts for value in values_of_persons())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)
