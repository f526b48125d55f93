"""Signs a PDF in the manner of PAdES B-LT: the seal as the visible signature, a timestamp, chain and CRLs. It draws no face.

Everything before the signature is the same for the same file, plan and time, so a crash costs nothing but the signature.
pyHanko writes the file; keys stay behind the port Signer, and the timestamp comes through the port Timestamper.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import algos, cms, crl, x509
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.envelope import Seal
from certificates.errors import Malformed, SigningFailed
from certificates.ports import Timestamper
from certificates.suites import suite_named

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

    ``picture`` is the seal's PNG and ``place`` where it goes; without them the signature is invisible.
    """

    seal: Seal
    timestamper: Timestamper
    name: str
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    picture: bytes | None = field(default=None, repr=False)
    place: Place | None = None


def sign(pdf: bytes, plan: Plan) -> bytes:
    """Return the signed file (PAdES B-LT). Raises SigningFailed, SuiteUnavailable, Malformed ``pdf`` for what is no PDF."""
    try:
        return asyncio.run(_sign(pdf, plan))
    except (PdfError, SigningError, ValueError) as error:
        raise Malformed("pdf", "The file cannot be signed: it is no PDF that pyHanko can extend.") from error


async def _sign(pdf: bytes, plan: Plan) -> bytes:
    seal = plan.seal
    if seal.suite not in SUITES:
        raise SigningFailed(
            "suite-of-key", f"A PDF is signed by {' or '.join(SUITES)}, which all readers know; give such a key."
        )
    writer = SteadyWriter(pdf, seal.signed_at.isoformat())
    chain = [x509.Certificate.load(each) for each in seal.signer.certificates(seal.key_ref, seal.suite)]
    stamper = PortTimestamper(plan.timestamper)
    signer = _pdf_signer(plan, _PortSigner(seal, chain), stamper, _page_height(writer))
    # Chain and lists go in before the signature, so that it covers the whole file; the timestamp brings its own certificates.
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=chain, crls=_lists_of(chain, plan.crls))
    session = signer.init_signing_session(writer)
    session.system_time = seal.signed_at
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=RESERVED)
    output = io.BytesIO()
    digest, _ = prepared.digest_tbs_document(output=output)
    await prepared.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=seal.signed_at))
    return output.getvalue()


def with_revocation(pdf: bytes, certificates: list[Any], crls: tuple[bytes, ...]) -> bytes:
    """Return the file with certificates, and of the CRLs those of their issuers, in its document security store (DSS), as an incremental update."""
    output = io.BytesIO(pdf)
    lists = _lists_of(certificates, crls)
    DocumentSecurityStore.add_dss(output, None, certs=certificates, crls=lists, force_write=True)
    return output.getvalue()


def _lists_of(certificates: list[Any], crls: tuple[bytes, ...]) -> list[Any]:
    """Of the lists those that an issuer of these certificates made: a trust folder holds others' too."""
    issuers = {each.issuer.hashable for each in certificates}
    return [found for each in crls if (found := crl.CertificateList.load(each)).issuer.hashable in issuers]


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


def _pdf_signer(plan: Plan, cms_signer: CmsSigner, stamper: TimeStamper, height: float) -> PdfSigner:
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
        cms_signer,
        timestamper=stamper,
        stamp_style=style,
        new_field_spec=SigFieldSpec(FIELD, on_page=0, box=box),
    )


def _style(picture: bytes) -> StaticStampStyle:
    with Image.open(io.BytesIO(picture)) as opened:
        seal = opened.convert("RGBA")
    whole = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0))
    image = PdfImage(seal, name="Seal", box=BoxConstraints(seal.width, seal.height))
    return StaticStampStyle(border_width=0, background=image, background_layout=whole)


class _PortSigner(CmsSigner):
    """pyHanko's signer, behind which stands the port."""

    def __init__(self, seal: Seal, chain: list[Any]) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(chain[1:])
        mechanism = algos.SignedDigestAlgorithm.load(suite_named(seal.suite).algorithm)
        super().__init__(signing_cert=chain[0], cert_registry=store, signature_mechanism=mechanism, embed_roots=False)
        self._seal = seal

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        seal = self._seal
        suite = suite_named(seal.suite)
        signature = seal.signer.sign(seal.key_ref, seal.suite, data)
        if not suite.verify(seal.signer.public_key(seal.key_ref, seal.suite).spki, data, signature):
            raise SigningFailed(
                "bad-signature", "The signer gave a signature that does not verify; check the signer's key."
            )
        return suite.to_der(signature)


class PortTimestamper(TimeStamper):
    """pyHanko's timestamper, behind which stands the port. ``certificates`` are those that came with its tokens."""

    def __init__(self, port: Timestamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._port = port
        self.certificates: list[Any] = []

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        if md_algorithm != DIGEST:
            raise SigningFailed("timestamp-imprint", "Timestamps here are over SHA-256; sign with that digest.")
        token = cms.ContentInfo.load(self._port.stamp(message_digest))
        self.certificates += [each.chosen for each in token["content"]["certificates"]]
        return token
