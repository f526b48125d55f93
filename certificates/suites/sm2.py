"""SM2_SM3: the suite of GB/T 32918 (OID 1.2.156.10197.1.501). Signs by libcrypto only; anybody can verify."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from certificates.errors import CertificateError, Malformed, SuiteUnavailable
from certificates.suites import libcrypto, pairs, sm2_plain
from certificates.suites.base import PublicKey
from certificates.suites.libcrypto import Libcrypto

# SEQUENCE { SEQUENCE { ecPublicKey, curve 1.2.156.10197.1.301 }, BIT STRING 04 || X || Y }
_SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
# PKCS#8 around an ECPrivateKey without its public half, for the key of the known answer only.
_PKCS8_PREFIX = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")

# GB/T 32918.5-2017 annex A: the one published signature for this curve, this id and SM3.
VECTOR_PRIVATE = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
VECTOR_PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
VECTOR_MESSAGE = b"message digest"
VECTOR_SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


class Sm2Sm3:
    """See ``Suite``. ``library_names`` says where to look for libcrypto."""

    name = "SM2_SM3"
    # SEQUENCE { 1.2.156.10197.1.501 } without parameters, as OpenSSL writes it (GM/T 0006 names the OID).
    algorithm = bytes.fromhex("300a06082a811ccf55018375")
    digest = "sm3"

    def __init__(self, library_names: tuple[str, ...] = libcrypto.NAMES) -> None:
        self._library_names = library_names

    def to_der(self, signature: bytes) -> bytes:
        return pairs.to_der(signature)

    def from_der(self, signature: bytes) -> bytes | None:
        return pairs.from_der(signature)

    def unavailable(self) -> str | None:
        try:
            self._tested()
        except SuiteUnavailable as error:
            return str(error)
        return None

    def generate(self) -> bytes:
        return self._tested().generate()

    def public_key(self, private: bytes) -> PublicKey:
        spki = self._tested().public_key(private)
        self.require_public_key(spki)
        return PublicKey(self.name, spki)

    def require_public_key(self, spki: bytes) -> None:
        _point(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        return _sign(self._tested(), private, message)

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        try:
            point = _point(spki)
        except Malformed:
            return False
        numbers = _numbers(signature)
        if numbers is None:
            return False
        try:
            library = self._tested()
        except SuiteUnavailable:
            # Everything here is public, so the slow way is safe.
            return sm2_plain.verify(point, message, *numbers)
        return library.verify(spki, message, encode_dss_signature(*numbers), sm2_plain.SIGNER_ID)

    def _tested(self) -> Libcrypto:
        outcome = _outcome(self._library_names)
        if isinstance(outcome, Libcrypto):
            return outcome
        raise SuiteUnavailable(*outcome)


def self_test(library: Libcrypto) -> None:
    """Raises SuiteUnavailable unless ``library`` gives the known answers, the refusals among them."""
    spki = _SPKI_PREFIX + VECTOR_PUBLIC
    der = encode_dss_signature(*_split(VECTOR_SIGNATURE))
    other_der = encode_dss_signature(*_split(VECTOR_SIGNATURE[32:] + VECTOR_SIGNATURE[:32]))
    private = _PKCS8_PREFIX + VECTOR_PRIVATE
    own = _sign(library, private, VECTOR_MESSAGE)
    facts = (
        sm2_plain.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        library.public_key(private) == spki,
        library.verify(spki, VECTOR_MESSAGE, der, sm2_plain.SIGNER_ID),
        not library.verify(spki, VECTOR_MESSAGE + b".", der, sm2_plain.SIGNER_ID),
        not library.verify(spki, VECTOR_MESSAGE, other_der, sm2_plain.SIGNER_ID),
        not library.verify(spki, VECTOR_MESSAGE, der, b"another identity"),
        # What the library signs must verify by an independent road, with a fresh nonce each time.
        sm2_plain.verify(_point(spki), VECTOR_MESSAGE, *_split(own)),
        own != _sign(library, private, VECTOR_MESSAGE),
    )
    if not all(facts):
        raise SuiteUnavailable(
            "self-test", "The system's libcrypto fails the SM2 self-test; install another OpenSSL 3."
        )


@lru_cache
def _outcome(names: tuple[str, ...]) -> Libcrypto | tuple[str, str]:
    """Load and test, once: the library, or code and message of why not. Two first users may both do it, harmlessly."""
    try:
        library = libcrypto.load(names)
        self_test(library)
    except SuiteUnavailable as error:
        return error.code, str(error)
    except CertificateError:
        return "self-test", "The system's libcrypto cannot do SM2; install OpenSSL 3 built with it."
    return library


def _sign(library: Libcrypto, private: bytes, message: bytes) -> bytes:
    r, s = decode_dss_signature(library.sign(private, message, sm2_plain.SIGNER_ID))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _point(spki: bytes) -> sm2_plain.Point:
    """Read an SPKI in its one allowed encoding: 91 bytes, this curve, an uncompressed point on it."""
    point = _split(spki[len(_SPKI_PREFIX) :])
    if len(spki) != len(_SPKI_PREFIX) + 64 or not spki.startswith(_SPKI_PREFIX) or not sm2_plain.is_on_curve(point):
        raise Malformed("key", "This is not an SM2 public key; use the key that was made for SM2_SM3.")
    return point


def _numbers(signature: bytes) -> tuple[int, int] | None:
    """Read raw r || s; None for another encoding (such as DER). Both verifiers refuse numbers outside 1..N-1."""
    return _split(signature) if len(signature) == 64 else None


def _split(octets: bytes) -> tuple[int, int]:
    return int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")
