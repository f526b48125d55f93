"""Reads a SOAP fault, 1.1 or 1.2, and finds the mapping's word for it. It keeps no sentence of a fault: those name persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from adapters.kinds.settings import Settings
from adapters.kinds.xsd import local

FAULT_KEYS = frozenset(("path", "denied", "not_found", "busy", "failed", "refused"))
WORDS = ("not_found", "denied", "refused", "busy", "failed")
SECURITY_CODES = frozenset(
    (
        "UnsupportedSecurityToken",
        "UnsupportedAlgorithm",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "FailedAuthentication",
    )
) | {"FailedCheck", "SecurityTokenUnavailable", "MessageExpired", "SecurityError"}
"""WS-Security 1.1 §12, and `SecurityError`, under which several servers hide which of them it was."""


class Fault(Exception):
    """The department answered with a fault. `said` is the mapping's word for it, or ""; `is_server` where it blames itself;
    `security` its code of WS-Security, or ""."""

    def __init__(self, said: str, is_server: bool, security: str = "") -> None:
        super().__init__(said)
        self.said, self.is_server, self.security = said, is_server, security


@dataclass(frozen=True)
class Faults:
    """A mapping's words for faults: the call's own before the department's."""

    tables: tuple[Settings, ...] = field(repr=False)

    def read(self, node: etree._Element) -> Fault:
        code = _code(node)
        said = next((word for name in _names(node, self._paths()) if (word := self._word(name))), "")
        security = next((one for one in map(_unprefixed, _codes(node)) if one in SECURITY_CODES), "")
        return Fault(said, code.endswith(("Server", "Receiver")) or code.startswith("Server"), security)

    def _paths(self) -> list[str]:
        return [path for table in self.tables for path in table.words("path")]

    def _word(self, name: str) -> str:
        return next((word for table in self.tables for word in WORDS if name in table.words(word)), "")


def check_faults(settings: Settings) -> None:
    """Raises Misconfigured for keys that nothing reads."""
    settings.only(FAULT_KEYS)
    for key in settings.table:
        settings.words(key)


def _names(node: etree._Element, paths: list[str]) -> Iterator[str]:
    """What a list of the mapping may name, the most exact first: the text of the detail's element at `path`, the names of the detail's own
    elements, the subcodes, the code, and the fault's whole sentence."""
    detail = next((one for one in node if local(str(one.tag)).lower() == "detail"), None)
    if detail is not None:
        for path in paths:
            yield from ((one.text or "").strip() for one in detail.iter() if local(str(one.tag)) == path)
        yield from (local(str(one.tag)) for one in detail)
    yield from (_unprefixed(code) for code in reversed(_codes(node)))
    yield from (
        " ".join((one.text or "").split()) for one in node.iter() if local(str(one.tag)) in ("faultstring", "Text")
    )


def _codes(node: etree._Element) -> list[str]:
    """The code, then each subcode below it."""
    old = [one.text or "" for one in node if local(str(one.tag)) == "faultcode"]
    return old or [one.text or "" for one in node.iter() if local(str(one.tag)) == "Value"]


def _code(node: etree._Element) -> str:
    return _unprefixed(next(iter(_codes(node)), ""))


def _unprefixed(code: str) -> str:
    return code.strip().rpartition(":")[2]
