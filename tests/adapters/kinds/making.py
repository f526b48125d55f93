"""Departments and questions for the wires' tests, from the same TOML that a site writes. It asserts nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Handover, Outcome, Query, Stop, UpstreamResult
from catalog.types import Department, Kind, Resource, ResourceField, ResourceList, ShareType

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PORTS = Ports(clock=lambda: NOW)


def department_of(text: str, folder: Path = Path("/")) -> tuple[Department, dict[str, Resource]]:
    """What the catalog makes of a department.toml (the parse rule of docs/departments.md)."""
    plain: dict[str, Any] = tomllib.loads(text)
    head = plain["department"]
    department = Department(
        code=head["code"],
        name=head["name"],
        uscc=head["uscc"],
        kind=Kind(head["kind"]),
        region="411323",
        handles=plain.get("handles", {}),
        wire=plain.get("wire", {}),
        folder=str(folder),
        max_in_flight=head.get("max_in_flight", 4),
    )
    resources = [_resource(head["code"], name, found) for name, found in plain.get("resources", {}).items()]
    return department, {resource.code: resource for resource in resources}


def _resource(department: str, name: str, plain: Mapping[str, Any]) -> Resource:
    lists = plain.get("lists", {})
    return Resource(
        code=f"{department}.{name}",
        department=department,
        title=plain["title"],
        share=ShareType(plain["share"]),
        subject=tuple(plain["subject"]),
        fields=_fields(plain.get("fields", {})),
        lists=tuple(
            ResourceList(
                code,
                found.get("title", code),
                ShareType.CONDITIONAL,
                {key: value for key, value in found.items() if key not in ("title", "share", "fields")},
                _fields(found["fields"]),
            )
            for code, found in lists.items()
        ),
        wire=plain.get("wire", {}),
        timeout_seconds=plain.get("timeout_seconds", 5.0),
        max_age_days=plain.get("max_age_days"),
        way=plain.get("way", ""),
    )


def _fields(plain: Mapping[str, Any]) -> tuple[ResourceField, ...]:
    tables = {name: {"path": found} if isinstance(found, str) else found for name, found in plain.items()}
    return tuple(
        ResourceField(
            name,
            ShareType.CONDITIONAL,
            {key: value for key, value in found.items() if key not in ("share", "required")},
            found.get("required", False),
        )
        for name, found in tables.items()
    )


def query(resource: Resource, subject: Mapping[str, str], fields: tuple[str, ...] = (), **more: Any) -> Query:
    """A question for every field of the resource, unless some are named."""
    every = tuple(field.name for field in resource.fields) + tuple(nested.name for nested in resource.lists)
    return Query(
        request_id=more.pop("request_id", "0193d0f0-0000-7000-8000-000000000001"),
        resource=resource,
        subject=subject,
        fields=fields or every,
        case_no="411323-2026-000001",
        item="food-permit",
        purpose="办理开办民宿一件事",
        handler="clerk-01",
        requester="11411323MB00009009",
        timeout_seconds=more.pop("timeout_seconds", 20.0),
        **more,
    )


def connected(text: str, address: str, *, folder: Path = Path("/"), ports: Ports = PORTS, **more: Any) -> Connected:
    department, resources = department_of(text, folder)
    drop = more.pop("drop", None)
    return connect(department, resources.values(), Connection(address, folder=drop, **more), ports)


async def ask(
    text: str, address: str, subject: Mapping[str, str], fields: tuple[str, ...] = (), **more: Any
) -> Outcome:
    """Connects, asks the only resource once and closes."""
    folder = more.pop("folder", Path("/"))
    line = connected(text, address, folder=folder, secrets=more.pop("secrets", {"token": "t0"}))
    try:
        assert line.answers is not None
        (resource,) = department_of(text, folder)[1].values()
        return await line.answers.answer(query(resource, subject, fields, **more))
    finally:
        await line.close()


def handover(item: str, form: Mapping[str, str], **more: Any) -> Handover:
    return Handover(
        key=more.pop("key", "handover:1"),
        case_no="411323-2026-000001",
        item_no="411323-2026-000001-1",
        item=item,
        item_title="测试事项",
        pre_review=more.pop("pre_review", False),
        promised_workdays=5,
        form=form,
        titles={},
        **more,
    )


INBOX_DUE = datetime(2026, 11, 27, tzinfo=UTC)


class Store:
    """An inbox in memory; `noted` is what a person would see."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, object]] = []

    def open_question(self, query: Query) -> tuple[str, datetime]:
        self.noted.append(("question", query.request_id))
        return "T1", INBOX_DUE

    def open_handover(self, department: str, handover: Handover) -> str:
        self.noted.append((department, handover.key))
        return "N1"

    def note_stop(self, department: str, stop: Stop) -> None:
        self.noted.append((department, stop.key))

    def note_upstream(self, department: str, result: UpstreamResult) -> None:
        self.noted.append((department, result.key))
