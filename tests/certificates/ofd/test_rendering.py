"""An OFD drawn from nothing but its package looks as its face does, its code can be scanned, and it harms nobody."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image, ImageChops

from certificates.certificate import ExtensionField
from certificates.errors import Malformed
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.model import Page, Rect, Text
from certificates.ofd.package import Entry, read_package, write_package
from certificates.ofd.rendering import render
from certificates.ofd.shapes import Matrix, polygons
from certificates.ofd.signing import make_ofd
from certificates.suites.sm2 import Sm2Sm3
from tests.certificates.broken.packages import changed
from tests.certificates.faces.test_faces import MARK
from tests.certificates.making import content
from tests.certificates.ofd.making import design, document, good, layout, picture, sealed_by_maker, sealing

pytestmark = pytest.mark.skipif(Sm2Sm3().unavailable() is not None, reason="this machine cannot sign with SM2")
PAGE = "Doc_0/Pages/Page_0/Content.xml"


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


def likeness(first: bytes, second: bytes) -> float:
    """The part of the pixels that differ visibly."""
    histogram = ImageChops.difference(opened(first), opened(second)).histogram()
    return sum(histogram[64:]) / sum(histogram)


@pytest.mark.parametrize("name", ["licence-landscape", "proof"])
def test_a_drawn_file_looks_as_its_face(name: str) -> None:
    face = face_of(content(), layout(name), b"YJ1:CODE", MARK if name == "proof" else None)
    file = make_ofd(replace(document(), face=face), sealing())
    assert likeness(render(file, dpi=40), preview(face, dpi=40, seal=picture())) < 0.03


def test_the_code_in_a_drawn_file_is_read_by_a_scanner() -> None:
    message = bytes(range(128, 256)) * 3
    (found,) = zxingcpp.read_barcodes(opened(render(make_ofd(document(qr=message), sealing()), dpi=100)))
    assert found.bytes == message


def test_every_page_is_drawn_and_no_other() -> None:
    long = content(fields=(ExtensionField("scope", "经营范围", "销售预包装食品，" * 400),))
    file = make_ofd(replace(document(), face=face_of(long, layout())), sealing())
    assert opened(render(file, 1, dpi=30)).getextrema()[0] < 128  # type: ignore[operator]
    with pytest.raises(Malformed):
        render(file, 9)


def test_a_seal_whose_picture_is_an_ofd_is_drawn() -> None:
    star = Page(42, 42, (), (Rect(4, 4, 34, 34, fill="#0000d0"),))
    inner = make_ofd(replace(document(), face=replace(document().face, pages=(star,))), sealing(seal=None))
    seal = sealed_by_maker(design(picture=inner)).replace(b"\x16\x03png", b"\x16\x03ofd")
    place = document().face.seal
    with Image.open(io.BytesIO(render(make_ofd(document(), sealing(seal=seal)), dpi=25))) as drawn:
        assert drawn.getpixel((round(place.x + 21), round(place.y + 21))) == (0, 0, 208)


def test_what_is_translucent_lets_the_paper_through() -> None:
    line = Text(5, 60, "一", 40, (0.0,), colour="#0000d0", turn=-25, opacity=0.2)
    page = Page(100, 100, (), (Rect(60, 60, 30, 30, fill="#0000d0"), line, replace(line, x=50, y=40, turn=0)))
    file = make_ofd(replace(document(), face=replace(document().face, pages=(page,))), sealing(seal=None))
    faint = changed(file, PAGE, lambda raw: raw.replace(b"<ofd:PathObject ", b'<ofd:PathObject Alpha="51" '))
    with Image.open(io.BytesIO(render(faint, dpi=25))) as drawn:
        assert drawn.getpixel((74, 74)) == (204, 204, 246)
        assert 190 < drawn.convert("RGB").getchannel("R").getextrema()[0] <= 204  # type: ignore[operator]  # the edges are sharpened


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b'Size="', b'Size="9e99', 1),
        lambda raw: raw.replace(b'DeltaX="', b'DeltaX="g 999999999 1 ', 1),
        lambda raw: raw.replace(b"<ofd:AbbreviatedData>", b"<ofd:AbbreviatedData>X 1 ", 1),
        lambda raw: raw.replace(b"<ofd:PhysicalBox>0 0", b"<ofd:PhysicalBox>0 nan", 1),
        lambda raw: raw.replace(b'Boundary="', b'CTM="1 2 3" Boundary="', 1),
        lambda raw: b'<!DOCTYPE a [<!ENTITY b "cccccccccc">]>' + raw.partition(b"?>")[2],
    ],
)
def test_a_page_that_is_none_is_refused_or_drawn_and_never_more(change: Callable[[bytes], bytes]) -> None:
    files = dict(read_package(good()))
    files[PAGE] = change(files[PAGE])
    try:
        render(write_package([Entry(*each) for each in files.items()]), dpi=20)
    except Malformed as error:
        assert error.code in {"ofd", "ofd-xml"}


def test_curves_and_arcs_end_where_they_say() -> None:
    identity = Matrix.of(None)
    (points,) = polygons("M 0 0 Q 5 10 10 0 B 12 4 18 4 20 0 A 5 5 0 0 1 30 0 L 0 0 C", identity)
    assert (10.0, 0.0) in points and (20.0, 0.0) in points and points[-1] == points[0]
    assert min(y for _, y in points) == pytest.approx(-5, abs=0.05)
    assert Matrix.of("2 0 0 2 1 1") @ Matrix.of("1 0 0 1 3 3") == Matrix.of("2 0 0 2 7 7")
