"""Walks every value of a body, JSON or XML, also of what is packed inside a text (XML, JSON, Base64), and writes the body again with each replaced.

A body that cannot be taken apart, a key that looks like a person's number and a file of a kind that cannot be made anew are refused: what
cannot be told safe is not kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds import xmltext

Replace = Callable[[str], str]
DEEPEST = 4
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_PERSONAL_KEY = re.compile(r"\d{7,}|\d{17}[\dXx]")
_DIGESTS = ("sha256", "sha1", "md5")
_FILES = {
    b"%PDF-": b"%PDF-1.4\n% example\n%%EOF\n",
    b"PK\x03\x04": b"PK\x03\x04example",
    b"\xff\xd8\xff": b"\xff\xd8\xff\xe0example\xff\xd9",
    b"\x89PNG": b"\x89PNG\r\n\x1a\nexample",
}


class CannotTell(Misconfigured):
    """A value, or a whole body, cannot be told free of persons. The message names the place, never the value."""


@dataclass
class Body:
    """Replaces with `replace`; `digests` are those of files that were made anew, old → new."""

    replace: Replace
    digests: dict[str, str] = field(default_factory=dict, repr=False)

    def disguised(self, body: bytes, content_type: str) -> bytes:
        """The body with every value replaced. Raises CannotTell."""
        if not body.strip():
            return body
        made = self._whole(body, content_type)
        # A digest may stand before its file: once all files are known, the body is gone through again.
        return self._whole(body, content_type) if self.digests else made

    def _whole(self, body: bytes, content_type: str) -> bytes:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return self._xml_bytes(body, content_type)
        try:
            return self._json(body.decode("utf-8-sig"), 0, "$").encode()
        except (UnicodeDecodeError, ValueError):
            raise CannotTell(
                "The answer is neither JSON nor XML, so nothing in it can be replaced; record another."
            ) from None

    # --- JSON ---------------------------------------------------------------------------------------------------------

    def _json(self, text: str, depth: int, place: str) -> str:
        tree = json.loads(text, parse_float=Decimal)
        return json.dumps(self.plain(tree, place, depth), ensure_ascii=False, default=_number, separators=(",", ":"))

    def plain(self, tree: Any, place: str, depth: int = 0) -> Any:
        """A tree of tables, lists and scalars, each scalar replaced. Raises CannotTell."""
        if isinstance(tree, dict):
            for key in tree:
                if _PERSONAL_KEY.search(str(key)):
                    raise CannotTell(
                        f"A key at {place} is a long number and may be somebody's; this answer cannot be kept."
                    )
            return {key: self.plain(value, f"{place}.{key}", depth) for key, value in tree.items()}
        if isinstance(tree, list | tuple):
            return [self.plain(value, f"{place}[{at}]", depth) for at, value in enumerate(tree)]
        if tree is None or isinstance(tree, bool):
            return tree
        if isinstance(tree, int | float | Decimal):
            return _as_number(self.replace(str(tree)), tree)
        if isinstance(tree, bytes):
            raise CannotTell(f"At {place} stand bytes, which cannot be looked into; this answer cannot be kept.")
        return self.text(str(tree), place, depth)

    # --- XML ----------------------------------------------------------------------------------------------------------

    def _xml_bytes(self, body: bytes, content_type: str) -> bytes:
        charset = re.search(r"charset=\"?([\w.-]+)", content_type, re.IGNORECASE)
        encoding, declared = xmltext.encoding_of(body, charset[1] if charset else "")
        try:
            text = self._xml(xmltext.safe_text(body, charset[1] if charset else ""), "", 0)
        except xmltext.Unreadable as e:
            raise CannotTell(f"The answer is no XML that can be read ({e.rule}); record another.") from None
        return f"{declared}{text}".encode(encoding)

    def _xml(self, text: str, place: str, depth: int) -> str:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
        )
        try:
            root = etree.fromstring(text, parser)
        except (etree.XMLSyntaxError, ValueError):
            raise CannotTell(f"At {place or 'the root'} stands no whole XML; this answer cannot be kept.") from None
        for element in root.iter():
            here = f"{place}/{str(element.tag).rpartition('}')[2]}"
            if element.text:
                element.text = self.text(element.text, here, depth)
            if element.tail:
                element.tail = self.text(element.tail, here, depth)
            for name, value in element.attrib.items():
                element.set(name, _xsi(str(name), value) or self.text(value, f"{here}/@{name!s}", depth))
        return str(etree.tostring(root, encoding="unicode"))

    # --- a text that may hold another body ----------------------------------------------------------------------------

    def text(self, text: str, place: str, depth: int = 0) -> str:
        inside = text.strip()
        if inside.lower() in self.digests:
            new = self.digests[inside.lower()]
            return new.upper() if inside.isupper() else new
        if depth >= DEEPEST:
            raise CannotTell(
                f"At {place} bodies stand in bodies, more than {DEEPEST} deep; this answer cannot be kept."
            )
        if inside.startswith("<") and inside.endswith(">"):
            declared = re.match(r"<\?xml[^>]*\?>\s*", inside)
            head = declared[0] if declared else ""
            return head + self._xml(inside[len(head) :], place, depth + 1)
        if inside[:1] in ("{", "[") and inside[-1:] in ("}", "]"):
            try:
                return self._json(inside, depth + 1, place)
            except ValueError:
                return self.replace(text)
        packed = _unpacked(inside)
        return self.replace(text) if packed is None else self._packed(packed, place, depth)

    def _packed(self, body: bytes, place: str, depth: int) -> str:
        made = next((made for mark, made in _FILES.items() if body.startswith(mark)), None)
        if made is not None:
            for name in _DIGESTS:
                self.digests[hashlib.new(name, body).hexdigest()] = hashlib.new(name, made).hexdigest()
            return base64.b64encode(made).decode()
        for encoding in ("utf-8", "gb18030"):
            try:
                text = body.decode(encoding)
            except UnicodeDecodeError:
                continue
            if text.isprintable() or text.strip()[:1] in ("<", "{", "["):
                return base64.b64encode(self.text(text, f"{place} (Base64)", depth + 1).encode(encoding)).decode()
        raise CannotTell(
            f"At {place} stands Base64 that is neither text nor a PDF, OFD, JPEG or PNG; this answer cannot be kept."
        )


def _unpacked(text: str) -> bytes | None:
    """What Base64 holds; None for a text that is none, or that only looks like it by chance (a number, a word)."""
    joined = "".join(text.split())
    if len(joined) % 4 or not _BASE64.fullmatch(joined) or joined.isdigit() or re.fullmatch(r"[0-9a-fA-F]+", joined):
        return None
    try:
        body = base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        return None
    is_file = any(body.startswith(mark) for mark in _FILES)
    return body if is_file or len(joined) >= 40 or body.lstrip()[:1] in (b"<", b"{", b"[") else None


def _xsi(name: str, value: str) -> str:
    """Attributes of schema instances are names of types, not values."""
    return value if name.startswith("{http://www.w3.org/2001/XMLSchema-instance}") else ""


def _number(value: object) -> object:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else float(str(value))


def _as_number(text: str, original: object) -> object:
    try:
        return int(text) if isinstance(original, int) else Decimal(text)
    except (ValueError, ArithmeticError):
        raise CannotTell("A number could not be replaced by a number; this answer cannot be kept.") from None
