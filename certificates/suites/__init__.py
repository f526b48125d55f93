"""The signature suites by name, in the order of preference, and which one a new key gets. It stores no keys.

A suite is added here: a name, a class, a line in the table.
"""

from certificates.errors import SuiteUnavailable
from certificates.suites.base import PublicKey, Suite
from certificates.suites.eddsa import EdDsa
from certificates.suites.es256 import Es256
from certificates.suites.ps256 import Ps256
from certificates.suites.sm2 import Sm2Sm3

__all__ = ["SUITES", "PublicKey", "Suite", "default_suite", "suite_named", "suites_of_an_authority"]

_ALL: tuple[Suite, ...] = (Sm2Sm3(), Es256(), EdDsa(), Ps256())
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}


def default_suite() -> str:
    """The suite for a new key: SM2_SM3 where its self-test passes, else ES256."""
    return next(suite.name for suite in _ALL if suite.unavailable() is None)


def suites_of_an_authority() -> tuple[str, ...]:
    """The suites in which an issuing authority gets a key: SM2_SM3 where its self-test passes (OFD, .ycert), and ES256 (PDF, QR)."""
    return tuple(name for name in ("SM2_SM3", "ES256") if SUITES[name].unavailable() is None)


def suite_named(name: str) -> Suite:
    """Return the suite. Raises SuiteUnavailable for a name that this version does not know."""
    if name not in SUITES:
        raise SuiteUnavailable("suite-unknown", f"Unknown signature suite; known are {', '.join(SUITES)}.")
    return SUITES[name]
