"""WS-Security 1.0 and 1.1 on what we send: a UsernameToken (text or digest), a timestamp, a signature with an X.509 certificate.

What comes back is verified by `wsverify`, where the manifest demands signed answers; else TLS alone says whose answer it is.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
SECURITY = f"{_OASIS}wssecurity-secext-1.0.xsd"
UTILITY = f"{_OASIS}wssecurity-utility-1.0.xsd"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_TOKEN = f"{_OASIS}username-token-profile-1.0#"
_X509 = f"{_OASIS}x509-token-profile-1.0#X509v3"
_BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_ID = f"{{{UTILITY}}}Id"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Username:
    """`digest` sends Base64(SHA-1(nonce + created + password)) in the password's place, as the profile says."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    digest: bool = False
    nonce: bool = True
    """A text token with neither nonce nor time is what the oldest servers want."""


@dataclass(frozen=True)
class Seal:
    """Whose signature, and over which parts (local names of `Body`, `Timestamp`, `UsernameToken` or of header blocks)."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    parts: tuple[str, ...] = ("Body", "Timestamp")


@dataclass(frozen=True)
class Security:
    username: Username | None = None
    timestamp_seconds: int = 0
    seal: Seal | None = None
    must_understand: bool = True


def secure(envelope: etree._Element, security: Security, now: datetime, nonce: bytes) -> None:
    """Adds the security header, in place. `nonce` is random and used once; `now` is aware."""
    space = str(etree.QName(envelope).namespace)
    header = envelope.find(f"{{{space}}}Header")
    if header is None:
        header = etree.Element(f"{{{space}}}Header")
        envelope.insert(0, header)
    block = etree.SubElement(header, f"{{{SECURITY}}}Security", nsmap={"wsse": SECURITY, "wsu": UTILITY})
    if security.must_understand:
        block.set(f"{{{space}}}mustUnderstand", "1")
    if security.timestamp_seconds:
        _timestamp(block, now, security.timestamp_seconds)
    if security.username is not None:
        _username(block, security.username, now, nonce)
    if security.seal is not None:
        _sign(envelope, block, security.seal)


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _timestamp(block: etree._Element, now: datetime, seconds: int) -> None:
    utc = now.astimezone(UTC)
    stamp = etree.SubElement(block, f"{{{UTILITY}}}Timestamp", {_ID: "TS-1"})
    etree.SubElement(stamp, f"{{{UTILITY}}}Created").text = _moment(utc)
    etree.SubElement(stamp, f"{{{UTILITY}}}Expires").text = _moment(utc + timedelta(seconds=seconds))


def _username(block: etree._Element, username: Username, now: datetime, nonce: bytes) -> None:
    created = _moment(now.astimezone(UTC))
    token = etree.SubElement(block, f"{{{SECURITY}}}UsernameToken", {_ID: "UT-1"})
    etree.SubElement(token, f"{{{SECURITY}}}Username").text = username.user
    password = etree.SubElement(token, f"{{{SECURITY}}}Password")
    password.set("Type", f"{_TOKEN}PasswordDigest" if username.digest else f"{_TOKEN}PasswordText")
    password.text = digest(nonce, created, username.password) if username.digest else username.password
    if username.digest or username.nonce:
        said = etree.SubElement(token, f"{{{SECURITY}}}Nonce", {"EncodingType": _BASE64})
        said.text = base64.b64encode(nonce).decode("ascii")
        etree.SubElement(token, f"{{{UTILITY}}}Created").text = created


def digest(nonce: bytes, created: str, password: str) -> str:
    """The password's digest of the UsernameToken profile. SHA-1 is the profile's own; TLS is what guards the message."""
    made = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(made).decode("ascii")


# --- the signature ----------------------------------------------------------------------------------------------------


def _sign(envelope: etree._Element, block: etree._Element, seal: Seal) -> None:
    token = etree.Element(
        f"{{{SECURITY}}}BinarySecurityToken", {_ID: "X509-1", "ValueType": _X509, "EncodingType": _BASE64}
    )
    token.text = base64.b64encode(seal.certificate.public_bytes(Encoding.DER)).decode("ascii")
    block.insert(0, token)
    signature = etree.SubElement(block, f"{{{SIGNATURE}}}Signature", nsmap={"ds": SIGNATURE})
    info = etree.SubElement(signature, f"{{{SIGNATURE}}}SignedInfo")
    etree.SubElement(info, f"{{{SIGNATURE}}}CanonicalizationMethod", {"Algorithm": EXCLUSIVE})
    is_rsa = isinstance(seal.key, rsa.RSAPrivateKey)
    etree.SubElement(info, f"{{{SIGNATURE}}}SignatureMethod", {"Algorithm": _RSA_SHA256 if is_rsa else _ECDSA_SHA256})
    for at, part in enumerate(_signed_parts(envelope, block, seal.parts), start=1):
        _refer(info, part, f"P-{at}")
    value = etree.SubElement(signature, f"{{{SIGNATURE}}}SignatureValue")
    value.text = base64.b64encode(_signed(seal.key, canonical(info))).decode("ascii")
    keys = etree.SubElement(
        etree.SubElement(signature, f"{{{SIGNATURE}}}KeyInfo"), f"{{{SECURITY}}}SecurityTokenReference"
    )
    etree.SubElement(keys, f"{{{SECURITY}}}Reference", {"URI": "#X509-1", "ValueType": _X509})


def _signed_parts(envelope: etree._Element, block: etree._Element, names: tuple[str, ...]) -> list[etree._Element]:
    """The named blocks of the header and of the security block, and the body."""
    header = block.getparent()
    assert header is not None
    places = [*(one for one in envelope if one is not header), *header, *block]
    return [one for one in places if etree.QName(one).localname in names]


def _refer(info: etree._Element, part: etree._Element, name: str) -> None:
    if part.get(_ID) is None:
        part.set(_ID, name)
    reference = etree.SubElement(info, f"{{{SIGNATURE}}}Reference", {"URI": f"#{part.get(_ID)}"})
    transforms = etree.SubElement(reference, f"{{{SIGNATURE}}}Transforms")
    etree.SubElement(transforms, f"{{{SIGNATURE}}}Transform", {"Algorithm": EXCLUSIVE})
    etree.SubElement(reference, f"{{{SIGNATURE}}}DigestMethod", {"Algorithm": _SHA256})
    value = etree.SubElement(reference, f"{{{SIGNATURE}}}DigestValue")
    value.text = base64.b64encode(hashlib.sha256(canonical(part)).digest()).decode("ascii")


def canonical(node: etree._Element) -> bytes:
    """Exclusive canonical XML without comments."""
    return bytes(etree.tostring(node, method="c14n", exclusive=True, with_comments=False, with_tail=False))


def _signed(key: PrivateKey, text: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    # XML signatures write r and s side by side, not as DER.
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
