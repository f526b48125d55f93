"""Stamps a signed PDF again (PAdES B-LTA), so that it outlives its certificates. It decides no dates: a job asks when it is due.

A document timestamp covers everything before it, the certificates and revocation lists of the last timestamp among them;
each new one must be made while the certificate of the one before it still holds.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper

from certificates import timestamps
from certificates.errors import Malformed, SigningFailed
from certificates.pdf.reading import read
from certificates.pdf.signing import DIGEST, RESERVED, SteadyWriter, with_revocation
from certificates.ports import Timestamper

# Long enough to try again for weeks, if the authority is away or has no new certificate yet.
AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a file proves itself: until the certificate of its newest timestamp ends."""

    stamps: int
    until: datetime

    def due(self, now: datetime, ahead: timedelta = AHEAD) -> bool:
        """Whether it is time to stamp again."""
        return now >= self.until - ahead


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a new stamp is made with; ``crls`` (DER) are the lists by which the last timestamp can be judged later."""

    timestamper: Timestamper
    crls: tuple[bytes, ...] = field(default=(), repr=False)


def standing(pdf: bytes) -> Standing:
    """Read how long the file proves itself. Raises Malformed: ``pdf``, ``timestamp`` where no timestamp is in it."""
    document = read(pdf)
    newest = document.stamps[-1].token if document.stamps else document.signed.token if document.signed else None
    if newest is None:
        raise Malformed("timestamp", "The PDF has no timestamp that could be renewed; sign it again.")
    leaf = x509.Certificate.load(timestamps.read(newest).certificate)
    return Standing(len(document.stamps), leaf.not_valid_after)


def restamp(pdf: bytes, renewal: Renewal) -> bytes:
    """Return the file with one more document timestamp; what was there stays byte for byte. Raises Malformed, SigningFailed."""
    before = standing(pdf)
    try:
        return asyncio.run(_restamp(pdf, renewal, before.stamps + 1))
    except (PdfError, SigningError, ValueError) as error:
        raise Malformed("pdf", "The file cannot be stamped: it is no PDF that pyHanko can extend.") from error


async def _restamp(pdf: bytes, renewal: Renewal, number: int) -> bytes:
    if renewal.crls:
        pdf = with_revocation(pdf, [], renewal.crls)
    stamper = PortTimestamper(renewal.timestamper)
    output = io.BytesIO()
    await PdfTimeStamper(stamper, field_name=f"Timestamp{number}").async_timestamp_pdf(
        SteadyWriter(pdf, str(number)), DIGEST, bytes_reserved=RESERVED, output=output
    )
    # The new authority's certificates must be in the file when the next stamp is put over it.
    return with_revocation(output.getvalue(), stamper.certificates, ())


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
