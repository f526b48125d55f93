"""The key pairs in a PKCS#11 token: found by label, their public halves read, made and used. It knows no certificate and logs nothing.

Private and public object of one pair have the same CKA_ID. Several pairs may have one label: earlier and next keys of an authority.
SM2 goes by numbers of the vendor (GM/T 0016 gives none that all of them use): written from GB/T 32918.2, tried on no token.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import core, keys

from adapters.outside.cryptoki import (
    EC,
    EC_PAIR,
    ECDSA,
    PRIVATE_KEY,
    PUBLIC_KEY,
    RSA_PSS_SHA256,
    Attribute,
    Cryptoki,
    Template,
)
from certificates.errors import Malformed, SigningFailed
from certificates.suites import SUITES, PublicKey, sm2_plain, suite_named

_CURVES = {"ES256": "1.2.840.10045.3.1.7", "SM2_SM3": "1.2.156.10197.1.301"}


@dataclass(frozen=True, slots=True)
class VendorSm2:
    """The vendor's numbers for SM2: its mechanisms for a signature over a digest and for a key pair, 0 for none, and its key type."""

    signs: int = 0
    makes: int = 0
    key_type: int = EC


@dataclass(frozen=True, slots=True)
class Pair:
    """One key pair: the token's number of the private object, and the public half where the token shows one."""

    private: int
    public: PublicKey | None


@dataclass(frozen=True)
class TokenSession:
    """A library, one session of it, and what its vendor calls SM2."""

    cryptoki: Cryptoki
    session: int
    vendor: VendorSm2

    def pairs(self, code: str, suite: str) -> tuple[Pair, ...]:
        """Every pair of this label."""
        label = {Attribute.LABEL: _label(code, suite)}
        found = self.cryptoki.find(self.session, {Attribute.CLASS: PRIVATE_KEY, **label})
        shown = dict(self._shown(suite, label)) if found else {}
        return tuple(Pair(each, shown.get(self._value(each, Attribute.ID))) for each in found)

    def has(self, code: str, suite: str) -> bool:
        """Whether there is a private key of this label."""
        wanted: Template = {Attribute.CLASS: PRIVATE_KEY, Attribute.LABEL: _label(code, suite)}
        return bool(self.cryptoki.find(self.session, wanted))

    def make(self, code: str, suite: str) -> PublicKey:
        """A new pair of ES256 or SM2 whose private half never leaves the token. Raises SigningFailed where it is of another suite."""
        both: Template = {
            Attribute.TOKEN: True,
            Attribute.LABEL: _label(code, suite),
            Attribute.ID: secrets.token_bytes(16),
        }
        kind: Template = {Attribute.EC_PARAMS: core.ObjectIdentifier(_CURVES[suite]).dump()}
        mechanism = EC_PAIR
        if suite == "SM2_SM3":
            mechanism = self.vendor.makes
            both = {**both, Attribute.KEY_TYPE: self.vendor.key_type}
        hidden: Template = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        made = self.cryptoki.make_pair(
            self.session,
            mechanism,
            {**both, **kind, Attribute.VERIFY: True},
            {**both, **hidden, Attribute.SIGN: True},
        )
        public = self._public(made[0], suite)
        if public is None:
            for each in made:
                self.cryptoki.destroy(self.session, each)
            raise SigningFailed(
                "pkcs11", f"The token made a pair that is no {suite} key; ask its vendor for the numbers."
            )
        return public

    def sign(self, private: int, public: PublicKey, message: bytes) -> bytes:
        """The suite's raw signature; nobody has verified it yet."""
        if public.suite == "ES256":
            return self.cryptoki.sign(self.session, private, ECDSA, hashlib.sha256(message).digest())
        if public.suite == "PS256":
            return self.cryptoki.sign(self.session, private, RSA_PSS_SHA256, message)
        digest = sm2_plain.sm3(sm2_plain.z_value(sm2_plain.point_of(public.spki)) + message)
        return self.cryptoki.sign(self.session, private, self.vendor.signs, digest)

    def _shown(self, suite: str, label: Template) -> Iterator[tuple[bytes, PublicKey]]:
        for each in self.cryptoki.find(self.session, {Attribute.CLASS: PUBLIC_KEY, **label}):
            public = self._public(each, suite)
            if public is not None:
                yield self._value(each, Attribute.ID), public

    def _public(self, thing: int, suite: str) -> PublicKey | None:
        try:
            spki = self._rsa(thing) if suite == "PS256" else self._point(thing, _CURVES[suite])
            suite_named(suite).require_public_key(spki)
        except (Malformed, ValueError, TypeError):
            return None
        return PublicKey(suite, spki)

    def _point(self, thing: int, curve: str) -> bytes:
        point = self._value(thing, Attribute.EC_POINT)
        if point[:1] == b"\x04" and len(point) != 65:  # most tokens wrap it as the standard says, some do not
            point = bytes(core.OctetString.load(point, strict=True).native)
        algorithm = {"algorithm": "ec", "parameters": keys.ECDomainParameters(name="named", value=curve)}
        return bytes(keys.PublicKeyInfo({"algorithm": algorithm, "public_key": keys.ECPointBitString(point)}).dump())

    def _rsa(self, thing: int) -> bytes:
        numbers = {
            "modulus": int.from_bytes(self._value(thing, Attribute.MODULUS), "big"),
            "public_exponent": int.from_bytes(self._value(thing, Attribute.PUBLIC_EXPONENT), "big"),
        }
        return bytes(keys.PublicKeyInfo.wrap(keys.RSAPublicKey(numbers), "rsa").dump())

    def _value(self, thing: int, wanted: Attribute) -> bytes:
        return self.cryptoki.attribute(self.session, thing, wanted)


def able(vendor: VendorSm2) -> tuple[str, ...]:
    """The suites in which a token can sign."""
    return tuple(suite for suite in SUITES if suite in ("ES256", "PS256") or (suite == "SM2_SM3" and vendor.signs))


def _label(code: str, suite: str) -> bytes:
    return f"{code}.{suite}".encode()
