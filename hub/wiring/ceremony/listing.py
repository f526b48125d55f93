"""What keys, certificates and lists there are, how long they last and what they wait for: for `yijian keys list` and the doctor. It signs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.outside.nextkeys import NextKeys
from adapters.outside.ordered import OrderedSigner
from certificates.errors import CertificateError, Malformed
from certificates.x509.reading import KeyCertificate, next_update, read_certificate
from hub.clock import local
from hub.wiring.ceremony import next_steps, own_authorities, sealing
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.next_steps import Lack, Place
from hub.wiring.ceremony.own_authorities import Vault

KEY, NEXT, OWN, LIST = "signing key", "next key", "own CA", "revocation list"
READY = "ready"
UNREADABLE = "cannot be read: give it in DER (openssl crl -in FILE -outform DER -out FILE)"


@dataclass(frozen=True)
class Row:
    """One thing that lasts for a while. `begins` and `ends` are None where nothing says so; `seal` is of the key that seals alone:
    what it has, or `none`. `state` is `ready`, or what it waits for; `command` then says what to type."""

    what: str
    code: str = ""
    name: str = ""
    suite: str = ""
    key_id: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    issuer: str = ""
    seal: str = ""
    kept: str = ""
    state: str = READY
    command: str = ""
    lacking: bool = False
    """Whether something must be done before this can be used."""

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it ends; negative once it has ended."""
        return None if self.ends is None else (self.ends - now).days

    def cells(self, now: datetime) -> tuple[str, ...]:
        """For a terminal."""
        left = self.days_left(now)
        return (
            self.what,
            self.suite,
            f"{self.code} {self.name}".strip(),
            f"{local(self.begins):%Y-%m-%d}" if self.begins else "",
            f"{local(self.ends):%Y-%m-%d}" if self.ends else "",
            "" if left is None else str(left),
            self.seal,
            self.kept,
            self.state,
        )

    def document(self, now: datetime) -> dict[str, object]:
        """For a program; times with their zone."""
        times = {"valid_from": self.begins, "valid_to": self.ends}
        return {
            "what": self.what,
            "authority": self.code,
            "name": self.name,
            "suite": self.suite,
            "key_id": self.key_id,
            **{name: moment.isoformat() if moment else None for name, moment in times.items()},
            "days_left": self.days_left(now),
            "issuer": self.issuer,
            "seal": self.seal,
            "kept": self.kept,
            "state": self.state,
            "next": self.command,
            "lacking": self.lacking,
        }


HEADS = ("what", "suite", "authority", "from", "to", "days", "seal", "where kept", "state")
WIDEST = (15, 8, 44, 10, 10, 6, 12, 30, 90)


def rows(place: Place) -> Iterator[Row]:
    """A row for each key of each authority, and for each that it lacks."""
    steps = {(step.code, step.suite): step for step in next_steps.steps(place)}
    for code, name in place.bodies.items():
        for suite in place.signer.suites(code):
            yield _key(place, code, name, suite, steps.get((code, suite)))
        for step in steps.values():
            if step.code == code and step.lack is Lack.KEY:
                yield Row(KEY, code, name, step.suite, state=step.sentence, command=step.command, lacking=True)


def waiting_rows(place: Place, waiting: NextKeys) -> Iterator[Row]:
    """A row for each key that waits to take over."""
    for code, name in place.bodies.items():
        for suite in waiting.suites(code):
            chain = waiting.certificates(code, suite)
            public = waiting.draw(code, suite)
            state = "waits for its certificate" if not chain else "waits for its seal"
            command = next_steps.IMPORT_SEAL if chain else next_steps.IMPORT
            said = Row(
                NEXT,
                code,
                name,
                suite,
                public.key_id,
                kept=waiting.keeper(code, suite).kind,
                state=state,
                command=command,
            )
            yield _dated(said, read_certificate(chain[0])) if chain else said


def own_rows(vault: Vault) -> Iterator[Row]:
    """A row for each certificate of the hub's own CA and seal maker, where there are any."""
    for who, suite, found in own_authorities.certificates(vault.folder):
        said = Row(OWN, name=f"{who} (development)", suite=suite, key_id=found.public.key_id, kept="key folder")
        yield _dated(said, found)


def list_rows(trust: TrustFolder) -> Iterator[Row]:
    """A row for each revocation list of the trust folder: it ends when it is due again."""
    for path in trust.lists():
        try:
            due = next_update(path.read_bytes())
        except Malformed:
            yield Row(LIST, name=path.stem, kept="trust folder", state=UNREADABLE, lacking=True)
            continue
        yield Row(LIST, name=path.stem, ends=due, kept="trust folder")


def _key(place: Place, code: str, name: str, suite: str, step: next_steps.Step | None) -> Row:
    kept = place.signer.serving(code, suite) if isinstance(place.signer, OrderedSigner) else "key folder"
    seal = "" if suite != sealing.SUITE else "yes" if next_steps.sealed(place.signer, code) else "none"
    said = Row(KEY, code, name, suite, kept=kept.removesuffix(" (libcrypto)"), seal=seal)
    if step is not None:
        said = replace(said, state=step.sentence, command=step.command, lacking=True)
    try:
        said = replace(said, key_id=place.signer.public_key(code, suite).key_id)
        return _dated(said, read_certificate(place.signer.certificates(code, suite)[0]))
    except CertificateError as error:
        return said if step is not None else replace(said, state=str(error), lacking=True)


def _dated(row: Row, found: KeyCertificate) -> Row:
    return replace(row, begins=found.not_before, ends=found.not_after, issuer=found.issuer.common_name)
