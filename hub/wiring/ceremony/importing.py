"""Takes what a real CA and a seal maker issued for our keys, and keys that were made elsewhere (PKCS#12). It judges by the key, never by a file's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.outside.nextkeys import NextKeys
from certificates.errors import Malformed
from certificates.keys.keyfile import PrivateKey
from certificates.keys.pbes2 import Password
from certificates.keys.pkcs12 import read_container
from certificates.seals.ses import SM2_WITH_SM3, read_seal
from certificates.suites import PublicKey, suite_named, suites_of_an_authority
from certificates.x509.reading import KeyCertificate, read_certificate, split_pem
from hub.wiring.ceremony import sealing
from hub.wiring.ceremony.rotating import take_over
from hub.wiring.ceremony.signers import (
    Ceremony,
    CeremonyRefused,
    Done,
    bodies,
    lists_key_of_today,
    publish_all,
)

CERTIFICATES, CONTAINERS, SEALS = (".pem", ".crt", ".cer", ".der"), (".p12", ".pfx"), (".esl", ".seal")


@dataclass(frozen=True)
class _Found:
    code: str
    suite: str
    chain: tuple[bytes, ...]
    waits: bool
    """Whether it is for the next key, which does not sign yet."""


def import_files(ceremony: Ceremony, path: Path, password: Callable[[], str]) -> Done:
    """Take every certificate, container and seal in a file or folder; `password` is asked for where a container is met.

    Certificates go first, since a seal is told by the certificate that it lists. Raises CeremonyRefused where a file is for no key
    here, or names another body; nothing was taken from that file.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    made = [_container(ceremony, file, password()) for file in files if file.suffix in CONTAINERS]
    certified = [_certificates(ceremony, file) for file in files if file.suffix in CERTIFICATES]
    sealed = [_seal(ceremony, file) for file in files if file.suffix in SEALS]
    if not made and not certified and not sealed:
        raise CeremonyRefused(
            f"{path.name} holds no {', '.join((*CERTIFICATES, *CONTAINERS, *SEALS))}; give what the CA or the seal's maker issued."
        )
    for code in bodies(ceremony.site):
        take_over(ceremony, code)
    publish_all(ceremony)
    return Done(tuple(made), tuple([*made, *certified]), tuple(sealed))


def _certificates(ceremony: Ceremony, file: Path) -> str:
    raw = file.read_bytes()
    try:
        read = [read_certificate(each) for each in split_pem(raw) or (raw,)]
    except Malformed as error:
        raise CeremonyRefused(f"{file.name}: {error}") from error
    found = _ours(ceremony, file.name, read)
    if found.waits:
        NextKeys(ceremony.signer).put_certificates(found.code, found.suite, found.chain)
        return f"{found.code} {found.suite} (next)"
    ceremony.signer.files.put_certificates(found.code, found.suite, found.chain)
    return f"{found.code} {found.suite}"


def _ours(ceremony: Ceremony, name: str, read: list[KeyCertificate]) -> _Found:
    for code in bodies(ceremony.site):
        for suite, public, waits in _public(ceremony, code):
            for leaf in (each for each in read if each.public == public):
                _require_body(name, leaf, code)
                return _Found(code, suite, _chain(leaf, read), waits)
    raise CeremonyRefused(
        f"{name} is for no key here; import what was issued for the requests of `yijian keys init --csr` or `yijian keys rotate --csr`."
    )


def _public(ceremony: Ceremony, code: str) -> Iterator[tuple[str, PublicKey, bool]]:
    """The keys that a certificate may be for, and whether each is a next one."""
    for suite in ceremony.signer.suites(code):
        yield suite, ceremony.signer.public_key(code, suite), False
    waiting = NextKeys(ceremony.signer)
    for suite in waiting.suites(code):
        yield suite, waiting.draw(code, suite), True


def _seal(ceremony: Ceremony, file: Path) -> str:
    """A seal belongs to the authority whose certificate it lists: that of today, or that of the next key."""
    raw = file.read_bytes()
    try:
        seal = read_seal(raw)
        maker = read_certificate(seal.maker)
    except Malformed as error:
        raise CeremonyRefused(f"{file.name} is no electronic seal (SESeal, DER). {error}") from error
    right = seal.algorithm == SM2_WITH_SM3 and maker.public.suite == sealing.SUITE
    value = suite_named(sealing.SUITE).from_der(seal.signature) if right else None
    if value is None or not any(suite_named(sealing.SUITE).verify(maker.public.spki, s, value) for s in seal.signed):
        raise CeremonyRefused(f"{file.name} is not signed by the maker that it names; have it sent again.")
    waiting = NextKeys(ceremony.signer)
    for code in bodies(ceremony.site):
        if lists_key_of_today(ceremony, code, raw):
            ceremony.signer.files.put_seal(code, raw)
            return code
        following = waiting.certificates(code, sealing.SUITE)
        if following and sealing.lists_signer(raw, following[0]):
            waiting.put_seal(code, raw)
            return f"{code} (next)"
    raise CeremonyRefused(
        f"{file.name} lists no certificate of a key here; import the certificate first, and have the seal made for it."
    )


def _require_body(name: str, leaf: KeyCertificate, code: str) -> None:
    if leaf.subject.code and leaf.subject.code != code:
        raise CeremonyRefused(
            f"{name} names the body {leaf.subject.code}, but the key is {code}'s; have it issued again."
        )
    if leaf.is_ca or not leaf.key_usage & {"digital_signature", "non_repudiation"}:
        raise CeremonyRefused(f"{name} may not sign documents by its key usage; have it issued for signing.")


def _chain(leaf: KeyCertificate, read: list[KeyCertificate]) -> tuple[bytes, ...]:
    """The leaf and what is above it in the file, without a root: whom to believe is for the trust folder to say."""
    chain = [leaf]
    while above := [each for each in read if each.subject == chain[-1].issuer and each not in chain]:
        chain.append(above[0])
    return tuple(each.der for each in chain if each is leaf or each.subject != each.issuer)


def _container(ceremony: Ceremony, file: Path, password: str) -> str:
    try:
        held = read_container(file.read_bytes(), Password(password))
        leaf = read_certificate(held.certificates[0])
    except Malformed as error:
        raise CeremonyRefused(f"{file.name}: {error}") from error
    code, suite = leaf.subject.code, held.public.suite
    if code not in bodies(ceremony.site) or suite not in suites_of_an_authority():
        raise CeremonyRefused(
            f"{file.name} is {leaf.subject.code or 'nobody'}'s {suite} key: no authority here signs with it; `yijian keys list` shows who does."
        )
    _require_body(file.name, leaf, code)
    chain = _chain(leaf, [read_certificate(each) for each in held.certificates])
    files, key = ceremony.signer.files, PrivateKey(code, held.public, held.pkcs8)
    if suite not in files.suites(code):
        files.add_key(code, suite, ceremony.signer.sealed(key))
        files.put_certificates(code, suite, chain)
        return f"{code} {suite}"
    if ceremony.signer.public_key(code, suite) == key.public:
        raise CeremonyRefused(f"{file.name}: {code} has this {suite} key already; nothing was changed.")
    waiting = NextKeys(ceremony.signer)
    waiting.put_key(key)
    waiting.put_certificates(code, suite, chain)
    return f"{code} {suite} (next)"
