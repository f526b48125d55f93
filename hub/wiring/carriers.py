"""The files that carry a certificate, as people are offered and given them. It asks nobody's right and records no look."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import Site
from hub.errors import NotThere
from hub.registry.rows import Carrier
from hub.wiring.listings import FileView
from hub.wiring.making import PNG, Held, Making

FILE_TITLES: Mapping[str, tuple[str, str]] = {
    "ofd": ("版式文件 OFD", ".ofd"),
    "pdf": ("版式文件 PDF", ".pdf"),
    "png": ("预览图 PNG", ".png"),
    "ycert": ("数据文件", ".ycert"),
    "credential": ("二维码凭证", ".txt"),
    "data": ("原数据", ".json"),
    "scan": ("扫描件", ""),
}
"""Kind of file: its title, and how its name ends; in the order in which people are offered them."""
SCAN_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "application/pdf": ".pdf"}
TO_LOOK_AT = ("ofd", "pdf", "png")
"""What the window and the holder are offered: files that show the face. The data file has its own place on the pages."""


UNSIGNED = ("C", "D")
"""Grades of what nobody signed: no face of it is drawn, since it would look like the certificate itself."""


def offered(site: Site, type_code: str, files: Mapping[str, Carrier], trust: str = "") -> tuple[tuple[str, str], ...]:
    """Kind and title of what shows the face; of what another issued (its grade, `trust`) whatever its issuer gave. The picture is drawn
    when it is asked for, so it needs a face and no file; of what nobody signed there is none."""
    kind = site.certificates.get(type_code)
    there = {*files, *(("png",) if kind is not None and kind.face and trust not in UNSIGNED else ())}
    return tuple((one, FILE_TITLES[one][0]) for one in (FILE_TITLES if trust else TO_LOOK_AT) if one in there)


def handed(making: Making, site: Site, held: Held, kind: str) -> FileView:
    """One of its files, named by its number. Raises NotThere (CERTIFICATE_FILE_NOT_THERE, LAYOUT_NOT_THERE)."""
    name = f"{held.number}{FILE_TITLES.get(kind, ('', ''))[1]}"
    if kind == "png" and held.content is not None:
        return FileView(name, PNG, making.picture(site, held))
    if kind in held.files and kind in FILE_TITLES:
        name += SCAN_ENDINGS.get(held.files[kind].media_type, "") if kind == "scan" else ""
        return FileView(name, held.files[kind].media_type, making.files.read(held.files[kind].file))
    raise NotThere("这本证照没有这种文件。请刷新页面，选择列出的文件。", code="CERTIFICATE_FILE_NOT_THERE")
