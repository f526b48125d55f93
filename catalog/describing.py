"""What a resource answers and is asked with, as JSON Schema and as a made-up sample. It reads no file and shows nobody's data.

Values travel as the catalog's canonical text, whatever the department writes; the schema says so of each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stdnum.cn import ric, uscc

from catalog.types import FieldDefinition, FieldType, Resource, ResourceField, Sensitivity, Site

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DATE = r"\d{4}-\d{2}-\d{2}"
_PATTERNS: Mapping[FieldType, str] = {
    FieldType.INTEGER: r"^-?\d+$",
    FieldType.DECIMAL: r"^-?\d+(\.\d+)?$",
    FieldType.BOOLEAN: "^(true|false)$",
    FieldType.ID_NUMBER: r"^\d{17}[\dX]$",
    FieldType.USCC: "^[0-9A-HJ-NPQRTUWXY]{18}$",
}


def definition_of(site: Site, name: str) -> FieldDefinition:
    """The dictionary's entry of a field; a plain text where the dictionary does not know it (a subject key of a department's own)."""
    return site.dictionary.get(name) or FieldDefinition(name, name, FieldType.TEXT)


def answer_schema(site: Site, resource: Resource) -> Schema:
    """JSON Schema of `values` and `lists` in an answer. A field that is not there is missing, withheld or was not permitted."""
    fields = {one.name: field_schema(definition_of(site, one.name), one) for one in resource.fields}
    lists = {
        nested.name: {
            "type": "array",
            "title": nested.title,
            "x-share": nested.share.value,
            "items": _object({one.name: field_schema(definition_of(site, one.name), one) for one in nested.fields}),
        }
        for nested in resource.lists
    }
    return {
        "$schema": DRAFT,
        "title": resource.title,
        "x-resource": resource.code,
        "x-share": resource.share.value,
        **_object({"values": _object(fields), "lists": _object(lists)}),
    }


def subject_schema(site: Site, resource: Resource) -> Schema:
    """JSON Schema of what the resource is asked with: every key is needed."""
    keys = {name: field_schema(definition_of(site, name)) for name in resource.subject}
    return {**_object(keys), "required": list(resource.subject)}


def field_schema(definition: FieldDefinition, field: ResourceField | None = None) -> Schema:
    """One field: always a text, with what it may look like and who may see it."""
    found: Schema = {"type": "string", "title": definition.title, "maxLength": definition.max_length}
    found["x-type"], found["x-sensitivity"] = definition.type.value, definition.sensitivity.value
    if definition.type is FieldType.DATE:
        found["pattern"] = rf"^({_DATE}|\d{{4}}(-\d{{2}})?)$" if definition.partial else f"^{_DATE}$"
    elif definition.type is FieldType.CODE and definition.codes:
        found["enum"] = [code.code for code in definition.codes]
    elif definition.type in _PATTERNS:
        found["pattern"] = _PATTERNS[definition.type]
    if definition.codes:
        found["x-codes"] = {code.code: code.title for code in definition.codes}
    if definition.unit:
        found["x-unit"] = definition.unit
    if field is not None:
        found |= {"x-share": field.share.value, "x-required": field.required}
    return found


def sample_of(site: Site, resource: Resource) -> Schema:
    """A question and its answer as they could be, made up: the same each time, and nobody's."""
    return {
        "subject": {name: sample_value(definition_of(site, name)) for name in resource.subject},
        "values": _samples(site, resource.fields),
        "lists": {nested.name: [_samples(site, nested.fields)] for nested in resource.lists},
    }


def sample_value(definition: FieldDefinition) -> str:
    """A plainly made-up value that fits the field: numbers of persons have sequence codes from 990."""
    match definition.type:
        case FieldType.DATE:
            return "2026-01-15"
        case FieldType.INTEGER | FieldType.DECIMAL:
            return str(definition.minimum if definition.minimum is not None else 12)
        case FieldType.CODE | FieldType.CODES if definition.codes:
            return definition.codes[0].code
        case FieldType.BOOLEAN:
            return "true"
        case FieldType.ID_NUMBER:
            return _checked("41132319900101990", ric.calc_check_digit)
        case FieldType.USCC:
            return _checked("91411323MA990000X", uscc.calc_check_digit)
        case FieldType.PHONE:
            return "0377-69990001"
        case FieldType.ADDRESS:
            return "示例省示例县示例路1号"[: definition.max_length]
        case _:
            return f"示例{definition.title}"[: definition.max_length]


def personal(definitions: Iterable[FieldDefinition]) -> bool:
    """Whether any of these is about a person."""
    return any(one.sensitivity in (Sensitivity.PERSONAL, Sensitivity.SENSITIVE) for one in definitions)


def _samples(site: Site, fields: Iterable[ResourceField]) -> dict[str, str]:
    return {one.name: sample_value(definition_of(site, one.name)) for one in fields}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _checked(stem: str, check: Any) -> str:
    """With its check character."""
    return stem + str(check(stem + "0"))
