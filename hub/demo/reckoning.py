"""Counts at the far sides what a hub that died many times has done: nothing doubled, nothing lost, nobody asked again what was answered.

It believes no row of the hub alone: each is held against the departments' own journals, the platform's, and the sharing log.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
from sqlalchemy import func, select

from hub.clock import utc_now
from hub.demo.counting import site_of
from hub.demo.every import Ended
from hub.demo.matching import number_of, recorded, unmatched
from hub.demo.mortal import Death
from hub.demo.stage import Stage
from hub.outbox import wire_key
from hub.sharinglog import LogKeys, SharingLog
from hub.store.database import Database, Session
from hub.store.sealing import RING
from hub.store.tables import case_events, cases, certificates, inbox_entries, queries, work
from hub.store.work import DONE, SKIPPED
from hub.wiring import keys

TAKEN_IN = ("received", "resubmitted", "sheet")
"""What a department's journal calls an item case that was handed to it."""
OUT = ("hand_over", "hand_over_sheet", "push", "sms")
"""Kinds of work that have an effect at the far side under their own key."""


@dataclass
class Reckoned:
    """Sentences about each fault, and the figures. `doubled`: an effect twice; `lost`: one that never came, or stands still."""

    cases: int = 0
    ended: int = 0
    effects: int = 0
    questions: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    log: dict[str, Any] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        log_well = bool(self.log.get("verified")) and not self.log.get("unpaired")
        return self.cases == self.ended > 0 and log_well and not self.doubled and not self.lost


def reckon(stage: Stage, ended: Sequence[Ended], deaths: Sequence[Death]) -> Reckoned:
    """Count, once everything is quiet: the hub may still run."""
    found = Reckoned(cases=len(ended), ended=sum(1 for one in ended if one.case.get("state") == "archived"))
    found.lost += [f"{one.play.matter} did not end: {one.problem or one.case.get('state')}" for one in ended
                   if one.case.get("state") != "archived"]  # fmt: skip
    with httpx2.Client(trust_env=False, timeout=120) as wire:
        journals = {code: wire.get(f"{address}/_journal").json() for code, address in stage.addresses.items()}
    found.effects = sum(len(journal["effects"]) for journal in journals.values())
    found.doubled += _doubled_effects(journals)
    database = Database(stage.settings.hub_database)
    RING.use(keys.load(stage.settings.keys_folder).sealing)
    try:
        with database.read() as session:
            _work(session, stage, journals, found)
            _certificates(session, found)
            _cases(session, len(ended), found)
            _questions(session, stage, deaths, found)
    finally:
        database.close()
    log = recorded(stage.settings.log_database, _log_keys(stage), stage.settings.log_origin_name, utc_now)
    found.lost += [fault for fault in unmatched(site_of(stage), log, stage.addresses) if not fault.endswith(NOT_NEEDED)]
    found.log = _log(stage)
    return found


NOT_NEEDED = "by upstream_result never reached a socket"
"""Twice killed between record and socket, an item may be decided before the third try: then it needs nobody's result, and the record
stands without a disclosure, as it may. An item that does wait for one, and is not told, never ends: that is counted as lost."""


def quiet(stage: Stage) -> bool:
    """Whether no work of a case is open any more, and no question without its end."""
    database = Database(stage.settings.hub_database)
    try:
        with database.read() as session:
            open_work = session.execute(
                select(func.count()).select_from(work).where(_of_cases(), work.c.state.not_in((DONE, SKIPPED)))
            ).scalar_one()
    finally:
        database.close()
    return not open_work and not _log(stage, verify=False)["unpaired"]


# --- effects ----------------------------------------------------------------------------------------------------------


def _doubled_effects(journals: Mapping[str, Any]) -> Iterator[str]:
    for code, journal in journals.items():
        told = Counter(
            (effect["operation"], effect["key"] or effect["number"], effect["number"] if effect["operation"] == "supplied" else "")
            for effect in journal["effects"]
        )  # fmt: skip
        for (operation, key, _), times in told.items():
            if times > 1 and not _may_come_again(operation):
                yield f"{code}: {operation} {key} came {times} times"


def _may_come_again(operation: str) -> bool:
    """Steps that a department takes by itself, some of them more than once with an application."""
    return operation in ("suspend", "resume", "correct", "pre_review", "read")


def _work(session: Session, stage: Stage, journals: Mapping[str, Any], found: Reckoned) -> None:
    """Every piece of work that is told outside has one effect there, and none stands still."""
    index_key = keys.load(stage.settings.keys_folder).index
    reached = Counter(
        number_of(effect["key"]) if operation not in TAKEN_IN else effect["key"]
        for journal in journals.values()
        for effect in journal["effects"]
        for operation in [effect["operation"]]
    )
    at_inbox = set(session.execute(select(inbox_entries.c.key)).scalars())
    c = work.c
    for row in session.execute(select(c.kind, c.key, c.state, c.last_error, c.args).where(_of_cases())):
        if row.state not in (DONE, SKIPPED):
            found.lost.append(f"{row.key} is {row.state}: {row.last_error}")
        elif row.kind in OUT:
            key = wire_key(index_key, row.key)
            by_number = row.kind == "hand_over" and reached[row.args["item_no"]]  # some know an item case by its number
            if not reached[key] and key not in at_inbox and not by_number:
                found.lost.append(f"{row.key} is done and had no effect")
    handed = session.execute(
        select(func.count()).select_from(work).where(work.c.kind == "hand_over", work.c.state == DONE)
    )
    taken = sum(1 for j in journals.values() for e in j["effects"] if e["operation"] in ("received", "resubmitted"))
    inbox = session.execute(
        select(func.count()).select_from(inbox_entries).where(inbox_entries.c.kind.in_(("handover", "supplement")))
    )
    if (told := handed.scalar_one()) != (came := taken + inbox.scalar_one()):
        found.doubled.append(f"{told} item cases were handed over and {came} came in")


