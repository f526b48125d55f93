"""When each file of a certificate is due for a timestamp, and how asking for one went: the rows that a day's round looks at. It stamps nothing.

A PDF is due at once while nobody has testified to its time, and again some weeks before the certificate of its newest timestamp ends.
An OFD has room for one timestamp: it is due until it has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select, update

from hub.store.database import Session
from hub.store.tables import certificate_files, certificates

AHEAD = timedelta(days=90)
"""Long enough to try again for weeks, if the authority is away or has no new certificate yet (proposed)."""
ASIDE = timedelta(days=1)
"""When a file that cannot be stamped is looked at again (proposed)."""
NAMED = 20
"""How many files that cannot be stamped are told by name (proposed)."""
LONGEST_PAUSE = timedelta(minutes=10)
_f = certificate_files.c


@dataclass(frozen=True)
class DueFile:
    """A file that is due. `tries` counts how often the authorities were asked for it in vain."""

    certificate_id: str
    kind: str
    file: str
    tries: int


@dataclass(frozen=True)
class Aside:
    """A file that cannot be stamped as it is: the certificate by its identifier, the kind of file, and the code that says why."""

    identifier: str
    kind: str
    code: str


@dataclass(frozen=True)
class Waiting:
    """What waits for a timestamp: how many files since when, how often the authorities failed in a row, and when they are asked again.

    `unstampable` are files that were put aside, damaged, missing or changed since they were signed: a person looks at those; `aside` names the first of them."""

    files: int = 0
    since: datetime | None = None
    tries: int = 0
    fault: str = ""
    next_at: datetime | None = None
    unstampable: int = 0
    aside: tuple[Aside, ...] = ()


def due_at(kind: str, suite: str, until: datetime | None, now: datetime) -> datetime | None:
    """When a new file is due; None for what is never stamped: other kinds, and what others issued (`suite` empty)."""
    if not suite or kind not in ("pdf", "ofd"):
        return None
    if until is None:
        return now
    # Not sooner than tomorrow: an authority whose own certificate ends soon would else be asked again and again.
    return max(until - AHEAD, now + ASIDE) if kind == "pdf" else None


def due(session: Session, region: str, now: datetime, most: int) -> list[DueFile]:
    """Up to `most` files that are due, those that were asked for in vain before first. Nothing while the authorities are in their pause."""
    soon = _f.stamp_due.between(now, now + LONGEST_PAUSE)
    resting = select(_f.certificate_id).where(_f.stamp_tries > 0, _f.stamp_due > now, soon).limit(1)
    if session.execute(resting).first() is not None:
        return []
    mine = select(_f.certificate_id, _f.kind, _f.file, _f.stamp_tries)
    mine = mine.join(certificates, certificates.c.id == _f.certificate_id)
    mine = mine.where(_f.stamp_due <= now, certificates.c.region == region)
    rows = session.execute(mine.order_by(_f.stamp_tries.desc(), _f.stamp_due, _f.certificate_id).limit(most))
    return [DueFile(*row) for row in rows]


def stamped(session: Session, one: DueFile, file: str, until: datetime | None, now: datetime) -> bool:
    """From here the later proof counts. False where somebody else stamped the file first: nothing was changed."""
    values = {
        "file": file,
        "stamped_at": now if file != one.file else _f.stamped_at,
        "stamp_until": until,
        "stamp_due": due_at(one.kind, "here", until, now),
        "stamp_tries": 0,
        "stamp_error": "",
    }
    return session.execute(update(certificate_files).where(_is(one)).values(**values)).rowcount == 1


def in_vain(session: Session, one: DueFile, code: str, now: datetime) -> None:
    """The authorities were asked and gave nothing: everybody pauses for 1, 2, 4 … minutes, up to ten, and then begins with this file."""
    pause = min(timedelta(minutes=2 ** min(one.tries, 10)), LONGEST_PAUSE)
    values = {"stamp_tries": one.tries + 1, "stamp_error": code[:40], "stamp_due": now + pause}
    session.execute(update(certificate_files).where(_is(one)).values(**values))


def put_aside(session: Session, one: DueFile, code: str, now: datetime) -> None:
    """This file cannot be stamped as it is: the others go on, and a person is told."""
    values = {"stamp_tries": 0, "stamp_error": code[:40], "stamp_due": now + ASIDE}
    session.execute(update(certificate_files).where(_is(one)).values(**values))


def waiting(session: Session, now: datetime) -> Waiting:
    """For the operator's page and the doctor."""
    aside = and_(_f.stamp_error != "", _f.stamp_tries == 0)
    # What waits is due now or after the authorities' pause: the index gives it, however many files were stamped for years.
    soon = _f.stamp_due <= now + LONGEST_PAUSE
    n, since = session.execute(select(func.count(_f.kind), func.min(_f.made_at)).where(soon, ~aside)).one()
    lying = aside, _f.stamp_due <= now + ASIDE
    unstampable = session.execute(select(func.count(_f.kind)).where(*lying)).scalar_one()
    named = _aside(session, lying) if unstampable else ()
    failing = session.execute(
        select(_f.stamp_tries, _f.stamp_error, _f.stamp_due)
        .where(_f.stamp_tries > 0, soon)
        .order_by(_f.stamp_tries.desc())
        .limit(1)
    ).first()
    if failing is None:
        return Waiting(n, since, unstampable=unstampable, aside=named)
    return Waiting(n, since, failing.stamp_tries, failing.stamp_error, failing.stamp_due, unstampable, named)


def _aside(session: Session, lying: tuple[ColumnElement[bool], ...]) -> tuple[Aside, ...]:
    """Files that changed since they were signed first: nobody may hand those out."""
    changed = case((_f.stamp_error == "stamp-changed", 0), else_=1)
    found = select(certificates.c.identifier, _f.kind, _f.stamp_error).where(
        _f.certificate_id == certificates.c.id, *lying
    )
    rows = session.execute(found.order_by(changed, certificates.c.identifier, _f.kind).limit(NAMED))
    return tuple(Aside(*row) for row in rows)


def waits(session: Session, certificate_id: str) -> bool:
    """Whether a file of this certificate has no timestamp yet and shall get one."""
    mine = (_f.certificate_id == certificate_id, _f.stamp_due.is_not(None), _f.stamp_until.is_(None))
    return session.execute(select(_f.kind).where(*mine).limit(1)).first() is not None


def _is(one: DueFile) -> ColumnElement[bool]:
    """Fenced by the file: another worker that stamped it first finds it changed."""
    return and_(_f.certificate_id == one.certificate_id, _f.kind == one.kind, _f.file == one.file)
