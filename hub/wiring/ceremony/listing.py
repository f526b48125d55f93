"""What keys, certificates and lists there are, and how long they last: for `yijian keys list` and the doctor. It opens no private key but to name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from certificates.errors import CertificateError, SigningFailed
from certificates.ports import Signer
from certificates.x509.reading import next_update, read_certificate
from hub.wiring.ceremony.keeping_trust import TrustFolder


@dataclass(frozen=True)
class KeyRow:
    """One key of an authority. `ends` is None where it has no certificate; `fault` says why it cannot be used."""

    code: str
    name: str
    suite: str
    key_id: str
    ends: datetime | None
    issuer: str
    sealed: bool
    fault: str = ""

    def line(self) -> str:
        """For a terminal."""
        if self.fault:
            return f"{self.code} {self.suite:8} {self.fault}"
        until = f"certified by {self.issuer} until {self.ends:%Y-%m-%d}" if self.ends else "no certificate"
        return f"{self.code} {self.suite:8} {self.key_id[:16]} {until}{', seal' if self.sealed else ''}  {self.name}"


def rows(signer: Signer, bodies: dict[str, str]) -> Iterator[KeyRow]:
    """A row for each key of each authority; an authority without any has one that says so."""
    for code, name in bodies.items():
        suites = signer.suites(code)
        if not suites:
            yield KeyRow(code, name, "-", "", None, "", False, "has no key: `yijian keys init`")
        for suite in suites:
            yield _row(signer, code, name, suite)


def lists(trust: TrustFolder) -> Iterator[tuple[str, datetime | None]]:
    """Each revocation list of the trust folder and when it is due again."""
    for path in trust.lists():
        yield path.stem, next_update(path.read_bytes())


def _row(signer: Signer, code: str, name: str, suite: str) -> KeyRow:
    try:
        public = signer.public_key(code, suite)
    except CertificateError as error:
        return KeyRow(code, name, suite, "", None, "", False, str(error))
    try:
        leaf = read_certificate(signer.certificates(code, suite)[0])
    except CertificateError:
        return KeyRow(code, name, suite, public.key_id, None, "", _sealed(signer, code))
    return KeyRow(code, name, suite, public.key_id, leaf.not_after, leaf.issuer.common_name, _sealed(signer, code))


def _sealed(signer: Signer, code: str) -> bool:
    try:
        return bool(signer.seal(code))
    except SigningFailed:
        return False
