"""Takes what a real CA issued for our keys, and keys that were made elsewhere (PKCS#12). It judges by the key, never by a file's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from certificates.errors import Malformed, SigningFailed
from certificates.keys.keyfile import PrivateKey
from certificates.keys.pbes2 import Password
from certificates.keys.pkcs12 import read_container
from certificates.suites import suites_of_an_authority
from certificates.x509.reading import KeyCertificate, read_certificate, split_pem
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused, Done, bodies, make_keys

CERTIFICATES, CONTAINERS = (".pem", ".crt", ".cer", ".der"), (".p12", ".pfx")


@dataclass(frozen=True)
class _Found:
    code: str
    suite: str
    chain: tuple[bytes, ...]


def import_files(ceremony: Ceremony, path: Path, password: Callable[[], str]) -> Done:
    """Take every certificate and container in a file or folder; `password` is asked for where a container is met.

    Raises CeremonyRefused where a certificate is for no key here, or names another body; nothing was taken from that file.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    made: list[str] = []
    certified: list[str] = []
    for file in files:
        if file.suffix in CONTAINERS:
            made.append(_container(ceremony, file, password()))
        elif file.suffix in CERTIFICATES:
            certified.append(_certificates(ceremony, file))
    if not made and not certified:
        raise CeremonyRefused(
            f"{path.name} holds no {', '.join((*CERTIFICATES, *CONTAINERS))}; give what the CA issued."
        )
    make_keys(ceremony)
    return Done(tuple(made), tuple([*made, *certified]))


def _certificates(ceremony: Ceremony, file: Path) -> str:
    raw = file.read_bytes()
    try:
        read = [read_certificate(each) for each in split_pem(raw) or (raw,)]
    except Malformed as error:
        raise CeremonyRefused(f"{file.name}: {error}") from error
    found = _ours(ceremony, file.name, read)
    ceremony.signer.files.put_certificates(found.code, found.suite, found.chain)
    return f"{found.code} {found.suite}"


def _ours(ceremony: Ceremony, name: str, read: list[KeyCertificate]) -> _Found:
    for code in bodies(ceremony.site):
        for suite in ceremony.signer.suites(code):
            public = ceremony.signer.public_key(code, suite)
            for leaf in (each for each in read if each.public == public):
                _require_body(name, leaf, code)
                return _Found(code, suite, _chain(leaf, read))
    raise CeremonyRefused(
        f"{name} is for no key here; import what was issued for the requests of `yijian keys init --csr`."
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
    try:
        files.add_key(code, suite, ceremony.signer.sealed(key))
    except SigningFailed as error:
        raise CeremonyRefused(
            f"{file.name}: {code} has its {suite} key already; `yijian keys rotate {code}`."
        ) from error
    files.put_certificates(code, suite, chain)
    return f"{code} {suite}"
