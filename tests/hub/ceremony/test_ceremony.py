"""The key ceremony: what it makes is whole, running it again adds only what is missing, and a rotation keeps old signatures good."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.outside.nextkeys import NextKeys
from adapters.outside.signer import KeyUse, SoftwareSigner
from certificates.keys.keyfile import Passphrase
from certificates.keys.pbes2 import Password
from certificates.seals.ses import lists_certificate, read_seal
from certificates.suites import suites_of_an_authority
from certificates.trust import read_trust
from certificates.x509.chain import Broken, Fault, Known, check_chain
from certificates.x509.issuing import Period, Subject, make_signer
from certificates.x509.reading import pem, read_certificate, read_request, split_pem
from hub.wiring.ceremony import importing, own_authorities, rotating, sealing, signers
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.own_authorities import Vault
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused
from hub.wiring.checking.finding import Finding
from hub.wiring.doctor import signing
from hub.wiring.keys import types_of
from tests.certificates.pki import pki
from tests.hub.cases.making import FOOD, SITE

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
DAY = timedelta(days=1)
PASSPHRASE = "a passphrase of a test"
DERIVED = Passphrase(PASSPHRASE)
"""Shared, since deriving from it is slow on purpose."""
ONE = replace(SITE, items={FOOD: SITE.items[FOOD]})
CODE = SITE.departments[SITE.items[FOOD].department].uscc
SUITES = suites_of_an_authority()


def at(folder: Path, now: datetime = NOW, **changes: object) -> Ceremony:
    signer = SoftwareSigner(folder / "signing", DERIVED, lambda use: None)
    vault = Vault(folder / "ca", Password(PASSPHRASE), rounds=1000)
    made = Ceremony(signer, ONE, TrustFolder(folder / "trust"), vault, now, {})
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ceremony")
    signers.init(at(folder))
    return folder


@pytest.fixture
def folder(done: Path, tmp_path: Path) -> Path:
    """A hub's folder after its ceremony, of this test's own."""
    return Path(shutil.copytree(done, tmp_path / "hub"))


def known(folder: Path) -> Known:
    trust = read_trust(folder / "trust")
    return Known(trust.roots, (), trust.crls)


def test_after_a_ceremony_each_key_of_each_suite_has_a_chain_that_holds(folder: Path) -> None:
    ceremony = at(folder)
    assert ceremony.signer.suites(CODE) == SUITES
    for suite in SUITES:
        leaf, *others = ceremony.signer.certificates(CODE, suite)
        found = check_chain(leaf, replace(known(folder), others=tuple(others)), NOW + DAY)
        assert (found.broken, found.revocation) == (None, None)
        assert read_certificate(leaf).subject.code == CODE


def test_a_ceremony_that_is_run_again_makes_nothing_twice(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "signing").iterdir()}
    assert signers.init(at(folder, NOW + DAY)) == signers.Done()
    assert {path: path.read_bytes() for path in (folder / "signing").iterdir()} == before


def test_a_ceremony_that_was_cut_off_is_finished_by_the_next(folder: Path) -> None:
    (folder / "signing" / f"{CODE}.ES256.pem").unlink()
    (folder / "ca" / "maker.ES256.key").unlink()
    assert signers.init(at(folder)) == signers.Done((), (f"{CODE} ES256",))


def test_a_key_from_before_the_ceremony_is_certified_and_kept(tmp_path: Path) -> None:
    ceremony = at(tmp_path)
    public = ceremony.signer.create(CODE, "ES256")
    signers.init(ceremony, development=True)
    assert ceremony.signer.public_key(CODE, "ES256") == public
    assert read_certificate(ceremony.signer.certificates(CODE, "ES256")[0]).public == public


def test_the_trust_folder_knows_every_key_from_the_ceremony_on(folder: Path) -> None:
    trust = read_trust(folder / "trust")
    found = trust.authorities[CODE]
    assert {key.public.suite for key in found.keys} == set(SUITES)
    assert all(key.valid_from == NOW and key.valid_to is None for key in found.keys)
    assert len(trust.roots) == 2 * len(SUITES) and len(trust.crls) == 2 * len(SUITES)


def test_a_type_that_is_published_later_may_be_signed_by_the_keys_that_are_there(folder: Path) -> None:
    more = {code: item for code, item in SITE.items.items() if SITE.departments[item.department].uscc == CODE}
    wanted = set(types_of(replace(SITE, items=more), CODE))
    assert signers.make_keys(at(folder, NOW + DAY, site=replace(SITE, items=more))) == () and len(wanted) > 1
    keys = read_trust(folder / "trust").authorities[CODE].keys
    assert all(set(key.types) == wanted and key.valid_from == NOW for key in keys)


def test_a_decision_that_waited_for_its_key_is_signed_as_of_its_own_day(tmp_path: Path) -> None:
    ceremony = at(tmp_path, waiting={CODE: NOW - 3 * DAY})
    signers.init(ceremony)
    assert all(key.valid_from == NOW - 3 * DAY for key in read_trust(tmp_path / "trust").authorities[CODE].keys)
    leaf, *others = ceremony.signer.certificates(CODE, "ES256")
    assert check_chain(leaf, replace(known(tmp_path), others=tuple(others)), NOW - 3 * DAY).broken is None


def test_the_openssl_command_opens_the_own_authorities_keys_with_the_passphrase(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "word").write_text(PASSPHRASE)
    asked = ["openssl", "pkey", "-in", str(folder / "ca" / "root.ES256.key"), "-passin", f"file:{tmp_path / 'word'}"]
    assert subprocess.run([*asked, "-noout"], capture_output=True, timeout=60, check=False).returncode == 0


def test_each_authority_has_a_seal_that_lists_its_signer_and_whose_maker_is_believed(folder: Path) -> None:
    signer = at(folder).signer
    seal = read_seal(signer.seal(CODE))
    leaf = read_certificate(signer.certificates(CODE, sealing.SUITE)[0])
    assert lists_certificate(seal.info, leaf.der) and seal.info.name.startswith(leaf.subject.organization)
    assert (seal.info.valid_from, seal.info.valid_to) == (leaf.not_before, leaf.not_after)
    assert check_chain(seal.maker, known(folder), NOW).broken is None


def test_a_seal_that_does_not_list_the_signer_of_today_is_made_again(folder: Path) -> None:
    ceremony = at(folder)
    ceremony.signer.files.put_seal(CODE, b"no seal")
    assert signers.init(ceremony) == signers.Done((), (), (CODE,))


def test_nothing_of_a_ceremony_is_readable_for_others(folder: Path) -> None:
    secret = [path for part in ("ca", "signing") for path in (folder / part).rglob("*") if path.is_file()]
    assert secret and all(path.stat().st_mode & 0o077 == 0 for path in secret)
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in (folder / "trust").rglob("*") if path.is_file())


def test_after_a_rotation_the_new_key_signs_and_the_old_certificate_is_good_for_old_signatures(folder: Path) -> None:
    ceremony = at(folder, NOW + 30 * DAY)
    old = {suite: ceremony.signer.certificates(CODE, suite) for suite in SUITES}
    rotating.rotate(ceremony, CODE, compromised=False)
    for suite in SUITES:
        new = ceremony.signer.certificates(CODE, suite)
        assert new[0] != old[suite][0]
        assert read_certificate(new[0]).public == ceremony.signer.public_key(CODE, suite)
        found = check_chain(old[suite][0], replace(known(folder), others=old[suite][1:]), NOW + 29 * DAY)
        assert (found.broken, found.revocation) == (None, None)
    assert sealing.lists_signer(ceremony.signer.seal(CODE), ceremony.signer.certificates(CODE, sealing.SUITE)[0])
    assert not sealing.lists_signer(ceremony.signer.seal(CODE), old[sealing.SUITE][0])
    ends = {key.valid_to for key in read_trust(folder / "trust").authorities[CODE].keys}
    assert ends == {None, NOW + 30 * DAY}


def test_a_compromised_key_is_revoked_in_the_list_and_in_the_trust_folder(folder: Path) -> None:
    ceremony = at(folder, NOW + 30 * DAY)
    leaf, *others = ceremony.signer.certificates(CODE, "ES256")
    rotating.rotate(ceremony, CODE, compromised=True)
    asked = replace(known(folder), others=tuple(others))
    assert check_chain(leaf, asked, NOW + 30 * DAY).revocation == Broken(Fault.REVOKED, NOW + 30 * DAY)
    assert check_chain(leaf, asked, NOW + 29 * DAY).revocation is None
    assert NOW + 30 * DAY in {key.revoked_at for key in read_trust(folder / "trust").authorities[CODE].keys}
    signers.init(at(folder, NOW + 31 * DAY))
    assert check_chain(leaf, replace(known(folder), others=tuple(others)), NOW + 32 * DAY).revocation is not None


def test_a_rotation_of_somebody_who_issues_nothing_is_refused(folder: Path) -> None:
    with pytest.raises(CeremonyRefused, match="issues nothing"):
        rotating.rotate(at(folder), "11411323MB00009009", compromised=False)


def test_without_a_ca_of_our_own_nothing_is_rotated_and_the_way_of_a_real_one_is_told(tmp_path: Path) -> None:
    signers.requests(at(tmp_path), tmp_path / "csr")
    with pytest.raises(CeremonyRefused, match=f"keys rotate {CODE} --csr"):
        rotating.rotate(at(tmp_path), CODE, compromised=False)


def issued_by_another_ca(folder: Path, code: str = CODE) -> Path:
    """What a real CA sends back for the requests in `folder`: a PEM for each, leaf and issuing CA."""
    out = folder / "issued"
    out.mkdir()
    for number, path in enumerate(sorted((folder / "csr").glob("*.csr"))):
        (request,) = split_pem(path.read_bytes(), "CERTIFICATE REQUEST")
        subject = read_request(request)
        ca = pki(subject.public.suite)
        named = replace(subject, name=replace(subject.name, code=code))
        leaf = make_signer(named, Period(NOW, NOW + 365 * DAY), ca.issuer)
        (out / f"{number}.pem").write_bytes(pem([ca.root, leaf, ca.ca]))
    return out


def test_requests_for_a_real_ca_are_answered_and_imported(tmp_path: Path) -> None:
    ceremony = at(tmp_path)
    assert [path.name for path in signers.requests(ceremony, tmp_path / "csr")] == [
        f"{CODE}.{suite}.csr" for suite in SUITES
    ]
    assert not own_authorities.are_there(tmp_path / "ca")
    importing.import_files(ceremony, issued_by_another_ca(tmp_path), str)
    for suite in SUITES:
        # The root is left out: whom to believe is not the CA's own to say.
        leaf, above = ceremony.signer.certificates(CODE, suite)
        assert (read_certificate(leaf).subject.code, above) == (CODE, pki(suite).ca)
        # Who certified our own keys is believed here without anybody copying it.
        assert check_chain(leaf, known(tmp_path), NOW + DAY).broken is None


def test_a_certificate_that_names_another_body_is_not_imported(tmp_path: Path) -> None:
    ceremony = at(tmp_path)
    signers.requests(ceremony, tmp_path / "csr")
    with pytest.raises(CeremonyRefused, match="names the body"):
        importing.import_files(ceremony, issued_by_another_ca(tmp_path, "11411323MB00009009"), str)
    assert not signers.certified_key(ceremony.signer, CODE, "ES256")


def test_a_certificate_for_no_key_here_is_not_imported(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(pem([pki("ES256").signer]))
    with pytest.raises(CeremonyRefused, match="no key here"):
        importing.import_files(at(folder), tmp_path / "other.pem", str)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Path]:
    """A PKCS#12 in which another CA gives this authority key and certificate at once, as the openssl command writes it."""
    signer = SoftwareSigner(tmp_path / "elsewhere", PASSPHRASE, lambda use: None)
    key = signer.drawn(CODE, "ES256")
    ca = pki("ES256")
    subject = replace(read_certificate(ca.signer).subject, code=CODE)
    leaf = make_signer(Subject(subject, key.public), Period(NOW, NOW + 365 * DAY), ca.issuer)
    for name, text in (("key", pem([key.pkcs8], "PRIVATE KEY")), ("leaf", pem([leaf])), ("ca", pem([ca.ca]))):
        (tmp_path / f"{name}.pem").write_bytes(text)
    (tmp_path / "word").write_text("of the container")
    command = "openssl pkcs12 -export -inkey key.pem -in leaf.pem -certfile ca.pem -passout file:word -out got.p12"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True, timeout=60)
    yield tmp_path / "got.p12"


