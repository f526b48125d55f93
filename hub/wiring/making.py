"""One signing event: out of a certificate's content every file that carries it, each on disk before it is told of. It decides nothing.

The data file (`.ycert`) comes first; then the compact credential, which the face shows as a QR code; then the face's own files. All that
is signed is a function of the reservation, so a repetition signs the same. Where no timestamp authority answers, nothing waits for it:
the files go out without a stamp, and get one later (decision 0025).
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from catalog.types import Site
from certificates import certificate, timestamps
from certificates.certificate import CertificateContent
from certificates.compact import credential, sdjwt
from certificates.compact.credential import MAX_BYTES, NUMBER_LABEL, Issued
from certificates.compact.presented import SUITE, StatusReference
from certificates.copies import DPI, Copy, CopyForm, make_copy
from certificates.envelope import Seal
from certificates.errors import Malformed, SignerAway, SigningFailed, TimestamperAway
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.fonts import Fonts
from certificates.faces.layout import Layout, read_layout
from certificates.faces.model import Face
from certificates.faces.words import Mark, Preview
from certificates.ports import Signer, Timestamper
from certificates.suites import default_suite
from certificates.x509.reading import read_certificate, read_dates
from hub.errors import NotNow, NotThere
from hub.registry.rows import Carrier
from hub.store.files import Files, StoredFile
from hub.store.work import TryLater

PNG, TEXT, JSON = "image/png", "text/plain; charset=utf-8", "application/json"
OFD, PDF = "application/ofd", "application/pdf"
SEAL_SUITE = "SM2_SM3"
_File = tuple[str, bytes, str, str, datetime | None]
"""Kind, contents, media type, suite, and until when its timestamp holds."""


@dataclass(frozen=True)
class Made:
    """What is on disk now: the data file first. `stored` is for the rows of files; `lacking` says why no face could be drawn
    (certificates' code: font-glyph, layout-overflow, …), empty where none is lacking."""

    carriers: tuple[Carrier, ...]
    stored: tuple[StoredFile, ...]
    lacking: str = ""


@dataclass(frozen=True)
class Held:
    """A certificate as it lies here: its number, the files that are stored of it, and what its data says (None where no data file of
    ours is)."""

    number: str
    files: Mapping[str, Carrier]
    content: CertificateContent | None = field(repr=False)


@dataclass(frozen=True)
class _Signing:
    """What every file of one signing event shares."""

    content: CertificateContent
    code: str
    signed_at: datetime
    data: bytes = field(repr=False)


@dataclass
class _Stamping:
    """The timestamps of one signing event: those that were given, and whether the authorities were found away."""

    port: Timestamper
    away: bool = False
    token: bytes = field(default=b"", repr=False)

    def stamp(self, digest: bytes) -> bytes:
        self.token = self.port.stamp(digest)
        return self.token

    def made(self, make: Callable[[Timestamper | None], bytes]) -> tuple[bytes, datetime | None]:
        """The file with its timestamp, and until when that holds; without one where no authority answers."""
        if not self.away:
            try:
                return make(self), _until(self.token)
            except TimestamperAway:
                self.away = True
        return make(None), None


@dataclass(frozen=True)
class Making:
    """`faces` is the site's folder of layouts; `seed_key` gives the salts of what a credential hides; `lists` is where status lists
    are published (docs/e-certificates.md), "" where the hub has no address: then a credential names no list. `fonts` are asked for characters; None is the font that ships. `revocation` gives the lists
    that a PDF takes with it, so that it can be judged later."""

    files: Files
    signer: Signer
    faces: Path
    seed_key: bytes = field(repr=False)
    lists: str
    timestamper: Timestamper | None = None
    fonts: Fonts | None = None
    revocation: Callable[[], tuple[bytes, ...]] = tuple
    list_makers: Callable[[], tuple[bytes, ...]] = tuple
    """The certificates of those who made such lists, roots among them."""

    def make(
        self,
        site: Site,
        authority: str,
        content: CertificateContent,
        signed_at: datetime,
        place: int | None,
        signed: Callable[[], None] = lambda: None,
    ) -> Made:
        """Sign and keep everything. `signed` is called once the first signature is there. A face that cannot be drawn stops nothing:
        the data file is the certificate, what shows it may follow (`lacking`). Raises certificates' errors, DiskRefused."""
        code = site.departments[authority].uscc
        suites = self.signer.suites(code)
        suite = next(iter(suites), default_suite())
        signed_at = self._not_before(code, suites, signed_at)
        body = certificate.issue(content, self.signer, code, suite, signed_at)
        signed()
        found: list[_File] = [("ycert", body, certificate.MEDIA_TYPE, suite, None)]
        issued = self._credential(content, code, signed_at, place) if SUITE in suites else None
        if issued is not None:
            found += _told(issued)
        qr = credential.qr_text(issued_text(issued)).encode() if issued is not None else None
        lacking = ""
        try:
            for one in self._faces(site, _Signing(content, code, signed_at, body), qr):
                found.append(one)
        except Malformed as e:
            lacking = e.code
        return replace(self._kept(found), lacking=lacking)

    def faces_of(self, site: Site, authority: str, data: bytes, qr: bytes | None) -> Made:
        """The files that show the face of a certificate whose data file is there already. Raises Malformed where it cannot be drawn, and
        as `make`."""
        read = certificate.read(data)
        signing = _Signing(read.content, site.departments[authority].uscc, read.envelope.signed_at, data)
        return self._kept(list(self._faces(site, signing, qr)))

    def picture(self, site: Site, held: Held) -> bytes:
        """A preview: the face's first page as PNG with the seal that its OFD bears, saying that it is no original. Drawn when it is asked
        for, since that takes longer than signing. Raises NotThere (LAYOUT_NOT_THERE, CERTIFICATE_FILE_NOT_THERE), NotNow (FACE_NOT_DRAWN)."""
        content = _content(held)
        try:
            face = face_of(content, self._layout_of(site, content), self._code(held), Preview(), self.fonts)
            return preview(face, dpi=DPI, seal=self._seal_on(held) or None)
        except Malformed as e:
            raise not_drawn(e) from e

    def copy(self, site: Site, held: Held, mark: Mark, form: str, at: datetime) -> tuple[bytes, str]:
        """An annotated copy and its media type, as pdf, ofd (every page) or png (the first): the face with its mark and the certificate's
        own code, signed by nobody and without the data file. Raises as `picture`."""
        content, wanted = _content(held), CopyForm(form)
        try:
            mark = replace(mark, sealed=bool(self._seal_on(held)))
            said = Copy(content, self._layout_of(site, content), mark, at, self._code(held), self.fonts)
            return make_copy(said, wanted), wanted.media_type
        except Malformed as e:
            raise not_drawn(e) from e

    def _code(self, held: Held) -> bytes | None:
        """What the certificate's own QR code says."""
        return self.files.read(held.files["credential"].file) if "credential" in held.files else None

    def _seal_on(self, held: Held) -> bytes:
        """The picture of the seal that the certificate's OFD bears; empty where it bears none."""
        from certificates.ofd.rendering import seal_on

        return seal_on(self.files.read(held.files["ofd"].file)) if "ofd" in held.files else b""

    def shown_by_link(
        self, authority: str, content: CertificateContent, place: int | None, issuer: str, chosen: tuple[str, ...], at: datetime
    ) -> str:  # fmt: skip
        """A new SD-JWT VC by the authority's key (`authority` is its credit code), with the disclosures of the claims `chosen` alone.

        Raises Malformed (a claim that it has not), SigningFailed, SignerAway."""
        seal = Seal(self.signer, authority, SUITE, at.replace(microsecond=0))
        made = sdjwt.issue(content, self._seed(content), self._status(authority, place), seal, issuer)
        return sdjwt.present(made, chosen)

    def shown_by_code(
        self, authority: str, held: Held, place: int | None, chosen: tuple[str, ...], at: datetime
    ) -> bytes:
        """The certificate's credential with the disclosures of the claims `chosen` alone. Where that is larger than a code should be, or what it
        carries lacks one of them, it is a new one by the authority's key which can show nothing else. It may be too large all the same.

        Raises Malformed (a claim that it has not), SigningFailed, SignerAway, NotThere (CERTIFICATE_FILE_NOT_THERE)."""
        content = _content(held)
        labels = [credential.showable(content).get(name, ("", ""))[0] for name in chosen]
        given = self._disclosures(held)
        if given is not None and set(labels) <= given.disclosures.keys():
            body = credential.present(given.credential, given.disclosures, labels)
            if len(body) <= MAX_BYTES:
                return body
        seal = Seal(self.signer, authority, SUITE, at.replace(microsecond=0))
        issued = credential.issue(content, self._seed(content), self._status(authority, place), seal, only=labels)
        return credential.present(issued.credential, issued.disclosures, labels)

    def _disclosures(self, held: Held) -> Issued | None:
        """What was issued for the holder, where the authority had a key for it."""
        if "disclosures" not in held.files:
            return None
        said = json.loads(self.files.read(held.files["disclosures"].file))
        opening = {label: base64.b64decode(body) for label, body in said["disclosures"].items()}
        return Issued(base64.b64decode(said["credential"]), opening)

    def _status(self, authority: str, place: int | None) -> StatusReference | None:
        return StatusReference(f"{self.lists}/{authority}", place) if self.lists and place is not None else None

    def _layout_of(self, site: Site, content: CertificateContent) -> Layout:
        kind = site.certificates.get(content.type_code)
        layout = self.layout(kind.face) if kind is not None else None
        if layout is None:
            raise NotThere("这一类证照还没有证面版式。请目录管理员补上 face。", code="LAYOUT_NOT_THERE")
        return layout

    def _faces(self, site: Site, of: _Signing, qr: bytes | None) -> Iterator[_File]:
        """The files that show the face: OFD where the authority has a seal, PDF where somebody stamps times. Both carry the data file."""
        stamping = _Stamping(self.timestamper) if self.timestamper is not None else None
        kind = site.certificates.get(of.content.type_code)
        layout = self.layout(kind.face) if kind is not None else None
        if layout is None:
            return
        face = face_of(of.content, layout, qr, fonts=self.fonts)
        seal = self._seal(of.code)
        chain = self._chain(of.code, SEAL_SUITE)
        if seal and chain:
            from certificates.ofd.signing import Sealing, make_ofd
            from certificates.ofd.writing import Document

            document = Document(face, of.content, of.data)

            def ofd(stamper: Timestamper | None) -> bytes:
                return make_ofd(document, Sealing(self.signer, of.code, chain[0], of.signed_at, seal, stamper))

            made, until = stamping.made(ofd) if stamping is not None else (ofd(None), None)
            yield "ofd", made, OFD, SEAL_SUITE, until
        if stamping is not None and self._chain(of.code, SUITE):
            made, until = stamping.made(self._pdf(face, of, seal))
            ends = read_dates(self._chain(of.code, SUITE)[0])[1]
            yield "pdf", made, PDF, SUITE, min(until, ends) if until is not None else None

    def _pdf(self, face: Face, of: _Signing, seal: bytes) -> Callable[[Timestamper | None], bytes]:
        """Drawn once; what is given signs it, with a timestamp or without."""
        from certificates.pdf.rendering import Particulars, render
        from certificates.pdf.signing import Place, Plan, sign

        content = of.content
        said = Particulars(content.type_name, content.authority.name, str(content.identifier), of.signed_at, of.data)
        picture = _picture(seal)
        place = Place(face.seal.x, face.seal.y, face.seal.size) if picture is not None else None
        own = Seal(self.signer, of.code, SUITE, of.signed_at)
        drawn, lists = render(face, said), self.revocation()
        return lambda stamper: sign(drawn, Plan(own, stamper, content.authority.name, lists, picture, place))

    def _not_before(self, code: str, suites: tuple[str, ...], reserved: datetime) -> datetime:
        """When this is signed: as of the decision's reservation, or from when the certificates hold by which it is judged. A real CA's
        certificate begins when it was issued, and decisions may have waited for it."""
        chains = (self._chain(code, suite) for suite in suites)
        begins = [read_certificate(chain[0]).not_before for chain in chains if chain]
        return max([reserved, *begins])

    def _chain(self, code: str, suite: str) -> tuple[bytes, ...]:
        """The certificates of a key; none where it has none yet."""
        try:
            return self.signer.certificates(code, suite)
        except SignerAway:
            raise  # it may have them: the certificate must not lose a file because somebody was away for a moment
        except SigningFailed:
            return ()

    def _seal(self, code: str) -> bytes:
        try:
            return self.signer.seal(code)
        except SignerAway:
            raise
        except SigningFailed:
            return b""

    def layout(self, face: str) -> Layout | None:
        """The layout of that name; None where the site has none."""
        path = self.faces / f"{face}.toml"
        return _layout(path, path.stat().st_mtime_ns) if face and path.is_file() else None

    def _credential(self, content: CertificateContent, code: str, signed_at: datetime, place: int | None) -> Issued:
        seed = self._seed(content)
        status = self._status(code, place)
        seal = Seal(self.signer, code, SUITE, signed_at)
        shown = credential.showable(content)
        carried = [one.name for one in content.fields if one.name in shown]
        issued = credential.issue(content, seed, status, seal, carried)
        if len(issued_text(issued)) <= MAX_BYTES:
            return issued
        return credential.issue(content, seed, status, seal, carried[-1:])

    def _seed(self, content: CertificateContent) -> bytes:
        return hmac.digest(self.seed_key, f"disclosure {content.identifier}".encode(), "sha256")

    def _kept(self, found: list[_File]) -> Made:
        kept = [
            (kind, self.files.keep(body, media_type), suite, until) for kind, body, media_type, suite, until in found
        ]
        carriers = tuple(Carrier(kind, one.sha256, one.media_type, suite, until) for kind, one, suite, until in kept)
        return Made(carriers, tuple(stored for _, stored, _, _ in kept))


def _content(held: Held) -> CertificateContent:
    if held.content is None:
        raise NotThere("这本证照没有数据文件，画不出证面。", code="CERTIFICATE_FILE_NOT_THERE")
    return held.content


def not_drawn(error: Malformed) -> NotNow:
    """A character that no font has, a text that fits nowhere: a person mends font or layout, then it can be drawn."""
    message = "证面画不出来：字库没有其中的某个字，或者版式放不下。请运维设置含该字的字库（YIJIAN_FONT）或改版式。"
    return NotNow(f"{message}（{error.code}）", code="FACE_NOT_DRAWN")


def away(error: SignerAway) -> TryLater:
    """A token, a signing service or a timestamp authority that does not answer: the same work comes again, for as long as an outage may last."""
    return TryLater(f"Nothing was signed ({error.code}). {error}")


def issued_text(issued: Issued) -> bytes:
    """The credential as the face shows it: with the certificate's number, which stands there anyway."""
    return credential.present(issued.credential, issued.disclosures, (NUMBER_LABEL,))


def _until(token: bytes) -> datetime | None:
    """When the certificate of a timestamp ends."""
    return read_dates(timestamps.read(token).certificate)[1] if token else None


def _told(issued: Issued) -> Iterator[_File]:
    """For the holder: the text of the QR code, and what opens each hidden field."""
    yield "credential", credential.qr_text(issued_text(issued)).encode(), TEXT, SUITE, None
    opening = {label: base64.b64encode(body).decode() for label, body in issued.disclosures.items()}
    signed = base64.b64encode(issued.credential).decode()
    document = {"credential": signed, "disclosures": opening}
    yield "disclosures", json.dumps(document, ensure_ascii=False, sort_keys=True).encode(), JSON, "", None


def _picture(seal: bytes) -> bytes | None:
    """The seal's own picture, where it is one that a PDF can show."""
    if not seal:
        return None
    from certificates.seals.ses import read_seal

    info = read_seal(seal).info
    return info.picture if info.picture_type.lower() == "png" else None


@lru_cache(maxsize=64)
def _layout(path: Path, _version: int) -> Layout:
    return read_layout(path.read_bytes())
