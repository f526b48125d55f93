"""Makes the PDFs that these tests judge: keys with X.509 certificates, a timestamp authority, trust. All bodies are made up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from adapters.simulators import timestamper
from certificates import timestamps
from certificates.certificate import CertificateContent
from certificates.envelope import Seal
from certificates.faces.composing import face_of
from certificates.faces.layout import read_layout
from certificates.faces.model import Face
from certificates.pdf.rendering import Particulars, render
from certificates.pdf.signing import Place, Plan, sign
from certificates.suites import PublicKey, suite_named
from certificates.trust import Trust
from certificates.x509.issuing import Issuer, Period, Revoked, Subject, make_ca, make_crl, make_root, make_signer
from certificates.x509.names import Name
from tests.certificates.making import DAY, HYGIENE, NAMES, SIGNED_AT, KeyRing, World, content, private_key
from tests.certificates.pki import for_purposes

LAYOUT = read_layout((Path(__file__).parents[3] / "catalog/sites/xixia/faces/permit-portrait.toml").read_bytes())
SUITE, YEAR = "ES256", 365 * DAY
WORLD = World(SUITE, KeyRing("ES256", "PS256"))
ROOT_KEY = private_key(SUITE, "root")
CA_KEY = private_key(SUITE, "ca")
STAMPS = timestamper.make_authority(SIGNED_AT - YEAR, SIGNED_AT + 3 * YEAR)
# A pixel is enough of a seal here; its picture is judged in tests/certificates/seals.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da63fccf500f0003030180"
    "00c0ef0f0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Clock:
    """A timestamper whose time is set: the real tokens of the demo's authority without its socket."""

    at: datetime
    authority: timestamper.Authority = STAMPS

    def stamp(self, digest: bytes) -> bytes:
        asked = timestamps.write_request(digest, 7)
        return timestamps.read_response(timestamper.stamp(self.authority, asked, self.at))


def root_sign(message: bytes) -> bytes:
    return suite_named(SUITE).sign(ROOT_KEY, message)


@cache
def issuer() -> Issuer:
    public = suite_named(SUITE).public_key(ROOT_KEY)
    period = Period(SIGNED_AT - YEAR, SIGNED_AT + 20 * YEAR)
    root = make_root(Subject(Name("示例根证书", "示例电子认证服务机构"), public), period, root_sign)
    return Issuer(root, SUITE, root_sign)


@cache
def signer_certificate(
    public: PublicKey, code: str = HYGIENE, start: datetime = SIGNED_AT - DAY, end: datetime = SIGNED_AT + YEAR
) -> bytes:
    name = Name(NAMES[code], NAMES[code], code)
    return make_signer(Subject(name, public), Period(start, end), issuer())


@cache
def crl(*revoked: Revoked, at: datetime = SIGNED_AT, until: datetime = SIGNED_AT + 30 * DAY) -> bytes:
    return make_crl(issuer(), revoked, at, until, 1)


def plan(suite: str = SUITE, chain: tuple[bytes, ...] = (), **changed: object) -> Plan:
    WORLD.ring.certify(HYGIENE, suite, chain or (signer_certificate(WORLD.ring.public_key(HYGIENE, suite)),))
    seal = Seal(WORLD.ring, HYGIENE, suite, SIGNED_AT)
    made = Plan(seal, Clock(SIGNED_AT), NAMES[HYGIENE], (crl(),), PICTURE, Place(130, 215, 42))
    return replace(made, **changed)  # type: ignore[arg-type]


def face(made: CertificateContent) -> Face:
    return face_of(made, LAYOUT)


def drawn(made: CertificateContent | None = None, data: bytes | None = None) -> bytes:
    """The PDF before it is signed, by default with its own data inside."""
    said = made or content()
    inside = data or WORLD.certificate(said)
    return render(face(said), Particulars(said.type_name, said.authority.name, str(said.identifier), SIGNED_AT, inside))


@cache
def good() -> bytes:
    return sign(drawn(), plan())


def signed_for(*purposes: str) -> bytes:
    """Signed with a certificate for these purposes."""
    leaf = signer_certificate(WORLD.ring.public_key(HYGIENE, SUITE))
    return sign(drawn(), plan(chain=(for_purposes(leaf, SUITE, root_sign, *purposes),)))


def under_a_ca_for(*purposes: str) -> bytes:
    """Signed with a certificate that names no purpose, under a CA that names these."""
    mine, period = suite_named(SUITE).public_key(CA_KEY), Period(SIGNED_AT - YEAR, SIGNED_AT + YEAR)
    ca = make_ca(Subject(Name("示例签发证书", "示例电子认证服务机构"), mine), period, issuer())
    ca = for_purposes(ca, SUITE, root_sign, *purposes)
    below = Issuer(ca, SUITE, lambda message: suite_named(SUITE).sign(CA_KEY, message))
    named = Subject(Name(NAMES[HYGIENE], NAMES[HYGIENE], HYGIENE), WORLD.ring.public_key(HYGIENE, SUITE))
    leaf = make_signer(named, Period(SIGNED_AT - DAY, SIGNED_AT + DAY), below)
    return sign(drawn(), plan(chain=(leaf, ca)))


def trust(**changed: object) -> Trust:
    made = replace(WORLD.trust(), roots=(issuer().certificate,), timestamp_roots=(STAMPS.root,))
    return replace(made, **changed)  # type: ignore[arg-type]
