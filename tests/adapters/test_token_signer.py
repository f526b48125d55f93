"""Signing keys in a token, against SoftHSM2: made there, found by label, verified before handed out, lost and back, and a wrong PIN told once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outside import tokensessions
from adapters.outside.cryptoki import EC_PAIR, ECDSA, Answer, Attribute, Cryptoki, Template, TokenAnswer
from adapters.outside.keyfolder import KeyFolder
from adapters.outside.ordered import OrderedSigner
from adapters.outside.pkcs11 import TokenPlace, TokenSigner, VendorSm2
from adapters.outside.signer import KeyUse, SoftwareSigner
from certificates.errors import SignerAway, SigningFailed
from certificates.suites import PublicKey, suite_named
from certificates.x509.issuing import Subject, make_signer
from tests.certificates.making import FIRE, HYGIENE
from tests.certificates.pki import SHORT, SIGNER, pki
from tests.support.softhsm import LABEL, LIBRARY, PIN, needs_softhsm, token_in

pytestmark = needs_softhsm
MESSAGE = b"message"
PLACE = TokenPlace(LIBRARY, LABEL, PIN)
BOTH = ("ES256", "PS256")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one token in it that holds an ES256 and a PS256 key of the hygiene authority."""
    with token_in(tmp_path_factory.mktemp("token")) as folder:
        files = KeyFolder(folder / "signing")
        signer = TokenSigner(PLACE, files, lambda use: None)
        _certify(files, signer.create(HYGIENE, "ES256"))
        signer._sessions.run(_make_rsa, writing=True)
        _certify(files, signer.public_key(HYGIENE, "PS256"))
        signer.close()
        yield folder


def _make_rsa(library: Cryptoki, session: int) -> None:
    """As the vendor's own tool would: the hub makes none."""
    both: Template = {Attribute.TOKEN: True, Attribute.LABEL: f"{HYGIENE}.PS256".encode(), Attribute.ID: b"rsa"}
    public: Template = {**both, Attribute.MODULUS_BITS: 2048, Attribute.PUBLIC_EXPONENT: b"\1\0\1"}
    library.make_pair(session, 0, public, {**both, Attribute.SIGN: True})


def _certify(files: KeyFolder, public: PublicKey) -> None:
    leaf = make_signer(Subject(SIGNER, public), SHORT, pki(public.suite).issuer)
    files.put_certificates(HYGIENE, public.suite, (leaf, pki(public.suite).ca))


@pytest.fixture
def uses() -> list[KeyUse]:
    return []


@pytest.fixture
def signer(token: Path, uses: list[KeyUse]) -> Iterator[TokenSigner]:
    made = TokenSigner(PLACE, KeyFolder(token / "signing"), uses.append)
    yield made
    made.close()


@pytest.fixture
def library() -> Cryptoki:
    """The library of this process, as somebody else in it could call it."""
    return tokensessions._LIBRARIES[LIBRARY].cryptoki


@pytest.mark.parametrize("suite", BOTH)
def test_a_tokens_signature_verifies_and_its_use_was_reported(
    signer: TokenSigner, uses: list[KeyUse], suite: str
) -> None:
    public = signer.public_key(HYGIENE, suite)
    assert suite_named(suite).verify(public.spki, MESSAGE, signer.sign(HYGIENE, suite, MESSAGE))
    assert [(use.key_id, use.suite) for use in uses] == [(public.key_id, suite)]


def test_the_suites_are_those_of_which_the_token_has_a_key(signer: TokenSigner) -> None:
    assert signer.suites(HYGIENE) == BOTH and signer.suites(FIRE) == ()


@pytest.mark.parametrize("sessions", [1, 4])
def test_threads_share_the_sessions(token: Path, sessions: int) -> None:
    signer = TokenSigner(replace(PLACE, sessions=sessions), KeyFolder(token / "signing"), lambda use: None)
    public = signer.public_key(HYGIENE, "ES256")

    def sign(number: int) -> bool:
        message = str(number).encode()
        return suite_named("ES256").verify(public.spki, message, signer.sign(HYGIENE, "ES256", message))

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(sign, range(60)))
    assert 1 <= len(signer._sessions._idle) <= sessions
    signer.close()


def test_a_use_that_cannot_be_reported_does_not_happen(token: Path) -> None:
    def broken(use: KeyUse) -> None:
        raise ConnectionError("the log is away")

    signer = TokenSigner(PLACE, KeyFolder(token / "signing"), broken)
    with pytest.raises(ConnectionError):
        signer.sign(HYGIENE, "ES256", MESSAGE)
    signer.close()


def test_a_certificate_of_another_key_is_found_out_before_anything_is_handed_out(
    token: Path, tmp_path: Path, uses: list[KeyUse]
) -> None:
    files = KeyFolder(tmp_path / "signing")
    files.put_certificates(HYGIENE, "ES256", (pki("ES256").signer, pki("ES256").ca))
    signer = TokenSigner(PLACE, files, uses.append)
    with pytest.raises(SigningFailed) as refused:
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert refused.value.code == "bad-signature"
    signer.close()


