"""The trust grade of a foreign certificate: what each verdict comes to."""

from __future__ import annotations

import pytest

from certificates.checks import Check, Report, failed, not_checked, passed
from hub.registry.grading import grade_of
from tests.certificates.making import AT

GOOD = (passed("signature", "数字签名正确。"),)


@pytest.mark.parametrize(
    ("checks", "file", "letter"),
    [
        ((*GOOD, passed("status", "有效。")), b"%PDF-", "A"),
        ((*GOOD, passed("chain", "证书链有效。"), passed("status", "有效。")), b"%PDF-", "A"),
        ((*GOOD, not_checked("chain"), passed("status", "有效。")), b"%PDF-", "B"),
        ((*GOOD, not_checked("status")), b"%PDF-", "B"),
        ((failed("signature", "签名不符。"),), b"%PDF-", ""),
        ((*GOOD, failed("status", "已吊销。")), b"%PDF-", ""),
        ((failed("format", "不是证照。"),), b"\x89PNG\r\n\x1a\n", "D"),
    ],
)
def test_a_verdict_comes_to_a_grade(checks: tuple[Check, ...], file: bytes, letter: str) -> None:
    assert grade_of(Report(AT, "pdf", checks), file).letter == letter
