"""Draws a face as PDF: every glyph where the face says, the data file inside. It signs nothing.

PDF/A-3 is *requested* of typst; whether the file conforms only a validator can say, and none runs here. The same face,
data and time give the same bytes.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

import typst

from certificates.errors import Malformed
from certificates.faces.fonts import Fonts
from certificates.faces.model import Code, Curve, Element, Face, Image, Line, Page, Rect, Text
from certificates.shape import write_instant

STANDARD: Literal["a-3u"] = "a-3u"
ATTACHMENT = "certificate.ycert"
_MARKS = "[‘’“”（）《》〈〉「」『』【】〖〗〔〕［］｛｝，。、．；：？！…—]"
_LETTER = "A-Za-z\u00c0-\u052f"
_BETWEEN_MARKS = re.compile(f"(?<={_MARKS})(?={_MARKS})")
_BETWEEN_SCRIPTS = re.compile(
    f"(?<={_MARKS})(?={_MARKS})|(?<=[{_LETTER}])(?=[^{_LETTER}])|(?<=[^{_LETTER}])(?=[{_LETTER}])"
)
# Every text is placed by its baseline and its measured advances; nothing is left to typst to lay out. It would draw in the marks at
# the ends of a line and those beside each other, and leave out the tracking between two scripts: walls of no width stand there.
# And it would break what is longer than the page is wide: each text has more room than any is long.
_SOURCE = rb"""
#let face = json(bytes(sys.inputs.face))
#set document(title: face.title, author: face.author, date: datetime(..face.date), keywords: face.keywords)
#set page(margin: 0pt, width: face.pages.at(0).width * 1mm, height: face.pages.at(0).height * 1mm)
#set text(lang: "zh", kerning: false, ligatures: false, discretionary-ligatures: false, hyphenate: false,
  cjk-latin-spacing: none, top-edge: "baseline", bottom-edge: "baseline", fallback: false, number-type: auto)
#set par(leading: 0pt, spacing: 0pt, justify: false)
#if face.data != none { pdf.attach(face.name, bytes(face.data), relationship: "data", mime-type: face.mime,
  description: face.description) }
#let wall = box(width: 0pt)
#let words(t) = place(top + left, dx: t.x * 1mm, dy: t.y * 1mm, rotate(t.turn * 1deg, origin: top + left, box(width: 9999mm,
  text(font: t.font, size: t.size * 1mm, tracking: t.tracking * 1mm, fill: rgb(t.colour),
    stroke: if t.outline > 0 { (paint: rgb(t.colour), thickness: t.outline * 1mm) } else { none },
    wall + t.runs.join(wall + h(t.tracking * 1mm)) + wall))))
