"""The world of these tests, once per suite."""

import functools

import pytest

from certificates.suites import SUITES
from tests.certificates.making import KeyRing, World


@functools.cache
def _world(suite: str) -> World:
    return World(suite, KeyRing(suite))


AUTHORITIES = ["ES256", "SM2_SM3"]
"""The suites in which an authority has its keys, and whose signatures are two numbers, r and s."""


def _or_skip(suite: str) -> str:
    why = SUITES[suite].unavailable()
    if why:
        pytest.skip(why)
    return suite


@pytest.fixture(params=AUTHORITIES)
def suite(request: pytest.FixtureRequest) -> str:
    """Each suite of an authority by name; one that this machine cannot sign with is skipped, saying why."""
    return _or_skip(str(request.param))


@pytest.fixture(params=sorted(SUITES))
def any_suite(request: pytest.FixtureRequest) -> str:
    """Each suite that there is."""
    return _or_skip(str(request.param))


@pytest.fixture
def world(suite: str) -> World:
    return _world(suite)
