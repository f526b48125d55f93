"""The client's calls for certificates that the registry shares: a department's system fetches them, the window makes 用证码. It opens no connection.

Each is one call; `Shared…` as docs/api.md describes it. What a system may fetch stands in the catalog (`Peer.catalog(allowed=True)`,
entries of kind `certificate`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from adapters.clientwire import ClientProblem, Doc, new_key, part

SHARED = "/certificates/shared"


class Signed(Protocol):
    """One signed call (`Peer.call`)."""

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Doc: ...


class Asked(Protocol):
    """One call of a person who is logged in."""

    def __call__(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Doc: ...


@dataclass(frozen=True)
class Within:
    """The own item case in which a system asks, the matter of that case, and the id of the official who acts."""

    case: str = field(repr=False)
    purpose: str
    handler: str = field(repr=False)


class SharedCertificates:
    """Certificates out of the registry, for one organisation."""

    def __init__(self, call: Signed) -> None:
        self._call = call

    def query(self, within: Within, **which: str) -> Doc:
        """`which`: `identifier`, `qr`, or `holder` and `type`. Raises ClientProblem: ASK_REFUSED and its `rule` say which leave is missing."""
        return self._call("POST", f"{SHARED}/query", {**vars(within), **which})

    def download(self, within: Within, key: str = "", **which: str) -> Doc:
        """`which`: `identifier` or `qr`, beside `form`, `copy_as` and `expires_on`; see `content_of`. The same key gives the same copy."""
        return self._call("POST", f"{SHARED}/download", {**vars(within), **which}, key or new_key())

    def verify(self, within: Within, **claims: Any) -> Doc:
        """`claims`: `identifier` or `qr`, beside what is claimed: holder, holder_name, number, sha256, values."""
        return self._call("POST", f"{SHARED}/verify", {**vars(within), **claims})

    def permits(self, code: str, handler: str) -> Doc:
        """What a holder's code (用证码) permits, and its state; it counts no use."""
        return self._call("POST", f"{SHARED}/codes", {"code": code, "handler": handler})

    def redeem(self, code: str, handler: str, key: str = "", **more: Any) -> Doc:
        """What a holder's code stands for, of each of its `certificates`: `values`, `matches`, or a `file` (see `content_of`). `more`: form,
        purpose, claims. The same key counts no second use."""
        return self._call("POST", f"{SHARED}/redemptions", {"code": code, "handler": handler, **more}, key or new_key())


class HolderCodes:
    """用证码 at the window, for a holder who is proven in a case."""

    def __init__(self, call: Asked) -> None:
        self._call = call

    def make(
        self, certificate_id: str, case_no: str, audience: str, purpose: str, until: datetime, key: str = "", **more: Any
    ) -> Doc:  # fmt: skip
        """A new code: `code` is told here and nowhere again. The same key gives the same code."""
        said = {"case_no": case_no, "audience": audience, "purpose": purpose, "until": until.isoformat(), **more}
        return self._call("POST", _codes(certificate_id), said, {"Idempotency-Key": key or new_key()})

    def listed(self, certificate_id: str) -> list[Doc]:
        rows: list[Doc] = self._call("GET", _codes(certificate_id))["rows"]
        return rows

    def revoke(self, certificate_id: str, code_id: str) -> Doc:
        return self._call("POST", f"{_codes(certificate_id)}/{part(code_id)}/revocation")


def content_of(given: Doc) -> bytes:
    """The file in an answer. Raises ClientProblem (CONTENT_DIFFERS) where it is not the file that the answer names."""
    body = base64.b64decode(given["content"])
    if hashlib.sha256(body).hexdigest() != given["sha256"]:
        detail = "The file is not the one that the answer names; fetch it again with the same key."
        raise ClientProblem("CONTENT_DIFFERS", 0, detail, retryable=True)
    return body


def _codes(certificate_id: str) -> str:
    return f"/certificates/{part(certificate_id)}/codes"
