"""A private key at rest: one small file, sealed under a passphrase, the same for every suite. It touches no disk.

A JSON object whose member ``sealed`` is the PKCS#8 key under AES-256-GCM; every other member is in the clear and bound
to it as associated data, so that a key cannot be passed off as another authority's. The key of the seal comes from the
passphrase by scrypt (RFC 7914). Encrypted PKCS#8 was not taken because it binds neither owner nor suite, and because
the tools at hand write it for SM2 with 2,048 rounds of PBKDF2 only.
"""

import re
import threading
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from certificates import canonical
from certificates.canonical import Json
from certificates.envelope import SUITE_NAME
from certificates.errors import Malformed
from certificates.identifier import ISSUER_CODE
from certificates.shape import Members, write_octets
from certificates.suites import PublicKey

FORMAT = "yijian-key/1"
SALT_BYTES, NONCE_BYTES = 16, 12
# Fixed rather than read from the file: a changed file must not choose our memory and time. 32 MiB, about 0.1 s.
_KDF = "scrypt-32768-8-1"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key (PKCS#8 DER), the authority that owns it and the public half."""

    owner: str
    public: PublicKey
    pkcs8: bytes = field(repr=False)


class Passphrase:
    """A passphrase and what was already derived from it: files with one salt cost one derivation. Its repr shows nothing.

    Threads may share one; two that derive from one salt at once both do the work, harmlessly.
    """

    def __init__(self, text: str) -> None:
        self._text = text.encode("utf-8")
        self._derived: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def derive(self, salt: bytes) -> bytes:
        """The sealing key for ``salt``; 0.1 s the first time."""
        with self._lock:
            known = self._derived.get(salt)
        if known is None:
            known = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(self._text)
            with self._lock:
                self._derived[salt] = known
        return known


def seal_key(key: PrivateKey, passphrase: Passphrase, salt: bytes, nonce: bytes) -> bytes:
    """Return the file. ``nonce`` is NONCE_BYTES of fresh randomness; ``salt`` SALT_BYTES of it, which files of one passphrase may share."""
    clear: dict[str, Json] = {
        "format": FORMAT,
        "owner": key.owner,
        "suite": key.public.suite,
        "spki": write_octets(key.public.spki),
        "kdf": _KDF,
        "salt": write_octets(salt),
        "nonce": write_octets(nonce),
    }
    sealed = AESGCM(passphrase.derive(salt)).encrypt(nonce, key.pkcs8, canonical.encode(clear))
    return canonical.encode({**clear, "sealed": write_octets(sealed)})


def open_key(raw: bytes, passphrase: Passphrase) -> PrivateKey:
    """Open the file. Raises Malformed: ``passphrase`` when it is wrong or the file was changed."""
    document = canonical.parse_canonical(raw)
    members = Members(document, "key")
    members.text("format", re.compile(re.escape(FORMAT)))
    owner = members.text("owner", ISSUER_CODE)
    public = PublicKey(members.text("suite", SUITE_NAME), members.octets("spki"))
    members.text("kdf", re.compile(_KDF))
    salt, nonce, sealed = members.octets("salt"), members.octets("nonce"), members.octets("sealed")
    members.done()
    if len(nonce) != NONCE_BYTES:
        raise Malformed("shape", f"key.nonce has {NONCE_BYTES} bytes.")
    clear = {name: value for name, value in document.items() if name != "sealed"} if isinstance(document, dict) else {}
    try:
        pkcs8 = AESGCM(passphrase.derive(salt)).decrypt(nonce, sealed, canonical.encode(clear))
    except InvalidTag as error:
        raise Malformed("passphrase", "The passphrase is wrong, or the key file was changed.") from error
    return PrivateKey(owner, public, pkcs8)


def suite_of(raw: bytes) -> str:
    """The suite that a key file names in the clear; whether it says the truth shows when it is opened. Raises Malformed."""
    document = canonical.parse_canonical(raw)
    named = document.get("suite") if isinstance(document, dict) else None
    if not isinstance(named, str) or not SUITE_NAME.fullmatch(named):
        raise Malformed("shape", "key.suite is the name of a suite.")
    return named


def salt_of(raw: bytes) -> bytes:
    """The salt of a key file, so that the next file of the same passphrase may share it. Raises Malformed."""
    document = canonical.parse_canonical(raw)
    if not isinstance(document, dict):
        raise Malformed("shape", "A key file is one object.")
    return Members({"salt": document.get("salt")}, "key").octets("salt")
