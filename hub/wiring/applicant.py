"""The bundle of the public progress page: what an applicant may read of their own case with its number. It shows no one's facts.

Four characters can be guessed, so who guesses waits, longer each time, and nobody else does (docs/decisions/0011): `hub.wiring.guessing`
counts by source and case. Every look is in the sharing log.
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from hub.cases.applicant_view import ApplicantView
from hub.cases.load import id_of_number
from hub.cases.states import CASE_TITLES
from hub.cases.views import ItemView
from hub.clock import Clock
from hub.errors import NotThere
from hub.sharinglog import CaseRef, Operator, SharingLog, Viewed
from hub.store.database import Database, Session
from hub.wiring.case_view import events_of, item_views, stages_of
from hub.wiring.desk import Desk, applicant_identifier
from hub.wiring.guessing import Guessing
from hub.wiring.persons import basis_of
from hub.wiring.phones import phones
from hub.wiring.scene import Scene

APPLICANT = Operator("applicant", "yijian-progress")


class ApplicantBundle:
    def __init__(self, database: Database, desk: Desk, log: SharingLog, clock: Clock, guessing: Guessing) -> None:
        self._database, self._desk, self._log, self._clock, self._guessing = database, desk, log, clock, guessing

    def progress(self, case_no: str, code: str, source: str) -> ApplicantView:
        """`code` are the last four digits of a phone told for an enterprise, or of a person's identifier; `source` is the address
        that asks.

        Raises NotThere, the same for every wrong pair; NotNow (TRIED_TOO_OFTEN, status 429) for a source that was wrong too often.
        """
        now, number = self._clock(), case_no.strip()
        with self._database.read() as session:
            self._guessing.refuse(session, source, number, now)
            scene = self._scene(session, number)
            view = self._view(session, scene, code) if scene else None
            identifier = applicant_identifier(session, scene) if scene else ""
        if view is None or scene is None:
            with self._database.write(quiet=True) as session:
                self._guessing.count(session, source, number, now)
            raise NotThere("没有查到：请核对办件编号和后四位，编号在收件回执上。", code="PROGRESS_NOT_FOUND")
        case = CaseRef(scene.case.matter, None, scene.case.case_no)
        self._log.append(
            Viewed(
                who=APPLICANT,
                screen="progress",
                action="screen",
                subjects=(identifier,),
                case=case,
                basis=basis_of("progress", case),
            )
        )
        # From here it may be shown: its record is on disk.
        return view

    def _scene(self, session: Session, number: str) -> Scene | None:
        try:
            return self._desk.scene(session, id_of_number(session, number, self._desk.region))
        except NotThere:
            return None

    def _view(self, session: Session, scene: Scene, code: str) -> ApplicantView | None:
        """The page for who knows the four characters; nothing for anybody else."""
        given = code.strip().upper().encode()
        if not any([hmac.compare_digest(one.encode(), given) for one in _secrets(session, scene)]):
            return None
        now = self._clock()
        return ApplicantView(
            case_no=scene.case.case_no,
            matter=scene.matter.title,
            state_title=CASE_TITLES[scene.case.state],
            stages=stages_of(scene),
            items=tuple(_public(one) for one in item_views(session, scene, now)),
            events=events_of(session, scene, {}),
        )


def _secrets(session: Session, scene: Scene) -> list[str]:
    """What opens the page. An enterprise's credit code is public: a phone that was told at the window is asked instead (proposed)."""
    kind = next(r.kind for r in scene.matter.roles if r.code == scene.applicant_role)
    if kind == "enterprise":
        return [number[-4:] for _, number in phones(session, scene)]
    return [applicant_identifier(session, scene)[-4:].upper()]


def _public(item: ItemView) -> ItemView:
    """A reason is free text that may name somebody: it stands in the notice, which the applicant gets, and not here."""
    return replace(item, reason="")
