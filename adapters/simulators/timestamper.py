"""A timestamp authority (RFC 3161) over HTTP for the demo and the tests: real tokens, by keys made at its start. It keeps no record.

`POST /` with `application/timestamp-query`. It belongs to no department and hears digests alone, so it has no journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.simulators.http import HANG_UP, Reply, Request, Server

POLICY = "1.2.156.3005.9.1.1"
"""The policy of the demo's authority; made up."""
_REPLY = "application/timestamp-reply"
_ECDSA = ec.ECDSA(hashes.SHA256())
_YEARS = timedelta(days=3650)
_SEQUENCE, _SET, _OCTETS, _FIRST = 0x30, 0x31, 0x04, 0xA0
_SIGNED_DATA, _TST_INFO, _CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_CERTIFICATE, _SHA256, _ECDSA_SHA256 = (
    bytes(core.ObjectIdentifier(dotted).dump())
    for dotted in (
        "1.2.840.113549.1.7.2",
        "1.2.840.113549.1.9.16.1.4",
        "1.2.840.113549.1.9.3",
        "1.2.840.113549.1.9.4",
        "1.2.840.113549.1.9.16.2.47",
        "2.16.840.1.101.3.4.2.1",
        "1.2.840.10045.4.3.2",
    )
)


@dataclass(frozen=True)
class Behaviour:
    """What the authority does wrong: everything False is a good one. `slow` waits for so many seconds before it answers."""

    refuses: bool = False
    hangs_up: bool = False
    garbles: bool = False
    other_imprint: bool = False
    other_nonce: bool = False
    other_policy: bool = False
    slow: float = 0.0


