"""Until when the certificates on the way to a department hold: its server's, and those in the files of the connection. It sends no request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

SECONDS = 5.0


@dataclass(frozen=True)
class Certificate:
    """`about` says which one in words, `ends` when it stops to hold."""

    about: str
    ends: datetime


async def of_server(address: str) -> Certificate | None:
    """What the server shows, whoever vouches for it; None where there is no TLS, or nobody answers (others say so)."""
    target = urlsplit(address)
    if target.scheme != "https" or not target.hostname:
        return None
    # Whether it is trusted is the guard's matter: an expired one must be seen here to be named.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(
                target.hostname, target.port or 443, ssl=context, server_hostname=target.hostname
            )
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
    except (OSError, TimeoutError, ssl.SSLError):
        return None
    return Certificate("the server's certificate", x509.load_der_x509_certificate(shown).not_valid_after_utc)


def of_file(place: Path) -> Iterator[Certificate]:
    """Every certificate in a PEM file. Raises OSError, ValueError where it holds none."""
    for found in x509.load_pem_x509_certificates(place.read_bytes()):
        yield Certificate(f"a certificate in {place.name}", found.not_valid_after_utc)
