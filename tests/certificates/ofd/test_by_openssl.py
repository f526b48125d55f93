"""docs/verify-with-openssl.sh verifies a fresh OFD with the openssl command alone, and refuses changed ones."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from certificates.ofd.package import Entry, read_package, write_package
from certificates.ofd.signing import make_ofd
from certificates.suites.sm2 import Sm2Sm3
from certificates.x509.reading import pem
from tests.certificates.broken.packages import LISTS, WAYS, changed
from tests.certificates.broken.tree import tree
from tests.certificates.making import DAY, FIRE, SIGNED_AT
from tests.certificates.ofd.making import SM2, design, document, good, sealed_by_maker, sealing, signer
from tests.certificates.pki import pki

SCRIPT = Path(__file__).parents[3] / "docs/verify-with-openssl.sh"
pytestmark = pytest.mark.skipif(
    Sm2Sm3().unavailable() is not None or not all(map(shutil.which, ("bash", "openssl", "unzip", "base64"))),
    reason="the script needs bash, unzip, base64 and an openssl with SM2",
)


def ask(file: bytes, at: Path, roots: Iterable[bytes] = ()) -> str:
    (at / "licence.ofd").write_bytes(file)
    (at / "roots.pem").write_bytes(pem(tuple(roots)))
    # From a pipe, as <(cat root.pem ca.pem) gives them: not to be read twice.
    call = f'bash "$0" licence.ofd {"<(cat roots.pem)" if roots else ""}'
    said = subprocess.run(
        ["bash", "-c", call, str(SCRIPT)], cwd=at, capture_output=True, text=True, timeout=120, check=False
    )
    verdict = said.stdout.splitlines()[-1]
    assert said.returncode == (1 if verdict.startswith("NOT VERIFIED: ") else 0) and not said.stderr, said.stderr
    assert roots or verdict != "VERIFIED"
    return said.stdout


def test_a_fresh_file_is_verified_to_the_roots(tmp_path: Path) -> None:
    said = ask(good(), tmp_path, (pki(SM2).root, pki(SM2).ca))
    assert said.endswith("\nVERIFIED\n") and "[FAIL]" not in said
    assert all(f"[ok]   {name} " in said for name in read_package(good()) if "/Signs/" not in name)


def test_without_roots_the_verdict_says_that_the_certificates_were_not_checked(tmp_path: Path) -> None:
    assert ask(good(), tmp_path).splitlines()[-1].startswith("SIGNATURE VERIFIED, CERTIFICATES NOT CHECKED: ")


def test_a_digital_signature_without_a_seal_is_verified_and_its_change_found(tmp_path: Path) -> None:
    signed, roots = make_ofd(document(), sealing(seal=None)), (pki(SM2).root, pki(SM2).ca)
    assert ask(signed, tmp_path, roots).endswith("\nVERIFIED\n")
    longer = changed(signed, "Signs/Sign_0/Signature.xml", lambda raw: raw + b"\n")
    assert ask(longer, tmp_path, roots).endswith("\nNOT VERIFIED: the list was changed\n")


# The script wants one list of signatures byte for byte, so that one way to change it stands for all.
ENOUGH = WAYS.keys() - {"zip-bomb"} - (LISTS.keys() - {"comment-in-the-list-of-signatures"})


@pytest.mark.parametrize("name", [*sorted(ENOUGH), "not-signed", "wrong-digest-algorithm", "trailing-bytes-in-der"])
def test_the_broken_files_end_with_one_verdict_and_its_reason(name: str, tmp_path: Path) -> None:
    (broken,) = (each for each in tree() if each.path == f"ofd/{name}.ofd")
    said = ask(broken.make(), tmp_path)
    assert said.splitlines()[-1].startswith("NOT VERIFIED: ") and said.count("NOT VERIFIED") == 1
    if "added-file" in name:
        assert "Content.xml is not under the signature" in said


def test_changed_files_are_not_verified_and_the_step_is_named(tmp_path: Path) -> None:
    page, listed = "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Signs/Sign_0/Signature.xml"
    files = dict(read_package(good()))
    said = ask(
        packed({**files, page: files[page] + b" ", "Doc_0/more.xml": b"<a/>", listed: files[listed] + b"\n"}), tmp_path
    )
    assert f"[FAIL] {page} has another digest" in said and "[FAIL] Doc_0/more.xml is not under the signature" in said
    assert "[FAIL] the list was changed" in said and "[ok]   SM2 value of the signature" in said
    wrong = sealed_by_maker(design(signers=(signer(FIRE, FIRE),), valid_to=SIGNED_AT - DAY))
    said = ask(make_ofd(document(), sealing(seal=wrong)), tmp_path)
    assert (
        "[FAIL] the signer is not on the seal's list" in said and "[FAIL] the seal was not valid when it signed" in said
    )


def packed(files: dict[str, bytes]) -> bytes:
    return write_package([Entry(*each) for each in files.items()])
