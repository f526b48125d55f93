"""Judging a compact credential: every fault fails the one check that it should, and nothing raises."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import identifier, statuslist, ycert
from certificates.checks import Outcome, Report
from certificates.compact import base45, cbor, checking, cose, credential, disclosure
from certificates.compact.checking import check
from certificates.compact.disclosure import Disclosure
from certificates.envelope import Seal
from tests.certificates.compact.making import CATERING, STATUS, WORLD, issued, shown, signed_again
from tests.certificates.fuzz import FEW
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, OTHER_TYPE, SIGNED_AT, content

GOOD = shown(*CATERING)


def judged(file: bytes, **changed: object) -> Report:
    values = {"trust": WORLD.trust(), "at": AT, **changed}
    return check(file, values["trust"], values["at"])  # type: ignore[arg-type]


def test_a_good_one_is_valid_and_says_what_was_not_checked() -> None:
    report = judged(GOOD)
    assert report.ok and report.format == "credential"
    assert report.not_checked == ("status_list", "status")
    assert report.content and [each.value for each in report.content.fields] == [
        "住宿场所",
        "河南省西峡县示例镇示例村1号",
    ]


def test_the_text_of_the_code_is_judged_as_its_bytes_are() -> None:
    assert judged(credential.qr_text(GOOD).encode()).checks == judged(GOOD).checks


def _changed_claim(claim: int, value: cbor.Cbor) -> bytes:
    message = cose.read(GOOD)
    claims = cbor.decode(message.payload)
    assert isinstance(claims, dict)
    return replace(message, payload=cbor.encode({**claims, claim: value})).to_bytes()


def _header(**changed: cbor.Cbor) -> bytes:
    message = cose.read(GOOD)
    names = {"alg": cose.ALG, "kid": cose.KID, "typ": cose.TYP}
    header = message.header() | {names[name]: value for name, value in changed.items()}
    return signed_again(replace(message, protected=cbor.encode(header)))


def _other_value_shown() -> bytes:
    message = cose.read(GOOD)
    made_up = Disclosure("许可项目", "旅馆及餐饮", b"\0" * disclosure.SALT_BYTES)
    return replace(message, unprotected={17: [made_up.to_bytes()]}).to_bytes()


def _not_deterministic() -> bytes:
    return GOOD.replace(b"\x04\x48", b"\x18\x04\x48", 1).replace(b"\xd2\x84\x58", b"\xd2\x84\x58", 1)


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "format"),
    "cut short": (lambda: GOOD[:-1], "format"),
    "bytes behind the end": (lambda: GOOD + b"\0", "format"),
    "no base45": (lambda: b"YC1:abc", "format"),
    "another kind of file": (lambda: b"%PDF-1.7", "format"),
    "an unknown claim": (lambda: _changed_claim(99, 1), "format"),
    "a claim that is no text": (lambda: _changed_claim(credential.TITLE, 1), "format"),
    "a text that reverses the reading order": (lambda: _changed_claim(credential.TITLE, "\u202e证可许"), "format"),
    "a time beyond the calendar": (lambda: _changed_claim(credential.EXP, 2**62), "format"),
    "another media type": (lambda: _header(typ="application/yc2"), "format"),
    "another algorithm": (lambda: _header(alg=-8), "suite"),
    "a length in a longer spelling": (lambda: b"\xd2\x98\x04" + GOOD[2:], "canonical"),
    "a wrong check character": (
        lambda: signed_again(
            cose.read(_changed_claim(credential.SUB, f"{OTHER_TYPE[:-1]}1.{HYGIENE}.202600000001.001.9"))
        ),
        "identifier",
    ),
    "another title": (lambda: _changed_claim(credential.TITLE, "食品经营许可证"), "signature"),
    "a longer validity": (lambda: _changed_claim(credential.EXP, 2_000_000_000), "signature"),
    "r or s out of range": (lambda: cose.read(GOOD).signed(b"\xff" * 64).to_bytes(), "signature"),
    "a field with another value": (_other_value_shown, "digests"),
    "one field twice": (
        lambda: replace(cose.read(GOOD), unprotected={17: [issued().disclosures["许可项目"]] * 2}).to_bytes(),
        "digests",
    ),
    "a foreign unprotected header": (lambda: replace(cose.read(GOOD), unprotected={99: 1}).to_bytes(), "format"),
    "no field in the list of fields": (lambda: replace(cose.read(GOOD), unprotected={17: []}).to_bytes(), "format"),
    "the tag in a longer spelling": (lambda: credential.qr_text(b"\xd8\x12" + GOOD[1:]).encode(), "canonical"),
    "another tag": (lambda: b"\xd8\x13" + GOOD[1:], "format"),
    "a key that nobody registered": (lambda: _header(kid=b"\0" * 8), "key"),
    "the key of another authority": (lambda: _header(kid=bytes.fromhex(WORLD.key(FIRE).public.key_id)[:8]), "key"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_fails_its_one_check(fault: str) -> None:
    make, name = BROKEN[fault]
    report = judged(make())
    assert report.failed == (name,) and not report.ok


def test_an_unknown_issuer_is_not_believed() -> None:
    trust = WORLD.trust()
    unknown = replace(trust, authorities={FIRE: trust.authorities[FIRE]})
    report = judged(GOOD, trust=unknown)
    assert report.failed == ("issuer",) and report.outcome("signature") is Outcome.NOT_CHECKED


def test_a_type_that_the_key_may_not_sign_is_refused() -> None:
    other = content(identifier=identifier.make(OTHER_TYPE, HYGIENE, "202600000001"), type_code=OTHER_TYPE)
    assert judged(shown(made=other)).failed == ("competence",)


def test_a_signature_after_the_keys_end_is_refused() -> None:
    ended = replace(WORLD.key(), valid_to=SIGNED_AT - DAY)
    assert judged(GOOD, trust=WORLD.trust(ended)).failed == ("key",)


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    last = AT.replace(year=2030, month=3, day=1, hour=15, minute=59)
    assert judged(GOOD, at=last).ok
    assert judged(GOOD, at=last + DAY).failed == ("period",)
    assert judged(GOOD, at=SIGNED_AT - DAY).failed == ("period",)


def test_a_revoked_one_fails_the_status_by_its_list() -> None:
    from certificates.status import StatusEntry

    revoked = StatusEntry(str(content().identifier), "07", AT - 2 * DAY)
    assert judged(GOOD, trust=WORLD.trust(status_list=WORLD.status_list(revoked))).failed == ("status",)
    assert judged(GOOD, trust=WORLD.trust(status_list=WORLD.status_list())).not_checked == ()


def token(places: dict[int, int], at: datetime = AT - DAY, key_ref: str = HYGIENE) -> str:
    made = statuslist.TokenStatusList(STATUS.uri, at, at + 2 * DAY, 3600, places, 20_000)
    return statuslist.issue(made, Seal(WORLD.ring, key_ref, "ES256", at))


def test_the_list_that_it_names_says_how_it_stands() -> None:
    def stands(*tokens: str) -> Report:
        return judged(GOOD, trust=replace(WORLD.trust(), token_lists=tokens))

    assert stands(token({})).not_checked == ()
    assert stands(token({STATUS.index: statuslist.SUSPENDED})).failed == ("status",)
    assert stands(token({}, AT - 9 * DAY)).failed == ("status_list",)
    assert stands(token({}, key_ref=FIRE)).failed == ("status_list",)


def test_of_the_past_the_dated_list_speaks_where_the_list_by_place_was_made_later() -> None:
    from certificates.status import StatusEntry

    later = replace(WORLD.trust(), token_lists=(token({STATUS.index: statuslist.SUSPENDED}, AT),))
    assert judged(GOOD, trust=later).failed == ("status",)
    report = judged(GOOD, trust=later, at=AT - 2 * DAY)
    assert report.not_checked == ("status_list", "status") and "晚于所问时间" in report.checks[-1].sentence
    for since, refused_by in ((AT - DAY, ()), (AT - 3 * DAY, ("status",))):
        dated = WORLD.status_list(StatusEntry(str(content().identifier), "02", since))
        both = replace(later, status_lists={HYGIENE: dated})
        assert judged(GOOD, trust=both, at=AT - 2 * DAY).failed == refused_by
        assert ycert.check(WORLD.certificate(), both, AT - 2 * DAY).failed == refused_by


def test_two_keys_of_one_authority_that_share_the_bytes_of_an_id_count_as_none() -> None:
    authority = WORLD.trust().authorities[HYGIENE]
    # Nobody can make two keys that share 8 bytes; no bytes at all are shared by every two.
    found = replace(credential.read(GOOD), key_id="")
    assert checking._key_of(found, authority) == authority.keys[0]
    assert checking._key_of(found, replace(authority, keys=(*authority.keys, WORLD.key(FIRE)))) is None


def test_a_code_of_nine_million_characters_is_measured_and_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(base45, "_group")
    report = judged(b"YC1:" + b"A" * 9_000_000)
    assert report.failed == ("format",) and "过大" in report.checks[0].sentence


@FEW
@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(file: bytes) -> None:
    judged(file)
    judged(b"YC1:" + file)


@FEW
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_changed_byte_is_accepted_as_signed(position: int, value: int) -> None:
    changed = GOOD[:position] + bytes([value]) + GOOD[position + 1 :]
    assert changed == GOOD or not judged(changed).ok
