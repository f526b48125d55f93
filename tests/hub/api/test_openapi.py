"""The description of the JSON door: valid, complete, true, and stable where clients build on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from hub.api import access
from hub.identity.principal import SYSTEMS
from tests.hub.api.wired import Wired

Doc = dict[str, Any]
DOCS = Path(__file__).parents[3] / "docs"

TEXT: Doc = {"type": "string", "minLength": 1}
ANSWER: Doc = {
    "type": "object",
    "required": ["description"],
    "properties": {"description": TEXT, "headers": {"type": "object"}, "content": {"type": "object"}},
    "patternProperties": {"^x-": True},
    "additionalProperties": False,
}
PARAMETER: Doc = {
    "type": "object",
    "required": ["name", "in", "schema"],
    "properties": {"name": TEXT, "in": {"enum": ["path", "query", "header"]}, "schema": {"type": "object"}},
    "if": {"properties": {"in": {"const": "path"}}},
    "then": {"properties": {"required": {"const": True}}, "required": ["required"]},
}
OPERATION: Doc = {
    "type": "object",
    "required": ["operationId", "summary", "description", "tags", "responses", "security"],
    "properties": {
        "operationId": {"type": "string", "pattern": "^[a-z][a-z_]+$"},
        "summary": TEXT,
        "description": TEXT,
        "tags": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 1},
        "parameters": {"type": "array", "items": PARAMETER, "uniqueItems": True},
        "requestBody": {"type": "object", "required": ["content"], "properties": {"required": {"const": True}}},
        "responses": {
            "type": "object",
            "patternProperties": {"^[245][0-9]{2}$": ANSWER},
            "additionalProperties": False,
        },
        "security": {"type": "array", "items": {"type": "object", "maxProperties": 1}},
    },
    "patternProperties": {"^x-": True},
    "additionalProperties": False,
}
SHAPE: Doc = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {"type": "object", "required": ["title", "version", "license"]},
        "paths": {
            "type": "object",
            "patternProperties": {
                "^/api/v1/": {
                    "type": "object",
                    "patternProperties": {"^(get|put|post|delete)$": OPERATION},
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        },
        "components": {"type": "object", "required": ["schemas", "securitySchemes"]},
    },
    "additionalProperties": False,
}
"""What OpenAPI 3.1 asks of the parts that we use, and what we ask of ourselves beyond it."""


@pytest.fixture(scope="module")
def document(wired: Wired) -> Doc:
    with wired.http() as http:
        found: Doc = http.get("/api/v1/openapi.json").json()
    return found


def operations(document: Doc) -> Iterator[tuple[access.Route, Doc]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (method.upper(), path), operation


def inner(value: object) -> Iterator[Doc]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from inner(part)
    elif isinstance(value, list):
        for part in value:
            yield from inner(part)


def test_it_has_the_shape_of_openapi(document: Doc) -> None:
    mistakes = [
        f"{list(e.absolute_path)}: {e.message[:200]}" for e in Draft202012Validator(SHAPE).iter_errors(document)
    ]
    assert not mistakes, "\n".join(mistakes)


def test_every_schema_is_one(document: Doc) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere(document: Doc) -> None:
    references = {part["$ref"] for part in inner(document) if isinstance(part.get("$ref"), str)}
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references and references <= known and known <= references | {"#/components/schemas/Problem"}


def test_every_route_is_described_and_nothing_else(document: Doc) -> None:
    described = {route for route, _ in operations(document)}
    assert described == set(access.ACCESS) - {("GET", "/api/v1/openapi.json")}


def test_operations_have_names_of_their_own(document: Doc) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_who_may_call_is_told(document: Doc) -> None:
    for route, operation in operations(document):
        roles = access.ACCESS[route]
        scheme: list[Doc] = [{"signature": []}] if roles & SYSTEMS else []
        scheme += [{"session": []}] if roles - SYSTEMS else []
        assert operation["security"] == scheme and operation["x-roles"] == sorted(roles), route


def test_every_refusal_is_a_problem_with_its_codes(document: Doc) -> None:
    for route, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                continue
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"} and answer["x-codes"], (route, status)


def test_every_declared_code_is_documented(document: Doc) -> None:
    declared = {code for _, o in operations(document) for a in o["responses"].values() for code in a.get("x-codes", ())}
    documented = set(re.findall(r"^\| `([A-Z_]+)` ", (DOCS / "errors.md").read_text(), re.M))
    assert len(declared) > 30 and declared <= documented, declared - documented


def test_every_call_that_must_not_happen_twice_asks_for_a_key(document: Doc) -> None:
    asking = {
        route
        for route, o in operations(document)
        if any(p["name"] == "Idempotency-Key" for p in o.get("parameters", ()))
    }
    told_by_systems = {r for r, roles in access.ACCESS.items() if r[0] == "POST" and roles & SYSTEMS}
    of_one = {
        ("POST", f"/api/v1/certificates/{{certificate_id}}/{part}") for part in ("copies", "codes", "links", "checks")
    }
    assert asking == told_by_systems - access.QUESTIONS | of_one | {("POST", "/api/v1/cases")}


def test_examples_keep_to_their_schemas(document: Doc) -> None:
    schemas = document["components"]["schemas"]
    checked = 0
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            Draft202012Validator({**schema, "components": {"schemas": schemas}}).validate(example)
            checked += 1
    assert checked >= 6


def test_bodies_refuse_what_they_do_not_know(document: Doc) -> None:
    for route, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert document["components"]["schemas"][name]["additionalProperties"] is False, route


def test_no_example_looks_like_somebody(document: Doc) -> None:
    assert not re.search(r"(?<!\d)\d{17}[\dX](?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)", str(document))


def test_anybody_may_read_it(http: httpx2.Client) -> None:
    answer = http.get("/api/v1/openapi.json")
    assert answer.status_code == 200 and "http" not in str(answer.json()["info"].get("description"))
