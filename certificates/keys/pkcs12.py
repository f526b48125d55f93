"""PKCS#12: reads the private key and its certificates out of a ``.p12`` or ``.pfx``, of SM2 too, after its MAC was verified. It writes none."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import pkcs12

from certificates.errors import Malformed
from certificates.keys import pbes2
from certificates.keys.pbes2 import Password
from certificates.keys.pkcs8 import open_encrypted, public_half
from certificates.suites import PublicKey
from certificates.x509.reading import read_certificate

MAX_BYTES = 256 * 1024
_MOST_ROUNDS = 10_000_000
_DIGESTS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.156.10197.1.401": "sm3",
}
_LONG_BLOCKS = ("sha384", "sha512")
_MAC_KEY = 3  # RFC 7292 B.3


@dataclass(frozen=True, slots=True)
class Container:
    """One key with its certificates: leaf first, then each one's issuer as far as they are there (DER)."""

    public: PublicKey
    pkcs8: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)


def read_container(raw: bytes, password: Password) -> Container:
    """Raises Malformed: ``passphrase``, ``container``, ``container-algorithm``, ``key``; SuiteUnavailable."""
    if len(raw) > MAX_BYTES:
        raise Malformed("too-large", f"A container of more than {MAX_BYTES} bytes is not read.")
    try:
        told = pkcs12.Pfx.load(raw, strict=True)
        # Nothing inside is looked at before the MAC over all of it is right.
        _require_mac(told, password)
        bags = [bag for part in told.authenticated_safe for bag in _bags(part, password)]
        keys = [found for bag in bags if (found := _key(bag, password)) is not None]
        certificates = [
            bag["bag_value"]["cert_value"].parsed.dump() for bag in bags if bag["bag_id"].native == "cert_bag"
        ]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Malformed("container", "This is not one whole PKCS#12 container; export it again.") from error
    if len(keys) != 1:
        raise Malformed("container", f"The container holds {len(keys)} keys; export one key into one container.")
    public = public_half(keys[0])
    return Container(public, keys[0], _ordered(public, certificates))


def _require_mac(told: Any, password: Password) -> None:
    mac = told["mac_data"]
    if mac.native is None:
        raise Malformed("container", "The container has no MAC, so anybody may have changed it; export it with one.")
    algorithm = mac["mac"]["digest_algorithm"]["algorithm"].dotted
    digest = _DIGESTS.get(algorithm)
    if digest is None:
        raise Malformed("container-algorithm", f"The MAC {algorithm} is not read; export with `-macalg sha256` or sm3.")
    rounds, salt = mac["iterations"].native, mac["mac_salt"].native
    if not 1 <= rounds <= _MOST_ROUNDS or len(salt) > 128:
        raise Malformed("container", "Salt or rounds of the MAC are out of range; export the container again.")
    content = told["auth_safe"]["content"].native
    made = hmac.new(_derived(password, digest, salt, rounds), content, digest).digest()
    if not hmac.compare_digest(made, mac["mac"]["digest"].native):
        raise pbes2.wrong_password()


def _derived(password: Password, digest: str, salt: bytes, rounds: int) -> bytes:
    """The MAC key of RFC 7292 appendix B.2, one block of the digest: longer ones are never asked for."""
    block = 128 if digest in _LONG_BLOCKS else 64
    word = password.text.encode("utf-16-be") + b"\0\0"
    made = bytes([_MAC_KEY]) * block + _filled(salt, block) + _filled(word, block)
    for _ in range(rounds):
        made = hashlib.new(digest, made).digest()
    return made


def _filled(text: bytes, block: int) -> bytes:
    """``text`` repeated to whole blocks."""
    length = -(-len(text) // block) * block
    return (text * (length // len(text) + 1))[:length] if text else b""


def _bags(part: Any, password: Password) -> Any:
    kind = part["content_type"].native
    if kind == "data":
        return pkcs12.SafeContents.load(part["content"].native, strict=True)
    if kind != "encrypted_data":
        raise Malformed("container-algorithm", "The container is sealed to a public key; export it with a password.")
    told = part["content"]["encrypted_content_info"]
    plain = pbes2.decrypt(told["content_encryption_algorithm"], told["encrypted_content"].native, password)
    return pkcs12.SafeContents.load(plain, strict=True)


def _key(bag: Any, password: Password) -> bytes | None:
    match bag["bag_id"].native:
        case "pkcs8_shrouded_key_bag":
            return open_encrypted(bag["bag_value"].untag().dump(), password)
        case "key_bag":
            return bytes(bag["bag_value"].untag().dump())
    return None


def _ordered(public: PublicKey, certificates: list[bytes]) -> tuple[bytes, ...]:
    """The key's own certificate and those above it. Raises Malformed where none is the key's."""
    read = {der: read_certificate(der) for der in certificates}
    chain = [found for found in read.values() if found.public == public][:1]
    if not chain:
        raise Malformed("container", "None of the container's certificates is the key's; export the key with its own.")
    while above := [each for each in read.values() if each.subject == chain[-1].issuer and each not in chain]:
        chain.append(above[0])
    return tuple(each.der for each in chain)
