"""Builds the hub out of its settings: database, log, keys, adapters, bundles, the worker's errands. It opens no door.

Nothing else puts parts together; a test builds its hub here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from adapters.connect import Connected, Ports
from adapters.kinds.guard import Through
from adapters.outside.ordered import OrderedSigner
from catalog.types import Site
from certificates.faces.fonts import SHIPPED, Fonts
from hub import moments, trace
from hub.cases.facts import Counter
from hub.clock import Clock, utc_now
from hub.errors import HubError, NotThere
from hub.exchange import Exchange
from hub.identity.accounts import LoginRules
from hub.identity.answering import AnswerKey
from hub.jobs import Handler, Pulse, Runner
from hub.outbox import Outbox
from hub.prefill.byhand import ASK_WIRE, CLOSE_BY_HAND, TO_HAND
from hub.prefill.deferred import ASK_AGAIN
from hub.prefill.driver import ANSWER_LATER, Prefill
from hub.prefill.rounds import ASK
from hub.prefill.takeback import TakingBack
from hub.settings import VERSION, Settings
from hub.sharinglog import SharingLog, Watermarks
from hub.store import migrate
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.files import Files, FolderStore
from hub.store.sealing import RING
from hub.wiring import connections, keys, private, signing
from hub.wiring.access import Looks
from hub.wiring.applicant import ApplicantBundle
from hub.wiring.arriving import accept_by, record_batch
from hub.wiring.asked import AskedItems
from hub.wiring.auditor import AuditorBundle
from hub.wiring.bells import Bells
from hub.wiring.bringing import Bringing
from hub.wiring.catalog_manager import CatalogBundle
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.certificate_codes import CertificateCodes
from hub.wiring.certificate_links import CertificateLinks
from hub.wiring.certificate_sharing import CertificateSharing
from hub.wiring.clerk import ClerkBundle, ClerkParts
from hub.wiring.code_use import CodeUse
from hub.wiring.collecting import Collecting
from hub.wiring.department_checks import DepartmentChecks
from hub.wiring.departments import DepartmentsBundle
from hub.wiring.desk import Desk
from hub.wiring.drawing_later import DRAW_FACES, DrawingLater
from hub.wiring.errands import Errands
from hub.wiring.fallingback import FallingBack, fallbacks_of
from hub.wiring.finishing import Finishing
from hub.wiring.gauges import Gauges
from hub.wiring.guessing import Guessing
from hub.wiring.held_certificates import HeldCertificates
from hub.wiring.inbox_store import Inbox
from hub.wiring.keys import HubKeys
from hub.wiring.making import Making
from hub.wiring.operations import OperatorBundle, Watched
from hub.wiring.own_status import OwnStatus
from hub.wiring.polling import Polling
from hub.wiring.presence import Presence
from hub.wiring.questions import exchange_of, prefill_of
from hub.wiring.readiness import Parts, Readiness
from hub.wiring.registry import RegistryBundle, RegistryParts
from hub.wiring.reserving import SIGN_VERSION
from hub.wiring.restamping import Restamping
from hub.wiring.reviewer import ReviewerBundle
from hub.wiring.session import SessionBundle
from hub.wiring.sharing import SharingBundle
from hub.wiring.status_lists import StatusLists, address_of
from hub.wiring.switchboard import Switchboard
from hub.wiring.systems import DepartmentBundle, PlatformBundle
from hub.wiring.taking_in import TakingIn
from hub.wiring.ticks import TICKS, Ticks
from hub.wiring.verification import VerificationBundle
from hub.wiring.versions import Versions

program_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hub:
    """A hub, ready for its doors. `close` ends what it opened."""

    settings: Settings
    clock: Clock
    database: Database
    log: SharingLog
    catalogs: Catalogs
    files: Files
    signer: OrderedSigner
    adapters: Mapping[str, Connected]
    board: Switchboard | None
    """Follows what is published; None where the departments were given."""
    prefill: Prefill
    session: SessionBundle
    clerk: ClerkBundle
    reviewer: ReviewerBundle
    auditor: AuditorBundle
    catalog: CatalogBundle
    operator: OperatorBundle
    departments: DepartmentsBundle
    applicant: ApplicantBundle
    verification: VerificationBundle
    registry: RegistryBundle
    certificate_sharing: CertificateSharing
    certificate_codes: CertificateCodes
    code_use: CodeUse
    certificate_links: CertificateLinks
    bringing: Bringing
    status_lists: StatusLists
    department: DepartmentBundle
    platform: PlatformBundle
    sharing: SharingBundle
    answer_key: AnswerKey | None
    bells: Bells
    handlers: Mapping[str, Handler]
    pulse: Pulse
    readiness: Readiness
    gauges: Gauges

    def runner(self) -> Runner:
        """This process's worker."""
        return Runner(
            self.database,
            self.handlers,
            TICKS,
            self.settings.node,
            self.clock,
            slots=self.settings.worker_slots,
            lease=timedelta(seconds=self.settings.lease_seconds),
            pulse=self.pulse,
        )

    def presence(self) -> Presence:
        """What this process says of itself to the other nodes."""
        board = self.board
        catalog = (lambda: board.now.digest) if board is not None else lambda: ""
        return Presence(self.database, self.settings.node, self.clock, self.settings.worker, catalog)

    async def close_adapters(self) -> None:
        for connected in self.adapters.values():
            await connected.close()
        if self.board is not None:
            await self.board.close_replaced(0)

    def close(self) -> None:
        self.log.close()
        self.database.close()


