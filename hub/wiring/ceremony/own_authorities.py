"""The certificate authorities that a ceremony makes for development: root, issuing CA and seal maker of each suite. No production has them.

They lie in `<keys>/ca`: `<who>.<SUITE>.key` (encrypted PKCS#8, which `openssl pkey` opens with the passphrase) and `<who>.<SUITE>.pem`.
Nobody else believes them: their roots stand in this hub's own trust folder alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from adapters.outside.keyfolder import read_private, write_private
from certificates.errors import SigningFailed
from certificates.keys.held import HeldKey
from certificates.keys.pbes2 import ROUNDS, Password
from certificates.keys.pkcs8 import read_key, write_key
from certificates.suites import suite_named
from certificates.x509.issuing import Issuer, Period, Subject, make_ca, make_root, make_seal_maker
from certificates.x509.names import Name
from certificates.x509.reading import KeyCertificate, pem, read_certificate, split_pem
from hub.wiring import private

ROOT, ISSUING, MAKER = "root", "issuing", "maker"
_NAMES = {
    ROOT: Name("易简开发根证书（不得用于生产）", "易简开发证书机构（演示）"),
    ISSUING: Name("易简开发签发证书（不得用于生产）", "易简开发证书机构（演示）"),
    MAKER: Name("易简开发制章证书（不得用于生产）", "易简开发制章单位（演示）"),
}
YEAR = timedelta(days=365)
_YEARS = {ROOT: 20, ISSUING: 15, MAKER: 10}
# A decision that waited for its authority's key is signed as of its own day, so certificates may begin that much earlier.
BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class OwnAuthorities:
    """Root, issuing CA and seal maker of one suite, open."""

    root: HeldKey
    issuing: HeldKey
    maker: HeldKey

    @property
    def begins(self) -> datetime:
        """Before this none of what they certify can be good."""
        return max(read_certificate(each.chain[0]).not_before for each in (self.root, self.issuing))

    def issuer(self) -> Issuer:
        """What issues certificates of signers."""
        return Issuer(self.issuing.chain[0], self.issuing.suite, self.issuing.sign)


@dataclass(frozen=True)
class Vault:
    """Where they lie and what opens them. Files written with one salt cost one derivation of `rounds` to open."""

    folder: Path
    password: Password
    rounds: int = ROUNDS
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)


def open_or_make(vault: Vault, suite: str, now: datetime) -> OwnAuthorities:
    """Those in the vault; what is not there yet is made. Raises SigningFailed, Malformed (a wrong passphrase), SuiteUnavailable."""
    private.close_folder(vault.folder)
    shelf = _Shelf(vault, suite, now)
    root = shelf.open_or_make(ROOT, None)
    issuing = shelf.open_or_make(ISSUING, root)
    return OwnAuthorities(root, issuing, shelf.open_or_make(MAKER, issuing))


def are_there(folder: Path) -> bool:
    """Whether a ceremony made authorities here."""
    return any(folder.glob(f"{ROOT}.*.key"))


def issued(folder: Path, suite: str, leaf: bytes) -> bool:
    """Whether the CA of this folder is the one that a certificate names as its issuer; no key is opened for it."""
    path = folder / f"{ISSUING}.{suite}.pem"
    if not path.exists():
        return False
    own = read_certificate(split_pem(read_private(path, _gone(path)))[0])
    return own.subject == read_certificate(leaf).issuer


def certificates(folder: Path) -> Iterator[tuple[str, str, KeyCertificate]]:
    """Who, in which suite, with which certificate: all that a ceremony made here; no key is opened for it."""
    for who in (ROOT, ISSUING, MAKER):
        for path in sorted(folder.glob(f"{who}.*.pem")):
            yield who, path.name.split(".")[1], read_certificate(split_pem(read_private(path, _gone(path)))[0])


@dataclass(frozen=True)
class _Shelf:
    vault: Vault
    suite: str
    now: datetime

    def open_or_make(self, who: str, above: HeldKey | None) -> HeldKey:
        key, certificate = (self.vault.folder / f"{who}.{self.suite}.{ending}" for ending in ("key", "pem"))
        if key.exists() and certificate.exists():
            _, pkcs8 = read_key(read_private(key, _gone(key)), self.vault.password)
            return HeldKey(self.suite, pkcs8, split_pem(read_private(certificate, _gone(certificate))))
        pkcs8 = suite_named(self.suite).generate()
        made = HeldKey(self.suite, pkcs8)
        chain = (self._certified(who, made, above), *(above.chain if above and who != ISSUING else ()))
        # The key last: a crash before it leaves nothing that anybody could take for an authority.
        write_private(certificate, pem(chain))
        write_private(
            key, write_key(pkcs8, self.vault.password, self.vault.salt, secrets.token_bytes(16), self.vault.rounds)
        )
        return HeldKey(self.suite, pkcs8, chain)

    def _certified(self, who: str, made: HeldKey, above: HeldKey | None) -> bytes:
        subject = Subject(_NAMES[who], made.public)
        start = (self.now - BEFORE).replace(microsecond=0)
        period = Period(start, start + _YEARS[who] * YEAR)
        if above is None:
            return make_root(subject, period, made.sign)
        issuer = Issuer(above.chain[0], self.suite, above.sign)
        return make_ca(subject, period, issuer) if who == ISSUING else make_seal_maker(subject, period, issuer)


def _gone(path: Path) -> SigningFailed:
    return SigningFailed("key-missing", f"{path.name} is gone; restore the keys folder from its backup.")
