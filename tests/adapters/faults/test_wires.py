"""Each fault of an HTTP wire at each door: a typed outcome, no second request, and nobody's name in what is told of it."""

from __future__ import annotations

import pytest

from adapters.contract import Found, PeerRefused, PeerUnreachable, Taken, Unavailable, Unusable, Why
from tests.adapters.faults.conftest import Opening
from tests.adapters.faults.doors import ASKED, NUMBER, PATIENT, PERSON, QUICK, TOLD
from tests.adapters.faults.wire_faults import FAULTS, GOOD, UNREAD, Fault
from tests.adapters.kinds.far_side import FarSide, http, writes


def arrived_once(side: FarSide, wrong: Fault) -> bool:
    """Once and never again; on a slow machine a call may end by its time limit before it arrived."""
    return len(side.came) == 1 or (wrong.becomes == Why.TIMEOUT and not side.came)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("door", ASKED)
def test_a_question_has_a_typed_outcome(opening: Opening, door: str, fault: str) -> None:
    asked, wrong = opening(door), FAULTS[fault]
    outcome, side = asked.send(wrong.far(asked.door), QUICK if wrong.becomes == Why.TIMEOUT else PATIENT)
    if wrong.becomes == GOOD:
        assert isinstance(outcome, Found)
    elif isinstance(wrong.becomes, Why):
        assert outcome == Unavailable(wrong.becomes)
    else:
        assert isinstance(outcome, Unusable)
        assert outcome.rule == (asked.door.unread if wrong.becomes == UNREAD else wrong.becomes)
        assert outcome.raw is None or len(outcome.raw.media_type) <= 100
    assert arrived_once(side, wrong) and PERSON not in repr(outcome) and NUMBER not in repr(outcome)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("door", TOLD)
def test_what_is_told_outside_is_sent_again_with_its_key(opening: Opening, door: str, fault: str) -> None:
    told, wrong = opening(door), FAULTS[fault]
    result, side = told.send(wrong.far(told.door), QUICK if wrong.becomes == Why.TIMEOUT else PATIENT)
    assert isinstance(result, Taken if wrong.becomes == GOOD else PeerUnreachable)
    assert arrived_once(side, wrong) and PERSON not in str(result) and NUMBER not in str(result)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
@pytest.mark.parametrize("door", TOLD)
def test_what_was_turned_down_needs_a_person(opening: Opening, door: str, status: int) -> None:
    page = http(f"<p>{PERSON} {NUMBER}</p>".encode(), status=status, media_type="text/html")
    result, side = opening(door).send(writes(page))
    assert isinstance(result, PeerRefused) and PERSON not in str(result) and NUMBER not in str(result)
    assert len(side.came) == 1
