"""Keys, certificates and seals of the site's issuing authorities: made once, rotated, requested from a real CA. Safe to run again.

Each step looks at what is there and adds what is missing, so a ceremony that was cut off is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.outside.ordered import OrderedSigner, Provider
from adapters.outside.signer import SoftwareSigner
from catalog.types import Site
from certificates.errors import SignerAway, SigningFailed
from certificates.keys.keyfile import PrivateKey
from certificates.ports import Signer
from certificates.suites import PublicKey, suites_of_an_authority
from certificates.trust import TrustedKey
from certificates.x509.issuing import Issuer, Period, Revoked, Sign, Subject, make_request, make_signer
from certificates.x509.names import Name
from certificates.x509.reading import pem, read_certificate
from hub.errors import HubError
from hub.wiring import keys
from hub.wiring.ceremony import own_authorities, sealing
from hub.wiring.ceremony.keeping_trust import TrustFolder
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
    """A token, a signing service: their keys and certificates a ceremony leaves alone."""


@dataclass(frozen=True)
class Done:
    """What a step made: lines such as `11411323… ES256`."""

    keys: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()


def init(ceremony: Ceremony) -> Done:
    """Own authorities, and whatever key, certificate or seal an issuing authority lacks. Raises SigningFailed, SuiteUnavailable."""
    made = make_keys(ceremony)
    certified: list[str] = []
    sealed: list[str] = []
    for suite in suites_of_an_authority():
        own = own_authorities.open_or_make(ceremony.vault, suite, ceremony.now)
        _publish(ceremony, own)
        for code, name in bodies(ceremony.site).items():
            if suite in own_suites(ceremony, code) and not certified_key(ceremony.signer, code, suite):
                _certify(ceremony, own, Name(name, name, code), ceremony.signer.public_key(code, suite))
                certified.append(f"{code} {suite}")
            if suite == sealing.SUITE and not sealed_key(every(ceremony), code):
                _seal(ceremony, own, code, name)
                sealed.append(code)
    return Done(made, tuple(certified), tuple(sealed))


def make_keys(ceremony: Ceremony) -> tuple[str, ...]:
    """The keys that authorities lack, and all their keys in the trust folder."""
    made = []
    for code, name in bodies(ceremony.site).items():
        for suite in keys.lacking_suites(every(ceremony), code):
            ceremony.signer.create(code, suite)
            made.append(f"{code} {suite}")
        public = [every(ceremony).public_key(code, suite) for suite in suites_of_an_authority()]
        ceremony.trust.add_keys(code, name, [_trusted(ceremony, code, each) for each in public])
    return tuple(made)


def requests(ceremony: Ceremony, folder: Path) -> tuple[Path, ...]:
    """Keys where they lack, and a PKCS#10 request of each key for a real CA in `folder`: `<code>.<SUITE>.csr`."""
    make_keys(ceremony)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for code, name in bodies(ceremony.site).items():
        for suite in own_suites(ceremony, code):
            public = ceremony.signer.public_key(code, suite)
            request = make_request(Subject(Name(name, name, code), public), _by(ceremony, code, suite))
            path = folder / f"{code}.{suite}.csr"
            path.write_bytes(pem([request], "CERTIFICATE REQUEST"))
            written.append(path)
    return tuple(written)


