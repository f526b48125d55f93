"""Checkpoints as signed notes, checked against the format's own example key arithmetic and every way to be wrong."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.sharinglog.notes import BadNote, Checkpoint, Verifier, key_id, read, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEAD = Checkpoint("yijian.example/log", 42, bytes(range(32)))
NOTE = sign(HEAD, KEY)
VERIFIER = Verifier(HEAD.origin, KEY.public_key())


def test_the_example_of_signed_note_is_read_as_its_authors_meant() -> None:
    # C2SP signed-note, also Go's golang.org/x/mod/sumdb/note
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    verifier, blob = Verifier.from_vkey(vkey), base64.b64decode(line)
    assert verifier.vkey() == vkey and key_id(verifier.name, verifier.key) == blob[:4]
    verifier.key.verify(blob[4:], text.encode())


def test_a_checkpoint_has_origin_size_and_root_on_three_lines() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == ["yijian.example/log", "42", base64.b64encode(bytes(range(32))).decode(), ""]
    assert lines[4].startswith("— yijian.example/log ") and lines[5:] == [""]
    assert verify(NOTE, VERIFIER) == HEAD


def test_lines_of_witnesses_are_passed_over() -> None:
    other = sign(HEAD, Ed25519PrivateKey.generate()).split("\n")[4]
    assert verify(NOTE + other + "\n", VERIFIER) == HEAD
    head, _, own = NOTE.partition("\n\n")
    assert verify(f"{head}\n\n{other}\n{own}", VERIFIER) == HEAD


def test_another_logs_checkpoint_signed_with_this_key_is_refused() -> None:
    other = Checkpoint("other.example/log", 42, HEAD.root).text()
    line = base64.b64encode(key_id(HEAD.origin, KEY.public_key()) + KEY.sign(other.encode())).decode()
    with pytest.raises(BadNote, match="another log"):
        verify(f"{other}\n— {HEAD.origin} {line}\n", VERIFIER)


def test_a_verifier_key_survives_the_trip_as_text() -> None:
    assert verify(NOTE, Verifier.from_vkey(VERIFIER.vkey() + "\n")) == HEAD


@pytest.mark.parametrize(
    "wrong",
    [
        NOTE.replace("42", "43"),
        NOTE.replace("42", "042"),
        NOTE.replace("42", "-1"),
        NOTE.replace("yijian", "yijiam"),
        NOTE.replace("\n42", "\n42 "),
        NOTE.replace("AAEC", "AAED"),
        NOTE.replace("— ", "- "),
        NOTE[:-1],
        NOTE.rpartition("—")[0],
        NOTE.replace("\n\n", "\nextra\n\n"),
        sign(HEAD, Ed25519PrivateKey.generate()),
        sign(Checkpoint("other.example/log", 42, bytes(32)), KEY),
        "",
        "\n\n",
    ],
)
def test_a_note_that_is_not_exactly_what_was_signed_is_refused(wrong: str) -> None:
    with pytest.raises(BadNote):
        verify(wrong, VERIFIER)


@pytest.mark.parametrize(
    "wrong", ["", "a+b", "log+00000000+AAAA", VERIFIER.vkey().replace("+", "+0", 1), VERIFIER.vkey()[:-4]]
)
def test_a_malformed_verifier_key_is_refused(wrong: str) -> None:
    with pytest.raises(BadNote):
        Verifier.from_vkey(wrong)


def test_an_unsigned_read_still_wants_the_form() -> None:
    assert read(NOTE) == HEAD
    with pytest.raises(BadNote):
        read("only text")
