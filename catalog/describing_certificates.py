"""A type of certificate as something that programs can ask the registry for: its code, the schema of an answer, a made-up sample.

The registry answers with what the certificate says, by the names of GB/T 36903; nobody's data is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalog.describing import DRAFT, definition_of, field_schema, sample_value
from catalog.types import CertificateType, Extension, FieldDefinition, FieldType, Sensitivity, ShareType, Site

Schema = dict[str, Any]

PREFIX = "certificates."
"""Before the type's code: no department has this name, so no resource of a department has it either."""
OWN: Mapping[str, FieldDefinition] = {
    one.name: one
    for one in (
        FieldDefinition("number", "证照编号", FieldType.TEXT),
        FieldDefinition("holder_name", "持证主体名称", FieldType.TEXT, sensitivity=Sensitivity.PERSONAL),
        FieldDefinition("holder", "持证主体代码", FieldType.TEXT, sensitivity=Sensitivity.PERSONAL),
        FieldDefinition("issued_on", "颁发日期", FieldType.DATE),
        FieldDefinition("valid_to", "有效期截止", FieldType.DATE),
        FieldDefinition("status", "证照状态", FieldType.TEXT),
    )
}
"""What every certificate says beside its type's own fields, as the registry names it."""


def resource_code(kind: CertificateType) -> str:
    """Under which code the catalog lists the type."""
    return PREFIX + kind.code


def field_of(site: Site, extension: Extension) -> FieldDefinition:
    """A field of the type's own: the dictionary's type and sensitivity under the words of the face."""
    known = definition_of(site, extension.field)
    return replace(known, name=extension.name, title=extension.label)


def certificate_schema(site: Site, kind: CertificateType) -> Schema:
    """JSON Schema of one entry of `certificates` in an answer: further members may come, these are always there."""
    own = {name: {"type": ["string", "null"], "title": one.title} for name, one in OWN.items()}
    values = {one.name: _field(field_of(site, one)) for one in kind.extensions}
    return {
        "$schema": DRAFT,
        "title": kind.title,
        "x-resource": resource_code(kind),
        "x-share": ShareType.CONDITIONAL.value,
        "type": "object",
        "properties": {
            "identifier": {"type": "string", "title": "证照标识", "pattern": r"^1\.2\.156\.3005\.2\."},
            "type": {"const": kind.code},
            **own,
            "values": {"type": "object", "properties": values, "additionalProperties": {"type": "string"}},
        },
        "required": ["identifier", "type", *OWN, "values"],
    }


def certificate_sample(site: Site, kind: CertificateType, identifier: str) -> Schema:
    """A certificate of this type as it could be told, made up: the same each time, and nobody's. `identifier` too is nobody's."""
    person = kind.holder == "person"
    holder = FieldDefinition("holder", "", FieldType.ID_NUMBER if person else FieldType.USCC)
    return {
        "identifier": identifier,
        "type": kind.code,
        "type_name": kind.title,
        "number": "示例证字〔2026〕0990号",
        "holder_name": "测试甲" if person else "示例有限公司",
        "holder": sample_value(holder),
        "issued_on": "2026-01-15",
        "valid_to": None if kind.validity.unlimited else "2031-01-14",
        "status": "01",
        "values": {one.name: sample_value(field_of(site, one)) for one in kind.extensions},
    }


def _field(definition: FieldDefinition) -> Schema:
    """As a face prints it: free text, whatever the dictionary's canonical form is."""
    told = field_schema(definition)
    return {name: told[name] for name in ("type", "title", "x-type", "x-sensitivity")} | {
        "x-share": ShareType.CONDITIONAL.value
    }
