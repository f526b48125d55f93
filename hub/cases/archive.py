"""Archive 归档: the manifest that lists every file of a case by digest. Pure; it stores nothing.

Seed 000 二(六), 004 6.4 (e-archive per GB/T 42727; the manifest's layout is proposed).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from hub.cases.plain import PlainCase
from hub.cases.step import Event, Move, Step


@dataclass(frozen=True)
class ArchivedFile:
    """One file of the archive: what it is, its SHA-256 and size in bytes."""

    kind: str
    name: str
    sha256: str
    size: int
    media_type: str


def manifest(
    case: PlainCase,
    files: tuple[ArchivedFile, ...],
    events: tuple[dict[str, object], ...],
    log_size: int,
    log_root: str,
    at: datetime,
    lacking: tuple[str, ...] = (),
) -> bytes:
    """The manifest as bytes: the case's frame, every event, every file, and the sharing log's head at that moment. No person's value."""
    document = {
        "format": "yijian/archive-manifest/1",
        "case_no": case.case_no,
        "matter": case.matter,
        "region": case.region,
        "catalog": case.catalog_digest,
        "created_at": case.created_at.isoformat(),
        "archived_at": at.isoformat(),
        "items": [
            {
                "item": i.item,
                "item_no": i.item_no,
                "state": i.state.value,
                "decision_no": i.decision_no,
                "certificate": i.certificate,
                "answer": i.answer,
            }
            for i in case.items
        ],
        "events": list(events),
        "deferred_and_never_supplied": list(lacking),
        "files": [
            {"kind": f.kind, "name": f.name, "sha256": f.sha256, "size": f.size, "media_type": f.media_type}
            for f in files
        ],
        "sharing_log": {"size": log_size, "root": log_root},
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()


def archived(case: PlainCase, manifest_sha256: str, count: int) -> Step:
    return Step(
        moves=(Move("archive"),), events=(Event("archived", facts={"manifest": manifest_sha256, "files": str(count)}),)
    )
