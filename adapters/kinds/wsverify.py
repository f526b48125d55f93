"""Verifies the signature of a SOAP answer (WS-Security, X.509): that it is of a certificate we trust, and covers what is read.

Where an answer must be signed, nothing is read that the signature does not cover. It signs nothing, and asks no authority whether a
certificate was withdrawn: what is trusted is what lies in the file or folder.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.wssecurity import EXCLUSIVE, SECURITY, SIGNATURE, UTILITY
from adapters.kinds.xsd_read import Misfit

SKEW = timedelta(minutes=5)
"""How far the far side's clock may be from ours."""
MOST_REFERENCES = 30
_DS, _WSSE, _WSU = f"{{{SIGNATURE}}}", f"{{{SECURITY}}}", f"{{{UTILITY}}}"
_IDS = (f"{_WSU}Id", "{http://www.w3.org/XML/1998/namespace}id", "Id", "ID", "id", "AssertionID")
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_METHODS = {f"{_MORE}{kind}-{name}": (kind, made) for kind in ("rsa", "ecdsa") for name, made in _HASHES.items()}


@dataclass(frozen=True)
class Trusted:
    """Whose signature is believed: these certificates themselves, and what those of them that are authorities issued. `parts` are
    local names of what it must cover: `Body`, `Timestamp`, header blocks."""

    certificates: tuple[x509.Certificate, ...]
    parts: tuple[str, ...] = ("Body", "Timestamp")
    faults: bool = True
    """Whether a fault must be signed too."""


def trusted_in(place: Path, parts: tuple[str, ...], faults: bool, where: str) -> Trusted:
    """A PEM file, or a folder of them. Raises Misconfigured."""
    files = sorted(place.glob("*.pem")) if place.is_dir() else [place]
    try:
        found = [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
    except (OSError, ValueError) as e:
        raise Misconfigured(
            f"{where}: {place.name} holds no certificate that can be read ({type(e).__name__}); PEM is wanted."
        ) from None
    if not found:
        raise Misconfigured(f"{where}: no *.pem lies in {place.name}; put the department's certificate there.")
    return Trusted(tuple(found), parts, faults)


def covered(
    envelope: etree._Element, trusted: Trusted, now: datetime, *, is_fault: bool = False
) -> tuple[etree._Element, ...]:
    """The elements that a good signature covers. Raises Misfit: unsigned, signature, signature_cover, signature_algorithm,
    signature_certificate, signature_time."""
    security = _security(envelope)
    signature = _only(security, f"{_DS}Signature", "unsigned")
    info = _only(signature, f"{_DS}SignedInfo", "signature")
    signer = _signer(security, signature, trusted, now)
    _check_value(info, signature, signer)
    found = tuple(_referred(envelope, reference) for reference in _references(info))
    parts = tuple(part for part in trusted.parts if part in ("Body", "Timestamp")) if is_fault else trusted.parts
    for part in parts:
        if not any(_is_at(envelope, security, one, part) for one in found):
            raise Misfit(part, "signature_cover")
    stamp = security.find(f"{_WSU}Timestamp")
    if stamp is not None and any(one is stamp for one in found):
        _check_time(stamp, now)
    return found


# --- where things stand ------------------------------------------------------------------------------------------------


def _security(envelope: etree._Element) -> etree._Element:
    """The one security block that bears a signature, in the one header. More than one of anything is how answers are wrapped."""
    headers = [one for one in envelope if etree.QName(one).localname == "Header"]
    bodies = [one for one in envelope if etree.QName(one).localname == "Body"]
    if len(bodies) != 1 or len(headers) > 1:
        raise Misfit("Envelope", "signature_cover")
    blocks = [one for header in headers for one in header if one.tag == f"{_WSSE}Security"]
    signed = [one for one in blocks if one.find(f"{_DS}Signature") is not None]
    if not signed:
        raise Misfit("Header", "unsigned")
    if len(signed) > 1:
        raise Misfit("Header", "signature_cover")
    return signed[0]


def _is_at(envelope: etree._Element, security: etree._Element, one: etree._Element, part: str) -> bool:
    """Whether it is the part that is read, in its own place, and not one of the same name elsewhere."""
    if etree.QName(one).localname != part:
        return False
    parent = one.getparent()
    if part == "Timestamp":
        return parent is security and one.tag == f"{_WSU}Timestamp"
    if part == "Body":
        return parent is envelope and etree.QName(one).namespace == etree.QName(envelope).namespace
    return parent is security.getparent()


def _only(parent: etree._Element, tag: str, rule: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise Misfit(etree.QName(tag).localname, rule if not found else "signature_cover")
    return found[0]


# --- whose it is -------------------------------------------------------------------------------------------------------


def _signer(
    security: etree._Element, signature: etree._Element, trusted: Trusted, now: datetime
) -> tuple[x509.Certificate, ...]:
    """The certificate that the message shows, if we believe it; where it shows none, those that are pinned."""
    shown = _shown(security, signature)
    if shown is None:
        candidates = tuple(one for one in trusted.certificates if _holds(one, now))
    else:
        candidates = (shown,) if _holds(shown, now) and _is_believed(shown, trusted, now) else ()
    if not candidates:
        raise Misfit("BinarySecurityToken", "signature_certificate")
    return candidates


def _shown(security: etree._Element, signature: etree._Element) -> x509.Certificate | None:
    reference = signature.find(f"{_DS}KeyInfo/{_WSSE}SecurityTokenReference/{_WSSE}Reference")
    inside = signature.find(f".//{_DS}X509Certificate")
    if reference is not None:
        named = str(reference.get("URI", "")).removeprefix("#")
        tokens = [one for one in security.findall(f"{_WSSE}BinarySecurityToken") if one.get(f"{_WSU}Id") == named]
        if len(tokens) != 1:
            raise Misfit("BinarySecurityToken", "signature_cover")
        inside = tokens[0]
    if inside is None:
        return None
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join((inside.text or "").split()), validate=True))
    except (ValueError, binascii.Error):
        raise Misfit("BinarySecurityToken", "signature_certificate") from None


