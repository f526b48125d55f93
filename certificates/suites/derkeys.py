"""The keys of one suite as DER, by ``cryptography``: PKCS#8 and SubjectPublicKeyInfo, of the suite's own kind and no other. It signs nothing."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from certificates.errors import Malformed

Private = TypeVar("Private")
Public = TypeVar("Public")


class DerKeys(Generic[Private, Public]):
    """`what` says of which kind a key must be, with ``{half}`` for private or public; `fits` is asked beyond the two classes."""

    def __init__(
        self,
        suite: str,
        what: str,
        private: type[Private],
        public: type[Public],
        fits: Callable[[Any], bool] = lambda _key: True,
    ) -> None:
        self._suite, self._what, self._fits = suite, what, fits
        self._private_kind, self._public_kind = private, public

    def private(self, der: bytes) -> Private:
        """Raises Malformed (key)."""
        try:
            key = serialization.load_der_private_key(der, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise self._foreign("private") from error
        if not isinstance(key, self._private_kind) or not self._fits(key):
            raise self._foreign("private")
        return key

    def public(self, spki: bytes) -> Public:
        """Raises Malformed (key)."""
        try:
            key = serialization.load_der_public_key(spki)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise self._foreign("public") from error
        if not isinstance(key, self._public_kind) or not self._fits(key):
            raise self._foreign("public")
        # One key, one encoding: otherwise one key could have two key ids.
        if spki_of(key) != spki:
            raise self._foreign("public")
        return key

    def _foreign(self, half: str) -> Malformed:
        return Malformed(
            "key", f"This is not a {self._what.format(half=half)}; use the key that was made for {self._suite}."
        )


def spki_of(public: Any) -> bytes:
    made = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return cast("bytes", made)


def pkcs8_of(private: Any) -> bytes:
    """Open: whoever keeps it seals it."""
    plain = serialization.NoEncryption()
    made = private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)
    return cast("bytes", made)
