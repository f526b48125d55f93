"""Judging a PDF: good ones pass here, in pyHanko's validator and in Debian's pdfsig, and every fault fails the check that it should."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_cms import ExternalSigner, PdfCMSSignedAttributes
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from adapters.simulators.timestamper import make_authority
from certificates.checks import Report
from certificates.errors import Malformed
from certificates.pdf import reading
from certificates.pdf.checking import check
from certificates.pdf.cms import signed_attributes
from certificates.pdf.signing import sign
from certificates.seals.picture import seal_picture
from certificates.status import StatusEntry
from certificates.verify import verify
from certificates.x509.issuing import Revoked
from tests.certificates.fuzz import FEW
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, NAMES, SIGNED_AT, content
from tests.certificates.pdf.making import (
    STAMPS,
    SUITE,
    WORLD,
    YEAR,
    crl,
    drawn,
    good,
    issuer,
    plan,
    signer_certificate,
    trust,
)

SEAL_ON_THE_PAGE = (368, 609, 488, 729)
"""The seal's place in points, from the upper left corner."""


def judged(file: bytes, **changed: object) -> Report:
    values = {"trust": trust(), "at": AT, **changed}
    return check(file, values["trust"], values["at"])  # type: ignore[arg-type]


def updated(file: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(file))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_good_one_passes_every_check() -> None:
    listed = trust(status_lists={HYGIENE: WORLD.status_list()})
    report = judged(good(), trust=listed)
    assert report.ok and report.failed == () and report.not_checked == (), report.checks
    assert report.content == content() and verify(good(), listed, AT) == report


def test_the_algorithm_of_the_file_and_that_of_its_data_are_named_each_with_what_it_signs() -> None:
    said = {each.name: each.sentence for each in judged(good()).checks}["suite"]
    assert f"签署 PDF 文件的算法 ECDSA（SHA256）和签署其中数据文件的算法 {WORLD.suite} 都" in said


def test_rsa_pss_signs_as_well() -> None:
    assert judged(sign(drawn(), plan("PS256"))).ok


def test_the_attributes_that_are_signed_are_those_that_pyhanko_writes() -> None:
    leaf = signer_certificate(WORLD.ring.public_key(HYGIENE, "ES256"))
    own = signed_attributes(bytes(32), leaf)
    theirs = ExternalSigner(x509.Certificate.load(leaf), None, 64)
    made = asyncio.run(theirs.signed_attrs(bytes(32), "sha256", attr_settings=PdfCMSSignedAttributes(), use_pades=True))
    assert own == made.dump()


def test_what_is_signed_is_the_same_each_time() -> None:
    assert drawn(data=b"{}") == drawn(data=b"{}")
    once, again = (PdfFileReader(io.BytesIO(sign(drawn(data=b"{}"), plan()))).embedded_signatures[0] for _ in range(2))
    assert once.compute_digest() == again.compute_digest()
    assert once.signer_info["signed_attrs"].dump() == again.signer_info["signed_attrs"].dump()


def test_pyhankos_own_validator_accepts_it() -> None:
    signature = PdfFileReader(io.BytesIO(good())).embedded_signatures[0]
    contexts = (
        ValidationContext(
            trust_roots=[x509.Certificate.load(root)],
            moment=SIGNED_AT + DAY,
            crls=[asn1_crl.CertificateList.load(crl())],
        )
        for root in (issuer().certificate, trust().timestamp_roots[0])
    )
    status = validate_pdf_signature(signature, *contexts)
    assert status.bottom_line and status.trusted and status.timestamp_validity.trusted  # type: ignore[union-attr]


