"""Makes the certificates, keys and trust that these tests judge, each in one way good. All persons are made up."""

import functools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certificates import identifier
from certificates.certificate import (
    CREDIT_CODE,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
    issue,
)
from certificates.envelope import Seal
from certificates.errors import SigningFailed
from certificates.status import StatusEntry, StatusList, issue_status_list
from certificates.suites import SUITES, PublicKey, suite_named
from certificates.trust import Authority, Trust, TrustedKey

HYGIENE, FIRE = "11411323MB9000010Y", "11411323MB90000200"
NAMES = {HYGIENE: "西峡县示例卫生健康委员会", FIRE: "西峡县示例消防救援大队"}
TYPE, OTHER_TYPE = "11100000MB9000030J001", "11100000MB9000030J002"
SIGNED_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@functools.cache
def private_key(suite: str, who: str = "") -> bytes:
    """A private key (PKCS#8) of nobody, made once for each suite and ``who``; RSA keys of 2048 bits, which are quicker made."""
    if suite != "PS256":
        return suite_named(suite).generate()
    made = rsa.generate_private_key(65537, 2048)
    return made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class KeyRing:
    """A signer with keys in memory for each authority, of each suite named; implements the port Signer.

    What ``certify`` gives it are the certificates, and ``seals`` the seals that it hands out.
    """

    def __init__(self, *suites: str) -> None:
        self._keys = {(code, suite): private_key(suite, code) for code in NAMES for suite in suites}
        self._chains: dict[tuple[str, str], tuple[bytes, ...]] = {}
        self.seals: dict[str, bytes] = {}

    def suites(self, key_ref: str) -> tuple[str, ...]:
        return tuple(suite for suite in SUITES if (key_ref, suite) in self._keys)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        return suite_named(suite).sign(self._key(key_ref, suite), message)

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        return suite_named(suite).public_key(self._key(key_ref, suite))

    def certify(self, key_ref: str, suite: str, chain: tuple[bytes, ...]) -> None:
        self._chains[key_ref, suite] = chain

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        return self._chains[key_ref, suite]

    def seal(self, key_ref: str) -> bytes:
        return self.seals[key_ref]

    def _key(self, key_ref: str, suite: str) -> bytes:
        if (key_ref, suite) not in self._keys:
            raise SigningFailed("key-missing", f"{key_ref} has no key for {suite}.")
        return self._keys[key_ref, suite]


@dataclass(frozen=True)
class World:
    """Two authorities with a key each, all in one suite."""

    suite: str
    ring: KeyRing = field(repr=False)

    def certificate(self, made: CertificateContent | None = None, signed_at: datetime = SIGNED_AT) -> bytes:
        return issue(made or content(), self.ring, HYGIENE, self.suite, signed_at)

    def key(self, code: str = HYGIENE) -> TrustedKey:
        start, end = SIGNED_AT - 30 * DAY, SIGNED_AT + 3650 * DAY
        return TrustedKey(self.ring.public_key(code, self.suite), start, end, None, (TYPE,))

    def trust(self, key: TrustedKey | None = None, status_list: bytes | None = None) -> Trust:
        keys = {HYGIENE: key or self.key(), FIRE: self.key(FIRE)}
        authorities = {code: Authority(code, NAMES[code], (keys[code],)) for code in keys}
        return Trust(authorities, {HYGIENE: status_list} if status_list else {})

    def seal(self, key_ref: str = HYGIENE, signed_at: datetime = AT - DAY) -> Seal:
        return Seal(self.ring, key_ref, self.suite, signed_at)

    def status_list(self, *entries: StatusEntry, seal: Seal | None = None, authority: str = HYGIENE) -> bytes:
        return issue_status_list(StatusList(authority, 7, AT + DAY, entries), seal or self.seal())


def content(**changed: object) -> CertificateContent:
    """A hygiene licence of a guest house that does not exist."""
    values: dict[str, object] = {
        "identifier": identifier.make(TYPE, HYGIENE, "202600000001"),
        "type_code": TYPE,
        "type_name": "公共场所卫生许可证",
        "number": "西卫公证字〔2026〕第900001号",
        "holder": Holder("西峡县示例民宿有限公司", "91411323MA9000040P", CREDIT_CODE),
        "authority": IssuingAuthority(NAMES[HYGIENE], HYGIENE),
        "issued_on": date(2026, 3, 2),
        "valid_from": date(2026, 3, 2),
        "valid_to": date(2030, 3, 1),
        "fields": (
            ExtensionField("business.address", "经营地址", "河南省西峡县示例镇示例村1号"),
            ExtensionField("business.scope", "许可项目", "住宿场所"),
        ),
    }
    return CertificateContent(**{**values, **changed})  # type: ignore[arg-type]
