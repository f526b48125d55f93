"""The registry for departments' systems, in the manner of GB/T 36906: asked, fetched, verified, under a grant and in a case. It acts on nothing.

A grant must name the type and the department, and the holder be a proven party of the item case on its desk. Each call is an intent and
its outcome in the sharing log, or a refusal there; nothing is given before its outcome is durable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from catalog.types import CertificateGrant, Site
from certificates import identifier as identifiers
from certificates.certificate import CertificateContent
from certificates.compact import credential
from certificates.errors import CertificateError, Malformed
from certificates.status import STATUSES, VALID
from hub import grades, policy
from hub.clock import local
from hub.errors import BadInput, HubError, KeyReused, NotNow, NotThere
from hub.grades import Standing
from hub.identity.principal import Principal, Role
from hub.registry import rows
from hub.registry.rows import Entry
from hub.sharinglog import Basis, CaseRef, Operator, Provider, SharingLog
from hub.store import subjects
from hub.store.database import Session
from hub.wiring import annotated, calls, making
from hub.wiring.access import need
from hub.wiring.annotated import CopyAsked
from hub.wiring.at_desk import AtDesk, at_desk
from hub.wiring.carriers import FILE_TITLES
from hub.wiring.registry import RegistryParts, content_of, row_of, standing_of
from hub.wiring.shared_views import Claims, Given, Judged, Shared, SharedCertificate, Wanted, Within
from hub.wiring.sharing_records import Records, Regarding
from hub.wiring.verification import judged

COPY = "copy"
COPY_DAYS = timedelta(days=30)
"""How long a copy is good for where nobody says (proposed)."""
FORMS = (COPY, *(kind for kind in FILE_TITLES if kind not in ("png", "scan")))
OWN = ("number", "holder", "holder_name", "status")
REGISTRY = "registry"
"""The provider of a certificate that no department of this site issued."""


@dataclass(frozen=True)
class Held:
    """A certificate, what it says, and whose it is."""

    entry: Entry
    content: CertificateContent | None = field(repr=False)
    holder: str = field(repr=False)
    stands: Standing = Standing("", True)


@dataclass(frozen=True)
class _Found:
    kind: str
    holder: str = field(repr=False)
    held: tuple[Held, ...]


class CertificateSharing:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._records = parts, Records(log)

    def query(self, p: Principal, within: Within, wanted: Wanted) -> Shared:
        """Every certificate that is wanted, with what it says and its status now.

        Raises BadInput (WANTED_UNCLEAR, IDENTIFIER_UNREADABLE, QR_UNREADABLE), AskFailed (ASK_REFUSED) and what `at_desk` raises."""
        at, found = self._before(p, within, wanted, "query")
        site = self._of.catalogs.current()
        regarding = self._permitted(p, within, at, found, "query")
        intent = self._records.intent(regarding)
        told = tuple(shared(site, one) for one in found.held)
        names = {*OWN, *(name for one in told for name in one.values)}
        answer = json.dumps([vars(one) for one in told], default=str, ensure_ascii=False).encode()
        record = self._records.found(intent, answer, names, len(told))
        # From here it may be told: its record is on disk.
        return Shared("found" if told else "not_found", intent, record, told)

    def download(
        self, p: Principal, within: Within, wanted: Wanted, form: str, expires_on: date | None, key: str, copy_as: str = "pdf"
    ) -> Given:  # fmt: skip
        """An annotated copy for this purpose, made as pdf, ofd or png, or, where the grant says so, a file of the certificate itself.
        The same key and content: the same copy.

        Raises as `query`, and KeyReused, NotThere (CERTIFICATE_UNKNOWN, CERTIFICATE_FILE_NOT_THERE), NotNow (CERTIFICATE_NOT_VALID), BadInput (COPY_ENDS)."""
        at, found = self._before(p, within, _one(wanted), f"download:{form}", form, copy_as)
        regarding = self._permitted(p, within, at, found, f"download:{form}", whole=form != COPY)
        self._claim(regarding, calls.call_of(p, key, "download", [within, wanted, form, expires_on, copy_as]))
        held = found.held[0] if found.held else None
        if held is not None and form == COPY and held.entry.status != VALID:
            self._records.denied(regarding, "certificate_not_valid")
            raise NotNow("Of a certificate that does not hold there is no copy; query it for its status.", code="CERTIFICATE_NOT_VALID")  # fmt: skip
        intent = self._records.intent(regarding)
        if held is None:
            self._records.found(intent, b"", (), 0)
            raise NotThere("The registry has no such certificate; check the identifier.", code="CERTIFICATE_UNKNOWN")
        until = expires_on or local(self._of.clock()).date() + COPY_DAYS
        purpose = f"{self._of.catalogs.current().departments[p.organisation].name}办理“{at.case.matter.title}”"[:60]
        copy_key = digest_of(p.organisation, key, copy_as)
        asked = CopyAsked(purpose, until, copy_key, at.case.case_no, p.organisation, copy_as)
        try:
            name, media_type, body = self._copy(p, held, asked) if form == COPY else self._file(held, form)
        except HubError as e:
            self._records.failed(intent, e)
            raise
        record = self._records.found(intent, body, (*OWN, *_names(held)), 1)
        # From here it may be given: its record is on disk.
        last = until if form == COPY else None
        return Given(held.entry.identifier, form, name, media_type, last, intent, record, body)

    def verify(self, p: Principal, within: Within, wanted: Wanted, claims: Claims) -> Judged:
        """Whether what is claimed of a certificate is what the registry has, and its status now; nothing of what it says is told.

        Raises as `query`."""
        at, found = self._before(p, within, _one(wanted), "verify")
        regarding = self._permitted(p, within, at, found, "verify")
        intent = self._records.intent(regarding)
        held = found.held[0] if found.held else None
        matches = dict(matches_of(self._of, held, claims, wanted.qr)) if held else {}
        answer = json.dumps(matches, sort_keys=True).encode()
        record = self._records.found(intent, answer, ("status", *matches), 1 if held else 0)
        # From here it may be told: its record is on disk.
        if held is None:
            return Judged("not_found", intent, record, "", "", "", None, None, {})
        one = held.entry
        status = one.identifier, one.status, STATUSES[one.status], one.status_since, one.valid_to
        return Judged("found", intent, record, *status, matches)

    # --- which, and whether ----------------------------------------------------------------------------------------------

    def _before(
        self, p: Principal, within: Within, wanted: Wanted, request: str, form: str = COPY, copy_as: str = "pdf"
    ) -> tuple[AtDesk, _Found]:
        """Where it is asked and what is meant. What is refused here is in the log too: whose case it is was not found out, so without one."""
        need(p, Role.DEPARTMENT)
        try:
            if form not in FORMS:
                raise BadInput(f"`form` is one of {', '.join(FORMS)}.", {"form": "unknown"}, code="FORM_UNKNOWN")
            if copy_as not in annotated.FORMS:
                message = f"`copy_as` is one of {', '.join(annotated.FORMS)}."
                raise BadInput(message, {"copy_as": "unknown"}, code="FORM_UNKNOWN")
            at = at_desk(self._of.database, self._of.catalogs, p, within.case, within.purpose)
            return at, self._found(wanted)
        except HubError as e:
            who = Operator(p.organisation, "yijian", within.handler, auth="signature")
            said = f"{request} {within.case} {within.purpose} {wanted.identifier} {wanted.type}"
            nothing = Regarding(who, CaseRef(), Basis(), Provider(REGISTRY), wanted.holder.strip().upper(), said)
            self._records.denied(nothing, e.code.lower())
            raise

    def _found(self, wanted: Wanted) -> _Found:
        of = self._of
        if bool(wanted.identifier) + bool(wanted.qr) + bool(wanted.holder) != 1 or bool(wanted.holder) != bool(
            wanted.type
        ):
            message = "Name one certificate by `identifier` or `qr`, or a `holder` with a `type`; exactly one way."
            raise BadInput(message, {"identifier": "one way of three"}, code="WANTED_UNCLEAR")
        with of.database.read() as session:
            if wanted.holder:
                code = wanted.holder.strip().upper()
                found = rows.of_holder(session, of.region, of.index_key, code, wanted.type)
                every = (held_of(session, of, one) for one in found)
                policy_now = of.catalogs.current().policy
                shown = (one for one in every if not grades.why_not(policy_now, one.stands, "share"))
                return _Found(wanted.type, code, tuple(shown))
            named = _identifier(wanted)
            try:
                one = rows.by_identifier(session, of.region, str(named))
            except NotThere:
                return _Found(named.type_code, "", ())
            held = held_of(session, of, one)
            return _Found(named.type_code, held.holder, (held,) if one.state != "reserved" else ())

    def _permitted(
        self, p: Principal, within: Within, at: AtDesk, found: _Found, request: str, *, whole: bool = False
    ) -> Regarding:
        """Raises AskFailed (ASK_REFUSED), recorded: no grant for it, or the holder is no proven party of the case."""
        case, day = at.case, local(self._of.clock()).date()
        use = policy.Use(within.purpose, case.region, case.ground(at.item), day)
        granted = policy.may_have(at.certificate_grants, found.kind, p.organisation, use, whole=whole)
        regarding = self._regarding(p, within, at, found, request, granted)
        if isinstance(granted, policy.Refused):
            self._records.refuse(regarding, granted.reason)
        if found.holder and policy.party_named(at.standing, found.holder) is None:
            self._records.refuse(regarding, "subject_not_of_case")
        wanted_for = "copy" if request == f"download:{COPY}" else "share"
        for one in found.held:
            if why := grades.why_not(self._of.catalogs.current().policy, one.stands, wanted_for):
                self._records.refuse(regarding, why)
        return regarding

    def _regarding(
        self, p: Principal, within: Within, at: AtDesk, found: _Found, request: str, granted: CertificateGrant | policy.Refused
    ) -> Regarding:  # fmt: skip
        grant = granted if isinstance(granted, CertificateGrant) else None
        clause = f"{grant.ground} {grant.clause}" if grant else None
        return Regarding(
            Operator(p.organisation, "yijian", within.handler, auth="signature"),
            CaseRef(at.case.matter.code, at.item, at.case.case_no),
            Basis(grant.code if grant else None, clause, within.purpose),
            provider_of(self._of.catalogs.current(), found.kind, found.held),
            found.holder,
            f"{request} {found.kind} {' '.join(one.entry.identifier for one in found.held)}",
            OWN,
        )

    def _claim(self, regarding: Regarding, call: calls.Call) -> None:
        """The key is this call's from now on. Raises KeyReused, recorded."""
        try:
            with self._of.database.write() as session:
                if calls.begin(session, call, self._of.clock()) is None:
                    calls.remember(session, call, {})
        except KeyReused as e:
            self._records.denied(regarding, e.code.lower())
            raise

    # --- what is given ---------------------------------------------------------------------------------------------------

    def _copy(self, p: Principal, held: Held, asked: CopyAsked) -> tuple[str, str, bytes]:
        of, now = self._of, self._of.clock()
        with of.database.read() as session:
            known = annotated.copied(session, held.entry.id, asked.key, local(now).date())
        if known is None:
            stored = of.files.keep(*drawn(of, held, asked))
            with of.database.write() as session:
                by = f"system:{p.organisation}"
                known = annotated.keep(session, held.entry, asked, by, p.organisation, stored, now)
        with of.database.read() as session:
            file, media_type = annotated.file_of(session, held.entry, known.id, local(now).date())
        return copy_name(held, media_type), media_type, of.files.read(file)

    def _file(self, held: Held, form: str) -> tuple[str, str, bytes]:
        with self._of.database.read() as session:
            carrier = rows.files_of(session, held.entry.id).get(form)
        if carrier is None:
            raise NotThere("The certificate has no file of this form; see `form`.", code="CERTIFICATE_FILE_NOT_THERE")
        return f"{held.entry.number}{FILE_TITLES[form][1]}", carrier.media_type, self._of.files.read(carrier.file)


