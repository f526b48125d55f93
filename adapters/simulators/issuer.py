"""A department that signs its own e-certificates in the open format: its key, its file for the trust folder, and each certificate once.

It is no part of the hub's signing: whoever gathers such a certificate verifies it by the file under `trust/` and never signs it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from adapters.outside.signer import SoftwareSigner
from adapters.simulators.journal import Now
from certificates import identifier
from certificates.certificate import (
    CITIZEN_ID,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
    issue,
)
from certificates.suites import PublicKey
from certificates.trust import Authority, TrustedKey, write_authority

_PASSPHRASE = "demo-not-secret-issuer"
_SINCE = datetime(2025, 1, 1, tzinfo=UTC)
"""From when its keys count."""


@dataclass(frozen=True)
class Said:
    """What a certificate of a person says. `lines` are name, label and value of what is printed beside the holder."""

    type_code: str
    type_name: str
    number: str
    holder_name: str = field(repr=False)
    holder_number: str = field(repr=False)
    day: date
    lines: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Issuer:
    """The authority `code` signs certificates of `types`; keys and certificates lie below `folder`, the public half in `folder/trust`."""

    code: str
    name: str
    types: tuple[str, ...]
    folder: Path
    now: Now

    def publish(self) -> Path:
        """Make the key if there is none; gives the file that others put into their trust folder."""
        signer = self._signer()
        public = self._public(signer)
        path = self.folder / "trust" / f"{self.code}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        key = TrustedKey(public, _SINCE, None, None, self.types)
        path.write_bytes(write_authority(Authority(self.code, self.name, (key,))))
        return path

    def issued(self, said: Said) -> bytes:
        """The certificate of that number: signed the first time it is asked for, the same bytes ever after."""
        path = self.folder / "issued" / f"{self.code}.{said.number}.ycert"
        if not path.exists():
            signer = self._signer()
            suite = self._public(signer).suite
            made = issue(self._content(said), signer, self.code, suite, self.now())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".part").write_bytes(made)
            path.with_suffix(".part").rename(path)
        return path.read_bytes()

    def _content(self, said: Said) -> CertificateContent:
        return CertificateContent(
            identifier=identifier.make(said.type_code, self.code, said.number),
            type_code=said.type_code,
            type_name=said.type_name,
            number=said.number,
            holder=Holder(said.holder_name, said.holder_number, CITIZEN_ID),
            authority=IssuingAuthority(self.name, self.code),
            issued_on=said.day,
            valid_from=said.day,
            valid_to=None,
            fields=tuple(ExtensionField(*line) for line in said.lines),
        )

    def _public(self, signer: SoftwareSigner) -> PublicKey:
        """The key of this department, made the first time."""
        known = signer.suites(self.code)
        return signer.public_key(self.code, known[0]) if known else signer.create(self.code)

    def _signer(self) -> SoftwareSigner:
        return SoftwareSigner(self.folder / "issuing", _PASSPHRASE, lambda use: None)
