"""用证码 at the window: a holder lets one department have something of certificates of theirs, for one purpose, so many times until a moment.

The window makes and revokes a code on the holder's behalf, in a case in which the holder is proven (what is typed on the progress page is
no proof of who types it). How a code is used stands in `code_use`. Nothing logs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from catalog.types import Site
from certificates.certificate import CertificateContent
from certificates.status import VALID
from hub.clock import new_id
from hub.errors import BadInput, KeyReused, NotAllowed, NotNow
from hub.identity.principal import Principal, Role
from hub.registry import codes, rows
from hub.registry.codes import Code, Cover, Gives
from hub.registry.rows import Entry
from hub.sharinglog import Admin, CaseRef, SharingLog
from hub.store.database import Session
from hub.wiring import calls
from hub.wiring.access import need, operator
from hub.wiring.calls import Call
from hub.wiring.code_views import CodeAsked, CodeCertificate, CodeMade, CodeView, HolderCertificate, HolderView
from hub.wiring.registry import RegistryParts, content_of, proven_in, require_use, row_of, standing_of

LONGEST = timedelta(days=30)
MOST = 10
"""A code's longest life and its most uses (both proposed)."""
MOST_CERTIFICATES = 20
_NOT_PROVEN = "请填写本人已核验的办件编号：持证主体不是该办件中已核验的当事人，不能代其生成用证码。"


