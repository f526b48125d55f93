"""One town of departments' servers for each file of tests that asks for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.loading import load
from tests.adapters.town import SITE, Town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    command = [
        sys.executable,
        "-m",
        "adapters.simulators",
        "--folder",
        str(folder),
        "--hub",
        "http://127.0.0.1:9",
        "--manual",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        ready = json.loads(server.stdout.readline())
        drop = Path(ready["folders"]["real-estate"])
        yield Town(load(SITE).site, ready["addresses"], ready["connections"], drop, folder)
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()
