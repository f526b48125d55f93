"""The ceremony with a real CA and a real seal maker: requests, answers, seal, rotation; and at each step the right next command is told."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.outside.nextkeys import NextKeys
from certificates.errors import SignerAway
from certificates.keys.held import HeldKey, HeldKeys
from certificates.seals.making import SealDesign, SealMaker, make_seal
from certificates.trust import read_trust
from certificates.x509.issuing import Period, make_signer
from certificates.x509.reading import pem, read_certificate, read_request, split_pem
from hub.wiring.ceremony import importing, listing, next_steps, own_authorities, rotating, sealing, signers
from hub.wiring.ceremony.next_steps import IMPORT, IMPORT_SEAL, OWN, REQUEST, By, Lack
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused
from tests.certificates.making import private_key
from tests.certificates.pki import pki
from tests.hub.cases.making import SITE
from tests.hub.ceremony.test_ceremony import CODE, DAY, NOW, SUITES, at, looked

YEAR = timedelta(days=365)


def commands(ceremony: Ceremony) -> dict[str, str]:
    """Suite to the next command."""
    return {step.suite: step.command for step in next_steps.steps(signers.place(ceremony))}


def answered(ceremony: Ceremony, requests: Path, out: Path) -> Path:
    """What a real CA sends for the requests in a folder."""
    out.mkdir()
    for path in sorted(requests.glob("*.csr")):
        (request,) = split_pem(path.read_bytes(), "CERTIFICATE REQUEST")
        subject = read_request(request)
        issuer = pki(subject.public.suite)
        leaf = make_signer(subject, Period(ceremony.now, ceremony.now + YEAR), issuer.issuer)
        (out / path.with_suffix(".pem").name).write_bytes(pem([leaf, issuer.ca]))
    return out


def seal_of(leaf: bytes, folder: Path) -> Path:
    """What a real seal maker sends for a certificate."""
    maker = pki(sealing.SUITE)
    held = HeldKeys(
        {("maker", sealing.SUITE): HeldKey(sealing.SUITE, private_key(sealing.SUITE, "maker"), (maker.maker,))}
    )
    said = read_certificate(leaf)
    design = SealDesign("S1", "测试印章", (leaf,), said.not_before, said.not_before, said.not_after, b"\x89PNG")
    folder.mkdir(exist_ok=True)
    (folder / "one.esl").write_bytes(make_seal(design, SealMaker("TEST", held, "maker", maker.maker)))
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    ceremony = at(folder)
    signers.requests(ceremony, folder / "csr")
    importing.import_files(ceremony, answered(ceremony, folder / "csr", folder / "issued"), str)
    leaf = ceremony.signer.certificates(CODE, sealing.SUITE)[0]
    importing.import_files(ceremony, seal_of(leaf, folder / "seals"), str)
    return folder


@pytest.fixture
def certified(done: Path, tmp_path: Path) -> Ceremony:
    """Keys that a real CA certified, sealed by a real maker; of this test's own."""
    return at(Path(shutil.copytree(done, tmp_path / "hub")))


