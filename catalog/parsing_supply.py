"""Makes the typed departments and resources of a plain document: what can be answered and taken. Demand is in `parsing`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.fallback import fallback_of
from catalog.types import Department, Kind, Resource, ResourceField, ResourceList, ShareType

Plain = Mapping[str, Any]


def department_of(code: str, plain: Plain, region: str, base: Path | None) -> Department:
    """`plain` is a checked department.toml; `base` the site's folder on disk, if there is one."""
    head = plain["department"]
    return Department(
        code=code,
        name=head["name"],
        uscc=head["uscc"],
        kind=Kind(head["kind"]),
        region=region,
        phone=head.get("phone", ""),
        aliases=tuple(head.get("aliases", ())),
        handles=dict(plain.get("handles", {})),
        wire=plain.get("wire", {}),
        folder=str(base / "departments" / code) if base else "",
        max_in_flight=head.get("max_in_flight", 4),
        disabled=head.get("disabled", ""),
        fallback=fallback_of(plain.get("fallback")),
    )


def resources_of(code: str, plain: Plain) -> list[Resource]:
    """Everything that the department with this code answers."""
    notice = plain.get("department", {}).get("disabled", "")
    return [
        _resource(code, name, {"disabled": notice, **found})
        for name, found in sorted(plain.get("resources", {}).items())
    ]


def _resource(department: str, name: str, plain: Plain) -> Resource:
    share = ShareType(plain["share"])
    lists = (
        (code, found, ShareType(found.get("share", share))) for code, found in sorted(plain.get("lists", {}).items())
    )
    return Resource(
        code=f"{department}.{name}",
        department=department,
        title=plain["title"],
        share=share,
        subject=tuple(plain["subject"]),
        fields=_resource_fields(plain.get("fields", {}), share),
        lists=tuple(
            ResourceList(
                name=code,
                title=found.get("title", code),
                share=own,
                wire=_without(found, "title", "share", "fields"),
                fields=_resource_fields(found["fields"], own),
            )
            for code, found, own in lists
        ),
        wire=plain.get("wire", {}),
        certificate_type=plain.get("certificate_type", ""),
        certificate_number=plain.get("certificate_number", ""),
        trust=plain.get("trust", "A"),
        update_cycle=plain.get("update_cycle", ""),
        timeout_seconds=float(plain.get("timeout_seconds", 5.0)),
        max_age_days=plain.get("max_age_days"),
        way=plain.get("way", ""),
        repeatable=plain.get("repeatable", True),
        keep_seconds=plain.get("keep_seconds", 0),
        proposed=plain.get("proposed", False),
        summary=plain.get("summary", ""),
        disabled=plain.get("disabled", ""),
        answers_within_ms=plain.get("answers_within_ms"),
        service_hours=plain.get("service_hours", ""),
    )


def _resource_fields(plain: Plain, share: ShareType) -> tuple[ResourceField, ...]:
    return tuple(
        ResourceField(
            name=name,
            share=ShareType(found.get("share", share)),
            wire=_without(found, "share", "required"),
            required=found.get("required", False),
        )
        for name, found in sorted(plain.items())
    )


def _without(plain: Plain, *names: str) -> dict[str, object]:
    return {name: value for name, value in plain.items() if name not in names}
