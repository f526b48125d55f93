"""Whom a sample is about, by what the mapping says that an answer repeats of its question (`echo`). It judges neither sample nor mapping."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from adapters.contract import Misconfigured, Raw
from adapters.kinds import xmltext
from adapters.kinds.conditions import way_to
from adapters.kinds.paths import look, text_at
from adapters.kinds.rest_read import Unread, inside_of, json_tree, opened
from adapters.kinds.settings import Settings
from catalog.types import Resource


def whom(resource: Resource, media_type: str, body: bytes) -> Mapping[str, str]:
    """Facts of the subject that stand in the sample; none of a sample that cannot be read, which the rehearsal says."""
    with suppress(Misconfigured, Unread, xmltext.Unreadable):
        settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
        tree = _tree(settings, media_type, body)
        record = look(tree, way_to(settings.text("record", "$"), settings.where))
        one = record[0] if isinstance(record, list) and len(record) == 1 else record
        echo = {key: way_to(str(path), settings.where) for key, path in settings.inner("echo").table.items()}
        said = {key: text_at(one, way) for key, way in echo.items() if key in resource.subject}
        return {key: text for key, text in said.items() if text}
    return {}


def said_at(resource: Resource, sample: Raw, place: str) -> str:
    """What stands in the sample at a place that is written from its root, as `result` is; "" where nothing does, or it cannot be read."""
    with suppress(Misconfigured, Unread, xmltext.Unreadable):
        settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
        return text_at(_tree(settings, sample.media_type, sample.body), way_to(place, settings.where))
    return ""


def _tree(settings: Settings, media_type: str, body: bytes) -> object:
    """Raises Unread, Unreadable, Misconfigured."""
    tree = json_tree(body) if "json" in media_type else xmltext.read(body, "utf-8")
    if "operation" in settings.table:
        inner = look(tree, ("Envelope", "Body"))
        tree = next(iter(inner.values()), None) if isinstance(inner, Mapping) else None
    got = opened(tree, inside_of(settings), Raw(body, media_type))
    return got[0] if isinstance(got, tuple) else None
