"""Each signer gives the published value: RFC vectors where there are some, else what the openssl command gave for the same bytes.

For example: printf '%s' 's_411323000000_1testrid0011763604000000' | openssl dgst -sha256 -hmac test-app-secret -binary | openssl base64
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.contract import Misconfigured
from adapters.kinds.auth.credential import check_auth, signer_of
from adapters.kinds.auth.signing import ALGORITHMS, TIMES, Signing, proof, signed
from adapters.kinds.guard import Sending
from adapters.kinds.settings import Settings

NOW = datetime(2025, 11, 20, 2, 0, tzinfo=UTC)
SECRET = "test-app-secret"


def settings(**auth: object) -> Settings:
    return Settings(auth, "[wire] auth")


def made(sending: Sending, auth: Settings, id_: str, sid: str = "") -> Sending:
    return signed(sending, signer_of(auth), Signing(id_, SECRET, NOW, "nonce-1", sid))


def test_the_algorithms_give_the_published_values() -> None:
    # RFC 4231 case 2, RFC 2202 case 2, GB/T 32905 annex A.1
    text = b"what do ya want for nothing?"
    assert ALGORITHMS["hmac-sha256"](b"Jefe", text).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert ALGORITHMS["hmac-sha1"](b"Jefe", text).hex() == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    assert ALGORITHMS["sm3"](b"", b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_exchange_platform_signs_service_requester_and_time_in_headers() -> None:
    one = made(Sending("GET", "/cx", 1.0), settings(style="gjgxjhpt"), "testrid001", "s_411323000000_1")
    assert one.headers == {  # openssl dgst -sha256 -hmac over sid + rid + rtime
        "gjgxjhpt_sid": "s_411323000000_1",
        "gjgxjhpt_rid": "testrid001",
        "gjgxjhpt_rtime": "1763604000000",
        "gjgxjhpt_sign": "LcKYrP29Rky51n/0YdMMbZCGD53cZI5GmVYUfo4KSPI=",
    }


def test_the_exchange_platforms_values_go_as_query_words_and_under_a_provinces_own_prefix() -> None:
    auth = settings(style="gjgxjhpt", place="query", prefix="jsjhpt")
    one = made(Sending("GET", "/cx", 1.0, params=(("xm", "1"),)), auth, "testrid001", "s_411323000000_1")
    assert dict(one.params)["jsjhpt_sign"] == "LcKYrP29Rky51n/0YdMMbZCGD53cZI5GmVYUfo4KSPI="
    assert one.params[0] == ("xm", "1") and one.headers == {}


def test_a_wire_with_a_place_of_its_own_gets_the_four_values_by_name() -> None:
    signer = signer_of(settings(style="gjgxjhpt"))
    found = proof(Sending("POST", "/ws", 1.0), signer, Signing("testrid001", SECRET, NOW, "", "s_411323000000_1"))
    assert found["gjgxjhpt_sign"] == "LcKYrP29Rky51n/0YdMMbZCGD53cZI5GmVYUfo4KSPI="


def test_a_provincial_gateway_signs_client_time_and_nonce() -> None:
    one = made(Sending("GET", "/cx", 1.0), settings(style="gateway"), "client-01")
    assert one.headers["X-Signature"] == "9BVcj8E8LQPahJcvNzAb5wRobf8Z8RQnO2uBySNw9lM="  # openssl
    assert (one.headers["X-Timestamp"], one.headers["X-Nonce"]) == ("1763604000000", "nonce-1")


def test_the_body_digest_signer_covers_method_path_query_and_body() -> None:
    # The digest of this body is the vector of RFC 9530, Content-Digest; the signature is openssl's.
    sending = Sending("POST", "/v1/sb", 1.0, params=(("b", "甲"), ("a", "1")), content=b'{"hello": "world"}')
    one = made(sending, settings(style="body_digest"), "client-01")
    assert one.headers["Content-Digest"] == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    assert one.headers["X-Signature"] == "4Ug+rdEkrIBln5Mr4pGf/ObJRyCxUmnpq6F2b4RQizc="
    other = made(
        Sending("POST", "/v1/sb", 1.0, params=sending.params, content=b"{}"), settings(style="body_digest"), "client-01"
    )
    assert other.headers["X-Signature"] != one.headers["X-Signature"]


def test_the_plain_sha1_of_key_secret_and_time() -> None:
    one = made(Sending("GET", "/cx", 1.0), settings(style="sha1"), "app01")
    assert dict(one.params) == {  # openssl sha1 over appKey + appSecret + timestamp
        "appKey": "app01",
        "timestamp": "1763604000000",
        "signature": "0f198c7d1489d66450776ba561154dcc1125e60f",
    }
    seconds = made(Sending("GET", "/cx", 1.0), settings(style="sha1", time="epoch_s"), "app01")
    assert dict(seconds.params)["signature"] == "1759524410b70b10932e4b8dfc557a27f89c73d6"


def test_the_sha1_of_sorted_parameters_takes_those_of_query_and_form_and_leaves_out_empty_ones() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sending = Sending("POST", "/cx", 1.0, form, (("yh", "1"),), "mc=测试&bz=".encode())
    one = made(
        Sending("POST", "/cx", 1.0, form, (("yh", "1"),), b"mc=%E6%B5%8B%E8%AF%95&bz="),
        settings(style="sha1_sorted"),
        "app01",
    )
    assert dict(one.params)["sign"] == "828de030367b4832b9a868b115aa10fe139fa6b0"  # openssl sha1
    assert sending.params == (("yh", "1"),)


def test_a_department_with_a_rule_of_its_own_is_a_table_of_the_manifest() -> None:
    own = settings(
        style="sign", algorithm="hmac-sm3", text="{id}{sid}{nonce}", put={"Qm": "{signature}", "Fw": "{sid}"}
    )  # fmt: skip
    signer = signer_of(own)
    found = proof(Sending("GET", "/cx", 1.0), signer, Signing("s1", SECRET, NOW, "t1", "r1"))
    assert found == {"Qm": "y687tGEdCVAMZa25GnA/Vua1poCQClNAQhbyBfrux6s=", "Fw": "r1"}  # openssl dgst -sm3 -hmac


def test_times_are_written_as_departments_write_them() -> None:
    assert {name: write(NOW) for name, write in TIMES.items()} == {
        "epoch_ms": "1763604000000",
        "epoch_s": "1763604000",
        "yyyymmddhhmmss": "20251120100000",
        "datetime": "2025-11-20 10:00:00",
        "iso": "2025-11-20T10:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        ({"style": "hmac"}, "style must be one of"),
        ({"style": "gjgxjhpt", "secrets": "x"}, "secrets is no known key"),
        ({"style": "gateway", "put": {"X-S": "{signature}", "X-K": "{secret}"}}, "{secret} is no word there"),
        ({"style": "gateway", "text": "{id}{geheim}"}, "{geheim} is no word there"),
        ({"style": "gateway", "put": {"X-T": "{time}"}}, "put has no {signature}"),
        (
            {"style": "sign", "algorithm": "crc", "text": "{secret}", "put": {"q": "{signature}"}},
            "algorithm = 'crc' is none; use one of: hmac-sha1",
        ),
        ({"style": "sign", "algorithm": "sha1", "text": "{id}", "put": {"q": "{signature}"}}, "anybody could make it"),
        ({"style": "api_key", "secret": "k"}, "either in which header"),
        (
            {"style": "oauth2", "token_path": "/t", "send": "mail"},
            "send = 'mail' is none; use one of: basic, form, json",
        ),
    ],
)
def test_a_table_that_cannot_work_is_a_sentence(auth: dict[str, object], says: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        check_auth(settings(**auth))
    assert says in str(caught.value)
