"""PKCS#8 and PKCS#12 as the openssl command makes them, for every suite: they open with their password, or say why not."""

import functools
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import algos, core, keys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.errors import Malformed
from certificates.keys.pbes2 import Password
from certificates.keys.pkcs8 import ENCRYPTED, public_half, read_key, write_key
from certificates.keys.pkcs12 import read_container
from certificates.suites import SUITES, suite_named
from certificates.x509.reading import pem, split_pem
from tests.certificates.making import HYGIENE, private_key
from tests.certificates.pki import pki, public

OPENSSL = shutil.which("openssl") or ""
PASSWORD = "口令 correct horse"
MESSAGE = b"message"


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run([OPENSSL, *arguments], cwd=folder, capture_output=True, timeout=60, check=True)


@functools.cache
def folder_of(tmp: Path, suite: str) -> Path:
    """One folder for each suite with the hygiene authority's key in the clear, its certificates, and the password in a file."""
    folder = tmp / suite
    folder.mkdir()
    (folder / "key.pem").write_bytes(pem([private_key(suite, HYGIENE)], "PRIVATE KEY"))
    (folder / "leaf.pem").write_bytes(pem([pki(suite).signer]))
    (folder / "above.pem").write_bytes(pem([pki(suite).ca]))
    (folder / "word").write_text(PASSWORD, "utf-8")
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("containers")


def exported(folder: Path, name: str, *options: str) -> bytes:
    out = folder / f"{name}.p12"
    inputs = ("-inkey", "key.pem", "-in", "leaf.pem", "-certfile", "above.pem", "-passout", "file:word")
    openssl(folder, "pkcs12", "-export", *inputs, *options, "-out", out.name)
    return out.read_bytes()


CIPHERS = ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "sm4-cbc")


@pytest.mark.parametrize("cipher", CIPHERS)
def test_an_encrypted_key_of_the_openssl_command_opens(place: Path, suite: str, cipher: str) -> None:
    folder = folder_of(place, suite)
    openssl(folder, "pkcs8", "-topk8", "-in", "key.pem", "-v2", cipher, "-passout", "file:word", "-out", "sealed.pem")
    found, private = read_key((folder / "sealed.pem").read_bytes(), Password(PASSWORD))
    assert found == public(suite, HYGIENE)
    assert suite_named(suite).verify(found.spki, MESSAGE, suite_named(suite).sign(private, MESSAGE))


def test_the_openssl_command_opens_what_we_wrote(place: Path, any_suite: str) -> None:
    folder = folder_of(place, any_suite)
    sealed = write_key(private_key(any_suite, HYGIENE), Password(PASSWORD), bytes(16), bytes(16), rounds=1000)
    (folder / "ours.pem").write_bytes(sealed)
    openssl(folder, "pkey", "-in", "ours.pem", "-passin", "file:word", "-pubout", "-outform", "DER", "-out", "ours.der")
    assert (folder / "ours.der").read_bytes() == public(any_suite, HYGIENE).spki
    assert read_key(sealed, Password(PASSWORD))[1] == private_key(any_suite, HYGIENE)


@pytest.mark.parametrize("prf", ["1.2.156.10197.1.401.2", "1.2.156.10197.1.401.3.1"])
def test_a_key_under_hmac_sm3_and_sm4_opens(prf: str) -> None:
    # The openssl command cannot write HMAC-SM3, so the parts are put together here.
    plain, salt, iv = private_key("ES256", HYGIENE), b"salt-salt", bytes(range(16))
    derived = hashlib.pbkdf2_hmac("sm3", PASSWORD.encode(), salt, 2048, 16)
    padded = plain + bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    closed = Cipher(algorithms.SM4(derived), modes.CBC(iv)).encryptor()
    told = algos.Pbkdf2Params(
        {"salt": algos.Pbkdf2Salt("specified", salt), "iteration_count": 2048, "prf": {"algorithm": prf}}
    )
    scheme = algos.EncryptionAlgorithm({"algorithm": "1.2.156.10197.1.104.2", "parameters": core.OctetString(iv)})
    parameters = {"key_derivation_func": {"algorithm": "pbkdf2", "parameters": told}, "encryption_scheme": scheme}
    info = {
        "encryption_algorithm": {"algorithm": "pbes2", "parameters": parameters},
        "encrypted_data": closed.update(padded) + closed.finalize(),
    }
    assert read_key(keys.EncryptedPrivateKeyInfo(info).dump(), Password(PASSWORD))[1] == plain


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-macalg", "sm3", "-keypbe", "sm4-cbc", "-certpbe", "sm4-cbc"),
        ("-macalg", "sha512", "-certpbe", "NONE"),
        ("-keypbe", "NONE", "-certpbe", "NONE"),
        (
            "-macalg",
            "sha1",
        ),
    ],
    ids=["as it comes", "SM3 and SM4", "SHA-512", "in the clear", "SHA-1"],
)
def test_a_container_of_the_openssl_command_opens(place: Path, suite: str, options: tuple[str, ...]) -> None:
    found = read_container(exported(folder_of(place, suite), "good", *options), Password(PASSWORD))
    assert found.public == public(suite, HYGIENE) and public_half(found.pkcs8) == found.public
    assert found.certificates == (pki(suite).signer, pki(suite).ca)
    assert repr(found.pkcs8) not in repr(found)


