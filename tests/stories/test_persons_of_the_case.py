"""After a whole matter the sharing log finds each of its persons by what was sent and shown about them, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.simulators.people import person
from adapters.simulators.population import FIRMS
from hub.clock import utc_now
from hub.demo.stage import Stage
from hub.demo.story import APPLICANT, Story
from hub.sharinglog import LogKeys, Row, SharingLog

pytestmark = pytest.mark.pg

REPRESENTATIVE, OWNER = FIRMS[0].boss.id_number, person("owner").id_number


@pytest.fixture
def log(stage: Stage) -> Iterator[SharingLog]:
    keys = LogKeys.load(stage.settings.keys_folder / "log")
    opened = SharingLog.open(
        stage.settings.log_database, keys, stage.settings.log_origin_name, utc_now, "test", follow=False
    )
    yield opened
    opened.close()


def _handed_to(rows: list[Row]) -> set[str]:
    return {row.record["receiver"] for row in rows if row.record.get("channel") == "hand_over"}


def test_each_person_is_found_by_everything_sent_or_shown_about_them_with_purpose_and_ground(
    stage: Stage, story: Story, log: SharingLog
) -> None:
    began = utc_now()
    story.play()
    of = {who: log.search(subject=who, since=began, limit=1000) for who in (REPRESENTATIVE, OWNER, APPLICANT)}
    all_handed = _handed_to(of[APPLICANT])
    assert len(all_handed) == 5 and _handed_to(of[REPRESENTATIVE]) == all_handed
    assert _handed_to(of[OWNER]) == {"public-security"}, "only the hotel permit uses the owner's fields"
    assert all(any(row.record.get("screen") == "case" for row in rows) for rows in of.values())
    told = [
        row for phase in ("sent", "viewed") for row in log.search(phase=phase, since=began, limit=1000) if row.matter
    ]
    assert told and all(row.purpose == row.matter and row.ground for row in told)
