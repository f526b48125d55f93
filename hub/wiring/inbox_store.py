"""The inbox of departments without a system: where questions and item cases wait for a person (seed 000 二(二)2). It answers nothing.

The store behind the port `adapters.contract.InboxStore`; its page is in `hub/web`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from adapters.contract import Attachment, Handover, LookedUp, Query, Stop, UpstreamResult
from hub.clock import Clock, local, new_id
from hub.store import files as file_rows
from hub.store.database import Database, Session
from hub.store.files import Files, StoredFile
from hub.store.numbers import next_number
from hub.store.sealing import Plain
from hub.store.tables import inbox_entries

QUESTION_DUE = timedelta(hours=24)
"""Proposed: the sources set no limit for a person's answer to a look-up; the department's own rule replaces it."""


@dataclass(frozen=True)
class _Entry:
    kind: str
    key: str
    case_no: str
    item_no: str
    about: str
    body: Mapping[str, Plain] = field(repr=False)
    due_at: datetime | None
    files: tuple[StoredFile, ...] = ()


class Inbox:
    """Durable entries by key: the same question or item case is noted once, however often it comes."""

    def __init__(
        self, database: Database, files: Files, region: str, clock: Clock, accept_by: Callable[[datetime], datetime]
    ) -> None:
        """`accept_by` gives the moment by which an item case that came at a moment must be accepted or refused."""
        self._database = database
        self._files = files
        self._region = region
        self._clock = clock
        self._accept_by = accept_by

    def open_question(self, query: Query) -> tuple[str, datetime]:
        due = self._clock() + QUESTION_DUE
        body: dict[str, Plain] = {
            "subject": dict(query.subject),
            "fields": list(query.fields),
            "purpose": query.purpose,
            "resource_title": query.resource.title,
            "instead_of": query.instead_of,
        }
        entry = _Entry("question", query.request_id, query.case_no, "", query.resource.code, body, due)
        return self._put(query.resource.department, entry)

    def open_handover(self, department: str, handover: Handover) -> str:
        due = self._accept_by(self._clock())
        body: dict[str, Plain] = {
            "form": [
                [handover.titles.get(key, key), value, key, handover.marks.get(key, "")]
                for key, value in handover.form.items()
            ]
            + [_looked_up(one) for one in handover.look_ups],
            "item_title": handover.item_title,
            "pre_review": handover.pre_review,
            "handler": handover.handler,
            "attachments": [_described(a) for a in handover.attachments],
        }
        files = self._kept(handover.attachments)
        kind = "supplement" if handover.supplement else "sheet" if handover.look_ups else "handover"
        by = due if kind == "handover" else None
        entry = _Entry(kind, handover.key, handover.case_no, handover.item_no, handover.item, body, by, files)
        return self._put(department, entry)[0]

    def note_stop(self, department: str, stop: Stop) -> None:
        """The stop is noted, and what was open about the item case is put away: there is nothing left to do with it."""
        body: dict[str, Plain] = {"reason": stop.reason}
        self._put(department, _Entry("stop", stop.key, "", stop.item_no, stop.item, body, None))
        c = inbox_entries.c
        about = (c.region == self._region, c.department == department, c.item_no == stop.item_no)
        with self._database.write(quiet=True) as session:
            session.execute(
                update(inbox_entries)
                .where(*about, c.kind.in_(("handover", "upstream", "supplement")), c.state == "open")
                .values(state="done", done_at=self._clock())
            )

    def note_upstream(self, department: str, result: UpstreamResult) -> None:
        body: dict[str, Plain] = {
            "title": result.title,
            "identifier": result.identifier,
            "upstream_item": result.upstream_item,
            "document": _described(result.document) if result.document else None,
        }
        files = self._kept((result.document,) if result.document else ())
        self._put(department, _Entry("upstream", result.key, "", result.item_no, result.item, body, None, files))

    def _kept(self, attachments: Sequence[Attachment]) -> tuple[StoredFile, ...]:
        """What comes with a body is on disk before the entry that names it."""
        return tuple(self._files.keep(a.body, a.media_type) for a in attachments if a.body)

    def _put(self, department: str, entry: _Entry) -> tuple[str, datetime]:
        with self._database.write() as session:
            known = _known(session, entry.key) or _asked_before(session, self._region, department, entry)
            if known:
                return known
            now = self._clock()
            number = f"{department.upper()[:3]}{local(now):%Y%m%d}{next_number(session, self._region, f'inbox:{department}', 'all'):06d}"
            session.execute(
                insert(inbox_entries).values(
                    id=new_id(now),
                    region=self._region,
                    department=department,
                    kind=entry.kind,
                    key=entry.key,
                    number=number,
                    case_no=entry.case_no,
                    item_no=entry.item_no,
                    about=entry.about,
                    state="open",
                    body=entry.body,
                    opened_at=now,
                    due_at=entry.due_at,
                )
            )
            for stored in entry.files:
                file_rows.note(session, stored, now)
            return number, entry.due_at or now


def _known(session: Session, key: str) -> tuple[str, datetime] | None:
    c = inbox_entries.c
    row = session.execute(select(c.number, c.due_at, c.opened_at).where(c.key == key)).first()
    return (row.number, row.due_at or row.opened_at) if row else None


def _asked_before(session: Session, region: str, department: str, entry: _Entry) -> tuple[str, datetime] | None:
    """The question of this case that is open here already, put by a try that died before it learnt the ticket, or for fewer fields.

    A case asks a resource about somebody in one query (queries has them unique), so nobody else waits for that entry: it is the
    same question, it now asks for these fields, and a person sees it once.
    """
    if entry.kind != "question" or not entry.case_no:
        return None
    c = inbox_entries.c
    of_case = (c.region == region, c.department == department, c.case_no == entry.case_no, c.about == entry.about)
    open_ones = select(c.id, c.number, c.body, c.due_at, c.opened_at).where(
        *of_case, c.kind == "question", c.state == "open"
    )
    for row in session.execute(open_ones.order_by(c.opened_at)):
        if row.body["subject"] == entry.body["subject"]:
            session.execute(update(inbox_entries).where(c.id == row.id).values(body=entry.body))
            return row.number, row.due_at or row.opened_at
    return None


def _looked_up(one: LookedUp) -> list[Plain]:
    """A look-up of a verification sheet as a line of the page: what it is, how it came out, by whom and in which record."""
    source = " · ".join((one.department, one.resource, *((f"日志 #{one.record}",) if one.record is not None else ())))
    said = "，".join(part for part in (one.title, one.values) if part)
    return [f"核验结果·{one.item_title}", said, f"look_up.{one.item}", source]


def _described(attachment: Attachment) -> Mapping[str, Plain]:
    return {
        "code": attachment.code,
        "name": attachment.name,
        "trust": attachment.trust,
        "sha256": attachment.sha256,
        "media_type": attachment.media_type,
        "size": len(attachment.body),
        "status": attachment.status,
        "due_on": attachment.due_on,
    }
