"""The bundle of the public progress page: what an applicant may read of their own case with its number. It shows no one's facts."""

from __future__ import annotations

import hmac
from dataclasses import replace

from hub.cases.load import id_of_number
from hub.cases.states import CASE_TITLES
from hub.cases.views import ApplicantView, ItemView
from hub.clock import Clock
from hub.errors import NotThere
from hub.store import subjects
from hub.store.database import Database
from hub.wiring.case_view import events_of, item_view, stages_of
from hub.wiring.desk import Desk


class ApplicantBundle:
    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database, self._desk, self._clock = database, desk, clock

    def progress(self, case_no: str, code: str) -> ApplicantView:
        """`code` are the last four characters of the applicant's identifier. Raises NotThere, the same for every wrong pair."""
        wrong = NotThere("没有查到：请核对办件编号和证件号码后四位，编号在收件回执上。", code="PROGRESS_NOT_FOUND")
        with self._database.read() as session:
            try:
                scene = self._desk.scene(session, id_of_number(session, case_no.strip(), self._desk.region))
            except NotThere as e:
                raise wrong from e
            identifier = subjects.subject(session, scene.case.applicant).identifier
            if not hmac.compare_digest(identifier[-4:].upper().encode(), code.strip().upper().encode()):
                raise wrong
            now = self._clock()
            return ApplicantView(
                case_no=scene.case.case_no,
                matter=scene.matter.title,
                state_title=CASE_TITLES[scene.case.state],
                stages=stages_of(scene),
                items=tuple(_public(item_view(session, scene, i, now)) for i in scene.case.items),
                events=events_of(session, scene, {}),
            )


def _public(item: ItemView) -> ItemView:
    """A reason is free text that may name somebody: it stands in the notice, which the applicant gets, and not here."""
    return replace(item, reason="")
