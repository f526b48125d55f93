"""Token Status List: the statuses of an authority's certificates as one signed, cacheable JWT. It decides no status itself.

After draft-ietf-oauth-status-list (still an Internet-Draft when this was written): ``typ`` ``statuslist+jwt``, claims ``sub`` (the list's
address), ``iat``, ``exp``, ``ttl``, ``status_list`` {``bits``, ``lst`` (zlib, base64url)}. Signed in ES256 with the authority's own key.
"""

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from certificates import wording
from certificates.checks import Check, failed, not_checked, passed
from certificates.envelope import Seal
from certificates.errors import Malformed, SigningFailed
from certificates.judging import china, key_problem
from certificates.suites import SUITES
from certificates.trust import Authority, Trust

TYPE = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
EXTENSION = ".jwt"
SUITE = "ES256"
BITS = 2
VALID, INVALID, SUSPENDED, LAPSED = 0, 1, 2, 3
"""The first three are the draft's; 3 is application-specific there: ended by its own last day, or replaced."""
WORDS = {INVALID: "已被撤销、注销、吊销或者迁出", SUSPENDED: "被暂扣", LAPSED: "已失效"}
MAX_PLACES = 4_000_000
MAX_CHARACTERS = 2_000_000
_PART = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class TokenStatusList:
    """What a list says: ``places`` maps a place to its value, every other is VALID; it holds until ``expires_at``."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: int
    places: Mapping[int, int]
    size: int

    def at(self, place: int) -> int | None:
        """The value of a place; None for one that the list does not have."""
        return self.places.get(place, VALID) if 0 <= place < self.size else None


@dataclass(frozen=True, slots=True)
class SignedTokenList:
    """A list as read; nothing is verified."""

    content: TokenStatusList
    key_id: str
    signed_bytes: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def value_of(status: str) -> int:
    """The list's value for a status code of ``certificates.status``."""
    return {"01": VALID, "02": SUSPENDED, "05": LAPSED}.get(status, INVALID)


def issue(content: TokenStatusList, seal: Seal) -> str:
    """Sign the list with the authority's ES256 key. Raises Malformed, SigningFailed."""
    if seal.suite != SUITE:
        raise SigningFailed("suite-of-key", f"A status list is signed in {SUITE} alone; give the {SUITE} key.")
    if content.expires_at <= content.issued_at or not 0 < content.size <= MAX_PLACES:
        raise Malformed("shape", "A list ends after it begins and has 1 to four million places.")
    public = seal.signer.public_key(seal.key_ref, SUITE)
    header = {"alg": SUITE, "kid": public.key_id, "typ": TYPE}
    claims = {
        "exp": int(content.expires_at.timestamp()),
        "iat": int(content.issued_at.timestamp()),
        "status_list": {"bits": BITS, "lst": _written(zlib.compress(_packed(content), 9))},
        "sub": content.uri,
        "ttl": content.ttl,
    }
    message = f"{_written(_json(header))}.{_written(_json(claims))}"
    signature = seal.signer.sign(seal.key_ref, SUITE, message.encode())
    if not SUITES[SUITE].verify(public.spki, message.encode(), signature):
        raise SigningFailed("bad-signature", "The signer gave a signature that does not verify; check the key.")
    return f"{message}.{_written(signature)}"


def read(token: str) -> SignedTokenList:
    """Read a token. Raises Malformed. It is not verified: ``check`` does that."""
    parts = token.strip().split(".")
    if len(token) > MAX_CHARACTERS or len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise Malformed("other-format", "A status list is a JWT of three parts.")
    header, claims = (_object(_octets(part)) for part in parts[:2])
    key_id = header.get("kid")
    if header.get("typ") != TYPE or header.get("alg") != SUITE or not isinstance(key_id, str):
        raise Malformed("other-format", "The header is not that of a status list in ES256.")
    said = claims.get("status_list")
    if not isinstance(said, dict) or said.get("bits") not in (1, 2, 4, 8) or not isinstance(said.get("lst"), str):
        raise Malformed("shape", "The claim status_list has bits (1, 2, 4, 8) and lst.")
    uri, ttl = claims.get("sub"), claims.get("ttl", 0)
    if not isinstance(uri, str) or not isinstance(ttl, int):
        raise Malformed("shape", "A status list says its own address (sub), and ttl as a number.")
    places, size = _unpacked(_octets(said["lst"]), said["bits"])
    content = TokenStatusList(uri, _instant(claims.get("iat")), _instant(claims.get("exp")), ttl, places, size)
    return SignedTokenList(content, key_id, f"{parts[0]}.{parts[1]}".encode(), _octets(parts[2]))


