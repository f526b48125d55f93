"""Reads an OFD package into what a verifier and a renderer ask of it. It judges nothing and draws nothing.

Tolerates what other makers write: any namespace prefix and order of children, absolute and relative paths, a list of
signatures at another place, the provider as children, seals without a file of their own.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from lxml import etree

from certificates.errors import Malformed
from certificates.ofd.package import MAX_ENTRIES, read_package
from certificates.ofd.paths import ROOT, child, children, descendants, name_of, parsed, resolved, text_of
from certificates.ofd.signlist import Listed, read_list

MAX_PAGES = 200
MAX_TEMPLATES = 16
MAX_TEXT = 2_000_000
_CHINA = timezone(timedelta(hours=8))
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class PageFiles:
    """A page: its number in the document, its file, and the files of its template pages, those behind it first."""

    id: str
    path: str
    behind: tuple[str, ...]
    before: tuple[str, ...]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a signature shows its seal: page number and box in millimetres."""

    page: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """One signature as the package has it; nothing is verified."""

    id: str
    kind: str
    path: str
    xml: bytes = field(repr=False)
    value: bytes = field(repr=False)
    method: str
    digest_method: str
    references: tuple[tuple[str, bytes], ...] = field(repr=False)
    signed_at: datetime | None
    stamps: tuple[Stamp, ...]
    own: frozenset[str]
    seal: str = ""
    """The entry that holds the seal again, where there is one; it lies under no digest."""


@dataclass(frozen=True, slots=True)
class OfdDocument:
    """An OFD as read. ``tags`` are its CustomDatas, ``attachments`` names with the entries that hold them."""

    files: Mapping[str, bytes] = field(repr=False)
    trees: Mapping[str, etree._Element] = field(repr=False)
    """The XML of every file that the document's parts name, by its entry; each was read once, before anything is judged or drawn."""
    tags: Mapping[str, str] = field(repr=False)
    pages: tuple[PageFiles, ...]
    resources: tuple[str, ...]
    attachments: tuple[tuple[str, str], ...]
    signatures_path: str
    signatures: tuple[SignatureFile, ...]

    def text(self) -> Iterator[str]:
        """Yield the texts drawn, page by page, in drawing order."""
        for page in self.pages:
            for path in (*page.behind, page.path, *page.before):
                for code in descendants(self.trees[path], "TextCode"):
                    yield code.text or ""

    def attachment(self, ending: str) -> bytes | None:
        """Return the first attachment whose name or file ends so."""
        for name, path in self.attachments:
            if name.endswith(ending) or path.endswith(ending):
                return self.files[path]
        return None


def read_ofd(raw: bytes) -> OfdDocument:
    """Read a package. Raises Malformed: those of ``read_package``, ``ofd-xml``, ``ofd``."""
    files = read_package(raw)
    return _Reading(files).document()


