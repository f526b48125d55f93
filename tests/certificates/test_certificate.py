"""A certificate is written, signed and read again, and never signed when it contradicts itself."""

import base64
import json
from dataclasses import replace
from datetime import date, datetime

import pytest

from certificates import canonical, identifier
from certificates.certificate import CITIZEN_ID, ExtensionField, Holder, IssuingAuthority, issue, read
from certificates.errors import Malformed, SigningFailed
from certificates.suites import PublicKey
from tests.certificates.making import FIRE, HYGIENE, NAMES, OTHER_TYPE, SIGNED_AT, TYPE, KeyRing, World, content


def test_what_is_issued_reads_back_the_same(world: World) -> None:
    found = read(world.certificate())
    assert found.content == content()
    assert (found.envelope.suite, found.envelope.signed_at) == (world.suite, SIGNED_AT)


def test_a_certificate_may_be_for_a_person_and_without_end(world: World) -> None:
    person = content(holder=Holder("测试甲", "411323198808089904", CITIZEN_ID), valid_to=None, fields=())
    assert read(world.certificate(person)).content == person


def test_the_file_is_one_json_object_in_canonical_form(world: World) -> None:
    raw = world.certificate()
    members = json.loads(raw)
    assert list(members) == ["format", "key_id", "payload", "signature", "signed_at", "suite"]
    assert members["signed_at"] == "2026-03-02T01:30:00Z"
    assert canonical.parse_canonical(raw) == members
    assert canonical.parse_canonical(base64.b64decode(members["payload"]))


def test_the_digest_is_that_of_the_content_and_not_of_the_signing(world: World) -> None:
    once, again = world.certificate(), world.certificate()
    assert once != again
    assert read(once).digest == read(again).digest


def test_fractions_of_a_second_are_cut_off_the_signing_time(world: World) -> None:
    raw = world.certificate(signed_at=SIGNED_AT.replace(microsecond=999_999))
    assert read(raw).envelope.signed_at == SIGNED_AT


def test_the_holder_is_not_in_the_repr(world: World) -> None:
    person = content(holder=Holder("测试甲", "411323198808089904", CITIZEN_ID))
    shown = repr(read(world.certificate(person)))
    assert not any(secret in shown for secret in ("测试甲", "411323198808089904", "示例村", "卫公证字"))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"identifier": replace(identifier.make(TYPE, HYGIENE, "1"), check="Z")}, "identifier-check"),
        ({"identifier": identifier.make(OTHER_TYPE, HYGIENE, "1")}, "identifier-type"),
        ({"identifier": identifier.make(TYPE, FIRE, "1")}, "identifier-issuer"),
        ({"authority": IssuingAuthority(NAMES[FIRE], FIRE)}, "identifier-issuer"),
        ({"valid_to": date(2026, 3, 1)}, "shape"),
        ({"type_name": ""}, "shape"),
        ({"type_name": " 许可证"}, "shape"),
        ({"type_name": "许可\u202e证"}, "shape"),
        ({"number": "第1号\n第2号"}, "shape"),
        ({"number": "e\u0301"}, "not-nfc"),
        ({"number": "\ud83d"}, "surrogate"),
        ({"number": "号" * 4001}, "shape"),
        ({"holder": Holder("测试甲", "41132319880808990", CITIZEN_ID)}, "shape"),
        ({"holder": Holder("测试甲", "411323198808089904", "身份证")}, "shape"),
        ({"fields": [ExtensionField("a", "甲", "1")]}, "shape"),
        ({"fields": (ExtensionField("a", "甲", "1"), ExtensionField("a", "乙", "2"))}, "shape"),
        ({"fields": (ExtensionField("A b", "甲", "1"),)}, "shape"),
    ],
)
def test_a_content_that_is_not_right_is_never_signed(world: World, changed: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        world.certificate(content(**changed))
    assert refused.value.code == code
    assert "测试甲" not in str(refused.value)


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(Malformed, match="aware"):
        world.certificate(signed_at=datetime(2026, 3, 2))  # noqa: DTZ001


def test_an_authority_without_a_key_of_the_suite_issues_nothing(world: World) -> None:
    other = "ES256" if world.suite == "SM2_SM3" else "SM2_SM3"
    with pytest.raises(SigningFailed) as refused:
        issue(content(), world.ring, HYGIENE, other, SIGNED_AT)
    assert refused.value.code == "key-missing"


def test_a_signer_that_gives_a_key_of_another_suite_is_found_out(world: World) -> None:
    class Confused(KeyRing):
        def public_key(self, key_ref: str, suite: str) -> PublicKey:
            return world.ring.public_key(key_ref, world.suite)

    with pytest.raises(SigningFailed) as refused:
        issue(content(), Confused(), HYGIENE, "ES256" if world.suite == "SM2_SM3" else "SM2_SM3", SIGNED_AT)
    assert refused.value.code == "suite-of-key"


def test_a_signer_that_signs_with_the_wrong_key_is_found_out_before_anything_is_handed_out(world: World) -> None:
    class Confused(KeyRing):
        def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
            return world.ring.sign(FIRE, suite, message)

        def public_key(self, key_ref: str, suite: str) -> PublicKey:
            return world.ring.public_key(key_ref, suite)

    with pytest.raises(SigningFailed) as refused:
        issue(content(), Confused(), HYGIENE, world.suite, SIGNED_AT)
    assert refused.value.code == "bad-signature"