class _Refusal(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp without a token."""

    _fields = [("status", tsp.PKIStatusInfo)]


@dataclass(frozen=True)
class Authority:
    """Root and timestamp certificate with their keys; `root` (DER) is what a verifier puts into its trust folder."""

    root: bytes
    certificate: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    root_key: ec.EllipticCurvePrivateKey = field(repr=False)


def make_authority(start: datetime, end: datetime, under: Authority | None = None) -> Authority:
    """A new authority whose certificate holds from `start` to `end`, its root three times ten years longer; `under` keeps the root."""
    if under is None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        name = _name("演示时间戳根证书")
        made = _certificate(
            name, name, root_key.public_key(), (start - _YEARS, end + 2 * _YEARS), root_key, authority=True
        )
    else:
        root_key, made = under.root_key, x509.load_der_x509_certificate(under.root)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _certificate(
        _name("演示时间戳服务"), made.subject, key.public_key(), (start, end), root_key, authority=False
    )
    return Authority(_der(made), _der(leaf), key, root_key)


def stamp(authority: Authority, request: bytes, at: datetime, behaviour: Behaviour = Behaviour()) -> bytes:
    """The TimeStampResp (DER) for a TimeStampReq. Raises ValueError for what is no request."""
    asked = tsp.TimeStampReq.load(request, strict=True)
    if behaviour.refuses:
        refused = {"status": "rejection", "status_string": ["演示：拒绝"], "fail_info": {"system_failure"}}
        return bytes(_Refusal({"status": tsp.PKIStatusInfo(refused)}).dump())
    token = _token(authority, _told(asked, at, behaviour).dump())
    return _put(_SEQUENCE, _put(_SEQUENCE, _integer(0)), token)


class TimestampServer:
    """The authority behind HTTP. `behaviour` and `authority` may be exchanged while it runs; `now` is the clock of its tokens."""

    def __init__(self, authority: Authority, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.authority, self.behaviour, self._now = authority, Behaviour(), now
        self._server = Server(self._handle)

    async def open(self, host: str, port: int) -> str:
        """Listen; gives the URL. Raises OSError."""
        return await self._server.listen(host, port)

    async def close(self) -> None:
        await self._server.close()

    async def _handle(self, request: Request) -> Reply:
        if self.behaviour.hangs_up:
            return HANG_UP
        if self.behaviour.slow:
            await asyncio.sleep(self.behaviour.slow)
        if self.behaviour.garbles:
            return Reply(200, b"<html></html>", "text/html")
        try:
            return Reply(200, stamp(self.authority, request.body, self._now(), self.behaviour), _REPLY)
        except ValueError:
            return Reply(400, b"", _REPLY)


@contextlib.contextmanager
def serving(server: TimestampServer, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Run the server in a thread of its own; gives its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="timestamper", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.open(host, port), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _told(asked: Any, at: datetime, behaviour: Behaviour) -> Any:
    imprint = asked["message_imprint"]
    if behaviour.other_imprint:
        imprint = tsp.MessageImprint({"hash_algorithm": imprint["hash_algorithm"], "hashed_message": bytes(32)})
    nonce = asked["nonce"].native
    told = {
        "version": "v1",
        "policy": "1.2.156.3005.9.1.2" if behaviour.other_policy else asked["req_policy"].native or POLICY,
        "message_imprint": imprint,
        "serial_number": x509.random_serial_number(),
        "gen_time": at.replace(microsecond=0),
    }
    if nonce is not None:
        told["nonce"] = nonce + 1 if behaviour.other_nonce else nonce
    return tsp.TSTInfo(told)


def _token(authority: Authority, octets: bytes) -> bytes:
    """The token over a TSTInfo, written as DER: a general library takes many times as long as the signature."""
    issued_by, meant = _named(authority.certificate)
    sha256 = _put(_SEQUENCE, _SHA256)
    attributes = _set(
        _attribute(_CONTENT_TYPE, _TST_INFO),
        _attribute(_MESSAGE_DIGEST, _put(_OCTETS, hashlib.sha256(octets).digest())),
        _attribute(_SIGNING_CERTIFICATE, meant),
    )
    value = _put(_OCTETS, authority.key.sign(attributes, _ECDSA))
    signed_attributes = bytes((_FIRST,)) + attributes[1:]
    algorithm = _put(_SEQUENCE, _ECDSA_SHA256)
    signer = _put(_SEQUENCE, _integer(1), issued_by, sha256, signed_attributes, algorithm, value)
    told = _put(_SEQUENCE, _TST_INFO, _put(_FIRST, _put(_OCTETS, octets)))
    certificates = _put(_FIRST, authority.certificate)
    signed = _put(_SEQUENCE, _integer(3), _set(sha256), told, certificates, _set(signer))
    return _put(_SEQUENCE, _SIGNED_DATA, _put(_FIRST, signed))


@lru_cache(maxsize=16)
def _named(certificate: bytes) -> tuple[bytes, bytes]:
    """IssuerAndSerialNumber, and SigningCertificateV2 (RFC 5035), of the authority's certificate."""
    leaf = asn1_x509.Certificate.load(certificate)
    bound = _put(_SEQUENCE, _put(_OCTETS, hashlib.sha256(certificate).digest()))
    by = _put(_SEQUENCE, bytes(leaf.issuer.dump()), _integer(leaf.serial_number))
    return by, _put(_SEQUENCE, _put(_SEQUENCE, bound))


def _attribute(name: bytes, value: bytes) -> bytes:
    return _put(_SEQUENCE, name, _set(value))


def _set(*members: bytes) -> bytes:
    return _put(_SET, *sorted(members))


def _integer(number: int) -> bytes:
    return bytes(core.Integer(number).dump())


def _put(tag: int, *members: bytes) -> bytes:
    """A value with its tag and shortest length."""
    content = b"".join(members)
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, size) if size < 0x80 else (tag, 0x80 | len(length), *length)) + content


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    period: tuple[datetime, datetime],
    signing: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage |= {"digital_signature": not authority, "content_commitment": not authority}
    usage |= {"key_cert_sign": authority, "crl_sign": authority}
    builder = (
        x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), *period)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signing, hashes.SHA256())


def _name(common: str) -> x509.Name:
    pairs = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "演示时间戳机构"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