def _is_believed(shown: x509.Certificate, trusted: Trusted, now: datetime) -> bool:
    return shown in trusted.certificates or any(
        _issued(shown, authority) and _holds(authority, now) for authority in trusted.certificates
    )


def _issued(shown: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        shown.verify_directly_issued_by(authority)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return constraints.ca


def _holds(certificate: x509.Certificate, now: datetime) -> bool:
    """In its time, and made for signing where it says what it is for."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _check_value(info: etree._Element, signature: etree._Element, signers: tuple[x509.Certificate, ...]) -> None:
    kind, made = _METHODS.get(_algorithm(info, "SignatureMethod"), ("", hashes.SHA256()))
    if not kind:
        raise Misfit("SignatureMethod", "signature_algorithm")
    text = _canonical(info, info.find(f"{_DS}CanonicalizationMethod"))
    value = _bytes(signature, "SignatureValue")
    if not any(_is_signed(one, kind, made, value, text) for one in signers):
        raise Misfit("SignatureValue", "signature")


def _is_signed(certificate: x509.Certificate, kind: str, made: hashes.HashAlgorithm, value: bytes, text: bytes) -> bool:
    key = certificate.public_key()
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, text, padding.PKCS1v15(), made)
            return True
        if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey) and len(value) % 2 == 0:
            half = len(value) // 2
            pair = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            key.verify(pair, text, ec.ECDSA(made))
            return True
    except InvalidSignature:
        return False
    return False


# --- what it covers ----------------------------------------------------------------------------------------------------


def _references(info: etree._Element) -> list[etree._Element]:
    found: list[etree._Element] = info.findall(f"{_DS}Reference")
    if not 0 < len(found) <= MOST_REFERENCES:
        raise Misfit("SignedInfo", "signature_cover")
    return found


def _referred(envelope: etree._Element, reference: etree._Element) -> etree._Element:
    """The one element that it names, if its digest is right."""
    named = str(reference.get("URI", ""))
    found = list(_bearing(envelope, named.removeprefix("#"))) if named.startswith("#") and len(named) > 1 else []
    if len(found) != 1:
        # An id that stands twice is how another body is slipped in below a good signature.
        raise Misfit("Reference", "signature_cover")
    steps = reference.findall(f"{_DS}Transforms/{_DS}Transform")
    name = _DIGESTS.get(_algorithm(reference, "DigestMethod"), "")
    if len(steps) != 1 or not name:
        raise Misfit("Transforms" if name else "DigestMethod", "signature_algorithm")
    if hashlib.new(name, _canonical(found[0], steps[0])).digest() != _bytes(reference, "DigestValue"):
        raise Misfit(etree.QName(found[0]).localname, "signature")
    return found[0]


def _bearing(envelope: etree._Element, name: str) -> Iterator[etree._Element]:
    for one in envelope.iter(etree.Element):
        if any(one.get(key) == name for key in _IDS):
            yield one


def _canonical(node: etree._Element, how: etree._Element | None) -> bytes:
    """Exclusive canonical XML, with the prefixes that it says are to be kept. Raises Misfit for any other way."""
    if how is None or how.get("Algorithm") != EXCLUSIVE:
        raise Misfit("CanonicalizationMethod", "signature_algorithm")
    kept = how.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = [] if kept is None else str(kept.get("PrefixList", "")).split()
    return bytes(
        etree.tostring(
            node, method="c14n", exclusive=True, with_comments=False, with_tail=False, inclusive_ns_prefixes=prefixes
        )
    )


def _algorithm(parent: etree._Element, name: str) -> str:
    found = parent.find(f"{_DS}{name}")
    return "" if found is None else str(found.get("Algorithm", ""))


def _bytes(parent: etree._Element, name: str) -> bytes:
    try:
        return base64.b64decode("".join(str(parent.findtext(f"{_DS}{name}") or "").split()), validate=True)
    except (ValueError, binascii.Error):
        raise Misfit(name, "signature") from None


def _check_time(stamp: etree._Element, now: datetime) -> None:
    created, expires = (_moment(stamp.findtext(f"{_WSU}{name}")) for name in ("Created", "Expires"))
    if created is None or created - now > SKEW or (expires is not None and now - expires > SKEW):
        raise Misfit("Timestamp", "signature_time")
    if expires is None and now - created > 2 * SKEW:
        raise Misfit("Timestamp", "signature_time")


def _moment(said: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
