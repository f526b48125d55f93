"""Reading timestamps: nothing but Malformed, whatever the bytes. What good ones are is in tests/adapters/test_timestamper.py."""

import contextlib
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.timestamper import make_authority, stamp
from certificates import timestamps
from certificates.errors import Malformed
from tests.certificates.fuzz import FEW

NOW = datetime(2026, 3, 2, tzinfo=UTC)
AUTHORITY = make_authority(NOW - timedelta(days=1), NOW + timedelta(days=1))
RESPONSE = stamp(AUTHORITY, timestamps.write_request(hashlib.sha256(b"").digest(), 7), NOW)
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
def test_a_changed_byte_is_malformed_or_outside_of_what_is_signed(position: int, change: int) -> None:
    changed = TOKEN[:position] + bytes([TOKEN[position] ^ change]) + TOKEN[position + 1 :]
    with contextlib.suppress(Malformed):
        assert timestamps.read(changed) == timestamps.read(TOKEN)