@pytest.mark.parametrize("other", sorted(set(SUITES) - {"SM2_SM3", "ES256"}))
def test_a_container_of_another_suite_opens(place: Path, other: str) -> None:
    found = read_container(exported(folder_of(place, other), "good"), Password(PASSWORD))
    assert found.public == public(other, HYGIENE)


FAULTS = {
    "another password": (lambda raw: raw, "another", "passphrase"),
    "an empty password": (lambda raw: raw, "", "passphrase"),
    "one byte changed": (lambda raw: raw[:200] + bytes([raw[200] ^ 1]) + raw[201:], PASSWORD, ""),
    "cut short": (lambda raw: raw[:-1], PASSWORD, "container"),
    "half of it": (lambda raw: raw[: len(raw) // 2], PASSWORD, "container"),
    "bytes behind": (lambda raw: raw + b"\0", PASSWORD, "container"),
    "nothing": (lambda raw: b"", PASSWORD, "container"),
    "a certificate": (lambda raw: pki("ES256").signer, PASSWORD, "container"),
    "very long": (lambda raw: raw + bytes(300_000), PASSWORD, "too-large"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_container_is_refused(place: Path, fault: str) -> None:
    change, password, code = FAULTS[fault]
    raw = exported(folder_of(place, "ES256"), "good")
    with pytest.raises(Malformed) as refused:
        read_container(change(raw), Password(password))
    assert refused.value.code == code or not code


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"one byte changed"}))
def test_an_encrypted_key_is_refused(fault: str) -> None:
    change, password, code = FAULTS[fault]
    (sealed,) = split_pem(
        write_key(private_key("ES256", HYGIENE), Password(PASSWORD), bytes(16), bytes(16), 1000), ENCRYPTED
    )
    with pytest.raises(Malformed) as refused:
        read_key(change(sealed), Password(password))
    assert refused.value.code == code


def test_another_way_of_encrypting_is_named_with_what_to_do(place: Path) -> None:
    folder = folder_of(place, "ES256")
    openssl(folder, "pkcs8", "-topk8", "-in", "key.pem", "-v2", "des3", "-passout", "file:word", "-out", "old.pem")
    with pytest.raises(Malformed, match="1.2.840.113549.3.7 is not read; export the key again") as refused:
        read_key((folder / "old.pem").read_bytes(), Password(PASSWORD))
    assert refused.value.code == "container-algorithm"
    openssl(folder, "pkcs8", "-topk8", "-in", "key.pem", "-scrypt", "-passout", "file:word", "-out", "scrypt.pem")
    with pytest.raises(Malformed, match="key derivation"):
        read_key((folder / "scrypt.pem").read_bytes(), Password(PASSWORD))


def test_a_container_without_a_mac_is_refused(place: Path) -> None:
    with pytest.raises(Malformed, match="no MAC"):
        read_container(exported(folder_of(place, "ES256"), "open", "-nomac"), Password(PASSWORD))


def test_a_container_with_somebody_elses_certificate_is_refused(place: Path) -> None:
    folder = folder_of(place, "EdDSA")
    openssl(folder, "pkcs12", "-export", "-nokeys", "-in", "leaf.pem", "-passout", "file:word", "-out", "no-key.p12")
    with pytest.raises(Malformed, match="holds 0 keys"):
        read_container((folder / "no-key.p12").read_bytes(), Password(PASSWORD))


@pytest.mark.parametrize("curve", ["P-384", "secp256k1"])
def test_a_key_on_another_curve_is_refused(place: Path, curve: str) -> None:
    openssl(place, "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", f"{curve}.pem")
    with pytest.raises(Malformed, match="no known suite"):
        read_key((place / f"{curve}.pem").read_bytes(), Password(""))


def test_rounds_without_end_are_not_computed() -> None:
    info = keys.EncryptedPrivateKeyInfo.load(
        split_pem(write_key(private_key("ES256"), Password(PASSWORD), bytes(16), bytes(16), 1000), ENCRYPTED)[0]
    )
    info["encryption_algorithm"]["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = 2**40
    with pytest.raises(Malformed, match="out of range"):
        read_key(info.dump(force=True), Password(PASSWORD))


def test_files_that_share_a_salt_cost_one_derivation_and_show_no_password() -> None:
    password = Password(PASSWORD)
    assert password.derive("sha256", bytes(16), 10, 32) is password.derive("sha256", bytes(16), 10, 32)
    assert PASSWORD not in repr(password)


@settings(max_examples=60)
@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_but_our_own_error(raw: bytes) -> None:
    for read in (read_key, read_container):
        with pytest.raises(Malformed):
            read(raw, Password(PASSWORD))
