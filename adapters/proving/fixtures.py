"""A recorded exchange as a file of the department's folder: question, answers, and what the hub made of them. It holds nobody's facts.

`exchanges/<resource>-<name>.json`. Recording writes it with persons replaced; replay reads it. A file is JSON so that a diff shows
what a department changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.contract import (
    RESULT_WORDS,
    Ambiguous,
    Denied,
    Found,
    Misconfigured,
    Outcome,
    Pending,
    Unavailable,
    Unusable,
)
from adapters.proving.transports import Answer, Passed, Request

FOLDER = "exchanges"
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Fixture:
    """`passed` over HTTP, or `rows` of a table or a file; `outcome` as `plain_outcome` writes it."""

    resource: str
    name: str
    asked_at: datetime
    subject: Mapping[str, str] = field(repr=False)
    fields: tuple[str, ...]
    choice: str = field(repr=False)
    passed: tuple[Passed, ...] = field(repr=False)
    rows: tuple[Plain, ...] | None = field(repr=False)
    outcome: Plain = field(repr=False)

    @property
    def file(self) -> str:
        return f"{self.resource}-{self.name}.json"


def fixtures_of(folder: Path, resource: str = "") -> list[Fixture]:
    """Those of a department's folder, in the order of their names. Raises Misconfigured for a file that is none."""
    places = sorted((folder / FOLDER).glob("*.json"))
    found = [read(place) for place in places]
    return [one for one in found if not resource or one.resource == resource]


def read(place: Path) -> Fixture:
    """Raises Misconfigured."""
    try:
        plain = json.loads(place.read_text(encoding="utf-8"))
        name = place.stem.removeprefix(f"{plain['resource']}-")
        return Fixture(
            plain["resource"],
            name,
            datetime.fromisoformat(plain["asked_at"]),
            plain["subject"],
            tuple(plain["fields"]),
            plain.get("choice", ""),
            tuple(read_passed(one) for one in plain.get("exchanges", ())),
            tuple(plain["rows"]) if "rows" in plain else None,
            plain["outcome"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Misconfigured(f"{place.name} is no recorded exchange ({type(e).__name__}); record it anew.") from e


def write(fixture: Fixture, folder: Path) -> Path:
    """Writes it into the department's folder, over one of the same name."""
    plain: dict[str, Any] = {
        "resource": fixture.resource,
        "asked_at": fixture.asked_at.isoformat(),
        "subject": dict(fixture.subject),
        "fields": list(fixture.fields),
        **({"choice": fixture.choice} if fixture.choice else {}),
        **({"exchanges": [plain_passed(one) for one in fixture.passed]} if fixture.rows is None else {}),
        **({"rows": list(fixture.rows)} if fixture.rows is not None else {}),
        "outcome": fixture.outcome,
    }
    place = folder / FOLDER / fixture.file
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return place


# --- bytes as text ----------------------------------------------------------------------------------------------------

_ENCODINGS = ("utf-8", "gb18030")


def plain_passed(passed: Passed) -> Plain:
    """One request and its answer as JSON."""
    asked, answer = passed.request, passed.answer
    return {
        "request": {"method": asked.method, "target": asked.target, **(_text(asked.body) if asked.body else {})},
        "answer": {"status": answer.status, "content_type": answer.content_type, **_text(answer.body)},
    }


def read_passed(plain: Plain) -> Passed:
    """The reverse of `plain_passed`."""
    asked, answer = plain["request"], plain["answer"]
    return Passed(
        Request(asked["method"], asked["target"], _bytes(asked)),
        Answer(int(answer["status"]), answer["content_type"], _bytes(answer)),
    )


def _text(body: bytes) -> Plain:
    for encoding in _ENCODINGS:
        try:
            return {"encoding": encoding, "text": body.decode(encoding)}
        except UnicodeDecodeError:
            continue
    return {"base64": base64.b64encode(body).decode("ascii")}


def _bytes(plain: Plain) -> bytes:
    if "base64" in plain:
        return base64.b64decode(plain["base64"])
    return str(plain.get("text", "")).encode(plain.get("encoding", "utf-8"))


# --- outcomes ---------------------------------------------------------------------------------------------------------


def plain_outcome(outcome: Outcome) -> Plain:
    """An outcome as JSON; documents by their digest. Equal outcomes are equal here."""
    word = RESULT_WORDS[type(outcome)]
    if isinstance(outcome, Found):
        return {"result": word, **_plain_found(outcome)}
    if isinstance(outcome, Unusable):
        return {"result": word, "field": outcome.field, "path": outcome.path, "rule": outcome.rule}
    if isinstance(outcome, Ambiguous):
        return {"result": word, "candidates": [{"choice": c.choice, "label": c.label} for c in outcome.candidates]}
    if isinstance(outcome, Denied):
        return {"result": word, "reason": outcome.reason}
    if isinstance(outcome, Unavailable):
        return {"result": word, "reason": outcome.reason.value}
    return {"result": word, "ticket": outcome.ticket} if isinstance(outcome, Pending) else {"result": word}


def _plain_found(found: Found) -> Plain:
    plain = {
        "values": dict(sorted(found.values.items())),
        "lists": {name: [dict(sorted(row.items())) for row in rows] for name, rows in sorted(found.lists.items())},
        "precision": dict(sorted(found.precision.items())),
        "withheld": sorted(found.withheld),
        "missing": sorted(found.missing),
        "as_of": found.as_of.isoformat() if found.as_of else None,
        "valid_to": found.valid_to.isoformat() if found.valid_to else None,
        "documents": [
            {"name": one.name, "media_type": one.media_type, "sha256": hashlib.sha256(one.body).hexdigest()}
            for one in found.documents
        ],
    }
    return {key: value for key, value in plain.items() if value}
