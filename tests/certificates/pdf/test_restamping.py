"""A PDF outlives its certificates when it is stamped again in time, and not when it is too late."""

import asyncio
import io
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv import ades_past
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from adapters.simulators.timestamper import Authority, make_authority
from certificates.checks import Report
from certificates.errors import Malformed, SigningFailed
from certificates.pdf import reading
from certificates.pdf.checking import check
from certificates.pdf.restamping import Renewal, restamp, standing
from certificates.pdf.signing import sign
from tests.certificates.broken.appended import WAYS
from tests.certificates.making import DAY, SIGNED_AT
from tests.certificates.pdf.making import STAMPS, YEAR, Clock, crl, drawn, good, issuer, plan, trust

FIRST_END = SIGNED_AT + 3 * YEAR
LATER = make_authority(FIRST_END - YEAR, FIRST_END + 9 * YEAR, under=STAMPS)


def restamped(file: bytes, at: datetime, authority: Authority = LATER) -> bytes:
    return restamp(file, Renewal(Clock(at, authority)))


def judged(file: bytes, at: datetime) -> Report:
    return check(file, trust(), at)


def test_it_is_due_before_the_timestamps_certificate_ends() -> None:
    now = standing(good())
    assert (now.stamps, now.until) == (0, SIGNED_AT + YEAR)  # the signer's end comes first
    assert not now.due(SIGNED_AT + YEAR - 100 * DAY) and now.due(SIGNED_AT + YEAR - 80 * DAY)
    assert standing(restamped(good(), SIGNED_AT + YEAR - 80 * DAY, STAMPS)).until == FIRST_END


def test_stamped_again_it_outlives_signer_and_first_timestamp() -> None:
    made = restamped(good(), FIRST_END - 30 * DAY)
    assert made.startswith(good()) and standing(made).stamps == 1
    # The signer's certificate ended two years before, the first timestamp's a month ago.
    report = judged(made, FIRST_END + 30 * DAY)
    assert {"chain", "timestamp", "updates", "coverage"}.isdisjoint(report.failed), report.checks
    assert judged(good(), FIRST_END + 30 * DAY).outcome("timestamp") == "failed"


def test_it_can_be_stamped_again_and_again() -> None:
    third = make_authority(FIRST_END + 8 * YEAR, FIRST_END + 18 * YEAR, under=STAMPS)
    made = restamped(restamped(good(), FIRST_END - 30 * DAY), FIRST_END + 9 * YEAR - 30 * DAY, third)
    assert standing(made).stamps == 2
    assert judged(made, FIRST_END + 10 * YEAR).outcome("timestamp") == "passed"


def test_a_stamp_that_would_make_the_file_more_than_a_verifier_reads_is_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_REVISIONS", 3)
    assert judged(good(), SIGNED_AT + DAY).ok
    with pytest.raises(Malformed) as refused:
        restamped(good(), FIRST_END - 30 * DAY)
    assert refused.value.code == "stamp-full"


def test_a_stamp_after_the_end_comes_too_late() -> None:
    late = restamped(good(), FIRST_END + DAY)
    assert judged(late, FIRST_END + 30 * DAY).outcome("timestamp") == "failed"


def test_what_is_added_after_the_last_stamp_is_found() -> None:
    made = restamped(good(), FIRST_END - 30 * DAY)
    assert judged(made + b"% more\n", FIRST_END).outcome("updates") == "failed"


def test_an_authority_that_is_away_changes_nothing() -> None:
    class Away:
        def stamp(self, digest: bytes) -> bytes:
            raise SigningFailed("timestamp-unreachable", "it is away")

    with pytest.raises(SigningFailed, match="away"):
        restamp(good(), Renewal(Away()))


@pytest.mark.parametrize("name", ["incremental-update-with-an-overlay", "member-added-to-the-signature", "bytes-after"])
def test_a_manipulated_file_gets_no_stamp(name: str) -> None:
    class Asked:
        def stamp(self, digest: bytes) -> bytes:
            raise AssertionError("an authority was asked about a manipulated file")

    with pytest.raises(Malformed) as refused:
        restamp(WAYS[name][0](), Renewal(Asked()))
    assert refused.value.code == "stamp-changed"


def test_what_nobody_signed_has_nothing_to_stamp() -> None:
    with pytest.raises(Malformed, match="sign it first"):
        standing(drawn())


def test_a_signature_without_a_timestamp_gets_it_later_where_it_would_have_been() -> None:
    """PAdES B-B first, since no authority answered; then the same file as with an authority at hand, but for the token's time."""
    bare = sign(drawn(), plan(timestamper=None))
    assert standing(bare).until is None and standing(bare).due(SIGNED_AT)
    assert judged(bare, SIGNED_AT + DAY).outcome("timestamp") == "not checked"
    made = restamped(bare, SIGNED_AT + DAY, STAMPS)
    assert len(made) == len(bare) and standing(made).until == SIGNED_AT + YEAR
    after = judged(made, SIGNED_AT + 2 * YEAR)  # a year after the signer's certificate ended
    assert {"signature", "coverage", "updates", "timestamp", "chain"}.isdisjoint(after.failed), after.checks
    assert after.outcome("timestamp") == "passed"


