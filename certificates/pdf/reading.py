"""Takes a signed PDF apart: its signature, timestamps, data file, text. It verifies nothing; ``checking`` does.

pyHanko and PDFium read the file; whatever they raise on hostile bytes stops here.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pypdfium2
from asn1crypto import core
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from certificates.errors import Malformed
from certificates.pdf.cms import bare
from certificates.pdf.rendering import ATTACHMENT
from certificates.pdf.updates import only_stamps
from certificates.pdf.weighing import LIMITS, MOST_PAGES, require_drawable
from certificates.x509.above import strangers

MAX_BYTES = 16 * 1024 * 1024
MAX_REVISIONS = 400  # each is compared with the one before; a stamping writes three, so a file stamped twice a year has so many after 66 years
# pyHanko logs what differs between two revisions, values and all; a certificate's text belongs in no log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL + 1)
# PDFium is one library with global state: one reader at a time.
_PDFIUM = threading.Lock()


@dataclass(frozen=True, slots=True)
class Signed:
    """The certification signature and what is known of it. ``intact``: its value is right over the bytes it names; ``covers``: they are
    all but the signature itself, and beside it there is room for nothing; ``unchanged``: what follows them only keeps it verifiable."""

    certificate: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False)
    algorithm: str
    digest: str
    claimed_at: datetime | None
    value: bytes = field(repr=False)
    token: bytes | None = field(repr=False)
    intact: bool
    covers: bool
    unchanged: bool


@dataclass(frozen=True, slots=True)
class DocumentStamp:
    """A document timestamp: the token and the digest of what it is over; newest last in ``Document.stamps``."""

    token: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    covers: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF as read. ``data`` is the embedded data file as it was when the signature was made; ``crls`` are from the DSS."""

    signed: Signed | None
    stamps: tuple[DocumentStamp, ...]
    data: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    early: tuple[int, int] = (0, 0)
    """How many of each lay there already when the signature was made; what comes after them was added later."""

    @property
    def early_certificates(self) -> tuple[bytes, ...]:
        return self.certificates[: self.early[0]]

    @property
    def later_certificates(self) -> tuple[bytes, ...]:
        return self.certificates[self.early[0] :]

    @property
    def later_crls(self) -> tuple[bytes, ...]:
        return self.crls[self.early[1] :]


def read(file: bytes) -> Document:
    """Take a PDF apart. Raises Malformed ``pdf``, whatever the bytes are."""
    if len(file) > MAX_BYTES or not file.startswith(b"%PDF-"):
        raise Malformed("pdf", "The file is no PDF of the kind that is verified here, or larger than 16 MiB.")
    try:
        return _document(_reader(file), file)
    except (Malformed, MemoryError):
        raise
    except Exception as error:  # the parsers of three libraries raise whatever comes to hand on hostile bytes
        raise Malformed("pdf", "The PDF cannot be read; it is damaged or made to mislead.") from error


def text_of(file: bytes) -> str:
    """Return the text of all pages without white space. Raises Malformed ``pdf``, ``pdf-heavy`` before anything is drawn."""
    try:
        require_drawable(_reader(file))
    except (Malformed, MemoryError):
        raise
    except Exception as error:  # as above
        raise Malformed("pdf", "The pages of the PDF cannot be read.") from error
    try:
        with _PDFIUM:
            document = pypdfium2.PdfDocument(file)
            try:
                text = "".join(_text_of_page(document, number) for number in range(min(len(document), MOST_PAGES)))
            finally:
                document.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Malformed("pdf", "The text of the PDF cannot be read.") from error
    return "".join(text.split())


def _text_of_page(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        return str(page.get_textpage().get_text_range())
    finally:
        page.close()


def _reader(file: bytes) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(file), decode_limits=LIMITS)


def title_of(file: bytes) -> str:
    """Return the title that the PDF gives itself; empty where it has none or cannot be read."""
    try:
        with _PDFIUM:
            document = pypdfium2.PdfDocument(file)
            try:
                return str(document.get_metadata_value("Title"))
            finally:
                document.close()
    except (pypdfium2.PdfiumError, ValueError):
        return ""


def _document(reader: PdfFileReader, file: bytes) -> Document:
    if reader.xrefs.total_revisions > MAX_REVISIONS:
        raise Malformed(
            "pdf", f"The PDF was changed more than {MAX_REVISIONS} times; a certificate is stamped again and no more."
        )
    signatures = list(reader.embedded_signatures)
    regular = [each for each in signatures if each.sig_object_type == "/Sig"]
    stamps = [each for each in signatures if each.sig_object_type == "/DocTimeStamp"]
    certificates, crls = _security_store(reader.root)
    if not regular:
        return Document(None, (), None, certificates, crls)
    # The first one: what is added after it must pass as an update of it.
    first = regular[0]
    return Document(
        _signed(reader, signatures, file),
        tuple(_stamp(each) for each in stamps),
        _data(reader, first.signed_revision),
        certificates,
        crls,
        _entries(reader.get_historical_root(first.signed_revision)),
    )


