"""The bundle of the public progress page: what an applicant may read of their own case with its number. It shows no one's facts; the
files of a certificate, which hold some, need the holder's whole number too.

Four characters can be guessed, so who guesses waits, longer each time, and nobody else does (docs/decisions/0011): `hub.wiring.guessing`
counts by source and case. Every look is in the sharing log.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

from certificates.certificate import read
from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.cases.load import id_of_number
from hub.cases.states import CASE_TITLES
from hub.cases.views import ItemView
from hub.clock import Clock
from hub.errors import NotThere
from hub.registry import rows, stamps
from hub.registry.rows import Entry
from hub.sharinglog import CaseRef, Operator, SharingLog, Viewed
from hub.store.database import Database, Session
from hub.wiring import showing
from hub.wiring.carriers import handed, offered
from hub.wiring.case_view import events_of, item_views, stages_of
from hub.wiring.desk import Desk, applicant_identifier
from hub.wiring.guessing import Guessing
from hub.wiring.listings import FileView
from hub.wiring.making import Held, Making
from hub.wiring.persons import basis_of
from hub.wiring.phones import phones
from hub.wiring.results import Result, result_file
from hub.wiring.scene import Scene
from hub.wiring.showing import Offer, ShownCode
from hub.wiring.verification import TooOften

APPLICANT = Operator("applicant", "yijian-progress")


@dataclass(frozen=True)
class _Opened:
    """A case that somebody opened with its four characters; `identifier` is the applicant's."""

    scene: Scene
    identifier: str = field(repr=False)
    view: ApplicantView


class ApplicantBundle:
    def __init__(
        self, database: Database, desk: Desk, log: SharingLog, clock: Clock, guessing: Guessing, making: Making
    ) -> None:
        self._database, self._desk, self._log, self._clock, self._guessing = database, desk, log, clock, guessing
        self._making, self._rate = making, TooOften()

    def progress(self, case_no: str, code: str, source: str) -> ApplicantView:
        """`code` are the last four digits of a phone told for an enterprise, or of a person's identifier; `source` is the address
        that asks.

        Raises NotThere, the same for every wrong pair; NotNow (TRIED_TOO_OFTEN, status 429) for a source that was wrong too often.
        """
        opened = self._opened(case_no, code, source)
        self._record("progress", "screen", opened)
        # From here it may be shown: its record is on disk.
        return opened.view

    def certificate_file(self, asked: OwnFile, source: str) -> FileView:
        """A file of the applicant's certificate. A certificate says its holder's whole number, so who gets it must know that already:
        the four characters alone open states and dates (proposed, docs/decisions/0011). A wrong number is a wrong try.

        Raises as `progress`; NotThere (CERTIFICATE_NOT_THERE, CERTIFICATE_FILE_NOT_THERE)."""
        opened, result, held = self._own(asked, source)
        site, content = opened.scene.site, held.content
        if asked.kind not in {kind for kind, _ in offered(site, result.type_code, result.carriers, result.trust)}:
            raise NotThere("没有这种文件。请从办件进度页面下载。", code="CERTIFICATE_FILE_NOT_THERE")
        found = handed(self._making, site, held, asked.kind)
        fields = ("number", "holder", *(one.name for one in (content.fields if content else ())))
        self._record("progress-certificate", "export", opened, fields, asked.item)
        return found

    def showable(self, asked: OwnFile, source: str) -> Offer:
        """From which fields of the certificate the holder chooses, for a code that shows those and hides the rest.

        Raises as `certificate_file`; NotNow (CERTIFICATE_NOT_VALID)."""
        opened, result, held = self._own(asked, source)
        found = showing.offer(self._entry(result), held.content)
        self._record("progress-showing", "screen", opened, tuple(claim.name for claim in found.claims), asked.item)
        return found

    def show(self, asked: OwnFile, chosen: tuple[str, ...], source: str) -> ShownCode:
        """The code that shows `chosen`, names of claims or their words. It is a disclosure to whom the holder shows it, and recorded as one.

        Raises as `certificate_file` and `showing.code`; NotNow (TRIED_TOO_OFTEN): a code may cost a signature."""
        opened, result, held = self._own(asked, source)
        self._rate.count(source)
        made = showing.code(self._making, self._entry(result), held, chosen, self._clock())
        self._record("progress-showing", "export", opened, made.names, asked.item)
        # From here it may be shown: its record is on disk.
        return made

    def _own(self, asked: OwnFile, source: str) -> tuple[_Opened, Result, Held]:
        """The applicant's certificate of an item, for who knows the holder's whole number. Raises as `certificate_file`."""
        opened = self._opened(asked.case_no, asked.code, source, asked.holder)
        with self._database.read() as session:
            own = next((one for one in opened.scene.case.items if one.item == asked.item), None)
            result = result_file(session, own.id) if own is not None and own.certificate_signed else None
        if result is None:
            raise NotThere("这个事项还没有签发证照。", code="CERTIFICATE_NOT_THERE")
        content = read(self._making.files.read(result.file)).content if result.readable else None
        return opened, result, Held(result.number, result.carriers, content)

    def _entry(self, result: Result) -> Entry:
        with self._database.read() as session:
            return rows.entry(session, self._desk.region, result.id)

    def _opened(self, case_no: str, code: str, source: str, holder: str | None = None) -> _Opened:
        now, number = self._clock(), case_no.strip().upper()
        with self._database.read() as session:
            self._guessing.refuse(session, source, number, now)
            scene = self._scene(session, number)
            view = self._view(session, scene, code) if scene else None
            identifier = applicant_identifier(session, scene) if scene else ""
        knows = holder is None or hmac.compare_digest(holder.strip().upper().encode(), identifier.upper().encode())
        if view is None or scene is None or not knows:
            with self._database.write(quiet=True) as session:
                self._guessing.count(session, source, number, now)
            rest = "" if holder is None else "，以及证照上的全部证件号码"
            raise NotThere(f"没有查到：请核对办件编号和后四位{rest}，编号在收件回执上。", code="PROGRESS_NOT_FOUND")
        return _Opened(scene, identifier, view)

    def _record(
        self, screen: str, action: str, opened: _Opened, fields: tuple[str, ...] = (), item: str | None = None
    ) -> None:
        case = CaseRef(opened.scene.case.matter, item, opened.scene.case.case_no)
        self._log.append(
            Viewed(
                who=APPLICANT,
                screen=screen,
                action=action,
                fields=fields,
                subjects=(opened.identifier,),
                case=case,
                basis=basis_of(screen, case),
            )
        )

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
        items = item_views(session, scene, self._clock())
        return ApplicantView(
            case_no=scene.case.case_no,
            matter=scene.matter.title,
            state_title=CASE_TITLES[scene.case.state],
            stages=stages_of(scene),
            items=tuple(_public(one) for one in items),
            events=events_of(session, scene, {}),
            unstamped=self._making.timestamper is not None
            and any(stamps.waits(session, one.registered) for one in items if one.registered),
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
