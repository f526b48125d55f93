"""The worker's errands inside: sign a certificate, deliver, archive. It talks to nobody outside but the signer.

Each is split at its durable moments, so that a crash repeats the rest and never the effect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import insert, or_, select

from certificates.certificate import ExtensionField
from certificates.errors import CertificateError, SignerAway
from hub import metrics, trace
from hub.cases import archive, delivery, issuance
from hub.cases.archive import ArchivedFile
from hub.cases.plain import PlainItem
from hub.cases.states import CaseState, ItemState
from hub.clock import Clock
from hub.jobs import Commit
from hub.moments import Moment, reached
from hub.sharinglog import SharingLog
from hub.store import files as file_rows
from hub.store import subjects
from hub.store.database import Database, Session
from hub.store.files import Files, StoredFile
from hub.store.tables import (
    archives,
    case_events,
    certificate_files,
    certificates,
    evidence,
    form_values,
    item_cases,
    materials,
    notices,
)
from hub.store.work import Claimed, GiveUp
from hub.wiring.desk import Desk, applicant_name, material_statuses
from hub.wiring.drawing_later import later
from hub.wiring.form_view import shown
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.making import Making, away
from hub.wiring.scene import Scene

T = TypeVar("T")


@dataclass(frozen=True)
class Finishing:
    database: Database
    desk: Desk
    files: Files
    making: Making
    log: SharingLog
    clock: Clock

    async def sign(self, task: Claimed) -> Commit | None:
        """Make the certificate of one decision. The authority's key signs only what its recorded decision reserved."""
        scene = await self._read(lambda s: self.desk.scene(s, task.args["case_id"]))
        own = scene.case.numbered(task.args["item_no"])
        if own.certificate_signed:
            return None
        if own.state != ItemState.APPROVED:
            raise GiveUp("There is no recorded decision for this certificate; nothing was signed.", code="NO_DECISION")
        return await anyio.to_thread.run_sync(self._sign, scene, own)

    def _sign(self, scene: Scene, own: PlainItem) -> Commit:
        item = scene.item(own.item)
        with self.database.read() as session:
            reserved = issuance.find(session, own.id)
            holder = self._holder(session, scene)
            values = self._fields(session, scene, own, {holder.name, holder.code})
        if reserved is None:
            raise GiveUp("There is no recorded decision for this certificate; nothing was signed.", code="NO_DECISION")
        try:
            with trace.span("signing", case=scene.case.id, department=own.department) as span, metrics.signing():
                content = issuance.content_of(reserved, item, scene.site, holder, values)
                with used_for(KeyAct.DECISION, reserved.id):
                    made = self.making.make(
                        scene.site, reserved.authority, content, reserved.reserved_at, reserved.place, _signed
                    )
                span.note(suite=made.carriers[0].suite)
        except SignerAway as e:
            raise away(e) from e
        except CertificateError as e:
            raise GiveUp(
                f"The certificate could not be signed ({type(e).__name__}); see `yijian doctor` about keys."
            ) from e
        # From here the certificate exists on disk; its rows and what is told of it follow in one transaction.
        reached(Moment.CERTIFICATE_KEPT)

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            current = fresh.case.numbered(own.item_no)
            if current.certificate_signed:
                return
            for stored in made.stored:
                file_rows.note(session, stored, now)
            by = issuance.decided_by(session, fresh.case.id, own.item_no)
            issuance.record(session, fresh.case.region, reserved, made.carriers, by, now)
            later(session, reserved.id, made, now)
            facts = self.desk.item_facts(session, fresh, own.item, now)
            self.desk.do(session, fresh, issuance.signed(current, reserved, item, facts), own.department, now)

        return commit

    async def deliver(self, task: Claimed) -> Commit | None:
        """Electronic results are delivered at once (seed 000 二(五)); the window's wait for a person to fetch them."""
        scene = await self._read(lambda s: self.desk.scene(s, task.args["case_id"]))
        if scene.case.delivery.get("way") != "electronic" or scene.case.state != CaseState.DELIVERING:
            return None

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            if fresh.case.state != CaseState.DELIVERING:
                return
            facts = self.desk.facts(session, fresh, now)
            self.desk.do(session, fresh, delivery.deliver(fresh.case, "electronic", "", facts), "hub", now)

        return commit

    async def archive(self, task: Claimed) -> Commit | None:
        """Gather every file of the case under one manifest."""
        scene = await self._read(lambda s: self.desk.scene(s, task.args["case_id"]))
        if scene.case.state == CaseState.ARCHIVED:
            return None
        return await anyio.to_thread.run_sync(self._archive, scene)

    def _archive(self, scene: Scene) -> Commit:
        with self.database.read() as session:
            made = [
                self._keep(f"{kind}/{name}", body, media)
                for kind, name, body, media in _written(session, scene.case.id)
            ]
            held = _held(session, scene.case.id)
            events = _events(session, scene.case.id)
            lacking = tuple(c for c, status in material_statuses(session, scene).items() if status == "deferred")
        listed = tuple(
            ArchivedFile(n.partition("/")[0], n.partition("/")[2], s.sha256, s.size, s.media_type) for n, s in made
        )
        size, now = self.log.size(), self.clock()
        root = self.log.root(size)
        body = archive.manifest(scene.case, (*listed, *held), events, size, root.hex(), now, lacking)
        stored = self.files.keep(body, "application/json")
        reached(Moment.ARCHIVE_KEPT)

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            for _, file in made:
                file_rows.note(session, file, now)
            file_rows.note(session, stored, now)
            count = len(listed) + len(held)
            session.execute(
                insert(archives).values(
                    case_id=scene.case.id, manifest_file=stored.sha256, files=count, archived_at=now
                )
            )
            self.desk.do(session, fresh, archive.archived(fresh.case, stored.sha256, count), "hub", now)

        return commit

    # --- reading -------------------------------------------------------------------------------------------------------

    def _holder(self, session: Session, scene: Scene) -> issuance.HolderFacts:
        party = subjects.subject(session, scene.case.applicant)
        return issuance.HolderFacts(applicant_name(session, scene), party.identifier, party.kind == "person")

    def _fields(
        self, session: Session, scene: Scene, own: PlainItem, said: Collection[str]
    ) -> tuple[ExtensionField, ...]:
        """The type's own fields in its order, from the form of this item, by the dictionary name of the form field.

        What the certificate says of its holder already (`said`) is not said twice; codes are written in words, and empty ones left out.
        """
        item = scene.item(own.item)
        kind = scene.site.certificates[item.result.certificate_type]
        rows = session.execute(
            select(form_values.c.field, form_values.c.value).where(form_values.c.case_id == scene.case.id)
        )
        values = {r.field: str(r.value or "") for r in rows}
        given = {f.definition.name: f for f in scene.form.fields if f.key in item.result.fields}
        found = ((e, given[e.field]) for e in kind.extensions if e.field in given)
        return tuple(
            ExtensionField(e.name, f"{e.label}（{f.definition.unit}）" if f.definition.unit else e.label, text)
            for e, f in found
            if (text := shown(f, values.get(f.key, ""))) and values[f.key] not in said
        )

    def _keep(self, name: str, body: bytes, media_type: str) -> tuple[str, StoredFile]:
        return name, self.files.keep(body, media_type)

    async def _read(self, function: Callable[[Session], T]) -> T:
        def read() -> T:
            with self.database.read() as session:
                return function(session)

        return await anyio.to_thread.run_sync(read)