def check(trust: Trust, authority: Authority | None, uri: str, place: int, at: datetime) -> list[Check]:
    """The checks ``status_list`` and ``status`` of a certificate that names its place in a list, by the lists of the trust folder."""
    found = [one for one in readable(trust.token_lists) if one.content.uri == uri]
    unread = unread_for(trust, authority, uri)
    if authority is not None and f"{authority.code}{EXTENSION}" == unread:
        return [failed("status_list", wording.UNREAD_LIST.format(unread))]
    if unread:
        return [not_checked(name, wording.UNREAD_LISTS.format(unread)) for name in ("status_list", "status")]
    if authority is None or not found:
        other = authority is not None and authority.code in trust.status_lists
        said = wording.NO_TOKEN_LIST.format(authority.code) if authority and other else wording.NO_LIST
        return [not_checked(name, said) for name in ("status_list", "status")]
    by_then = [one for one in found if one.content.issued_at <= at]
    latest = max(by_then or found, key=lambda one: one.content.issued_at)
    if not by_then or (by_then != found and at > latest.content.expires_at):
        return [not_checked(name, _too_late(found, at)) for name in ("status_list", "status")]
    problem = problem_of(latest, authority, at)
    if problem:
        return [failed("status_list", problem)]
    fresh = passed("status_list", wording.LIST_GOOD.format(china(latest.content.issued_at)))
    value = latest.content.at(place)
    if value is None:
        return [failed("status_list", "状态清单中没有这本证照的位置，请向颁发机构取得新的清单。")]
    if value != VALID:
        return [fresh, failed("status", f"颁发机构的状态清单表明该证照{WORDS.get(value, '不是有效状态')}。")]
    return [fresh, passed("status", "颁发机构的状态清单表明该证照有效。")]


def _too_late(found: list[SignedTokenList], at: datetime) -> str:
    """A list says how things stood when it was made, and nothing of the time before."""
    first = min(one.content.issued_at for one in found if one.content.issued_at > at)
    return wording.LATER_LIST.format(china(first), china(at))


def unread_for(trust: Trust, authority: Authority | None, uri: str) -> str:
    """The file of status/ that cannot be read and may be the list asked about: the authority's by its name, or, where no list of that
    address is there, one that is named for nobody known. Empty where there is none."""
    if authority is None:
        return ""
    own = f"{authority.code}{EXTENSION}"
    if own in trust.unread_lists:
        return own
    if any(one.content.uri == uri for one in readable(trust.token_lists)):
        return ""
    return next((n for n in trust.unread_lists if n.removesuffix(EXTENSION) not in trust.authorities), "")


def is_of(trust: Trust, code: str) -> bool:
    """Whether the trust folder has a list of this authority by place, readable; nothing of it is verified."""
    return any(one.content.uri.rpartition("/")[2] == code for one in readable(trust.token_lists))


def readable(tokens: Iterable[str]) -> Iterator[SignedTokenList]:
    """Yield what can be read of ``tokens``; nothing of it is verified."""
    for token in tokens:
        with contextlib.suppress(Malformed):
            yield read(token)


def problem_of(found: SignedTokenList, authority: Authority, at: datetime) -> str | None:
    """Why the list says nothing at ``at``: not its authority's, changed, stale; None when it can be used."""
    key = authority.key(found.key_id)
    if key is None or key.public.suite != SUITE:
        return "状态清单不是由该颁发机构的密钥签署的。"
    if key_problem(key, found.content.issued_at, found.content.issued_at):
        return "签署状态清单时密钥已失效或尚未启用。"
    if not SUITES[SUITE].verify(key.public.spki, found.signed_bytes, found.signature):
        return "状态清单的数字签名不符，清单被改动过。"
    if at > found.content.expires_at:
        return f"状态清单已过更新期（{china(found.content.expires_at)}），请向颁发机构取得新的清单。"
    return None


def _packed(content: TokenStatusList) -> bytes:
    """Two bits for each place, the first in the lowest bits of the first byte."""
    octets = bytearray((content.size * BITS + 7) // 8)
    for place, value in content.places.items():
        if not 0 <= place < content.size or not 0 <= value < 1 << BITS:
            raise Malformed("shape", "A place lies outside of the list, or its value needs more bits.")
        octets[place * BITS // 8] |= value << place * BITS % 8
    return bytes(octets)


def _unpacked(packed: bytes, bits: int) -> tuple[dict[int, int], int]:
    """Only what is not VALID, and how many places there are. A bomb is stopped at MAX_PLACES."""
    most = MAX_PLACES * bits // 8
    inflate = zlib.decompressobj()
    try:
        octets = inflate.decompress(packed, most + 1)
    except zlib.error as error:
        raise Malformed("shape", "The list is not compressed as it should be.") from error
    if len(octets) > most or not inflate.eof or inflate.unused_data:
        raise Malformed("shape", "The list is too long, cut off, or has something behind it.")
    each, mask = 8 // bits, (1 << bits) - 1
    values = {
        index * each + n: octet >> n * bits & mask
        for index, octet in enumerate(octets)
        if octet
        for n in range(each)
        if octet >> n * bits & mask
    }
    return values, len(octets) * each


def _instant(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds < 32_503_680_000:
        raise Malformed("shape", "A status list says when it was issued (iat) and until when it holds (exp).")
    return datetime.fromtimestamp(seconds, UTC)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _object(octets: bytes) -> dict[str, object]:
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise Malformed("not-json", "A part of the token is no JSON.") from error
    if not isinstance(value, dict):
        raise Malformed("shape", "A part of the token is no object.")
    return value


def _written(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not-base64", "A part of the token is not base64url.") from error