@dataclass(frozen=True)
class Ground:
    """What every part stands on: settings, keys, database, log, catalogs, files."""

    settings: Settings
    clock: Clock
    keys: HubKeys
    database: Database
    log: SharingLog
    catalogs: Catalogs
    files: Files


def ground(settings: Settings, clock: Clock = utc_now) -> Ground:
    """Open database and log, bring the tables up to date, load the keys. Raises KeysMissing, StoreUnavailable, LogUnavailable."""
    private.close_folder(settings.folder)
    half = private.unfinished(settings.folder)
    if half:
        message = (
            f"The restore of backup {half} did not come to its end here: run `yijian restore` with that backup again."
        )
        raise HubError(message, code="RESTORE_UNFINISHED")
    loaded = keys.load(settings.keys_folder, settings.key_passphrase)
    RING.use(loaded.sealing)
    for url in (settings.hub_database, settings.log_database):
        private.make_file_of(url)
    database = Database(settings.hub_database)
    migrate.upgrade(database)
    node = f"{settings.node} yijian/{VERSION}"
    log = SharingLog.open(
        settings.log_database, loaded.log, settings.log_origin_name, clock, node, heads=settings.heads_folder
    )
    catalogs = Catalogs(database, settings.site, settings.region)
    files = Files(FolderStore(settings.folder / "files"))
    return Ground(settings, clock, loaded, database, log, catalogs, files)


