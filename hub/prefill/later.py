"""The answer that a person of a department gives later, as it is kept sealed until its record in the log is durable. It records nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from adapters.contract import Denied, Document, Found, NotFound, Raw, Rows
from hub.errors import HubError
from hub.store.files import Files

MEDIA_TYPE = "application/json"


@dataclass(frozen=True)
class Enclosed:
    """A document that came with the answer, in the file store already."""

    sha256: str
    name: str = field(repr=False)
    media_type: str


@dataclass(frozen=True)
class LaterAnswer:
    """What the person answered. `result` is found, not_found or denied; `values` are by dictionary name.

    `by` and `organisation` name who answered, for the log.
    """

    result: str
    by: str
    organisation: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: str = field(default="", repr=False)
    documents: tuple[Enclosed, ...] = ()
    as_of: datetime | None = None
    valid_to: date | None = None
    lists: Mapping[str, Rows] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """The answer as an outcome, and by whom."""

    outcome: Found | NotFound | Denied
    by: str
    organisation: str


def to_json(answer: LaterAnswer) -> dict[str, Any]:
    """For the sealed column. Raises HubError (BAD_LATER_ANSWER) for an unknown result."""
    if answer.result not in ("found", "not_found", "denied"):
        raise HubError("An inbox answer is found, not_found or denied; mend the caller.", code="BAD_LATER_ANSWER")
    return {
        "result": answer.result,
        "by": answer.by,
        "organisation": answer.organisation,
        "values": {name: value for name, value in answer.values.items() if value},
        "reason": answer.reason,
        "documents": [[one.sha256, one.name, one.media_type] for one in answer.documents],
        "as_of": answer.as_of.isoformat() if answer.as_of else "",
        "valid_to": answer.valid_to.isoformat() if answer.valid_to else "",
        "lists": {name: [dict(row) for row in rows] for name, rows in answer.lists.items()},
        "missing": list(answer.missing),
    }


def from_json(kept: Any, files: Files) -> Told:
    """The same outcome each time it is read: its raw answer is the canonical JSON of what was kept."""
    raw = Raw(json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(), MEDIA_TYPE)
    return Told(_outcome(kept, raw, files), kept["by"], kept["organisation"])


def _outcome(kept: Mapping[str, Any], raw: Raw, files: Files) -> Found | NotFound | Denied:
    if kept["result"] == "not_found":
        return NotFound(raw)
    if kept["result"] == "denied":
        return Denied(kept["reason"] or "stated_by_department", raw)
    return Found(
        values=kept["values"],
        raw=raw,
        as_of=datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None,
        valid_to=date.fromisoformat(kept["valid_to"]) if kept["valid_to"] else None,
        lists={name: tuple(rows) for name, rows in kept.get("lists", {}).items()},
        missing=tuple(kept.get("missing", ())),
        documents=_documents(kept["documents"], files),
    )


def _documents(kept: Sequence[Sequence[str]], files: Files) -> tuple[Document, ...]:
    return tuple(Document(name, media_type, files.read(sha256)) for sha256, name, media_type in kept)
