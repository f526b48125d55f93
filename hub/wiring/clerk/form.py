"""One case on the clerk's screen: the page, its live changes, each field and each question. It decides no value; pre-fill does.

A view of the whole page covers, for its person, the fields that fill while it is open; a field asked for without it, or of
somebody whom that page did not show yet, is a look of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from hub.cases.load import state_of
from hub.cases.views import CaseView, FieldView
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.prefill import feed, settle
from hub.prefill.standing import Desk as FormDesk
from hub.store.database import Session
from hub.store.tables import form_values
from hub.wiring import reasons
from hub.wiring.access import need
from hub.wiring.asked import follow
from hub.wiring.case_view import case_view, names_of
from hub.wiring.clerk.parts import AtTheCounter, ref
from hub.wiring.form_view import field_view
from hub.wiring.listings import FeedRow
from hub.wiring.look_ups import freed_of
from hub.wiring.persons import everybody, persons

FEED_KINDS: Mapping[str, str] = {"value": "field"}
"""Kinds of the case's feed as the pages call them, where they differ."""


class OneForm(AtTheCounter):
    def case(self, p: Principal, case_id: str) -> CaseView:
        """The whole case; the look is in the log first."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            view = case_view(session, scene, self._p.clock())
            about = everybody(session, scene)
        fields = [f.key for f in scene.form.fields]
        self._p.looks.record(p, "case", "screen", fields=fields, subjects=about, case=ref(scene))
        self._p.looks.cover(p, case_id, about, self._p.clock())
        return view

    def feed(self, p: Principal, case_id: str, after: int) -> tuple[FeedRow, ...]:
        """What changed after that number, oldest first; names only, no value."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            state_of(session, case_id, self._desk.region)  # of this region, or not there
            found = feed.since(session, case_id, after)
        return tuple(FeedRow(r.no, FEED_KINDS.get(r.kind, r.kind), r.reference) for r in found)

    def field(self, p: Principal, case_id: str, key: str) -> FieldView:
        """One field as it stands. Raises NotThere."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            f = scene.form.field(key)
            if f is None:
                raise NotThere("表单中没有这个字段，请刷新页面", code="FIELD_UNKNOWN")
            row = session.execute(
                select(form_values).where(form_values.c.case_id == case_id, form_values.c.field == key)
            ).first()
            freed = freed_of(session, scene).fields.get(key, "")
            view = field_view(scene, f, row, names_of(session), freed)
            about = persons(session, scene, (key,))
        if not self._p.looks.covers(p, case_id, about, self._p.clock()):
            self._p.looks.record(p, "field", "screen", fields=(key,), subjects=about, case=ref(scene))
        return view

    def set_field(self, p: Principal, case_id: str, key: str, value: str, reason: str = "") -> None:
        """Type a value. A locked field whose source is silent needs a reason and stays visibly unverified."""
        self._settle(p, case_id, lambda s, d: settle.type_value(s, d, key, value, reasons.picked(reason, reasons.TYPE)))

    def override_field(self, p: Principal, case_id: str, key: str, value: str, reason: str) -> None:
        self._settle(p, case_id, lambda s, d: settle.override(s, d, key, value, reasons.picked(reason, reasons.DECIDE)))

    def resolve(self, p: Principal, case_id: str, key: str, which: str, reason: str) -> None:
        number = int(which) if which.isascii() and which.isdigit() else -1
        why = reasons.picked(reason, reasons.DECIDE)
        self._settle(p, case_id, lambda s, d: settle.resolve_conflict(s, d, key, number, why))

    def confirm_field(self, p: Principal, case_id: str, key: str) -> None:
        self._settle(p, case_id, lambda s, d: settle.confirm(s, d, key))

    def query_way(
        self, p: Principal, case_id: str, query_id: str, way: str, candidate: int | None = None, reason: str = ""
    ) -> None:
        """One of the ways on from an outcome. Raises BadInput for an unknown way."""
        ways: Mapping[str, Callable[[Session, FormDesk], object]] = {
            "retry": lambda s, d: settle.retry(s, d, query_id),
            "choose": lambda s, d: settle.choose(s, d, query_id, -1 if candidate is None else candidate),
            "ask_for_paper": lambda s, d: settle.ask_for_paper(s, d, query_id, reasons.picked(reason, {})),
            "go_on": lambda s, d: settle.go_on(s, d, query_id, reasons.picked(reason, reasons.GO_ON)),
            "ask_again": lambda s, d: settle.ask_again(s, d, query_id, reasons.picked(reason, {})),
        }
        if way not in ways:
            raise BadInput("没有这种处理方式，请刷新页面。", {"way": "未知"}, code="WAY_UNKNOWN")
        self._settle(p, case_id, ways[way])

    def _settle(self, p: Principal, case_id: str, act: Callable[[Session, FormDesk], object]) -> None:
        need(p, Role.CLERK)
        now = self._p.clock()

        with self._p.database.write() as session:
            state_of(session, case_id, self._desk.region, lock=True)  # of this region, or not there; other steps wait
            desk = self._p.prefill.desk(session, case_id, p.subject, now)
            act(session, desk)
            if not desk.case.open:  # while the form is being made nothing follows
                follow(session, self._desk, case_id, now)
