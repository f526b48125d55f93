"""Styles, scripts and icons, read once, compressed once, served under their digest for ever. It serves no upload and no page."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import NotThere

FOLDER = Path(__file__).parent / "static"
SERVED = {".css", ".js", ".svg"}


@dataclass(frozen=True)
class Asset:
    name: str
    digest: str
    media_type: str
    body: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Every file that a page may ask for, by name."""
    files = (path for path in FOLDER.iterdir() if path.suffix in SERVED)
    return {path.name: _asset(path) for path in files}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(path.name, hashlib.sha256(body).hexdigest()[:12], media_type, body, gzip.compress(body, 9, mtime=0))


def address(name: str) -> str:
    """Where a page finds the file. Its digest is in the address, so that a browser never shows an old one."""
    return f"/static/{assets()[name].digest}/{name}"


def answer(request: Request, digest: str, name: str) -> Response:
    """The file, for ever cacheable. Raises NotThere for any other name or digest."""
    asset = assets().get(name)
    if asset is None or asset.digest != digest:
        raise NotThere("没有这个文件。请刷新页面。")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.packed if packed else asset.body, media_type=asset.media_type, headers=headers)


@cache
def icon(name: str, extra: str = "") -> Markup:
    """An icon as inline SVG, hidden from screen readers: the word beside it says what it means."""
    source = (FOLDER / "icons" / f"{name}.svg").read_text("utf-8")
    inner = re.sub(r"\s+", " ", source[source.index(">") + 1 : source.rindex("</svg>")]).strip()
    inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").strip()
    return Markup(
        f'<svg class="i {extra}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{inner}</svg>'
    )