def build(
    settings: Settings,
    clock: Clock = utc_now,
    adapters: Mapping[str, Connected] | None = None,
    through: Through | None = None,
) -> Hub:
    """The whole hub. Without a published catalog it starts with no department connected. See `ground` for what it raises.
    `adapters` by department code are reached otherwise than the file of connections says; `through` stands before the sockets of HTTP.
    """
    base = ground(settings, clock)
    s, database, log, desk = base.settings, base.database, base.log, _desk(base)
    board = _switchboard(base, through) if adapters is None else None
    adapters = board if board is not None else adapters or {}
    exchange = exchange_of(log, adapters, clock)
    prefill = prefill_of(database, exchange, base.files, base.catalogs, base.keys.index, fallbacks_of(adapters))
    looks, signer = Looks(log), signing.signer_of(base.settings, base.keys, base.log)
    making, own = _making(base, signer), _own_status(base, signer)
    verification = VerificationBundle(s.folder / "trust", clock, own=own)
    registry, pulse = _registry_parts(base, looks, making, verification), Pulse()
    readiness = Readiness(Parts(database, log, base.catalogs, signer, s.folder, pulse if s.worker else None))
    collecting, auditor = _collecting(base, exchange), AuditorBundle(database, log, base.catalogs, clock)
    watched = Watched(adapters, readiness, lambda: auditor.verified_at, s.folder, s.node, bool(s.timestamp_url))
    parts = ClerkParts(database, desk, prefill, looks, base.files, clock, base.keys.index, s.max_upload_bytes, making)
    return Hub(
        settings=s,
        clock=clock,
        database=database,
        log=log,
        catalogs=base.catalogs,
        files=base.files,
        signer=signer,
        adapters=adapters,
        board=board,
        prefill=prefill,
        session=SessionBundle(database, _login_rules(s), log, s.region),
        clerk=ClerkBundle(parts),
        reviewer=ReviewerBundle(database, desk, base.catalogs, looks, base.files, clock),
        auditor=auditor,
        catalog=CatalogBundle(database, base.catalogs, s.site, s.region, log, clock),
        operator=OperatorBundle(database, log, base.catalogs, watched, clock),
        departments=DepartmentsBundle(database, log, base.catalogs, adapters, s, clock, board),
        applicant=ApplicantBundle(database, desk, log, clock, Guessing(s.region, base.keys.index), making),
        verification=verification,
        registry=RegistryBundle(registry, log),
        certificate_sharing=CertificateSharing(registry, log),
        certificate_codes=CertificateCodes(registry, log),
        code_use=CodeUse(registry, log),
        certificate_links=CertificateLinks(registry, log, s.public_url),
        bringing=Bringing(registry, log),
        status_lists=own.lists,
        department=DepartmentBundle(database, desk, clock),
        platform=PlatformBundle(database, desk, clock),
        sharing=SharingBundle(database, base.catalogs, exchange, adapters, collecting),
        answer_key=base.keys.answers,
        bells=Bells(database),
        handlers={**_handlers(base, desk, adapters, prefill, making), "forget_questions": collecting.forget_in_time},
        pulse=pulse,
        readiness=readiness,
        gauges=Gauges(database, log, adapters, readiness, s.folder, s.node, clock),
    )


def _collecting(base: Ground, exchange: Exchange) -> Collecting:
    return Collecting(base.database, exchange, base.files, base.log, base.settings.region, base.clock)


def _own_status(base: Ground, signer: OrderedSigner) -> OwnStatus:
    s = base.settings
    lists = StatusLists(base.database, base.catalogs, signer, address_of(s.public_url), base.clock)
    return OwnStatus(base.database, s.region, lists, base.clock)


def _desk(base: Ground) -> Desk:
    s = base.settings
    return Desk(base.catalogs, s.region, Counter(s.window_name, s.window_phone, s.complaint_phone))


def _login_rules(s: Settings) -> LoginRules:
    return LoginRules(s.login_tries, timedelta(minutes=s.login_rest_minutes), timedelta(minutes=s.session_minutes))


def _making(base: Ground, signer: OrderedSigner) -> Making:
    lists = address_of(base.settings.public_url)
    stamper = signing.timestampers_of(base.settings)
    fonts = Fonts((SHIPPED, base.settings.font)) if base.settings.font else None
    trust = TrustFolder(base.settings.folder / "trust")
    return Making(
        base.files,
        signer,
        base.settings.site / "faces",
        base.keys.index,
        lists,
        stamper,
        fonts,
        trust.revocation,
        trust.list_makers,
    )


def _registry_parts(base: Ground, looks: Looks, making: Making, verification: VerificationBundle) -> RegistryParts:
    s = base.settings
    return RegistryParts(
        *(base.database, base.catalogs, looks, base.files, base.clock, base.keys.index, s.region, making),
        s.window_name,
        verification.believed,
    )


