"""The questions of a case that go on after its receipt: those that answer a look-up, and those that gather a print-out's document.

It works out which they are and queues a print-out's; the driver asks them as it asks all others, and nothing is asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import Exemption
from hub.prefill import rounds
from hub.prefill.caseform import CaseForm
from hub.prefill.freed import questions
from hub.prefill.plan import Wanted, plan
from hub.prefill.rows import QueryRow
from hub.prefill.standing import Desk, standing_of
from hub.prefill.values import known
from hub.store.database import Session


def goes_on(session: Session, case: CaseForm, query: QueryRow) -> bool:
    """Whether this question may be asked and settled now: before receipt any, after it one that an item still waits for."""
    if case.open:
        return True
    if not case.asking:
        return False
    answering: Mapping[str, QueryRow | None] = questions(case, standing_of(session, case))
    return any(q is not None and q.id == query.id for item, q in answering.items() if item in case.asking)


def ask(session: Session, desk: Desk, item: str) -> bool:
    """Queue the question for a print-out's document; again where it was asked before. False where the case may not ask it."""
    result, state = desk.case.items[item].result, standing_of(session, desk.case)
    wanted = Wanted((), (Exemption(resource=result.resource, subject=result.subject),))
    planned = plan(wanted, known(state.values, state.identifiers), state.standing, {})
    for query in planned:
        rounds.queue(session, desk, query, 1)
    return bool(planned)