def test_pdfsig_accepts_it(tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        if "pdfsig" in os.environ.get("YIJIAN_REQUIRE", ""):
            pytest.fail("pdfsig is required and not there; install poppler-utils")
        pytest.skip("no pdfsig command here (poppler-utils)")
    (tmp_path / "licence.pdf").write_bytes(good())
    said = subprocess.run([pdfsig, "-nocert", "licence.pdf"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    wanted = ("Signature is Valid", "ETSI.CAdES.detached", "Total document signed")
    assert [words for words in wanted if words not in said.stdout] == [], said.stdout + said.stderr


def _without_timestamp_root() -> Report:
    other = make_authority(SIGNED_AT - DAY, SIGNED_AT + DAY)
    return judged(good(), trust=trust(timestamp_roots=(other.root,)))


def _self_made_root() -> Report:
    return judged(good(), trust=trust(roots=(STAMPS.root,)))


def _revoked() -> Report:
    leaf = x509.Certificate.load(signer_certificate(WORLD.ring.public_key(HYGIENE, SUITE)))
    lists = (crl(Revoked(leaf.serial_number, SIGNED_AT - timedelta(hours=1)), at=SIGNED_AT + DAY),)
    return judged(good(), trust=trust(crls=lists))


def _certificate(**period: object) -> bytes:
    chain = (signer_certificate(WORLD.ring.public_key(HYGIENE, SUITE), **period),)  # type: ignore[arg-type]
    return sign(drawn(), plan(chain=chain))


def _other_authoritys_certificate() -> bytes:
    chain = (signer_certificate(WORLD.ring.public_key(HYGIENE, SUITE), FIRE),)
    return sign(drawn(), plan(chain=chain))


def _another_page() -> bytes:
    return sign(drawn(content(number="西卫公证字〔2026〕第900002号"), WORLD.certificate()), plan())


def _data_signed_by_nobody() -> bytes:
    good_data = WORLD.certificate()
    at = good_data.index(b'"signature":"') + len(b'"signature":"')
    return sign(
        drawn(data=good_data[:at] + (b"B" if good_data[at : at + 1] == b"A" else b"A") + good_data[at + 1 :]), plan()
    )


def _language(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()


FAULTS: dict[str, tuple[Callable[[], Report], str]] = {
    "no PDF": (lambda: judged(b"PK"), "format"),
    "cut short": (lambda: judged(good()[:-100]), "format"),
    "no data file inside": (lambda: judged(sign(drawn(data=b"").replace(b"certificate.ycert", b"certificate.other"), plan())), "format"),
    "not signed": (lambda: judged(drawn()), "signature"),
    "a changed byte": (lambda: judged(good().replace(b"Typst 0.", b"Typst 9.")), "signature"),
    "an incremental update after signing": (lambda: judged(updated(good(), _language)), "updates"),
    "a comment after the end": (lambda: judged(good() + b"% more\n"), "updates"),
    "a self-made root": (_self_made_root, "chain"),
    "a certificate not yet valid": (lambda: judged(_certificate(start=SIGNED_AT + DAY)), "chain"),
    "a certificate expired before signing": (lambda: judged(_certificate(start=SIGNED_AT - 9 * DAY, end=SIGNED_AT - DAY)), "chain"),
    "a revoked certificate": (_revoked, "revocation"),
    "another authority's certificate": (lambda: judged(_other_authoritys_certificate()), "issuer"),
    "a timestamp of an authority that nobody believes": (_without_timestamp_root, "timestamp"),
    "a timestamp whose certificate has ended": (lambda: judged(good(), at=SIGNED_AT + 3 * YEAR + DAY), "timestamp"),
    "a page that says something else than the data": (lambda: judged(_another_page()), "face"),
    "data that its authority did not sign": (lambda: judged(_data_signed_by_nobody()), "face"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_its_one_check(fault: str) -> None:
    make, name = FAULTS[fault]
    report = make()
    assert report.failed == (name,) and not report.ok, report.checks


def test_a_cancelled_one_fails_the_status_of_its_data() -> None:
    cancelled = StatusEntry(str(content().identifier), "04", AT - DAY)
    listed = trust(status_lists={HYGIENE: WORLD.status_list(cancelled)})
    assert judged(good(), trust=listed).failed == ("status",)


def test_without_roots_the_chain_is_not_checked_and_said_so() -> None:
    report = judged(good(), trust=replace(trust(), roots=(), timestamp_roots=()))
    assert report.ok and {"chain", "revocation", "timestamp"} <= set(report.not_checked)


def test_a_certificate_that_ended_after_the_timestamp_does_not_matter() -> None:
    short = _certificate(end=SIGNED_AT + DAY)
    assert judged(short, at=AT).ok


def test_a_seal_is_where_the_layout_wants_it() -> None:
    field = PdfFileReader(io.BytesIO(good())).embedded_signatures[0].sig_field
    left, bottom, right, top = (float(each) for each in field["/Rect"])
    assert round((right - left) / 72 * 25.4) == round((top - bottom) / 72 * 25.4) == 42
    assert "/AP" in field


def test_a_viewer_draws_the_seal() -> None:
    """By PDFium, which draws no picture that the page's resources do not name."""
    file = sign(drawn(), plan(picture=seal_picture(NAMES[HYGIENE])))
    document = pypdfium2.PdfDocument(file)
    document.init_forms()
    seal = document[0].render(may_draw_forms=True).to_pil().convert("RGB").crop(SEAL_ON_THE_PAGE).tobytes()
    red = sum(seal[at] > 180 > 90 > seal[at + 1] for at in range(0, len(seal), 3))
    assert red > 1000
    document.close()


@FEW
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(octets: bytes) -> None:
    judged(octets)
    judged(b"%PDF-1.7\n" + octets)


@settings(FEW, max_examples=FEW.max_examples // 3)
@given(st.data())
def test_no_changed_byte_of_what_is_signed_is_accepted(data: st.DataObject) -> None:
    file = good()
    end = PdfFileReader(io.BytesIO(file)).embedded_signatures[0].byte_range[1]
    position = data.draw(st.integers(0, end - 1))
    changed = file[:position] + bytes([file[position] ^ data.draw(st.integers(1, 255))]) + file[position + 1 :]
    assert not judged(changed).ok


def test_thousands_of_small_revisions_are_refused_before_any_is_compared() -> None:
    file = good()
    at = int(file.rsplit(b"startxref", 1)[1].split()[0])
    head = file[file.rindex(b"trailer") :].partition(b"<<")[2].partition(b">>")[0]
    kept = b" ".join(part for part in (b"/" + each for each in head.split(b"/")[1:]) if not part.startswith(b"/Prev"))
    for _ in range(2000):
        start = len(file)
        file += b"xref\n0 0\ntrailer\n<<" + kept + b" /Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (at, start)
        at = start
    with pytest.raises(Malformed, match=f"more than {reading.MAX_REVISIONS} times"):
        reading.read(file)
    assert judged(file).failed == ("format",)


def test_a_signing_time_without_a_zone_is_read_as_utc() -> None:
    assert [reading.with_zone(each) for each in (SIGNED_AT.replace(tzinfo=None), SIGNED_AT, None)] == [
        SIGNED_AT,
        SIGNED_AT,
        None,
    ]
