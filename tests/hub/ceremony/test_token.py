"""A ceremony with a token, against SoftHSM2: keys made in it, certified by request, rotated there; the key folder keeps the suites that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outside.pkcs11 import TokenPlace, TokenSigner
from adapters.outside.signer import KeyUse
from certificates.errors import SignerAway
from certificates.suites import suite_named
from certificates.trust import read_trust
from certificates.x509.reading import read_certificate, read_request, split_pem
from hub.wiring.ceremony import importing, listing, rotating, sealing, signers
from hub.wiring.ceremony.signers import Ceremony
from tests.hub.ceremony.test_ceremony import CODE, DAY, NOW, at
from tests.hub.ceremony.test_real_ca import answered, commands
from tests.support.softhsm import LABEL, LIBRARY, PIN, needs_softhsm, token_in

pytestmark = needs_softhsm


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with token_in(tmp_path_factory.mktemp("token")) as folder:
        yield folder


@pytest.fixture
def uses() -> list[KeyUse]:
    return []


@pytest.fixture
def ceremony(made: Path, tmp_path: Path, uses: list[KeyUse]) -> Iterator[Ceremony]:
    """A hub of this test's own, with the token, in which there is no key yet."""
    for each in (made / "tokens").glob("*/*.object"):
        if each.name != "token.object":
            each.unlink()
    plain = at(tmp_path / "hub")
    token = TokenSigner(TokenPlace(LIBRARY, LABEL, PIN), plain.signer.files, uses.append)
    yield replace(plain, outside=(token,))
    token.close()


def place(ceremony: Ceremony) -> Callable[[str], str]:
    return lambda suite: signers.every(ceremony).serving(CODE, suite)


def test_keys_are_made_in_the_token_and_those_that_it_cannot_make_in_the_key_folder(
    ceremony: Ceremony, tmp_path: Path, uses: list[KeyUse]
) -> None:
    paths = signers.requests(ceremony, tmp_path / "csr")
    assert [path.name for path in paths] == [f"{CODE}.SM2_SM3.csr", f"{CODE}.ES256.csr"]
    assert "token" in place(ceremony)("ES256") and "folder" in place(ceremony)(sealing.SUITE)
    assert not (tmp_path / "hub" / "signing" / f"{CODE}.ES256.key").exists()
    request = read_request(split_pem(paths[1].read_bytes(), "CERTIFICATE REQUEST")[0])
    assert request.public == ceremony.outside[0].public_key(CODE, "ES256")
    assert [use.suite for use in uses] == ["ES256"]  # the request's own signature, recorded


def test_the_cas_answer_for_a_key_in_the_token_is_imported_and_it_signs(ceremony: Ceremony, tmp_path: Path) -> None:
    signers.requests(ceremony, tmp_path / "csr")
    importing.import_files(ceremony, answered(ceremony, tmp_path / "csr", tmp_path / "issued"), str)
    signer = signers.every(ceremony)
    leaf = read_certificate(signer.certificates(CODE, "ES256")[0])
    assert suite_named("ES256").verify(leaf.public.spki, b"m", signer.sign(CODE, "ES256", b"m"))
    assert "ES256" not in commands(ceremony)