# --- for whoever else gives a certificate ---------------------------------------------------------------------------------


def held_of(session: Session, of: RegistryParts, one: Entry) -> Held:
    content = content_of(of.files, one)
    if one.subject_id:
        return Held(one, content, subjects.subject(session, one.subject_id).identifier, standing_of(session, one))
    return Held(one, content, content.holder.code if content else "", standing_of(session, one))


def drawn(of: RegistryParts, held: Held, asked: CopyAsked) -> tuple[bytes, str]:
    """The copy and its media type. Raises BadInput (PURPOSE_MISSING, COPY_ENDS), NotThere (LAYOUT_NOT_THERE, CERTIFICATE_FILE_NOT_THERE)."""
    site, now = of.catalogs.current(), of.clock()
    getting = site.departments.get(asked.made_for)
    mark = annotated.mark_of(asked, of.maker, local(now).date(), getting.name if getting else "")
    if held.content is None:
        raise NotThere(
            "The certificate has no data from which a copy could be made.", code="CERTIFICATE_FILE_NOT_THERE"
        )
    with of.database.read() as session:
        files = rows.files_of(session, held.entry.id)
    whole = making.Held(held.entry.number, files, held.content)
    return of.making.copy(site, whole, mark, asked.form, now)


def copy_name(held: Held, media_type: str) -> str:
    return f"{held.entry.number}-加注件{annotated.ending_of(media_type)}"


