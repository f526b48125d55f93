"""Writes a filled request tree as XML, and reads an XML answer into the plain tree of `paths`. It sends nothing and knows no schema.

A document type, and so every entity of its own and every external one, is refused before parsing. Names are local names: a department
may change prefixes and namespaces as it likes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from sys import intern

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.paths import Alone, AloneText
from adapters.kinds.templates import Unfillable

MEDIA_TYPES = frozenset(("text/xml", "application/xml"))
ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "us-ascii": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
"""Declared name → codec. Departments declare gbk and write characters that only gb18030 has."""

DECLARATION_LIMIT = 1024
"""No declaration is longer; looking further on costs a hostile answer nothing and us minutes."""
MOST_ELEMENTS = 100_000
"""In one answer; more are no answer about one person or firm."""
TEXT = "#"
"""The text of an element that has attributes too."""

_DECLARATION = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*?\?>""")
_ANY_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class Unreadable(Exception):
    """An answer is no XML that may be read; `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


# --- reading ---------------------------------------------------------------------------------------------------------


def is_xml(media_type: str) -> bool:
    return media_type in MEDIA_TYPES or media_type.endswith("+xml")


def read(body: bytes, charset: str) -> object:
    """The tree below and with the root: `{root: …}`. What the document declares goes before the header's charset, which gateways
    set without looking. Raises Unreadable."""
    text = safe_text(body, charset)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("xml") from None
    if sum(1 for _ in islice(root.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        raise Unreadable("too_many_parts")
    top = Alone()
    _keep(top, str(root.tag), "", plain(root))
    return top


def safe_text(body: bytes, charset: str) -> str:
    """The document's text without its declaration, with no document type in it. Raises Unreadable."""
    text = _decoded(body, charset)
    refuse_document_type(text)
    return _ANY_DECLARATION.sub("", text).strip()


def encoding_of(body: bytes, charset: str) -> tuple[str, str]:
    """The codec of a document, and its declaration as it stands there ("" where it has none). Raises Unreadable."""
    declared = _DECLARATION.match(body[:DECLARATION_LIMIT])
    name = (declared[1].decode("ascii") if declared else charset or "utf-8").lower()
    if name not in ENCODINGS:
        raise Unreadable("encoding")
    codec = ENCODINGS[name].removesuffix("-sig")
    head = _ANY_DECLARATION.match(body[:DECLARATION_LIMIT].decode(codec, errors="replace").lstrip("\ufeff"))
    return codec, head[0] if head else ""


def _decoded(body: bytes, charset: str) -> str:
    declared = _DECLARATION.match(body[:DECLARATION_LIMIT])
    name = (declared[1].decode("ascii") if declared else charset or "utf-8").lower()
    try:
        return body.decode(ENCODINGS[name])
    except (KeyError, UnicodeDecodeError):
        raise Unreadable("encoding") from None


def refuse_document_type(text: str) -> None:
    """Walks over what may stand before the root. Nothing of a document type is ever parsed."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        ends = next((end for start, end in (("<?", "?>"), ("<!--", "-->")) if text.startswith(start, at)), "")
        if not ends:
            break
        after = text.find(ends, at)
        if after < 0:
            raise Unreadable("xml")
        at = after + len(ends)
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise Unreadable("dtd")


def plain(element: etree._Element) -> object | None:
    """An element's value: its text, or a mapping of attributes, children and text. Empty, or nil, is None."""
    if element.get(_NIL) in ("true", "1"):
        return None
    found = Alone()
    for name, value in element.attrib.items():
        _keep(found, str(name), "@", value)
    for child in element:
        _keep(found, str(child.tag), "", plain(child))
    text = "".join((element.text or "", *(child.tail or "" for child in element)))
    if not found:
        return AloneText(text) if text.strip() else None
    if text.strip():
        found[TEXT] = text
    return found


