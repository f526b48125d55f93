"""What an authority's keys still lack, and the command that gives it, by who certifies here: a CA of our own, a real one, a token, a service.

It makes nothing. Whatever tells an operator what to type about keys asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from adapters.outside.nextkeys import KeepsKeys
from adapters.outside.ordered import OrderedSigner
from certificates.errors import SignerAway, SigningFailed
from certificates.ports import Signer
from certificates.suites import suites_of_an_authority
from hub.wiring.ceremony import own_authorities, sealing

REQUEST = "yijian keys init --csr requests/"
OWN = "yijian keys init"
IMPORT = "yijian keys import issued/"
IMPORT_SEAL = "yijian keys import seals/"
_NAMED = 2


class By(StrEnum):
    """Who certifies the keys of this installation."""

    NOBODY = "nobody yet"
    OWN = "this hub's own CA, for development"
    REAL = "a real CA"


class Lack(StrEnum):
    KEY = "key"
    CERTIFICATE = "certificate"
    SEAL = "seal"


@dataclass(frozen=True)
class Step:
    """What one key lacks; `sentence` says whose turn it is, `command` what to type when it has been."""

    code: str
    suite: str
    lack: Lack
    sentence: str
    command: str


@dataclass(frozen=True)
class Place:
    """Who signs, for whom (credit code and name), and the folder in which a CA of our own would lie."""

    signer: Signer
    bodies: Mapping[str, str]
    ca: Path

    @property
    def by(self) -> By:
        if own_authorities.are_there(self.ca):
            return By.OWN
        return By.REAL if any(self.signer.suites(code) for code in self.bodies) else By.NOBODY

    def rotation(self, code: str, suite: str) -> str:
        """The command that begins the exchange of a key whose certificate ends."""
        if not kept_here(self.signer, code, suite):
            return "yijian keys list"  # rotated in the service, see docs/operations.md
        return f"yijian keys rotate {code}" + ("" if self._own_issued(code, suite) else " --csr requests/")

    def _own_issued(self, code: str, suite: str) -> bool:
        try:
            return own_authorities.issued(self.ca, suite, self.signer.certificates(code, suite)[0])
        except SignerAway:
            raise
        except SigningFailed:
            return own_authorities.are_there(self.ca)


def steps(place: Place) -> tuple[Step, ...]:
    """Everything that is lacking, authority by authority; empty where all can sign and seal. Raises SignerAway."""
    by = place.by
    return tuple(step for code in place.bodies for step in _of(place, by, code))


def list_command(name: str, ca: Path) -> str:
    """What renews the revocation list of this name: our own CA's, or whatever brings the real CA's next one."""
    if own_authorities.are_there(ca) and name.partition(".")[0] in (own_authorities.ROOT, own_authorities.ISSUING):
        return OWN
    return f'cp {name}.crl "$YIJIAN_FOLDER/trust/crls/"'


def told(found: Iterable[Step]) -> tuple[str, ...]:
    """A line for each thing to do, whatever the number of keys that it is to be done for: `yijian keys list` shows each."""
    same: dict[tuple[str, str], list[Step]] = {}
    for step in found:
        same.setdefault((step.sentence, step.command), []).append(step)
    return tuple(f"{_whose(steps)}: {sentence}. Next: {command}" for (sentence, command), steps in same.items())


def _whose(found: list[Step]) -> str:
    named = ", ".join(f"{step.code} {step.suite}" for step in found[:_NAMED])
    return named if len(found) <= _NAMED else f"{named} and {len(found) - _NAMED} more"


def kept_here(signer: Signer, code: str, suite: str) -> bool:
    """Whether the key folder or a token keeps this key, or would: not a signing service."""
    if not isinstance(signer, OrderedSigner):
        return True
    found = signer.of(code, suite)
    return found is signer.signers[-1] or isinstance(found, KeepsKeys)


def _of(place: Place, by: By, code: str) -> Iterator[Step]:
    there = place.signer.suites(code)
    for suite in suites_of_an_authority():
        if suite not in there:
            yield _key(by, code, suite)
        elif not certified(place.signer, code, suite):
            yield _certificate(place, by, code, suite)
        elif suite == sealing.SUITE and not sealed(place.signer, code):
            yield _seal(place, code, suite)


def _key(by: By, code: str, suite: str) -> Step:
    said = {
        By.OWN: ("is made and certified by this hub's own CA", OWN),
        By.REAL: ("is made, in the token where one is set, with its request for the CA", REQUEST),
        By.NOBODY: (f"is made with its request for a real CA; for development `{OWN}` makes a CA of our own", REQUEST),
    }
    sentence, command = said[by]
    return Step(code, suite, Lack.KEY, f"no key: it {sentence}", command)


def _certificate(place: Place, by: By, code: str, suite: str) -> Step:
    if by is By.OWN and kept_here(place.signer, code, suite):
        return Step(code, suite, Lack.CERTIFICATE, "no certificate: this hub's own CA gives it", OWN)
    sentence = (
        f"no certificate: have the request signed (`{REQUEST}` writes it, again too), then import the CA's answer"
    )
    return Step(code, suite, Lack.CERTIFICATE, sentence, IMPORT)


def _seal(place: Place, code: str, suite: str) -> Step:
    leaf = place.signer.certificates(code, suite)[0]
    if own_authorities.issued(place.ca, suite, leaf):
        return Step(code, suite, Lack.SEAL, "no seal that lists its certificate: this hub's own maker makes it", OWN)
    where = f"<keys>/signing/<code>.{suite}.pem"
    sentence = f"no seal that lists its certificate: have it made for the certificate in {where}, then import it"
    return Step(code, suite, Lack.SEAL, sentence, IMPORT_SEAL)


def certified(signer: Signer, code: str, suite: str) -> bool:
    """Whether the key has its own certificate here. Raises SignerAway: nothing is made anew on a guess."""
    try:
        return bool(signer.certificates(code, suite))
    except SignerAway as error:
        if error.code == "certificate-other-key":
            return False
        raise
    except SigningFailed:
        return False


def sealed(signer: Signer, code: str) -> bool:
    """Whether the authority has a seal that lists the certificate of its key of today. Raises SignerAway."""
    try:
        return sealing.lists_signer(signer.seal(code), signer.certificates(code, sealing.SUITE)[0])
    except SignerAway as error:
        if error.code == "certificate-other-key":
            return False
        raise
    except SigningFailed:
        return False
