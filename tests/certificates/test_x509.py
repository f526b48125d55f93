"""X.509 of every suite: what is issued reads back, strangers' software accepts it, and what is damaged is refused."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from certificates.errors import Malformed
from certificates.suites import SUITES
from certificates.x509.issuing import Period, Revoked, Subject, make_request, make_signer
from certificates.x509.names import Name, read_name
from certificates.x509.reading import next_update, pem, read_certificate, read_request, read_revoked, split_pem
from tests.certificates.making import HYGIENE
from tests.certificates.pki import LONG, SHORT, SIGNER, SINCE, pki, public, signing

OPENSSL = shutil.which("openssl") or ""
DISTINGUISHED = ["-vfyopt", "distid:1234567812345678"]


def openssl(folder: Path, *arguments: str) -> str:
    asked = [OPENSSL, *arguments]
    return subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_what_is_issued_reads_back(any_suite: str) -> None:
    found = read_certificate(pki(any_suite).signer)
    assert (found.subject, found.public) == (SIGNER, public(any_suite, HYGIENE))
    assert (found.not_before, found.not_after) == (SHORT.not_before, SHORT.not_after)
    assert found.signed_by == any_suite and not found.is_ca
    assert found.key_usage == {"digital_signature", "non_repudiation"}
    assert read_certificate(pki(any_suite).timestamper).extended_usage == {"time_stamping"}
    assert read_certificate(pki(any_suite).ca).is_ca


def test_the_same_arguments_give_the_same_bytes_to_be_signed(any_suite: str) -> None:
    seen: list[bytes] = []
    issuer = pki(any_suite).issuer

    def watching(message: bytes) -> bytes:
        seen.append(message)
        return issuer.sign(message)

    for _ in range(2):
        make_signer(
            Subject(SIGNER, public(any_suite, HYGIENE)), SHORT, type(issuer)(issuer.certificate, any_suite, watching)
        )
    assert seen[0] == seen[1]


def test_serial_numbers_differ_where_anything_differs(suite: str) -> None:
    made = pki(suite)
    again = make_signer(Subject(SIGNER, public(suite, HYGIENE)), LONG, made.issuer)
    serials = [read_certificate(each).serial for each in (made.signer, made.maker, made.timestamper, again)]
    assert len(set(serials)) == 4 and all(1 << 126 <= serial < 1 << 127 for serial in serials)


def test_a_day_after_2049_is_written_as_rfc_5280_wants(suite: str) -> None:
    end = datetime(2060, 5, 1, tzinfo=UTC)
    made = make_signer(Subject(SIGNER, public(suite, HYGIENE)), Period(SINCE, end), pki(suite).issuer)
    assert read_certificate(made).not_after == end and b"20600501000000Z" in made


def test_a_period_that_ends_before_it_begins_is_refused(suite: str) -> None:
    with pytest.raises(Malformed, match="exchange"):
        make_signer(Subject(SIGNER, public(suite, HYGIENE)), Period(SHORT.not_after, SINCE), pki(suite).issuer)


def test_the_openssl_command_accepts_each_link(any_suite: str, tmp_path: Path) -> None:
    made = pki(any_suite)
    options = DISTINGUISHED if any_suite == "SM2_SM3" else []
    for name, der in (("root", made.root), ("ca", made.ca), ("signer", made.signer), ("tsa", made.timestamper)):
        (tmp_path / f"{name}.pem").write_bytes(pem([der]))
    # The command gives the SM2 identity to the first certificate only, so each link is asked about by itself.
    assert openssl(tmp_path, "verify", "-x509_strict", *options, "-CAfile", "root.pem", "ca.pem") == "ca.pem: OK"
    for leaf in ("signer.pem", "tsa.pem"):
        said = openssl(tmp_path, "verify", "-x509_strict", "-partial_chain", *options, "-CAfile", "ca.pem", leaf)
        assert said == f"{leaf}: OK"


def test_the_openssl_command_accepts_a_request(any_suite: str, tmp_path: Path) -> None:
    request = make_request(Subject(SIGNER, public(any_suite, HYGIENE)), signing(any_suite, HYGIENE))
    (tmp_path / "request.pem").write_bytes(pem([request], "CERTIFICATE REQUEST"))
    options = DISTINGUISHED if any_suite == "SM2_SM3" else []
    openssl(tmp_path, "req", "-verify", "-noout", *options, "-in", "request.pem")
    assert read_request(request) == Subject(SIGNER, public(any_suite, HYGIENE))


@pytest.mark.parametrize("other", sorted(set(SUITES) - {"SM2_SM3"}))
def test_cryptography_accepts_certificates_and_revocation_lists(other: str) -> None:
    made = pki(other)
    above = x509.load_der_x509_certificate(made.ca)
    x509.load_der_x509_certificate(made.signer).verify_directly_issued_by(above)
    above.verify_directly_issued_by(x509.load_der_x509_certificate(made.root))
    listed = x509.load_der_x509_crl(made.crl(made.signer))
    assert listed.is_signature_valid(above.public_key())  # type: ignore[arg-type]
    assert listed.get_revoked_certificate_by_serial_number(read_certificate(made.signer).serial) is not None


def test_a_revocation_list_names_what_was_revoked(any_suite: str) -> None:
    made = pki(any_suite)
    assert read_revoked(made.crl(made.signer)) == (
        Revoked(read_certificate(made.signer).serial, SINCE, "key_compromise"),
    )
    assert read_revoked(made.crl()) == () and next_update(made.crl()) == LONG.not_after


def test_a_request_for_somebody_elses_key_is_refused(any_suite: str) -> None:
    request = make_request(Subject(SIGNER, public(any_suite, HYGIENE)), signing(any_suite, "other"))
    with pytest.raises(Malformed) as refused:
        read_request(request)
    assert refused.value.code == "possession"


def test_a_certificate_that_the_openssl_command_made_reads(any_suite: str, tmp_path: Path) -> None:
    how = {
        "SM2_SM3": ("SM2", ["-sm3", "-sigopt", "distid:1234567812345678"]),
        "ES256": ("EC -pkeyopt ec_paramgen_curve:P-256", []),
        "EdDSA": ("ED25519", []),
        "PS256": (
            "RSA -pkeyopt rsa_keygen_bits:2048",
            ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"],
        ),
    }
    algorithm, options = how[any_suite]
    openssl(tmp_path, "genpkey", "-out", "key.pem", "-algorithm", *algorithm.split())
    subject = f"/C=CN/O=示例/2.5.4.97=NTRCN-{HYGIENE}/CN=示例局"
    openssl(tmp_path, "req", "-x509", "-new", "-utf8", "-key", "key.pem", *options, "-subj", subject, "-out", "a.pem")
    (der,) = split_pem((tmp_path / "a.pem").read_bytes())
    found = read_certificate(der)
    assert found.subject == Name("示例局", "示例", HYGIENE) and found.public.suite == found.signed_by == any_suite


@pytest.mark.parametrize("prefix", ["NTRCN-", "", "ntrcn-", "VATCN-", "GOVCN-"])
def test_a_code_is_read_in_the_spellings_of_other_authorities(prefix: str) -> None:
    text = prefix + HYGIENE
    kind = asn1.NameTypeAndValue(
        {"type": "organization_identifier", "value": asn1.DirectoryString("utf8_string", asn1.UTF8String(text))}
    )
    written = asn1.Name("", asn1.RDNSequence([asn1.RelativeDistinguishedName([kind])]))
    assert read_name(written).code == HYGIENE


DAMAGED = {
    "empty": lambda der: b"",
    "cut": lambda der: der[:-1],
    "with bytes behind": lambda der: der + b"\0",
    "of nothing": lambda der: b"\x30\x00",
    "with an indefinite length": lambda der: b"\x30\x80" + der[4:],
    "of text": lambda der: b"-----BEGIN CERTIFICATE-----",
    "with another curve": lambda der: der.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030101")),
    "with a point beside the curve": lambda der: der.replace(public("ES256", HYGIENE).spki[-8:], bytes(8)),
    "with two algorithms": lambda der: (
        der[:-40].replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040303"), 1) + der[-40:]
    ),
    "very long": lambda der: der + bytes(70_000),
}


@pytest.mark.parametrize("kind", sorted(DAMAGED))
def test_a_certificate_is_refused(kind: str) -> None:
    with pytest.raises(Malformed):
        read_certificate(DAMAGED[kind](pki("ES256").signer))


@given(st.integers(0, 600), st.binary(min_size=1, max_size=3))
def test_no_damage_raises_anything_but_our_own_error(at: int, put: bytes) -> None:
    der = pki("ES256").signer
    for read in (read_certificate, read_request, read_revoked):
        try:
            read(der[:at] + put + der[at + len(put) :])
        except Malformed:
            continue


def test_pem_goes_both_ways() -> None:
    ders = (pki("ES256").signer, pki("ES256").ca)
    assert split_pem(b"bag attributes\n" + pem(ders)) == ders
    assert split_pem(pem(ders), "CERTIFICATE REQUEST") == ()