def test_each_state_of_the_folder_has_its_own_next_command(tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub")
    assert set(commands(ceremony).values()) == {REQUEST} and signers.place(ceremony).by is By.NOBODY
    signers.requests(ceremony, tmp_path / "csr")
    assert set(commands(ceremony).values()) == {IMPORT} and signers.place(ceremony).by is By.REAL
    importing.import_files(ceremony, answered(ceremony, tmp_path / "csr", tmp_path / "issued"), str)
    assert commands(ceremony) == {sealing.SUITE: IMPORT_SEAL}
    leaf = ceremony.signer.certificates(CODE, sealing.SUITE)[0]
    importing.import_files(ceremony, seal_of(leaf, tmp_path / "seals"), str)
    assert commands(ceremony) == {}


def test_keys_that_wait_for_a_real_ca_are_never_certified_by_one_of_our_own_unless_it_is_said(tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub")
    signers.requests(ceremony, tmp_path / "csr")
    with pytest.raises(CeremonyRefused, match="keys import") as refused:
        signers.init(ceremony)
    assert "keys init --development" in str(refused.value)
    assert not own_authorities.are_there(ceremony.vault.folder)
    signers.init(ceremony, development=True)
    assert own_authorities.are_there(ceremony.vault.folder) and commands(ceremony) == {}


def test_the_same_thing_to_do_for_many_keys_is_told_once(tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub", site=SITE)
    assert len(next_steps.steps(signers.place(ceremony))) > 4
    (line,) = next_steps.told(next_steps.steps(signers.place(ceremony)))
    assert " more: no key" in line and line.endswith(REQUEST) and len(line) < 300


def test_with_everything_certified_the_plain_ceremony_only_publishes(certified: Ceremony) -> None:
    trust = certified.trust.folder / f"{CODE}.json"
    before = trust.read_bytes()
    trust.unlink()
    assert signers.init(certified) == signers.Done()
    assert trust.read_bytes() == before and not own_authorities.are_there(certified.vault.folder)


def test_what_is_here_already_is_not_told_as_new_and_a_folder_that_is_not_there_is_named(certified: Ceremony) -> None:
    folder = certified.signer.files.folder.parent
    again = [importing.import_files(certified, folder / each, str) for each in ("issued", "seals")]
    assert [(each.certificates, each.seals) for each in again] == [((), ()), ((), ())]
    with pytest.raises(CeremonyRefused, match=r"no such file or folder: .*/nowhere"):
        importing.import_files(certified, folder / "nowhere", str)


def test_the_doctor_sends_to_the_real_ca_for_the_next_keys(certified: Ceremony) -> None:
    found = looked(certified, NOW + YEAR - 10 * DAY)
    assert {one.command for one in found if one.command} == {f"yijian keys rotate {CODE} --csr requests/"}
    ok = looked(certified, NOW)[-1]
    assert "a real CA" in ok.sentence and ok.state.value == "ok"


def test_the_doctor_never_sends_to_a_development_ca_while_requests_wait(tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub")
    signers.requests(ceremony, tmp_path / "csr")
    assert {one.command for one in looked(ceremony, NOW) if one.command} == {IMPORT}


def test_a_real_cas_list_that_is_due_is_fetched_and_our_own_is_made(tmp_path: Path, certified: Ceremony) -> None:
    assert "trust/crls" in next_steps.list_command("issuing.ES256", certified.vault.folder)
    own = at(tmp_path / "own")
    signers.init(own)
    assert next_steps.list_command("issuing.ES256", own.vault.folder) == OWN
    assert "trust/crls" in next_steps.list_command("real-ca", own.vault.folder)


def test_the_keys_of_today_sign_until_certificate_and_seal_of_the_next_are_here(
    certified: Ceremony, tmp_path: Path
) -> None:
    later = replace(certified, now=NOW + 30 * DAY)
    old = {suite: later.signer.public_key(CODE, suite) for suite in SUITES}
    rotating.rotate_by_request(later, CODE, tmp_path / "next", compromised=False)
    assert {suite: later.signer.public_key(CODE, suite) for suite in SUITES} == old
    importing.import_files(later, answered(later, tmp_path / "next", tmp_path / "issued2"), str)
    # ES256 has what it needs; the key that seals waits for its seal.
    assert later.signer.public_key(CODE, "ES256") != old["ES256"]
    assert later.signer.public_key(CODE, sealing.SUITE) == old[sealing.SUITE]
    (row,) = listing.waiting_rows(signers.place(later), NextKeys(later.signer))
    assert (row.suite, row.state, row.command) == (sealing.SUITE, "waits for its seal", IMPORT_SEAL)
    leaf = NextKeys(later.signer).certificates(CODE, sealing.SUITE)[0]
    importing.import_files(later, seal_of(leaf, tmp_path / "seals2"), str)
    assert later.signer.public_key(CODE, sealing.SUITE) != old[sealing.SUITE]
    assert commands(later) == {} and not NextKeys(later.signer).suites(CODE)
    ends = {key.public.key_id: key.valid_to for key in read_trust(later.trust.folder).authorities[CODE].keys}
    assert {ends[each.key_id] for each in old.values()} == {NOW + 30 * DAY} and list(ends.values()).count(None) == 2


def test_asking_twice_for_the_next_keys_asks_for_the_same(certified: Ceremony, tmp_path: Path) -> None:
    (first, *_) = rotating.rotate_by_request(certified, CODE, tmp_path / "a", compromised=False)
    (second, *_) = rotating.rotate_by_request(certified, CODE, tmp_path / "b", compromised=False)
    assert len({read_request(split_pem(p.read_bytes(), "CERTIFICATE REQUEST")[0]).public for p in (first, second)}) == 1


def test_a_take_over_that_was_cut_off_is_finished_by_the_next_ceremony(certified: Ceremony, tmp_path: Path) -> None:
    rotating.rotate_by_request(certified, CODE, tmp_path / "next", compromised=False)
    waiting = NextKeys(certified.signer)
    path = answered(certified, tmp_path / "next", tmp_path / "issued2") / f"{CODE}.ES256.next.pem"
    waiting.put_certificates(CODE, "ES256", split_pem(path.read_bytes()))
    waiting.take_key(CODE, "ES256")  # and the machine went out
    with pytest.raises(SignerAway, match="keys list"):  # what is to be signed waits, and loses no file
        certified.signer.certificates(CODE, "ES256")
    assert rotating.take_over(certified, CODE) == (f"{CODE} ES256",)
    assert certified.signer.certificates(CODE, "ES256") == split_pem(path.read_bytes())


def test_a_stolen_key_of_a_real_ca_signs_nothing_more_and_decisions_wait(certified: Ceremony, tmp_path: Path) -> None:
    later = replace(certified, now=NOW + 30 * DAY)
    rotating.rotate_by_request(later, CODE, tmp_path / "next", compromised=True)
    with pytest.raises(SignerAway):
        later.signer.certificates(CODE, "ES256")
    gone = [key for key in read_trust(later.trust.folder).authorities[CODE].keys if key.revoked_at]
    assert [key.revoked_at for key in gone] == [NOW + 30 * DAY] * len(SUITES)
    importing.import_files(later, answered(later, tmp_path / "next", tmp_path / "issued2"), str)
    assert later.signer.certificates(CODE, "ES256")


def test_a_seal_for_nobody_here_or_of_a_forger_is_not_imported(certified: Ceremony, tmp_path: Path) -> None:
    folder = seal_of(pki(sealing.SUITE).signer, tmp_path / "others")
    with pytest.raises(CeremonyRefused, match="lists no certificate"):
        importing.import_files(certified, folder, str)
    raw = bytearray((folder / "one.esl").read_bytes())
    raw[-1] ^= 1
    (folder / "one.esl").write_bytes(bytes(raw))
    with pytest.raises(CeremonyRefused, match="not signed by the maker"):
        importing.import_files(certified, folder, str)


def test_the_list_says_of_each_key_what_it_has_and_where_and_how_long(certified: Ceremony) -> None:
    found = list(listing.rows(signers.place(certified)))
    assert [(row.suite, row.seal, row.state, row.days_left(NOW)) for row in found] == [
        (sealing.SUITE, "yes", "ready", 365),
        ("ES256", "", "ready", 365),  # no seal is of this suite
    ]
    said = json.dumps([row.document(NOW) for row in found])
    assert CODE in said and "key folder" in said and "PRIVATE" not in said


def test_the_list_says_whose_turn_it_is(tmp_path: Path) -> None:
    ceremony = at(tmp_path / "hub")
    assert [(row.lacking, row.command) for row in listing.rows(signers.place(ceremony))] == [(True, REQUEST)] * 2
    signers.requests(ceremony, tmp_path / "csr")
    assert {row.command for row in listing.rows(signers.place(ceremony))} == {IMPORT}
    assert {step.lack for step in next_steps.steps(signers.place(ceremony))} == {Lack.CERTIFICATE}


def test_a_hub_with_both_a_ca_of_its_own_and_a_real_one_rotates_by_the_real_one(certified: Ceremony) -> None:
    for suite in SUITES:
        own_authorities.open_or_make(certified.vault, suite, NOW)
    with pytest.raises(CeremonyRefused, match="--csr"):
        rotating.rotate(certified, CODE, compromised=False)