class CertificateCodes:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._log = parts, log

    def of_holder(self, p: Principal, holder: str, case_no: str) -> HolderView:
        """Whoever stands at the window: their certificates that hold, and the codes that were made. The look is in the log first.

        Raises BadInput (no number), NotAllowed (HOLDER_NOT_IN_CASE)."""
        need(p, Role.CLERK)
        of, site, asked = self._of, self._of.catalogs.current(), holder.strip().upper()
        if not asked:
            raise BadInput("没有填写证件号码。请填写持证主体的身份号码或者统一社会信用代码。", {"holder": "请填写"})
        with of.database.read() as session:
            found = rows.of_holder(session, of.region, of.index_key, asked)
            if not proven_in(session, of.region, case_no.strip(), found):
                raise NotAllowed(_NOT_PROVEN, code="HOLDER_NOT_IN_CASE")
            made = codes.of_certificates(session, (one.id for one in found))
            views = tuple(code_view(session, of, site, code) for code in made)
        said = [(one, content_of(of.files, one)) for one in found if one.status == VALID and one.file]
        case = CaseRef(None, None, case_no.strip())
        of.looks.record(
            p, "certificate-codes", "search", fields=("holder",), subjects=(asked,), case=case, rows=len(said), query=asked
        )  # fmt: skip
        name = next((content.holder.name for _, content in said if content), "")
        held = tuple(_offered(site, one, content) for one, content in said)
        departments = tuple((code, one.name) for code, one in sorted(site.departments.items()))
        matters = tuple((code, one.title) for code, one in sorted(site.matters.items()))
        return HolderView(name, case_no.strip(), held, views, departments, matters)

    def make(self, p: Principal, asked: CodeAsked) -> CodeMade:
        """A new code for the holder; that it was made is in the log first. The same key and content give the same code.

        Raises KeyReused (recorded), BadInput with every field that cannot be taken (AUDIENCE_UNKNOWN, PURPOSE_MISSING, CODE_ENDS, CODE_TIMES, CODE_GIVES,
        CODE_CERTIFICATES, CODE_FIELDS), NotAllowed (HOLDER_NOT_IN_CASE), NotNow (CERTIFICATE_NOT_VALID)."""
        need(p, Role.CLERK)
        of, now, site = self._of, self._of.clock(), self._of.catalogs.current()
        with of.database.read() as session:
            named = [rows.entry(session, of.region, one.certificate_id) for one in asked.covers]
            if named and not proven_in(session, of.region, asked.case_no.strip(), tuple(named)):
                raise NotAllowed(_NOT_PROVEN, code="HOLDER_NOT_IN_CASE")
            stands = [standing_of(session, one) for one in named]
            call = calls.call_of(p, asked.key, "code", asked)
            if named and (made := self._made_before(session, site, p, call, asked)):
                return made
        known = [(one, content_of(of.files, one)) for one in named]
        _refuse([*_mistakes(site, asked, now), *_uncovered(asked, known)])
        for each in stands:
            require_use(site, each, "copy" if asked.gives == Gives.COPY.value else "share")
        if any(one.status != VALID or not one.file for one in named):
            raise NotNow("只能为有效的证照生成用证码。", code="CERTIFICATE_NOT_VALID")
        gives = Gives(asked.gives)
        covers = tuple(Cover(one.certificate_id, one.fields if gives is Gives.FIELDS else ()) for one in asked.covers)
        text = codes.text_of(of.index_key, covers[0].certificate_id, p.subject, asked.key)
        new = Code(
            new_id(now), covers, asked.case_no.strip(), asked.audience, asked.purpose.strip(), p.subject, now, asked.until,
            asked.times, gives, asked.matter,
        )  # fmt: skip
        self._note(p, "make", new)
        with of.database.write() as session:
            calls.begin(session, call, now)
            kept = codes.make(session, of.region, codes.hash_of(of.index_key, of.region, text), new)
            calls.remember(session, call, {"id": kept.id})
            view = code_view(session, of, site, kept)
        return CodeMade(_grouped(text), view)

    def _made_before(self, session: Session, site: Site, p: Principal, call: Call, asked: CodeAsked) -> CodeMade | None:
        """The code that the call made before. Raises KeyReused, recorded, where the key stands for another content."""
        of, first = self._of, asked.covers[0].certificate_id
        text = codes.text_of(of.index_key, first, p.subject, asked.key)
        try:
            answered = calls.known(session, call) is not None
            kept = codes.known(session, of.region, codes.hash_of(of.index_key, of.region, text))
            if kept is not None and not answered and not _as_asked(kept, asked):
                raise KeyReused
        except KeyReused as e:
            self._log.append(Admin("certificate_code:make", first, operator(p), None, "refused", e.code.lower()))
            raise
        return CodeMade(_grouped(text), code_view(session, of, site, kept)) if kept is not None else None

    def codes(self, p: Principal, certificate_id: str) -> tuple[CodeView, ...]:
        """Those for a certificate, newest first; none shows the code itself."""
        need(p, Role.CLERK)
        of = self._of
        with of.database.read() as session:
            one = rows.entry(session, of.region, certificate_id)
            site = of.catalogs.current()
            return tuple(code_view(session, of, site, code) for code in codes.of_certificates(session, [one.id]))

    def revoke(self, p: Principal, code_id: str) -> CodeView:
        """The holder does not want it any more: from now on it is of no use. Raises NotThere (CODE_UNKNOWN)."""
        need(p, Role.CLERK)
        of = self._of
        with of.database.write() as session:
            code = codes.revoke(session, of.region, code_id, p.subject, of.clock())
            view = code_view(session, of, of.catalogs.current(), code)
        self._note(p, "revoke", code)
        return view

    def _note(self, p: Principal, act: str, code: Code) -> None:
        about = CaseRef(None, None, code.case_no)
        self._log.append(Admin(f"certificate_code:{act}", code.id, operator(p), about, note=code.purpose))


def code_view(session: Session, of: RegistryParts, site: Site, code: Code) -> CodeView:
    """A code as a list shows it, in its state now."""
    matter, department = site.matters.get(code.matter), site.departments.get(code.audience)
    return CodeView(
        code.id, code.audience, department.name if department else code.audience, code.matter,
        matter.title if matter else code.matter, code.purpose, code.made_at, code.until, code.times, code.used,
        code.why_not(of.clock()) or "usable", code.gives.value,
        tuple(_covered(session, of, site, one) for one in code.covers),
    )  # fmt: skip