def test_a_first_stamp_after_the_signers_certificate_ended_proves_nothing() -> None:
    made = restamped(sign(drawn(), plan(timestamper=None)), SIGNED_AT + YEAR + DAY, STAMPS)
    assert judged(made, SIGNED_AT + 2 * YEAR).outcome("chain") == "failed"


def stamps_crl(at: datetime) -> bytes:
    """The timestamp root's revocation list, as it was at a moment."""
    listed = x509.CertificateRevocationListBuilder().issuer_name(x509.load_der_x509_certificate(STAMPS.root).subject)
    made = listed.last_update(at).next_update(at + 30 * DAY).sign(STAMPS.root_key, hashes.SHA256())
    return made.public_bytes(Encoding.DER)


def known(file: bytes, moment: datetime, root: bytes) -> ValidationContext:
    """Nothing but what lies in the file, and a root; revocation is required, as of a moment."""
    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(file)))
    roots = [asn1_x509.Certificate.load(root)]
    return store.as_validation_context({"trust_roots": roots, "moment": moment, "revocation_mode": "require"})


def test_pyhankos_own_validator_accepts_it_after_signer_and_first_timestamp_expired_by_what_lies_in_the_file() -> None:
    first, second = SIGNED_AT + YEAR - 30 * DAY, FIRST_END - 30 * DAY
    late_started = restamped(sign(drawn(), plan(timestamper=None)), SIGNED_AT + DAY, STAMPS)
    for start in (good(), late_started):
        one = restamp(start, Renewal(Clock(first), (crl(at=first - DAY, until=first + DAY), stamps_crl(first - DAY))))
        made = restamp(one, Renewal(Clock(second, LATER), (stamps_crl(second - DAY),)))
        signature, *stamps = PdfFileReader(io.BytesIO(made)).embedded_signatures
        # Each stamp is judged as of the next newer one; the newest holds today.
        found = [validate_pdf_timestamp(stamp, known(made, second, STAMPS.root)) for stamp in stamps]
        assert [(each.intact, each.valid, each.trusted) for each in found] == [(True, True, True)] * 2
        context = known(made, first, issuer().certificate), known(made, first, STAMPS.root)
        status = validate_pdf_signature(signature, *context)
        assert status.bottom_line and status.timestamp_validity is not None and status.timestamp_validity.trusted
        assert judged(made, FIRST_END + 30 * DAY).outcome("timestamp") == "passed"


def test_pyhankos_long_term_validation_accepts_it_by_nothing_but_the_file_and_the_roots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ETSI EN 319 102-1 §5.6.3, a year after the signer's certificate ended. The makers of the lists lie in the file, under a stamp."""
    first, second = SIGNED_AT + YEAR - 30 * DAY, FIRST_END - 30 * DAY
    makers, lists = (
        (issuer().certificate, STAMPS.root),
        (crl(at=first - DAY, until=first + DAY), stamps_crl(first - DAY)),
    )
    one = restamp(good(), Renewal(Clock(first), lists, makers))
    made = restamp(one, Renewal(Clock(second, LATER), (stamps_crl(second - DAY),), makers))
    # It asks the machine's clock where its time slide begins, whatever time it was told; these stamps are of later years.
    monkeypatch.setattr(ades_past, "datetime", SimpleNamespace(now=lambda tz: second + DAY))
    timing = ValidationTimingInfo(second + DAY, second + DAY, point_in_time_validation=True)
    signature = PdfFileReader(io.BytesIO(made)).embedded_signatures[0]
    found = asyncio.run(ades.ades_lta_validation(signature, by_roots(*makers), timing))
    assert (found.ades_subindic, found.oldest_evidence_record_timestamp) == (AdESPassed.OK, first)
    assert judged(made, second + DAY).outcome("updates") == judged(made, second + DAY).outcome("chain") == "passed"


def by_roots(*roots: bytes) -> PdfSignatureValidationSpec:
    trusted = SimpleTrustManager.build(trust_roots=[asn1_x509.Certificate.load(each) for each in roots])
    revocation = CertRevTrustPolicy(REQUIRE_REVINFO, retroactive_revinfo=True)
    policy = CertValidationPolicySpec(trusted, revocation, time_tolerance=timedelta(0))
    return PdfSignatureValidationSpec(SignatureValidationSpec(policy))


def test_pdfsig_still_accepts_it_and_sees_the_stamp(tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        pytest.skip("no pdfsig command here (poppler-utils)")
    (tmp_path / "licence.pdf").write_bytes(restamped(good(), FIRST_END - 30 * DAY))
    said = subprocess.run([pdfsig, "-nocert", "licence.pdf"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    # It verifies no document timestamps; pyHanko's own validator and ours do.
    assert "Signature is Valid" in said.stdout and "Timestamp1" in said.stdout, said.stdout
