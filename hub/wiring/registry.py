"""The registry's bundle 证照库: searched, looked at, acted on. Who may do what stands here; what an act means in `hub.registry.acts`.

Its department's reviewers act on a certificate, on a decision of theirs, and so does its department's system; the window looks, and makes
annotated copies. A holder's number typed by hand opens nothing: the window looks within a case in which the holder is proven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from catalog.types import Department, Site
from certificates.certificate import CertificateContent, read, read_content
from certificates.errors import CertificateError
from certificates.status import STATUSES, VALID
from certificates.trust import Trust
from hub import grades
from hub.clock import Clock, local
from hub.errors import BadInput, HubError, NotAllowed, NotNow
from hub.grades import Standing
from hub.identity.principal import Principal, Role
from hub.registry import rows
from hub.registry.acts import NEW_VERSION, TITLES, Act, act_named, after, open_acts
from hub.registry.renewing import Wish
from hub.registry.rows import Doing, Entry, Wanted
from hub.sharinglog import CaseRef, SharingLog
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.tables import cases, parties
from hub.wiring import annotated, calls, showing
from hub.wiring.access import Looks, need
from hub.wiring.annotated import CopyAsked, copies_of, ending_of
from hub.wiring.carriers import FILE_TITLES, UNSIGNED, handed
from hub.wiring.doers import doers
from hub.wiring.drawing_later import lacking
from hub.wiring.listings import FileView
from hub.wiring.making import Held, Making
from hub.wiring.registry_log import COPY, RegistryLog
from hub.wiring.registry_views import ActView, CertificateRow, CertificateView, CopyRow, TypeView, types_of
from hub.wiring.reserving import reserve
from hub.wiring.taking_in import By, TakingIn
from hub.wiring.verification import LARGEST


@dataclass(frozen=True)
class ActAsked:
    """An act as somebody asks for it. `revision` is that of the page they saw, None for whatever is there."""

    act: str
    reason: str = field(repr=False)
    decision: str
    key: str
    revision: int | None = None
    wish: Wish = field(default_factory=Wish, repr=False)


@dataclass(frozen=True)
class RegistryParts:
    """What the bundle works with."""

    database: Database
    catalogs: Catalogs
    looks: Looks
    files: Files
    clock: Clock
    index_key: bytes = field(repr=False)
    region: str
    making: Making
    maker: str
    """Who makes annotated copies at the window, as they say: its name."""
    trust: Callable[[], Trust]


class RegistryBundle:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._acts = parts, RegistryLog(log, parts.database, parts.region)

    def search(self, p: Principal, wanted: Wanted, page: int) -> tuple[tuple[CertificateRow, ...], bool]:
        """One page, newest first, and whether there are more: a reviewer's own authority's, for the window all. No holder is shown."""
        need(p, Role.REVIEWER, Role.CLERK)
        site = self._of.catalogs.current()
        with self._of.database.read() as session:
            found, more = rows.listed(session, self._of.region, _narrowed(p, site, wanted), max(page, 1))
        return tuple(row_of(site, one) for one in found), more

    def of_holder(self, p: Principal, code: str, case_no: str = "") -> tuple[CertificateRow, ...]:
        """Every certificate of who has this ID number or credit code. The window names the case in which the holder is proven.

        Raises BadInput (no number), NotAllowed (HOLDER_NOT_IN_CASE). The search is in the log before anything is shown."""
        need(p, Role.REVIEWER, Role.CLERK)
        site, asked = self._of.catalogs.current(), code.strip().upper()
        if not asked:
            raise BadInput("没有填写证件号码。请填写持证主体的身份号码或者统一社会信用代码。", {"holder": "请填写"})
        with self._of.database.read() as session:
            found = rows.of_holder(session, self._of.region, self._of.index_key, asked)
            if Role.REVIEWER not in p.roles and not proven_in(session, self._of.region, case_no.strip(), found):
                raise NotAllowed(
                    "请填写本人已核验的办件编号：持证主体不是该办件中已核验的当事人，不能查其证照。",
                    code="HOLDER_NOT_IN_CASE",
                )
        own = own_codes(site, p.organisation)
        mine = tuple(one for one in found if Role.REVIEWER not in p.roles or one.authority in own)
        case = CaseRef(None, None, case_no.strip()) if case_no.strip() else None
        self._of.looks.record(
            p, "registry", "search", fields=("holder",), subjects=(asked,), case=case, rows=len(mine), query=asked
        )
        return tuple(row_of(site, one) for one in mine)

    def certificate(self, p: Principal, certificate_id: str) -> CertificateView:
        """One certificate whole; the look is in the log first. Raises NotThere, NotAllowed."""
        need(p, Role.REVIEWER, Role.CLERK)
        site = self._of.catalogs.current()
        with self._of.database.read() as session:
            one = self._mine(session, p, certificate_id)
            content = self.content(one)
            view = self._view(session, site, p, one, content)
        self._record(p, "certificate", "screen", one, content)
        return view

    def types(self) -> tuple[TypeView, ...]:
        """Every type of the site, by title."""
        return types_of(self._of.catalogs.current())

    def note_role(self, p: Principal, certificate_id: str, act: str) -> None:
        """A door turned this person away for their role; whoever asks for an act of a certificate that is there stands in the log."""
        self._acts.refused(p, act, certificate_id, "role_missing")

    def act(self, p: Principal, certificate_id: str, asked: ActAsked) -> CertificateRow:
        """Do an act on the recorded decision of the issuing authority, by a reviewer of its own or its system. The same key and content
        again: the first answer.

        It is in the log before it takes effect, or as refused.
        Raises NotAllowed, BadInput (ACT_UNKNOWN, REASON_MISSING, DECISION_MISSING, …), NotNow (ACT_NOT_ALLOWED), CERTIFICATE_CHANGED, KeyReused."""
        with self._acts.acting(p, asked.act, certificate_id):
            return self._act(p, certificate_id, asked)

    def _act(self, p: Principal, certificate_id: str, asked: ActAsked) -> CertificateRow:
        need(p, Role.REVIEWER, Role.DEPARTMENT)
        act, site = act_named(asked.act), self._of.catalogs.current()
        if not asked.reason.strip():
            raise BadInput("请写明理由。", {"reason": "请写明理由"}, code="REASON_MISSING")
        if not asked.decision.strip():
            message = "请写明决定文号：没有决定，不能改变证照的状态。"
            raise BadInput(message, {"decision": "请写明决定文号"}, code="DECISION_MISSING")
        by = p.subject if Role.REVIEWER in p.roles else f"system:{p.organisation}"
        doing = Doing(act, by, p.organisation, asked.reason.strip(), asked.decision.strip()[:100], asked.key)
        with self._of.database.write() as session:
            one = self._mine(session, p, certificate_id)
            if one.origin != "issued":
                raise NotAllowed("这本证照由其他系统签发，只能由原签发机关改变其状态。", code="CERTIFICATE_IMPORTED")
            said = [replace(doing, key=""), asked.revision, asked.wish]
            call = calls.call_of(p, asked.key, f"act {one.id}", said)
            first = calls.begin(session, call, self._of.clock())
            if first is not None:
                return row_of(site, replace(one, status=str(first["status"])))
            if asked.revision not in (None, one.revision) and not rows.was_done(session, one, doing):
                raise rows.ChangedMeanwhile("证照刚刚被别人处理过，这一步没有做。请刷新后再试。")
            done = self._do(session, site, p, one, doing, asked.wish)
            calls.remember(session, call, {"status": done.status})
        return row_of(site, done)

    def file(self, p: Principal, certificate_id: str, kind: str) -> FileView:
        """One of its files. Raises NotThere (CERTIFICATE_FILE_NOT_THERE). The disclosure is in the log first."""
        need(p, Role.REVIEWER, Role.CLERK)
        with self._of.database.read() as session:
            one = self._mine(session, p, certificate_id)
            files = rows.files_of(session, one.id)
        content = self.content(one) if kind != "png" or _drawn(one) else None
        found = handed(self._of.making, self._of.catalogs.current(), Held(one.number, files, content), kind)
        self._record(p, "certificate-file", "export", one, content)
        return found

    def take_in(self, p: Principal, file: bytes) -> tuple[CertificateRow, bool]:
        """Take in a certificate that another system issued, as it came, and whether it was there before.

        Raises ImportRefused, HubError (CERTIFICATE_CONFLICT, TOO_LARGE)."""
        need(p, Role.CLERK)
        if len(file) > LARGEST:
            raise HubError(f"文件超过 {LARGEST // 1_000_000} MB，不能归集。", code="TOO_LARGE", status=413)
        of = self._of
        taking = TakingIn(of.database, of.files, of.region, of.index_key)
        with self._acts.taking_in(p, file):
            taken = taking.take(file, of.trust(), By(p.subject, p.organisation), of.clock())
        return row_of(of.catalogs.current(), taken.entry), taken.known

    def copy(self, p: Principal, certificate_id: str, asked: CopyAsked) -> CopyRow:
        """Make an annotated copy (加注件) of a certificate that holds: for one purpose, until a day. The same key and content again: the first.

        It is in the log before it is there. Raises KeyReused, BadInput (PURPOSE_MISSING, COPY_ENDS, COPY_FORM), NotNow (CERTIFICATE_NOT_VALID, FACE_NOT_DRAWN)."""
        with self._acts.acting(p, COPY, certificate_id):
            return self._copy(p, certificate_id, asked)

    def _copy(self, p: Principal, certificate_id: str, asked: CopyAsked) -> CopyRow:
        need(p, Role.REVIEWER, Role.CLERK)
        site, now = self._of.catalogs.current(), self._of.clock()
        with self._of.database.read() as session:
            one = self._mine(session, p, certificate_id)
            call = calls.call_of(p, asked.key, f"copy {one.id}", asked)
            known = annotated.made_before(session, one, asked, local(now).date(), calls.known(session, call))
            held, stands = (
                Held(one.number, rows.files_of(session, one.id), self.content(one)),
                standing_of(session, one),
            )
        if known is not None:
            return known
        mark = annotated.mark_of(asked, self._maker(site, p), local(now).date())
        if held.content is None or one.status != VALID:
            raise NotNow("只能为有效的证照制作加注件。", code="CERTIFICATE_NOT_VALID")
        require_use(site, stands, "copy")
        body, media_type = self._of.making.copy(site, held, mark, asked.form, now)
        stored = self._of.files.keep(body, media_type)
        self._acts.about_to(p, COPY, one.id, asked.purpose.strip(), asked.case_no.strip())
        with self._of.database.write() as session:
            first = calls.begin(session, call, now)
            made = annotated.made_before(session, one, asked, local(now).date(), first)
            made = made or annotated.keep(session, one, asked, p.subject, p.organisation, stored, now)
            calls.remember(session, call, {"id": made.id})
            return made

    def copy_file(self, p: Principal, certificate_id: str, copy_id: str) -> FileView:
        """The copy's file; the disclosure is in the log first. Raises NotThere (COPY_NOT_THERE), NotNow (COPY_ENDED, CERTIFICATE_NOT_VALID)."""
        need(p, Role.REVIEWER, Role.CLERK)
        with self._of.database.read() as session:
            one = self._mine(session, p, certificate_id)
            file, media_type = annotated.file_of(session, one, copy_id, local(self._of.clock()).date())
        body = self._of.files.read(file)
        self._record(p, "certificate-copy", "export", one, self.content(one))
        return FileView(f"{one.number}-加注件{ending_of(media_type)}", media_type, body)

    # --- within the bundle ---------------------------------------------------------------------------------------------

    def content(self, one: Entry) -> CertificateContent | None:
        return content_of(self._of.files, one)

    def _do(self, session: Session, site: Site, p: Principal, one: Entry, doing: Doing, wish: Wish) -> Entry:
        now = self._of.clock()
        if rows.was_done(session, one, doing):
            return one
        if doing.act in NEW_VERSION:
            after(doing.act, one.status)
            reserve(session, site, one, self.content(one), doing, wish, now)
        done = rows.act(session, one, doing, now)
        self._acts.about_to(p, doing.act.value, one.id, f"{doing.decision} {doing.reason}")
        # From here it may be committed: its record is on disk.
        return done

    def _view(
        self, session: Session, site: Site, p: Principal, one: Entry, content: CertificateContent | None
    ) -> CertificateView:
        holder, stands = content.holder if content else None, standing_of(session, one)
        can_act = Role.REVIEWER in p.roles and one.origin == "issued"
        files = {
            *rows.files_of(session, one.id),
            *(("png",) if content and _drawn(one) and self._has_face(site, one) else ()),
        }
        every = ((words, grades.why_not(site.policy, stands, use)) for use, words in grades.USES.items())
        uses, in_clear = tuple(every) if one.trust else (), showing.in_clear(one, content)
        return CertificateView(
            row=row_of(site, one),
            holder_name=holder.name if holder else "",
            holder_code=holder.code if holder else "",
            valid_from=one.valid_from,
            status_since=one.status_since,
            fields=tuple((f.name, f.label, f.value) for f in content.fields) if content else (),
            versions=tuple(row_of(site, v) for v in rows.versions(session, one) if v.state != "reserved"),
            acts=tuple(_act_views(session, site, rows.acts_of(session, one.id))),
            files=tuple((kind, title) for kind, (title, _) in FILE_TITLES.items() if kind in files),
            copies=copies_of(session, one.id, local(self._of.clock()).date()),
            open_acts=tuple((act.value, TITLES[act]) for act in open_acts(one.status)) if can_act else (),
            revision=one.revision,
            can_copy=one.status == VALID
            and content is not None
            and self._has_face(site, one)
            and not grades.why_not(site.policy, stands, "copy"),
            uses=uses,
            to_check=Role.CLERK in p.roles and "not_looked_at" in (why for _, why in uses),
            showable=showing.choices(content) if in_clear else (),
            in_clear=in_clear,
            lacking=lacking(session, one.id, self._of.making.timestamper is not None),
        )

    def _maker(self, site: Site, p: Principal) -> str:
        """Who makes a copy, as it says itself: the reviewer's authority, or the window."""
        department = site.departments.get(p.organisation)
        return department.name if Role.REVIEWER in p.roles and department else self._of.maker

    def _has_face(self, site: Site, one: Entry) -> bool:
        kind = site.certificates.get(one.type_code)
        return kind is not None and self._of.making.layout(kind.face) is not None

    def _mine(self, session: Session, p: Principal, certificate_id: str) -> Entry:
        one = rows.entry(session, self._of.region, certificate_id)
        if Role.CLERK not in p.roles and one.authority not in own_codes(self._of.catalogs.current(), p.organisation):
            raise NotAllowed("这本证照不是本机关颁发的。", code="CERTIFICATE_OF_ANOTHER")
        return one

    def _record(self, p: Principal, screen: str, action: str, one: Entry, content: CertificateContent | None) -> None:
        names = tuple(f.name for f in content.fields) if content else ()
        subjects = (content.holder.code,) if content else ()
        self._of.looks.record(p, screen, action, fields=("number", "holder", *names), subjects=subjects)


