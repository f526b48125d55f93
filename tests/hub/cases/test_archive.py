"""The manifest: every file by digest, every event, the log's head, and nobody's value."""

from __future__ import annotations

import json
from dataclasses import replace

from hub.cases import archive
from hub.cases.archive import ArchivedFile
from hub.cases.states import CaseState, ItemState
from tests.hub.cases.making import FIRE, NOW, carried, case, with_item

CLOSED = with_item(
    replace(case(CaseState.CLOSED, rest=ItemState.DELIVERED), applicant="subject-1"), FIRE, certificate="1.2.156.x"
)
FILES = (ArchivedFile("notice", "411323-收-2026-000001.html", "ab" * 32, 1200, "text/html"),)
EVENTS: tuple[dict[str, object], ...] = ({"no": 1, "kind": "opened", "facts": {}},)


def made() -> dict[str, object]:
    found: dict[str, object] = json.loads(archive.manifest(CLOSED, FILES, EVENTS, 42, "cd" * 32, NOW))
    return found


def test_files_events_items_and_the_log_s_head_are_listed() -> None:
    found = made()
    assert found["files"] == [{"kind": "notice", "name": FILES[0].name, "sha256": "ab" * 32, "size": 1200, "media_type": "text/html"}]  # fmt: skip
    assert found["sharing_log"] == {"size": 42, "root": "cd" * 32} and found["events"] == list(EVENTS)
    assert {i["item"]: i["certificate"] for i in found["items"]}[FIRE] == "1.2.156.x"  # type: ignore[attr-defined]


def test_it_names_nobody_not_even_by_the_subject_s_id() -> None:
    assert "subject-1" not in archive.manifest(CLOSED, FILES, EVENTS, 42, "cd" * 32, NOW).decode()


def test_the_same_case_gives_the_same_bytes() -> None:
    one, other = (archive.manifest(CLOSED, FILES, EVENTS, 42, "cd" * 32, NOW) for _ in range(2))
    assert one == other


def test_archiving_ends_the_case_with_the_manifest_s_digest() -> None:
    step = archive.archived(CLOSED, "ef" * 32, 7)
    assert carried(CLOSED, step).state == CaseState.ARCHIVED
    assert step.events[0].facts == {"manifest": "ef" * 32, "files": "7"}
