"""用证码: a holder lets one department have an annotated copy of a certificate, for one purpose, so many times until a moment.

The window makes and revokes a code on the holder's behalf, in a case in which the holder is proven (what is typed
on the progress page is no proof of who types it). The code is the consent: its use needs no grant and no case of the department's. Nothing logs it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from certificates.status import VALID
from hub.clock import local, new_id
from hub.errors import BadInput, HubError, NotAllowed, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.registry import codes, rows
from hub.registry.codes import Code
from hub.sharinglog import Admin, Basis, CaseRef, Operator, Provider, SharingLog
from hub.store.database import Session
from hub.wiring import annotated
from hub.wiring.access import need, operator
from hub.wiring.annotated import CopyAsked
from hub.wiring.certificate_sharing import (
    COPY,
    OWN,
    REGISTRY,
    Held,
    digest_of,
    drawn,
    held_of,
    provider_of,
)
from hub.wiring.making import PNG
from hub.wiring.registry import RegistryParts, proven_in
from hub.wiring.shared_views import CodeAsked, CodeMade, CodeView, Given
from hub.wiring.sharing_records import Records, Regarding

LONGEST = timedelta(days=30)
MOST = 10
"""A code's longest life and its most uses (both proposed)."""
CONSENT = "持证主体同意（用证码）"


class CodeRefused(HubError):
    """A code that was good once and is not any more; `code` says why."""

    code = "CODE_EXPIRED"
    status = 410


