"""Writes a face as the files of an OFD document (GB/T 33190), not yet signed. It decides no place and signs nothing.

The same face, content and data give the same files: numbers count from 1 in drawing order, there is no clock and no
chance. What is the same for all certificates of a layout is one template page, written once and kept.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from certificates.certificate import CertificateContent
from certificates.faces.model import Code, Curve, Element, Face, Image, Line, Page, Rect, Text
from certificates.faces.words import Mark
from certificates.ofd.metadata import Metadata, metadata_of
from certificates.ofd.package import Entry
from certificates.ofd.paths import NAMESPACE

DATA_NAME = "certificate.ycert"
FIRST_PAGE_ID = 1
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = f'xmlns:ofd="{NAMESPACE}"'
_ASCENT = 0.88
# Modules of a code overlap by a hair, so that no renderer shows a light line between them.
_OVERLAP = ".03"
_DARK = re.compile("1+")
# Numbers come in blocks. Some viewers draw what has the higher number later, so a page's objects come after its template's.
_FIRST_FONT, _FIRST_TEMPLATE, _FIRST_BEHIND, _BEHIND_EACH, _FIRST_OBJECT = 101, 201, 1_001, 10_000, 100_001


@dataclass(frozen=True, slots=True)
class Document:
    """What goes into the file: its face, its content, the signed data (``.ycert``) that it carries, and for a copy its mark.

    An annotated copy carries no ``data``."""

    face: Face
    content: CertificateContent
    data: bytes | None = field(repr=False)
    mark: Mark | None = None


def write_document(document: Document, signatures: str = "") -> list[Entry]:
    """Return the files in their order. ``signatures`` is the path that ``OFD.xml`` names for the list of signatures; empty: none.

    Raises Malformed ``font`` when a font cannot be subset.
    """
    pages, fonts = document.face.pages, _fonts(document.face)
    grounds = list(dict.fromkeys((page.width, page.height, page.ground) for page in pages if page.ground))
    written, last, images = [], _FIRST_OBJECT, list[Image]()
    for number, page in enumerate(pages):
        template = grounds.index((page.width, page.height, page.ground)) if page.ground else None
        xml, last = _page(page, template, last, images)
        written.append(Entry(f"Doc_0/Pages/Page_{number}/Content.xml", xml))
    parts = [
        Entry("OFD.xml", _root(document, signatures)),
        Entry("Doc_0/Document.xml", _document(document, len(grounds), last, bool(images))),
        Entry("Doc_0/PublicRes.xml", _public_resources(document.face, fonts), shared=True),
        *(Entry(f"Doc_0/Res/{_font_file(number)}", font) for number, font in fonts.items()),
        *_images(images),
        *_templates(grounds),
        *written,
    ]
    return [*parts, *_attachments(document)]


def _fonts(face: Face) -> dict[int, bytes]:
    found = {number: face.characters(number) for number in range(len(face.fonts))}
    return {number: face.fonts.subset(number, used) for number, used in found.items() if used}


def _root(document: Document, signatures: str) -> bytes:
    content, mark = document.content, document.mark
    custom = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>"
        for name, value in metadata_of(Metadata(content, mark))
    )
    number = hashlib.sha256(document.data or custom.encode()).hexdigest()[:32]
    title, author = (
        (f"{content.type_name}（加注件）", mark.maker) if mark else (content.type_name, content.authority.name)
    )
    created = (mark.made_on if mark else content.issued_on).isoformat()
    signed = f"<ofd:Signatures>{signatures}</ofd:Signatures>" if signatures else ""
    return _xml(
        f'<ofd:OFD {_SPACE} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{number}</ofd:DocID>'
        f"<ofd:Title>{escape(title)}</ofd:Title><ofd:Author>{escape(author)}</ofd:Author>"
        f"<ofd:CreationDate>{created}</ofd:CreationDate><ofd:Creator>Yijian</ofd:Creator>"
        f"<ofd:CustomDatas>{custom}</ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        f"{signed}</ofd:DocBody></ofd:OFD>"
    )


def _document(document: Document, templates: int, last: int, has_images: bool) -> bytes:
    face = document.face
    first = face.pages[0]
    document_resources = "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>" if has_images else ""
    template_pages = "".join(
        f'<ofd:TemplatePage ID="{_FIRST_TEMPLATE + number}" BaseLoc="Tpls/Tpl_{number}/Content.xml" ZOrder="Background"/>'
        for number in range(templates)
    )
    pages = "".join(
        f'<ofd:Page ID="{FIRST_PAGE_ID + number}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number in range(len(face.pages))
    )
    carried = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>" if document.data is not None else ""
    return _xml(
        f"<ofd:Document {_SPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID>{_area('PageArea', first)}"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{document_resources}{template_pages}</ofd:CommonData>"
        f"<ofd:Pages>{pages}</ofd:Pages>{carried}</ofd:Document>"
    )


def _area(name: str, page: Page) -> str:
    box = f"0 0 {_n(page.width)} {_n(page.height)}"
    return f"<ofd:{name}><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:{name}>"


def _public_resources(face: Face, fonts: Iterable[int]) -> bytes:
    entries = "".join(
        f'<ofd:Font ID="{_FIRST_FONT + number}" FontName={quoteattr(face.fonts.name(number))} '
        f'FamilyName={quoteattr(face.fonts.name(number))} Charset="unicode" Serif="true">'
        f"<ofd:FontFile>{_font_file(number)}</ofd:FontFile></ofd:Font>"
        for number in fonts
    )
    return _xml(f'<ofd:Res {_SPACE} BaseLoc="Res"><ofd:Fonts>{entries}</ofd:Fonts></ofd:Res>')


def _font_file(number: int) -> str:
    return f"font_{number}.ttf"


def _images(images: list[Image]) -> Iterator[Entry]:
    if not images:
        return
    media = "".join(
        f'<ofd:MultiMedia ID="{_image_id(number)}" Type="Image" Format="PNG">'
        f"<ofd:MediaFile>image_{number}.png</ofd:MediaFile></ofd:MultiMedia>"
        for number in range(len(images))
    )
    yield Entry(
        "Doc_0/DocumentRes.xml",
        _xml(f'<ofd:Res {_SPACE} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>'),
    )
    yield from (Entry(f"Doc_0/Res/image_{number}.png", image.png) for number, image in enumerate(images))


def _image_id(number: int) -> int:
    return 301 + number


def _attachments(document: Document) -> Iterator[Entry]:
    if document.data is None:
        return
    day, size = document.content.issued_on.isoformat(), len(document.data) / 1024
    yield Entry(
        "Doc_0/Attachs/Attachments.xml",
        _xml(
            f'<ofd:Attachments {_SPACE}><ofd:Attachment ID="1" Name="{DATA_NAME}" Format="ycert" CreationDate="{day}" '
            f'Size="{size:.3f}" Visible="false"><ofd:FileLoc>{DATA_NAME}</ofd:FileLoc></ofd:Attachment></ofd:Attachments>'
        ),
    )
    yield Entry(f"Doc_0/Attachs/{DATA_NAME}", document.data)


def _templates(grounds: list[tuple[float, float, tuple[Element, ...]]]) -> Iterator[Entry]:
    for number, ground in enumerate(grounds):
        xml = _template(*ground, _FIRST_BEHIND + number * _BEHIND_EACH)
        yield Entry(f"Doc_0/Tpls/Tpl_{number}/Content.xml", xml, shared=True)


@lru_cache(maxsize=64)
def _template(width: float, height: float, ground: tuple[Element, ...], first: int) -> bytes:
    objects, _ = _objects(ground, width, height, first + 1, [])
    page = Page(width, height, (), ())
    return _xml(f"<ofd:Page {_SPACE}>{_area('Area', page)}{_layer(objects, first)}</ofd:Page>")


def _page(page: Page, template: int | None, first: int, images: list[Image]) -> tuple[bytes, int]:
    objects, last = _objects(page.elements, page.width, page.height, first + 1, images)
    ground = (
        "" if template is None else f'<ofd:Template TemplateID="{_FIRST_TEMPLATE + template}" ZOrder="Background"/>'
    )
    # The order is the schema's: the template stands before the area.
    return _xml(f"<ofd:Page {_SPACE}>{ground}{_area('Area', page)}{_layer(objects, first)}</ofd:Page>"), last


def _layer(objects: str, number: int) -> str:
    return f'<ofd:Content><ofd:Layer ID="{number}" Type="Body">{objects}</ofd:Layer></ofd:Content>'


def _objects(
    elements: Iterable[Element], width: float, height: float, first: int, images: list[Image]
) -> tuple[str, int]:
    written, number, whole = [], first, f"0 0 {_n(width)} {_n(height)}"
    for element in elements:
        written.append(_object(element, number, whole, images))
        number += 1
    return "".join(written), number


def _object(element: Element, number: int, whole: str, images: list[Image]) -> str:
    match element:
        case Text():
            return _text(element, number, whole)
        case Line():
            data = f"M {_n(element.x1)} {_n(element.y1)} L {_n(element.x2)} {_n(element.y2)}"
            return _path(number, whole, data, element.colour, element.width, None)
        case Rect():
            data = _box(element.x, element.y, element.width, element.height)
            return _path(number, whole, data, element.line, element.line_width, element.fill)
        case Curve():
            data = "M " + " L ".join(f"{_n(x)} {_n(y)}" for x, y in element.points)
            return _path(number, whole, data, element.colour, element.width, None)
        case Code():
            return _code(element, number)
        case Image():
            images.append(element)
            box = f"{_n(element.x)} {_n(element.y)} {_n(element.width)} {_n(element.height)}"
            return (
                f'<ofd:ImageObject ID="{number}" Boundary="{box}" ResourceID="{_image_id(len(images) - 1)}" '
                f'CTM="{_n(element.width)} 0 0 {_n(element.height)} 0 0"/>'
            )


def _code(code: Code, number: int) -> str:
    """The path is written in modules and scaled as a whole: whole numbers are short."""
    count = len(code.rows)
    starts, ends = [str(at) for at in range(count + 1)], [f"{at}{_OVERLAP}" for at in range(count + 1)]
    boxes = []
    for y, row in enumerate(code.rows):
        top, bottom = starts[y], ends[y + 1]
        for dark in _DARK.finditer(row):
            left, right = starts[dark.start()], ends[dark.end()]
            boxes.append(f"M {left} {top} L {right} {top} L {right} {bottom} L {left} {bottom} C")
    scale = f"{code.size / count:.6f}"
    box = f"{_n(code.x)} {_n(code.y)} {_n(code.size)} {_n(code.size)}"
    return (
        f'<ofd:PathObject ID="{number}" Boundary="{box}" CTM="{scale} 0 0 {scale} 0 0" Stroke="false" Fill="true">'
        f"<ofd:FillColor {_colour('#000000')}/><ofd:AbbreviatedData>{' '.join(boxes)}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _text(text: Text, number: int, whole: str) -> str:
    rise = text.size * _ASCENT
    if text.turn:
        cos, sin = math.cos(math.radians(text.turn)), math.sin(math.radians(text.turn))
        place = f'Boundary="{whole}" CTM="{_n(cos)} {_n(sin)} {_n(-sin)} {_n(cos)} {_n(text.x)} {_n(text.y)}"'
        x = y = 0.0
    else:
        width, height = text.offsets[-1] + text.size * 1.2, text.size * 1.25
        place = f'Boundary="{_n(text.x)} {_n(text.y - rise)} {_n(width)} {_n(height)}"'
        x, y = 0.0, rise
    outline = f' Stroke="true" LineWidth="{_n(text.outline)}"' if text.outline else ""
    stroke = f"<ofd:StrokeColor {_colour(text.colour)}/>" if text.outline else ""
    alpha = f' Alpha="{round(text.opacity * 255)}"' if text.opacity < 1 else ""
    deltas = _deltas(text.offsets)
    return (
        f'<ofd:TextObject ID="{number}" {place} Font="{_FIRST_FONT + text.font}" Size="{_n(text.size)}"{outline}{alpha}>'
        f"<ofd:FillColor {_colour(text.colour)}/>{stroke}"
        f'<ofd:TextCode X="{_n(x)}" Y="{_n(y)}"{deltas}>{escape(text.text)}</ofd:TextCode></ofd:TextObject>'
    )


def _deltas(offsets: tuple[float, ...]) -> str:
    """Write the steps from character to character; equal ones as ``g count step``."""
    steps = [_n(after - before) for before, after in zip(offsets, offsets[1:], strict=False)]
    parts: list[str] = []
    start = 0
    while start < len(steps):
        end = start
        while end < len(steps) and steps[end] == steps[start]:
            end += 1
        parts.append(f"g {end - start} {steps[start]}" if end - start > 2 else " ".join(steps[start:end]))
        start = end
    return f' DeltaX="{" ".join(parts)}"' if parts else ""


def _path(number: int, whole: str, data: str, line: str | None, width: float, fill: str | None) -> str:
    stroke = f'LineWidth="{_n(width)}"' if line else 'Stroke="false"'
    filled = ' Fill="true"' if fill else ""
    colours = (f"<ofd:FillColor {_colour(fill)}/>" if fill else "") + (
        f"<ofd:StrokeColor {_colour(line)}/>" if line else ""
    )
    return (
        f'<ofd:PathObject ID="{number}" Boundary="{whole}" {stroke}{filled}>{colours}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _box(x: float, y: float, width: float, height: float) -> str:
    right, bottom = _n(x + width), _n(y + height)
    return f"M {_n(x)} {_n(y)} L {right} {_n(y)} L {right} {bottom} L {_n(x)} {bottom} C"


def _colour(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f'Value="{red} {green} {blue}"'


def _n(number: float) -> str:
    """Write a number with at most three decimals and no needless ones."""
    return f"{number:.3f}".rstrip("0").rstrip(".") if number else "0"


def _xml(body: str) -> bytes:
    return (_HEAD + body).encode()
