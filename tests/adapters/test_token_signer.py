"""Signing keys in a token, against SoftHSM2: found by label, verified before handed out, lost and back, and a wrong PIN told once."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.ordered import OrderedSigner
from adapters.outside.pkcs11 import TokenPlace, TokenSigner
from adapters.outside.signer import KeyUse, SoftwareSigner
from certificates.errors import SignerAway, SigningFailed
from certificates.suites import PublicKey, suite_named
from certificates.x509.issuing import Subject, make_signer
from tests.certificates.making import FIRE, HYGIENE
from tests.certificates.pki import SHORT, SIGNER, pki

pkcs11 = pytest.importorskip("pkcs11")
LIBRARY = next((p for p in Path("/usr/lib").glob("**/libsofthsm2.so")), Path("/usr/lib/softhsm/libsofthsm2.so"))
pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="SoftHSM2 is not here: apt-get install softhsm2")
PIN, MESSAGE = "987654", b"message"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one token in it that holds an ES256 and a PS256 key of the hygiene authority."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    try:
        made = ["softhsm2-util", "--init-token", "--free", "--label", "yijian", "--pin", PIN, "--so-pin", "12345678"]
        subprocess.run(made, check=True, capture_output=True, timeout=60)
        _make_keys(folder)
        yield folder
    finally:
        pkcs11.unload(str(LIBRARY))
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


def _make_keys(folder: Path) -> None:
    from pkcs11.util import ec, rsa

    library = pkcs11.lib(str(LIBRARY))
    library.reinitialize()
    files = KeyFolder(folder / "signing")
    with library.get_token(token_label="yijian").open(user_pin=PIN, rw=True) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: ec.encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        public, _ = parameters.generate_keypair(store=True, label=f"{HYGIENE}.ES256")
        _certify(files, PublicKey("ES256", ec.encode_ec_public_key(public)))
        public, _ = session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label=f"{HYGIENE}.PS256")
        _certify(files, _rsa_public(rsa.encode_rsa_public_key(public)))


def _rsa_public(pkcs1: bytes) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

    key = load_der_public_key(pkcs1)
    return PublicKey("PS256", key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _certify(files: KeyFolder, public: PublicKey) -> None:
    leaf = make_signer(Subject(SIGNER, public), SHORT, pki(public.suite).issuer)
    files.put_certificates(HYGIENE, public.suite, (leaf, pki(public.suite).ca))


@pytest.fixture
def uses() -> list[KeyUse]:
    return []


@pytest.fixture
def signer(token: Path, uses: list[KeyUse]) -> Iterator[TokenSigner]:
    made = TokenSigner(TokenPlace(LIBRARY, "yijian", PIN), KeyFolder(token / "signing"), uses.append)
    yield made
    made.close()


@pytest.mark.parametrize("suite", ["ES256", "PS256"])
def test_a_tokens_signature_verifies_and_its_use_was_reported(
    signer: TokenSigner, uses: list[KeyUse], suite: str
) -> None:
    public = signer.public_key(HYGIENE, suite)
    assert suite_named(suite).verify(public.spki, MESSAGE, signer.sign(HYGIENE, suite, MESSAGE))
    assert [(use.key_id, use.suite) for use in uses] == [(public.key_id, suite)]


def test_the_suites_are_those_of_which_the_token_has_a_key(signer: TokenSigner) -> None:
    assert signer.suites(HYGIENE) == ("ES256", "PS256") and signer.suites(FIRE) == ()


def test_threads_share_one_session(signer: TokenSigner) -> None:
    public = signer.public_key(HYGIENE, "ES256")

    def sign(number: int) -> bool:
        message = str(number).encode()
        return suite_named("ES256").verify(public.spki, message, signer.sign(HYGIENE, "ES256", message))

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(sign, range(60)))


def test_a_use_that_cannot_be_reported_does_not_happen(token: Path) -> None:
    def broken(use: KeyUse) -> None:
        raise ConnectionError("the log is away")

    signer = TokenSigner(TokenPlace(LIBRARY, "yijian", PIN), KeyFolder(token / "signing"), broken)
    with pytest.raises(ConnectionError):
        signer.sign(HYGIENE, "ES256", MESSAGE)
    signer.close()


def test_a_certificate_of_another_key_is_found_out_before_anything_is_handed_out(
    token: Path, tmp_path: Path, uses: list[KeyUse]
) -> None:
    files = KeyFolder(tmp_path / "signing")
    files.put_certificates(HYGIENE, "ES256", (pki("ES256").signer, pki("ES256").ca))
    signer = TokenSigner(TokenPlace(LIBRARY, "yijian", PIN), files, uses.append)
    with pytest.raises(SigningFailed) as refused:
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert refused.value.code == "bad-signature"
    signer.close()


def test_a_wrong_pin_is_told_and_never_tried_again(token: Path, uses: list[KeyUse]) -> None:
    place = replace(TokenPlace(LIBRARY, "yijian", PIN), pin="111111")
    signer = TokenSigner(place, KeyFolder(token / "signing"), uses.append)
    for _ in range(12):  # SoftHSM2 does not lock; a real token would, after a few
        with pytest.raises(SigningFailed, match="not tried again") as refused:
            signer.suites(HYGIENE)
        assert refused.value.code == "pin" and "111111" not in str(refused.value)
    assert "111111" not in repr(place)


def test_a_token_that_is_gone_may_be_tried_again_and_signs_when_it_is_back(
    token: Path, signer: TokenSigner, tmp_path: Path
) -> None:
    signer.sign(HYGIENE, "ES256", MESSAGE)
    (kept,) = (token / "tokens").iterdir()
    away = shutil.move(kept, tmp_path / "away")
    signer.close()
    with pytest.raises(SignerAway) as lost:
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert lost.value.code == "token-lost"
    shutil.move(away, kept)
    assert signer.sign(HYGIENE, "ES256", MESSAGE)


def test_an_authority_that_the_token_does_not_know_is_told_so(signer: TokenSigner) -> None:
    with pytest.raises(SigningFailed) as refused:
        signer.sign(FIRE, "ES256", MESSAGE)
    assert refused.value.code == "certificate-missing"


def test_a_token_goes_before_the_key_folder_suite_by_suite(
    signer: TokenSigner, tmp_path: Path, uses: list[KeyUse]
) -> None:
    software = SoftwareSigner(tmp_path / "keys", "a passphrase of a test", lambda use: None)
    software.create(HYGIENE, "ES256")
    other = software.create(HYGIENE, "EdDSA")
    both = OrderedSigner(signer, software)
    assert both.suites(HYGIENE) == ("ES256", "EdDSA", "PS256")
    assert both.public_key(HYGIENE, "ES256") == signer.public_key(HYGIENE, "ES256")
    assert both.public_key(HYGIENE, "EdDSA") == other
    assert "token" in both.serving(HYGIENE, "ES256") and "folder" in both.serving(HYGIENE, "EdDSA")
    both.sign(HYGIENE, "ES256", MESSAGE)
    both.sign(HYGIENE, "EdDSA", MESSAGE)
    assert [use.suite for use in uses] == ["ES256"]