def test_a_wrong_pin_is_told_and_never_tried_again(token: Path, uses: list[KeyUse]) -> None:
    place = replace(PLACE, pin="111111")
    signer = TokenSigner(place, KeyFolder(token / "signing"), uses.append)
    for _ in range(12):  # SoftHSM2 does not lock; a real token would, after a few
        with pytest.raises(SigningFailed, match="not tried again") as refused:
            signer.suites(HYGIENE)
        assert refused.value.code == "pin" and "111111" not in str(refused.value)
    assert "111111" not in repr(place)


def test_a_locked_pin_is_told_with_who_can_unlock_it(signer: TokenSigner) -> None:
    # SoftHSM2 never locks; the answer is what a token gives that did.
    told = signer._sessions._told(TokenAnswer(Answer.PIN_LOCKED))
    assert told.code == "pin" and "security officer" in str(told)
    with pytest.raises(SigningFailed, match="security officer"):
        signer.suites(HYGIENE)


def test_a_token_that_is_gone_may_be_tried_again_and_signs_when_it_is_back(
    token: Path, signer: TokenSigner, library: Cryptoki, tmp_path: Path
) -> None:
    signer.sign(HYGIENE, "ES256", MESSAGE)
    (kept,) = (token / "tokens").iterdir()
    away = shutil.move(kept, tmp_path / "away")
    library.stop()  # the library sees that a token is gone when it begins anew
    with pytest.raises(SignerAway) as lost:
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert lost.value.code == "token-lost"
    shutil.move(away, kept)
    assert signer.sign(HYGIENE, "ES256", MESSAGE)


def test_sessions_that_somebody_ended_by_finalizing_the_library_are_opened_anew_at_once(
    signer: TokenSigner, library: Cryptoki, uses: list[KeyUse]
) -> None:
    signer.sign(HYGIENE, "ES256", MESSAGE)
    library.stop()  # C_Finalize
    assert signer.sign(HYGIENE, "ES256", MESSAGE)
    assert len(uses) == 2  # asked twice for the second signature, recorded once


def test_a_session_that_the_token_closed_and_with_it_the_login_costs_one_more_try(
    signer: TokenSigner, library: Cryptoki
) -> None:
    signer.sign(HYGIENE, "ES256", MESSAGE)
    for session in signer._sessions._idle:
        library.close(session)  # the last one that ends logs out
    assert signer.sign(HYGIENE, "ES256", MESSAGE)


def test_a_token_that_loses_sessions_while_threads_sign_fails_none_of_them(
    signer: TokenSigner, library: Cryptoki
) -> None:
    def sign(number: int) -> bytes:
        if number % 20 == 10:
            tokensessions._LIBRARIES[LIBRARY].lost = True  # what a thread says that met CKR_DEVICE_REMOVED
        return signer.sign(HYGIENE, "ES256", MESSAGE)

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(sign, range(60)))


def test_an_authority_that_the_token_does_not_know_is_told_so(signer: TokenSigner) -> None:
    with pytest.raises(SigningFailed) as refused:
        signer.sign(FIRE, "ES256", MESSAGE)
    assert refused.value.code == "key-missing" and "keys list" in str(refused.value)


def test_a_library_that_is_none_of_pkcs11_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "libnone.so").write_bytes(b"no library")
    with pytest.raises(SigningFailed, match="YIJIAN_TOKEN_LIBRARY"):
        TokenSigner(replace(PLACE, library=tmp_path / "libnone.so"), KeyFolder(tmp_path / "keys"), lambda use: None)


def test_a_vendors_numbers_reach_the_token_and_a_mechanism_that_is_not_sm2_is_found_out(
    token: Path, tmp_path: Path
) -> None:
    """SoftHSM2 makes keys on the curve of SM2, and signs ECDSA with them: what the numbers of a wrong vendor would do."""
    signer = TokenSigner(PLACE, KeyFolder(tmp_path / "keys"), lambda use: None, VendorSm2(ECDSA, EC_PAIR))
    public = signer.create(HYGIENE, "SM2_SM3")
    assert signer.public_key(HYGIENE, "SM2_SM3") == public and "SM2_SM3" in signer.suites(HYGIENE)
    with pytest.raises(SigningFailed) as refused:
        signer.sign(HYGIENE, "SM2_SM3", MESSAGE)
    assert refused.value.code == "bad-signature"
    unknown = TokenSigner(PLACE, KeyFolder(tmp_path / "keys"), lambda use: None, VendorSm2(0x80000101, EC_PAIR))
    with pytest.raises(SigningFailed, match="CKR_MECHANISM_INVALID"):
        unknown.sign(HYGIENE, "SM2_SM3", MESSAGE)
    signer.close()
    unknown.close()


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
