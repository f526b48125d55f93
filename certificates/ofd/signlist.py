"""Reads the list of a document's signatures (``Signatures.xml``). Nobody signs a byte of it, so it has one shape and says nothing else.

It judges no signature and opens none: it says where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from certificates.errors import Malformed
from certificates.ofd.paths import name_of, parsed

MAX_SIGNATURES = 8
MAX_LIST = 4096
_NAMESPACE = re.compile(r"http://www\.ofdspec\.org(/\d{4})?")
_PREFIX = re.compile(r"[A-Za-z]{1,8}")
_NUMBER = re.compile(r"[A-Za-z0-9_.-]{1,16}")
# From the root, from here, or up first: a name that is left again ("a/../b") would be a text that nobody signed.
_PATH = re.compile(r"(/|\./|(\.\./)*)(?!\.{1,2}(/|$))[^/]+(/(?!\.{1,2}(/|$))[^/]+)*")
_KINDS = ("Seal", "Sign")


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the list: its number, ``Seal`` or ``Sign``, and the path as written."""

    id: str
    kind: str
    path: str


def read_list(raw: bytes) -> tuple[Listed, ...]:
    """Return the signatures listed. Raises Malformed ``ofd-xml``, ``ofd-list``."""
    if len(raw) > MAX_LIST:
        raise _wrong(f"it has at most {MAX_LIST} bytes")
    root = parsed(raw, whole=True)
    if root.getprevious() is not None or root.getnext() is not None:
        raise _wrong("nothing stands beside its one element")
    _require_plain(root, root, "Signatures", {})
    found = tuple(_entries(root))
    if len(found) > MAX_SIGNATURES:
        raise _wrong(f"a document has at most {MAX_SIGNATURES} signatures")
    if len({each.id for each in found}) != len(found):
        raise _wrong("each signature has a number of its own")
    return found


def _entries(root: etree._Element) -> Iterator[Listed]:
    """The signatures; a number that was given last may stand among them once."""
    counted = False
    for each in root:
        if name_of(each) == "MaxSignId" and not counted:
            counted = True
            _require_plain(root, each, "MaxSignId", {}, text=_NUMBER)
        else:
            _require_plain(root, each, "Signature", {"ID": _NUMBER, "Type": None, "BaseLoc": _PATH})
            if each.get("Type", "Seal") not in _KINDS:
                raise _wrong(f"a signature is of the kind {' or '.join(_KINDS)}")
            yield Listed(each.get("ID", ""), each.get("Type", "Seal"), each.get("BaseLoc", ""))


def _require_plain(
    root: etree._Element,
    element: etree._Element,
    name: str,
    attributes: dict[str, re.Pattern[str] | None],
    text: re.Pattern[str] | None = None,
) -> None:
    """Whether the element is what stands here and no more: its name, these attributes, its own text; white space between."""
    if not isinstance(element.tag, str) or name_of(element) != name or element.nsmap != root.nsmap:
        raise _wrong(f"comments, instructions and other elements have no place in it, {name} stands here")
    if not _is_known(element) or set(element.attrib) - set(attributes):
        raise _wrong("it has no other attributes and no other namespace")
    if any(shape and not shape.fullmatch(element.get(key, "")) for key, shape in attributes.items()):
        raise _wrong("an attribute is missing, or longer than what it tells")
    said = (element.text or "").strip()
    if (element.tail or "").strip() or (not text.fullmatch(said) if text else said):
        raise _wrong("no text stands between its elements")
    if element is not root and len(element):
        raise _wrong("an entry holds no further one")


def _is_known(element: etree._Element) -> bool:
    """Whether its one namespace is that of OFD, under a prefix that is none but a prefix."""
    spaces = dict(element.nsmap)
    return len(spaces) <= 1 and all(
        _NAMESPACE.fullmatch(uri) and (prefix is None or _PREFIX.fullmatch(prefix)) for prefix, uri in spaces.items()
    )


def _wrong(rule: str) -> Malformed:
    return Malformed(
        "ofd-list", f"The list of signatures says more than which there are: {rule}; get the file again as issued."
    )
