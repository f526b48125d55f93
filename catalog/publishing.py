"""Freezes a site's document to canonical bytes with a digest, and thaws it again. It stores nothing and moves no region's pointer.

Same document, same bytes: keys sorted, no spaces, UTF-8, no NaN. The digest names the published catalog for ever.
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
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        frozen = text.encode("utf-8")
    except (TypeError, ValueError) as wrong:
        raise BadDocument("the document holds what JSON cannot say; read the site's folder again") from wrong
    return frozen, hashlib.sha256(frozen).hexdigest()


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
