"""Whether the registry's certificates on which a case's form and materials rest still hold. What does not is asked for again before the case is received.

A certificate may be suspended or end between the answer and the receipt. The registry is the hub's own, so looking costs nothing and
discloses nothing; what it says instead is asked and recorded as every question is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub.cases.states import CaseState
from hub.clock import local
from hub.errors import NotNow, NotThere
from hub.prefill import rounds
from hub.prefill import rows as prefill_rows
from hub.prefill.rows import ANSWERED, QueryRow
from hub.prefill.standing import Desk
from hub.registry import rows
from hub.store.database import Session
from hub.store.tables import queries
from hub.wiring.held_certificates import ENDED, fault_of
from hub.wiring.query_view import RULES
from hub.wiring.scene import Scene

FORM_OPEN = (CaseState.CHECKING, CaseState.CORRECTION)


@dataclass(frozen=True)
class Fallen:
    """An answer whose certificate does not hold any more, and why (a rule of `query_view.RULES`)."""

    query: QueryRow
    fault: str

    @property
    def sentence(self) -> str:
        about = self.query.certificate
        assert about is not None
        return f"《{about.type_name}》{about.number}{RULES[self.fault]}"


def fallen(session: Session, scene: Scene, now: datetime) -> tuple[Fallen, ...]:
    """Every such answer of a case whose form is open; of a received one nothing changes any more."""
    return tuple(_fallen(session, scene, now)) if scene.case.state in FORM_OPEN else ()


def run_out(session: Session, scene: Scene, now: datetime) -> bool:
    """Whether a record that a department gave has run out since: the round then asks for the paper."""
    return any(not query.valid_on(local(now).date()) for query in _answers(session, scene))


def warnings(session: Session, scene: Scene, now: datetime) -> tuple[str, ...]:
    """What the clerk reads on the page meanwhile."""
    return tuple(f"{one.sentence}，表单和材料不能再以它为据；收件前会重新查询" for one in fallen(session, scene, now))


def ask_anew(session: Session, scene: Scene, desk: Desk) -> None:
    """Ask the registry again for each, and let the round see what ran out since. What it says then takes back what it no longer vouches for."""
    for one in fallen(session, scene, desk.now):
        if one.query.state == ANSWERED:
            rounds.requeue(session, desk, one.query, choice="", settled_by="", settled_reason=None)
    rounds.advance(session, desk)


def require_none(session: Session, scene: Scene, now: datetime) -> None:
    """Raises NotNow (CERTIFICATE_NOT_HELD) while the form rests on a certificate that does not hold."""
    found = fallen(session, scene, now)
    if found:
        raise NotNow(
            f"{found[0].sentence}，不能再以它为据：正在重新查询证照库，请等结果出来，补齐后再收件。",
            code="CERTIFICATE_NOT_HELD",
        )


def _fallen(session: Session, scene: Scene, now: datetime) -> Iterator[Fallen]:
    today = local(now).date()
    for query in _answers(session, scene):
        about = query.certificate
        if about is None:
            continue
        try:
            fault = fault_of(rows.by_identifier(session, scene.case.region, about.identifier), today)
        except NotThere:
            fault = ENDED
        if fault:
            yield Fallen(query, fault)


def _answers(session: Session, scene: Scene) -> list[QueryRow]:
    """The case's questions of whose answers something is kept."""
    c = queries.c
    chosen = select(queries).where(c.case_id == scene.case.id, c.evidence_id.is_not(None)).order_by(c.round, c.id)
    return [one for one in prefill_rows.queries_in(session, chosen) if one.evidence_id]
