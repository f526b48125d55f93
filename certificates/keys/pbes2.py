"""PBES2 of RFC 8018 with the algorithms that SM2 keys come in: PBKDF2 by HMAC-SHA-2 or HMAC-SM3, AES-CBC or SM4-CBC. No other ways."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

from asn1crypto import algos, core
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from certificates.errors import Malformed

ROUNDS = 600_000
"""What we write with; about a quarter of a second."""
# A file must not choose how long we compute: ten million rounds are some seconds.
_MOST_ROUNDS = 10_000_000
_SALT_BYTES = range(8, 129)

_PBES2, _PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
_PRFS = {
    "1.2.840.113549.2.7": "sha1",  # the default of RFC 8018, so what is left out
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
    "1.2.156.10197.1.401.2": "sm3",  # GM/T 0006: SM3 with a key
    "1.2.156.10197.1.401.3.1": "sm3",  # OpenSSL's hmacWithSM3
}
_CIPHERS: dict[str, tuple[Any, int]] = {
    "2.16.840.1.101.3.4.1.2": (algorithms.AES, 16),
    "2.16.840.1.101.3.4.1.22": (algorithms.AES, 24),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES, 32),
    "1.2.156.10197.1.104.2": (algorithms.SM4, 16),
}


class Password:
    """A password and what was already derived from it: files that share a salt cost one derivation. Its repr shows nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._derived: dict[tuple[str, bytes, int, int], bytes] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "Password(…)"

    def derive(self, digest: str, salt: bytes, rounds: int, length: int) -> bytes:
        """PBKDF2-HMAC of ``digest`` (hashlib's name)."""
        wanted = (digest, salt, rounds, length)
        with self._lock:
            if wanted not in self._derived:
                self._derived[wanted] = hashlib.pbkdf2_hmac(digest, self.text.encode("utf-8"), salt, rounds, length)
            return self._derived[wanted]


def decrypt(algorithm: Any, sealed: bytes, password: Password) -> bytes:
    """Open what ``algorithm`` (``asn1crypto.algos.EncryptionAlgorithm``) sealed.

    Raises Malformed: ``container-algorithm`` for every other way, ``passphrase`` when the padding comes out wrong. A wrong
    password gets past the padding once in 256 times: the caller must look at what came out.
    """
    if algorithm["algorithm"].dotted != _PBES2:
        raise _unknown("scheme", algorithm["algorithm"].dotted)
    told = algorithm["parameters"]
    kdf, scheme = told["key_derivation_func"], told["encryption_scheme"]
    if kdf["algorithm"].dotted != _PBKDF2:
        raise _unknown("key derivation", kdf["algorithm"].dotted)
    cipher, length = _CIPHERS.get(scheme["algorithm"].dotted, (None, 0))
    if cipher is None:
        raise _unknown("cipher", scheme["algorithm"].dotted)
    # SM4's parameters are unknown to asn1crypto: an OCTET STRING all the same.
    iv = core.OctetString.load(scheme["parameters"].dump(), strict=True).native
    if len(iv) != 16 or len(sealed) % 16 or not sealed:
        raise Malformed("container", "The encrypted part is cut short; get the file again.")
    opened = Cipher(cipher(_key(kdf["parameters"], password, length)), modes.CBC(iv)).decryptor()
    padded = opened.update(sealed) + opened.finalize()
    unpadder = PKCS7(128).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise wrong_password() from error


def encrypt(plain: bytes, password: Password, salt: bytes, iv: bytes, rounds: int = ROUNDS) -> tuple[Any, bytes]:
    """Seal by PBKDF2-HMAC-SHA256 and AES-256-CBC; gives the algorithm and the sealed bytes. ``iv`` is 16 fresh random bytes."""
    padder = PKCS7(128).padder()
    closed = Cipher(algorithms.AES(password.derive("sha256", salt, rounds, 32)), modes.CBC(iv)).encryptor()
    sealed = closed.update(padder.update(plain) + padder.finalize()) + closed.finalize()
    derivation = {
        "salt": algos.Pbkdf2Salt("specified", salt),
        "iteration_count": rounds,
        "prf": {"algorithm": "sha256"},
    }
    parameters = {
        "key_derivation_func": {"algorithm": "pbkdf2", "parameters": derivation},
        "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": iv},
    }
    return algos.EncryptionAlgorithm({"algorithm": "pbes2", "parameters": parameters}), sealed


def wrong_password() -> Malformed:
    """The same words wherever it shows."""
    return Malformed("passphrase", "The password is wrong, or the file was changed.")


def _key(told: Any, password: Password, length: int) -> bytes:
    digest = _PRFS.get(told["prf"]["algorithm"].dotted)
    if digest is None:
        raise _unknown("PRF", told["prf"]["algorithm"].dotted)
    salt, rounds = told["salt"].native, told["iteration_count"].native
    if not isinstance(salt, bytes) or len(salt) not in _SALT_BYTES or not 1 <= rounds <= _MOST_ROUNDS:
        raise Malformed("container", "Salt or rounds of the key derivation are out of range; export the key again.")
    return password.derive(digest, salt, rounds, length)


def _unknown(what: str, oid: str) -> Malformed:
    return Malformed(
        "container-algorithm",
        f"The {what} {oid} is not read; export the key again by PBES2 with PBKDF2 and AES-256-CBC or SM4-CBC.",
    )
