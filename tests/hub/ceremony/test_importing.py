"""What a CA and a seal maker sent is judged together and taken whole or not at all; CA files count by the signature that they verify."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from certificates.x509.issuing import Period, Subject, make_ca, make_signer
from certificates.x509.names import Name
from certificates.x509.reading import pem, read_request, split_pem
from hub.wiring.ceremony import importing, sealing, signers
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused
from tests.certificates.pki import LONG, for_purposes, pki, public, signing
from tests.hub.ceremony.test_ceremony import CODE, DAY, NOW, SUITES, at
from tests.hub.ceremony.test_real_ca import seal_of

YEAR = 365 * DAY


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    signers.requests(at(folder / "hub"), folder / "hub" / "csr")
    return folder / "hub"


@pytest.fixture
def ceremony(asked: Path, tmp_path: Path) -> Ceremony:
    """Keys that wait for a real CA; of this test's own."""
    return at(Path(shutil.copytree(asked, tmp_path / "hub")))


@pytest.fixture
def answer(ceremony: Ceremony, tmp_path: Path) -> Path:
    """A leaf for each request, each in a file of its own, without anything above it."""
    folder = tmp_path / "issued"
    folder.mkdir()
    for subject in wanted(tmp_path):
        leaf = make_signer(subject, Period(NOW, NOW + YEAR), pki(subject.public.suite).issuer)
        (folder / f"{subject.public.suite}.pem").write_bytes(pem([leaf]))
    return folder


def wanted(tmp_path: Path) -> Iterator[Subject]:
    for path in (tmp_path / "hub" / "csr").iterdir():
        yield read_request(split_pem(path.read_bytes(), "CERTIFICATE REQUEST")[0])


def kept(ceremony: Ceremony) -> dict[str, bytes]:
    """Every file that an import could write."""
    found = (p for part in ("signing", "trust") for p in (ceremony.trust.folder.parent / part).rglob("*"))
    return {str(path): path.read_bytes() for path in found if path.is_file()}


def test_ca_files_beside_the_leaves_make_their_chains_whole(ceremony: Ceremony, answer: Path) -> None:
    for suite in SUITES:
        (answer / f"a ca {suite}.crt").write_bytes(pki(suite).ca)
        (answer / f"root {suite}.cer").write_bytes(pem([pki(suite).root]))
    done = importing.import_files(ceremony, answer, str)
    for suite in SUITES:
        assert ceremony.signer.certificates(CODE, suite)[1:] == (pki(suite).ca,)
    # A root is for the trust folder, by hand.
    assert set(done.roots) == {f"root {suite}.cer" for suite in SUITES}


def test_a_ca_file_that_comes_later_completes_the_chain_that_is_here(
    ceremony: Ceremony, answer: Path, tmp_path: Path
) -> None:
    importing.import_files(ceremony, answer, str)
    assert len(ceremony.signer.certificates(CODE, "ES256")) == 1
    (tmp_path / "ca.pem").write_bytes(pem([pki("ES256").ca]))
    assert importing.import_files(ceremony, tmp_path / "ca.pem", str).certificates == (f"{CODE} ES256",)
    assert ceremony.signer.certificates(CODE, "ES256")[1:] == (pki("ES256").ca,)


def test_a_ca_of_the_same_name_that_did_not_sign_is_no_part_of_a_chain(
    ceremony: Ceremony, answer: Path, tmp_path: Path
) -> None:
    forged = Subject(Name("示例测试签发证书", "示例测试机构"), public("ES256", "somebody else"))
    (answer / "ca.pem").write_bytes(pem([make_ca(forged, LONG, pki("ES256").root_issuer)]))
    before = kept(ceremony)
    with pytest.raises(CeremonyRefused, match=r"ca\.pem certified none"):
        importing.import_files(ceremony, answer, str)
    assert kept(ceremony) == before


def test_one_bad_file_lets_nothing_of_the_folder_in_and_each_bad_one_is_named_with_what_to_do(
    ceremony: Ceremony, answer: Path
) -> None:
    (answer / "ca.pem").write_bytes(pem([pki("ES256").ca]))
    (answer / "another.pem").write_bytes(pem([pki("ES256").signer]))
    (answer / "cut off.der").write_bytes(pki("ES256").signer[:-9])
    (answer / "chain.p7b").write_bytes(b"0")
    (answer / "plain.pem").write_bytes(pem([b"0"], "PRIVATE KEY"))
    (answer / "request.pem").write_bytes(pem([b"0"], "CERTIFICATE REQUEST"))
    (answer / "seal.esl").write_bytes(b"0")
    before = kept(ceremony)
    with pytest.raises(CeremonyRefused) as refused:
        importing.import_files(ceremony, answer, str)
    _, *lines = str(refused.value).splitlines()
    assert [line.split(" ", 1)[0] for line in lines if "cut off" not in line] == [
        "chain.p7b", "plain.pem", "request.pem", "another.pem", "seal.esl",
    ]  # fmt: skip
    assert len(lines) == 6 and all("; " in line or "have" in line for line in lines)
    assert kept(ceremony) == before