def _handlers(
    base: Ground, desk: Desk, adapters: Mapping[str, Connected], prefill: Prefill, making: Making
) -> Mapping[str, Handler]:
    box = Outbox(base.log)
    errands = Errands(
        *(base.database, desk, adapters, box, base.files, base.keys.index),
        lambda session: _platform_code(base, session),
        connections.GATEWAY,
    )
    finishing = Finishing(base.database, desk, base.files, making, base.log, base.clock)
    versions = Versions(base.database, base.catalogs, making, base.clock, base.settings.region)
    drawing = DrawingLater(base.database, base.catalogs, making, base.settings.region)
    restamping = Restamping(base.database, making, base.clock, base.settings.region)
    polling = Polling(desk, adapters)
    taking = TakingIn(base.database, base.files, base.settings.region, base.keys.index)
    asked = AskedItems(base.database, desk, prefill, taking, base.settings.folder / "trust", base.clock)
    taking_back = TakingBack(prefill)
    checks = DepartmentChecks(base.database, base.log, base.catalogs, adapters, base.settings, base.clock)
    ticks = Ticks(base.log, adapters, Watermarks(timedelta(seconds=base.settings.intent_lost_after_seconds)))
    return {
        ASK: asked.answer_one,
        ANSWER_LATER: asked.answer_later,
        ASK_AGAIN: asked.ask_again,
        TO_HAND: taking_back.to_hand,
        ASK_WIRE: partial(asked.follow, taking_back.ask_wire),
        CLOSE_BY_HAND: taking_back.close_by_hand,
        "fall_back": FallingBack(prefill.fallbacks, base.settings.region).look,
        "gather": asked.gather,
        "take_document": asked.take_document,
        "hand_over": errands.hand_over,
        "hand_over_sheet": errands.hand_over_sheet,
        "stop": errands.stop,
        "supply": errands.supply,
        "push": errands.push,
        "sms": errands.sms,
        "sign": finishing.sign,
        SIGN_VERSION: versions.sign,
        DRAW_FACES: drawing.draw,
        "expire_certificates": versions.expire,
        "restamp_certificates": restamping.look,
        "deliver": finishing.deliver,
        "archive": finishing.archive,
        "check_departments": checks.daily,
        "sweep_lost": ticks.sweep_lost,
        "collect_files": ticks.collect_files,
        "poll_reports": polling.poll_reports,
        "look_for_reports": polling.look_for_reports,
        "take_report": polling.take_report,
        "report_read": polling.report_read,
        "publish_checkpoint": ticks.publish_checkpoint,
        "forget": ticks.forget,
    }


def _switchboard(base: Ground, through: Through | None) -> Switchboard:
    """Every department that has a connection (an inbox needs none). One that is set up wrongly is left out, loudly."""
    inbox = Inbox(base.database, base.files, base.settings.region, base.clock, lambda given: due(given))

    def ports(site: Site) -> Ports:
        return Ports(
            base.clock,
            inbox=inbox,
            registry=HeldCertificates(base.database, base.files, base.settings.region, base.keys.index, base.clock),
            on_batch=lambda batch: record_batch(base.log, site, batch),
            replica_folder=base.settings.folder / "replicas",
            replica_url=_shared(base.settings.hub_database),
            traceparent=trace.traceparent,
            share=base.settings.asking_processes,
            reached=moments.outside(),
            through=through,
        )

    board = Switchboard(base.catalogs, base.settings.connections_file, ports, base.clock)

    def due(given: datetime) -> datetime:
        return accept_by(board.now.site or base.catalogs.current())(given)

    board.look()
    return board


def _shared(url: str) -> str:
    """Where many nodes keep their replicas together; "" where one machine keeps them as files."""
    return url if url.startswith("postgresql") else ""


def _platform_code(base: Ground, session: Session) -> str:
    try:
        return base.catalogs.current(session).platform
    except NotThere:
        return ""
