"""Keys, certificates and seals of the site's issuing authorities: made once, or requested from a real CA. Safe to run again.

Each step looks at what is there and adds what is missing, so a ceremony that was cut off is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.outside.nextkeys import KeepsKeys, NextKeys
from adapters.outside.ordered import OrderedSigner, Provider
from adapters.outside.signer import SoftwareSigner
from catalog.types import Site
from certificates.ports import Signer
from certificates.suites import PublicKey, suites_of_an_authority
from certificates.trust import TrustedKey
from certificates.x509.issuing import Issuer, Period, Sign, Subject, make_request, make_signer
from certificates.x509.names import Name
from certificates.x509.reading import pem
from hub.errors import HubError
from hub.wiring import keys
from hub.wiring.ceremony import next_steps, own_authorities, sealing
from hub.wiring.ceremony.keeping_trust import TrustFolder
from hub.wiring.ceremony.next_steps import By, Lack, Place
from hub.wiring.ceremony.own_authorities import YEAR, OwnAuthorities, Vault

SIGNER_LASTS = 5 * YEAR


class CeremonyRefused(HubError):
    """A ceremony cannot do what was asked; nothing was changed."""

    code = "CEREMONY_REFUSED"


@dataclass(frozen=True)
class Ceremony:
    """Whose keys, where they lie, and when it is. `waiting` says by credit code since when an authority's oldest decision waits."""

    signer: SoftwareSigner
    site: Site
    trust: TrustFolder
    vault: Vault
    now: datetime
    waiting: Mapping[str, datetime]
    outside: tuple[Provider, ...] = ()
    """A token, whose keys are made and certified as those of the key folder; a signing service, whose keys a ceremony leaves alone."""

    @property
    def next_keys(self) -> NextKeys:
        """Where keys are made and the next ones wait."""
        return NextKeys(self.signer, *(each for each in self.outside if isinstance(each, KeepsKeys)))


@dataclass(frozen=True)
class Done:
    """What a step made: lines such as `11411323… ES256`."""

    keys: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    """Files with a root, which goes into the trust folder by hand."""
    left: tuple[str, ...] = ()
    """Files that were not looked at."""


def init(ceremony: Ceremony, *, development: bool = False) -> Done:
    """Own authorities, and whatever key, certificate or seal an issuing authority lacks. Raises SigningFailed, SuiteUnavailable.

    Where keys are there without a CA of our own (a real CA, a token or a service serves them), none is made unless `development`
    is said: only the public halves are published. Raises CeremonyRefused, before anything is changed, where something is lacking
    that only a real CA or its maker can give.
    """
    if not development and place(ceremony).by is By.REAL:
        return _settled(ceremony)
    made = make_keys(ceremony)
    certified: list[str] = []
    sealed: list[str] = []
    for suite in suites_of_an_authority():
        own = own_authorities.open_or_make(ceremony.vault, suite, ceremony.now)
        _publish(ceremony, own)
        for code, name in bodies(ceremony.site).items():
            if suite in kept_suites(ceremony, code) and not certified_key(every(ceremony), code, suite):
                chain = own_chain(ceremony, own, Name(name, name, code), every(ceremony).public_key(code, suite))
                ceremony.signer.files.put_certificates(code, suite, chain)
                certified.append(f"{code} {suite}")
            if suite == sealing.SUITE and not sealed_key(every(ceremony), code):
                make_own_seal(ceremony, own, code, name)
                sealed.append(code)
    return Done(made, tuple(certified), tuple(sealed))


def _settled(ceremony: Ceremony) -> Done:
    lacking = [step for step in next_steps.steps(place(ceremony)) if step.lack is not Lack.SEAL]
    if lacking:
        raise CeremonyRefused(
            "\n".join(
                (
                    "There are keys here and no CA of this hub's own, so none is made.",
                    *next_steps.told(lacking),
                    "To certify them by a CA of our own, for development only: yijian keys init --development",
                )
            )
        )
    publish_all(ceremony)
    return Done()


def make_keys(ceremony: Ceremony) -> tuple[str, ...]:
    """The keys that authorities lack, and all their keys in the trust folder."""
    made = []
    for code in bodies(ceremony.site):
        for suite in keys.lacking_suites(every(ceremony), code):
            ceremony.next_keys.keeper(code, suite).create(code, suite)
            made.append(f"{code} {suite}")
    publish_all(ceremony)
    return tuple(made)


def publish_all(ceremony: Ceremony) -> None:
    """The public halves of all keys that sign, in the trust folder, and who certified them."""
    signer = every(ceremony)
    ceremony.trust.prepare()
    for code, name in bodies(ceremony.site).items():
        there = [suite for suite in suites_of_an_authority() if suite in signer.suites(code)]
        publish_keys(ceremony, code, name, [signer.public_key(code, suite) for suite in there])
        for suite in there:
            if certified_key(signer, code, suite):
                ceremony.trust.put_issuers(signer.certificates(code, suite)[1:])


