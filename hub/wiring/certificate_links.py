"""Links and codes by which a holder shows chosen claims of a certificate: an SD-JWT VC for whoever opens a link, and its issuers' keys for anybody.

The window makes them on the holder's behalf, in a case in which the holder is proven, and revokes a link. A code is a look that is exported, and is kept nowhere. The link is the consent: opening it
needs no grant. Each opening is an intent and its outcome in the sharing log; the link itself is in no log.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from certificates.certificate import CertificateContent
from certificates.compact.presented import SUITE
from certificates.compact.sdjwt import MEDIA_TYPE
from certificates.errors import CertificateError
from certificates.status import VALID
from certificates.suites import PublicKey
from hub.clock import new_id
from hub.errors import BadInput, HubError, KeyReused, NotAllowed, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.registry import links, rows
from hub.registry.links import Link
from hub.registry.rows import Entry
from hub.sharinglog import Admin, Basis, CaseRef, Operator, SharingLog
from hub.store import files as file_rows
from hub.store.database import Session
from hub.wiring import calls, making, showing
from hub.wiring.access import need, operator
from hub.wiring.certificate_sharing import Held, held_of, provider_of
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.registry import RegistryParts, proven_in
from hub.wiring.shared_views import LinkAsked, LinkMade, LinkView
from hub.wiring.sharing_records import Records, Regarding
from hub.wiring.showing import ShownCode, names_of, require_showable
from hub.wiring.verification import TooOften

LONGEST = timedelta(days=30)
MOST = 20
"""A link's longest life and its most uses (both proposed)."""
CONSENT = "持证主体同意（出示链接）"
ANYBODY = "public"
"""The organisation in the log of whoever opened a link: nobody knows who it was."""
OWN = {"number": "证照编号", "holder_name": "持证主体", "holder_code": "主体代码", "holder_code_type": "主体代码类型"}
"""Claims of every certificate, with their words."""


class LinkRefused(HubError):
    """A link that was good once and is not any more; `code` says why."""

    code = "LINK_EXPIRED"
    status = 410


