"""PDFs whose pages would keep whatever draws them busy for minutes, or fill its memory: signed by their authority, so that nothing else is wrong.

It judges nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from certificates.pdf.signing import sign
from tests.certificates.broken.appended import updated
from tests.certificates.pdf.making import drawn, plan

name = generic.pdf_name


def packed(writer: IncrementalPdfFileWriter) -> None:
    """After the page's own drawing megabytes of text in a few kilobytes."""
    deflated = zlib.compress(b"(a)Tj " * 600_000, 9)
    _drawn_after(writer, generic.StreamObject({name("/Filter"): name("/FlateDecode")}, encoded_data=deflated))


def nested(writer: IncrementalPdfFileWriter) -> None:
    """Forms that each call the next one ten times: a milliard calls at the end."""
    inner: Any = None
    for _ in range(9):
        form = generic.StreamObject(stream_data=b"/X Do " * 10 if inner is not None else b"0 0 m")
        form |= {name("/Type"): name("/XObject"), name("/Subtype"): name("/Form"), name("/Resources"): _calling(inner)}
        inner = writer.add_object(form)
    page = _page(writer)
    resources = page["/Resources"]
    resources[name("/XObject")] = _calling(inner)[name("/XObject")]
    writer.update_container(resources)
    _drawn_after(writer, generic.StreamObject(stream_data=b"/X Do"))


def _calling(form: Any) -> Any:
    held = generic.DictionaryObject({} if form is None else {name("/X"): form})  # type: ignore[no-untyped-call]
    return generic.DictionaryObject({name("/XObject"): held})  # type: ignore[no-untyped-call]


def _page(writer: IncrementalPdfFileWriter) -> Any:
    return writer.root["/Pages"]["/Kids"][0].get_object()


def _drawn_after(writer: IncrementalPdfFileWriter, stream: generic.StreamObject) -> None:
    page = _page(writer)
    page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), writer.add_object(stream)])
    writer.update_container(page)


WAYS: dict[str, tuple[Callable[[], bytes], str]] = {
    "page-bomb": (lambda: sign(updated(drawn(), packed), plan()), "face"),
    "form-bomb": (lambda: sign(updated(drawn(), nested), plan()), "face"),
}