def test_a_rotation_in_the_token_lets_the_new_pair_sign_when_its_certificate_comes_and_keeps_the_old_one(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    signers.requests(ceremony, tmp_path / "csr")
    importing.import_files(ceremony, answered(ceremony, tmp_path / "csr", tmp_path / "issued"), str)
    later, signer = replace(ceremony, now=NOW + 30 * DAY), signers.every(ceremony)
    old = signer.public_key(CODE, "ES256")
    rotating.rotate_by_request(later, CODE, tmp_path / "next", compromised=False)
    assert signer.public_key(CODE, "ES256") == old and signer.sign(CODE, "ES256", b"m")
    waits = {row.suite: row.kept for row in listing.waiting_rows(signers.place(later), later.next_keys)}
    assert "token" in waits["ES256"]
    importing.import_files(later, answered(later, tmp_path / "next", tmp_path / "issued2"), str)
    new = signer.public_key(CODE, "ES256")
    assert new != old and suite_named("ES256").verify(new.spki, b"m", signer.sign(CODE, "ES256", b"m"))
    ends = {key.public.key_id: key.valid_to for key in read_trust(later.trust.folder).authorities[CODE].keys}
    assert (ends[old.key_id], ends[new.key_id]) == (later.now, None)
    assert len(_pairs(ceremony)) == 2


def _pairs(ceremony: Ceremony) -> tuple[object, ...]:
    token = ceremony.outside[0]
    assert isinstance(token, TokenSigner)
    return token._shown(CODE, "ES256")


def test_asking_twice_for_the_next_key_of_a_token_asks_for_the_same(ceremony: Ceremony, tmp_path: Path) -> None:
    signers.requests(ceremony, tmp_path / "csr")
    asked = [rotating.rotate_by_request(ceremony, CODE, tmp_path / name, compromised=False)[1] for name in "ab"]
    first, second = (read_request(split_pem(p.read_bytes(), "CERTIFICATE REQUEST")[0]).public for p in asked)
    assert first == second != ceremony.outside[0].public_key(CODE, "ES256")


def test_a_stolen_token_key_signs_nothing_more_and_decisions_wait_for_the_next_certificate(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    signers.requests(ceremony, tmp_path / "csr")
    importing.import_files(ceremony, answered(ceremony, tmp_path / "csr", tmp_path / "issued"), str)
    old = signers.every(ceremony).public_key(CODE, "ES256")
    rotating.rotate_by_request(ceremony, CODE, tmp_path / "next", compromised=True)
    with pytest.raises(SignerAway, match="keys list"):
        signers.every(ceremony).certificates(CODE, "ES256")
    assert signers.every(ceremony).public_key(CODE, "ES256") != old
    importing.import_files(ceremony, answered(ceremony, tmp_path / "next", tmp_path / "issued2"), str)
    assert signers.every(ceremony).certificates(CODE, "ES256")


def test_for_development_our_own_ca_certifies_and_rotates_keys_in_a_token(ceremony: Ceremony) -> None:
    signers.init(ceremony)
    before = signers.every(ceremony).public_key(CODE, "ES256")
    assert commands(ceremony) == {} and "token" in place(ceremony)("ES256")
    rotating.rotate(ceremony, CODE, compromised=False)
    assert signers.every(ceremony).public_key(CODE, "ES256") != before and commands(ceremony) == {}
    assert signers.every(ceremony).certificates(CODE, "ES256")


def test_an_authority_moves_to_a_token_by_a_new_key_there_and_its_folder_key_never_goes_in(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    """docs/operations.md, "From the key folder to a token": while the folder has a key, that one is kept and rotated there."""
    plain = replace(ceremony, outside=())
    signers.requests(plain, tmp_path / "csr")
    importing.import_files(plain, answered(plain, tmp_path / "csr", tmp_path / "issued"), str)
    old = signers.every(ceremony).public_key(CODE, "ES256")
    assert "folder" in place(ceremony)("ES256")
    for ending in ("key", "pem"):
        (tmp_path / "hub" / "signing" / f"{CODE}.ES256.{ending}").rename(tmp_path / f"aside.{ending}")
    signers.requests(ceremony, tmp_path / "again")
    importing.import_files(ceremony, answered(ceremony, tmp_path / "again", tmp_path / "issued2"), str)
    signer = signers.every(ceremony)
    assert "token" in place(ceremony)("ES256") and signer.public_key(CODE, "ES256") != old
    leaf = read_certificate(signer.certificates(CODE, "ES256")[0])
    assert suite_named("ES256").verify(leaf.public.spki, b"m", signer.sign(CODE, "ES256", b"m"))
