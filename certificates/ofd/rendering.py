"""Draws a page of an OFD as PNG, from nothing but the package: its fonts, texts, paths, pictures and seals. It judges nothing.

Enough of GB/T 33190 for certificates: text with deltas, turned or outlined; paths with lines, curves and arcs; PNG, JPEG
and BMP pictures; template pages; the seal's picture out of the signature, also where that picture is an OFD itself. What
it does not know (gradients, clips, blend modes, glyph transforms) it leaves out: a view to look at, not a proof.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from PIL import Image, ImageDraw, ImageFont

from certificates.errors import Malformed
from certificates.faces.fonts import SHIPPED
from certificates.ofd.paths import child, children, descendants, name_of, resolved, text_of
from certificates.ofd.reading import OfdDocument, PageFiles, box_of, read_ofd
from certificates.ofd.shapes import Matrix, polygons
from certificates.seals.ses import read_signature

_TIMES = 2
_MAX_PIXELS = 40_000_000
_BLACK = (0, 0, 0)
# The last part is how much it covers, 255 all.
Colour = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Resources:
    """Fonts and pictures of a document by their number."""

    fonts: Mapping[str, bytes]
    pictures: Mapping[str, bytes]


def render(raw: bytes, page: int = 0, dpi: int = 120) -> bytes:
    """Return page ``page`` of the OFD as PNG bytes.

    Raises Malformed for what ``read_ofd`` refuses, ``ofd`` for a page that is not there or too large to draw.
    """
    document = read_ofd(raw)
    if not 0 <= page < len(document.pages):
        raise Malformed("ofd", f"The document has {len(document.pages)} page(s); ask for one of them, from 0.")
    try:
        picture = _drawn(document, document.pages[page], dpi)
    except (ValueError, OverflowError, KeyError) as error:
        raise Malformed("ofd", "The page holds numbers that are none; get the file again as it was issued.") from error
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def seal_on(raw: bytes) -> bytes:
    """Return the picture (PNG) of the first seal that the OFD bears; empty where it bears none, or one that is no PNG.

    Raises Malformed for what ``read_ofd`` refuses.
    """
    for file in read_ofd(raw).signatures:
        if file.stamps and file.kind.lower() != "sign":
            try:
                info = read_signature(file.value).seal.info
            except Malformed:
                continue
            if info.picture_type.lower() == "png":
                return info.picture
    return b""


def _drawn(document: OfdDocument, page: PageFiles, dpi: int, with_seals: bool = True) -> Image.Image:
    scale = dpi / 25.4 * _TIMES
    size = round(page.box[2] * scale / _TIMES), round(page.box[3] * scale / _TIMES)
    if not 0 < size[0] * size[1] * _TIMES**2 <= _MAX_PIXELS:
        raise Malformed("ofd", "The page is too large to be drawn; ask for fewer dots per inch.")
    canvas = _Canvas(Image.new("RGB", (size[0] * _TIMES, size[1] * _TIMES), "white"), scale, page.box[:2])
    resources = _resources(document)
    for path in (*page.behind, page.path, *page.before):
        for layer in descendants(document.trees[path], "Layer"):
            for element in layer.iter():
                canvas.draw(element, resources)
    for box, picture in _seals(document, page) if with_seals else ():
        canvas.picture(picture, Matrix(box[2], 0, 0, box[3], box[0], box[1]))
    return canvas.image.resize(size, Image.Resampling.LANCZOS)


def _seals(document: OfdDocument, page: PageFiles) -> Iterator[tuple[tuple[float, float, float, float], Image.Image]]:
    """The picture of each seal with its box, as the signatures have them. One that cannot be read is left out."""
    for file in document.signatures:
        boxes = [stamp.box for stamp in file.stamps if stamp.page == page.id]
        if not boxes or file.kind.lower() == "sign":
            continue
        try:
            info = read_signature(file.value).seal.info
        except Malformed:
            continue
        picture = _seal_picture(info.picture_type, info.picture)
        if picture is not None:
            yield from ((box, picture) for box in boxes)


def _seal_picture(kind: str, raw: bytes) -> Image.Image | None:
    if kind != "ofd":
        return _opened(raw)
    try:
        inner = read_ofd(raw)
    except Malformed:
        return None
    # Without its own seals: a package that holds itself would never end.
    drawn = _drawn(inner, inner.pages[0], 300, with_seals=False)
    # A seal's own page is white where the paper shall show through.
    return Image.merge("RGBA", (*drawn.split(), drawn.convert("L").point(lambda light: 0 if light > 250 else 255)))


def _resources(document: OfdDocument) -> _Resources:
    fonts: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for path in document.resources:
        root = document.trees[path]
        base = root.get("BaseLoc", "")
        for kind, location, found in (("Font", "FontFile", fonts), ("MultiMedia", "MediaFile", pictures)):
            for each in descendants(root, kind):
                written = text_of(each, location)
                for place in (resolved(f"{base}/{written}", path), resolved(written, path), written.lstrip("/")):
                    if written and place in document.files:
                        found.setdefault(each.get("ID", ""), document.files[place])
    return _Resources(fonts, pictures)


class _Canvas:
    """A picture whose unit is the millimetre."""

    def __init__(self, image: Image.Image, scale: float, origin: tuple[float, float]) -> None:
        self.image = image
        self._pen = ImageDraw.Draw(image, "RGBA")
        self._page = Matrix(scale, 0, 0, scale, -origin[0] * scale, -origin[1] * scale)
        self._fonts: dict[tuple[str, int], ImageFont.FreeTypeFont] = {}

    def draw(self, element: etree._Element, resources: _Resources) -> None:
        """Draw one object; other elements are passed over."""
        draw = {"TextObject": self._text, "PathObject": self._path, "ImageObject": self._image}.get(name_of(element))
        if draw is not None and element.get("Visible", "true") != "false":
            box = box_of(element.get("Boundary", "0 0 0 0"))
            place = Matrix(1, 0, 0, 1, box[0], box[1])
            draw(element, place @ Matrix.of(element.get("CTM")), resources)

    def _path(self, element: etree._Element, place: Matrix, _: _Resources) -> None:
        whole = self._page @ place
        shapes = polygons(text_of(element, "AbbreviatedData"), whole)
        if element.get("Fill", "false") == "true":
            colour = _colour(element, "FillColor")
            for points in shapes:
                self._fill(points, colour)
        if element.get("Stroke", "true") == "true":
            width = max(round(float(element.get("LineWidth", "0.353")) * whole.scale), 1)
            colour = _colour(element, "StrokeColor")
            for points in shapes:
                self._pen.line(points, colour, width, joint="curve")

    def _fill(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Fill a polygon; an upright box between whole pixels, since modules of a code may neither grow nor melt."""
        box = _upright(points)
        if box is None:
            if len(points) > 2:
                self._pen.polygon(points, colour)
            return
        left, top, right, bottom = (round(edge) for edge in box)
        self._pen.rectangle((left, top, max(right - 1, left), max(bottom - 1, top)), colour)

    def _image(self, element: etree._Element, place: Matrix, resources: _Resources) -> None:
        opened = _opened(resources.pictures.get(element.get("ResourceID", ""), b""))
        if opened is not None:
            self.picture(opened, place, _alpha(element))

    def picture(self, picture: Image.Image, place: Matrix, alpha: int = 255) -> None:
        """Lay a picture over, its unit square put where ``place`` says; turned ones by their box."""
        whole = self._page @ place
        corners = [whole.of_point(x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
        left, top = (math.floor(min(corner[axis] for corner in corners)) for axis in (0, 1))
        width, height = (
            max(round(max(corner[axis] for corner in corners)) - low, 1) for axis, low in ((0, left), (1, top))
        )
        if width * height > _MAX_PIXELS:
            return
        scaled = picture.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
        self.image.paste(scaled, (left, top), scaled.getchannel("A").point(lambda cover: cover * alpha // 255))

    def _text(self, element: etree._Element, place: Matrix, resources: _Resources) -> None:
        whole = self._page @ place
        pixels = round(float(element.get("Size", "4")) * whole.scale)
        font = self._font(element.get("Font", ""), pixels, resources)
        if font is None:
            return
        colour = _colour(element, "FillColor")
        stroke = float(element.get("LineWidth", "0")) / 2 * whole.scale if element.get("Stroke") == "true" else 0.0
        for code in children(element, "TextCode"):
            for character, x, y in _placed(code):
                self._glyph(character, whole.of_point(x, y), font, (colour, stroke, whole.angle))

    def _glyph(
        self, character: str, at: tuple[float, float], font: ImageFont.FreeTypeFont, look: tuple[Colour, float, float]
    ) -> None:
        colour, stroke, angle = look
        if not angle and colour[3] == 255:
            self._pen.text(at, character, colour, font, anchor="ls", stroke_width=stroke)
            return
        reach = math.ceil(font.size * 1.5)
        layer = Image.new("L", (2 * reach, 2 * reach), 0)
        ImageDraw.Draw(layer).text((reach, reach), character, colour[3], font, anchor="ls", stroke_width=stroke)
        layer = layer.rotate(-math.degrees(angle), Image.Resampling.BILINEAR)
        self.image.paste(colour[:3], (round(at[0]) - reach, round(at[1]) - reach), layer)

    def _font(self, number: str, pixels: int, resources: _Resources) -> ImageFont.FreeTypeFont | None:
        if not 1 <= pixels <= 4000:
            return None
        key = (number, pixels)
        if key not in self._fonts:
            self._fonts[key] = _opened_font(resources.fonts.get(number), pixels)
        return self._fonts[key]


def _upright(points: list[tuple[float, float]]) -> tuple[float, float, float, float] | None:
    """The box that these points are the corners of; None where they are none."""
    if len(points) not in (4, 5) or (len(points) == 5 and points[4] != points[0]):
        return None
    xs, ys = sorted({round(x, 3) for x, _ in points}), sorted({round(y, 3) for _, y in points})
    return (xs[0], ys[0], xs[1], ys[1]) if len(xs) == len(ys) == 2 else None


def _placed(code: etree._Element) -> Iterator[tuple[str, float, float]]:
    """Yield each character of a TextCode with its origin."""
    x, y = float(code.get("X", "0")), float(code.get("Y", "0"))
    steps_x, steps_y = list(_steps(code.get("DeltaX", ""))), list(_steps(code.get("DeltaY", "")))
    for index, character in enumerate(code.text or ""):
        yield character, x, y
        x += steps_x[index] if index < len(steps_x) else 0.0
        y += steps_y[index] if index < len(steps_y) else 0.0


def _steps(written: str) -> Iterator[float]:
    """Yield steps; ``g count step`` stands for equal ones."""
    parts = iter(written.split())
    for part in parts:
        if part == "g":
            count, step = int(next(parts, "0")), float(next(parts, "0"))
            yield from [step] * min(count, 10_000)
        else:
            yield float(part)


def _opened(raw: bytes) -> Image.Image | None:
    try:
        picture = Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "BMP"))
        if picture.width * picture.height > _MAX_PIXELS:
            return None
        picture.load()
    except (OSError, ValueError, SyntaxError):
        return None
    return picture


def _opened_font(raw: bytes | None, pixels: int) -> ImageFont.FreeTypeFont:
    """Open a font of the package; one that is missing or damaged is drawn with ours."""
    if raw is not None:
        try:
            return ImageFont.truetype(io.BytesIO(raw), pixels, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            pass
    return ImageFont.truetype(str(SHIPPED), pixels, layout_engine=ImageFont.Layout.BASIC)


def _colour(element: etree._Element, kind: str) -> Colour:
    """Read an object's colour: ``Value`` of three parts is RGB, of one grey; ``Alpha`` stands at the object and at the colour."""
    written = child(element, kind)
    alpha = _alpha(element)
    return (*_BLACK, alpha) if written is None else (*_rgb(written.get("Value", "0")), alpha * _alpha(written) // 255)


def _rgb(written: str) -> tuple[int, int, int]:
    """Read parts in decimal or hexadecimal (``#``); black where they are none."""
    try:
        parts = [int(part[1:], 16) if part.startswith("#") else int(float(part)) for part in written.split()]
    except ValueError:
        return _BLACK
    bounded = [min(max(part, 0), 255) for part in parts]
    return (bounded[0], bounded[1], bounded[2]) if len(bounded) == 3 else (bounded[0],) * 3 if bounded else _BLACK


def _alpha(element: etree._Element) -> int:
    """Read ``Alpha``: 0 covers nothing, 255 (and none, and what is no number) all."""
    written = element.get("Alpha", "255").strip()
    return min(int(written), 255) if written.isascii() and written.isdigit() else 255