def matches_of(of: RegistryParts, held: Held, claims: Claims, qr: str = "") -> Iterator[tuple[str, bool]]:
    """Each claim by its name, and whether it is so: nothing of what the certificate says."""
    content = held.content
    if qr:
        yield "qr", judged(qr.encode(), of.trust(), of.clock()).ok
    if claims.holder:
        yield "holder", claims.holder.strip().upper() == held.holder.upper()
    if claims.holder_name:
        yield "holder_name", content is not None and claims.holder_name.strip() == content.holder.name
    if claims.number:
        yield "number", claims.number.strip() == held.entry.number
    if claims.sha256:
        yield "sha256", claims.sha256.lower() in _digests(of, held.entry)
    said = {one.name: one.value for one in content.fields} if content else {}
    yield from ((name, said.get(name) == value.strip()) for name, value in claims.values.items())


def _digests(of: RegistryParts, one: Entry) -> frozenset[str]:
    """Of its files, and of every copy of it that was made and has not ended."""
    with of.database.read() as session:
        files = {carrier.file for carrier in rows.files_of(session, one.id).values()} | {one.file}
        return frozenset(files | annotated.digests_of(session, one.id, local(of.clock()).date()))


def provider_of(site: Site, kind: str, held: tuple[Held, ...]) -> Provider:
    authority = held[0].entry.authority if held else ""
    return Provider(authority if authority in site.departments else REGISTRY, kind, site.certificate_types.get(kind))


