"""Proving a department's mapping from the command line: its folder, its samples, and one real question of a case, through the logged door.

A real question is one that an open case has, for the case's own purpose, of somebody who stands in it: policy, grant and the two
records of the sharing log are those of any question. Nobody is asked otherwise.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select

from adapters.contract import Outcome
from adapters.kinds.noticing import Looked, noticing
from adapters.proving.sampling import Folder, folder_of
from adapters.proving.transports import Passed, Recorder
from catalog.parsing_supply import department_of, resources_of
from catalog.reading import read_department
from hub.cases.load import id_of_number
from hub.clock import Clock
from hub.errors import HubError
from hub.exchange import Ask, Handler
from hub.prefill.rows import read_query
from hub.settings import Settings
from hub.sharinglog import Operator
from hub.store.tables import queries
from hub.wiring.build import Hub, build


class CannotProve(HubError):
    """What was to be shown is not there, or may not be asked; the message says what to give."""

    code = "CANNOT_PROVE"


@dataclass(frozen=True)
class Asked:
    """A real answer, with its records in the sharing log and how it was read."""

    outcome: Outcome
    intent_seq: int | None
    outcome_seq: int | None
    subject: dict[str, str] = field(repr=False)
    looked: tuple[Looked, ...] = field(repr=False)
    passed: tuple[Passed, ...] = field(repr=False)


def department_folder(site: Path, code: str) -> Folder:
    """The department as the site's folder says now, published or not. Raises CannotProve."""
    known = sorted(place.parent.name for place in site.glob("departments/*/department.toml"))
    if code not in known:
        raise CannotProve(f"The site has no department {code!r}; it has: {', '.join(known) or 'none'}.")
    manifest, mistakes = read_department(site, code)
    if mistakes:
        raise CannotProve(f"{mistakes[0]} Mend it first: yijian catalog check.")
    return folder_of(department_of(code, manifest, "", site), resources_of(code, manifest))


@dataclass(frozen=True)
class RealQuestion:
    """Which question of which case; `purpose` is said by whoever asks and must be the case's own."""

    resource: str
    case_no: str
    purpose: str


def ask_really(settings: Settings, question: RealQuestion, who: Operator, clock: Clock) -> Asked:
    """Asks once. Raises CannotProve, NotThere, ExchangeError, LogUnavailable; what the department does is an outcome."""
    recorder = Recorder()
    hub = build(settings, clock, through=recorder.over)
    try:
        return asyncio.run(_ask(hub, question, who, recorder))
    finally:
        hub.close()


async def _ask(hub: Hub, question: RealQuestion, who: Operator, recorder: Recorder) -> Asked:
    try:
        ask = await asyncio.to_thread(_permitted, hub, question)
        handler = Handler(who.operator or "", ask.handler.organisation, "shell")
        with noticing() as looked:
            answered = await hub.prefill.exchange.ask(replace(ask, handler=handler))
    finally:
        await hub.close_adapters()
    # From here the answer may be shown: its record is on disk.
    return Asked(
        answered.outcome,
        answered.intent_seq,
        answered.outcome_seq,
        dict(ask.subject),
        tuple(looked),
        tuple(recorder.passed),
    )


def _permitted(hub: Hub, question: RealQuestion) -> Ask:
    with hub.database.read() as session:
        case_id = id_of_number(session, question.case_no, hub.settings.region)
        found = session.execute(
            select(queries.c.id)
            .where(queries.c.case_id == case_id, queries.c.resource == question.resource)
            .order_by(queries.c.round, queries.c.queued_at)
        ).scalar()
        if found is None:
            raise CannotProve(
                f"This case does not ask for {question.resource}; open one that does, with a test person."
            )
        ask = hub.prefill.ask_of(session, read_query(session, str(found)))
    if ask is None:
        raise CannotProve("This case is past asking; open a new one, with a test person of the department's.")
    if ask.purpose != question.purpose:
        raise CannotProve(f"The purpose of this case is {ask.purpose}; say so with --purpose, or choose another case.")
    return ask
