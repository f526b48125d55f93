"""docs/e-certificates.md against the package: no check or status without its word there, and it works."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certificates import status, wording
from tests.certificates.making import World

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "e-certificates.md").read_text("utf-8")


def test_every_check_and_status_is_documented() -> None:
    assert [name for name in wording.TITLES if f"| `{name}` |" not in PAGE] == []
    assert [word for word in status.STATUSES.values() if word not in PAGE] == []


def test_the_recipe_without_our_code_verifies_a_certificate(world: World, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command here")
    (tmp_path / "licence.ycert").write_bytes(world.certificate())
    (tmp_path / "key.der").write_bytes(world.key().public.spki)
    recipe = re.search(r"```python\n(import base64, json.*?)```", PAGE, re.DOTALL)
    assert recipe
    subprocess.run([sys.executable, "-c", recipe[1]], cwd=tmp_path, check=True, timeout=60)
    digest = ["-sm3", "-sigopt", "distid:1234567812345678"] if world.suite == "SM2_SM3" else ["-sha256"]
    ask = [openssl, "dgst", *digest, "-verify", "key.der", "-keyform", "DER", "-signature", "signature.der", "message"]
    said = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert said.stdout.strip() == "Verified OK", said.stderr


def test_the_trust_file_on_the_page_is_json() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example and set(json.loads(example[1])) == {"format", "code", "name", "keys"}
