"""Each fault of a key file: the signer says which and what to do, gives no signature, and repeats nothing of the key."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.outside.signer import SoftwareSigner
from certificates.errors import SigningFailed

AUTHORITY = "11411323MB00009009"
PASSPHRASE = "twelve-letters-and-more"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("keys")
    SoftwareSigner(folder, PASSPHRASE, lambda _: None).create(AUTHORITY, "EdDSA")
    return (folder / f"{AUTHORITY}.EdDSA.key").read_bytes()


def _member(name: str, value: object) -> Callable[[bytes], bytes]:
    def change(sealed: bytes) -> bytes:
        plain = {**json.loads(sealed), name: value}
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()

    return change


FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda sealed: b"",
    "cut_short": lambda sealed: sealed[:-30],
    "one_byte_changed": lambda sealed: sealed.replace(b'"sealed":"', b'"sealed":"A'),
    "binary": lambda sealed: bytes(range(256)),
    "utf_16": lambda sealed: sealed.decode().encode("utf-16"),
    "byte_order_mark": lambda sealed: b"\xef\xbb\xbf" + sealed,
    "something_behind": lambda sealed: sealed + b"\n{}",
    "a_member_twice": lambda sealed: sealed.replace(b"{", b'{"owner":"x",', 1),
    "nested_without_end": lambda sealed: b"[" * 50_000,
    "twelve_megabytes": lambda sealed: b'{"a":"' + b"x" * 12_000_000 + b'"}',
    "another_format": _member("format", "yijian-key/9"),
    "cheaper_rounds": _member("kdf", "scrypt-2-1-1"),
    "dearer_rounds": _member("kdf", "scrypt-1073741824-8-1"),
    "a_short_nonce": _member("nonce", "AAAA"),
    "a_suite_of_nobody": _member("suite", "none"),
    "an_unknown_member": _member("more", "1"),
    "pem": lambda sealed: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_key_file_that_is_not_what_was_written_signs_nothing(tmp_path: Path, sealed: bytes, fault: str) -> None:
    uses: list[object] = []
    signer = SoftwareSigner(tmp_path / "k", PASSPHRASE, uses.append)
    place = tmp_path / "k" / f"{AUTHORITY}.EdDSA.key"
    place.touch(0o600)
    place.write_bytes(FAULTS[fault](sealed))
    with pytest.raises(SigningFailed) as told:
        signer.sign(AUTHORITY, "EdDSA", b"x")
    assert uses == [] and str(told.value) and json.loads(sealed)["sealed"][:20] not in str(told.value)


def test_a_pipe_or_a_folder_in_the_place_of_a_key_is_not_waited_for(tmp_path: Path) -> None:
    signer = SoftwareSigner(tmp_path / "k", PASSPHRASE, lambda _: None)
    (tmp_path / "k" / f"{AUTHORITY}.EdDSA.key").mkdir(0o700)
    with pytest.raises(SigningFailed):
        signer.sign(AUTHORITY, "EdDSA", b"x")
    (tmp_path / "k" / f"{AUTHORITY}.EdDSA.key").rmdir()
    os.mkfifo(tmp_path / "k" / f"{AUTHORITY}.EdDSA.key", 0o600)
    with pytest.raises(SigningFailed):
        signer.sign(AUTHORITY, "EdDSA", b"x")
