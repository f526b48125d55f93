"""Which keys of `[wire]` each kind reads: a misspelt one is refused, never a silent default. What they mean is in the kinds."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import Kind

_CALLING = frozenset(
    ("documents", "code_lists", "words", "size_limit_bytes", "handover_timeout_seconds", "breaker", "manners", "probe")
)
_JSON = _CALLING | {"auth", "base", "headers", "send", "media_types"}
WIRE_KEYS: Mapping[Kind, frozenset[str]] = {
    Kind.SOAP: _CALLING
    | {"wsdl", "service", "port", "path", "header", "faults", "security", "encoding", "strict", "addressing", "auth"},
    Kind.REST: _JSON | {"format", "encoding"},
    Kind.FILEDROP: frozenset(
        ("documents", "code_lists", "words", "encoding", "control", "files", "smallest_share", "outgoing", "reports")
    ),
    Kind.FRONTDB: frozenset(
        (
            "documents",
            "code_lists",
            "words",
            "schema",
            "connect_timeout_seconds",
            "handover_timeout_seconds",
            "breaker",
            "manners",
            "query_log",
            "reports",
        )
    ),
    Kind.INBOX: frozenset(("documents",)),
    Kind.PLATFORM: _JSON | {"push", "lookup", "row_lists", "tables", "idempotent", "sms"},
}
"""Keys of `[wire]` that each kind reads; any other is refused."""
