"""The software signer: a key per authority and suite, private at rest, and no use of it that went unreported."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.outside.signer import KeyUse, SoftwareSigner
from certificates.errors import SigningFailed
from certificates.ports import Signer
from certificates.suites import default_suite, suite_named
from certificates.x509.issuing import Subject, make_signer
from tests.certificates.pki import SHORT, SIGNER, pki

HYGIENE, FIRE = "11411323MB9000010Y", "11411323MB90000200"
PASSPHRASE = "correct horse battery"
MESSAGE = b"message"


class Uses(list[KeyUse]):
    """The uses of keys as they were reported."""


@pytest.fixture
def uses() -> Uses:
    return Uses()


@pytest.fixture
def signer(tmp_path: Path, uses: Uses) -> SoftwareSigner:
    return SoftwareSigner(tmp_path / "keys", PASSPHRASE, uses.append)


def test_a_signature_verifies_with_the_public_half(signer: SoftwareSigner) -> None:
    public = signer.create(HYGIENE)
    port: Signer = signer
    assert public == port.public_key(HYGIENE, public.suite) and public.suite == default_suite()
    signature = port.sign(HYGIENE, public.suite, MESSAGE)
    assert suite_named(public.suite).verify(public.spki, MESSAGE, signature)


def test_every_use_is_reported_with_key_and_digest(signer: SoftwareSigner, uses: Uses) -> None:
    public = signer.create(HYGIENE, "ES256")
    assert uses == []
    signer.sign(HYGIENE, "ES256", MESSAGE)
    digest = "ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d"
    assert uses == [KeyUse(HYGIENE, public.key_id, "ES256", digest)]


def test_a_use_that_cannot_be_reported_does_not_happen(tmp_path: Path) -> None:
    def broken(use: KeyUse) -> None:
        raise ConnectionError("the log is away")

    signer = SoftwareSigner(tmp_path / "keys", PASSPHRASE, broken)
    signer.create(HYGIENE, "ES256")
    with pytest.raises(ConnectionError):
        signer.sign(HYGIENE, "ES256", MESSAGE)


def test_another_process_opens_the_same_key(signer: SoftwareSigner, tmp_path: Path, uses: Uses) -> None:
    public = signer.create(HYGIENE)
    assert SoftwareSigner(tmp_path / "keys", PASSPHRASE, uses.append).public_key(HYGIENE, public.suite) == public


def test_a_wrong_passphrase_opens_nothing(signer: SoftwareSigner, tmp_path: Path, uses: Uses) -> None:
    signer.create(HYGIENE)
    with pytest.raises(SigningFailed, match="cannot be opened") as refused:
        SoftwareSigner(tmp_path / "keys", "another passphrase", uses.append).sign(HYGIENE, default_suite(), MESSAGE)
    assert refused.value.code == "passphrase"
    assert uses == []


def test_an_authority_gets_one_key_of_a_suite_and_keeps_it(signer: SoftwareSigner) -> None:
    public = signer.create(HYGIENE)
    with pytest.raises(SigningFailed) as refused:
        signer.create(HYGIENE)
    assert refused.value.code == "key-exists"
    assert signer.public_key(HYGIENE, public.suite) == public
    assert signer.suites(HYGIENE) == (public.suite,) and signer.suites(FIRE) == ()


def test_an_authority_has_a_key_for_each_suite_and_each_signs_its_own(signer: SoftwareSigner) -> None:
    made = [signer.create(HYGIENE, suite) for suite in ("EdDSA", "ES256")]
    assert signer.suites(HYGIENE) == ("ES256", "EdDSA")
    for public in made:
        assert suite_named(public.suite).verify(public.spki, MESSAGE, signer.sign(HYGIENE, public.suite, MESSAGE))


def test_a_key_of_the_first_version_still_signs(signer: SoftwareSigner, tmp_path: Path) -> None:
    public = signer.create(HYGIENE, "ES256")
    (tmp_path / "keys" / f"{HYGIENE}.ES256.key").rename(tmp_path / "keys" / f"{HYGIENE}.key")
    assert signer.suites(HYGIENE) == ("ES256",) and signer.public_key(HYGIENE, "ES256") == public
    signer.create(HYGIENE, "EdDSA")
    assert signer.suites(HYGIENE) == ("ES256", "EdDSA")


def test_a_key_that_was_exchanged_on_disk_is_used_from_then_on(signer: SoftwareSigner, tmp_path: Path) -> None:
    before = signer.create(HYGIENE, "ES256")
    another = SoftwareSigner(tmp_path / "keys", PASSPHRASE, lambda use: None)
    new = another.drawn(HYGIENE, "ES256")
    another.files.replace_key(HYGIENE, "ES256", another.sealed(new))
    assert signer.public_key(HYGIENE, "ES256") == new.public != before


def test_certificates_and_seal_are_handed_out_as_they_were_put_there(signer: SoftwareSigner) -> None:
    signer.create(HYGIENE, "ES256")
    for ask, code in (
        (lambda: signer.certificates(HYGIENE, "ES256"), "certificate-missing"),
        (lambda: signer.seal(HYGIENE), "seal-missing"),
    ):
        with pytest.raises(SigningFailed, match="no ") as refused:
            ask()
        assert refused.value.code == code
    leaf = make_signer(Subject(SIGNER, signer.public_key(HYGIENE, "ES256")), SHORT, pki("ES256").issuer)
    signer.files.put_certificates(HYGIENE, "ES256", (leaf, pki("ES256").ca))
    signer.files.put_seal(HYGIENE, b"seal")
    assert signer.certificates(HYGIENE, "ES256") == (leaf, pki("ES256").ca) and signer.seal(HYGIENE) == b"seal"


def test_a_certificate_of_another_key_is_not_handed_out(signer: SoftwareSigner) -> None:
    signer.create(HYGIENE, "ES256")
    signer.files.put_certificates(HYGIENE, "ES256", (pki("ES256").signer, pki("ES256").ca))
    with pytest.raises(SigningFailed, match="another key's") as refused:
        signer.certificates(HYGIENE, "ES256")
    assert refused.value.code == "certificate-other-key"


def test_of_many_that_create_the_same_key_at_once_one_wins(signer: SoftwareSigner, tmp_path: Path) -> None:
    def create(_: int) -> bool:
        try:
            signer.create(HYGIENE)
        except SigningFailed:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(create, range(4))) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [f"{HYGIENE}.{default_suite()}.key"]


def test_two_authorities_have_two_keys(signer: SoftwareSigner) -> None:
    assert signer.create(HYGIENE).key_id != signer.create(FIRE).key_id


def test_a_key_put_in_the_place_of_another_authoritys_is_refused(signer: SoftwareSigner, tmp_path: Path) -> None:
    signer.create(HYGIENE, "ES256")
    (tmp_path / "keys" / f"{HYGIENE}.ES256.key").rename(tmp_path / "keys" / f"{FIRE}.ES256.key")
    with pytest.raises(SigningFailed) as refused:
        signer.public_key(FIRE, "ES256")
    assert refused.value.code == "key-owner"


def test_a_key_put_in_the_place_of_another_suites_is_refused_and_not_reported(
    signer: SoftwareSigner, tmp_path: Path, uses: Uses
) -> None:
    signer.create(HYGIENE, "ES256")
    (tmp_path / "keys" / f"{HYGIENE}.ES256.key").rename(tmp_path / "keys" / f"{HYGIENE}.EdDSA.key")
    with pytest.raises(SigningFailed) as refused:
        signer.sign(HYGIENE, "EdDSA", MESSAGE)
    assert refused.value.code == "suite-of-key" and uses == []


def test_an_authority_without_a_key_is_told_so(signer: SoftwareSigner) -> None:
    with pytest.raises(SigningFailed, match="yijian keys list") as refused:
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert refused.value.code == "key-missing"


@pytest.mark.parametrize("code", ["", "../../etc/passwd", "a" * 18, "11411323MB9000010Y/..", "11411323MB9000010Y\0"])
def test_a_code_never_leads_out_of_the_folder(signer: SoftwareSigner, code: str) -> None:
    with pytest.raises(SigningFailed) as refused:
        signer.create(code)
    assert refused.value.code == "authority-code"


def test_files_are_for_their_owner_only(signer: SoftwareSigner, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        signer.create(HYGIENE)
    finally:
        os.umask(before)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / f"{HYGIENE}.{default_suite()}.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_folder_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, uses: Uses, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(SigningFailed, match=f"chmod 700 {tmp_path}"):
        SoftwareSigner(tmp_path, PASSPHRASE, uses.append)


def test_a_key_that_others_may_read_is_refused_with_what_to_do(signer: SoftwareSigner, tmp_path: Path) -> None:
    signer.create(HYGIENE, "ES256")
    path = tmp_path / "keys" / f"{HYGIENE}.ES256.key"
    path.chmod(0o640)
    with pytest.raises(SigningFailed, match="chmod 600"):
        signer.public_key(HYGIENE, "ES256")


def test_a_link_is_not_followed(signer: SoftwareSigner, tmp_path: Path) -> None:
    signer.create(HYGIENE, "ES256")
    (tmp_path / "keys" / f"{FIRE}.ES256.key").symlink_to(tmp_path / "keys" / f"{HYGIENE}.ES256.key")
    with pytest.raises(SigningFailed) as refused:
        signer.public_key(FIRE, "ES256")
    assert refused.value.code == "key-unreadable"


def test_a_short_passphrase_is_refused(tmp_path: Path, uses: Uses) -> None:
    with pytest.raises(SigningFailed, match="at least 12"):
        SoftwareSigner(tmp_path / "keys", "short", uses.append)


def test_many_threads_share_one_signer(signer: SoftwareSigner, uses: Uses) -> None:
    public = signer.create(HYGIENE)
    chosen = suite_named(public.suite)

    def sign(number: int) -> bool:
        message = str(number).encode()
        return chosen.verify(public.spki, message, signer.sign(HYGIENE, public.suite, message))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(sign, range(100)))
    assert len({use.digest for use in uses}) == 100
