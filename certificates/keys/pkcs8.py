"""PKCS#8: reads private keys of every suite, plain and encrypted (PBES2), PEM or DER; writes encrypted ones. It touches no disk."""

from __future__ import annotations

from typing import Any

from asn1crypto import core, keys

from certificates.errors import CertificateError, Malformed
from certificates.keys import pbes2
from certificates.keys.pbes2 import ROUNDS, Password
from certificates.suites import SUITES, PublicKey
from certificates.x509.reading import pem, split_pem

MAX_BYTES = 64 * 1024
ENCRYPTED, PLAIN = "ENCRYPTED PRIVATE KEY", "PRIVATE KEY"


def read_key(raw: bytes, password: Password) -> tuple[PublicKey, bytes]:
    """The public half and the private key (PKCS#8 DER) of one key file.

    Raises Malformed: ``passphrase``, ``container`` (cut short, several keys, no key), ``container-algorithm``, ``key`` (of no
    suite of ours); SuiteUnavailable where this machine cannot read an SM2 key.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("too-large", f"A key file of more than {MAX_BYTES} bytes is not read.")
    der = _der(raw)
    if _is_encrypted(der):
        der = open_encrypted(der, password)
    return public_half(der), der


def open_encrypted(der: bytes, password: Password) -> bytes:
    """The PKCS#8 key inside an EncryptedPrivateKeyInfo (DER). Raises Malformed, as ``read_key``."""
    try:
        told = keys.EncryptedPrivateKeyInfo.load(der, strict=True)
        plain = pbes2.decrypt(told["encryption_algorithm"], told["encrypted_data"].native, password)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged() from error
    if not _is_key(plain):
        raise pbes2.wrong_password()
    return plain


def write_key(pkcs8: bytes, password: Password, salt: bytes, iv: bytes, rounds: int = ROUNDS) -> bytes:
    """The PEM of an encrypted key, which ``openssl pkey`` opens too. ``salt`` may be shared by files of one password, ``iv`` not."""
    algorithm, sealed = pbes2.encrypt(pkcs8, password, salt, iv, rounds)
    made = keys.EncryptedPrivateKeyInfo({"encryption_algorithm": algorithm, "encrypted_data": sealed})
    return pem([made.dump()], ENCRYPTED)


def public_half(pkcs8: bytes) -> PublicKey:
    """The public half of a PKCS#8 key, which tells its suite. Raises Malformed ``key`` for a key of none of ours."""
    suite = SUITES.get(_suite(pkcs8))
    if suite is None:
        raise Malformed("key", f"The key is of no known suite ({', '.join(SUITES)}); make or ask for one of them.")
    try:
        return suite.public_key(pkcs8)
    except Malformed as error:
        raise Malformed("key", "The private key is damaged, or lies outside its curve; get the file again.") from error


def _suite(pkcs8: bytes) -> str:
    try:
        algorithm = keys.PrivateKeyInfo.load(pkcs8, strict=True)["private_key_algorithm"]
        kind = algorithm["algorithm"].native
        if kind == "ec":
            curve = algorithm["parameters"].chosen
            named = curve.dotted if isinstance(curve, core.ObjectIdentifier) else ""
            return {"1.2.840.10045.3.1.7": "ES256", "1.2.156.10197.1.301": "SM2_SM3"}.get(named, "")
        return {"ed25519": "EdDSA", "rsa": "PS256"}.get(kind, "")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged() from error


def _der(raw: bytes) -> bytes:
    if not raw.lstrip().startswith(b"-----BEGIN"):
        return raw
    found = (*split_pem(raw, ENCRYPTED), *split_pem(raw, PLAIN))
    if len(found) != 1:
        raise Malformed(
            "container", "The file must hold one key in PKCS#8 (`openssl pkcs8 -topk8` makes one of an older form)."
        )
    return found[0]


def _is_encrypted(der: bytes) -> bool:
    try:
        first: Any = core.Sequence.load(der, strict=True)[0]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise _damaged() from error
    return isinstance(first, core.Sequence)  # a plain one begins with its version


def _is_key(plain: bytes) -> bool:
    try:
        found = keys.PrivateKeyInfo.load(plain, strict=True)
        return found["version"].native is not None and bool(found["private_key_algorithm"]["algorithm"].dotted)
    except (ValueError, TypeError, KeyError, AttributeError, CertificateError):
        return False


def _damaged() -> Malformed:
    return Malformed("container", "This is not one whole PKCS#8 key; get the file again.")
