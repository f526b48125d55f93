"""Signs a PDF in the manner of PAdES B-LT: the seal as the visible signature, a timestamp, chain and CRLs. It draws no face.

Everything before the signature is the same for the same file, plan and time, so a crash costs nothing but the signature.
pyHanko writes the file, `certificates.pdf.cms` the signature in it; keys stay behind the port Signer, and the timestamp comes
through the port Timestamper.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from asn1crypto import crl, x509
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle

from certificates.envelope import Seal
from certificates.errors import Malformed, SigningFailed
from certificates.pdf import cms
from certificates.ports import Timestamper
from certificates.suites import suite_named
from certificates.x509.reading import read_certificate

FIELD = "Seal"
SUITES = ("ES256", "PS256")
DIGEST = "sha256"
POINTS_PER_MM = 72 / 25.4
# For the CMS with its timestamp, in hexadecimal digits; always the same, so that the bytes to be signed are.
RESERVED = 48 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A square on the first page, in millimetres from the upper left corner."""

    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Who signs (``seal``), who testifies to the time, and what a verifier needs later: the revocation lists (DER).

    Without ``timestamper`` the file is PAdES B-B until ``restamping`` stamps it.
    ``picture`` is the seal's PNG and ``place`` where it goes; without them the signature is invisible.
    """

    seal: Seal
    timestamper: Timestamper | None
    name: str
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    picture: bytes | None = field(default=None, repr=False)
    place: Place | None = None


def sign(pdf: bytes, plan: Plan) -> bytes:
    """Return the signed file (PAdES B-LT). Raises TimestamperAway, SigningFailed, SuiteUnavailable, Malformed ``pdf`` for what is no PDF."""
    try:
        return _sign(pdf, plan)
    except (PdfError, SigningError, ValueError) as error:
        raise Malformed("pdf", "The file cannot be signed: it is no PDF that pyHanko can extend.") from error


def _sign(pdf: bytes, plan: Plan) -> bytes:
    seal = plan.seal
    if seal.suite not in SUITES:
        raise SigningFailed(
            "suite-of-key", f"A PDF is signed by {' or '.join(SUITES)}, which all readers know; give such a key."
        )
    writer = SteadyWriter(pdf, seal.signed_at.isoformat())
    raw = seal.signer.certificates(seal.key_ref, seal.suite)
    chain = [_certificate(each) for each in raw]
    signer = _pdf_signer(plan, chain, _page_height(writer))
    # Chain and lists go in before the signature, so that it covers the whole file; the timestamp brings its own certificates.
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=chain, crls=_lists_of(chain, plan.crls))
    session = signer.init_signing_session(writer)
    session.system_time = seal.signed_at
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=RESERVED)
    output = io.BytesIO()
    digest, _ = prepared.digest_tbs_document(output=output)
    carried = tuple(each for each, read in zip(raw, chain, strict=True) if read is chain[0] or not _is_root(read))
    stamp = plan.timestamper.stamp if plan.timestamper is not None else None
    by = cms.Signing(carried, suite_named(seal.suite).algorithm, lambda message: _value(seal, raw[0], message), stamp)
    digest.fill_with_cms(output, cms.signature(digest.document_digest, by))
    return output.getvalue()


def _value(seal: Seal, certificate: bytes, message: bytes) -> bytes:
    """The signature value (DER), asked for once and verified by the certificate that stands in the file: a rotation may come between."""
    suite = suite_named(seal.suite)
    signature = seal.signer.sign(seal.key_ref, seal.suite, message)
    if not suite.verify(_public_key(certificate), message, signature):
        raise SigningFailed("bad-signature", "The key does not belong to the certificate of the signer; check both.")
    return suite.to_der(signature)


def _is_root(certificate: Any) -> bool:
    return bool(certificate.self_issued)


# An authority signs thousands of files with the same certificates, lists and seal.
@lru_cache(maxsize=256)
def _certificate(raw: bytes) -> Any:
    return x509.Certificate.load(raw)


@lru_cache(maxsize=256)
def _public_key(raw: bytes) -> bytes:
    return read_certificate(raw).public.spki


@lru_cache(maxsize=64)
def _list(raw: bytes) -> Any:
    return crl.CertificateList.load(raw)


def with_revocation(pdf: bytes, certificates: list[Any], crls: tuple[bytes, ...]) -> bytes:
    """Return the file with certificates, and of the CRLs those of their issuers, in its document security store (DSS), as an incremental update.

    Metadata stay as they are: a verifier lets nothing else be written after the signature.
    """
    output = io.BytesIO()
    writer = SteadyWriter(pdf, "DSS")
    lists = _lists_of(certificates, crls)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=certificates, crls=lists)
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()


def _lists_of(certificates: list[Any], crls: tuple[bytes, ...]) -> list[Any]:
    """Of the lists those that an issuer of these certificates made: a trust folder holds others' too."""
    issuers = {each.issuer.hashable for each in certificates}
    return [found for each in crls if (found := _list(each)).issuer.hashable in issuers]


