"""The signature suites: known answers, refusals, and input made to hurt."""

import contextlib
import ctypes
import gc
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.errors import Malformed, SigningFailed, SuiteUnavailable
from certificates.suites import SUITES, default_suite, libcrypto, sm2_plain, suite_named
from certificates.suites.sm2 import Sm2Sm3, self_test
from tests.certificates.making import private_key

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "gbt32918.json").read_text("utf-8"))
POINT = (int(VECTOR["x"], 16), int(VECTOR["y"], 16))
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004" + VECTOR["x"] + VECTOR["y"])
SIGNATURE = bytes.fromhex(VECTOR["r"] + VECTOR["s"])
MESSAGE = VECTOR["message"].encode()
ORDERS = {"SM2_SM3": sm2_plain.N, "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551}
WITHOUT_LIBCRYPTO = Sm2Sm3(("no-such-libcrypto.so",))


@pytest.mark.parametrize("sm2", [Sm2Sm3(), WITHOUT_LIBCRYPTO], ids=["libcrypto", "plain"])
def test_the_published_signature_verifies(sm2: Sm2Sm3) -> None:
    assert sm2.verify(SPKI, MESSAGE, SIGNATURE)
    assert not sm2.verify(SPKI, MESSAGE + b".", SIGNATURE)


def test_the_published_z_value_comes_out() -> None:
    assert sm2_plain.z_value(POINT).hex() == VECTOR["z"]


def test_without_libcrypto_sm2_verifies_and_refuses_to_sign() -> None:
    assert "install OpenSSL 3" in str(WITHOUT_LIBCRYPTO.unavailable())
    with pytest.raises(SuiteUnavailable):
        WITHOUT_LIBCRYPTO.generate()
    with pytest.raises(SuiteUnavailable):
        WITHOUT_LIBCRYPTO.sign(b"", MESSAGE)


def test_a_library_that_is_no_libcrypto_is_refused() -> None:
    with pytest.raises(SuiteUnavailable) as refused:
        libcrypto.load(("libc.so.6",))
    assert refused.value.code == "libcrypto-lacks-sm2"


@pytest.mark.parametrize("answer", [True, False])
def test_a_library_that_gives_every_signature_the_same_answer_fails_the_self_test(answer: bool) -> None:
    if SUITES["SM2_SM3"].unavailable():
        pytest.skip(str(SUITES["SM2_SM3"].unavailable()))

    class Faulty(libcrypto.Libcrypto):
        def verify(self, *_: bytes) -> bool:
            return answer

    faulty = libcrypto.load()
    faulty.__class__ = Faulty
    with pytest.raises(SuiteUnavailable) as refused:
        self_test(faulty)
    assert refused.value.code == "self-test"


def test_the_default_suite_is_sm2_where_it_can_be() -> None:
    assert default_suite() == ("SM2_SM3" if SUITES["SM2_SM3"].unavailable() is None else "ES256")


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(SuiteUnavailable):
        suite_named("RS1")


def test_what_is_signed_verifies_and_nothing_else_does(any_suite: str) -> None:
    chosen = suite_named(any_suite)
    private, other = private_key(any_suite), private_key(any_suite, "other")
    spki = chosen.public_key(private).spki
    signature = chosen.sign(private, MESSAGE)
    assert chosen.verify(spki, MESSAGE, signature)
    assert not chosen.verify(spki, b"another message", signature)
    assert not chosen.verify(chosen.public_key(other).spki, MESSAGE, signature)
    assert not any(each.verify(spki, MESSAGE, signature) for name, each in SUITES.items() if name != any_suite)


def test_both_roads_of_sm2_agree() -> None:
    sm2 = suite_named("SM2_SM3")
    if sm2.unavailable():
        pytest.skip(str(sm2.unavailable()))
    private = sm2.generate()
    spki = sm2.public_key(private).spki
    for message in (b"", b"\0", b"a\0b", "证照".encode(), b"x" * 100_000):
        signature = sm2.sign(private, message)
        assert WITHOUT_LIBCRYPTO.verify(spki, message, signature)
        assert not WITHOUT_LIBCRYPTO.verify(spki, message + b"!", signature)


def _wrong_signatures(suite: str, good: bytes) -> dict[str, bytes]:
    order = ORDERS[suite]
    r, s, zero, n = good[:32], good[32:], bytes(32), order.to_bytes(32, "big")
    t_is_zero = r + (order - int.from_bytes(r, "big")).to_bytes(32, "big")
    return {
        "empty": b"",
        "r = 0": zero + s,
        "s = 0": r + zero,
        "both 0": zero + zero,
        "r = n": n + s,
        "s = n": r + n,
        "all ones": b"\xff" * 64,
        "r + s = n": t_is_zero,
        "swapped": s + r,
        "short": good[:-1],
        "long": good + b"\0",
        "DER": encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
        "one bit": good[:-1] + bytes([good[-1] ^ 1]),
    }


@pytest.mark.parametrize("kind", sorted(_wrong_signatures("ES256", bytes(64))))
def test_a_wrong_signature_is_refused(suite: str, kind: str) -> None:
    chosen = suite_named(suite)
    private = chosen.generate()
    good = chosen.sign(private, MESSAGE)
    assert not chosen.verify(chosen.public_key(private).spki, MESSAGE, _wrong_signatures(suite, good)[kind])


@pytest.mark.parametrize("kind", sorted(_wrong_signatures("ES256", bytes(64))))
def test_a_wrong_signature_is_refused_without_libcrypto_too(kind: str) -> None:
    assert not WITHOUT_LIBCRYPTO.verify(SPKI, MESSAGE, _wrong_signatures("SM2_SM3", SIGNATURE)[kind])


def test_a_signature_without_its_leading_zero_is_refused(suite: str) -> None:
    chosen = suite_named(suite)
    private = chosen.generate()
    signatures = (chosen.sign(private, MESSAGE) for _ in range(20_000))
    good = next(signature for signature in signatures if signature[32] == 0)
    assert chosen.verify(chosen.public_key(private).spki, MESSAGE, good)
    assert not chosen.verify(chosen.public_key(private).spki, MESSAGE, good[:32] + good[33:])


def test_a_signature_has_one_form_in_der_and_every_other_is_refused(any_suite: str) -> None:
    chosen = suite_named(any_suite)
    raw = chosen.sign(private_key(any_suite), MESSAGE)
    der = chosen.to_der(raw)
    assert chosen.from_der(der) == raw
    assert chosen.from_der(b"") is None and chosen.from_der(der[:-1]) != raw


@pytest.mark.parametrize(
    "der",
    [
        "3006020100020101",
        "3006020101020100",
        "300602017f0201ff",
        "30070202000102010100",
        "3006020101020101ff",
        "3080020101020101",
    ],
    ids=["r = 0", "s = 0", "negative s", "padded r", "trailing byte", "indefinite length"],
)
def test_a_der_signature_that_openssl_would_not_write_is_refused(suite: str, der: str) -> None:
    assert suite_named(suite).from_der(bytes.fromhex(der)) is None


@pytest.mark.parametrize("bits", [1024, 16384], ids=["too weak", "too slow to verify"])
def test_a_modulus_out_of_range_is_refused(bits: int) -> None:
    modulus = (1 << (bits - 1)) | 1
    numbers = rsa.RSAPublicNumbers(65537, modulus)
    spki = numbers.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(Malformed):
        suite_named("PS256").require_public_key(spki)


def test_a_public_key_with_a_compressed_point_is_refused() -> None:
    es256 = suite_named("ES256")
    key = serialization.load_der_public_key(es256.public_key(es256.generate()).spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    assert serialization.load_der_public_key(compressed) == key
    with pytest.raises(Malformed):
        es256.require_public_key(compressed)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        SPKI[:-1],
        SPKI + b"\0",
        SPKI[:-1] + bytes([SPKI[-1] ^ 1]),  # beside the curve
        SPKI[:27] + bytes(64),
        SPKI[:27] + b"\xff" * 64,
        b"\x30\x80" + SPKI[2:],
    ],
    ids=["empty", "short", "long", "off the curve", "zero", "beyond p", "indefinite length"],
)
def test_a_broken_public_key_is_refused_by_every_suite(any_suite: str, broken: bytes) -> None:
    assert not suite_named(any_suite).verify(broken, MESSAGE, SIGNATURE)
    with pytest.raises(Malformed):
        suite_named(any_suite).require_public_key(broken)


