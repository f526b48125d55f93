"""The keys of the small signing service: made at its start, or read from a folder of sealed keys. It serves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters.outside.keyfolder import KeyFolder
from certificates.keys.held import HeldKey
from certificates.keys.keyfile import Passphrase, open_key
from certificates.suites import suite_named
from certificates.x509.issuing import Issuer, Period, Subject, make_ca, make_root, make_signer
from certificates.x509.names import Name

_TEN_YEARS = timedelta(days=3650)


@dataclass(frozen=True)
class Made:
    """Keys made at the start: by authority and suite, and the roots (DER) that a verifier puts into its trust folder."""

    keys: Mapping[tuple[str, str], HeldKey] = field(repr=False)
    roots: Mapping[str, bytes] = field(repr=False)


def make_keys(authorities: Mapping[str, str], suites: tuple[str, ...], now: datetime) -> Made:
    """A root and an issuing authority for each suite, and a key with its certificate for each of `authorities` (code to name)."""
    keys: dict[tuple[str, str], HeldKey] = {}
    roots: dict[str, bytes] = {}
    period = Period(now - timedelta(days=1), now + _TEN_YEARS)
    for suite in suites:
        top, own = (HeldKey(suite, suite_named(suite).generate()) for _ in range(2))
        roots[suite] = make_root(Subject(Name("演示签名根证书", "演示签名机构"), top.public), period, top.sign)
        subject = Subject(Name("演示签名签发证书", "演示签名机构"), own.public)
        above = make_ca(subject, period, Issuer(roots[suite], suite, top.sign))
        for code, name in authorities.items():
            key = HeldKey(suite, suite_named(suite).generate())
            leaf = make_signer(Subject(Name(name, name, code), key.public), period, Issuer(above, suite, own.sign))
            keys[code, suite] = replace(key, chain=(leaf, above))
    return Made(keys, roots)


def read_keys(folder: Path, passphrase: str) -> dict[tuple[str, str], HeldKey]:
    """The keys of a folder as `yijian keys init` makes it, with their certificates. Raises SigningFailed, Malformed."""
    files, words = KeyFolder(folder), Passphrase(passphrase)
    found: dict[tuple[str, str], HeldKey] = {}
    for code in sorted({path.name.partition(".")[0] for path in folder.glob("*.key")}):
        for suite in files.suites(code):
            key = open_key(files.key(code, suite), words)
            found[code, suite] = HeldKey(suite, key.pkcs8, files.certificates(code, suite))
    return found