def _keep(found: Alone, tag: str, mark: str, value: object | None) -> None:
    """A name that comes again makes a list; an empty one among several keeps its place."""
    uri, _, local = tag.rpartition("}")
    name, known = mark + local, found.get(mark + local)
    if name not in found:
        found[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        found[name] = [known, value]
    _note_space(found, name, intern(uri[1:]))


def _note_space(found: Alone, name: str, uri: str) -> None:
    """One namespace for all of that name, or one for each of its list."""
    before, here = found.spaces.get(name), found[name]
    count = len(here) if isinstance(here, list) else 1
    if isinstance(before, list):
        before.append(uri)
    elif uri != (before or ""):
        if not found.spaces:
            found.spaces = {}
        found.spaces[name] = [*[before or ""] * (count - 1), uri] if count > 1 else uri


# --- writing ---------------------------------------------------------------------------------------------------------


def check_body(template: object, where: str) -> None:
    """Raises Misconfigured for a body without exactly one root, or with names that no element may have."""
    if not isinstance(template, Mapping) or len(template) != 1 or not _NAME.fullmatch(next(iter(template))):
        raise Misconfigured(f"{where}: an XML body is a table with one key, the name of the root element.")
    for name in _names(template):
        if name != TEXT and not _NAME.fullmatch(name.removeprefix("@")):
            raise Misconfigured(f"{where}: {name!r} is no name of an element; attributes are written @name.")


def _names(template: object) -> Iterator[str]:
    if isinstance(template, list):
        for inner in template:
            yield from _names(inner)
    if not isinstance(template, Mapping) or "from" in template:
        return
    if "each" in template:
        yield from _names(template["row"])
        return
    for name, inner in template.items():
        if name != "when":
            yield name.removeprefix("=")
            yield from _names(inner)


def written(tree: object, encoding: str) -> bytes:
    """The filled body as a document that declares `encoding`. What has no value is left out. Raises Unfillable."""
    assert isinstance(tree, Mapping)
    ((name, inner),) = tree.items()
    parts = [f'<?xml version="1.0" encoding="{encoding.upper()}"?>']
    _write(str(name), {} if inner is None else inner, str(name), parts)
    return "".join(parts).encode("gb18030" if encoding == "gb18030" else "utf-8")


def _write(name: str, value: object, place: str, parts: list[str]) -> None:
    if value is None:
        return
    if isinstance(value, list):
        for at, row in enumerate(value):
            _write(name, row, f"{place}[{at}]", parts)
        return
    if not isinstance(value, Mapping):
        parts.append(f"<{name}>{_escaped(value, place)}</{name}>")
        return
    attributes = "".join(
        f' {key[1:]}="{_escaped(inner, f"{place}.{key}")}"'
        for key, inner in value.items()
        if key.startswith("@") and inner is not None
    )
    parts.append(f"<{name}{attributes}>")
    for key, inner in value.items():
        if key == TEXT and inner is not None:
            parts.append(_escaped(inner, place))
        elif not key.startswith("@"):
            _write(key, inner, f"{place}.{key}", parts)
    parts.append(f"</{name}>")


def packed(tree: object, place: str = "") -> object:
    """The tree in which every `{ xml = { root = … } }` and `{ json = … }` became the text of that document. Raises Unfillable."""
    if isinstance(tree, list):
        return [packed(inner, f"{place}[{at}]") for at, inner in enumerate(tree)]
    if not isinstance(tree, Mapping):
        return tree
    inner = {key: packed(value, f"{place}.{key}".lstrip(".")) for key, value in tree.items()}
    if _holds(inner, "xml"):
        return _document(inner, place)
    if _holds(inner, "json"):
        return json.dumps(inner["json"], ensure_ascii=False, default=str)
    return inner


def _holds(table: Mapping[str, object], form: str) -> bool:
    return isinstance(table.get(form), Mapping) and set(table) <= {form, "declares"}


def _document(table: Mapping[str, object], place: str) -> str:
    """`declares` is the encoding that the declaration names, or "" for none; the text itself travels in the envelope's."""
    root = table["xml"]
    if not isinstance(root, Mapping) or len(root) != 1:
        raise Unfillable(place, "one_root")
    text = written(root, "utf-8").decode()
    said = str(table.get("declares", "UTF-8"))
    return text.replace('encoding="UTF-8"', f'encoding="{said}"', 1) if said else text.partition("?>")[2]


_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)


def _escaped(value: object, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | Decimal | datetime):
        raise Unfillable(place, "single_value")
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if _FORBIDDEN.search(text):
        raise Unfillable(place, "xml_characters")
    return text.translate(_ESCAPES)
