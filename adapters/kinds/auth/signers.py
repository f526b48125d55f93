"""The signers that are known by name. Each is a table; a manifest may change any word of one, or write one whole (`style = "sign"`).

Where a platform's papers leave something open (the unit of a time, a separator) the value here is proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.kinds.auth.signing import Signer

EXCHANGE_PLATFORM = "gjgxjhpt"

SIGNERS: Mapping[str, Signer] = {
    # 国家数据共享交换平台: the four values as headers or as query words; a provincial twin writes jsjhpt_… (`prefix`).
    EXCHANGE_PLATFORM: Signer(
        "hmac-sha256",
        "{sid}{id}{time}",
        {"_sid": "{sid}", "_rid": "{id}", "_rtime": "{time}", "_sign": "{signature}"},
    ),
    # The open-data gateways of some provinces: the body is not covered.
    "gateway": Signer(
        "hmac-sha256",
        "{id}{time}{nonce}",
        {"X-Client-Id": "{id}", "X-Timestamp": "{time}", "X-Nonce": "{nonce}", "X-Signature": "{signature}"},
    ),
    # Covers method, path, query and, by its digest (RFC 9530), the body.
    "body_digest": Signer(
        "hmac-sha256",
        "{method}\n{path}\n{query}\n{time}\n{nonce}\n{digest}",
        {
            "X-Client-Id": "{id}",
            "X-Timestamp": "{time}",
            "X-Nonce": "{nonce}",
            "Content-Digest": "sha-256=:{digest}:",
            "X-Signature": "{signature}",
        },
    ),
    # A city's reporting interfaces: sha1(appKey + appSecret + timestamp).
    "sha1": Signer(
        "sha1",
        "{id}{secret}{time}",
        {"appKey": "{id}", "timestamp": "{time}", "signature": "{signature}"},
        place="query",
        encoding="hex",
    ),
    # All parameters, sorted by name, with time and nonce among them; then the secret.
    "sha1_sorted": Signer(
        "sha1",
        "{params}{secret}",
        {"appKey": "{id}", "timestamp": "{time}", "nonce": "{nonce}", "sign": "{signature}"},
        place="query",
        encoding="hex",
    ),
}


def with_prefix(signer: Signer, prefix: str) -> Signer:
    """The signer whose bare words (`_sid`) get this prefix."""
    return replace(
        signer, put={(prefix + name if name.startswith("_") else name): text for name, text in signer.put.items()}
    )
