"""A private key at rest opens with its passphrase, as it was made, or not at all."""

import json

import pytest

from certificates.canonical import encode
from certificates.errors import Malformed
from certificates.keys.keyfile import Passphrase, PrivateKey, open_key, seal_key, suite_of
from certificates.suites import suite_named
from tests.certificates.making import FIRE, HYGIENE

PASSPHRASE, SALT, NONCE = Passphrase("correct horse battery"), bytes(16), bytes(12)


@pytest.fixture
def key(suite: str) -> PrivateKey:
    pkcs8 = suite_named(suite).generate()
    return PrivateKey(HYGIENE, suite_named(suite).public_key(pkcs8), pkcs8)


def test_a_sealed_key_opens_as_it_was(key: PrivateKey) -> None:
    sealed = seal_key(key, PASSPHRASE, SALT, NONCE)
    assert open_key(sealed, PASSPHRASE) == key
    assert key.pkcs8 not in sealed


def test_the_key_is_not_in_its_repr(key: PrivateKey) -> None:
    assert repr(key.pkcs8) not in repr(key)


def test_another_passphrase_does_not_open_it(key: PrivateKey) -> None:
    with pytest.raises(Malformed, match="passphrase is wrong"):
        open_key(seal_key(key, PASSPHRASE, SALT, NONCE), Passphrase("correct horse battery "))


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("owner", FIRE, "passphrase"),
        ("suite", "PS256", "passphrase"),
        ("spki", "AAAA", "passphrase"),
        ("salt", "AAAA", "passphrase"),
        ("sealed", "AAAA", "passphrase"),
        ("nonce", "AAAA", "shape"),
        ("kdf", "scrypt-2-1-1", "shape"),
        ("format", "yijian-key/2", "shape"),
    ],
)
def test_a_changed_file_does_not_open(key: PrivateKey, member: str, value: str, code: str) -> None:
    changed = {**json.loads(seal_key(key, PASSPHRASE, SALT, NONCE)), member: value}
    with pytest.raises(Malformed) as refused:
        open_key(encode(changed), PASSPHRASE)
    assert refused.value.code == code


def test_a_file_names_its_suite_without_the_passphrase(key: PrivateKey) -> None:
    assert suite_of(seal_key(key, PASSPHRASE, SALT, NONCE)) == key.public.suite


def test_the_passphrase_is_not_in_its_repr() -> None:
    assert "correct" not in repr(PASSPHRASE)
