"""One broken file for each way to be wrong, and for each the one check that fails."""

import base64
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import canonical, identifier, wording, ycert
from certificates.certificate import FORMAT, IssuingAuthority, read, write_content
from certificates.checks import Outcome, Report
from certificates.envelope import close
from certificates.suites import PublicKey
from certificates.trust import Authority, Trust
from certificates.verify import verify
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, NAMES, OTHER_TYPE, SIGNED_AT, TYPE, World, content


def test_a_good_certificate_passes_every_check(world: World) -> None:
    file = world.certificate()
    report = verify(file, world.trust(status_list=world.status_list()), AT)
    assert [check.name for check in report.checks] == [name for name in wording.TITLES if name in ycert.NAMES]
    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    assert report.ok
    assert report.certificate == read(file)


def test_white_space_around_the_members_of_the_file_does_no_harm(world: World) -> None:
    spread = json.dumps(json.loads(world.certificate()), indent=2).encode() + b"\n"
    assert verify(spread, world.trust(), AT).ok


def _members(world: World, **changed: Any) -> bytes:
    return json.dumps({**json.loads(world.certificate()), **changed}).encode()


def _signed(world: World, document: dict[str, Any], key_ref: str = HYGIENE) -> bytes:
    """A document signed properly, though ``issue`` would refuse it: what a faulty or hostile issuer can make."""
    return close(FORMAT, document, world.seal(key_ref, SIGNED_AT))


def _document(**changed: Any) -> dict[str, Any]:
    document = write_content(content())
    assert isinstance(document, dict)
    return {**document, **changed}


def _without_a_key_id(world: World) -> bytes:
    members = json.loads(world.certificate())
    del members["key_id"]
    return json.dumps(members).encode()


