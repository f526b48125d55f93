"""Says whether the pages of a PDF are small enough to be drawn, before anything draws them. It draws nothing and judges no signature.

A library that draws in C can be stopped by nobody: a few kilobytes of deflated text or of forms within forms keep it busy for minutes
and fill the memory. So what it would have to go through is counted first, with every form as often as it may be called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

from certificates.errors import Malformed

MiB = 1024 * 1024
LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=32 * MiB),
    document_budget=DocumentDecodeBudget(base_allowance=256 * MiB, max_ratio=16),
)
"""What pyHanko unpacks of one stream and of one file, reading the revisions over and over included; then it gives up."""
MOST_PAGES = 64
MOST_OF_A_PAGE, MOST_OF_ALL = 2 * MiB, 16 * MiB
"""Bytes of drawing operators, unpacked, a form's counted at each call. A page of ours has about 200 kB."""
DEEPEST = 4
"""Forms within forms. A face of ours has none."""
MOST_LOOKS = 4096
"""Pages, parts, fonts and forms that are looked at in one file, again at each place that leads to them."""


def require_drawable(reader: PdfFileReader) -> None:
    """Raises Malformed ``pdf-heavy`` where the pages are too many, too large or too deep; what pyHanko raises on a damaged one stays its own."""
    total, scales = 0, _Scales()
    for number, page in enumerate(scales.pages(reader.root["/Pages"])):
        total += scales.weight(scales.content(page), _inherited(page, "/Resources"))
        if number >= MOST_PAGES or total > MOST_OF_ALL:
            raise _heavy()


class _Scales:
    """Weighs one file; what is looked at, however often it is met, is counted."""

    def __init__(self) -> None:
        self._left = MOST_LOOKS

    def pages(self, node: Any, depth: int = 0) -> Iterator[Any]:
        self._look(depth)
        if "/Kids" not in node:
            yield node
            return
        for kid in node["/Kids"]:
            yield from self.pages(kid.get_object(), depth + 1)

    def content(self, page: Any) -> bytes:
        found = page["/Contents"] if "/Contents" in page else generic.ArrayObject()
        parts, octets = (found if isinstance(found, generic.ArrayObject) else [found]), b""
        for each in parts:
            self._look()
            octets += bytes(each.get_object().data) + b"\n"
            if len(octets) > MOST_OF_A_PAGE:
                raise _heavy()
        return octets

    def weight(self, drawn: bytes, resources: Any, depth: int = 0) -> int:
        """Bytes of operators that are gone through, if every call calls the heaviest form there is."""
        self._look(depth)
        calls, forms = drawn.count(b"Do"), self._forms(resources)
        heaviest = max((self._of_form(form, resources, depth) for form in forms), default=0) if calls else 0
        found = len(drawn) + calls * heaviest
        if found > MOST_OF_A_PAGE:
            raise _heavy()
        return found

    def _of_form(self, form: Any, around: Any, depth: int) -> int:
        return self.weight(bytes(form.data), form.get("/Resources", around), depth + 1)

    def _forms(self, resources: Any) -> list[Any]:
        """The forms that may be called. Glyphs that are drawings themselves are refused: what they say nobody can read."""
        fonts, objects = (resources.get(key, {}) for key in ("/Font", "/XObject"))
        found = []
        for held, kind in ((fonts, "/Type3"), (objects, "/Form")):
            for key in held:
                self._look()
                if held[key].get("/Subtype") == kind:
                    found.append(held[key])
                    if kind == "/Type3":
                        raise _heavy()
        return found

    def _look(self, depth: int = 0) -> None:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise _heavy()


def _inherited(page: Any, key: str) -> Any:
    for _ in range(DEEPEST + 2):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            break
        page = page["/Parent"]
    return {}


def _heavy() -> Malformed:
    return Malformed("pdf-heavy", "The pages of the PDF are too large or too deeply nested; a certificate's are small.")
