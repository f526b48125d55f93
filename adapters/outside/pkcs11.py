"""Signing keys in a PKCS#11 token (HSM, smart card), behind the port Signer: found by label, verified before handed out, made and rotated there.

A key pair has the label `<authority code>.<SUITE>`; certificates and seals lie in the key folder as for other keys, and so does
`<code>.<SUITE>.token`, the id of the pair that signs where the label has several. No private key leaves the token, none is removed from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signer import KeyUse, use_of
from adapters.outside.tokenpairs import TokenSession, VendorSm2, able
from adapters.outside.tokensessions import Sessions, TokenPlace
from certificates.errors import Malformed, SignerAway, SigningFailed
from certificates.suites import PublicKey, suite_named
from certificates.x509.reading import read_certificate

__all__ = ["TokenPlace", "TokenSigner", "VendorSm2"]

T = TypeVar("T")


class TokenSigner:
    """Implements ``certificates.ports.Signer`` and ``nextkeys.KeepsKeys`` with the keys of a token. Threads may share one.

    A token that is gone, or forgot who had logged in, is opened anew and asked once more; then it is SignerAway, and the next use
    tries again. A refused PIN is SigningFailed ``pin`` from then on, without another word to the token, which would lock itself.
    """

    def __init__(
        self,
        place: TokenPlace,
        files: KeyFolder,
        on_use: Callable[[KeyUse], None],
        vendor: VendorSm2 = VendorSm2(),  # noqa: B008 (frozen)
    ) -> None:
        """Raises SigningFailed where the library cannot be loaded."""
        self._sessions, self._label, self._vendor = Sessions(place), place.label, vendor
        self._files, self._on_use = files, on_use

    @property
    def kind(self) -> str:
        """For the doctor."""
        return f"token {self._label} (PKCS#11)"

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """See ``Signer.suites``: the suites in which the token has a key of this label. Raises SigningFailed, SignerAway."""
        return self._run(lambda token: tuple(suite for suite in able(self._vendor) if token.has(key_ref, suite)))

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``; what the token gives is verified by the key's public half before it is handed out."""
        return self._signed(key_ref, self.public_key(key_ref, suite), message)

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """See ``Signer.public_key``: the certificate's, or that of the pair which a ceremony says signs now."""
        certified, wanted = self._certified(key_ref, suite), self._chosen(key_ref, suite)
        if certified is not None and wanted in ("", certified.key_id):
            return certified
        shown = self._shown(key_ref, suite)
        fitting = [public for public in shown if wanted in ("", public.key_id)]
        if len(fitting) == 1:
            return fitting[0]
        if len(fitting) > 1:
            raise SigningFailed(
                "pkcs11",
                f"The token has several keys labelled {key_ref}.{suite} and none has its certificate here; keep one.",
            )
        raise _missing(key_ref, suite)

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """See ``Signer.certificates``. Raises SignerAway where they are another key's: a rotation is under way, and ends soon."""
        chain = self._files.certificates(key_ref, suite)
        wanted = self._chosen(key_ref, suite)
        if wanted and _public_of(key_ref, suite, chain[0]).key_id != wanted:
            raise SignerAway(
                "certificate-other-key",
                f"The certificate of {key_ref}.{suite} is another key's; `yijian keys list` says what it waits for.",
            )
        return chain

    def seal(self, key_ref: str) -> bytes:
        """See ``Signer.seal``."""
        return self._files.seal(key_ref)

    def makes(self, suite: str) -> bool:
        """See ``KeepsKeys.makes``: ES256, and SM2 where the vendor's numbers are known."""
        return suite == "ES256" or (suite == "SM2_SM3" and bool(self._vendor.signs and self._vendor.makes))

    def create(self, code: str, suite: str) -> PublicKey:
        """See ``KeepsKeys.create``. Raises SigningFailed where the token has a key of this label already."""
        if self._run(lambda token: token.has(code, suite)):
            raise SigningFailed("key-exists", f"The token has a key labelled {code}.{suite} already; rotate it.")
        public = self._made(code, suite)
        self._files.put_waiting(code, f".{suite}.token", public.key_id.encode())
        return public

    def has_next(self, code: str, suite: str) -> bool:
        """See ``KeepsKeys.has_next``."""
        return bool(self._waiting(code, suite))

    def draw_next(self, code: str, suite: str) -> PublicKey:
        """See ``KeepsKeys.draw_next``: a further pair of the same label, beside the one that signs."""
        waiting = self._waiting(code, suite)
        if waiting:
            found = [public for public in self._shown(code, suite) if public.key_id == waiting]
            if not found:
                raise _missing(code, suite)
            return found[0]
        # Which one signs now is written down before the label has two.
        self._files.put_waiting(code, f".{suite}.token", self.public_key(code, suite).key_id.encode())
        public = self._made(code, suite)
        self._files.put_waiting(code, f".{suite}.next.token", public.key_id.encode())
        return public

    def sign_next(self, code: str, suite: str, message: bytes) -> bytes:
        """See ``KeepsKeys.sign_next``."""
        return self._signed(code, self.draw_next(code, suite), message)

    def take_next(self, code: str, suite: str) -> None:
        """See ``KeepsKeys.take_next``; the pair before stays in the token and signs nothing more."""
        self._files.put_waiting(code, f".{suite}.token", self._waiting(code, suite).encode())
        self._files.drop_waiting(code, f".{suite}.next.token")

    def close(self) -> None:
        """End the sessions; the next use opens new ones."""
        self._sessions.close()

    def _run(self, work: Callable[[TokenSession], T], *, writing: bool = False) -> T:
        return self._sessions.run(
            lambda cryptoki, session: work(TokenSession(cryptoki, session, self._vendor)), writing=writing
        )

    def _made(self, code: str, suite: str) -> PublicKey:
        if not self.makes(suite):
            raise SigningFailed(
                "pkcs11",
                f"How this token makes {suite} keys is not known: set YIJIAN_TOKEN_VENDOR_GENERATION, or make it there.",
            )
        return self._run(lambda token: token.make(code, suite), writing=True)

    def _signed(self, code: str, public: PublicKey, message: bytes) -> bytes:
        self._on_use(use_of(code, public, message))
        # From here the key may be used: its use is on record.
        signature = self._run(lambda token: token.sign(_private(token, code, public), public, message))
        if not suite_named(public.suite).verify(public.spki, message, signature):
            raise SigningFailed(
                "bad-signature", f"The token's {public.suite} key of {code} is not the one of its certificate."
            )
        return signature

    def _shown(self, code: str, suite: str) -> tuple[PublicKey, ...]:
        if suite not in able(self._vendor):
            return ()
        pairs = self._run(lambda token: token.pairs(code, suite))
        if pairs and not any(pair.public for pair in pairs):
            raise SigningFailed(
                "certificate-missing",
                f"The token does not show the public half of {code}.{suite}; put its certificate into the key folder.",
            )
        return tuple(pair.public for pair in pairs if pair.public is not None)

    def _certified(self, code: str, suite: str) -> PublicKey | None:
        try:
            chain = self._files.certificates(code, suite)
        except SigningFailed as error:
            if error.code == "certificate-missing":
                return None
            raise
        return _public_of(code, suite, chain[0])

    def _chosen(self, code: str, suite: str) -> str:
        return self._files.waiting(code, f".{suite}.token").decode("ascii", "replace").strip()

    def _waiting(self, code: str, suite: str) -> str:
        return self._files.waiting(code, f".{suite}.next.token").decode("ascii", "replace").strip()


def _private(token: TokenSession, code: str, public: PublicKey) -> int:
    """The private object: the only one of the label, or the one whose public half is this."""
    pairs = token.pairs(code, public.suite)
    fitting = pairs if len(pairs) == 1 else [pair for pair in pairs if pair.public == public]
    if not fitting:
        raise _missing(code, public.suite)
    return fitting[0].private


def _public_of(code: str, suite: str, leaf: bytes) -> PublicKey:
    try:
        public = read_certificate(leaf).public
    except Malformed as error:
        raise SigningFailed("certificate-unreadable", f"The certificate of {code} cannot be read. {error}") from error
    if public.suite != suite:
        raise SigningFailed("suite-of-key", f"The certificate beside {code}.{suite} is for {public.suite}.")
    return public


def _missing(code: str, suite: str) -> SigningFailed:
    return SigningFailed(
        "key-missing",
        f"The token has no such key labelled {code}.{suite}; `yijian keys list` says which command makes it.",
    )
