"""Online filings that wait for a clerk, and making a case of one (seed 000 二(二)2). It receives none; the platform's bundle does."""

from __future__ import annotations

from sqlalchemy import Row, select, update

from catalog.workdays import calendar_of
from hub.cases import deadlines
from hub.cases.opening import Opening
from hub.cases.terms import rules_of
from hub.errors import NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.store.database import Session
from hub.store.tables import filings
from hub.wiring.access import need
from hub.wiring.clerk.opening import OpeningDesk, parties_given, ready
from hub.wiring.listings import FilingRow


class Filings(OpeningDesk):
    def filings(self, p: Principal) -> tuple[FilingRow, ...]:
        """The filings that wait, oldest first, each with the moment by which it is reviewed (K-08)."""
        need(p, Role.CLERK)
        site, now = self._desk.catalogs.current(), self._p.clock()
        rules, calendar = rules_of(site), calendar_of(site.calendar)
        with self._p.database.read() as session:
            rows = session.execute(
                select(filings.c.id, filings.c.matter, filings.c.received_at)
                .where(filings.c.region == self._desk.region, filings.c.state == "waiting")
                .order_by(filings.c.received_at)
            ).all()
        found = []
        for r in rows:
            due = deadlines.hours_due(r.received_at, rules.online_review_hours, rules.office_hours, calendar)
            title = site.matters[r.matter].title if r.matter in site.matters else r.matter
            found.append(FilingRow(r.id, title, "线上申请人", r.received_at, due, now > due))
        return tuple(found)

    def take_filing(self, p: Principal, filing_id: str) -> str:
        """Make a case of a filing; whoever takes it, and however often, it becomes one case. Raises NotThere, NotNow, BadInput."""
        need(p, Role.CLERK)
        digest = self._desk.catalogs.current_digest()
        site = self._desk.catalogs.site(digest)
        with self._p.database.write() as session:
            row = self._locked(session, filing_id)
            if row.case_id:
                return str(row.case_id)
            if row.state != "waiting":
                raise NotNow("申请人已撤回这份申报。", code="FILING_WITHDRAWN")
            opening = ready(site, _opening_of(row))
            case = self._create(session, p, site, digest, opening, row.body["values"], self._p.clock())
            session.execute(update(filings).where(filings.c.id == filing_id).values(state="taken", case_id=case.id))
            return case.id

    def _locked(self, session: Session, filing_id: str) -> Row[tuple[object, ...]]:
        """The filing, kept from other clerks and from the platform's withdrawal until the transaction ends."""
        row = session.execute(
            select(filings).where(filings.c.id == filing_id, filings.c.region == self._desk.region).with_for_update()
        ).first()
        if row is None:
            raise NotThere("没有这份线上申报，请刷新列表。", code="FILING_NOT_THERE")
        return row


def _opening_of(row: Row[tuple[object, ...]]) -> Opening:
    body = row.body
    return Opening(
        body["matter"],
        body["answers"],
        tuple(body["chosen"]),
        parties_given(body["parties"]),
        body["delivery"],
        "online",
        row.id,
    )
