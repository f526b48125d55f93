"""Judges everything that a CA and a seal maker sent, all files together, before any of it is taken. It writes nothing.

A certificate is told by its key, a CA's certificate by the signature that it verifies, a seal by the certificate that it lists:
never by a file's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from certificates.errors import Malformed, SigningFailed
from certificates.keys.keyfile import PrivateKey
from certificates.keys.pbes2 import Password
from certificates.keys.pkcs12 import read_container
from certificates.seals.ses import SM2_WITH_SM3, read_seal
from certificates.suites import PublicKey, suite_named, suites_of_an_authority
from certificates.x509.above import above, is_authority, is_root
from certificates.x509.chain import may_sign_documents
from certificates.x509.reading import KeyCertificate, read_certificate, split_pem
from hub.clock import local
from hub.wiring.ceremony import sealing, signers
from hub.wiring.ceremony.signers import Ceremony

CERTIFICATES, CONTAINERS, SEALS = (".pem", ".crt", ".cer", ".der"), (".p12", ".pfx"), (".esl", ".seal")
_PACKED = {
    ".p7b": "openssl pkcs7 -print_certs -in FILE -out chain.pem",
    ".p7c": "openssl pkcs7 -print_certs -in FILE -out chain.pem",
    ".zip": "unzip FILE",
}


@dataclass(frozen=True)
class Place:
    """A key of an authority; `waits` where it is the next one, which does not sign yet."""

    code: str
    suite: str
    waits: bool

    def __str__(self) -> str:
        return f"{self.code} {self.suite}" + (" (next)" if self.waits else "")


@dataclass(frozen=True)
class Issued:
    """What is to be taken; where `refused` has anything, a sentence for each such file, nothing is."""

    keys: Mapping[Place, PrivateKey]
    chains: Mapping[Place, tuple[bytes, ...]]
    """Leaf first, without a root."""
    seals: Mapping[Place, bytes]
    roots: tuple[str, ...]
    """Files that hold a root above one of the chains: whom to believe is for the trust folder to say."""
    left: tuple[str, ...]
    """Files of no kind that is read."""
    refused: tuple[str, ...]
    again: bool
    """Whether something came that is here already, as it came: it is not among what is to be taken."""


def judge(ceremony: Ceremony, files: Iterable[Path], password: Callable[[], str]) -> Issued:
    """`password` is asked for where a container is met. Raises SigningFailed where the keys here cannot be read."""
    sent = _Sent()
    for file in files:
        with_reason = _read(sent, ceremony, file, password)
        if with_reason:
            sent.refuse(file.name, with_reason)
    leaves = _leaves(sent, ceremony)
    chains, roots = _chains(sent, ceremony, leaves)
    seals = _seals(sent, ceremony, {place: chain[0] for place, chain in chains.items()})
    new = {place: seal for place, seal in seals.items() if seal != _seal_here(ceremony, place)}
    again = len(new) < len(seals) or not leaves.keys() <= chains.keys()
    return Issued(sent.keys, chains, new, roots, tuple(sent.left), tuple(sent.refused), again)


@dataclass(frozen=True)
class _Given:
    """One certificate of one file."""

    file: str
    der: bytes = field(repr=False)


@dataclass
class _Sent:
    """What the files hold, and what is wrong with any of them."""

    given: list[_Given] = field(default_factory=list)
    keys: dict[Place, PrivateKey] = field(default_factory=dict, repr=False)
    seals: list[tuple[str, bytes]] = field(default_factory=list, repr=False)
    left: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def refuse(self, file: str, reason: str) -> None:
        """`reason` goes on after the file's name and says what to do."""
        self.refused.append(f"{file} {reason}")


def _read(sent: _Sent, ceremony: Ceremony, file: Path, password: Callable[[], str]) -> str:
    """Put what the file holds where it belongs; a sentence where it cannot be read."""
    kind = file.suffix.lower()
    try:
        if kind in CERTIFICATES:
            return _read_certificates(sent, file)
        if kind in CONTAINERS:
            return _read_container(sent, ceremony, file, password())
    except Malformed as error:
        return f"cannot be taken: {error}"
    if kind in SEALS:
        sent.seals.append((file.name, file.read_bytes()))
    elif kind in _PACKED:
        return f"is a packed form that is not read; unpack it: `{_PACKED[kind].replace('FILE', file.name)}`."
    else:
        sent.left.append(file.name)
    return ""


