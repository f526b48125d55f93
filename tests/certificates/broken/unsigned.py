"""The ways in which a text is put where nobody signs: into certificates, lists and algorithms beside what was signed. It judges nothing.

All signatures in these files are right; general validators pass most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from certificates import der
from certificates.ofd.signing import make_ofd
from certificates.pdf.signing import sign
from certificates.suites import suite_named
from certificates.x509.issuing import Issuer, Period, Subject, make_ca, make_root
from certificates.x509.names import Name
from certificates.x509.reading import read_certificate
from tests.certificates.broken import appended
from tests.certificates.making import DAY, HYGIENE, SIGNED_AT, private_key
from tests.certificates.ofd import making as ofd
from tests.certificates.pdf import making as pdf
from tests.certificates.pki import signing

_WORDS = der.octets("住宿场所、歌舞娱乐".encode() * 40)
_SHORT = der.octets("住宿场所、歌舞娱乐".encode())
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_parameters(signed: bytes) -> bytes:
    """A certificate or list whose algorithm, beside the body, has a text for its parameters."""
    body, algorithm, value = der.parse(signed).children()
    return der.sequence(body.raw, der.sequence(algorithm.children()[0].raw, _WORDS), value.raw)


def with_a_tail(signed: bytes) -> bytes:
    """The same with the text behind the signature's value."""
    body, algorithm, value = der.parse(signed).children()
    return der.sequence(body.raw, algorithm.raw, der.bits(value.octets() + _WORDS))


def with_a_third_number(signed: bytes) -> bytes:
    """The same with the text in the value, after its two numbers."""
    body, algorithm, value = der.parse(signed).children()
    return der.sequence(body.raw, algorithm.raw, der.bits(der.sequence(der.parse(value.octets()).content, _WORDS)))


def with_the_other_number(signed: bytes) -> bytes:
    """The other value that is right over the same body: n - s for s."""
    body, algorithm, value = der.parse(signed).children()
    r, s = (each.integer() for each in der.parse(value.octets()).children())
    numbers = der.sequence(der.integer(r), der.integer(_ORDER - s))
    return der.sequence(body.raw, algorithm.raw, der.bits(numbers))


def with_made_up_numbers(signed: bytes) -> bytes:
    """Two numbers that are a text."""
    body, algorithm, _ = der.parse(signed).children()
    numbers = [der.integer(int.from_bytes(each, "big")) for each in (b"thirty-two bytes that say a thing", b"and more")]
    return der.sequence(body.raw, algorithm.raw, der.bits(der.sequence(*numbers)))


def for_the_same_key(authority: bytes) -> bytes:
    """A certificate that anybody can make: a CA's name and public key, and the words of its maker."""
    own = Subject(Name("示例伪造根：另准歌舞娱乐"), suite_named("ES256").public_key(private_key("ES256", "forger")))
    period = Period(SIGNED_AT - DAY, SIGNED_AT + DAY)
    forger = make_root(own, period, signing("ES256", "forger"), None)
    read = read_certificate(authority)
    return make_ca(
        Subject(read.subject, read.public), period, Issuer(forger, "ES256", signing("ES256", "forger")), None
    )


@dataclass
class Altered:
    """A timestamper whose token was changed on its way, where its authority signed nothing."""

    change: Callable[[bytes], bytes]

    def stamp(self, digest: bytes) -> bytes:
        return self.change(pdf.Clock(SIGNED_AT).stamp(digest))


def _members(token: bytes) -> tuple[bytes, list[bytes]]:
    kind, wrapped = der.parse(token).children()
    return kind.raw, [each.raw for each in wrapped.inside(der.TAG_0).children()]


def _made(kind: bytes, members: list[bytes]) -> bytes:
    return der.sequence(kind, der.tagged(der.TAG_0, der.sequence(*members)))


def of_another_algorithm(content: bytes) -> bytes:
    """A CMS whose signer names the algorithm with a short text for parameters."""
    kind, members = _members(content)
    signer = [each.raw for each in der.parse(members[4]).inside(der.SET).children()]
    signer[4] = der.sequence(der.parse(signer[4]).children()[0].raw, _SHORT)
    members[4] = der.tagged(der.SET, der.sequence(*signer))
    return _made(kind, members)


