"""Stamps a signed PDF: for the first time, or again (PAdES B-LTA), so that it outlives its certificates. It decides no dates: a job asks when it is due.

The first timestamp goes into the signature's own place, which the signature leaves out: a B-B file becomes what it would have been with
an authority at hand. Each further one is a document timestamp over everything before it, the certificates and revocation lists of the
last one among them, made while the certificate of the one before it still holds.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper

from certificates import timestamps
from certificates.errors import Malformed, SigningFailed, changed_since
from certificates.pdf.checking import spoilt
from certificates.pdf.evidence import concerns
from certificates.pdf.reading import Document, read
from certificates.pdf.signing import DIGEST, RESERVED, SteadyWriter, with_revocation
from certificates.ports import Timestamper
from certificates.x509.above import strangers
from certificates.x509.chain import MOST_OTHERS

# Long enough to try again for weeks, if the authority is away or has no new certificate yet.
AHEAD = timedelta(days=90)
_OF_A_TOKEN = 16
"""Certificates that a timestamp may bring, beside those that lie in the file's store."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a file proves itself: until the certificate of its newest timestamp ends, and no longer than the signer's own until a
    document timestamp lies over it and over revocation lists that were made after the signing. None: nobody has testified to its time yet."""

    stamps: int
    until: datetime | None

    def due(self, now: datetime, ahead: timedelta = AHEAD) -> bool:
        """Whether it is time to stamp again."""
        return self.until is None or now >= self.until - ahead


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a new stamp is made with; ``crls`` (DER) are lists by which the signer and the last timestamp can be judged later: of
    them those go into the file, under the new stamp, that an issuer of its certificates made."""

    timestamper: Timestamper
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    authorities: tuple[bytes, ...] = field(default=(), repr=False)
    """Certificates (DER) of those who made the lists, roots among them: validators of others believe a list only where they know that its
    maker's certificate existed then, so those of them go into the file that made one of its lists."""


def standing(pdf: bytes) -> Standing:
    """Read how long the file proves itself. Raises Malformed: ``pdf``, also where nobody signed it."""
    return _standing(read(pdf))


def restamp(pdf: bytes, renewal: Renewal) -> bytes:
    """Return the file with its first timestamp, or with one more. What the signature covers stays byte for byte.

    Raises Malformed (``stamp-changed``: the file fails a check of its own, and a new stamp would make it look looked after;
    ``timestamp-short``: it would prove itself no longer; ``stamp-full``: nobody would read it any more), TimestamperAway, SigningFailed.
    """
    document = read(pdf)
    before = _standing(document)
    if fault := spoilt(document):
        raise changed_since(fault)
    try:
        if before.until is None:
            made = _first(pdf, renewal.timestamper)
        else:
            made = asyncio.run(_restamp(pdf, renewal, before.stamps + 1, _judged_later(document)))
    except (PdfError, SigningError, ValueError) as error:
        raise Malformed("pdf", "The file cannot be stamped: it is no PDF that pyHanko can extend.") from error
    _require_good(_read_again(made), before, renewal)
    return made


def _read_again(made: bytes) -> Document:
    """The file as its verifiers read it, within their limits. Raises Malformed ``stamp-full``."""
    try:
        document = read(made)
    except Malformed as error:
        raise _full() from error
    if len(document.certificates) + _OF_A_TOKEN > MOST_OTHERS:
        raise _full()
    return document


def _full() -> Malformed:
    return Malformed(
        "stamp-full", "With one more stamp the file would be more than a verifier reads; the one before it is kept. Issue the certificate's next version."
    )  # fmt: skip


def _require_good(made: Document, before: Standing, renewal: Renewal) -> None:
    """Nobody gets a stamped file before it passes what it was refused by. Raises SigningFailed, Malformed ``timestamp-short``."""
    after = _standing(made).until
    if after is None or before.until is not None and after <= before.until:
        raise Malformed(
            "timestamp-short", "The authority's certificate ends no later; have it renewed, or set another."
        )
    if fault := spoilt(made, renewal.authorities):
        raise SigningFailed(
            "stamp-unfit", f"What the stamping wrote fails the check “{fault}”; the file before it is kept. Report it."
        )


