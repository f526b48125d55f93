"""RFC 3161: writes the request for a timestamp, reads and verifies tokens offline. It connects to nobody (adapters/outside does).

A token proves that the bytes with this digest existed at its time, on the word of a timestamp authority.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates import der, tokens
from certificates.errors import Malformed

MAX_BYTES = 64 * 1024
DIGEST = "sha256"
REQUEST_TYPE, RESPONSE_TYPE = "application/timestamp-query", "application/timestamp-reply"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")
_TRUE = der.tagged(der.BOOLEAN, b"\xff")
_GRANTED = {"granted", "granted_with_mods"}


class _Response(core.Sequence):  # type: ignore[misc]
    """RFC 3161 §2.4.2; asn1crypto's own demands a token even of a refusal."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says, its signature verified by the certificate inside it. Whether to believe that one is ``chain``'s matter.

    ``certificate`` is the authority's (DER), ``others`` are the further ones that came with it.
    """

    at: datetime
    digest: bytes
    policy: str
    nonce: int | None
    serial: int
    certificate: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False)


def write_request(digest: bytes, nonce: int, policy: str | None = None) -> bytes:
    """Return the TimeStampReq (DER) for a SHA-256 digest; it asks for the authority's certificate to come with the token."""
    asked = [der.integer(1), der.sequence(_SHA256, der.octets(digest))]
    if policy:
        asked.append(der.oid(policy))
    return der.sequence(*asked, der.integer(nonce), _TRUE)


def read_response(octets: bytes) -> bytes:
    """Return the token of a TimeStampResp, without what its authority did not sign. Raises Malformed ``timestamp-refused``, ``timestamp``."""
    _require_size(octets)
    try:
        response = _Response.load(octets, strict=True)
        status = str(response["status"]["status"].native)
        token = bytes(response["time_stamp_token"].dump()) if status in _GRANTED else b""
    except (ValueError, TypeError, KeyError) as error:
        raise _unreadable() from error
    if not token:
        raise Malformed(
            "timestamp-refused", "The timestamp authority refused; look into its log, and at the policy asked for."
        )
    return _stripped(token)


def _stripped(token: bytes) -> bytes:
    """Authorities may send more than they sign: lists, other certificates. Nobody would vouch for it in a file."""
    named = tokens.named(token)
    if named is not None and tokens.bare(token, named):
        return token
    try:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        leaf = _signer_certificate(signed["signer_infos"][0], _certificates(signed))
        return tokens.stripped(token, bytes(leaf.dump()))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise _unreadable() from error


