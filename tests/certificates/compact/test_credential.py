"""The compact credential: what it holds, how small it is, what the holder shows. Judging is in test_checking.py."""

from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates.compact import base45, cbor, credential
from certificates.errors import Malformed, SigningFailed
from certificates.suites import SUITES
from tests.certificates.compact.making import CATERING, SEAL, SEED, STATUS, WORLD, a_person, issued, shown
from tests.certificates.making import HYGIENE, KeyRing, content


def test_with_two_fields_shown_it_has_at_most_600_bytes() -> None:
    assert len(shown(*CATERING)) <= credential.MAX_BYTES == 600


def test_the_code_uses_the_alphabet_that_qr_codes_store_best() -> None:
    file = shown(*CATERING)
    text = credential.qr_text(file)
    assert text.startswith("YC1:") and set(text) <= set(base45.ALPHABET)
    assert credential.from_qr_text(text) == file


def test_what_is_hidden_is_not_in_the_bytes() -> None:
    file = shown("许可项目", made=a_person())
    assert all(word.encode() not in file for word in ("测试甲", "411323199001019918", "示例镇", "西卫公证字"))
    assert "住宿场所".encode() in file and "测**".encode() in file


def test_the_same_seed_and_time_give_the_same_bytes_to_be_signed() -> None:
    once, again = (credential.read(issued().credential).signed_bytes for _ in range(2))
    assert once == again
    assert credential.read(issued(seed=b"s" * 32).credential).signed_bytes != once


def test_a_stranger_reads_and_verifies_it_with_a_cbor_library_and_openssl() -> None:
    message = cbor2.loads(shown("许可项目"))
    protected, unprotected, payload, signature = message.value
    asked = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key = load_der_public_key(WORLD.key(HYGIENE).public.spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(der, asked, ec.ECDSA(hashes.SHA256()))  # raises when it is not good
    assert message.tag == 18 and cbor2.loads(protected)[1] == -7
    assert cbor2.loads(unprotected[17][0])[1:] == ["住宿场所", "许可项目"]


def test_deterministic_cbor_is_what_a_cbor_library_calls_canonical() -> None:
    value: cbor.Cbor = {4: 1, "b": [b"\0" * 300, -70000, 2**40], -65537: "文字", 2: {"aa": 1, "b": 2}}
    assert cbor.decode(cbor.encode(value)) == value
    assert cbor2.loads(cbor.encode(value)) == value


def test_base45_is_that_of_the_rfc() -> None:
    # RFC 9285 §4.3 and §4.4
    assert [base45.encode(each) for each in (b"AB", b"Hello!!", b"base-45")] == ["BB8", "%69 VD92EX0", "UJCLQE7W581"]
    assert base45.decode("QED8WEX0", 5) == b"ietf!"
    for wrong in ("GGW", "A", ":::", "a00", "000A"):
        with pytest.raises(Malformed):
            base45.decode(wrong, 99)


def test_a_field_of_another_credential_cannot_be_shown() -> None:
    mine, other = issued(), issued(content(number="西卫公证字〔2026〕第900002号"))
    with pytest.raises(Malformed, match="not of this credential"):
        credential.present(mine.credential, other.disclosures, ["证照编号"])
    with pytest.raises(Malformed, match="not of this credential"):
        credential.present(mine.credential, mine.disclosures, ["没有的项目"])


def test_it_is_signed_by_es256_and_no_other_suite() -> None:
    other = next(name for name in SUITES if name != "ES256")
    if SUITES[other].unavailable():
        pytest.skip("this machine signs by ES256 alone")
    with pytest.raises(SigningFailed, match="ES256"):
        credential.issue(content(), SEED, STATUS, replace(SEAL, signer=KeyRing(other), suite=other))


def test_a_short_seed_is_refused_because_salts_could_be_guessed() -> None:
    with pytest.raises(Malformed, match="32 random bytes"):
        issued(seed=b"short")


def test_a_broken_signer_hands_nothing_out() -> None:
    class Broken(KeyRing):
        def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
            return super().sign(key_ref, suite, message + b".")

    with pytest.raises(SigningFailed, match="does not verify"):
        credential.issue(content(), SEED, STATUS, replace(SEAL, signer=Broken("ES256")))


def test_one_that_can_show_the_chosen_fields_alone_is_smaller_and_passes() -> None:
    labels = ("许可项目", "经营地址")
    mine = credential.issue(content(), SEED, STATUS, SEAL, only=labels)
    alone = credential.present(mine.credential, mine.disclosures, labels)
    left_out = len(credential.showable(content())) - len(labels)
    assert len(shown(*labels)) - len(alone) >= 17 * left_out and set(mine.disclosures) == set(labels)
    assert credential.read(alone).hidden == 0 and credential.read(alone).verifies(WORLD.key().public.spki)
