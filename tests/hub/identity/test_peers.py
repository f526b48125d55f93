"""Signed tokens of systems, on both engines: one test for each way to be wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.client import sign
from adapters.simulators.tokens import token as simulators_token
from hub.errors import BadInput, NotThere
from hub.identity import peers
from hub.identity.peers import TokenRefused
from hub.identity.principal import Principal, Role
from hub.identity.signing import Arrived, body_digest
from hub.store.database import Database

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BODY = '{"事项": "特种行业许可"}'.encode()
TARGET = "/api/v1/item-cases/4113232026000001/events?page=1"


@dataclass(frozen=True)
class PeerKey:
    """A system's key, with the id that the hub gave it."""

    organisation: str
    private: Ed25519PrivateKey = field(repr=False)
    key_id: str = ""


def pem(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def register(database: Database, organisation: str = "public-security") -> PeerKey:
    private = Ed25519PrivateKey.generate()
    with database.write() as session:
        key_id = peers.register_key(session, "411323", organisation, pem(private.public_key()), NOW)
    return PeerKey(organisation, private, key_id)


@pytest.fixture
def key(database: Database) -> PeerKey:
    return register(database)


def arrived(authorization: str, method: str = "POST", target: str = TARGET, body: bytes = BODY) -> Arrived:
    return Arrived(authorization, method, target, body_digest(body))


def signed(key: PeerKey, at: datetime = NOW, method: str = "POST", body: bytes = BODY) -> str:
    token = sign(key.organisation, key.private, method, TARGET, body, at)
    if not key.key_id:
        return token
    claims = jwt.decode(token.split()[1], options={"verify_signature": False})
    return "Bearer " + jwt.encode(claims, key.private, "EdDSA", headers={"kid": key.key_id})


def forged(key: PeerKey, headers: Mapping[str, object] | None = None, **changed: object) -> str:
    """A token signed with this key, with some claims changed (None: left out)."""
    claims = jwt.decode(signed(key).split()[1], options={"verify_signature": False}) | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return "Bearer " + jwt.encode(kept, key.private, "EdDSA", headers={"kid": key.key_id, **(headers or {})})


def verify(database: Database, request: Arrived, at: datetime = NOW) -> Principal:
    with database.write() as session:
        return peers.verify(session, request, at)


def fault(database: Database, request: Arrived, at: datetime = NOW) -> str:
    with pytest.raises(TokenRefused) as caught:
        verify(database, request, at)
    assert caught.value.status == 401
    return caught.value.code


def test_a_signed_request_is_the_departments(database: Database, key: PeerKey) -> None:
    principal = verify(database, arrived(signed(key)))
    assert (principal.organisation, principal.region, principal.roles) == (
        "public-security",
        "411323",
        {Role.DEPARTMENT},
    )


def test_the_platforms_key_gives_the_platforms_role(database: Database) -> None:
    assert verify(database, arrived(signed(register(database, "platform")))).roles == {Role.PLATFORM}


def test_an_empty_body_is_signed_too(database: Database, key: PeerKey) -> None:
    token = signed(key, method="GET", body=b"")
    assert verify(database, arrived(token, "GET", body=b""))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic eDp5"])
def test_no_token(database: Database, key: PeerKey, header: str) -> None:
    assert fault(database, arrived(header)) == "TOKEN_MISSING"


@pytest.mark.parametrize("header", ["Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer " + "A" * 9000])
def test_a_malformed_token(database: Database, key: PeerKey, header: str) -> None:
    assert fault(database, arrived(header)) == "TOKEN_MALFORMED"


def test_an_expired_token(database: Database, key: PeerKey) -> None:
    token = signed(key)
    assert fault(database, arrived(token), NOW + timedelta(seconds=121)) == "TOKEN_EXPIRED"
    assert verify(database, arrived(token), NOW + timedelta(seconds=119))


@pytest.mark.parametrize(("hours", "words"), [(1, "expired 3540 s ago"), (-1, "lies 3600 s in the future")])
def test_clocks_that_are_an_hour_apart_are_told_by_how_much_and_what_time_it_is_here(
    database: Database, key: PeerKey, hours: int, words: str
) -> None:
    here = NOW + timedelta(hours=hours)
    with pytest.raises(TokenRefused, match=words) as caught:
        verify(database, arrived(signed(key)), here)
    assert f"it is {here:%Y-%m-%dT%H:%M:%SZ} here" in str(caught.value) and "(NTP)" in str(caught.value)


def test_a_token_of_the_future(database: Database, key: PeerKey) -> None:
    token = signed(key, NOW + timedelta(seconds=90))
    assert fault(database, arrived(token)) == "TOKEN_NOT_YET"
    assert verify(database, arrived(token), NOW + timedelta(seconds=40))


def test_a_token_that_lives_too_long(database: Database, key: PeerKey) -> None:
    token = forged(key, exp=int(NOW.timestamp()) + 3600)
    assert fault(database, arrived(token)) == "TOKEN_TOO_LONG"


def test_a_replayed_token(database: Database, key: PeerKey) -> None:
    token = signed(key)
    verify(database, arrived(token))
    assert fault(database, arrived(token)) == "TOKEN_REPLAYED"


def test_a_token_sent_many_times_at_once_is_taken_once(database: Database, key: PeerKey) -> None:
    token = signed(key)

    def send(_: int) -> str:
        try:
            return verify(database, arrived(token)).organisation
        except TokenRefused as e:
            return e.code

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(send, range(6)))
    assert answers == ["TOKEN_REPLAYED"] * 5 + ["public-security"]


