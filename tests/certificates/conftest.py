"""The world of these tests, once per suite."""

import functools

import pytest

from certificates.suites import SUITES
from tests.certificates.making import KeyRing, World


@functools.cache
def _world(suite: str) -> World:
    return World(suite, KeyRing(suite))


@pytest.fixture(params=sorted(SUITES))
def suite(request: pytest.FixtureRequest) -> str:
    """Each suite by name; one that this machine cannot sign with is skipped, saying why."""
    why = SUITES[request.param].unavailable()
    if why:
        pytest.skip(why)
    return str(request.param)


@pytest.fixture
def world(suite: str) -> World:
    return _world(suite)
