"""For what an authority's key is being used, said by whoever lets it sign. It signs nothing, and decides on no signature.

The key belongs to the authority: it signs on a recorded decision, and what follows from one. So every use names the act that allows it
(docs/e-certificates.md, "Who signs"), and is refused where nobody did.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from certificates.errors import SigningFailed
from hub.sharinglog import Operator


class KeyAct(StrEnum):
    """What lets a key sign."""

    DECISION = "decision"
    """The decision of a case; `of` is the certificate that it reserved."""
    VERSION = "version"
    """An act of the registry on a certificate: the version that it reserved."""
    FACE = "face"
    """The files that show a certificate which the key has signed already."""
    LINK = "link"
    """A credential by link, made at the window for the holder of a certificate."""
    CODE = "code"
    """A smaller code, which the holder of a certificate chose."""
    STATUS = "status"
    """The authority's status list; `of` is its credit code."""
    CEREMONY = "ceremony"
    """A request for the key's own certificate; `of` is the ceremony's act, which has a record of its own."""


@dataclass(frozen=True)
class Ground:
    """Which act, and of what: an id or a code, nothing of a person."""

    act: KeyAct
    of: str
    who: Operator | None = None

    def __str__(self) -> str:
        return f"{self.act}:{self.of}"


_GROUND: ContextVar[Ground | None] = ContextVar("key_use", default=None)


@contextmanager
def used_for(act: KeyAct, of: str, who: Operator | None = None) -> Iterator[None]:
    """Whatever is signed inside is signed on this ground."""
    token = _GROUND.set(Ground(act, of, who))
    try:
        yield
    finally:
        _GROUND.reset(token)


def ground() -> Ground:
    """On what is being signed now. Raises SigningFailed (key-ground) where nobody said it: then nothing may be."""
    found = _GROUND.get()
    if found is None:
        raise SigningFailed(
            "key-ground", "A key was to be used and nobody said on which decision; report this, nothing was signed."
        )
    return found
