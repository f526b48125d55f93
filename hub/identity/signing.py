"""What a system's signed request says, as both sides compute it. It neither signs nor verifies.

One token per request, an EdDSA JWT of at most 60 seconds that names method, path and the body's digest, so that whoever holds
a copy can do nothing with it (docs/decisions/0006). `adapters.client.sign` shows a department how.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

AUDIENCE = "yijian"
ALGORITHM = "EdDSA"
WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Arrived:
    """A request as it came: `target` is the path, with `?query` where there is one, exactly as on the wire."""

    authorization: str = field(repr=False)
    method: str
    target: str
    digest: str


def body_digest(body: bytes) -> str:
    """`sha-256=<base64>` of the body; an empty body has a digest too."""
    return f"sha-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}"