def digest_of(*parts: str) -> str:
    """A key of one's own, as short for any key of a caller's."""
    return sha256("\x1f".join(parts).encode()).hexdigest()


def shared(site: Site, held: Held) -> SharedCertificate:
    one, content, row = held.entry, held.content, row_of(site, held.entry)
    return SharedCertificate(
        row.identifier, row.number, row.type_code, row.type_name, row.authority, row.status, row.status_title,
        one.status_since, row.version, row.issued_on, one.valid_from, row.valid_to, row.origin, row.trust,
        content.holder.name if content else "", held.holder,
        {f.name: f.value for f in content.fields} if content else {},
    )  # fmt: skip


def _names(held: Held) -> tuple[str, ...]:
    return tuple(one.name for one in held.content.fields) if held.content else ()


def _one(wanted: Wanted) -> Wanted:
    return Wanted(wanted.identifier, wanted.qr)


def _identifier(wanted: Wanted) -> identifiers.Identifier:
    try:
        if wanted.qr:
            return credential.read(credential.from_qr_text(wanted.qr)).claims.identifier
    except CertificateError as e:
        message = "The text is no code of an e-certificate; send it whole, as it was scanned."
        raise BadInput(message, {"qr": "unreadable"}, code="QR_UNREADABLE") from e
    try:
        return identifiers.parse(wanted.identifier.strip())
    except Malformed as e:
        message = "The identifier is not written as GB/T 36904 has it, or its check character is wrong."
        raise BadInput(message, {"identifier": "unreadable"}, code="IDENTIFIER_UNREADABLE") from e