def rotate(ceremony: Ceremony, code: str, compromised: bool) -> Done:
    """New keys of an authority, certified by the own CA; old certificates stay good for old signatures, unless `compromised`.

    Raises CeremonyRefused where the hub made no CA (a real one certifies: `keys init --csr`), or the authority issues nothing.
    """
    name = bodies(ceremony.site).get(code)
    if name is None:
        raise CeremonyRefused(f"{code} issues nothing through this hub; `yijian keys list` shows who does.")
    if not own_authorities.are_there(ceremony.vault.folder):
        raise CeremonyRefused("There is no CA of this hub to certify the new keys; run `yijian keys init` first.")
    made = []
    for suite in own_suites(ceremony, code):
        own = own_authorities.open_or_make(ceremony.vault, suite, ceremony.now)
        old = ceremony.signer.public_key(code, suite)
        old_chain = (
            ceremony.signer.files.certificates(code, suite) if certified_key(ceremony.signer, code, suite) else ()
        )
        new = ceremony.signer.drawn(code, suite)
        # Verifiers know the new key before anything is signed with it.
        ceremony.trust.add_keys(code, name, [_trusted(ceremony, code, new.public)])
        _exchange(ceremony, own, Name(name, name, code), new)
        # From here the new key signs. What the old one signed until now stays good.
        if suite == sealing.SUITE:
            _seal(ceremony, own, code, name)
        ceremony.trust.end_keys(code, frozenset({old.key_id}), ceremony.now, compromised)
        if compromised and old_chain:
            gone = Revoked(read_certificate(old_chain[0]).serial, ceremony.now, "key_compromise")
            ceremony.trust.renew_list(f"issuing.{suite}", own.issuer(), ceremony.now, (gone,))
        made.append(f"{code} {suite}")
    return Done(tuple(made), tuple(made), (code,) if f"{code} {sealing.SUITE}" in made else ())


def every(ceremony: Ceremony) -> OrderedSigner:
    """Token, signing service and key folder as one, as the hub signs."""
    return OrderedSigner(*ceremony.outside, ceremony.signer)


def own_suites(ceremony: Ceremony, code: str) -> tuple[str, ...]:
    """The suites whose keys the key folder keeps, or shall keep: not those of a token or a signing service."""
    elsewhere = {suite for each in ceremony.outside for suite in each.suites(code)}
    return tuple(suite for suite in suites_of_an_authority() if suite not in elsewhere)


def sealed_key(signer: Signer, code: str) -> bool:
    """Whether the authority has a seal that lists the certificate of its key of today."""
    try:
        return sealing.lists_signer(signer.seal(code), signer.certificates(code, sealing.SUITE)[0])
    except SignerAway:
        raise  # it cannot be seen now; nothing is made anew on a guess
    except SigningFailed:
        return False


def certified_key(signer: Signer, code: str, suite: str) -> bool:
    """Whether the key has its certificate here."""
    try:
        return bool(signer.certificates(code, suite))
    except SignerAway:
        raise  # it cannot be seen now; nothing is made anew on a guess
    except SigningFailed:
        return False


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


def _certify(ceremony: Ceremony, own: OwnAuthorities, name: Name, public: PublicKey) -> None:
    ceremony.signer.files.put_certificates(name.code, public.suite, _chain(ceremony, own, name, public))


def _exchange(ceremony: Ceremony, own: OwnAuthorities, name: Name, new: PrivateKey) -> None:
    chain = _chain(ceremony, own, name, new.public)
    files = ceremony.signer.files
    files.replace_key(name.code, new.public.suite, ceremony.signer.sealed(new))
    files.put_certificates(name.code, new.public.suite, chain)


def _seal(ceremony: Ceremony, own: OwnAuthorities, code: str, name: str) -> None:
    leaf = every(ceremony).certificates(code, sealing.SUITE)[0]
    ceremony.signer.files.put_seal(code, sealing.made_for(own, code, name, leaf, ceremony.now))


def _chain(ceremony: Ceremony, own: OwnAuthorities, name: Name, public: PublicKey) -> tuple[bytes, ...]:
    begins = max(own.begins, _since(ceremony, name.code))
    leaf = make_signer(Subject(name, public), Period(begins, begins + SIGNER_LASTS), own.issuer())
    return leaf, own.issuing.chain[0]


def _trusted(ceremony: Ceremony, code: str, public: PublicKey) -> TrustedKey:
    return TrustedKey(public, _since(ceremony, code), None, None, keys.types_of(ceremony.site, code))


def _since(ceremony: Ceremony, code: str) -> datetime:
    """A decision that waited for this key is signed as of its own time."""
    return min(ceremony.now, ceremony.waiting.get(code, ceremony.now)).replace(microsecond=0)


def _by(ceremony: Ceremony, code: str, suite: str) -> Sign:
    return lambda message: ceremony.signer.sign(code, suite, message)
