"""One signing event: out of a certificate's content every file that carries it, each on disk before it is told of. It decides nothing.

The data file (`.ycert`) comes first; then the compact credential, which the face shows as a QR code; then the face's own files. All that
is signed is a function of the reservation, so a repetition signs the same.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from catalog.types import Site
from certificates import certificate
from certificates.certificate import CertificateContent
from certificates.compact import credential
from certificates.compact.credential import MAX_BYTES, NUMBER_LABEL, Issued
from certificates.compact.presented import SUITE, StatusReference
from certificates.envelope import Seal
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.layout import Layout, read_layout
from certificates.faces.words import Mark
from certificates.ports import Signer
from certificates.suites import default_suite
from hub.errors import NotThere
from hub.registry.rows import Carrier
from hub.store.files import Files, StoredFile

DPI = 110
PNG, TEXT, JSON = "image/png", "text/plain; charset=utf-8", "application/json"


@dataclass(frozen=True)
class Made:
    """What is on disk now: the data file first. `stored` is for the rows of files."""

    carriers: tuple[Carrier, ...]
    stored: tuple[StoredFile, ...]


@dataclass(frozen=True)
class Making:
    """`faces` is the site's folder of layouts; `seed_key` gives the salts of what a credential hides; `lists` is where status lists
    are published (docs/e-certificates.md)."""

    files: Files
    signer: Signer
    faces: Path
    seed_key: bytes = field(repr=False)
    lists: str

    def make(
        self,
        site: Site,
        authority: str,
        content: CertificateContent,
        signed_at: datetime,
        place: int | None,
        signed: Callable[[], None] = lambda: None,
    ) -> Made:
        """Sign and keep everything. `signed` is called once the first signature is there. Raises certificates' errors, DiskRefused."""
        code = site.departments[authority].uscc
        suites = self.signer.suites(code)
        suite = next(iter(suites), default_suite())
        body = certificate.issue(content, self.signer, code, suite, signed_at)
        signed()
        found = [("ycert", body, certificate.MEDIA_TYPE, suite)]
        issued = self._credential(content, code, signed_at, place) if SUITE in suites else None
        if issued is not None:
            found += _told(issued)
        return self._kept(found)

    def picture(self, site: Site, content: CertificateContent, qr: bytes | None, mark: Mark | None = None) -> bytes:
        """The face's first page as PNG, with a copy's mark where there is one. Drawn when it is asked for, since that takes longer than
        signing, and the same content gives the same picture. Raises NotThere (LAYOUT_NOT_THERE), Malformed."""
        kind = site.certificates.get(content.type_code)
        layout = self.layout(kind.face) if kind is not None else None
        if layout is None:
            raise NotThere("这一类证照还没有证面版式。请目录管理员补上 face。", code="LAYOUT_NOT_THERE")
        return preview(face_of(content, layout, qr, mark), dpi=DPI)

    def layout(self, face: str) -> Layout | None:
        """The layout of that name; None where the site has none."""
        path = self.faces / f"{face}.toml"
        return _layout(path, path.stat().st_mtime_ns) if face and path.is_file() else None

    def _credential(self, content: CertificateContent, code: str, signed_at: datetime, place: int | None) -> Issued:
        seed = hmac.digest(self.seed_key, f"disclosure {content.identifier}".encode(), "sha256")
        status = StatusReference(f"{self.lists}/{code}", place) if place is not None else None
        seal = Seal(self.signer, code, SUITE, signed_at)
        issued = credential.issue(content, seed, status, seal)
        if len(issued_text(issued)) <= MAX_BYTES:
            return issued
        return credential.issue(content, seed, status, seal, [f.name for f in content.fields[-1:]])

    def _kept(self, found: list[tuple[str, bytes, str, str]]) -> Made:
        kept = [(kind, self.files.keep(body, media_type), suite) for kind, body, media_type, suite in found]
        carriers = tuple(Carrier(kind, stored.sha256, stored.media_type, suite) for kind, stored, suite in kept)
        return Made(carriers, tuple(stored for _, stored, _ in kept))


def issued_text(issued: Issued) -> bytes:
    """The credential as the face shows it: with the certificate's number, which stands there anyway."""
    return credential.present(issued.credential, issued.disclosures, (NUMBER_LABEL,))


def _told(issued: Issued) -> Iterator[tuple[str, bytes, str, str]]:
    """For the holder: the text of the QR code, and what opens each hidden field."""
    yield "credential", credential.qr_text(issued_text(issued)).encode(), TEXT, SUITE
    opening = {label: base64.b64encode(body).decode() for label, body in issued.disclosures.items()}
    signed = base64.b64encode(issued.credential).decode()
    document = {"credential": signed, "disclosures": opening}
    yield "disclosures", json.dumps(document, ensure_ascii=False, sort_keys=True).encode(), JSON, ""


@lru_cache(maxsize=64)
def _layout(path: Path, _version: int) -> Layout:
    return read_layout(path.read_bytes())
