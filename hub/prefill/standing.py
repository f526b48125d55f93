"""Where a round or an act happens, and what is known of the case there. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.policy import Standing
from hub.prefill import rows
from hub.prefill.caseform import CaseForm
from hub.prefill.fill import reached
from hub.prefill.rows import PartyRow, QueryRow
from hub.prefill.values import Known, Reply, Value, known
from hub.store.database import Session


@dataclass(frozen=True)
class Desk:
    """Where a round or a person's act happens: the case, who acts, when, and the key of the blind index."""

    case: CaseForm
    index_key: bytes
    actor: str
    now: datetime


@dataclass(frozen=True)
class Standings:
    """What a round starts from, and how policy sees it."""

    values: dict[str, Value]
    replies: list[Reply]
    queries: list[QueryRow]
    identifiers: Known
    standing: Standing
    people: tuple[PartyRow, ...] = ()


def standing_of(session: Session, case: CaseForm) -> Standings:
    """Read the case. The standing is what exchange decides by, too."""
    values = rows.read_values(session, case.case_id)
    asked = rows.read_queries(session, case.case_id)
    replies = rows.read_replies(session, case, asked)
    people = rows.read_people(session, case.case_id)
    proven = tuple(one.party for one in people)
    identifiers = rows.identifiers(case, proven)
    arrived = reached(case.fields, replies, known(values, identifiers))
    return Standings(values, replies, asked, identifiers, Standing(case.matter.roles, proven, arrived), people)
