"""The bundle of the public progress page: what an applicant may read of their own case with its number. It shows no one's facts.

Four characters can be guessed, so a case takes a few wrong tries an hour and no more; every look is in the sharing log.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime

from hub.cases.load import id_of_number
from hub.cases.states import CASE_TITLES
from hub.cases.views import ApplicantView, ItemView
from hub.clock import Clock
from hub.errors import NotNow, NotThere
from hub.sharinglog import CaseRef, Operator, SharingLog, Viewed
from hub.store.database import Database
from hub.store.numbers import next_number, numbers_given
from hub.wiring.case_view import events_of, item_view, stages_of
from hub.wiring.desk import Desk, Scene, applicant_identifier
from hub.wiring.persons import basis_of

WRONG_TRIES_AN_HOUR = 8
APPLICANT = Operator("applicant", "yijian-progress")


class ApplicantBundle:
    def __init__(self, database: Database, desk: Desk, log: SharingLog, clock: Clock) -> None:
        self._database, self._desk, self._log, self._clock = database, desk, log, clock

    def progress(self, case_no: str, code: str) -> ApplicantView:
        """`code` are the last four characters of the applicant's identifier.

        Raises NotThere, the same for every wrong pair; NotNow (TRIED_TOO_OFTEN, status 429) after too many wrong tries.
        """
        now = self._clock()
        with self._database.read() as session:
            try:
                scene = self._desk.scene(session, id_of_number(session, case_no.strip(), self._desk.region))
            except NotThere as e:
                raise _not_found() from e
            identifier = applicant_identifier(session, scene)
            wrong = numbers_given(session, self._desk.region, *_series(scene, now))
            if wrong >= WRONG_TRIES_AN_HOUR:
                raise NotNow("查询次数过多，请一小时后再试，或到窗口查询。", code="TRIED_TOO_OFTEN", status=429)
            right = hmac.compare_digest(identifier[-4:].upper().encode(), code.strip().upper().encode())
            view = ApplicantView(
                case_no=scene.case.case_no,
                matter=scene.matter.title,
                state_title=CASE_TITLES[scene.case.state],
                stages=stages_of(scene),
                items=tuple(_public(item_view(session, scene, i, now)) for i in scene.case.items),
                events=events_of(session, scene, {}),
            )
        if not right:
            with self._database.write(quiet=True) as session:
                next_number(session, self._desk.region, *_series(scene, now))
            raise _not_found()
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


def _series(scene: Scene, now: datetime) -> tuple[str, str]:
    """The number series that counts a case's wrong tries of this hour."""
    return f"progress:{scene.case.id[-12:]}", f"{now:%y%m%d%H}"


def _not_found() -> NotThere:
    return NotThere("没有查到：请核对办件编号和证件号码后四位，编号在收件回执上。", code="PROGRESS_NOT_FOUND")


def _public(item: ItemView) -> ItemView:
    """A reason is free text that may name somebody: it stands in the notice, which the applicant gets, and not here."""
    return replace(item, reason="")
