"""The test vectors of docs/api.md, computed anew by both sides: what stands there is what hub and client do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.clientsigning import check_answer, digest, hub_key, sign
from hub.identity.answering import Answering, AnswerKey, nonce_of
from hub.identity.signing import body_digest

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    (found,) = [text for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if '"answer_signature"' in text]
    read: dict[str, Any] = json.loads(found)
    return read


def test_the_request_of_the_page_is_what_a_client_signs(vector: dict[str, Any]) -> None:
    key, now = (
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"])),
        datetime.fromtimestamp(vector["iat"], UTC),
    )
    body = vector["body"].encode()
    header = sign(vector["organisation"], key, vector["method"], vector["target"], body, now, vector["jti"])
    assert header == f"Bearer {vector['token']}" and nonce_of(header) == vector["jti"]
    assert digest(body) == body_digest(body) == vector["digest"]


def test_the_answer_of_the_page_is_what_the_hub_signs_and_a_client_takes(vector: dict[str, Any]) -> None:
    key, now = AnswerKey(bytes.fromhex(vector["hub_seed"])), datetime.fromtimestamp(vector["iat"], UTC)
    body, organisation, nonce = vector["answer"].encode(), vector["organisation"], vector["jti"]
    made = key.sign(Answering(organisation, nonce, vector["request_id"], vector["status"], body), now)
    assert made == vector["answer_signature"]
    assert (key.jwk()["kid"], key.jwk()["x"]) == (vector["hub_kid"], vector["hub_x"])
    check_answer(made, hub_key(key.jwk()), organisation, nonce, vector["status"], body, now)
