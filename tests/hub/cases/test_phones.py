"""Whom short messages reach: a mobile of the applicant's side, and nobody where there is none."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hub.store.tables import form_values
from tests.hub.cases.making import HYGIENE
from tests.hub.cases.world import World

LANDLINE = "0377-69990001"
FIRM, PERSON = "enterprise.contact_phone", "legal_representative.phone"


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        ({FIRM: LANDLINE, PERSON: "13800000009"}, ["13800000009"]),
        ({FIRM: "13800000008", PERSON: "13800000009"}, ["13800000008"]),
        ({FIRM: LANDLINE, PERSON: LANDLINE}, []),
    ],
)
def test_a_short_message_goes_to_a_mobile_or_nowhere(world: World, told: dict[str, str], reached: list[str]) -> None:
    case_id = world.dispatched()
    with world.hub.database.write() as session:
        for key, number in told.items():
            session.execute(update(form_values).where(form_values.c.field == key).values(value=number))
    world.accept(case_id, HYGIENE)
    world.run("sms")
    assert [message.phone for message in world.outside.given("sms")] == reached  # type: ignore[attr-defined]
    warned = any("手机号码" in one for one in world.hub.clerk.case(world.clerk, case_id).warnings)
    assert warned is (not reached)
