"""Signing keys in a signing service (签名验签服务器) over HTTP, behind the port Signer. It makes no keys and believes no signature unverified.

Its own list says whose keys it has, with their certificates; seals lie in the key folder as for other keys. The message itself is sent,
because SM2 hashes the signer's key with it; the service's own network is the place for that (docs/e-certificates.md).
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signer import KeyUse, use_of
from adapters.outside.signingwire import ServiceLine, unbelievable
from certificates.canonical import MAX_BYTES
from certificates.errors import Malformed, SignerAway, SigningFailed
from certificates.suites import SUITES, PublicKey, suite_named
from certificates.x509.reading import read_certificate

KEYS, SIGNATURES = "/v1/keys", "/v1/signatures"
LISTED_SECONDS = 60.0
"""How long its list of keys is used (proposed): a rotation there is seen after a minute, or at the first signature that it refuses."""
MOST_KEYS, MOST_ABOVE = 500, 8
MOST_LIST, MOST_ANSWER = 4 * 1024 * 1024, 16 * 1024
MOST_MESSAGE = 2 * MAX_BYTES


@dataclass(frozen=True)
class _Key:
    """One key of the service, as its certificate says."""

    public: PublicKey
    chain: tuple[bytes, ...] = field(repr=False)


class ServiceSigner:
    """Implements ``certificates.ports.Signer`` with the keys of a service. Threads may share one.

    ``on_use`` is called before the service is asked for a signature; when it raises, it is not asked. A service that does not answer
    is SignerAway, a wrong answer SigningFailed.
    """

    def __init__(
        self,
        line: ServiceLine,
        files: KeyFolder,
        on_use: Callable[[KeyUse], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line, self._files, self._on_use, self._clock = line, files, on_use, clock
        self._lock = threading.Lock()
        self._list: tuple[float, Mapping[tuple[str, str], _Key]] | None = None

    @property
    def kind(self) -> str:
        """For the doctor."""
        return f"signing service {self._line.place.host}"

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """See ``Signer.suites``: those of its keys of this authority. Raises SigningFailed, SignerAway."""
        keys = self._keys()
        return tuple(suite for suite in SUITES if (key_ref, suite) in keys)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``; what the service gives is verified by the key's certificate before it is handed out."""
        public = self.public_key(key_ref, suite)
        if len(message) > MOST_MESSAGE:
            raise SigningFailed("message-too-long", f"A signing service is sent at most {MOST_MESSAGE} bytes to sign.")
        self._on_use(use_of(key_ref, public, message))
        # From here the key may be used: its use is on record.
        signature = self._asked(public, message)
        if not suite_named(suite).verify(public.spki, message, signature):
            self._forget()
            raise SigningFailed(
                "bad-signature", f"The signing service's {suite} key of {key_ref} is not the one of its certificate."
            )
        return signature

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """See ``Signer.public_key``."""
        return self._key(key_ref, suite).public

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """See ``Signer.certificates``."""
        return self._key(key_ref, suite).chain

    def seal(self, key_ref: str) -> bytes:
        """See ``Signer.seal``."""
        return self._files.seal(key_ref)

    def close(self) -> None:
        """Drop the connections; the next use opens one."""
        self._line.close()

    def _asked(self, public: PublicKey, message: bytes) -> bytes:
        sent = base64.b64encode(message).decode()
        try:
            said = self._line.call(SIGNATURES, MOST_ANSWER, key_id=public.key_id, suite=public.suite, message=sent)
        except SignerAway as error:
            if error.code == "service-key-gone":
                self._forget()
            raise
        if (said.get("key_id"), said.get("suite")) != (public.key_id, public.suite):
            raise unbelievable("it names another key or suite than was asked for")
        return _octets(said.get("signature"), "the signature")

    def _key(self, key_ref: str, suite: str) -> _Key:
        found = self._keys().get((key_ref, suite))
        if found is None:
            raise SigningFailed(
                "key-missing",
                f"The signing service has no {suite} key of {key_ref} for this caller; have it made there.",
            )
        return found

    def _keys(self) -> Mapping[tuple[str, str], _Key]:
        with self._lock:
            if self._list is None or self._clock() - self._list[0] > LISTED_SECONDS:
                self._list = None
                self._list = self._clock(), _read(self._line.call(KEYS, MOST_LIST).get("keys"))
            return self._list[1]

    def _forget(self) -> None:
        with self._lock:
            self._list = None


def _read(listed: Any) -> Mapping[tuple[str, str], _Key]:
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise unbelievable(f"`keys` is no list of at most {MOST_KEYS}")
    found: dict[tuple[str, str], _Key] = {}
    for entry in listed:
        authority, key = _entry(entry)
        if found.setdefault((authority, key.public.suite), key) is not key:
            raise unbelievable(f"it lists two {key.public.suite} keys of {authority}; keep one in use")
    return found


def _entry(entry: Any) -> tuple[str, _Key]:
    """A key that is listed with its certificate, and is what it says that it is."""
    if not isinstance(entry, dict) or not isinstance(entry.get("certificates"), list):
        raise unbelievable("an entry of `keys` has no `certificates`")
    chain = tuple(_octets(each, "a certificate") for each in entry["certificates"][: MOST_ABOVE + 1])
    authority = entry.get("authority")
    try:
        leaf = read_certificate(chain[0])
    except (Malformed, IndexError) as error:
        raise unbelievable("a key's certificate is missing or cannot be read") from error
    if not isinstance(authority, str) or leaf.subject.code not in ("", authority):
        raise unbelievable("a key's certificate names another body than the list")
    if (entry.get("key_id"), entry.get("suite")) != (leaf.public.key_id, leaf.public.suite):
        raise unbelievable(f"the certificate of a key of {leaf.subject.code or 'somebody'} is another key's")
    return authority, _Key(leaf.public, chain)


def _octets(text: Any, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError) as error:
        raise unbelievable(f"{what} is no base64") from error