class CertificateLinks:
    """`public` is the hub's address; where it has none, a link is only its path."""

    def __init__(self, parts: RegistryParts, log: SharingLog, public: str, rate: TooOften | None = None) -> None:
        self._of, self._log, self._records, self._public = parts, log, Records(log), public.rstrip("/")
        self._rate = rate or TooOften()

    # --- for the holder, at the window ------------------------------------------------------------------------------------

    def make(self, p: Principal, certificate_id: str, asked: LinkAsked) -> LinkMade:
        """A new link for the holder; that it was made is in the log first, and so is the use of the authority's key. The same key and
        content: the same link.

        Raises NotAllowed (HOLDER_NOT_IN_CASE, CERTIFICATE_IMPORTED), NotNow (CERTIFICATE_NOT_VALID), BadInput (PURPOSE_MISSING, LINK_ENDS,
        LINK_TIMES, CLAIM_UNKNOWN), KeyReused (recorded), HubError (LINK_UNSIGNED)."""
        need(p, Role.CLERK)
        of, now = self._of, self._of.clock()
        call = calls.call_of(p, asked.key, f"link {certificate_id}", asked)
        with of.database.read() as session:
            one = rows.entry(session, of.region, certificate_id)
            held = held_of(session, of, one)
            if not proven_in(session, of.region, asked.case_no.strip(), (one,)):
                message = "请填写本人已核验的办件编号：持证主体不是该办件中已核验的当事人，不能代其生成链接。"
                raise NotAllowed(message, code="HOLDER_NOT_IN_CASE")
        content = held.content if self._answered(p, one, call) else None
        if content is None:
            _check(asked, now)
            content = require_showable(one, held.content)
        asked = replace(asked, shown=names_of(asked.shown, claims_of(content)))
        text = links.text_of(of.index_key, one.id, p.subject, asked.key)
        hashed = links.hash_of(of.index_key, of.region, text)
        with of.database.read() as session:
            known = links.known(session, of.region, hashed)
        if known is None:
            known = self._new(p, hashed, one, content, asked, call)
        elif (known.shown, known.purpose, known.times) != (asked.shown, asked.purpose.strip(), asked.times):
            raise self._reused(p, one)  # a link of before calls were remembered
        return LinkMade(f"{self._public}/p/{text}", _view(known, content, one.status, now))

    def links(self, p: Principal, certificate_id: str) -> tuple[LinkView, ...]:
        """Those of a certificate, newest first; none shows the link itself."""
        need(p, Role.CLERK)
        with self._of.database.read() as session:
            one = rows.entry(session, self._of.region, certificate_id)
            content = held_of(session, self._of, one).content
            now = self._of.clock()
            return tuple(_view(link, content, one.status, now) for link in links.of_certificate(session, one.id))

    def revoke(self, p: Principal, certificate_id: str, link_id: str) -> LinkView:
        """The holder does not want it any more: from now on it opens nothing. Raises NotThere (LINK_UNKNOWN)."""
        need(p, Role.CLERK)
        now = self._of.clock()
        with self._of.database.write() as session:
            one = rows.entry(session, self._of.region, certificate_id)
            link = links.revoke(session, one.id, link_id, p.subject, now)
            content = held_of(session, self._of, one).content
        self._note(p, "revoke", link)
        return _view(link, content, one.status, now)

    def show(self, p: Principal, certificate_id: str, case_no: str, chosen: tuple[str, ...]) -> ShownCode:
        """The code that shows `chosen`, names of claims or their words. It is a disclosure to whom the holder shows it, and recorded as one.

        Raises NotAllowed (HOLDER_NOT_IN_CASE), and as `showing.code`."""
        need(p, Role.CLERK)
        of = self._of
        with of.database.read() as session:
            one = rows.entry(session, of.region, certificate_id)
            held, files = held_of(session, of, one), rows.files_of(session, one.id)
            if not proven_in(session, of.region, case_no.strip(), (one,)):
                message = "请填写本人已核验的办件编号：持证主体不是该办件中已核验的当事人，不能代其出示证照。"
                raise NotAllowed(message, code="HOLDER_NOT_IN_CASE")
        made = showing.code(of.making, one, making.Held(one.number, files, held.content), chosen, of.clock())
        case = CaseRef(None, None, case_no.strip())
        of.looks.record(p, "certificate-showing", "export", fields=made.names, subjects=(held.holder,), case=case)
        # From here it may be handed over: its record is on disk.
        return made

    def _new(
        self, p: Principal, hashed: str, one: Entry, content: CertificateContent, asked: LinkAsked, call: calls.Call
    ) -> Link:
        of, authority, now = self._of, content.authority.code, self._of.clock()
        # Without a public address there is nothing to fetch keys from: the issuer is named by its URN.
        issuer = f"{self._public}/i/{authority}" if self._public else ""
        try:
            with used_for(KeyAct.LINK, one.id):
                text = of.making.shown_by_link(authority, content, one.status_place, issuer, asked.shown, now)
        except CertificateError as e:
            message = f"链接没有生成：颁发机关的 ES256 密钥现在不能签名（{e.code}）。请运维运行 yijian doctor 查看。"
            raise HubError(message, code="LINK_UNSIGNED", status=503) from e
        stored = of.files.keep(text.encode(), MEDIA_TYPE)
        new = Link(
            new_id(now), one.id, asked.case_no.strip(), asked.shown, asked.purpose.strip(), p.subject, now, asked.until,
            asked.times, stored.sha256,
        )  # fmt: skip
        self._note(p, "make", new)
        with of.database.write() as session:
            calls.begin(session, call, now)
            file_rows.note(session, stored, now)
            made = links.make(session, of.region, hashed, new)
            calls.remember(session, call, {"id": made.id})
            return made

    def _answered(self, p: Principal, one: Entry, call: calls.Call) -> bool:
        """Whether the call came before. Raises KeyReused, recorded, where its key stands for another content."""
        try:
            with self._of.database.read() as session:
                return calls.known(session, call) is not None
        except KeyReused:
            raise self._reused(p, one) from None

    def _reused(self, p: Principal, one: Entry) -> KeyReused:
        self._log.append(Admin("certificate_link:make", one.id, operator(p), None, "refused", KeyReused.code.lower()))
        return KeyReused()

    def _note(self, p: Principal, act: str, link: Link) -> None:
        about = CaseRef(None, None, link.case_no)
        self._log.append(Admin(f"certificate_link:{act}", link.id, operator(p), about, note=link.purpose))

    # --- for whoever has the link -----------------------------------------------------------------------------------------

    def open(self, text: str, source: str) -> bytes:
        """The SD-JWT VC that the link stands for, for the address `source`. Each opening is a use.

        Raises NotThere (LINK_UNKNOWN), LinkRefused (LINK_REVOKED, LINK_EXPIRED, LINK_USED_UP), NotNow (CERTIFICATE_NOT_VALID,
        TRIED_TOO_OFTEN). All but the first and the last are in the log."""
        self._rate.count(source)
        of, hashed = self._of, links.hash_of(self._of.index_key, self._of.region, text)
        with of.database.read() as session:
            link = links.known(session, of.region, hashed)
            held = held_of(session, of, rows.entry(session, of.region, link.certificate_id)) if link else None
        if link is None or held is None:
            raise NotThere("没有这个链接。请向出示链接的人核对地址。", code="LINK_UNKNOWN")
        regarding = self._regarding(link, held)
        try:
            _require(link, held, of.clock())
        except HubError as e:
            self._records.denied(regarding, e.code.lower())
            raise
        intent = self._records.intent(regarding)
        try:
            with of.database.write() as session:
                _require(fresh := self._locked(session, hashed), held, of.clock())
                links.use(session, fresh)
            body = of.files.read(link.file)
        except LinkRefused as e:
            self._records.denied(regarding, e.code.lower(), intent)
            raise
        except HubError as e:
            self._records.failed(intent, e)
            raise
        self._records.found(intent, body, regarding.fields, 1)
        # From here it may be given: its record is on disk.
        return body

    def _locked(self, session: Session, hashed: str) -> Link:
        link = links.known(session, self._of.region, hashed, lock=True)
        assert link is not None  # no link is ever deleted
        return link

    def _regarding(self, link: Link, held: Held) -> Regarding:
        one = held.entry
        return Regarding(
            Operator(ANYBODY, "yijian", link.id, auth="link"),
            CaseRef(None, None, link.case_no),
            Basis(clause=CONSENT, consent=link.id),
            provider_of(self._of.catalogs.current(), one.type_code, (held,)),
            held.holder,
            f"link {link.id} {one.identifier}",
            ("status", *link.shown),
        )

    # --- the issuers, for anybody -----------------------------------------------------------------------------------------

    def issuer(self, code: str) -> Mapping[str, object]:
        """JWT VC Issuer Metadata of an authority. Raises NotThere (ISSUER_NOT_THERE)."""
        self._keys(code)
        address = f"{self._public}/i/{code}"
        return {"issuer": address, "jwks_uri": f"{address}/jwks.json"}

    def jwks(self, code: str) -> Mapping[str, object]:
        """Every ES256 key that the authority has or had and that was not revoked. Raises NotThere (ISSUER_NOT_THERE)."""
        return {"keys": [_jwk(key) for key in self._keys(code)]}

    def _keys(self, code: str) -> tuple[PublicKey, ...]:
        known = self._of.trust().authorities.get(code)
        site = self._of.catalogs.current()
        ours = any(department.uscc == code for department in site.departments.values())
        keys = tuple(k.public for k in known.keys if k.public.suite == SUITE and not k.revoked_at) if known else ()
        if not keys or not ours:
            raise NotThere("没有这个颁发机构，或者它没有可供联网核验的密钥。", code="ISSUER_NOT_THERE")
        return keys


