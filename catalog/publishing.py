"""Freezes a site's document to canonical bytes with a digest, and thaws it again. It stores nothing and moves no region's pointer.

Same document, same bytes: keys sorted, no spaces, UTF-8, no NaN. Inside a department's wire the order is the author's: XML has its
elements in it. The digest names the published catalog for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from catalog.mismatch import BadDocument
from catalog.reading import FORMAT

MAX_DOCUMENT_BYTES = 32 << 20


def freeze(document: Mapping[str, object]) -> tuple[bytes, str]:
    """The document as canonical JSON and the SHA-256 of those bytes (64 hex digits). Raises BadDocument if JSON cannot say it."""
    try:
        text = json.dumps(_ordered(document), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        frozen = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as wrong:
        raise BadDocument("the document holds what JSON cannot say; read the site's folder again") from wrong
    return frozen, hashlib.sha256(frozen).hexdigest()


WIRES = ("wire", "handles")
"""Tables that only an adapter understands; what it writes may stand in their order."""


def _ordered(node: object) -> object:
    """Every table with its keys sorted, but for what is inside a wire."""
    if isinstance(node, Mapping):
        return {key: node[key] if key in WIRES else _ordered(node[key]) for key in sorted(node)}
    return [_ordered(one) for one in node] if isinstance(node, list) else node


def thaw(frozen: bytes) -> dict[str, object]:
    """The document of published bytes. Raises BadDocument where they are not canonical, or of a layout not known here."""
    if len(frozen) > MAX_DOCUMENT_BYTES:
        raise BadDocument(f"the published document is larger than {MAX_DOCUMENT_BYTES} bytes; publish a smaller site")
    try:
        document = json.loads(frozen)
    except (ValueError, RecursionError) as wrong:
        raise BadDocument("the published document is not JSON; publish the site again") from wrong
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadDocument(f"the published document is not of format {FORMAT}; publish the site again with this version")
    if freeze(document)[0] != frozen:
        raise BadDocument("the published document is not in canonical form; publish the site again")
    return document
