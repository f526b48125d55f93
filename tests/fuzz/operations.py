"""Each operation of the description with requests for it: generated, then often led to what really exists. It judges by the description alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.calling import USERS, Callers
from tests.fuzz.ground import Ground

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SHOWN = 3
"""How many of one operation's troubles of one kind are told."""


@dataclass
class Found:
    """What became of one operation: its answers by status, and what was wrong."""

    name: str
    answers: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        statuses = " ".join(f"{status}×{count}" for status, count in sorted(self.answers.items()))
        return f"{'FOUND' if self.troubles else 'clean'}  {self.name}: {statuses}"


def operations(hub_url: str, ground: Ground, only: str) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """Every operation of the hub's own description."""
    description = httpx2.get(f"{hub_url}/api/v1/openapi.json", trust_env=False).json()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=hub_url)
    _lead_to(schema, ground)
    for result in schema.get_all_operations():
        operation = result.ok()
        if only in operation.definition.raw["operationId"]:
            yield operation


def tried(operation: APIOperation[Any, Any, Any, Any], callers: Callers, examples: int, number: int) -> Found:
    """The operation by whom it is for, with data that fits and data that does not; a few times by others."""
    definition = operation.definition.raw
    found = Found(f"{definition['operationId']} ({operation.method.upper()} {operation.path})")
    roles = definition["x-roles"] or [""]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for role in roles:
            _call(operation, callers, role, mode, examples, number, found)
    if definition["x-roles"]:
        others = [role for role in USERS if role not in roles]
        for stranger in ("", *others[:1]):
            _call(operation, callers, stranger, GenerationMode.POSITIVE, 3, number, found, (401, 403))
    return found


def _call(
    operation: APIOperation[Any, Any, Any, Any],
    callers: Callers,
    role: str,
    mode: GenerationMode,
    examples: int,
    number: int,
    found: Found,
    only: tuple[int, ...] = (),
) -> None:
    told: Counter[str] = Counter()

    def note(kind: str, what: str) -> None:
        told[kind] += 1
        if told[kind] <= SHOWN:
            found.troubles.append(f"{found.name} as {role or 'nobody'}, {mode.value} data: {what}")

    @seed(number)
    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def knock(case: Case) -> None:
        response = case.call(auth=callers.of(role))
        found.answers[str(response.status_code)] += 1
        if only and response.status_code not in only:
            note("let in", f"answered {response.status_code}\n{case.as_curl_command()}")
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as wrong:
            for one in wrong.exceptions:
                assert isinstance(one, Failure)
                note(one.title, f"{one.title}: {one.message}\n  {response.status_code} {response.text[:300]}\n  {case.as_curl_command()[:600]}")  # fmt: skip

    try:
        knock()
    except Exception as e:  # nothing can be generated for this mode
        if "Unsatisfiable" not in type(e).__name__:
            raise


def _lead_to(schema: Any, ground: Ground) -> None:
    """Most addresses and some fields are led to what exists: random ids alone would only ever find nothing."""

    def led(values: Mapping[str, Any] | None, most: int) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: _led(ground, name, value, most) for name, value in values.items()}

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        return led(path_parameters, 9)

    @schema.hook
    def map_query(context: Any, query: Any) -> Any:
        return led(query, 5)

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        return led(body, 6)


def _led(ground: Ground, name: str, value: Any, most: int) -> Any:
    """The same value is always led to the same place; `most` of ten are led at all."""
    pool = ground.known.get(name, ())
    mark = sum(repr(value).encode())
    return pool[mark // 10 % len(pool)] if pool and mark % 10 < most else value