def content_of(files: Files, one: Entry) -> CertificateContent | None:
    """What the signed data says: of an imported OFD or PDF as it was verified when it was taken in. None for a version not signed yet."""
    try:
        if not one.file:
            return read_content(one.draft) if one.origin == "imported" and one.draft else None
        return read(files.read(one.file)).content
    except CertificateError:
        return None


def proven_in(session: Session, region: str, case_no: str, found: tuple[Entry, ...]) -> bool:
    """Whether the holders of all these are proven parties of this case."""
    holders = {one.subject_id for one in found if one.subject_id}
    if not case_no or not holders:
        return False
    wanted = select(parties.c.subject_id).join(cases, cases.c.id == parties.c.case_id)
    wanted = wanted.where(cases.c.case_no == case_no, cases.c.region == region, parties.c.proven_at.is_not(None))
    return holders <= {row.subject_id for row in session.execute(wanted)}


def row_of(site: Site, one: Entry) -> CertificateRow:
    department = _issuer(site, one.authority)
    return CertificateRow(
        id=one.id,
        identifier=one.identifier,
        number=one.number,
        type_code=one.type_code,
        type_name=one.type_name or site.certificate_types.get(one.type_code, one.type_code),
        authority=department.name if department else one.authority,
        status=one.status,
        status_title=STATUSES[one.status],
        version=one.version,
        issued_on=local(one.reserved_at).date(),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        origin=one.origin,
        trust=one.trust,
        trust_title=grades.GRADES.get(one.trust, ""),
    )