def _read_certificates(sent: _Sent, file: Path) -> str:
    raw = file.read_bytes()
    if b"PRIVATE KEY-----" in raw:
        return "holds a private key in the open; a key that the CA made belongs into a .p12 with a password. Destroy this file."
    if not (found := split_pem(raw)) and raw.lstrip().startswith(b"-----BEGIN"):
        return "holds no certificate (a request, perhaps); take it out, or give the CA's answer."
    for der in found or (raw,):
        is_authority(der)  # whether it can be read at all
        sent.given.append(_Given(file.name, der))
    return ""


def _read_container(sent: _Sent, ceremony: Ceremony, file: Path, password: str) -> str:
    held = read_container(file.read_bytes(), Password(password))
    leaf = read_certificate(held.certificates[0])
    code, suite = leaf.subject.code, held.public.suite
    if code not in signers.bodies(ceremony.site) or suite not in suites_of_an_authority():
        return (
            f"is {code or 'nobody'}'s {suite} key: no authority here signs with it; `yijian keys list` shows who does."
        )
    if any(suite in each.suites(code) for each in ceremony.outside):
        return f"brings a {suite} key for {code}, whose key is kept in its token or service: have that one certified."
    has_one = suite in ceremony.signer.suites(code)
    if held.public not in dict(_places(ceremony)):  # else it is an import that is being finished
        place = Place(code, suite, has_one)
        if place in sent.keys:
            return f"brings a second {suite} key for {code}; leave the one that is to sign."
        sent.keys[place] = PrivateKey(code, held.public, held.pkcs8)
    sent.given += [_Given(file.name, der) for der in held.certificates]
    return ""


def _leaves(sent: _Sent, ceremony: Ceremony) -> dict[Place, KeyCertificate]:
    """The certificates for keys of ours; those of CAs stay for the chains, others are refused."""
    places = dict(_places(ceremony)) | {key.public: place for place, key in sent.keys.items()}
    leaves: dict[Place, KeyCertificate] = {}
    for each in sent.given:
        try:
            found = read_certificate(each.der)
        except Malformed as error:  # a CA's key may be of a kind with which nobody signs here
            if not is_authority(each.der):
                sent.refuse(each.file, f"cannot be taken: {error}")
            continue
        place = places.get(found.public)
        if place is None:
            if not found.is_ca:
                sent.refuse(each.file, _nobodys(found))
        elif reason := _unfit(found, place.code, ceremony.now):
            sent.refuse(each.file, reason)
        elif leaves.setdefault(place, found).der != found.der:
            sent.refuse(each.file, f"is a second certificate for the {place} key; leave the one that is to be used.")
    return leaves


def _places(ceremony: Ceremony) -> Iterator[tuple[PublicKey, Place]]:
    """The keys that a certificate may be for."""
    waiting = ceremony.next_keys
    signer = signers.every(ceremony)
    for code in signers.bodies(ceremony.site):
        for suite in _kept(ceremony, code):
            yield signer.public_key(code, suite), Place(code, suite, False)
        for suite in waiting.suites(code):
            yield waiting.draw(code, suite), Place(code, suite, True)


def _kept(ceremony: Ceremony, code: str) -> tuple[str, ...]:
    """The suites in which the key folder or a token has a key: what a signing service has is certified there."""
    there = signers.every(ceremony).suites(code)
    return tuple(suite for suite in signers.kept_suites(ceremony, code) if suite in there)


def _nobodys(found: KeyCertificate) -> str:
    if found.key_usage and not found.key_usage & {"digital_signature", "non_repudiation"}:
        return "is an encryption certificate (加密证书), which nothing here uses; take it out."
    return "is for no key here; give what was issued for the requests of `yijian keys init --csr` or `yijian keys rotate --csr`, and take others out."


def _unfit(leaf: KeyCertificate, code: str, now: datetime) -> str:
    if leaf.subject.code and leaf.subject.code != code:
        return f"names the body {leaf.subject.code}, but the key is {code}'s; have it issued again."
    if leaf.is_ca or "digital_signature" not in leaf.key_usage:
        return "may not sign documents by its key usage (digitalSignature); have it issued for signing."
    if not may_sign_documents(leaf.der):
        return "names other purposes (extendedKeyUsage) than documents, so every verifier would refuse what it signs; have it issued without, or for documentSigning or emailProtection."
    if leaf.not_after < now:
        return f"ended on {local(leaf.not_after):%Y-%m-%d}; have it issued again."
    if leaf.not_before > now:
        return f"begins at {local(leaf.not_before):%Y-%m-%d %H:%M}; import it then, nothing could be signed before."
    return ""