def test_a_key_of_another_suite_is_refused() -> None:
    ready = [suite for suite in SUITES.values() if suite.unavailable() is None]
    keys = {suite.name: private_key(suite.name) for suite in ready}
    for chosen, foreign in itertools.permutations(ready, 2):
        key = keys[foreign.name]
        with pytest.raises((Malformed, SigningFailed)):
            chosen.sign(key, MESSAGE)
        with pytest.raises(Malformed):
            chosen.require_public_key(foreign.public_key(key).spki)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SUITES)), st.binary(max_size=200), st.binary(max_size=80))
def test_random_keys_and_signatures_are_refused_and_nothing_is_raised(name: str, spki: bytes, signature: bytes) -> None:
    assert not SUITES[name].verify(spki, MESSAGE, signature)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SUITES)), st.binary(max_size=200))
def test_a_random_private_key_is_refused_with_our_own_error(name: str, private: bytes) -> None:
    with pytest.raises((Malformed, SuiteUnavailable)):
        SUITES[name].sign(private, MESSAGE)


def test_many_threads_sign_and_verify_at_once(suite: str) -> None:
    chosen = suite_named(suite)
    private = chosen.generate()
    spki = chosen.public_key(private).spki

    def both(number: int) -> bool:
        message = str(number).encode()
        signature = chosen.sign(private, message)
        return chosen.verify(spki, message, signature) and not chosen.verify(spki, b"-" + message, signature)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(both, range(200)))


def test_no_memory_is_left_behind(suite: str) -> None:
    chosen = suite_named(suite)
    private = chosen.generate()
    spki = chosen.public_key(private).spki

    def use(times: int) -> int:
        for _ in range(times):
            chosen.verify(spki, MESSAGE, chosen.sign(private, MESSAGE))
            chosen.verify(spki, MESSAGE, bytes([1]) * 64)
            with contextlib.suppress(Malformed):
                chosen.sign(spki, MESSAGE)
        return _bytes_in_use()

    before = use(200)
    # The smallest object, a digest context, has 72 bytes: one left per call would be over 36,000.
    assert use(500) - before < 30_000


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ["arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks"]
    ]
    _fields_ += [("fordblks", ctypes.c_size_t), ("keepcost", ctypes.c_size_t)]


def _bytes_in_use() -> int:
    """What malloc has given out and not got back, in bytes; resident memory would hide small leaks in old pages."""
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        pytest.skip("This C library does not tell how much memory is in use (glibc 2.33 does).")
    mallinfo.restype = _Mallinfo
    gc.collect()
    return int(mallinfo().uordblks)