def in_another_order(content: bytes) -> bytes:
    """A CMS with its certificates the other way round."""
    kind, members = _members(content)
    held = [each.raw for each in der.parse(members[3]).children(der.TAG_0)]
    members[3] = der.tagged(der.TAG_0, b"".join(reversed(held)))
    return _made(kind, members)


def with_certificates(*more: bytes) -> Callable[[bytes], bytes]:
    """A CMS with these certificates more, in the order of DER."""

    def change(content: bytes) -> bytes:
        kind, members = _members(content)
        held = [each.raw for each in der.parse(members[3]).children(der.TAG_0)]
        members[3] = der.tagged(der.TAG_0, b"".join(sorted([*held, *more])))
        return _made(kind, members)

    return change


def _named_as_the_issuer() -> bytes:
    """A CA that bears the name of the signer's issuer, and words of its maker; its key signed nothing but itself."""
    named = Subject(
        Name("示例根证书", "示例电子认证服务机构"), suite_named(pdf.SUITE).public_key(private_key(pdf.SUITE, "forger"))
    )
    return make_root(named, Period(SIGNED_AT - DAY, SIGNED_AT + DAY), signing(pdf.SUITE, "forger"))


def _signer() -> bytes:
    return pdf.signer_certificate(pdf.WORLD.ring.public_key(HYGIENE, pdf.SUITE))


def _root() -> bytes:
    return pdf.issuer().certificate


def _beside(*changes: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """The good PDF with the signer's issuer beside its certificate, changed in each of these ways."""
    return lambda: appended.cms_changed(with_certificates(*(each(_root()) for each in changes)))


def _as_it_is(certificate: bytes) -> bytes:
    return certificate


def _reversed() -> bytes:
    return appended.cms_changed(lambda content: in_another_order(with_certificates(_root())(content)))


def _stamped(change: Callable[[bytes], bytes]) -> dict[str, Callable[[], bytes]]:
    return {
        "ofd": lambda: make_ofd(ofd.document(), ofd.sealing(timestamper=Altered(change))),
        "pdf": lambda: sign(pdf.drawn(), pdf.plan(timestamper=Altered(change))),
    }


def _over_the_stamps(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda token: with_certificates(change(pdf.STAMPS.root))(token)


GOOD: dict[str, Callable[[], bytes]] = {"good-with-its-root": _beside(_as_it_is)}
PRINTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "certificate-with-parameters-beside-its-body": (_beside(with_parameters), "coverage"),
    "certificate-with-a-text-behind-its-signature": (_beside(with_a_tail), "coverage"),
    "certificate-with-a-text-in-its-signature": (_beside(with_a_third_number), "coverage"),
    "certificate-with-a-text-for-its-signature": (_beside(with_made_up_numbers), "chain"),
    "certificate-in-two-forms": (_beside(_as_it_is, with_the_other_number), "chain"),
    "certificate-made-for-the-issuers-key": (_beside(for_the_same_key), "chain"),
    "certificate-that-bears-the-issuers-name": (_beside(lambda _: _named_as_the_issuer()), "coverage"),
    "certificate-of-the-signer-twice": (_beside(lambda _: _signer()), "coverage"),
    "certificates-in-another-order": (_reversed, "coverage"),
    "algorithm-with-parameters": (lambda: appended.cms_changed(of_another_algorithm), "coverage"),
    "revocation-list-with-parameters-beside-its-body": (lambda: appended.with_a_list(with_parameters), "updates"),
    "revocation-list-with-a-text-behind-its-signature": (lambda: appended.with_a_list(with_a_tail), "updates"),
}
STAMPED: dict[str, Callable[[], bytes]] = {
    f"{name}.{ending}": made
    for name, change in {
        "timestamp-with-an-algorithm-with-parameters": of_another_algorithm,
        "timestamp-with-an-altered-root": _over_the_stamps(with_parameters),
        "timestamp-with-a-text-for-the-signature-of-its-root": _over_the_stamps(with_made_up_numbers),
        "timestamp-with-a-certificate-made-for-its-issuers-key": _over_the_stamps(for_the_same_key),
    }.items()
    for ending, made in _stamped(change).items()
}
"""Refused by `timestamp`."""