def _chains(
    sent: _Sent, ceremony: Ceremony, leaves: Mapping[Place, KeyCertificate]
) -> tuple[dict[Place, tuple[bytes, ...]], tuple[str, ...]]:
    """The chain of each leaf that came, and of each that is here and of which more came, but for those that are here so; the files of the roots above them."""
    material = [each for each in sent.given if is_authority(each.der)]
    here = dict(_here(ceremony)) if material or leaves else {}
    wanted = {place: (leaf.der,) for place, leaf in leaves.items() if leaf.der not in here.get(place, ())[:1]}
    chains, useful = {}, set[bytes]()
    for place, chain in (here | wanted).items():
        found = above(chain[0], [*(each.der for each in material), *chain[1:]])
        useful.update(found)
        whole = (chain[0], *(each for each in found if not is_root(each)))
        if whole != here.get(place):
            chains[place] = whole
    for each in material:
        if each.der in useful and not is_root(each.der) and not may_sign_documents(each.der):
            sent.refuse(
                each.file,
                "is a CA's that names other purposes (extendedKeyUsage) than documents, so every verifier would refuse what is signed below it; have the keys certified by a CA for documents.",
            )
    spare = [each.file for each in material if each.der not in useful]
    if not sent.refused:  # what was refused may be what they certified
        for file in dict.fromkeys(spare):
            sent.refuse(file, "certified none of the keys here, nor a CA that did; take it out.")
    return chains, tuple(dict.fromkeys(each.file for each in material if is_root(each.der)))


def _here(ceremony: Ceremony) -> Iterator[tuple[Place, tuple[bytes, ...]]]:
    """The chains that keys have already."""
    signer, waiting = signers.every(ceremony), ceremony.next_keys
    for code in signers.bodies(ceremony.site):
        for suite in _kept(ceremony, code):
            if signers.certified_key(signer, code, suite):
                yield Place(code, suite, False), signer.certificates(code, suite)
        for suite in waiting.suites(code):
            if chain := waiting.certificates(code, suite):
                yield Place(code, suite, True), chain


def _seals(sent: _Sent, ceremony: Ceremony, coming: Mapping[Place, bytes]) -> dict[Place, bytes]:
    """A seal belongs to the authority whose certificate it lists: that of today, or that of the next key, as they will be."""
    leaves = dict(_sealing_leaves(ceremony)) | {place: leaf for place, leaf in coming.items() if _seals_with(place)}
    found: dict[Place, bytes] = {}
    for name, raw in sent.seals:
        if reason := _unsound(raw):
            sent.refuse(name, reason)
            continue
        place = next((place for place, leaf in leaves.items() if sealing.lists_signer(raw, leaf)), None)
        if place is not None and found.setdefault(place, raw) != raw:
            sent.refuse(name, f"is a second seal for {place.code}; leave the one that is to be used.")
        elif place is None and (not sent.refused or not sent.given):  # else its certificate may be what was refused
            sent.refuse(name, "lists no certificate of a key here; have the seal made for the certificate in use.")
    return found


def _seal_here(ceremony: Ceremony, place: Place) -> bytes:
    try:
        return (ceremony.next_keys if place.waits else ceremony.signer.files).seal(place.code)
    except SigningFailed:
        return b""


def _sealing_leaves(ceremony: Ceremony) -> Iterator[tuple[Place, bytes]]:
    signer, waiting = signers.every(ceremony), ceremony.next_keys
    for code in signers.bodies(ceremony.site):
        if signers.certified_key(signer, code, sealing.SUITE):
            yield Place(code, sealing.SUITE, False), signer.certificates(code, sealing.SUITE)[0]
        if chain := waiting.certificates(code, sealing.SUITE):
            yield Place(code, sealing.SUITE, True), chain[0]


def _seals_with(place: Place) -> bool:
    return place.suite == sealing.SUITE


def _unsound(raw: bytes) -> str:
    try:
        seal = read_seal(raw)
        maker = read_certificate(seal.maker)
    except Malformed as error:
        return f"is no electronic seal (SESeal, DER); have it sent again. {error}"
    right = seal.algorithm == SM2_WITH_SM3 and maker.public.suite == sealing.SUITE
    value = suite_named(sealing.SUITE).from_der(seal.signature) if right else None
    if value is None or not any(suite_named(sealing.SUITE).verify(maker.public.spki, s, value) for s in seal.signed):
        return "is not signed by the maker that it names; have it sent again."
    return ""