def test_a_refused_request_does_not_use_up_its_token(database: Database, key: PeerKey) -> None:
    token = signed(key)
    assert fault(database, arrived(token, body=b"other")) == "BODY_DIFFERS"
    assert verify(database, arrived(token))


def test_a_changed_body(database: Database, key: PeerKey) -> None:
    assert fault(database, arrived(signed(key), body=BODY + b" ")) == "BODY_DIFFERS"


def test_another_method_or_path(database: Database, key: PeerKey) -> None:
    token = signed(key)
    assert fault(database, arrived(token, method="PUT")) == "WRONG_ROUTE"
    assert fault(database, arrived(token, target=TARGET + "&page=2")) == "WRONG_ROUTE"
    assert fault(database, arrived(token, target="/api/v1/filings")) == "WRONG_ROUTE"


def test_a_revoked_key(database: Database, key: PeerKey) -> None:
    with database.write() as session:
        peers.revoke_key(session, key.key_id, NOW)
    assert fault(database, arrived(signed(key))) == "KEY_REVOKED"
    with pytest.raises(NotThere), database.write() as session:
        peers.revoke_key(session, key.key_id, NOW)


def test_a_key_is_changed_without_a_gap(database: Database, key: PeerKey) -> None:
    newer = register(database)
    assert verify(database, arrived(signed(key))) and verify(database, arrived(signed(newer)))


def test_an_unknown_key(database: Database, key: PeerKey) -> None:
    unknown = replace(key, key_id="00000000-0000-7000-8000-000000000000")
    assert fault(database, arrived(signed(unknown))) == "UNKNOWN_PEER"


def test_an_organisation_without_a_key(database: Database, key: PeerKey) -> None:
    assert fault(database, arrived(signed(replace(key, organisation="nobody", key_id="")))) == "UNKNOWN_PEER"


def test_one_department_in_the_name_of_another(database: Database, key: PeerKey) -> None:
    register(database, "market-regulation")
    assert fault(database, arrived(forged(key, iss="market-regulation"))) == "UNKNOWN_PEER"
    assert (
        fault(database, arrived(signed(replace(key, organisation="market-regulation", key_id="")))) == "BAD_SIGNATURE"
    )


def test_a_token_that_names_no_key_is_tried_with_those_of_its_issuer(database: Database, key: PeerKey) -> None:
    register(database)
    nameless = replace(key, key_id="")
    assert verify(database, arrived(signed(nameless))).subject == key.key_id
    with database.write() as session:
        peers.revoke_key(session, key.key_id, NOW)
    assert fault(database, arrived(signed(nameless))) == "KEY_REVOKED"


def test_the_simulators_own_tokens_are_let_in(database: Database, key: PeerKey) -> None:
    token = simulators_token("public-security", key.private, "POST", TARGET, BODY, NOW)
    assert verify(database, arrived("Bearer " + token)).organisation == "public-security"


def test_a_signature_by_somebody_else(database: Database, key: PeerKey) -> None:
    thief = replace(key, private=Ed25519PrivateKey.generate())
    assert fault(database, arrived(signed(thief))) == "BAD_SIGNATURE"


def test_an_unsigned_token(database: Database, key: PeerKey) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": key.key_id}).encode()).rstrip(b"=").decode()
    token = f"{head}.{signed(key).split('.')[1]}."
    assert fault(database, arrived("Bearer " + token)) == "ALGORITHM_NOT_ALLOWED"


def test_an_hmac_made_with_the_public_key(database: Database, key: PeerKey) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": key.key_id}).encode()).rstrip(b"=").decode()
    token = f"{head}.{signed(key).split('.')[1]}.AAAA"
    assert fault(database, arrived("Bearer " + token)) == "ALGORITHM_NOT_ALLOWED"


@pytest.mark.parametrize("audience", ["other", None])
def test_a_token_for_somebody_else(database: Database, key: PeerKey, audience: str | None) -> None:
    assert fault(database, arrived(forged(key, aud=audience))) == "WRONG_AUDIENCE"


@pytest.mark.parametrize(
    "changed",
    [{"jti": None}, {"jti": "x" * 101}, {"iat": None}, {"exp": "soon"}, {"exp": True}, {"htu": 7}, {"digest": ""}],
    ids=str,
)
def test_a_claim_that_is_missing_or_of_a_wrong_kind(
    database: Database, key: PeerKey, changed: Mapping[str, object]
) -> None:
    assert fault(database, arrived(forged(key, **changed))) == "TOKEN_MALFORMED"


def test_marks_of_old_tokens_are_forgotten_only_when_they_could_not_be_replayed(
    database: Database, key: PeerKey
) -> None:
    token = signed(key)
    verify(database, arrived(token))
    with database.write() as session:
        assert peers.forget_tokens(session, NOW + timedelta(seconds=120)) == 0
        assert peers.forget_tokens(session, NOW + timedelta(seconds=122)) == 1
    assert fault(database, arrived(token), NOW + timedelta(seconds=122)) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("text", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_only_an_ed25519_key_is_registered(database: Database, text: str) -> None:
    for wrong in (text, pem(generate_private_key(SECP256R1()).public_key())):
        with pytest.raises(BadInput) as caught, database.write() as session:
            peers.register_key(session, "411323", "public-security", wrong, NOW)
        assert caught.value.code == "BAD_PEER_KEY"


def test_a_request_does_not_show_its_token(key: PeerKey) -> None:
    assert "Bearer" not in repr(arrived(signed(key)))
