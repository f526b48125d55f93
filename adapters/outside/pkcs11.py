"""Signing keys in a PKCS#11 token (HSM, smart card), behind the port Signer. It makes no keys, and never tries a wrong PIN twice.

A key pair is found in the token by its label `<authority code>.<SUITE>`; certificates and seals lie in the key folder as for other keys.
ES256 and PS256 by the standard's mechanisms (tested against SoftHSM2). SM2_SM3 by a vendor's mechanism number, over the digest
that GB/T 32918.2 prescribes: written from the standard, not tried on any token.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signer import KeyUse, use_of
from certificates.errors import Malformed, SignerAway, SigningFailed
from certificates.suites import SUITES, PublicKey, sm2_plain, suite_named
from certificates.x509.reading import read_certificate

# What a token says when it is gone, or was away and forgot who had logged in: open everything anew.
_LOST = (
    "DeviceRemoved",
    "DeviceError",
    "TokenNotPresent",
    "SessionClosed",
    "SessionHandleInvalid",
    "UserNotLoggedIn",
    "ObjectHandleInvalid",
    "KeyHandleInvalid",
    "NoSuchToken",
    "SlotIDInvalid",
    "GeneralError",
)


@dataclass(frozen=True)
class TokenPlace:
    """Which token: the vendor's library, the token's label, its user PIN; `sm2_mechanism` is the vendor's number, 0 for none."""

    library: Path
    label: str
    pin: str = field(repr=False)
    sm2_mechanism: int = 0


class TokenSigner:
    """Implements ``certificates.ports.Signer`` with the keys of a token. Threads may share one.

    One session, one thread at a time. A token that is gone is SignerAway, and is opened anew the next time; a wrong PIN is
    SigningFailed ``pin`` from then on, without another word to the token, which would lock itself: correct it and start anew.
    """

    def __init__(self, place: TokenPlace, files: KeyFolder, on_use: Callable[[KeyUse], None]) -> None:
        try:
            import pkcs11
        except ImportError as error:
            raise SigningFailed("pkcs11", "Install the extra: pip install 'yijian[pkcs11]'.") from error
        self._pkcs11: Any = pkcs11
        self._place, self._files, self._on_use = place, files, on_use
        self._lock = threading.Lock()
        self._login: Any = None
        self._refused = ""

    @property
    def kind(self) -> str:
        """For the doctor."""
        return f"token {self._place.label} (PKCS#11)"

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """See ``Signer.suites``: the suites in which the token has a key of this label. Raises SigningFailed, SignerAway."""
        with self._session() as session:
            return tuple(suite for suite in self._supported() if self._found(session, key_ref, suite) is not None)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``; what the token gives is verified by the key's certificate before it is handed out."""
        public = self.public_key(key_ref, suite)
        self._on_use(use_of(key_ref, public, message))
        # From here the key may be used: its use is on record.
        with self._session() as session:
            key = self._found(session, key_ref, suite)
            if key is None:
                raise _missing(key_ref, suite)
            signature = self._signed(key, public, message)
        if not suite_named(suite).verify(public.spki, message, signature):
            raise SigningFailed(
                "bad-signature", f"The token's {suite} key of {key_ref} is not the one of its certificate."
            )
        return signature

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """See ``Signer.public_key``: the certificate's, since tokens do not always keep public halves."""
        try:
            public = read_certificate(self._files.certificates(key_ref, suite)[0]).public
        except Malformed as error:
            raise SigningFailed(
                "certificate-unreadable", f"The certificate of {key_ref} cannot be read. {error}"
            ) from error
        if public.suite != suite:
            raise SigningFailed("suite-of-key", f"The certificate beside {key_ref}.{suite} is for {public.suite}.")
        return public

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """See ``Signer.certificates``."""
        return self._files.certificates(key_ref, suite)

    def seal(self, key_ref: str) -> bytes:
        """See ``Signer.seal``."""
        return self._files.seal(key_ref)

    def close(self) -> None:
        """End the session; the next use opens one anew."""
        with self._lock:
            session, self._login = self._login, None
            try:
                if session is not None:
                    session.close()
            except self._pkcs11.PKCS11Error:
                return  # the token is gone, and the session with it

    def _supported(self) -> tuple[str, ...]:
        able = {"ES256", "PS256", *(("SM2_SM3",) if self._place.sm2_mechanism else ())}
        return tuple(suite for suite in SUITES if suite in able)

    def _found(self, session: Any, key_ref: str, suite: str) -> Any:
        wanted = self._pkcs11.Attribute
        query = {wanted.CLASS: self._pkcs11.ObjectClass.PRIVATE_KEY, wanted.LABEL: f"{key_ref}.{suite}"}
        found = list(session.get_objects(query))
        if len(found) > 1:
            raise SigningFailed("pkcs11", f"The token has several keys labelled {key_ref}.{suite}; keep one.")
        return found[0] if found else None

    def _signed(self, key: Any, public: PublicKey, message: bytes) -> bytes:
        mechanism = self._pkcs11.Mechanism
        if public.suite == "ES256":
            return bytes(key.sign(hashlib.sha256(message).digest(), mechanism=mechanism.ECDSA))
        if public.suite == "PS256":
            pss = (mechanism.SHA256, self._pkcs11.MGF.SHA256, 32)
            return bytes(key.sign(message, mechanism=mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=pss))
        digest = sm2_plain.sm3(sm2_plain.z_value(sm2_plain.point_of(public.spki)) + message)
        return bytes(key.sign(digest, mechanism=self._place.sm2_mechanism))

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """The one session, for one thread at a time: python-pkcs11 opens libraries without locks of their own."""
        with self._lock:
            if self._refused:
                raise SigningFailed("pin", self._refused)
            try:
                if self._login is None:
                    library = self._pkcs11.lib(str(self._place.library))
                    library.reinitialize()  # a token that came back is seen only by a library that looks again
                    self._login = library.get_token(token_label=self._place.label).open(user_pin=self._place.pin)
                yield self._login
            except self._pkcs11.PKCS11Error as error:
                raise self._told(error) from error

    def _told(self, error: Exception) -> SigningFailed:
        name = type(error).__name__
        if name in ("PinIncorrect", "PinLocked", "PinInvalid", "PinLenRange", "PinExpired"):
            self._refused = f"The token refused the PIN ({name}); it is not tried again. Correct YIJIAN_TOKEN_PIN_FILE, then start anew."
            return SigningFailed("pin", self._refused)
        if name in _LOST:
            self._login = None
            return SignerAway("token-lost", f"The token does not answer ({name}); plug it in, or start its service.")
        return SigningFailed("pkcs11", f"The token refused ({name}); look into its own log.")


def _missing(key_ref: str, suite: str) -> SigningFailed:
    return SigningFailed("key-missing", f"The token has no key labelled {key_ref}.{suite}; make it there first.")
