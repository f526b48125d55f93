"""Reading timestamps: nothing but Malformed, whatever the bytes. What good ones are is in tests/adapters/test_timestamper.py."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms, core, x509
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.timestamper import make_authority, stamp
from certificates import der, timestamps
from certificates.errors import Malformed
from tests.certificates.fuzz import FEW

NOW = datetime(2026, 3, 2, tzinfo=UTC)
AUTHORITY = make_authority(NOW - timedelta(days=1), NOW + timedelta(days=1))
RESPONSE = stamp(AUTHORITY, timestamps.write_request(hashlib.sha256(b"").digest(), 7), NOW)
STRANGER = make_authority(NOW - timedelta(days=1), NOW + timedelta(days=1)).certificate
TOKEN = timestamps.read_response(RESPONSE)


def test_the_answer_to_a_request_holds_its_nonce() -> None:
    assert timestamps.read(TOKEN).nonce == 7


def test_a_megabyte_is_not_parsed() -> None:
    with pytest.raises(Malformed, match="at most"):
        timestamps.read(b"\x30" * 2**20)


@FEW
@given(st.binary(max_size=300))
def test_any_bytes_are_malformed(octets: bytes) -> None:
    for read in (timestamps.read, timestamps.read_response):
        with pytest.raises(Malformed):
            read(octets)


@FEW
@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_no_byte_of_a_token_can_be_changed_not_even_one_that_its_authority_did_not_sign(
    position: int, change: int
) -> None:
    changed = TOKEN[:position] + bytes([TOKEN[position] ^ change]) + TOKEN[position + 1 :]
    with pytest.raises(Malformed):
        timestamps.read(changed)


def test_what_an_authority_sends_beside_what_it_signed_is_taken_away_before_it_comes_into_a_file() -> None:
    signed = cms.ContentInfo.load(TOKEN)
    signed["content"]["certificates"].append(cms.CertificateChoices({"certificate": x509.Certificate.load(STRANGER)}))
    signed["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes(
        [{"type": "1.2.156.99999.1", "values": [core.OctetString(b"hidden")]}]
    )
    sent = signed.dump(force=True)
    with pytest.raises(Malformed) as refused:
        timestamps.read(sent)
    assert refused.value.code == "timestamp-unsigned"
    answer = der.sequence(der.sequence(der.integer(0)), sent)
    assert timestamps.read_response(answer) == TOKEN
