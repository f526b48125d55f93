"""A client for each kind of person, on the invented case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hub.web.doors import Doors
from tests.hub.web import example, mounted

Visit = Callable[[str], TestClient]


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return mounted.as_new(tmp_path)


@pytest.fixture
def visit(doors: Doors) -> Iterator[Visit]:
    """`visit("clerk")` is a browser of that person; `visit("")` of nobody."""
    app, _ = mounted.pages()
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
