"""Turns a Swagger 2.0 paper into one of OpenAPI 3.0, as far as a mapping needs it: many departments' systems still export the former.

References stay as they are and are followed in the new paper, which keeps `definitions`. It reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_SCHEMA_KEYS = ("type", "format", "items", "enum", "default", "pattern", "minimum", "maximum", "maxLength", "x-example")

Node = Mapping[str, object]


def as_openapi(root: Node) -> Node:
    """The same operations, parameters, bodies, answers and credentials."""
    return {
        "openapi": "3.0.3",
        "info": root.get("info", {}),
        "servers": [
            {"url": (f"https://{root['host']}" if root.get("host") else "") + str(root.get("basePath") or "/")}
        ],
        "security": root.get("security"),
        "definitions": root.get("definitions", {}),
        "components": {
            "securitySchemes": {code: _security(one) for code, one in _table(root, "securityDefinitions").items()}
        },
        "paths": {path: _path(root, _as_table(item)) for path, item in _table(root, "paths").items()},
    }


def _path(root: Node, item: Node) -> Node:
    shared = [_found(root, one) for one in _list(item, "parameters")]
    return {method: _operation(root, _table(item, method), shared) for method in METHODS if method in item}


def _operation(root: Node, node: Node, shared: list[Node]) -> Node:
    given = {(str(one.get("in")), str(one.get("name"))): one for one in shared}
    for found in _list(node, "parameters"):
        one = _found(root, found)
        given[str(one.get("in")), str(one.get("name"))] = one
    plain = [_parameter(one) for (place, _), one in given.items() if place not in ("body", "formData")]
    body = _body(root, node, list(given.values()))
    answers = {code: _answer(root, node, one) for code, one in _table(node, "responses").items()}
    kept = {
        key: node[key] for key in ("operationId", "summary", "description", "security", "deprecated") if key in node
    }
    return {**kept, "parameters": plain, **({"requestBody": body} if body else {}), "responses": answers}


_WRITTEN: Mapping[str, Node] = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}


def _parameter(node: Node) -> Node:
    kept = {key: node[key] for key in ("name", "in", "required", "description") if key in node}
    written = {} if node.get("type") != "array" else _WRITTEN.get(str(node.get("collectionFormat") or "csv"), {})
    return {**kept, **written, "schema": _schema(node)}


def _schema(node: Node) -> Node:
    schema = {key: node[key] for key in _SCHEMA_KEYS if key in node}
    return {**schema, "type": "string", "format": "binary"} if node.get("type") == "file" else schema


def _body(root: Node, node: Node, given: list[Node]) -> Node | None:
    media = _media(root, node, "consumes")
    for one in given:
        if one.get("in") == "body":
            content = {media: {"schema": one.get("schema", {})}}
            return {"required": one.get("required") is True, "description": one.get("description"), "content": content}
    fields = [one for one in given if one.get("in") == "formData"]
    if not fields:
        return None
    schema = {
        "type": "object",
        "properties": {str(one.get("name")): {**_schema(one), "description": one.get("description")} for one in fields},
        "required": [one.get("name") for one in fields if one.get("required") is True],
    }
    several = any(one.get("type") == "file" for one in fields) or media == MULTIPART
    return {"required": bool(schema["required"]), "content": {MULTIPART if several else FORM: {"schema": schema}}}


def _answer(root: Node, operation: Node, answer: object) -> Node:
    node = _found(root, answer)
    plain = {"description": node.get("description", "")}
    if "schema" not in node:
        return plain
    media = _media(root, operation, "produces")
    examples = _table(node, "examples")
    shown = {"example": examples[media]} if media in examples else {}
    return {**plain, "content": {media: {"schema": node["schema"], **shown}}}


def _media(root: Node, node: Node, key: str) -> str:
    said = [str(one) for one in (_list(node, key) or _list(root, key))]
    return next((one for one in said if "json" in one), said[0] if said and said[0] != "*/*" else "application/json")


def _security(node: object) -> Node:
    found = _as_table(node)
    if found.get("type") == "basic":
        return {"type": "http", "scheme": "basic", "description": found.get("description")}
    if found.get("type") == "oauth2" and found.get("flow") == "application":
        flow = {"tokenUrl": found.get("tokenUrl"), "scopes": _table(found, "scopes")}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}, "description": found.get("description")}
    return found


def _found(root: Node, node: object) -> Node:
    """The table, or the shared parameter or answer that it refers to."""
    found = _as_table(node)
    reference = found.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return found
    here: object = root
    for part in reference[2:].split("/"):
        here = _as_table(here).get(part.replace("~1", "/").replace("~0", "~"))
    return _as_table(here)


def _as_table(node: object) -> Node:
    return node if isinstance(node, Mapping) else {}


def _table(node: Node, key: str) -> Node:
    return _as_table(node.get(key))


def _list(node: Node, key: str) -> list[object]:
    found = node.get(key)
    return found if isinstance(found, list) else []
