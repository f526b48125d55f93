"""After a whole matter the auditor finds each of its persons by what was sent and shown about them, and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.client import Doc, YijianClient
from adapters.simulators.population import FIRMS, person
from hub.demo.story import APPLICANT, Story

pytestmark = pytest.mark.pg

REPRESENTATIVE, OWNER = FIRMS[0].boss.id_number, person("owner").id_number


def _found(auditor: YijianClient, **terms: str) -> list[Doc]:
    """All pages of a search."""
    page = auditor.audit(**terms)
    rows = list(page["rows"])
    while page["next_before"] is not None:
        page = auditor.audit(**terms, before=page["next_before"])
        rows += page["rows"]
    return rows


def _handed_to(rows: list[Doc]) -> set[str]:
    return {row["provider"] for row in rows if row["resource"] == "hand_over"}


def test_each_person_is_found_by_everything_sent_or_shown_about_them_with_purpose_and_ground(story: Story) -> None:
    began = datetime.now(UTC).isoformat()
    story.play()
    auditor = story.person("auditor")
    of = {who: _found(auditor, subject=who, since=began) for who in (REPRESENTATIVE, OWNER, APPLICANT)}
    all_handed = _handed_to(of[APPLICANT])
    assert len(all_handed) == 5 and _handed_to(of[REPRESENTATIVE]) == all_handed
    assert _handed_to(of[OWNER]) == {"西峡县公安局"}, "only the hotel permit uses the owner's fields"
    assert all(any(row["resource"] == "case" for row in rows) for rows in of.values())
    told = [row for phase in ("sent", "viewed") for row in _found(auditor, phase=phase, since=began) if row["case_no"]]
    assert told and all(row["purpose"] and row["ground"] for row in told)