class CertificateCodes:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._log, self._records = parts, log, Records(log)

    # --- for the holder, at the window ------------------------------------------------------------------------------------

    def make(self, p: Principal, certificate_id: str, asked: CodeAsked) -> CodeMade:
        """A new code for the holder; that it was made is in the log first. The same key gives the same code.

        Raises NotAllowed (HOLDER_NOT_IN_CASE), NotNow (CERTIFICATE_NOT_VALID), BadInput (AUDIENCE_UNKNOWN, PURPOSE_MISSING, CODE_ENDS)."""
        need(p, Role.CLERK)
        of, now = self._of, self._of.clock()
        self._check(asked, now)
        with of.database.read() as session:
            one = rows.entry(session, of.region, certificate_id)
            if not proven_in(session, of.region, asked.case_no.strip(), (one,)):
                message = "请填写本人已核验的办件编号：持证主体不是该办件中已核验的当事人，不能代其生成用证码。"
                raise NotAllowed(message, code="HOLDER_NOT_IN_CASE")
        if one.status != VALID or not one.file:
            raise NotNow("只能为有效的证照生成用证码。", code="CERTIFICATE_NOT_VALID")
        text = codes.text_of(of.index_key, one.id, p.subject, asked.key)
        new = Code(
            new_id(now), one.id, asked.case_no.strip(), asked.audience, asked.purpose.strip(), p.subject, now, asked.until, asked.times
        )  # fmt: skip
        self._note(p, "make", new)
        with of.database.write() as session:
            kept = codes.make(session, of.region, codes.hash_of(of.index_key, of.region, text), new)
        return CodeMade("-".join(text[i : i + 4] for i in range(0, len(text), 4)), _view(kept, now))

    def codes(self, p: Principal, certificate_id: str) -> tuple[CodeView, ...]:
        """Those of a certificate, newest first; none shows the code itself."""
        need(p, Role.CLERK)
        with self._of.database.read() as session:
            one = rows.entry(session, self._of.region, certificate_id)
            return tuple(_view(code, self._of.clock()) for code in codes.of_certificate(session, one.id))

    def revoke(self, p: Principal, certificate_id: str, code_id: str) -> CodeView:
        """The holder does not want it any more: from now on it is of no use. Raises NotThere (CODE_UNKNOWN)."""
        need(p, Role.CLERK)
        now = self._of.clock()
        with self._of.database.write() as session:
            one = rows.entry(session, self._of.region, certificate_id)
            code = codes.revoke(session, one.id, code_id, p.subject, now)
        self._note(p, "revoke", code)
        return _view(code, now)

    def _check(self, asked: CodeAsked, now: datetime) -> None:
        if asked.audience not in self._of.catalogs.current().departments:
            message = "没有这个部门。用证码只给一个部门使用，请填写该部门的代码。"
            raise BadInput(message, {"audience": "没有这个部门"}, code="AUDIENCE_UNKNOWN")
        if not asked.purpose.strip() or len(asked.purpose) > 60:
            raise BadInput("请写明用途，60 字以内。", {"purpose": "请写明用途"}, code="PURPOSE_MISSING")
        if not now < asked.until <= now + LONGEST:
            raise BadInput("用证码的有效期最长三十天。", {"until": "请改时间"}, code="CODE_ENDS")

    def _note(self, p: Principal, act: str, code: Code) -> None:
        about = CaseRef(None, None, code.case_no)
        self._log.append(Admin(f"certificate_code:{act}", code.id, operator(p), about, note=code.purpose))

    # --- for the department's system --------------------------------------------------------------------------------------

    def redeem(self, p: Principal, text: str, handler: str, key: str) -> Given:
        """The annotated copy that the code stands for. The same key again gives the same copy and counts no second use.

        Raises NotThere (CODE_UNKNOWN; another's code is unknown too), CodeRefused (CODE_REVOKED, CODE_EXPIRED, CODE_USED_UP), NotNow
        (CERTIFICATE_NOT_VALID). Each is in the log."""
        need(p, Role.DEPARTMENT)
        of, who = self._of, Operator(p.organisation, "yijian", handler, auth="signature")
        code_hash = codes.hash_of(of.index_key, of.region, text)
        with of.database.read() as session:
            code = codes.known(session, of.region, code_hash)
            held = held_of(session, of, rows.entry(session, of.region, code.certificate_id)) if code else None
        if code is None or held is None or code.audience != p.organisation:
            nothing = Regarding(who, CaseRef(), Basis(), Provider(REGISTRY), "", "certificate code")
            self._records.denied(nothing, "code_unknown")
            raise NotThere(
                "There is no such code for this organisation; check it with the holder.", code="CODE_UNKNOWN"
            )
        regarding = self._regarding(who, code, held)
        intent = self._records.intent(regarding)
        try:
            body, last = self._used(p, code_hash, held, digest_of(code.id, key))
        except CodeRefused as e:
            self._records.denied(regarding, e.code.lower(), intent)
            raise
        except HubError as e:
            self._records.failed(intent, e)
            raise
        names = tuple(one.name for one in held.content.fields) if held.content else ()
        record = self._records.found(intent, body, (*OWN, *names), 1)
        # From here it may be given: its record is on disk.
        one = held.entry
        return Given(one.identifier, COPY, f"{one.number}-加注件.png", PNG, last, intent, record, body)

    def _used(self, p: Principal, code_hash: str, held: Held, key: str) -> tuple[bytes, date]:
        """One use, counted in the transaction that keeps its copy: of two at once for the last, one has it. Raises CodeRefused, NotNow."""
        of, now = self._of, self._of.clock()
        with of.database.read() as session:
            before = self._usable(session, code_hash, key, now)
            copy_id = codes.copy_under(session, before.id, key)
            known = annotated.file_of(session, held.entry.id, copy_id, local(now).date())[0] if copy_id else ""
        last = local(before.until).date()
        if known:
            return of.files.read(known), last
        if held.entry.status != VALID:
            raise NotNow("The certificate does not hold any more; nothing was used up.", code="CERTIFICATE_NOT_VALID")
        asked = CopyAsked(before.purpose, last, key, before.case_no, p.organisation)
        stored = of.files.keep(drawn(of, held, asked), PNG)
        with of.database.write() as session:
            code = self._usable(session, code_hash, key, now, lock=True)
            copy_id = codes.copy_under(session, code.id, key)
            if not copy_id:
                by = f"system:{p.organisation}"
                copy_id = annotated.keep(session, held.entry, asked, by, p.organisation, stored, now).id
                codes.use(session, code, key, copy_id, now)
            file, _ = annotated.file_of(session, held.entry.id, copy_id, local(now).date())
        return of.files.read(file), last

    def _usable(self, session: Session, code_hash: str, key: str, now: datetime, *, lock: bool = False) -> Code:
        """The code, where it may be used now, or was used under this very key. Raises CodeRefused."""
        code = codes.known(session, self._of.region, code_hash, lock=lock)
        assert code is not None  # no code is ever deleted
        why = code.why_not(now)
        if why == codes.USED_UP and codes.copy_under(session, code.id, key):
            return code
        if why:
            raise _refusal(why)
        return code

    def _regarding(self, who: Operator, code: Code, held: Held) -> Regarding:
        one = held.entry
        provider = provider_of(self._of.catalogs.current(), one.type_code, (held,))
        basis = Basis(clause=CONSENT, consent=code.id)
        return Regarding(
            who,
            CaseRef(None, None, code.case_no),
            basis,
            provider,
            held.holder,
            f"code {code.id} {one.identifier}",
            OWN,
        )


def _refusal(why: str) -> CodeRefused:
    match why:
        case codes.REVOKED:
            return CodeRefused("The holder revoked this code; ask them for another.", code="CODE_REVOKED")
        case codes.USED_UP:
            return CodeRefused("This code was used as often as it may be; ask for another.", code="CODE_USED_UP")
        case _:
            return CodeRefused("This code ran out; ask the holder for another.", code="CODE_EXPIRED")


def _view(code: Code, now: datetime) -> CodeView:
    state = code.why_not(now) or "usable"
    return CodeView(code.id, code.audience, code.purpose, code.made_at, code.until, code.times, code.used, state)
