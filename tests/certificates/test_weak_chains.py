"""Chains whose algorithms are too weak to be believed, made by the openssl command, and CAs that end before or after the signing."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certificates.x509.chain import Broken, Fault, Known, check_chain
from certificates.x509.issuing import Period, Subject, make_ca, make_request, make_signer
from certificates.x509.names import Name
from certificates.x509.reading import pem, read_dates, split_pem
from tests.certificates.making import HYGIENE, private_key
from tests.certificates.pki import SHORT, SIGNER, SINCE, pki, public, signing

SECOND = timedelta(seconds=1)
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n"


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def certified(folder: Path, digest: str, *above: bytes) -> Fault | None:
    """Why a leaf that `ca.key` and `ca.pem` certify for `leaf.csr` is not believed, at its first second: the command dates by the clock."""
    (folder / "leaf.ext").write_text(LEAF)
    asked = "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -extfile leaf.ext -days 9 -out leaf.pem -set_serial 7"
    openssl(folder, *asked.split(), f"-{digest}")
    (leaf,) = split_pem((folder / "leaf.pem").read_bytes())
    broken = check_chain(leaf, Known(above[:1], above[1:]), read_dates(leaf)[0]).broken
    return broken.fault if broken else None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    request = make_request(Subject(SIGNER, public("ES256", HYGIENE)), signing("ES256", HYGIENE))
    (tmp_path / "leaf.csr").write_bytes(pem([request], "CERTIFICATE REQUEST"))
    (tmp_path / "ca.key").write_bytes(pem([private_key("ES256", "ca")], "PRIVATE KEY"))
    (tmp_path / "ca.pem").write_bytes(pem([pki("ES256").ca]))
    return tmp_path


@pytest.mark.parametrize(("digest", "fault"), [("sha384", None), ("sha1", Fault.ALGORITHM)])
def test_a_certificate_signed_over_sha_1_is_not_believed(folder: Path, digest: str, fault: Fault | None) -> None:
    assert certified(folder, digest, pki("ES256").root, pki("ES256").ca) is fault


def test_a_ca_with_a_short_rsa_key_certifies_nothing(folder: Path) -> None:
    openssl(folder, "genrsa", "-out", "ca.key", "1024")
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(folder, "req", "-x509", "-key", "ca.key", "-out", "ca.pem", "-subj", "/CN=short", "-days", "9", *usage)
    (root,) = split_pem((folder / "ca.pem").read_bytes())
    assert certified(folder, "sha256", root) is Fault.ALGORITHM


def test_a_signers_own_short_rsa_key_is_not_believed(folder: Path) -> None:
    openssl(folder, "genrsa", "-out", "leaf.key", "1024")
    openssl(folder, "req", "-new", "-key", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=short")
    assert certified(folder, "sha256", pki("ES256").root, pki("ES256").ca) is Fault.ALGORITHM


@pytest.fixture
def ending(suite: str) -> tuple[Known, bytes, datetime]:
    """A root that lasts, a CA that ends in the middle of the time of the leaf that it certified."""
    made, end = pki(suite), SINCE + timedelta(days=400)
    subject = Subject(Name("示例测试短期", "示例测试机构"), public(suite, "short"))
    ca = make_ca(subject, Period(SINCE, end), made.root_issuer)
    issuer = replace(made.issuer, certificate=ca, sign=signing(suite, "short"))
    return Known((made.root,), (ca,)), make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, issuer), end


def test_a_ca_that_ended_before_the_signing_takes_its_leaves_with_it(ending: tuple[Known, bytes, datetime]) -> None:
    known, leaf, end = ending
    assert check_chain(leaf, known, end + SECOND).broken == Broken(Fault.EXPIRED, end)


def test_a_ca_that_ended_after_the_signing_leaves_what_was_signed_good(ending: tuple[Known, bytes, datetime]) -> None:
    """The chain is asked as of the signing time, whenever that is: that the CA has ended by now says nothing."""
    known, leaf, end = ending
    assert check_chain(leaf, known, end).broken is None