def _check(asked: LinkAsked, now: datetime) -> None:
    if not asked.purpose.strip() or len(asked.purpose) > 60:
        raise BadInput("请写明用途，60 字以内。", {"purpose": "请写明用途"}, code="PURPOSE_MISSING")
    if not now < asked.until <= now + LONGEST:
        raise BadInput("链接的有效期最长三十天。", {"until": "请改时间"}, code="LINK_ENDS")
    if not 1 <= asked.times <= MOST:
        raise BadInput(f"链接可打开 1 至 {MOST} 次。", {"times": "请改次数"}, code="LINK_TIMES")


def claims_of(content: CertificateContent) -> Mapping[str, str]:
    """What can be shown one by one: the claim's name and its words."""
    return {**OWN, **{one.name: one.label for one in content.fields}}


def _require(link: Link, held: Held, now: datetime) -> None:
    match link.why_not(now):
        case links.REVOKED:
            raise LinkRefused("持证主体已撤回这个链接，请向其另要一个。", code="LINK_REVOKED")
        case links.EXPIRED:
            raise LinkRefused("这个链接已过有效期，请向持证主体另要一个。", code="LINK_EXPIRED")
        case links.USED_UP:
            raise LinkRefused("这个链接可打开的次数已用完，请向持证主体另要一个。", code="LINK_USED_UP")
    if held.entry.status != VALID:
        raise NotNow("证照已不是有效状态，链接不再提供；没有计入次数。", code="CERTIFICATE_NOT_VALID")


def _jwk(key: PublicKey) -> Mapping[str, str]:
    """RFC 7517 of a P-256 key: its SubjectPublicKeyInfo ends with the point, 04 ‖ X ‖ Y."""
    x, y = key.spki[-64:-32], key.spki[-32:]
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": SUITE, "kid": key.key_id, "x": _b64(x), "y": _b64(y)}


def _b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _view(link: Link, content: CertificateContent | None, status: str, now: datetime) -> LinkView:
    words = claims_of(content) if content is not None else {}
    shown = tuple((name, words.get(name, name)) for name in link.shown)
    state = link.why_not(now) or ("usable" if status == VALID else "certificate_not_valid")
    return LinkView(link.id, shown, link.purpose, link.made_at, link.until, link.times, link.used, state)
