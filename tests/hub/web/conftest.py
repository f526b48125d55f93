"""A client for each kind of person, on the invented case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.web.app import install
from hub.web.doors import Doors
from tests.hub.web import example

Visit = Callable[[str], TestClient]


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return example.doors(tmp_path)


@pytest.fixture
def visit(doors: Doors) -> Iterator[Visit]:
    """`visit("clerk")` is a browser of that person; `visit("")` of nobody."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install(app, doors)
    opened: list[TestClient] = []

    def as_role(role: str) -> TestClient:
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        if role:
            client.cookies.set("yijian", role)
            client.headers["X-CSRF"] = example.CSRF
        opened.append(client)
        return client

    yield as_role
    for client in opened:
        client.close()
