"""The signature suites by name, and which one a new key gets. It stores no keys.

A suite is added here (EdDSA is the next one foreseen): a name, a class, a line in the table.
"""

from certificates.errors import SuiteUnavailable
from certificates.suites.base import PublicKey, Suite
from certificates.suites.es256 import Es256
from certificates.suites.sm2 import Sm2Sm3

__all__ = ["SUITES", "PublicKey", "Suite", "default_suite", "suite_named"]

_ALL: tuple[Suite, ...] = (Sm2Sm3(), Es256())
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}


def default_suite() -> str:
    """The suite for a new key: SM2_SM3 where its self-test passes, else ES256."""
    return next(suite.name for suite in _ALL if suite.unavailable() is None)


def suite_named(name: str) -> Suite:
    """Return the suite. Raises SuiteUnavailable for a name that this version does not know."""
    if name not in SUITES:
        raise SuiteUnavailable("suite-unknown", f"Unknown signature suite; known are {', '.join(SUITES)}.")
    return SUITES[name]
