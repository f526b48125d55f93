"""What is signed with a PDF's key is verified by the certificate that stands in the file, before there is a file."""

from __future__ import annotations

import pytest

from certificates.errors import SigningFailed
from certificates.pdf.signing import sign
from tests.certificates.pdf.making import SUITE, drawn, plan, signer_certificate
from tests.certificates.pki import public


def test_a_key_that_was_exchanged_between_certificate_and_signature_signs_no_pdf() -> None:
    """A rotation on another node: the chain was read before it, the signature comes after it."""
    of_another_key = (signer_certificate(public(SUITE, "somebody else")),)
    with pytest.raises(SigningFailed) as refused:
        sign(drawn(), plan(chain=of_another_key))
    assert refused.value.code == "bad-signature"
    sign(drawn(), plan())  # and leaves the shared ring as the other tests want it
