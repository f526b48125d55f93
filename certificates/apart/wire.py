"""What a verifier and the process that judges for it say to each other over a pipe. It judges nothing.

The judging process has read hostile bytes: of what it sends nothing is made but texts and the values that a report consists of.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certificates.checks import Report
from certificates.trust import Trust

READY = b"judging"
"""The first that a process says: from now on what becomes of it is the file's doing."""
PATIENCE = 6
"""So many times its seconds of a processor a job may last: the machine may be busy with others."""
LONGEST = 16 * 1024 * 1024
"""Bytes of an answer: what a file of at most this size says, and no more."""
_VALUES = {
    "certificates.apart.wire": {"Asked"},
    "certificates.certificate": {"CertificateContent", "ExtensionField", "Holder", "IssuingAuthority", "SignedCertificate"},
    "certificates.checks": {"Check", "Outcome", "Report"},
    "certificates.envelope": {"Envelope"},
    "certificates.identifier": {"Identifier"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """A file to judge. ``books`` says that the asker has a register, which answers over the pipe; ``memory`` is in bytes."""

    file: bytes
    trust: Trust
    at: datetime
    books: bool
    memory: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What the judging process wants to know of the asker's register."""

    identifier: str


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name not in _VALUES.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a report.")
        return super().find_class(module, name)


def answered(octets: bytes) -> Report | Asked | None:
    """What the judging process sent; None for everything that it may not send."""
    try:
        found = _Values(io.BytesIO(octets)).load()
    except Exception:  # pickle raises whatever it comes across
        return None
    return found if isinstance(found, Report | Asked) else None
