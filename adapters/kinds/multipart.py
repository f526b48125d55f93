"""Reads a `multipart/related` answer: the envelope, and the files beside it that it points to (MTOM with XOP, or plain attachments).

Nothing is unpacked or fetched. A file that the envelope names and that did not come makes the answer unreadable.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from adapters.kinds.xmltext import Unreadable

MEDIA_TYPE = "multipart/related"
MOST_PARTS = 100
_BOUNDARY = re.compile(rb"\A(?:\r?\n)*--([0-9A-Za-z'()+_,./:=? -]{1,70})[ \t]*\r?\n")
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Attached:
    """One file beside the envelope. `id` is its Content-ID without brackets."""

    id: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Package:
    """The envelope's bytes and charset, and every file beside it in the order in which they came."""

    envelope: bytes = field(repr=False)
    charset: str
    attached: tuple[Attached, ...]


def opened(body: bytes) -> Package:
    """Raises Unreadable. The boundary is read from the body itself: gateways quote and cut the header."""
    start = _BOUNDARY.match(body)
    if start is None:
        raise Unreadable("multipart")
    pieces = re.split(rb"\r?\n--" + re.escape(start[1]), b"\r\n" + body.lstrip(b"\r\n"))
    if len(pieces) - 2 > MOST_PARTS:
        raise Unreadable("too_many_parts")
    if not pieces[-1].startswith(b"--"):
        raise Unreadable("multipart")  # the closing boundary is missing: it was cut off
    parts = [_part(piece) for piece in pieces[1:-1]]
    root = next((at for at, (headers, _) in enumerate(parts) if "xml" in headers.get("content-type", "").lower()), None)
    if root is None:
        raise Unreadable("multipart")
    headers, envelope = parts[root]
    charset = _CHARSET.search(headers.get("content-type", ""))
    beside = tuple(_attached(*part) for at, part in enumerate(parts) if at != root)
    return Package(envelope, charset[1].lower() if charset else "", beside)


def _part(piece: bytes) -> tuple[Mapping[str, str], bytes]:
    head, separator, body = piece.lstrip(b" \t").partition(b"\r\n\r\n")
    if not separator:
        head, separator, body = piece.partition(b"\n\n")
    if not separator:
        raise Unreadable("multipart")
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1"))
    pairs = (line.partition(":") for line in unfolded.splitlines() if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return headers, _decoded(body, headers.get("content-transfer-encoding", "binary").lower())


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode(b"".join(body.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("multipart") from None
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _attached(headers: Mapping[str, str], body: bytes) -> Attached:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Attached(headers.get("content-id", "").strip().strip("<>"), media_type, body)


def put_in(envelope: etree._Element, package: Package) -> None:
    """Each `xop:Include` becomes the Base64 text that it stands for. Raises Unreadable for a file that did not come."""
    files = {file.id: file for file in package.attached}
    for include in list(envelope.iter(_INCLUDE)):
        file = files.get(unquote(str(include.get("href", "")).removeprefix("cid:")))
        holder = include.getparent()
        if file is None or holder is None:
            raise Unreadable("attachment")
        holder.remove(include)
        holder.text = base64.b64encode(file.body).decode("ascii")
