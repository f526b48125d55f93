"""Makes the credentials that these tests judge, each in one way good. All persons and bodies are made up."""

from datetime import date

from certificates.certificate import CITIZEN_ID, CertificateContent, Holder
from certificates.compact import cose, credential
from certificates.compact.credential import Issued
from certificates.compact.presented import StatusReference
from certificates.envelope import Seal
from tests.certificates.making import HYGIENE, SIGNED_AT, KeyRing, World, content

SEED = bytes(range(32))
STATUS = StatusReference("https://zwfw.example.gov.cn/status/11411323MB9000010Y/1.jwt", 12345)
WORLD = World("ES256", KeyRing("ES256"))
SEAL = Seal(WORLD.ring, HYGIENE, "ES256", SIGNED_AT)
CATERING = ["许可项目", "经营地址"]


def issued(made: CertificateContent | None = None, seed: bytes = SEED) -> Issued:
    return credential.issue(made or content(), seed, STATUS, SEAL)


def shown(*labels: str, made: CertificateContent | None = None) -> bytes:
    mine = issued(made)
    return credential.present(mine.credential, mine.disclosures, labels)


def a_person() -> CertificateContent:
    return content(holder=Holder("测试甲", "411323199001019918", CITIZEN_ID), valid_to=date(2029, 3, 1))


def signed_again(message: cose.Sign1, key_ref: str = HYGIENE) -> bytes:
    """The message under a right signature: for faults that an issuer could make, and nobody else."""
    return message.signed(WORLD.ring.sign(key_ref, "ES256", message.signed_bytes())).to_bytes()