def _signed() -> None:
    reached(Moment.CERTIFICATE_SIGNED)


def _written(session: Session, case_id: str) -> list[tuple[str, str, bytes, str]]:
    """What lies in rows and is written out for the archive: notices as issued, and the form with each value's source."""
    found = [
        ("notice", f"{r.number}.html", str(r.body).encode(), "text/html")
        for r in session.execute(
            select(notices.c.number, notices.c.body).where(notices.c.case_id == case_id).order_by(notices.c.number)
        )
    ]
    c = form_values.c
    rows = session.execute(
        select(c.field, c.value, c.status, c.source, c.override).where(c.case_id == case_id).order_by(c.field)
    )
    form = [
        {"field": r.field, "value": r.value, "status": r.status, "source": r.source, "override": r.override}
        for r in rows
    ]
    return [
        *found,
        ("form", "form.json", json.dumps(form, ensure_ascii=False, sort_keys=True).encode(), "application/json"),
    ]


def _held(session: Session, case_id: str) -> tuple[ArchivedFile, ...]:
    """The files that the case holds already: evidence, materials, and whatever carries each certificate (data, code, OFD, PDF)."""
    found: list[tuple[str, str, str]] = []
    for r in session.execute(
        select(evidence.c.resource, evidence.c.raw_file, evidence.c.document_file).where(evidence.c.case_id == case_id)
    ):
        found += [("evidence", r.resource, digest) for digest in (r.raw_file, r.document_file) if digest]
    for m in session.execute(
        select(materials.c.code, materials.c.file).where(materials.c.case_id == case_id, materials.c.file != "")
    ):
        found.append(("material", m.code, m.file))
    found += _certificates(session, case_id)
    stored = ((kind, name, file_rows.described(session, digest)) for kind, name, digest in found)
    return tuple(ArchivedFile(kind, name, s.sha256, s.size, s.media_type) for kind, name, s in stored)


def _certificates(session: Session, case_id: str) -> list[tuple[str, str, str]]:
    """What carries each result: of one signed here (`certificate`), and of one that its department handed over (`gathered`)."""
    c, i, f = certificates.c, item_cases.c, certificate_files.c
    rows = session.execute(
        select(c.identifier, c.origin, f.kind, f.file)
        .join_from(item_cases, certificates, or_(c.item_case_id == i.id, c.id == i.imported_id))
        .join(certificate_files, f.certificate_id == c.id)
        .where(i.case_id == case_id, c.state == "signed")
        .order_by(c.identifier, f.kind)
    )
    kinds = {"issued": "certificate", "imported": "gathered"}
    return [(kinds[r.origin], f"{r.identifier}.{r.kind}", r.file) for r in rows]


def _events(session: Session, case_id: str) -> tuple[dict[str, object], ...]:
    rows = session.execute(select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.no))
    return tuple(
        {"no": r.no, "at": r.at.isoformat(), "kind": r.kind, "item_no": r.item_no, "facts": dict(r.facts)} for r in rows
    )
