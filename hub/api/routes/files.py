"""Files over the wire: an upload's name and kind out of its headers, a file as an answer. It keeps no file."""

from __future__ import annotations

import email.message
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from certificates.certificate import MEDIA_TYPE as CERTIFICATE
from hub.errors import BadInput
from hub.wiring.listings import FileView

FILE_TYPES = (
    "application/pdf",
    "application/ofd",
    "image/jpeg",
    "image/png",
    "application/octet-stream",
)
"""As whoever made a file said: scans, what departments sent."""

FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_TYPES}
        | {CERTIFICATE: {"schema": {"type": "object"}}}
    }
}


async def file_of(request: Request) -> tuple[str, str, bytes]:
    """Name, media type (without parameters) and bytes of what was sent. Raises BadInput (FILE_UNNAMED)."""
    said = email.message.Message()
    said["content-disposition"] = request.headers.get("content-disposition", "")
    name = (said.get_filename() or "").strip()
    if not name or len(name) > 200 or not name.isprintable() or "/" in name or "\\" in name:
        raise BadInput(
            "Name the file: `Content-Disposition: attachment; filename*=UTF-8''<percent-encoded name>`, 1–200 characters.",
            {"Content-Disposition": "no usable filename"},
            code="FILE_UNNAMED",
        )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return name, kind, await request.body()


def file_answer(file: FileView) -> Response:
    """As a download: a file that somebody sent us is never shown by the browser as our own page."""
    disposition = f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    kind = file.media_type if file.media_type in (*FILE_TYPES, CERTIFICATE) else "application/octet-stream"
    return Response(file.body, media_type=kind, headers=headers)