@pytest.mark.parametrize(
    ("begins", "ends", "said"), [(-2 * YEAR, -DAY, "ended on 2026-11-27"), (DAY, YEAR, "begins at 2026-11-29")]
)
def test_a_certificate_that_could_sign_nothing_today_is_not_taken(
    ceremony: Ceremony, answer: Path, tmp_path: Path, begins: object, ends: object, said: str
) -> None:
    for subject in wanted(tmp_path):
        leaf = make_signer(subject, Period(NOW + begins, NOW + ends), pki(subject.public.suite).issuer)  # type: ignore[operator]
        (answer / f"{subject.public.suite}.pem").write_bytes(pem([leaf]))
    with pytest.raises(CeremonyRefused, match=said):
        importing.import_files(ceremony, answer, str)


def test_a_certificate_for_servers_is_not_taken(ceremony: Ceremony, answer: Path, tmp_path: Path) -> None:
    for subject in wanted(tmp_path):
        suite = subject.public.suite
        leaf = make_signer(subject, Period(NOW, NOW + YEAR), pki(suite).issuer)
        made = for_purposes(leaf, suite, signing(suite, "ca"), "server_auth", "client_auth")
        (answer / f"{suite}.pem").write_bytes(pem([made]))
    with pytest.raises(CeremonyRefused, match="extendedKeyUsage"):
        importing.import_files(ceremony, answer, str)


def test_a_certificate_under_a_ca_for_servers_is_not_taken(ceremony: Ceremony, answer: Path, tmp_path: Path) -> None:
    for subject in wanted(tmp_path):
        suite = subject.public.suite
        ca = for_purposes(pki(suite).ca, suite, signing(suite, "root"), "server_auth", critical=False)
        leaf = make_signer(subject, Period(NOW, NOW + YEAR), pki(suite).issuer)
        (answer / f"{suite}.pem").write_bytes(pem([leaf]))
        (answer / "CA.pem").write_bytes(pem([ca]))
    with pytest.raises(CeremonyRefused, match=r"CA\.pem is a CA's that names other purposes"):
        importing.import_files(ceremony, answer, str)


def test_two_certificates_for_one_key_are_not_chosen_between(ceremony: Ceremony, answer: Path, tmp_path: Path) -> None:
    subject = next(each for each in wanted(tmp_path) if each.public.suite == "ES256")
    (answer / "ES256 again.pem").write_bytes((answer / "ES256.pem").read_bytes())  # the same one twice is no matter
    importing.import_files(ceremony, answer, str)
    other = make_signer(subject, Period(NOW, NOW + 2 * YEAR), pki("ES256").issuer)
    (answer / "ES256 again.pem").write_bytes(pem([other]))
    with pytest.raises(CeremonyRefused, match="second certificate"):
        importing.import_files(ceremony, answer, str)


def test_certificate_and_the_seal_that_lists_it_come_in_one_folder(
    ceremony: Ceremony, answer: Path, tmp_path: Path
) -> None:
    (leaf,) = split_pem((answer / f"{sealing.SUITE}.pem").read_bytes())
    shutil.copy(seal_of(leaf, tmp_path / "seals") / "one.esl", answer)
    (answer / "letter.txt").write_text("enclosed")
    done = importing.import_files(ceremony, answer, str)
    assert done.seals == (CODE,) and done.left == ("letter.txt",)
    assert sealing.lists_signer(ceremony.signer.seal(CODE), leaf)


def test_a_chain_over_two_cas_is_put_in_order_whatever_the_order_of_the_files(
    ceremony: Ceremony, answer: Path, tmp_path: Path
) -> None:
    for suite in SUITES:
        lower = Subject(Name("示例测试下级", "示例测试机构"), public(suite, "lower"))
        certified = make_ca(lower, LONG, pki(suite).issuer)
        issuer = replace(pki(suite).issuer, certificate=certified, sign=signing(suite, "lower"))
        subject = next(each for each in wanted(tmp_path) if each.public.suite == suite)
        leaf = make_signer(subject, Period(NOW, NOW + YEAR), issuer)
        (answer / f"{suite}.pem").write_bytes(pem([pki(suite).ca, issuer.certificate, leaf]))
    importing.import_files(ceremony, answer, str)
    leaf, lower_ca, ca = ceremony.signer.certificates(CODE, "ES256")
    assert ca == pki("ES256").ca and lower_ca != ca
