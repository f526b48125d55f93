"""Who knocks at the JSON door of the shared hub."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from adapters.client import YijianClient
from tests.hub.api.wired import Wired


@pytest.fixture
def http(wired: Wired) -> Iterator[httpx2.Client]:
    """Nobody known."""
    with wired.http() as client:
        yield client


@pytest.fixture
def clerk(wired: Wired) -> YijianClient:
    return wired.person("clerk")
