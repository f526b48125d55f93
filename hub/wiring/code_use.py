"""用证码 at a department: what a code permits, and its use. The code is the consent: it needs no grant and no case of the department's.

A made-up code and one for another department are answered alike, and who tries too many waits. Every refusal, and every answer before it
is given, is in the sharing log. Codes are made in `certificate_codes`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import NoReturn

from certificates.status import STATUSES, VALID
from hub.clock import local
from hub.errors import BadInput, HubError, KeyReused, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.registry import codes, rows
from hub.registry.codes import Code, Cover, Gives
from hub.sharinglog import Basis, CaseRef, Operator, Provider, SharingLog
from hub.store.database import Session
from hub.store.files import StoredFile
from hub.wiring import annotated, calls
from hub.wiring.access import need, operator
from hub.wiring.annotated import CopyAsked
from hub.wiring.calls import Call
from hub.wiring.certificate_codes import code_view
from hub.wiring.certificate_sharing import (
    COPY,
    OWN,
    REGISTRY,
    Held,
    copy_name,
    digest_of,
    drawn,
    held_of,
    matches_of,
    provider_of,
)
from hub.wiring.code_views import CodeView, Redeemed, RedeemedCertificate, Redemption
from hub.wiring.guessing import CODE_WINDOWS, Guessing
from hub.wiring.registry import RegistryParts, row_of
from hub.wiring.shared_views import Given
from hub.wiring.sharing_records import Records, Regarding

CONSENT = "持证主体同意（用证码）"
_UNKNOWN = "There is no such code for this organisation; check it with the holder."


class CodeRefused(HubError):
    """A code that was good once and is not any more; `code` says why."""

    code = "CODE_EXPIRED"
    status = 410


@dataclass(frozen=True)
class _Use:
    """A use that is under way: the code, whose certificates it opens, and what the log has of each."""

    code: Code
    code_hash: str = field(repr=False)
    held: tuple[Held, ...]
    regarding: tuple[Regarding, ...]
    key: str
    call: Call


class CodeUse:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._records = parts, Records(log)
        self._guessing = Guessing(parts.region, parts.index_key, "codes", CODE_WINDOWS)

    def permits(self, p: Principal, text: str, handler: str = "") -> CodeView:
        """What a code permits, and its state; it counts no use. A department is told of its own codes, the window of any.

        Raises NotThere (CODE_UNKNOWN), NotNow (TRIED_TOO_OFTEN). The look is in the log first."""
        need(p, Role.DEPARTMENT, Role.REVIEWER, Role.CLERK)
        of, who = self._of, _who(p, handler)
        code, _ = self._known(p, who, text)
        with of.database.read() as session:
            view = code_view(session, of, of.catalogs.current(), code)
            held = self._held(session, code)
        regarding = self._regarding(who, code, held[0], "permits")
        intent = self._records.intent(regarding)
        self._records.found(intent, repr(view.certificates).encode(), ("type", "purpose"), len(held))
        # From here it may be shown: its record is on disk.
        return view

    def redeem(self, p: Principal, asked: Redemption) -> Redeemed:
        """What the code stands for, of each certificate that it is for. The same key and content again gives the same and counts no
        second use.

        Raises KeyReused, NotThere (CODE_UNKNOWN; another's code is unknown too), CodeRefused (CODE_REVOKED, CODE_EXPIRED, CODE_USED_UP,
        CODE_FOR_ANOTHER_MATTER), NotNow (CERTIFICATE_NOT_VALID, TRIED_TOO_OFTEN), BadInput (COPY_FORM). Each is in the log."""
        need(p, Role.DEPARTMENT, Role.REVIEWER)
        who = _who(p, asked.handler)
        code, code_hash = self._known(p, who, asked.code)
        with self._of.database.read() as session:
            held = self._held(session, code)
        regarding = tuple(self._regarding(who, code, one, "code") for one in held)
        said = [asked.handler, asked.purpose, asked.form, asked.claims]
        call = calls.call_of(p, asked.call or asked.key, f"redeem {code.id}", said)
        use = _Use(code, code_hash, held, regarding, digest_of(code.id, asked.key), call)
        self._require_own_key(use)
        intents = [self._records.intent(one) for one in regarding]
        try:
            files, left = self._used(p, use, asked)
        except CodeRefused as e:
            for one, intent in zip(regarding, intents, strict=True):
                self._records.denied(one, e.code.lower(), intent)
            raise
        except HubError as e:
            for intent in intents:
                self._records.failed(intent, e)
            raise
        told = [
            self._told(one, cover, asked, code.gives, intent, files.get(one.entry.id))
            for one, cover, intent in zip(held, code.covers, intents, strict=True)
        ]
        # From here it may be given: its records are on disk.
        return Redeemed(code.gives.value, code.purpose, code.until, left, tuple(told))

    def _require_own_key(self, use: _Use) -> None:
        """Before anything is asked of the registry. Raises KeyReused, recorded: else one use would answer any number of claims."""
        try:
            with self._of.database.read() as session:
                calls.known(session, use.call)
        except KeyReused as e:
            for one in use.regarding:
                self._records.denied(one, e.code.lower())
            raise

    # --- which, and whether ----------------------------------------------------------------------------------------------

    def _known(self, p: Principal, who: Operator, text: str) -> tuple[Code, str]:
        """The code of this organisation and its hash. Whoever tries too many is refused before anything is looked up."""
        of, source = self._of, f"{p.issuer} {p.subject}"
        code_hash = codes.hash_of(of.index_key, of.region, text)
        with of.database.read() as session:
            try:
                self._guessing.refuse(session, source, "", of.clock())
            except NotNow as e:
                self._deny(who, e.code.lower())
                raise
            code = codes.known(session, of.region, code_hash)
        if code is None or (code.audience != p.organisation and Role.CLERK not in p.roles):
            self._unknown(who, source)
        return code, code_hash

    def _unknown(self, who: Operator, source: str) -> NoReturn:
        """One answer and one record for a made-up code and for another's: nobody learns that it is one."""
        with self._of.database.write() as session:
            self._guessing.count(session, source, "", self._of.clock())
        self._deny(who, "code_unknown")
        raise NotThere(_UNKNOWN, code="CODE_UNKNOWN")

    def _deny(self, who: Operator, reason: str) -> None:
        nothing = Regarding(who, CaseRef(), Basis(), Provider(REGISTRY), "", "certificate code")
        self._records.denied(nothing, reason)

    def _held(self, session: Session, code: Code) -> tuple[Held, ...]:
        of = self._of
        found = (rows.entry(session, of.region, one.certificate_id) for one in code.covers)
        return tuple(held_of(session, of, one) for one in found)

    def _regarding(self, who: Operator, code: Code, held: Held, what: str) -> Regarding:
        one, site = held.entry, self._of.catalogs.current()
        case = CaseRef(code.matter or None, None, code.case_no)
        basis = Basis(clause=CONSENT, purpose=code.matter or None, consent=code.id)
        provider = provider_of(site, one.type_code, (held,))
        return Regarding(who, case, basis, provider, held.holder, f"{what} {code.id} {one.identifier}", OWN)

    # --- one use ---------------------------------------------------------------------------------------------------------

    def _used(self, p: Principal, use: _Use, asked: Redemption) -> tuple[dict[str, Given], int]:
        """One use, counted in the transaction that keeps its copies: of two at once for the last, one has it. Raises CodeRefused, NotNow."""
        of, now = self._of, self._of.clock()
        with of.database.read() as session:
            code = self._usable(session, use, asked)
            known = self._copies(session, use, asked.form)
        wanted = [one for one in use.held if code.gives is Gives.COPY and one.entry.id not in known]
        fresh = [one for one in wanted if one.entry.status == VALID]
        if wanted and not fresh and not known:
            raise NotNow("The certificate does not hold any more; nothing was used up.", code="CERTIFICATE_NOT_VALID")
        made = [(one, *self._made(p, use, one, asked.form)) for one in fresh]
        with of.database.write() as session:
            if calls.begin(session, use.call, now) is None:
                calls.remember(session, use.call, {})
            code = self._usable(session, use, asked, lock=True)
            by = p.subject if Role.REVIEWER in p.roles else f"system:{p.organisation}"
            kept = [
                annotated.keep(session, one.entry, what, by, p.organisation, file, now).id for one, what, file in made
            ]
            again = codes.was_used(session, code.id, use.key)
            if not again:
                codes.use(session, code, use.key, kept[0] if kept else None, now)
            files = self._copies(session, use, asked.form)
        given = {one.entry.id: self._given(one, code, files[one.entry.id]) for one in use.held if one.entry.id in files}
        return given, code.times - code.used - (not again)

    def _made(self, p: Principal, use: _Use, held: Held, form: str) -> tuple[CopyAsked, StoredFile]:
        code, of = use.code, self._of
        last = local(code.until).date()
        asked = CopyAsked(code.purpose, last, _copy_key(use.key, form), code.case_no, p.organisation, form)
        body, media_type = drawn(of, held, asked)
        return asked, of.files.keep(body, media_type)

    def _copies(self, session: Session, use: _Use, form: str) -> dict[str, tuple[str, str]]:
        """Digest and media type of the copies that this very use was given, by certificate; of one that does not hold any more, none."""
        if use.code.gives is not Gives.COPY:
            return {}
        today, key = local(self._of.clock()).date(), _copy_key(use.key, form)
        holding = [one.entry for one in use.held if one.entry.status == VALID]
        known = [(one, annotated.copied(session, one.id, key, today)) for one in holding]
        return {one.id: annotated.file_of(session, one, copy.id, today) for one, copy in known if copy}

    def _usable(self, session: Session, use: _Use, asked: Redemption, *, lock: bool = False) -> Code:
        """The code, where it may be used now, or was used under this very key. Raises CodeRefused, BadInput (COPY_FORM)."""
        code = codes.known(session, self._of.region, use.code_hash, lock=lock)
        assert code is not None  # no code is ever deleted
        if asked.form not in annotated.FORMS:
            raise BadInput("加注件可以制成 " + "、".join(annotated.FORMS) + "。", {"form": "请选择"}, code="COPY_FORM")
        if code.matter and asked.purpose != code.matter:
            raise CodeRefused(
                "This code is for another matter; give that matter as `purpose`, or ask the holder for another code.",
                code="CODE_FOR_ANOTHER_MATTER", status=403,
            )  # fmt: skip
        why = code.why_not(self._of.clock())
        if why == codes.USED_UP and codes.was_used(session, code.id, use.key):
            return code
        if why:
            raise _refusal(why)
        return code

    # --- what is given ---------------------------------------------------------------------------------------------------

    def _given(self, held: Held, code: Code, file: tuple[str, str]) -> Given:
        digest, media_type = file
        name, last = copy_name(held, media_type), local(code.until).date()
        return Given(held.entry.identifier, COPY, name, media_type, last, 0, 0, self._of.files.read(digest))

    def _told(
        self, held: Held, cover: Cover, asked: Redemption, gives: Gives, intent: int, file: Given | None
    ) -> RedeemedCertificate:
        """What is told of one certificate, once its record stands."""
        said = {one.name: one for one in held.content.fields} if held.content else {}
        opened = [said[name] for name in cover.fields if name in said]
        matches = dict(matches_of(self._of, held, asked.claims)) if gives is Gives.VERIFY else {}
        values = {one.name: one.value for one in opened}
        answer = file.body if file else json.dumps([values, matches], sort_keys=True, ensure_ascii=False).encode()
        names = (*OWN, *said) if file else ("status", *values, *matches)
        record = self._records.found(intent, answer, names, 1)
        one, row = held.entry, row_of(self._of.catalogs.current(), held.entry)
        return RedeemedCertificate(
            one.identifier, one.type_code, row.type_name, row.authority, one.status, STATUSES[one.status], one.valid_to,
            intent, record, {one.name: one.label for one in opened}, values, matches,
            replace(file, intent=intent, record=record) if file else None,
        )  # fmt: skip


def _refusal(why: str) -> CodeRefused:
    match why:
        case codes.REVOKED:
            return CodeRefused("The holder revoked this code; ask them for another.", code="CODE_REVOKED")
        case codes.USED_UP:
            return CodeRefused("This code was used as often as it may be; ask for another.", code="CODE_USED_UP")
        case _:
            return CodeRefused("This code ran out; ask the holder for another.", code="CODE_EXPIRED")


def _who(p: Principal, handler: str) -> Operator:
    """A system names the official who acts; a person acts themselves."""
    if Role.DEPARTMENT in p.roles:
        return Operator(p.organisation, "yijian", handler, auth="signature")
    return operator(p)


def _copy_key(key: str, form: str) -> str:
    return digest_of(key, form)
