"""The worker's errands of the registry: sign a later version, and let end what ended by its own last day. Each decides nothing.

Split at its durable moments as the first signing is (`hub.wiring.finishing`): a crash repeats the rest and never the effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import anyio.to_thread
from sqlalchemy import select, update

from certificates.certificate import read_content
from certificates.errors import CertificateError, SignerAway
from certificates.status import VALID
from hub.clock import Clock, local
from hub.jobs import Commit
from hub.moments import Moment, reached
from hub.registry import rows
from hub.registry.acts import NEW_VERSION, STANDING, Act
from hub.registry.rows import Doing, Entry
from hub.store import files as file_rows
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import certificates
from hub.store.work import Claimed, GiveUp
from hub.wiring.drawing_later import later
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.making import Making, away

AT_ONCE = 500


@dataclass(frozen=True)
class Versions:
    database: Database
    catalogs: Catalogs
    making: Making
    clock: Clock
    region: str

    async def sign(self, task: Claimed) -> Commit | None:
        """Sign the version that an act reserved; then, and not before, the one before it lapses."""
        return await anyio.to_thread.run_sync(self._sign, task.args["certificate_id"], task.args["decision"])

    def _sign(self, certificate_id: str, decision: str) -> Commit | None:
        with self.database.read() as session:
            one = rows.entry(session, self.region, certificate_id)
        if one.state != "reserved":
            return None
        site = self.catalogs.current()
        try:
            with used_for(KeyAct.VERSION, one.id):
                made = self.making.make(site, one.authority, read_content(one.draft), one.reserved_at, one.status_place)
        except SignerAway as e:
            raise away(e) from e
        except CertificateError as e:
            raise GiveUp(
                f"The version could not be signed ({type(e).__name__}); see `yijian doctor` about keys."
            ) from e
        reached(Moment.CERTIFICATE_KEPT)

        def commit(session: Session, now: datetime) -> None:
            if rows.entry(session, self.region, one.id).state != "reserved":
                return
            for stored in made.stored:
                file_rows.note(session, stored, now)
            self._record(session, one, made.carriers, decision, now)
            later(session, one.id, made, now)

        return commit

    def _record(
        self, session: Session, one: Entry, carriers: tuple[rows.Carrier, ...], decision: str, now: datetime
    ) -> None:
        data = carriers[0]
        values = {"state": "signed", "file": data.file, "suite": data.suite, "signed_at": now, "draft": None}
        session.execute(update(certificates).where(certificates.c.id == one.id).values(**values))
        rows.keep_files(session, one.id, carriers, now)
        by = self._decided_by(session, one)
        issued = Doing(Act.ISSUE, by, one.authority, "", decision, "issue")
        rows.note(session, one, issued, VALID, VALID, now)
        if one.previous_id is None:
            return
        before = rows.entry(session, self.region, one.previous_id)
        if before.status in STANDING:
            rows.act(session, before, Doing(Act.REPLACE, by, one.authority, "", decision, f"replace:{one.id}"), now)

    def _decided_by(self, session: Session, one: Entry) -> str:
        """Who renewed or changed the version before: on that decision this one is signed."""
        before = rows.acts_of(session, one.previous_id) if one.previous_id else ()
        return next((known.by for known in reversed(before) if known.act in NEW_VERSION), "hub")

    async def expire(self, task: Claimed) -> Commit | None:
        """Whatever's last day is over lapses, some hundreds at once; the rest at the next round."""

        def commit(session: Session, now: datetime) -> None:
            c, today = certificates.c, local(now).date()
            over = select(c.id).where(c.status_code.in_(STANDING), c.valid_to < today, c.state == "signed")
            for row in session.execute(over.order_by(c.valid_to).limit(AT_ONCE)).all():
                one = rows.entry(session, self.region, row.id)
                ended = Doing(Act.EXPIRE, "hub", one.authority, "", "", f"expire:{one.valid_to}")
                rows.act(session, one, ended, now)

        return commit