def _of_cases() -> Any:
    """Not the ticks, and not the looks at front databases, which begin anew every few seconds."""
    return ~work.c.key.like("tick:%") & (work.c.kind != "look_for_reports")


def _certificates(session: Session, found: Reckoned) -> None:
    """One decision, one certificate: each is signed, and was told once."""
    for row in session.execute(
        select(certificates.c.identifier, certificates.c.state).where(certificates.c.state != "signed")
    ):
        found.lost.append(f"the certificate {row.identifier} is {row.state}")
    told = Counter(
        row.facts["identifier"]
        for row in session.execute(select(case_events.c.facts).where(case_events.c.kind == "certificate_signed"))
    )
    found.doubled += [f"the certificate {identifier} was told {n} times" for identifier, n in told.items() if n > 1]
    of_item = select(certificates.c.item_case_id).group_by(certificates.c.item_case_id).having(func.count() > 1)
    found.doubled += [f"the item case {one} has two certificates" for one in session.execute(of_item).scalars()]


def _cases(session: Session, played: int, found: Reckoned) -> None:
    opened = session.execute(select(func.count()).select_from(cases)).scalar_one()
    if opened > played:
        found.doubled.append(f"{played} cases were opened at the counter and {opened} are there")
    elif opened < played:
        found.lost.append(f"{played} cases were opened at the counter and {opened} are there")
    open_questions = session.execute(
        select(inbox_entries.c.number).where(inbox_entries.c.kind == "question", inbox_entries.c.state == "open")
    )
    found.doubled += [
        f"the question {no} waits at an inbox, and nobody waits for it" for no in open_questions.scalars()
    ]


# --- questions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    seq: int
    id: str
    at: datetime
    fields: tuple[str, ...]


def _questions(session: Session, stage: Stage, deaths: Sequence[Death], found: Reckoned) -> None:
    """A question is put again only after a death, or where a try of its own explains it; never after its answer was kept."""
    asked = _intents(stage)
    found.questions = sum(len(intents) for intents in asked.values())
    died = sorted(death.wall for death in deaths)
    c = queries.c
    rows = session.execute(
        select(cases.c.case_no, c.resource, c.subject, c.tries, c.request_id, c.state).join_from(
            queries, cases, cases.c.id == c.case_id
        )
    )
    for row in rows:
        subject = json.dumps(dict(row.subject), sort_keys=True, ensure_ascii=False)
        intents = asked.get((row.case_no, row.resource, subject), [])
        again = sum(1 for one, other in zip(intents, intents[1:], strict=False) if not _between(died, one.at, other.at))
        if again > row.tries - 1:
            found.doubled.append(f"{row.resource} of {row.case_no} was asked again {again} times for no reason")
        if row.state != "answered":
            found.lost.append(f"{row.resource} of {row.case_no} is {row.state}")
        elif row.request_id and intents and intents[-1].id != row.request_id:
            found.doubled.append(f"{row.resource} of {row.case_no} was asked after it had been answered")


def _between(died: Sequence[float], first: datetime, then: datetime) -> bool:
    return any(first.timestamp() <= at <= then.timestamp() for at in died)


def _intents(stage: Stage) -> dict[tuple[str, str, str], list[_Asked]]:
    """Every question by case, resource and subject, in the order in which they were asked."""
    found: dict[tuple[str, str, str], list[_Asked]] = defaultdict(list)
    log = _opened(stage)
    try:
        for entry in log.entries():
            record = entry.record
            if record["phase"] != "intent":
                continue
            clear = log.disclose(entry.seq)
            request = json.loads(clear["request"])
            subject = json.dumps(request["subject"], sort_keys=True, ensure_ascii=False)
            at = datetime.fromisoformat(record["time"])
            one = _Asked(entry.seq, record["id"], at, tuple(request["fields"]))
            found[clear["application"], request["resource"], subject].append(one)
    finally:
        log.close()
    return found


# --- the log ----------------------------------------------------------------------------------------------------------


def _log(stage: Stage, *, verify: bool = True) -> dict[str, Any]:
    log = _opened(stage)
    try:
        health = log.health()
        return {"size": health.size, "unpaired": health.unpaired, "verified": verify and log.verify().ok}
    finally:
        log.close()


def _opened(stage: Stage) -> SharingLog:
    settings = stage.settings
    return SharingLog.open(
        settings.log_database, _log_keys(stage), settings.log_origin_name, utc_now, "reckoning", follow=False
    )


def _log_keys(stage: Stage) -> LogKeys:
    return LogKeys.load(stage.settings.keys_folder / "log")
