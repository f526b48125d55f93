"""Verifies an e-certificate in any format against a trust folder at a moment. It fetches and keeps nothing.

The format is told by the first bytes; each format judges itself in its own module, by the same named checks.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from certificates import wording, ycert
from certificates.checks import Check, Report, failed, in_order, not_checked, passed
from certificates.compact import checking as compact
from certificates.compact.credential import HOLDER_CODES
from certificates.trust import Trust


def verify(file: bytes, trust: Trust, at: datetime, holder: str = "") -> Report:
    """Judge a file as of ``at`` (aware). Raises nothing on any bytes; a file of no known kind fails ``format``.

    ``holder`` is the ID number or credit code of whom the certificate should be: then the report has the check ``holder``.
    """
    return of_whom(_judge_of(file)(file, trust, at), holder)


def of_whom(report: Report, holder: str) -> Report:
    """The report with the check ``holder``, where a code is asked about."""
    asked = holder.strip().upper()
    if not asked:
        return report
    names = [*(check.name for check in report.checks), "holder"]
    return replace(report, checks=in_order(names, [*report.checks, _holder(report, asked)]))


def _holder(report: Report, asked: str) -> Check:
    """By the holder's code alone: many people have one name. A credential that does not show it says nothing about it."""
    content = report.content
    if content is None or not report.ok:
        return not_checked("holder")
    shown = content.holder.code or next((f.value for f in content.fields if f.name in HOLDER_CODES), "")
    if not shown:
        return not_checked("holder", "没有出示持证主体的代码，不能确认是不是所问的主体。")
    if shown.upper() != asked:
        return failed("holder", "持证主体不是所问的主体：证照真实，但是另一主体的。")
    return passed("holder", "持证主体是所问的主体。")


def format_of(file: bytes) -> str:
    """What a file is by its first bytes, one of ``wording.FORMATS``; a file of no known kind is taken for data."""
    return next((name for shape, name, _ in _FORMATS if shape.match(file)), "ycert")


def _judge_of(file: bytes) -> Callable[[bytes, Trust, datetime], Report]:
    return next((judge for shape, _, judge in _FORMATS if shape.match(file)), ycert.check)


def _pdf(file: bytes, trust: Trust, at: datetime) -> Report:
    # Only now: the libraries that read PDF take a second to load.
    from certificates.pdf import checking

    return checking.check(file, trust, at)


def _ofd(file: bytes, trust: Trust, at: datetime) -> Report:
    # Imported when one comes: XML, fonts and paths of certificates are not loaded to look at a line of text.
    from certificates.ofd import checking

    return checking.check(file, trust, at)


def _small_letters(file: bytes, trust: Trust, at: datetime) -> Report:
    """The text of a code that some program put into small letters: base45 has capital ones alone (RFC 9285), so it is not the issuer's text."""
    return Report(at, "credential", in_order(compact.NAMES, [failed("format", wording.SMALL_LETTERS)]))


def _other_picture(file: bytes, trust: Trust, at: datetime) -> Report:
    return Report(at, "picture", in_order(compact.NAMES, [failed("format", wording.OTHER_PICTURE)]))


def _pdf_behind(file: bytes, trust: Trust, at: datetime) -> Report:
    """What other programs would open as a PDF, though other bytes stand before it."""
    from certificates.pdf import checking

    return Report(at, "pdf", in_order(checking.NAMES, [failed("format", wording.BYTES_BEFORE.format("PDF"))]))


def _ofd_behind(file: bytes, trust: Trust, at: datetime) -> Report:
    from certificates.ofd import checking

    return Report(at, "ofd", in_order(checking.NAMES, [failed("format", wording.BYTES_BEFORE.format("OFD"))]))


# By the first bytes: PDF, a package (ZIP), a picture (PNG, JPEG, WebP), the text of a QR code, COSE_Sign1 (CBOR tag 18), a JWT with ~ behind it;
# last what has other bytes before it. Anything else is taken for a data file.
_FORMATS: tuple[tuple[re.Pattern[bytes], str, Callable[[bytes, Trust, datetime], Report]], ...] = (
    (re.compile(rb"%PDF-"), "pdf", _pdf),
    (re.compile(rb"PK[\x03\x05]"), "ofd", _ofd),
    (re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL), "picture", compact.check_picture),
    (
        re.compile(rb"GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|.{4}ftyp(hei|hev|mif|msf|avi)", re.DOTALL),
        "picture",
        _other_picture,
    ),
    (re.compile(rb"YC1:"), "credential", compact.check),
    (re.compile(rb"[Yy][Cc]1:"), "credential", _small_letters),
    (re.compile(rb"\xd2|\xd8\x12|\xd9\0\x12|\xda\0{3}\x12|\xdb\0{7}\x12"), "credential", compact.check),
    (re.compile(rb"\s*eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*~"), "sdjwt", compact.check_sdjwt),
    (re.compile(rb"(?!\s*\{).{1,1024}?%PDF-\d", re.DOTALL), "pdf", _pdf_behind),
    (re.compile(rb"(?!\s*\{).{1,1024}?PK\x03\x04", re.DOTALL), "ofd", _ofd_behind),
)