def _payload(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _numbers(world: World) -> tuple[bytes, bytes]:
    signature = read(world.certificate()).envelope.signature
    return signature[:32], signature[32:]


def _der(world: World) -> bytes:
    r, s = _numbers(world)
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _swapped_payload(world: World) -> bytes:
    other = content(number="西卫公证字〔2026〕第900002号")
    return _members(world, payload=json.loads(world.certificate(other))["payload"])


def _nfd_payload(world: World) -> bytes:
    text = canonical.encode(_document(number="é")).decode()
    return _members(world, payload=_payload(unicodedata.normalize("NFD", text).encode()))


SOUND = identifier.make(TYPE, HYGIENE, "202600000001")

# Which check fails, and how to make the file that fails it.
BROKEN_FILES: dict[str, tuple[str, Callable[[World], bytes]]] = {
    "empty": ("format", lambda world: b""),
    "truncated": ("format", lambda world: world.certificate()[:-40]),
    "in GB18030": ("format", lambda world: '{"证照":"示例"}'.encode("gb18030")),
    "in UTF-16": ("format", lambda world: world.certificate().decode().encode("utf-16")),
    "of 20 MB": ("format", lambda world: world.certificate() + b" " * 20_000_000),
    "an array": ("format", lambda world: b"[" + world.certificate() + b"]"),
    "nested deeply": ("format", lambda world: b'{"format":' + b"[" * 200_000),
    "with a member twice": ("format", lambda world: world.certificate()[:-1] + b',"suite":"ES256"}'),
    "with a member too many": ("format", lambda world: _members(world, note="1")),
    "with a member too few": ("format", _without_a_key_id),
    "of another format": ("format", lambda world: _members(world, format="yijian-certificate/2")),
    "a status list": ("format", lambda world: world.status_list()),
    "with a payload that is not base64": ("format", lambda world: _members(world, payload="不是")),
    "with base64 in two lines": ("format", lambda world: _members(world, payload="YQ\n==")),
    "with slack bits in base64": ("format", lambda world: _members(world, payload="YR==")),
    "with a key id in capitals": ("format", lambda world: _members(world, key_id="A" * 64)),
    "signed on 30 February": ("format", lambda world: _members(world, signed_at="2026-02-30T00:00:00Z")),
    "signed in a year that overflows": ("format", lambda world: _members(world, signed_at="9999-12-31T23:59:59Z")),
    "without a holder": ("format", lambda world: _signed(world, {**_document(), "holder": None})),
    "with an unknown field": ("format", lambda world: _signed(world, _document(photo="1"))),
    "ending before it begins": ("format", lambda world: _signed(world, _document(valid_to="2020-01-01"))),
    "with a payload in other spelling": (
        "canonical",
        lambda world: _members(world, payload=_payload(json.dumps(_document()).encode())),
    ),
    "with NFD text": ("canonical", _nfd_payload),
    "with a payload cut short": ("canonical", lambda world: _members(world, payload=_payload(b'{"a"'))),
    "with a field twice in the payload": (
        "canonical",
        lambda world: _members(world, payload=_payload(b'{"a":1,"a":1}')),
    ),
    "with a price in floating point": ("canonical", lambda world: _members(world, payload=_payload(b'{"a":1.5}'))),
    "with a wrong check character": (
        "identifier",
        lambda world: _signed(world, _document(identifier=str(replace(SOUND, check="Z")))),
    ),
    "with an identifier of another shape": ("identifier", lambda world: _signed(world, _document(identifier="甲1号"))),
    "with the identifier of another type": (
        "identifier",
        lambda world: _signed(world, _document(identifier=str(identifier.make(OTHER_TYPE, HYGIENE, "1")))),
    ),
    "with the identifier of another issuer": (
        "identifier",
        lambda world: _signed(world, _document(identifier=str(identifier.make(TYPE, FIRE, "1")))),
    ),
    "with a suite nobody knows": ("suite", lambda world: _members(world, suite="none")),
    "downgraded to another suite": (
        "suite",
        lambda world: _members(world, suite="ES256" if world.suite == "SM2_SM3" else "SM2_SM3"),
    ),
    "by an issuer under another name": (
        "issuer",
        lambda world: _signed(world, _document(authority={"name": NAMES[FIRE], "code": HYGIENE})),
    ),
    "signed with another authority's key": ("key", lambda world: _signed(world, _document(), FIRE)),
    "signed with a key nobody registered": ("key", lambda world: _members(world, key_id="0" * 64)),
    "with another payload swapped in": ("signature", _swapped_payload),
    "with another signing time": ("signature", lambda world: _members(world, signed_at="2026-03-02T01:30:01Z")),
    "without a signature": ("signature", lambda world: _members(world, signature="")),
    "with r = 0": ("signature", lambda world: _members(world, signature=_payload(bytes(32) + _numbers(world)[1]))),
    "with s = 0": ("signature", lambda world: _members(world, signature=_payload(_numbers(world)[0] + bytes(32)))),
    "with a signature of ones": ("signature", lambda world: _members(world, signature=_payload(b"\xff" * 64))),
    "with the signature in DER": ("signature", lambda world: _members(world, signature=_payload(_der(world)))),
}


@pytest.mark.parametrize("fault", BROKEN_FILES)
def test_a_file_fails_exactly_the_check_of_its_fault(world: World, fault: str) -> None:
    check, make = BROKEN_FILES[fault]
    report = verify(make(world), world.trust(status_list=world.status_list()), AT)
    assert report.failed == (check,)
    assert not report.ok


def test_a_certificate_of_an_authority_that_is_not_trusted_fails_on_its_issuer(world: World) -> None:
    report = verify(world.certificate(), Trust({}), AT)
    assert report.failed == ("issuer",)
    assert report.outcome("signature") is Outcome.NOT_CHECKED
    assert not report.ok


def test_an_authority_cannot_issue_in_the_name_of_another(world: World) -> None:
    fake = content(
        identifier=identifier.make(TYPE, FIRE, "1"),
        authority=IssuingAuthority(NAMES[FIRE], FIRE),
    )
    report = verify(_signed(world, write_content(fake)), world.trust(), AT)  # type: ignore[arg-type]
    assert report.failed == ("key",)
    assert NAMES[HYGIENE] in _sentence(report, "key")


KEY_FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "not yet in use": ("key", {"valid_from": SIGNED_AT + DAY}),
    "expired": ("key", {"valid_to": SIGNED_AT - DAY}),
    "expiring at that second": ("key", {"valid_to": SIGNED_AT}),
    "revoked before": ("key", {"revoked_at": SIGNED_AT - DAY}),
    "revoked at that second": ("key", {"revoked_at": SIGNED_AT}),
    "not for this type": ("competence", {"types": (OTHER_TYPE,)}),
    "for no type": ("competence", {"types": ()}),
}


@pytest.mark.parametrize("fault", KEY_FAULTS)
def test_a_key_fails_exactly_the_check_of_its_fault(world: World, fault: str) -> None:
    check, changed = KEY_FAULTS[fault]
    report = verify(world.certificate(), world.trust(replace(world.key(), **changed)), AT)
    assert report.failed == (check,)
    assert report.outcome("signature") is Outcome.PASSED


