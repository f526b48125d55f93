"""Makes an annotated copy (加注件) of a certificate as PDF, OFD or PNG: the face with its mark. It signs nothing and asks nobody's right.

A copy bears neither seal nor signature nor the data file; it says so itself, and its QR code, where the certificate has one,
is the certificate's own, which leads to what is valid now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from certificates.certificate import CertificateContent
from certificates.faces.composing import face_of
from certificates.faces.fonts import Fonts
from certificates.faces.layout import Layout
from certificates.faces.words import COPY_TITLE, Mark

DPI = 240


class CopyForm(StrEnum):
    """What a copy can be made as."""

    PDF = "pdf"
    OFD = "ofd"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """The media type of its file."""
        return {CopyForm.PNG: "image/png"}.get(self, f"application/{self}")


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy shows. ``qr`` is the text of the certificate's own compact credential; ``fonts`` None is the one that ships."""

    content: CertificateContent
    layout: Layout
    mark: Mark
    made_at: datetime
    qr: bytes | None = field(default=None, repr=False)
    fonts: Fonts | None = None


def make_copy(copy: Copy, form: CopyForm) -> bytes:
    """Return the file: of PDF and OFD every page, of PNG the first. The same copy gives the same bytes.

    Raises Malformed as ``face_of``, and ``pdf-render``.
    """
    face, content = face_of(copy.content, copy.layout, copy.qr, copy.mark, copy.fonts), copy.content
    match form:
        case CopyForm.PNG:
            from certificates.faces.drawing import preview

            return preview(face, dpi=DPI)
        case CopyForm.OFD:
            from certificates.ofd.package import write_package
            from certificates.ofd.writing import Document, write_document

            return write_package(write_document(Document(face, content, None, copy.mark)))
        case CopyForm.PDF:
            from certificates.pdf.rendering import Particulars, render

            title = f"{content.type_name}{COPY_TITLE}"
            return render(face, Particulars(title, copy.mark.maker, str(content.identifier), copy.made_at))