def _grouped(text: str) -> str:
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def _as_asked(kept: Code, asked: CodeAsked) -> bool:
    """Whether a code of before calls were remembered says what is asked."""
    names = ("audience", "until", "times", "matter")
    same = all(getattr(kept, name) == getattr(asked, name) for name in names)
    ids = [tuple(one.certificate_id for one in code.covers) for code in (kept, asked)]
    return same and ids[0] == ids[1] and (kept.purpose, kept.gives.value) == (asked.purpose.strip(), asked.gives)


def _covered(session: Session, of: RegistryParts, site: Site, cover: Cover) -> CodeCertificate:
    one = rows.entry(session, of.region, cover.certificate_id)
    row, kind = row_of(site, one), site.certificates.get(one.type_code)
    labels = {field.name: field.label for field in kind.extensions} if kind else {}
    fields = tuple((name, labels.get(name, name)) for name in cover.fields)
    return CodeCertificate(one.id, one.identifier, one.type_code, row.type_name, row.authority, fields)


def _offered(site: Site, one: Entry, content: CertificateContent | None) -> HolderCertificate:
    row = row_of(site, one)
    fields = tuple((field.name, field.label) for field in content.fields) if content else ()
    return HolderCertificate(one.id, one.number, row.type_name, row.authority, one.valid_to, fields)


# --- what cannot be taken ------------------------------------------------------------------------------------------------


def _refuse(found: list[BadInput]) -> None:
    """Raises BadInput with every mistake at its field, under the code of the first."""
    if found:
        fields = {place: words for one in reversed(found) for place, words in one.fields.items()}
        words = "；".join(dict.fromkeys(str(one).rstrip("。") for one in found))
        raise BadInput(f"{words}。", fields, code=found[0].code)


def _at(place: str, words: str, *, code: str) -> BadInput:
    return BadInput(words, {place: words}, code=code)


def _mistakes(site: Site, asked: CodeAsked, now: datetime) -> Iterator[BadInput]:
    if asked.audience not in site.departments:
        yield _at("audience", "没有这个部门。用证码只给一个部门使用，请选择部门。", code="AUDIENCE_UNKNOWN")
    if asked.matter and asked.matter not in site.matters:
        yield _at("matter", "目录里没有这件事。请从列表中选择，或者不限定。", code="CODE_MATTER")
    if not asked.purpose.strip() or len(asked.purpose) > 60:
        yield _at("purpose", "请写明用途，60 字以内。", code="PURPOSE_MISSING")
    if not now < asked.until <= now + LONGEST:
        yield _at("until", "有效期从现在起，最长三十天。请改日期。", code="CODE_ENDS")
    if not 1 <= asked.times <= MOST:
        yield _at("times", f"使用次数是 1 至 {MOST} 次。", code="CODE_TIMES")
    if asked.gives not in {one.value for one in Gives}:
        yield _at("gives", "请选择给出加注件、列明的内容或者只核验。", code="CODE_GIVES")


def _uncovered(asked: CodeAsked, known: list[tuple[Entry, CertificateContent | None]]) -> Iterator[BadInput]:
    ids = [one.certificate_id for one in asked.covers]
    if not 0 < len(ids) <= MOST_CERTIFICATES or len(set(ids)) < len(ids):
        yield _at("certificates", f"请选择证照，每本一次，最多 {MOST_CERTIFICATES} 本。", code="CODE_CERTIFICATES")
    elif len({one.subject_id for one, _ in known}) > 1:
        yield _at("certificates", "一个用证码只用于同一持证主体的证照。请分别生成。", code="CODE_CERTIFICATES")
    if asked.gives != Gives.FIELDS.value:
        return
    for cover, (_, content) in zip(asked.covers, known, strict=True):
        there = {field.name for field in content.fields} if content else set()
        if not cover.fields or not set(cover.fields) <= there:
            yield _at(f"fields.{cover.certificate_id}", "请至少勾选这本证照的一项内容。", code="CODE_FIELDS")