def test_a_container_brings_key_and_certificate(container: Path, tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub")
    done = importing.import_files(ceremony, container, lambda: "of the container")
    assert done.keys == (f"{CODE} ES256",)
    assert read_certificate(ceremony.signer.certificates(CODE, "ES256")[0]).subject.code == CODE


def test_a_container_is_refused_with_a_wrong_password(container: Path, folder: Path) -> None:
    with pytest.raises(CeremonyRefused, match=r"got\.p12 .*password is wrong"):
        importing.import_files(at(folder), container, lambda: "another")


def test_an_import_that_was_cut_off_after_the_key_is_finished_by_the_same_import(
    container: Path, tmp_path: Path
) -> None:
    ceremony = at(tmp_path / "hub")
    importing.import_files(ceremony, container, lambda: "of the container")
    before = ceremony.signer.certificates(CODE, "ES256")
    (tmp_path / "hub" / "signing" / f"{CODE}.ES256.pem").unlink()
    done = importing.import_files(ceremony, container, lambda: "of the container")
    assert (done.keys, done.certificates) == ((), (f"{CODE} ES256",))
    assert ceremony.signer.certificates(CODE, "ES256") == before


def test_a_container_for_an_authority_that_has_its_key_brings_the_next_one(container: Path, folder: Path) -> None:
    ceremony = at(folder)
    before = ceremony.signer.public_key(CODE, "ES256")
    assert importing.import_files(ceremony, container, lambda: "of the container").keys == (f"{CODE} ES256 (next)",)
    assert ceremony.signer.public_key(CODE, "ES256") != before


def looked(ceremony: Ceremony, now: datetime) -> list[Finding]:
    return list(signing.look(signers.place(ceremony), NextKeys(ceremony.signer), ceremony.trust, now))


@pytest.mark.parametrize(
    ("later", "state"), [(0, "ok"), (5 * 365 - 60, "look"), (5 * 365 - 10, "mend"), (5 * 365 + 1, "mend")]
)
def test_the_doctor_speaks_of_certificates_before_they_end(folder: Path, later: int, state: str) -> None:
    ceremony = at(folder)
    for path in ceremony.trust.lists():
        path.unlink()
    served, *found = looked(ceremony, NOW + later * DAY)
    assert "ES256 by key folder" in served.sentence
    assert {finding.state.value for finding in found} == {state}


def test_the_doctor_names_keys_without_certificates_and_lists_that_are_due(folder: Path) -> None:
    ceremony = at(folder)
    (folder / "signing" / f"{CODE}.ES256.pem").unlink()
    _, bare, *due = looked(ceremony, NOW + 399 * DAY)
    assert f"{CODE} ES256" in bare.sentence and len(due) == 2 * len(SUITES)
    assert {finding.command for finding in (bare, *due)} == {"yijian keys init"}


def test_each_use_of_a_key_for_a_request_is_reported(tmp_path: Path) -> None:
    uses: list[KeyUse] = []
    signer = SoftwareSigner(tmp_path / "signing", PASSPHRASE, uses.append)
    signers.requests(at(tmp_path, signer=signer), tmp_path / "csr")
    assert [use.suite for use in uses] == list(SUITES)