def publish_keys(ceremony: Ceremony, code: str, name: str, public: Iterable[PublicKey]) -> None:
    """Let verifiers know these keys of an authority, beside those that they know."""
    ceremony.trust.add_keys(code, name, [_trusted(ceremony, code, each) for each in public])


def requests(ceremony: Ceremony, folder: Path) -> tuple[Path, ...]:
    """Keys where they lack, and a PKCS#10 request of each key for a real CA in `folder`: `<code>.<SUITE>.csr`."""
    make_keys(ceremony)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for code, name in bodies(ceremony.site).items():
        for suite in kept_suites(ceremony, code):
            public = every(ceremony).public_key(code, suite)
            request = make_request(Subject(Name(name, name, code), public), _by(ceremony, code, suite))
            path = folder / f"{code}.{suite}.csr"
            path.write_bytes(pem([request], "CERTIFICATE REQUEST"))
            written.append(path)
    return tuple(written)


def every(ceremony: Ceremony) -> OrderedSigner:
    """Token, signing service and key folder as one, as the hub signs."""
    return OrderedSigner(*ceremony.outside, ceremony.signer)


def kept_suites(ceremony: Ceremony, code: str) -> tuple[str, ...]:
    """The suites whose keys the key folder or a token keeps, or shall keep: not those of a signing service."""
    outside = (each for each in ceremony.outside if not isinstance(each, KeepsKeys))
    elsewhere = {suite for each in outside for suite in each.suites(code)}
    return tuple(suite for suite in suites_of_an_authority() if suite not in elsewhere)


def sealed_key(signer: Signer, code: str) -> bool:
    """Whether the authority has a seal that lists the certificate of its key of today."""
    return next_steps.sealed(signer, code)


def lists_key_of_today(ceremony: Ceremony, code: str, seal: bytes) -> bool:
    """Whether a seal lists the certificate of the key that signs now."""
    signer = every(ceremony)
    return certified_key(signer, code, sealing.SUITE) and sealing.lists_signer(
        seal, signer.certificates(code, sealing.SUITE)[0]
    )


def certified_key(signer: Signer, code: str, suite: str) -> bool:
    """Whether the key has its certificate here."""
    return next_steps.certified(signer, code, suite)


def place(ceremony: Ceremony) -> Place:
    """Where the next steps are looked up."""
    return Place(every(ceremony), bodies(ceremony.site), ceremony.vault.folder)


def bodies(site: Site) -> dict[str, str]:
    """Credit code and name of each authority that issues through the hub: two of the site's units may be one body."""
    return {site.departments[code].uscc: site.departments[code].name for code in keys.issuing(site)}


def _publish(ceremony: Ceremony, own: OwnAuthorities) -> None:
    suite = own.root.suite
    ceremony.trust.put_root(f"development.{suite}", own.root.chain[0])
    # A seal carries its maker's and its signer's certificates and none above them.
    ceremony.trust.put_root(f"development-issuing.{suite}", own.issuing.chain[0])
    ceremony.trust.renew_list(f"root.{suite}", Issuer(own.root.chain[0], suite, own.root.sign), ceremony.now)
    ceremony.trust.renew_list(f"issuing.{suite}", own.issuer(), ceremony.now)


def make_own_seal(ceremony: Ceremony, own: OwnAuthorities, code: str, name: str) -> None:
    """A seal of our own maker, which lists the certificate that signs now."""
    leaf = every(ceremony).certificates(code, sealing.SUITE)[0]
    ceremony.signer.files.put_seal(code, sealing.made_for(own, code, name, leaf, ceremony.now))


def own_chain(ceremony: Ceremony, own: OwnAuthorities, name: Name, public: PublicKey) -> tuple[bytes, ...]:
    """The certificate that our own CA gives a key, and its own."""
    begins = max(own.begins, _since(ceremony, name.code))
    leaf = make_signer(Subject(name, public), Period(begins, begins + SIGNER_LASTS), own.issuer())
    return leaf, own.issuing.chain[0]


def _trusted(ceremony: Ceremony, code: str, public: PublicKey) -> TrustedKey:
    return TrustedKey(public, _since(ceremony, code), None, None, keys.types_of(ceremony.site, code))


def _since(ceremony: Ceremony, code: str) -> datetime:
    """A decision that waited for this key is signed as of its own time."""
    return min(ceremony.now, ceremony.waiting.get(code, ceremony.now)).replace(microsecond=0)


def _by(ceremony: Ceremony, code: str, suite: str) -> Sign:
    return lambda message: every(ceremony).sign(code, suite, message)