def test_of_a_key_revoked_later_nobody_believes_the_time_that_it_wrote_and_of_one_that_ended_everybody(
    world: World,
) -> None:
    for end, refused_by in (("revoked_at", ("key",)), ("valid_to", ())):
        key = replace(world.key(), **{end: SIGNED_AT + DAY})  # type: ignore[arg-type]
        assert verify(world.certificate(), world.trust(key), AT).failed == refused_by


def test_a_key_that_is_not_the_one_of_the_suite_in_trust_fails(world: World) -> None:
    other = "ES256" if world.suite == "SM2_SM3" else "SM2_SM3"
    # The same bytes under the other suite's name have the same key id: only the check of the suite stands in between.
    registered = replace(world.key(), public=PublicKey(other, world.key().public.spki))
    assert verify(world.certificate(), world.trust(registered), AT).failed == ("suite",)


@pytest.mark.parametrize(
    ("at", "passes"),
    [
        (SIGNED_AT - DAY, False),
        (SIGNED_AT, True),
        (datetime(2030, 3, 1, 15, 59, 59, tzinfo=UTC), True),  # 23:59:59 in China
        (datetime(2030, 3, 1, 16, 0, 0, tzinfo=UTC), False),
    ],
)
def test_the_period_is_counted_in_days_of_china(world: World, at: datetime, passes: bool) -> None:
    assert verify(world.certificate(), world.trust(), at).failed == (() if passes else ("period",))


def test_a_certificate_signed_after_the_time_asked_about_was_not_there_yet(world: World) -> None:
    certificate, trust = world.certificate(), world.trust()
    assert verify(certificate, trust, SIGNED_AT - timedelta(minutes=4)).ok  # clocks differ
    assert verify(certificate, trust, SIGNED_AT - timedelta(minutes=6)).failed == ("period",)


def test_a_certificate_that_begins_later_is_not_valid_yet(world: World) -> None:
    later = content(valid_from=date(2026, 6, 2))
    assert verify(world.certificate(later), world.trust(), AT).failed == ("period",)


def test_a_certificate_without_end_stays_valid(world: World) -> None:
    report = verify(world.certificate(content(valid_to=None)), world.trust(), datetime(2999, 1, 1, tzinfo=UTC))
    assert report.ok and "长期" in _sentence(report, "period")


def test_without_a_status_list_the_report_says_that_the_status_was_not_checked(world: World) -> None:
    report = verify(world.certificate(), world.trust(), AT)
    assert report.ok
    assert report.not_checked == ("status_list", "status")


def test_two_authorities_of_one_folder_do_not_mix(world: World) -> None:
    trust = world.trust()
    only_fire = Trust({FIRE: trust.authorities[FIRE], HYGIENE: Authority(HYGIENE, NAMES[HYGIENE], ())})
    assert verify(world.certificate(), only_fire, AT).failed == ("key",)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_a_report(raw: bytes) -> None:
    assert verify(raw, Trust({}), AT).failed == ("format",)


@pytest.mark.parametrize("step", range(7))
def test_one_flipped_bit_anywhere_is_never_accepted(world: World, step: int) -> None:
    good, trust = world.certificate(), world.trust()
    for position in range(step, len(good), 7):
        bad = good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]
        assert not verify(bad, trust, AT).ok, position


def _sentence(report: Report, name: str) -> str:
    return next(check.sentence for check in report.checks if check.name == name)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"GIF89a\1\0\1\0", "PNG"),
        (b"\0\0\0\x18ftypheic", "PNG"),
        (b"yc1:6bf", "原样复制"),
        (b"a word", "原文件（OFD、PDF、.ycert）"),
    ],
)
def test_of_what_is_no_certificate_it_says_what_to_send(raw: bytes, said: str) -> None:
    report = verify(raw, Trust({}), AT)
    assert report.failed == ("format",) and said in report.checks[0].sentence


def test_whose_it_is_is_asked_by_code_and_never_guessed(world: World) -> None:
    file, holder = world.certificate(), content().holder.code
    assert verify(file, world.trust(), AT, f" {holder.lower()} ").outcome("holder") is Outcome.PASSED
    other = verify(file, world.trust(), AT, "91411323MA9000059J")
    assert other.failed == ("holder",) and holder not in str(other.checks)
    assert "holder" not in {check.name for check in verify(file, world.trust(), AT).checks}
    assert verify(b"junk", world.trust(), AT, holder).outcome("holder") is Outcome.NOT_CHECKED