def read(token: bytes) -> Stamp:
    """Read a token and verify its signature by the certificate inside. Raises Malformed; see ``Stamp`` for what is left to judge."""
    _require_size(token)
    try:
        content = cms.ContentInfo.load(token, strict=True)
        if content["content_type"].native != "signed_data":
            raise _unreadable()
        stamp = _stamp(content["content"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise _unreadable() from error
    if not tokens.bare(token, stamp.certificate):
        raise Malformed(
            "timestamp-unsigned",
            "Beside what its authority signed something else stands in the timestamp; get the file as it was issued.",
        )
    return stamp


def require(stamp: Stamp, digest: bytes, nonce: int | None = None, policy: str | None = None) -> None:
    """Raises Malformed unless the token is over ``digest`` and, where given, answers that nonce under that policy."""
    if stamp.digest != digest:
        raise Malformed("timestamp-imprint", "The timestamp is over other bytes than these; ask for one over these.")
    if nonce is not None and stamp.nonce != nonce:
        raise Malformed(
            "timestamp-nonce", "The timestamp answers another request (nonce); it may be an old one sent again."
        )
    if policy is not None and stamp.policy != policy:
        raise Malformed("timestamp-policy", "The timestamp was given under another policy than the one asked for.")


def verify(token: bytes, message: bytes) -> Stamp:
    """Read a token over the SHA-256 digest of ``message``. Raises Malformed."""
    stamp = read(token)
    require(stamp, hashlib.sha256(message).digest())
    return stamp


def _stamp(signed: Any) -> Stamp:
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        raise _unreadable()
    octets = bytes(encapsulated["content"].contents)
    told = tsp.TSTInfo.load(octets, strict=True)
    imprint = told["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != DIGEST:
        raise Malformed("timestamp-imprint", "The timestamp is over a digest that is not SHA-256.")
    signer = signed["signer_infos"][0]
    certificates = _certificates(signed)
    leaf = _signer_certificate(signer, certificates)
    _require_signature(signer, leaf, octets)
    _require_stamper(leaf, told["gen_time"].native)
    nonce = told["nonce"].native
    return Stamp(
        at=told["gen_time"].native,
        digest=bytes(imprint["hashed_message"].native),
        policy=str(told["policy"].dotted),
        nonce=None if nonce is None else int(nonce),
        serial=int(told["serial_number"].native),
        certificate=bytes(leaf.dump()),
        others=tuple(bytes(each.dump()) for each in certificates if each is not leaf),
    )


def _certificates(signed: Any) -> list[Any]:
    return [each.chosen for each in signed["certificates"] if each.name == "certificate"]


def _signer_certificate(signer: Any, certificates: list[Any]) -> Any:
    """The certificate that the signed attribute signingCertificate(V2) binds; by number alone another could be slipped in."""
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        if name not in {"signing_certificate_v2", "signing_certificate"}:
            continue
        bound = attribute["values"][0]["certs"][0]
        algorithm = bound["hash_algorithm"]["algorithm"].native if name == "signing_certificate_v2" else "sha1"
        wanted = bound["cert_hash"].native
        for each in certificates:
            if hashlib.new(algorithm, each.dump()).digest() == wanted:
                return each
    raise Malformed("timestamp-certificate", "The token does not hold the certificate of its signer; ask with certReq.")


def _require_signature(signer: Any, leaf: Any, octets: bytes) -> None:
    algorithm = str(signer["digest_algorithm"]["algorithm"].native)
    attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
    if algorithm not in _HASHES or attributes["content_type"][0].native != "tst_info":
        raise _unreadable()
    if attributes["message_digest"][0].native != hashlib.new(algorithm, octets).digest():
        raise _bad_signature()
    # What is signed is the SET OF, not the implicitly tagged field (RFC 5652 §5.4).
    message = bytes(signer["signed_attrs"].untag().dump())
    if not _verifies(leaf.public_key.dump(), signer, message, _HASHES[algorithm]):
        raise _bad_signature()


def _verifies(spki: bytes, signer: Any, message: bytes, digest: hashes.HashAlgorithm) -> bool:
    mechanism = signer["signature_algorithm"].signature_algo
    signature = bytes(signer["signature"].native)
    try:
        key = load_der_public_key(spki)
        if isinstance(key, ec.EllipticCurvePublicKey) and mechanism == "ecdsa":
            key.verify(signature, message, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and mechanism == "rsassa_pkcs1v15":
            key.verify(signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, rsa.RSAPublicKey) and mechanism == "rsassa_pss":
            key.verify(signature, message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _require_stamper(leaf: Any, at: datetime) -> None:
    """RFC 3161 §2.3: extended key usage timeStamping alone, and critical; the certificate valid at the token's time."""
    usage = leaf.extended_key_usage_value
    if usage is None or usage.native != ["time_stamping"] or "extended_key_usage" not in leaf.critical_extensions:
        raise Malformed("timestamp-certificate", "The signer's certificate is not for timestamps alone (RFC 3161 2.3).")
    if not leaf.not_valid_before <= at <= leaf.not_valid_after:
        raise Malformed(
            "timestamp-certificate", "The timestamp authority's certificate was not valid at the token's time."
        )


def _require_size(octets: bytes) -> None:
    if len(octets) > MAX_BYTES:
        raise Malformed("timestamp", f"A timestamp has at most {MAX_BYTES} bytes; this is not one.")


def _unreadable() -> Malformed:
    return Malformed("timestamp", "This is not an RFC 3161 timestamp of the kind that is verified here.")


def _bad_signature() -> Malformed:
    return Malformed("timestamp-signature", "The signature of the timestamp does not verify; it was changed.")
