"""A photographed code is judged as the code is; what is no picture of one says what to upload, whatever the bytes are."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from certificates.checks import Report
from certificates.compact import credential
from certificates.compact.picture import codes_in
from certificates.verify import verify
from tests.certificates.compact.making import CATERING, WORLD, shown
from tests.certificates.making import AT

CODE = credential.qr_text(shown(*CATERING))


def code(text: str = CODE, scale: int = 4) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=scale)
    return Image.open(out).convert("L")


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def judged(picture: bytes) -> Report:
    return verify(picture, WORLD.trust(), AT)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photographed_code_is_judged_as_the_code_is(kind: str) -> None:
    desk = Image.new("L", (1600, 1200), 120)
    desk.paste(code().rotate(17, expand=True, fillcolor=255), (300, 90))
    report = judged(saved(desk.convert("RGB"), kind))
    assert (report.format, report.ok) == ("picture", True)
    assert report.checks == verify(CODE.encode(), WORLD.trust(), AT).checks


def test_a_changed_code_in_a_picture_is_refused_by_its_signature() -> None:
    message = credential.from_qr_text(CODE)
    assert judged(saved(code(credential.qr_text(message[:-1] + bytes([message[-1] ^ 1]))))).failed == ("signature",)


def test_a_small_picture_is_read_too() -> None:
    assert codes_in(saved(code(scale=2))) == (CODE.encode(),)


def test_a_picture_without_a_code_of_ours_says_what_to_upload() -> None:
    two = Image.new("L", (1400, 700), 255)
    two.paste(code(scale=3), (10, 10))
    two.paste(code(credential.qr_text(shown()), scale=3), (720, 10))
    other = saved(code("https://example.gov.cn"))
    told = [judged(each) for each in (saved(Image.new("L", (90, 90), 255)), other, saved(two), b"\xff\xd8\xff no")]
    assert [each.failed for each in told] == [("format",)] * 4
    for each, word in zip(told, ("没有找到二维码", "不是电子证照的二维码", "一次只拍一本", "JPEG 或 PNG"), strict=True):
        assert word in each.checks[0].sentence


@pytest.mark.parametrize("side", [7_000, 60_000])
def test_a_picture_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    """A PNG of a few bytes that says how large it would be."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    assert "像素过多" in judged(bomb).checks[0].sentence


@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.integers(0, 3000), st.binary(min_size=1, max_size=9))
def test_no_bytes_of_a_picture_make_the_judge_raise(kind: str, place: int, by: bytes) -> None:
    good = saved(Image.new("L", (40, 40), 90), kind)
    at = place % len(good)
    assert not judged(good[:at] + by + good[at + len(by) :]).ok
