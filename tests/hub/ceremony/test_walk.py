"""The way of docs/operations.md with a real CA, whose part the openssl command plays alone: root, issuing CA, certificates for our requests, revocation lists."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.outside.ordered import OrderedSigner
from certificates import identifier
from certificates.certificate import IssuingAuthority, issue
from certificates.envelope import Seal
from certificates.pdf.checking import check
from certificates.pdf.signing import Plan, sign
from certificates.trust import read_trust
from certificates.x509.chain import Known, check_chain
from hub.wiring.ceremony import importing, listing, signers
from hub.wiring.keys import types_of
from tests.certificates.making import content
from tests.certificates.pdf.making import PICTURE, drawn
from tests.hub.ceremony.test_ceremony import CODE, ONE, SUITES, at

DAY = timedelta(days=1)
SM2 = "distid:1234567812345678"
# What the CA's engineer would have: curve, digest, and what SM2 wants said besides.
CA = {"ES256": ("P-256", "-sha256", (), ()), "SM2_SM3": ("SM2", "-sm3", ("-sigopt", SM2), ("-vfyopt", SM2))}
SETTINGS = """
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
[ca]
default_ca = lists
[lists]
database = index.txt
default_crl_days = 30
"""


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def certification(folder: Path, suite: str) -> None:
    """What the CA does: `issued/` gets a certificate for the request and the issuing CA's, `roots/` and `crls/` what it publishes."""
    curve, digest, signs, verifies = CA[suite]
    for who in ("root", "ca"):
        openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", f"{who}.key")
    made = ["-config", "ca.cnf", digest, *signs]
    openssl(folder, "req", "-x509", "-new", "-key", "root.key", "-subj", f"/O=CA/CN=root {suite}", "-days", "900",
            "-extensions", "root", *made, "-out", f"roots/{suite}.pem")  # fmt: skip
    openssl(folder, "req", "-new", "-key", "ca.key", "-subj", f"/O=CA/CN=issuing {suite}", *made, "-out", "ca.csr")
    by = ["-CA", f"roots/{suite}.pem", "-CAkey", "root.key", "-days", "800", "-set_serial", "1", "-extensions", "root"]
    signing = ["x509", "-req", digest, *signs, *verifies, "-extfile", "ca.cnf"]
    openssl(folder, *signing, "-in", "ca.csr", *by, "-out", f"issued/ca {suite}.pem")
    by = ["-CA", f"issued/ca {suite}.pem", "-CAkey", "ca.key", "-days", "700", "-set_serial", "2"]
    request = f"requests/{CODE}.{suite}.csr"
    openssl(folder, *signing, "-in", request, *by, "-extensions", "leaf", "-out", f"issued/{suite}.pem")
    for who, certificate in (("root", f"roots/{suite}.pem"), ("ca", f"issued/ca {suite}.pem")):
        asked = ["-config", "ca.cnf", "-gencrl", "-cert", certificate, "-keyfile", f"{who}.key"]
        openssl(folder, "ca", *asked, "-md", digest[1:], *signs, "-out", "list.pem")
        openssl(folder, "crl", "-in", "list.pem", "-outform", "DER", "-out", f"crls/{who}-{suite}.crl")


def test_a_certificate_is_issued_under_a_ca_that_the_openssl_command_played(tmp_path: Path) -> None:
    hub, folder = tmp_path / "hub", tmp_path
    for name in ("issued", "roots", "crls"):
        (folder / name).mkdir()
    (folder / "ca.cnf").write_text(SETTINGS)
    (folder / "index.txt").write_text("")
    signers.requests(at(hub), folder / "requests")
    for suite in SUITES:
        certification(folder, suite)
    ceremony = at(hub, datetime.now(UTC))
    importing.import_files(ceremony, folder / "issued", str)
    shutil.copytree(folder / "roots", hub / "trust" / "roots", dirs_exist_ok=True)
    shutil.copytree(folder / "crls", hub / "trust" / "crls", dirs_exist_ok=True)
    trust = read_trust(hub / "trust")
    for suite in SUITES:
        leaf, *others = ceremony.signer.certificates(CODE, suite)
        found = check_chain(leaf, Known(trust.roots, tuple(others), trust.crls), ceremony.now)
        assert (len(found.path), found.broken, found.revocation) == (3, None, None)
    assert not any(row.lacking for row in listing.list_rows(ceremony.trust))
    report = check(issued(signers.every(ceremony), ceremony.now, trust.crls), trust, ceremony.now)
    passed = {"signature", "chain", "revocation", "issuer", "key", "competence", "face", "coverage"}
    assert {name for name in passed if report.outcome(name) != "passed"} == set(), report.checks


def issued(signer: OrderedSigner, now: datetime, crls: tuple[bytes, ...]) -> bytes:
    """A PDF of a made-up permit, signed with the authority's key."""
    name, (kind, *_) = ONE.departments[next(iter(ONE.items.values())).department].name, types_of(ONE, CODE)
    day = (now + timedelta(hours=8)).date()
    said = content(identifier=identifier.make(kind, CODE, "1"), type_code=kind, authority=IssuingAuthority(name, CODE))
    said = replace(said, issued_on=day, valid_from=day, valid_to=day + 900 * DAY)
    seal = Seal(signer, CODE, "ES256", now.replace(microsecond=0))
    return sign(drawn(said, issue(said, signer, CODE, "ES256", seal.signed_at)), Plan(seal, None, name, crls, PICTURE))
