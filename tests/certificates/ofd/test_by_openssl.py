"""docs/verify-with-openssl.sh verifies a fresh OFD with the openssl command alone, and refuses changed ones."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from certificates.ofd.package import Entry, read_package, write_package
from certificates.suites.sm2 import Sm2Sm3
from certificates.x509.reading import pem
from tests.certificates.making import DAY, FIRE, SIGNED_AT
from tests.certificates.ofd.making import SM2, design, document, good, make_ofd, sealed_by_maker, sealing, signer
from tests.certificates.pki import pki

SCRIPT = Path(__file__).parents[3] / "docs/verify-with-openssl.sh"
pytestmark = pytest.mark.skipif(
    Sm2Sm3().unavailable() is not None or not all(map(shutil.which, ("bash", "openssl", "unzip", "base64"))),
    reason="the script needs bash, unzip, base64 and an openssl with SM2",
)


def ask(file: bytes, at: Path, roots: Iterable[bytes] = ()) -> str:
    (at / "licence.ofd").write_bytes(file)
    (at / "roots.pem").write_bytes(pem(tuple(roots)))
    arguments = ["licence.ofd", str(at / "roots.pem")] if roots else ["licence.ofd"]
    said = subprocess.run(
        ["bash", str(SCRIPT), *arguments], cwd=at, capture_output=True, text=True, timeout=120, check=False
    )
    assert said.returncode == (0 if said.stdout.strip().endswith("\nVERIFIED") else 1), said.stderr
    return said.stdout


def test_a_fresh_file_is_verified_to_the_roots(tmp_path: Path) -> None:
    said = ask(good(), tmp_path, (pki(SM2).root, pki(SM2).ca))
    assert said.endswith("\nVERIFIED\n") and "[FAIL]" not in said
    assert all(f"[ok]   {name} " in said for name in read_package(good()) if "/Signs/" not in name)


def test_changed_files_are_not_verified_and_the_step_is_named(tmp_path: Path) -> None:
    page, listed = "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Signs/Sign_0/Signature.xml"
    files = dict(read_package(good()))
    said = ask(
        packed({**files, page: files[page] + b" ", "Doc_0/more.xml": b"<a/>", listed: files[listed] + b"\n"}), tmp_path
    )
    assert f"[FAIL] {page} has another digest" in said and "[FAIL] Doc_0/more.xml is not under the seal" in said
    assert "[FAIL] the list was changed" in said and "[ok]   SM2 value of the signature" in said
    wrong = sealed_by_maker(design(signers=(signer(FIRE, FIRE),), valid_to=SIGNED_AT - DAY))
    said = ask(make_ofd(document(), sealing(seal=wrong)), tmp_path)
    assert "[FAIL] the signer is not on the seal's list" in said and "[FAIL] signed at" in said


def packed(files: dict[str, bytes]) -> bytes:
    return write_package([Entry(*each) for each in files.items()])