def _signed(reader: PdfFileReader, signatures: list[EmbeddedPdfSignature], file: bytes) -> Signed:
    found, *others = [each for each in signatures if each.sig_object_type == "/Sig"]
    found.compute_integrity_info(diff_policy=DEFAULT_DIFF_POLICY)  # type: ignore[no-untyped-call]
    digest = found.compute_digest()
    info, leaf = found.signer_info, found.signer_cert
    same, right = validate_sig_integrity(info, leaf, "data", digest)
    entire = (found.coverage or SignatureCoverageLevel.UNCLEAR) >= SignatureCoverageLevel.ENTIRE_REVISION
    return Signed(
        certificate=leaf.dump(),
        others=tuple(each.dump() for each in found.other_embedded_certs),
        algorithm=info["signature_algorithm"].signature_algo,
        digest=str(info["digest_algorithm"]["algorithm"].native),
        claimed_at=with_zone(found.self_reported_timestamp),
        value=info["signature"].native,
        token=_token(info),
        intact=same and right,
        covers=entire and _bare(found) and all(_fills_its_place(each, file) for each in signatures),
        unchanged=entire and not others and _unchanged(reader, found, file),
    )


def with_zone(claimed: datetime | None) -> datetime | None:
    """A PDF may give its date without a zone (``/M``): then it is read as UTC, and never compared as it stands."""
    return claimed.replace(tzinfo=UTC) if claimed is not None and claimed.tzinfo is None else claimed


def _unchanged(reader: PdfFileReader, found: EmbeddedPdfSignature, file: bytes) -> bool:
    """By pyHanko's rules, which are for all the world's files, and by those for ours, which let nothing else be there."""
    changes: object = found.diff_result
    if not isinstance(changes, DiffResult) or changes.modification_level > ModificationLevel.LTA_UPDATES:
        return False
    return only_stamps(reader, found.signed_revision, file, int(found.byte_range[2]) + int(found.byte_range[3]))


def _fills_its_place(found: EmbeddedPdfSignature, file: bytes) -> bool:
    """Whether what the byte range leaves out is the CMS in hexadecimal digits and zeros after it: no signature covers these bytes."""
    begin, end = int(found.byte_range[1]), int(found.byte_range[2])
    digits = _cms(found).hex().encode().ljust(end - begin - 2, b"0")
    return file[begin:end] in (b"<" + digits + b">", b"<" + digits.upper() + b">")


def _bare(found: EmbeddedPdfSignature) -> bool:
    """Whether the CMS holds beside what is signed only the timestamp and the signer's chain: nobody signs these parts of it."""
    signer, others = found.signer_cert.dump(), tuple(each.dump() for each in found.other_embedded_certs)
    try:
        return bare(_cms(found), signer) and not strangers((signer,), others)
    except Malformed:  # a certificate with more in it than its issuer signed
        return False


def _token(info: Any) -> bytes | None:
    # Nothing here asks for `.native` of the whole: asn1crypto would take a second over a token's certificates.
    attributes = info["unsigned_attrs"]
    for each in () if isinstance(attributes, core.Void) else attributes:
        if each["type"].native == "signature_time_stamp_token" and len(each["values"]):
            return bytes(each["values"][0].dump())
    return None


def _stamp(found: EmbeddedPdfSignature) -> DocumentStamp:
    coverage = found.evaluate_signature_coverage()
    return DocumentStamp(
        _cms(found),
        found.compute_digest("sha256"),
        coverage >= SignatureCoverageLevel.ENTIRE_REVISION,
    )


def _cms(found: EmbeddedPdfSignature) -> bytes:
    """The CMS without the zeros that fill its place in the file."""
    octets = bytes(found.pkcs7_content)
    length, head = octets[1], 2
    if length & 0x80:
        head = 2 + (length & 0x7F)
        length = int.from_bytes(octets[2:head], "big")
    return octets[: head + length]


def _data(reader: PdfFileReader, revision: int) -> bytes | None:
    for specification in _member(reader.get_historical_root(revision), "/AF") or ():
        entry = specification.get_object()
        if str(_member(entry, "/UF") or _member(entry, "/F") or "") == ATTACHMENT:
            return bytes(entry["/EF"]["/F"].data)
    return None


def _security_store(root: Any) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    certificates, crls = _stored(root)
    return _streams(certificates), _streams(crls)


def _entries(root: Any) -> tuple[int, int]:
    certificates, crls = _stored(root)
    return len(certificates), len(crls)


def _stored(root: Any) -> tuple[Any, Any]:
    store = _member(root, "/DSS") or {}
    return _member(store, "/Certs") or (), _member(store, "/CRLs") or ()


def _streams(references: Iterable[Any]) -> tuple[bytes, ...]:
    return tuple(bytes(each.get_object().data) for each in references)


def _member(container: Any, name: str) -> Any:
    """A member with its reference followed; None where there is none."""
    try:
        return container[name]
    except KeyError:
        return None