#for (index, page) in face.pages.enumerate() {
  if index > 0 { pagebreak() }
  for part in page.parts {
    if part.kind == "drawing" {
      place(top + left, image(bytes(part.svg), format: "svg", width: page.width * 1mm, height: page.height * 1mm))
    } else { words(part) }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a file says of itself: title, author (the authority), keywords, when it was made, and the data file inside."""

    title: str
    author: str
    identifier: str
    made_at: datetime
    ycert: bytes | None = field(default=None, repr=False)


class Renderer:
    """Draws faces with one set of fonts, opened once. Threads may share it; they take turns."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        # typst takes folders; which font of a folder is meant, the family's name says.
        folders = sorted({str(fonts.path(index).parent) for index in range(len(fonts))})
        opened = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        self._compiler = typst.Compiler(font_paths=opened)
        self._lock = threading.Lock()

    def pdf(self, face: Face, particulars: Particulars) -> bytes:
        """Return the file, not yet signed. Raises Malformed ``pdf-render`` when typst refuses, with what it said of the source."""
        document = json.dumps(_document(face, particulars, self._fonts), ensure_ascii=False)
        try:
            with self._lock:
                made = self._compiler.compile(
                    _SOURCE,
                    format="pdf",
                    sys_inputs={"face": document},
                    pdf_standards=STANDARD,
                    timestamp=int(particulars.made_at.timestamp()),
                    pdf_tags=False,
                )
        except typst.TypstError as error:
            raise Malformed("pdf-render", f"typst could not draw the face: {error.message}.") from error
        return made if isinstance(made, bytes) else b""


@lru_cache(maxsize=4)
def renderer(fonts: Fonts) -> Renderer:
    """Return the renderer of these fonts, the same one each time."""
    return Renderer(fonts)


def render(face: Face, particulars: Particulars) -> bytes:
    """Return the PDF of ``face``. See ``Renderer.pdf``."""
    return renderer(face.fonts).pdf(face, particulars)


def _document(face: Face, particulars: Particulars, fonts: Fonts) -> dict[str, object]:
    at = particulars.made_at
    day = {"year": at.year, "month": at.month, "day": at.day, "hour": at.hour, "minute": at.minute, "second": at.second}
    return {
        "title": particulars.title,
        "author": particulars.author,
        "keywords": [particulars.identifier],
        "date": day,
        "name": ATTACHMENT,
        "mime": "application/vnd.yijian.certificate+json",
        "description": f"{particulars.identifier} {write_instant(at)}",
        "data": None if particulars.ycert is None else particulars.ycert.decode("utf-8"),
        "pages": [
            {"width": page.width, "height": page.height, "parts": list(_parts(page, fonts))} for page in face.pages
        ],
    }


def _parts(page: Page, fonts: Fonts) -> Iterator[dict[str, object]]:
    """Yield texts, and between them everything else as drawings, in the order in which they lie above each other."""
    drawn: list[Element] = []
    for element in (*page.ground, *page.elements):
        if not isinstance(element, Text):
            drawn.append(element)
            continue
        if drawn:
            yield {"kind": "drawing", "svg": _svg(page.width, page.height, tuple(drawn))}
            drawn = []
        yield _words(element, fonts)
    if drawn:
        yield {"kind": "drawing", "svg": _svg(page.width, page.height, tuple(drawn))}


def _words(text: Text, fonts: Fonts) -> dict[str, object]:
    tracking = _tracking(text, fonts)
    alpha = f"{round(text.opacity * 255):02x}" if text.opacity < 1 else ""
    return {
        "kind": "text",
        "x": text.x,
        "y": text.y,
        "runs": (_BETWEEN_SCRIPTS if tracking else _BETWEEN_MARKS).split(text.text),
        "font": fonts.name(text.font),
        "size": text.size,
        "tracking": tracking,
        "colour": text.colour + alpha,
        "outline": text.outline,
        "turn": text.turn,
    }


def _tracking(text: Text, fonts: Fonts) -> float:
    """The space between characters that makes typst's line as long as the face's."""
    if len(text.text) < 2:
        return 0.0
    natural = sum(map(fonts.width, text.text[:-1])) * text.size
    return round((text.offsets[-1] - text.offsets[0] - natural) / (len(text.text) - 1), 4)


@lru_cache(maxsize=256)
def _svg(width: float, height: float, elements: tuple[Element, ...]) -> str:
    shapes = "".join(map(_shape, elements))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">{shapes}</svg>'
    )


def _shape(element: Element) -> str:
    match element:
        case Line():
            return _path(f"M{element.x1} {element.y1}L{element.x2} {element.y2}", element.width, element.colour)
        case Curve():
            return _path("M" + "L".join(f"{x} {y}" for x, y in element.points), element.width, element.colour)
        case Rect():
            line = f' stroke="{element.line}" stroke-width="{element.line_width}"' if element.line else ""
            box = f'x="{element.x}" y="{element.y}" width="{element.width}" height="{element.height}"'
            return f'<rect {box} fill="{element.fill or "none"}"{line}/>'
        case Code():
            runs = "".join(f"M{x:.4f} {y:.4f}h{w:.4f}v{h:.4f}h-{w:.4f}z" for x, y, w, h in element.runs())
            return f'<path d="{runs}" fill="#000"/>'
        case Image():
            link = "data:image/png;base64," + base64.b64encode(element.png).decode()
            box = f'x="{element.x}" y="{element.y}" width="{element.width}" height="{element.height}"'
            return f'<image {box} xlink:href="{link}"/>'
    return ""


def _path(d: str, width: float, colour: str) -> str:
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
