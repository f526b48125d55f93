"""What a verifier has before it: the claims in clear, the fields shown, and whose signature to ask about. It verifies no trust.

The compact credential and the SD-JWT VC are both read into this.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

from certificates.certificate import CREDIT_CODE, CertificateContent
from certificates.envelope import Seal
from certificates.errors import Malformed, SigningFailed
from certificates.identifier import Identifier
from certificates.suites import SUITES, PublicKey

SUITE = "ES256"
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
# Years 1970 to 2999, so that a change of zone never overflows.
_LAST_SECOND = 32_503_680_000


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where the status stands: the address of a Token Status List and the place in it."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What the issuer signed in clear, and the digests of the rest. Days are those of China; ``valid_to`` None is without end.

    ``authority`` is the issuer's name where the format carries it; its code stands in the identifier.
    """

    identifier: Identifier
    type_name: str
    authority: str | None
    holder: str = field(repr=False)
    valid_from: date
    valid_to: date | None
    signed_at: datetime
    status: StatusReference | None
    digests: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as read; nothing is verified. ``shown`` are labels and values, ``given`` the digests of their disclosures."""

    claims: Claims
    shown: tuple[tuple[str, str], ...] = field(repr=False)
    given: tuple[bytes, ...] = field(repr=False)
    key_id: str  # in hex; the first bytes of it where the format has no room for more
    signed_bytes: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def hidden(self) -> int:
        """How many fields the holder does not show."""
        return len(self.claims.digests) - len(self.given)

    def belongs(self) -> bool:
        """Whether every field shown is one that the issuer signed."""
        return set(self.given) <= set(self.claims.digests)

    def verifies(self, spki: bytes) -> bool:
        """Whether the signature is good under this P-256 key. It raises nothing."""
        return SUITES[SUITE].verify(spki, self.signed_bytes, self.signature)


def masked(content: CertificateContent) -> str:
    """Return the holder as shown in clear: a person by the first character and stars, a body (public by law) in full."""
    name = content.holder.name
    return name if content.holder.code_type == CREDIT_CODE else name[0] + "*" * (len(name) - 1)


def signing_key(seal: Seal) -> PublicKey:
    """Return the authority's ES256 key. Raises SigningFailed when the seal is for another suite."""
    if seal.suite != SUITE:
        raise SigningFailed(
            "suite-of-key", f"A credential for phones is signed by {SUITE} alone; give the {SUITE} key."
        )
    return seal.signer.public_key(seal.key_ref, SUITE)


def sign(seal: Seal, public: PublicKey, message: bytes) -> bytes:
    """Return the signature over ``message``, verified before it is handed out. Raises SigningFailed."""
    signature = seal.signer.sign(seal.key_ref, SUITE, message)
    if not SUITES[SUITE].verify(public.spki, message, signature):
        raise SigningFailed(
            "bad-signature", "The signer gave a signature that does not verify; check the signer's key."
        )
    return signature


def require_sound(content: CertificateContent) -> None:
    """Raises Malformed when the identifier does not fit the rest."""
    problem = content.disagreement()
    if problem:
        raise Malformed(problem, "The identifier does not fit the content; build it with identifier.make().")


def midnight(day: date) -> int:
    """The first second of a day in China, as seconds since 1970."""
    return int(datetime.combine(day, time(), CHINA).timestamp())


def end_of(day: date) -> int:
    """The second after the last one of a day in China."""
    return midnight(day + timedelta(days=1))


def instant(seconds: object) -> datetime:
    """Read seconds since 1970. Raises Malformed."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds < _LAST_SECOND:
        raise Malformed("shape", "A time of the credential is missing or lies outside of 1970 to 2999.")
    return datetime.fromtimestamp(seconds, UTC)


def first_day(seconds: object) -> date:
    return instant(seconds).astimezone(CHINA).date()


def last_day(seconds: object) -> date | None:
    """Read the day that ends at ``seconds``; None is without end. Raises Malformed."""
    return None if seconds is None else (instant(seconds) - timedelta(seconds=1)).astimezone(CHINA).date()