class _Reading:
    """Follows the paths of one package from its root."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._trees: dict[str, etree._Element] = {}

    def document(self) -> OfdDocument:
        body = child(self._xml(ROOT), "DocBody")
        if body is None:
            raise _wrong("OFD.xml has no document")
        path = self._place(text_of(body, "DocRoot"), ROOT)
        root = self._xml(path)
        templates = {
            each.get("ID", ""): (self._place(each.get("BaseLoc", ""), path), each.get("ZOrder", "Background"))
            for each in descendants(root, "TemplatePage")
        }
        pages = tuple(self._page(each, path, root, templates) for each in self._page_elements(root))
        self._require_readable(pages)
        signatures_path, signatures = self._signatures(text_of(body, "Signatures"))
        return OfdDocument(
            self._files,
            self._trees,
            _tags(body),
            pages,
            self._resources(root, path),
            self._attachments(text_of(root, "Attachments"), path),
            signatures_path,
            signatures,
        )

    def _page_elements(self, root: etree._Element) -> list[etree._Element]:
        pages = child(root, "Pages")
        found = [] if pages is None else list(children(pages, "Page"))
        if not found or len(found) > MAX_PAGES:
            raise _wrong(f"a document has 1 to {MAX_PAGES} pages")
        return found

    def _page(
        self, element: etree._Element, document: str, root: etree._Element, templates: Mapping[str, tuple[str, str]]
    ) -> PageFiles:
        path = self._place(element.get("BaseLoc", ""), document)
        page = self._xml(path)
        used = [
            templates[each.get("TemplateID", "")]
            for each in children(page, "Template")
            if each.get("TemplateID") in templates
        ]
        if len(used) > MAX_TEMPLATES:
            raise _wrong(f"a page has at most {MAX_TEMPLATES} templates")
        for place, _ in used:
            self._xml(place)
        area = child(page, "Area")
        area = area if area is not None else child(child(root, "CommonData"), "PageArea")
        return PageFiles(
            element.get("ID", ""),
            path,
            tuple(place for place, order in used if order != "Foreground"),
            tuple(place for place, order in used if order == "Foreground"),
            box_of(text_of(area, "PhysicalBox")),
        )

    def _require_readable(self, pages: tuple[PageFiles, ...]) -> None:
        """Each file draws on its pages what it holds; together no more than anybody reads, however often a file is named."""
        length: dict[str, int] = {}
        for path in (path for page in pages for path in (*page.behind, page.path, *page.before)):
            if path not in length:
                length[path] = 1 + sum(1 + len(each.text or "") for each in descendants(self._trees[path], "TextCode"))
        if sum(length[path] for page in pages for path in (*page.behind, page.path, *page.before)) > MAX_TEXT:
            raise Malformed("too-large", f"The pages of a document show at most {MAX_TEXT} characters.")

    def _resources(self, root: etree._Element, path: str) -> tuple[str, ...]:
        common = child(root, "CommonData")
        named = [] if common is None else [*children(common, "PublicRes"), *children(common, "DocumentRes")]
        places = tuple(self._place(text_of(each), path) for each in named)
        for place in places:
            self._xml(place)
        return places

    def _attachments(self, listed: str, document: str) -> tuple[tuple[str, str], ...]:
        if not listed:
            return ()
        path = self._place(listed, document)
        return tuple(
            (each.get("Name", ""), self._place(text_of(each, "FileLoc"), path, listed.rpartition("/")[0]))
            for each in descendants(self._xml(path), "Attachment")
        )

    def _signatures(self, listed: str) -> tuple[str, tuple[SignatureFile, ...]]:
        if not listed:
            return "", ()
        path = self._place(listed, ROOT)
        found = read_list(self._files[path])
        places = [self._place(each.path, path) for each in found]
        if len(set(places)) != len(places):
            raise Malformed("ofd-list", "The list of signatures names one twice; get the file again as it was issued.")
        return path, tuple(map(self._signature, found, places))

    def _signature(self, listed: Listed, path: str) -> SignatureFile:
        root = self._xml(path)
        info = child(root, "SignedInfo")
        references = child(info, "References")
        if info is None or references is None:
            raise _wrong("a signature lists no files")
        if len(references) > MAX_ENTRIES:
            raise _wrong(f"a signature lists at most {MAX_ENTRIES} files")
        value = self._place(text_of(root, "SignedValue"), path)
        seal = text_of(child(info, "Seal"), "BaseLoc")
        return SignatureFile(
            listed.id,
            listed.kind,
            path,
            self._files[path],
            self._files[value],
            text_of(info, "SignatureMethod"),
            references.get("CheckMethod", "MD5"),
            tuple(self._reference(each, path) for each in children(references, "Reference")),
            moment_of(text_of(info, "SignatureDateTime")),
            tuple(
                Stamp(each.get("PageRef", ""), box_of(each.get("Boundary", "")))
                for each in children(info, "StampAnnot")
            ),
            frozenset((path, value)),
            self._place(seal, path) if seal else "",
        )

    def _reference(self, element: etree._Element, beside: str) -> tuple[str, bytes]:
        """A file that is not there keeps its written name: that it is missing is for the verifier to say."""
        written = element.get("FileRef", "")
        found = resolved(written, beside)
        place = found if found in self._files else written.lstrip("/")
        try:
            return place, base64.b64decode(text_of(element, "CheckValue"), validate=True)
        except binascii.Error as error:
            raise _wrong("a digest is not base64") from error

    def _place(self, written: str, beside: str, more: str = "") -> str:
        """Return the entry that a path names: from the root, beside the file, or (some makers) from the root unmarked."""
        if not written:
            raise _wrong("a path is missing")
        found = resolved(written, beside)
        if found in self._files:
            return found
        # Only after the right reading: from the root though it is not marked so, or from a folder named before.
        for path in (written.lstrip("/"), resolved(f"{more}/{written}", beside) if more else ""):
            if path in self._files:
                return path
        raise _wrong("a file is missing that the document names")

    def _xml(self, path: str) -> etree._Element:
        if path not in self._files:
            raise _wrong(f"{ROOT} is missing" if path == ROOT else "a file is missing that the document names")
        if path not in self._trees:
            self._trees[path] = parsed(self._files[path])
        return self._trees[path]


def moment_of(written: str) -> datetime | None:
    """Read a signature's time in the spellings in use: with or without marks between, ``Z`` for UTC, else China's time."""
    digits = _DIGITS.sub("", written.removesuffix("Z").split(".")[0].split("+")[0])
    if len(digits) != 14:
        return None
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC if written.endswith("Z") else _CHINA).astimezone(UTC)


def box_of(written: str) -> tuple[float, float, float, float]:
    """Read a box of four numbers. Raises Malformed ``ofd``."""
    try:
        x, y, width, height = (float(part) for part in written.split())
    except ValueError as error:
        raise _wrong("a box has four numbers") from error
    if not all(abs(number) <= 100_000 for number in (x, y, width, height)):
        raise _wrong("a box lies in reach")
    return x, y, width, height


def _tags(body: etree._Element) -> dict[str, str]:
    info = child(body, "DocInfo")
    custom = child(info, "CustomDatas")
    found: dict[str, str] = {}
    for each in () if custom is None else custom:
        name = each.get("Name", "")
        if name in found:
            raise _wrong("a CustomData stands twice")
        if name_of(each) == "CustomData" and name:
            found[name] = each.text or ""
    return found


def _wrong(rule: str) -> Malformed:
    return Malformed("ofd", f"This is no sound OFD document: {rule}; get the file again as it was issued.")