def _issuer(site: Site, authority: str) -> Department | None:
    """By its code, or of an imported certificate by its credit code."""
    found = (one for one in site.departments.values() if one.uscc == authority)
    return site.departments.get(authority) or next(found, None)


def _drawn(one: Entry) -> bool:
    """Whether its face may be drawn: of what nobody signed it would look like the certificate itself."""
    return one.trust not in UNSIGNED


def own_codes(site: Site, organisation: str) -> tuple[str, ...]:
    """Under which codes the certificates of a department stand: issued here, and imported."""
    department = site.departments.get(organisation)
    return (organisation, department.uscc) if department else (organisation,)


def standing_of(session: Session, one: Entry) -> Standing:
    """Its grade, and whether a clerk compared it with the original."""
    return Standing(
        one.trust, any(known.act is Act.CHECK for known in rows.acts_of(session, one.id)) if one.trust else True
    )


def require_use(site: Site, stands: Standing, use: str) -> None:
    """Raises NotAllowed (GRADE_NOT_ENOUGH, NOT_LOOKED_AT) where the site's rule does not let such a certificate be used so."""
    match grades.why_not(site.policy, stands, use):
        case "grade_not_enough":
            message = f"这本证照的可信等级为 {stands.trust}，按本站点的规定不能用于“{grades.USES[use]}”。"
            raise NotAllowed(message, code="GRADE_NOT_ENOUGH")
        case "not_looked_at":
            raise NotAllowed("这本证照还没有经窗口核对，请先与原件核对。", code="NOT_LOOKED_AT")


def _narrowed(p: Principal, site: Site, wanted: Wanted) -> Wanted:
    if Role.CLERK in p.roles:
        return wanted
    return Wanted(wanted.number, wanted.type_code, wanted.status, own_codes(site, p.organisation))


def _act_views(session: Session, site: Site, found: tuple[rows.ActRow, ...]) -> list[ActView]:
    who = doers(session, site, found)
    return [
        ActView(n.no, TITLES[n.act], n.at, who[n.by], n.reason, n.decision, STATUSES[n.status_after]) for n in found
    ]
