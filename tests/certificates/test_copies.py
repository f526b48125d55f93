"""What an annotated copy (加注件) says and does not say, as PDF, OFD and PNG; that nobody takes it for the certificate."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from functools import cache
from math import atan2, degrees
from operator import mul
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from certificates.copies import Copy, CopyForm, make_copy
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.layout import read_layout
from certificates.faces.words import Mark
from certificates.ofd.package import write_package
from certificates.ofd.reading import read_ofd
from certificates.ofd.rendering import render as draw_ofd
from certificates.ofd.writing import Document, write_document
from certificates.pdf.rendering import Particulars, render
from certificates.trust import Trust
from certificates.verify import verify
from tests.certificates.making import AT, SIGNED_AT, content

FACES = sorted((Path(__file__).parents[2] / "catalog/sites/xixia/faces").glob("*.toml"))
PURPOSE, CASE, BANK = "向示例银行办理创业担保贷款", "411323202600000012", "示例银行西峡支行"
MARK = Mark(PURPOSE, "西峡县示例政务服务中心", date(2026, 11, 28), date(2026, 12, 28), CASE, BANK, sealed=True)
CODE = b"YC1:" + b"NCFOXN%TSMAHN-H0K7 3FKC" * 28


def copy(path: Path = FACES[0], mark: Mark = MARK, qr: bytes | None = CODE) -> Copy:
    return Copy(content(), read_layout(path.read_bytes()), mark, SIGNED_AT, qr)


@cache
def made(form: CopyForm) -> bytes:
    return make_copy(copy(), form)


def text(said: Copy) -> str:
    return "".join(
        each.text for each in face_of(said.content, said.layout, said.qr, said.mark).texts() if not each.turn
    )


def said_by(form: CopyForm) -> str:
    if form is CopyForm.OFD:
        return "".join(read_ofd(made(form)).text())
    pdf = pypdfium2.PdfDocument(made(form))
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in pdf)


@pytest.mark.parametrize("form", [CopyForm.PDF, CopyForm.OFD])
def test_a_copy_says_for_what_and_whom_until_when_and_that_it_is_one(form: CopyForm) -> None:
    told = said_by(form)
    words = (f"仅供{PURPOSE}使用", BANK, CASE, "2026年12月28日", "本件为加注件：未加盖电子印章", "原件已加盖电子印章")
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.stem)
def test_what_there_is_not_has_no_label_on_a_copy(path: Path) -> None:
    bare = text(copy(path, replace(MARK, case_number="", recipient="", sealed=False), None))
    whole = text(copy(path))
    assert [w for w in ("办件编号", "使用单位", "扫码核验", "原件已加盖", "—") if w in bare] == []
    assert [w for w in ("办件编号", "使用单位", "扫码核验原证照", "原件已加盖") if w not in whole] == []


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.stem)
def test_the_original_s_last_line_is_not_on_a_copy_nor_the_copy_s_on_the_original(path: Path) -> None:
    original = "".join(each.text for each in face_of(content(), copy(path).layout, CODE).texts())
    assert "以其" in original and "以其" not in text(copy(path))
    assert "加注件" in text(copy(path)) and "加注件" not in original


def test_the_code_on_a_copy_is_the_certificate_s_own() -> None:
    with Image.open(io.BytesIO(made(CopyForm.PNG))) as picture:
        assert [each.bytes for each in zxingcpp.read_barcodes(picture)] == [CODE]


@pytest.mark.parametrize("form", list(CopyForm))
def test_a_copy_is_made_alike_each_time_and_passes_for_no_certificate(form: CopyForm) -> None:
    assert make_copy(copy(), form) == made(form)
    assert not verify(made(form), Trust({}), AT).ok


@pytest.mark.parametrize("form", [CopyForm.PDF, CopyForm.OFD])
def test_who_verifies_a_copy_is_told_that_it_is_one_and_to_scan_its_code(form: CopyForm) -> None:
    report = verify(made(form), Trust({}), AT)
    said = "".join(each.sentence for each in report.checks if each.name in report.failed)
    assert "加注件没有签名和印章" in said and "扫描其上的二维码" in said and not report.ok


@pytest.mark.parametrize("form", list(CopyForm))
def test_a_copy_carries_no_data_file(form: CopyForm) -> None:
    assert b"certificate.ycert" not in made(form)


def slant(drawn: Image.Image) -> float:
    """The angle at which what is drawn rises to the right, in degrees."""
    dark = drawn.convert("L").point(lambda light: 0 if light > 128 else 1)
    at = [(n % drawn.width, n // drawn.width) for n, inked in enumerate(dark.tobytes()) if inked]
    x, y = (sum(axis) / len(at) for axis in zip(*at, strict=True))
    xx, yy, xy = (sum(f(a - x, b - y) for a, b in at) for f in (lambda a, _: a * a, lambda _, b: b * b, mul))
    return degrees(atan2(-2 * xy, xx - yy)) / 2


def test_the_watermark_rises_alike_in_all_three_forms() -> None:
    said = copy(qr=None)
    whole = face_of(said.content, said.layout, None, MARK)
    line = replace(next(each for each in whole.texts() if each.turn), x=30, y=150, opacity=1, colour="#000000")
    face = replace(whole, pages=(replace(whole.pages[0], ground=(), elements=(line,)),))
    printed = render(face, Particulars("示例", "示例", "示例", SIGNED_AT))
    ofd = write_package(write_document(Document(face, said.content, None, MARK)))
    drawn = [Image.open(io.BytesIO(raw)) for raw in (preview(face, dpi=30), draw_ofd(ofd, dpi=30))]
    drawn.append(pypdfium2.PdfDocument(printed)[0].render(scale=30 / 72).to_pil())
    assert [round(slant(each)) for each in drawn] == [round(-line.turn)] * 3