def _standing(document: Document) -> Standing:
    signed = document.signed
    if signed is None:
        raise Malformed("pdf", "The PDF is not signed, so there is nothing to stamp; sign it first.")
    newest = document.stamps[-1].token if document.stamps else signed.token
    if newest is None:
        return Standing(0, None)
    ends = [timestamps.read(newest).certificate, *(() if document.stamps else (signed.certificate,))]
    return Standing(len(document.stamps), min(x509.Certificate.load(each).not_valid_after for each in ends))


def _first(pdf: bytes, timestamper: Timestamper) -> bytes:
    """Put a token over the signature value beside it, as an unsigned attribute of the CMS, within the room that was kept for one."""
    found = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    value = bytes(found.signer_info["signature"].native)
    token = cms.ContentInfo.load(timestamper.stamp(hashlib.sha256(value).digest()))
    content = cms.ContentInfo.load(bytes(found.pkcs7_content))
    stamp = cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})
    content["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([stamp])
    begin, end = int(found.byte_range[1]) + 1, int(found.byte_range[2]) - 1
    octets = bytes(content.dump()).hex().upper().encode()
    if len(octets) > end - begin or len(PdfFileReader(io.BytesIO(pdf)).embedded_signatures) > 1:
        raise Malformed("pdf", "The signature has no room for a timestamp; issue the certificate's next version.")
    stamped: bytes = pdf[:begin] + octets.ljust(end - begin, b"0") + pdf[end:]
    return stamped


def _judged_later(document: Document) -> list[Any]:
    """The certificates whose validity the new stamp must let anybody judge: the signer's chain and those of the newest timestamp."""
    signed = document.signed
    token = document.stamps[-1].token if document.stamps else signed.token if signed else None
    found = [signed.certificate, *signed.others] if signed else []
    for stamp in [timestamps.read(token)] if token is not None else []:
        found += [stamp.certificate, *stamp.others]
    return [x509.Certificate.load(each) for each in dict.fromkeys([*found, *document.certificates])]


async def _restamp(pdf: bytes, renewal: Renewal, number: int, judged: list[Any]) -> bytes:
    if renewal.crls:
        pdf = _with_lists(pdf, judged, renewal)
    stamper = PortTimestamper(renewal.timestamper)
    output = io.BytesIO()
    await PdfTimeStamper(stamper, field_name=f"Timestamp{number}").async_timestamp_pdf(
        SteadyWriter(pdf, str(number)), DIGEST, bytes_reserved=RESERVED, output=output
    )
    # The new authority's certificates, and what may be known of them, must be in the file when the next stamp is put over it.
    return _with_lists(output.getvalue(), stamper.certificates, renewal)


def _with_lists(pdf: bytes, judged: list[Any], renewal: Renewal) -> bytes:
    """The file with these certificates, those above them whose lists are known, and of the lists those that they made."""
    known = [x509.Certificate.load(each) for each in renewal.authorities if renewal.crls]
    above = [each for each in _makers(judged, known) if each not in judged]
    lists = tuple(each for each in renewal.crls if concerns(each, [*judged, *above], known))
    return with_revocation(pdf, [*judged, *above], lists)


def _makers(judged: list[Any], known: list[Any]) -> list[Any]:
    """Who issued these certificates, and so makes the lists by which they are judged: the same name is not enough."""
    issuers = {each.issuer.hashable for each in judged}
    named = [each for each in known if each.subject.hashable in issuers]
    foreign = strangers(tuple(each.dump() for each in judged), tuple(each.dump() for each in named))
    return [each for each in named if each.dump() not in foreign]


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
