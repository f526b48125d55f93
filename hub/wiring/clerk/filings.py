"""Online filings that wait for a clerk, and making a case of one (seed 000 二(二)2). It receives none; the platform's bundle does."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Row, select, update

from catalog.types import Site
from catalog.workdays import calendar_of
from hub.cases import deadlines
from hub.cases.opening import Opening
from hub.cases.terms import rules_of
from hub.errors import NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.store.database import Session
from hub.store.tables import filings
from hub.wiring.access import need
from hub.wiring.clerk.lists import hidden
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
                select(filings.c.id, filings.c.matter, filings.c.received_at, filings.c.body)
                .where(filings.c.region == self._desk.region, filings.c.state == "waiting")
                .order_by(filings.c.received_at)
            ).all()
        found = []
        for r in rows:
            due = deadlines.hours_due(r.received_at, rules.online_review_hours, rules.office_hours, calendar)
            title = site.matters[r.matter].title if r.matter in site.matters else r.matter
            found.append(
                FilingRow(
                    r.id, title, _name(_applicant(site, r.matter, r.body["parties"])), r.received_at, due, now > due
                )
            )
        if found:
            # A name, even a masked one, is shown after its record is on disk.
            about = [
                party["identifier"] for r in rows for party in r.body["parties"].values() if party.get("identifier")
            ]
            self._p.looks.record(p, "filings", "screen", fields=("applicant_name",), subjects=about, rows=len(found))
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


def _applicant(site: Site, matter: str, parties: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """The party who filed: the first role of the matter that the filing names."""
    roles = site.matters[matter].roles if matter in site.matters else ()
    named = (role for role in roles if role.code in parties and role.kind in ("enterprise", "person"))
    return next(({**parties[role.code], "kind": role.kind} for role in named), {})


def _name(applicant: Mapping[str, str]) -> str:
    """As the work list names applicants: a firm whole, a person by the surname alone."""
    name = applicant.get("name", "")
    return (name if applicant.get("kind") == "enterprise" else hidden(name)) or "未填姓名"


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