class SteadyWriter(IncrementalPdfFileWriter):
    """pyHanko's writer without what it would draw at random or take from the clock: the same input gives the same bytes."""

    def __init__(self, pdf: bytes, salt: str) -> None:
        super().__init__(io.BytesIO(pdf))
        self._document_id[1] = generic.ByteStringObject(hashlib.sha256(pdf + salt.encode()).digest()[:16])

    def _update_meta(self) -> None:
        """Leave the metadata as they are: a date of change would be that of this machine's clock."""


def _page_height(writer: IncrementalPdfFileWriter) -> float:
    box = writer.prev.root["/Pages"]["/Kids"][0].get_object().get("/MediaBox")
    return float(box[3]) if box is not None else 297 * POINTS_PER_MM


def _pdf_signer(plan: Plan, chain: list[Any], height: float) -> PdfSigner:
    """pyHanko's signer, which writes the file; the signature itself is ours."""
    box, style = None, None
    if plan.picture is not None and plan.place is not None:
        left, top, side = (each * POINTS_PER_MM for each in (plan.place.x, plan.place.y, plan.place.size))
        box = (round(left), round(height - top - side), round(left + side), round(height - top))
        style = _style(plan.picture)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        name=plan.name,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    return PdfSigner(
        metadata,
        ExternalSigner(chain[0], None, RESERVED // 4),
        stamp_style=style,
        new_field_spec=SigFieldSpec(FIELD, on_page=0, box=box),
    )


def _style(picture: bytes) -> StaticStampStyle:
    whole = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0))
    return StaticStampStyle(border_width=0, background=_Picture(_packed(picture)), background_layout=whole)


@dataclass(frozen=True, slots=True)
class _Packed:
    """A picture as a PDF holds it: colours and coverage, each deflated."""

    width: int
    height: int
    colours: bytes = field(repr=False)
    cover: bytes = field(repr=False)


@lru_cache(maxsize=64)
def _packed(picture: bytes) -> _Packed:
    with Image.open(io.BytesIO(picture)) as opened:
        seal = opened.convert("RGBA")
    colours, cover = (zlib.compress(part.tobytes(), 9) for part in (seal.convert("RGB"), seal.getchannel("A")))
    return _Packed(seal.width, seal.height, colours, cover)


class _Picture(PdfContent):
    """The seal's picture, packed once for all files that it stands in."""

    def __init__(self, packed: _Packed) -> None:
        super().__init__(None, box=BoxConstraints(packed.width, packed.height))
        self._picture = packed

    def render(self) -> bytes:
        picture, writer = self._picture, self.writer
        assert writer is not None
        cover = writer.add_object(self._stream(picture.cover, "/DeviceGray"))
        image = self._stream(picture.colours, "/DeviceRGB")
        image["/SMask"] = cover
        self.set_resource(ResourceType.XOBJECT, generic.pdf_name("/Seal"), writer.add_object(image))
        return b"q %d 0 0 %d 0 0 cm /Seal Do Q" % (picture.width, picture.height)

    def _stream(self, packed: bytes, colours: str) -> generic.StreamObject:
        names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": colours, "/Filter": "/FlateDecode"}
        numbers = {"/Width": self._picture.width, "/Height": self._picture.height, "/BitsPerComponent": 8}
        said: dict[Any, Any] = {generic.pdf_name(key): generic.pdf_name(value) for key, value in names.items()}
        for key, value in numbers.items():
            said[generic.pdf_name(key)] = generic.NumberObject(value)  # type: ignore[no-untyped-call]
        return generic.StreamObject(said, encoded_data=packed)
