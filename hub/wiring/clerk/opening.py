"""Opening a case at the counter: the matters, the page, the act. It asks no department; pre-fill's work does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from catalog.demand import applies, check_answers, items_for, questions_for, situation
from catalog.types import IssuedBy, ItemKind, Matter, Site
from hub.cases.delivery import WAYS
from hub.cases.opening import PARTY_KINDS, Counterside, Opening, PartyGiven, checked, create
from hub.cases.plain import PlainCase
from hub.cases.views import ItemChoice, MatterCard, OpeningView, Option, QuestionView, RoleView
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.prefill import settle
from hub.store.database import Session
from hub.wiring import calls
from hub.wiring.access import need
from hub.wiring.clerk.needed import needed_view
from hub.wiring.clerk.parts import AtTheCounter


class OpeningDesk(AtTheCounter):
    def matters(self, p: Principal) -> tuple[MatterCard, ...]:
        need(p, Role.CLERK)
        site = self._desk.catalogs.current()
        return tuple(
            MatterCard(
                code=m.code,
                title=m.title,
                lead=site.departments[m.lead].name,
                items=tuple(site.items[i.item].title for i in m.items),
                workdays=max((site.items[i.item].promised_workdays for i in m.items), default=0),
                proposed=m.proposed,
                sequence=m.sequence,
                words=_words(site, m),
            )
            for m in sorted(site.matters.values(), key=lambda m: m.sequence)
        )

    def opening(
        self, p: Principal, matter: str, answers: Mapping[str, str], left_out: Collection[str] = ()
    ) -> OpeningView:
        """The page on which a case is opened, for the answers so far and without the optional items `left_out`.

        Raises NotThere, BadInput (an unknown answer)."""
        need(p, Role.CLERK)
        site = self._desk.catalogs.current()
        known = site.matters.get(matter)
        if known is None:
            raise NotThere("目录中没有这个“一件事”，请返回列表选择。", code="MATTER_NOT_THERE")
        if wrong := {f"answers.{p.about[0]}": p.message for p in check_answers(known, answers)}:
            raise BadInput("请重新选择情形。", wrong, code="OPENING_INCOMPLETE")
        return _opening_view(site, known, answers, left_out)

    def open_case(
        self,
        p: Principal,
        matter: str,
        answers: Mapping[str, str],
        chosen: Collection[str],
        parties: Mapping[str, Mapping[str, str]],
        key: str,
        delivery: str = "electronic",
    ) -> str:
        """The id of the new case; the same `key` gives the same case. `delivery` is the applicant's choice (000 二(五)).

        Raises BadInput with every mistake at once.
        """
        need(p, Role.CLERK)
        digest = self._desk.catalogs.current_digest()
        site = self._desk.catalogs.site(digest)
        opening = ready(site, Opening(matter, dict(answers), tuple(chosen), parties_given(parties), {"way": delivery}))
        with self._p.database.write() as session:
            call = calls.Call(p.subject, key, calls.digest_of("open", opening))
            known = calls.begin(session, call, self._p.clock())
            if known is not None:
                return str(known["case_id"])
            case = self._create(session, p, site, digest, opening, {}, self._p.clock())
            calls.remember(session, call, {"case_id": case.id})
            return case.id

    def _create(
        self,
        session: Session,
        p: Principal,
        site: Site,
        digest: str,
        opening: Opening,
        typed: Mapping[str, str],
        now: datetime,
    ) -> PlainCase:
        """The case with its first round of questions queued; `typed` are the applicant's own words of an online filing."""
        side = Counterside(self._desk.region, p.subject, self._p.index_key, digest)
        case = create(session, site, opening, side, now)
        self._p.prefill.start(session, case.id, p.subject, now)
        desk = self._p.prefill.desk(session, case.id, p.subject, now)
        for f in desk.case.fields:
            if typed.get(f.key) and not f.sources:  # no department speaks for the field
                settle.type_value(session, desk, f.key, typed[f.key])
        return case


def ready(site: Site, asked: Opening) -> Opening:
    """The opening, checked, without answers to questions that the matter does not ask. Raises BadInput with every mistake at once."""
    questions = (
        {q.key for q in site.matters[asked.matter].questions if not q.settled}
        if asked.matter in site.matters
        else set()
    )
    return checked(site, replace(asked, answers={k: v for k, v in asked.answers.items() if k in questions}))


def parties_given(parties: Mapping[str, Mapping[str, str]]) -> tuple[PartyGiven, ...]:
    return tuple(
        PartyGiven(role, v.get("identifier", ""), v.get("proof", ""), v.get("name", ""), v.get("phone", ""))
        for role, v in parties.items()
    )


def _opening_view(site: Site, matter: Matter, answers: Mapping[str, str], left_out: Collection[str]) -> OpeningView:
    settled = situation(matter, answers)
    items = _choices(site, matter, settled, left_out)
    return OpeningView(
        code=matter.code,
        title=matter.title,
        questions=tuple(
            QuestionView(q.key, q.title, tuple(Option(a.code, a.title) for a in q.answers), settled[q.key])
            for q in questions_for(matter, settled)
        ),
        items=items,
        roles=_roles(matter, settled),
        together=_together(site, matter, [one.code for one in items]),
        deliveries=tuple(Option(code, title) for code, title in WAYS.items()) if _delivers(site, matter) else (),
        needed=needed_view(site, matter, [one.code for one in items if one.chosen], settled),
    )


def _words(site: Site, matter: Matter) -> tuple[str, ...]:
    items = [site.items[found.item] for found in matter.items]
    units = [site.departments[code] for code in (matter.lead, *(item.department for item in items))]
    named = (word for unit in units for word in (unit.name, *unit.aliases))
    return tuple(dict.fromkeys((*matter.aliases, *(word for item in items for word in item.aliases), *named)))


def _together(site: Site, matter: Matter, fitting: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Titles of the items that only go together; of a group, those of this situation, and nothing where that leaves one."""
    groups = ([code for code in group if code in fitting] for group in matter.together)
    return tuple(tuple(site.items[code].title for code in group) for group in groups if len(group) > 1)


def _delivers(site: Site, matter: Matter) -> bool:
    """Whether an item gives the applicant a document; of a look-up nothing is handed out."""
    items = (site.items[found.item] for found in matter.items)
    return any(one.result.issued_by is not IssuedBy.NOBODY or one.kind is ItemKind.PRINT_OUT for one in items)


def _choices(
    site: Site, matter: Matter, settled: Mapping[str, str], left_out: Collection[str]
) -> tuple[ItemChoice, ...]:
    fitting = items_for(matter, settled)
    return tuple(
        ItemChoice(
            code=i.item,
            title=site.items[i.item].title,
            department=site.departments[site.items[i.item].department].name,
            chosen=not i.optional or i.item not in left_out,
            optional=i.optional,
            waits_for=tuple(site.items[d.upstream].title for d in matter.dependencies if d.downstream == i.item),
            promised_workdays=site.items[i.item].promised_workdays,
            change_note=i.change_note,
            proposed=site.items[i.item].proposed,
        )
        for i in matter.items
        if i.item in fitting
    )


def _roles(matter: Matter, settled: Mapping[str, str]) -> tuple[RoleView, ...]:
    return tuple(
        RoleView(
            r.code,
            r.title,
            r.kind,
            r.required,
            r.identifier,
            tuple(Option(x, x) for x in r.proofs),
            r.relation is not None,
        )
        for r in matter.roles
        if r.kind in PARTY_KINDS and applies(r.when, settled)
    )
