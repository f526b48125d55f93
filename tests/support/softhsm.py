"""A SoftHSM2 token in a folder of one's own: for tests of signing keys in tokens. It is gone with the context, and the environment as before."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIBRARY = next((p for p in Path("/usr/lib").glob("**/libsofthsm2.so")), Path("/usr/lib/softhsm/libsofthsm2.so"))
needs_softhsm = pytest.mark.skipif(not LIBRARY.exists(), reason="SoftHSM2 is not here: apt-get install softhsm2")
PIN, LABEL = "987654", "yijian"


@contextmanager
def token_in(folder: Path) -> Iterator[Path]:
    """`folder` with one empty token in it; the library reads where it is when it begins."""
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    try:
        made = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678"]
        subprocess.run(made, check=True, capture_output=True, timeout=60)
        yield folder
    finally:
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before
