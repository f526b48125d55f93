"""docs/api.md against the hub: its recipes sign what the hub takes, and every route that it names exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from hub.api import access
from tests.hub.api.wired import FOOD, Wired, pem

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
BODY = '{"result": "accepted", "reason": "材料齐全"}'.encode()
UNKNOWN = "/api/v1/item-cases/41132320261120999999-01/acceptance"


def block(language: str, containing: str) -> str:
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if containing in text]
    assert len(found) == 1, f"docs/api.md has {len(found)} blocks of {language} with {containing!r}"
    return str(found[0])


def tell(wired: Wired, authorization: str) -> httpx2.Response:
    headers = {"Authorization": authorization, "Content-Type": "application/json", "Idempotency-Key": "k"}
    with wired.http() as http:
        return http.post(UNKNOWN, content=BODY, headers=headers)


def test_the_recipe_in_python_signs_what_the_hub_takes(wired: Wired) -> None:
    names: dict[str, Callable[..., str]] = {}
    exec(block("python", "def authorization"), names)  # noqa: S102
    answer = tell(wired, names["authorization"](FOOD, pem(wired.systems[FOOD]), "POST", UNKNOWN, BODY))
    assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_THERE")  # let in; only the item is not there


def test_the_recipe_with_openssl_signs_what_the_hub_takes(wired: Wired, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command here")
    (tmp_path / "key.pem").write_bytes(pem(wired.systems[FOOD]))
    (tmp_path / "body.json").write_bytes(BODY)
    script = block("sh", "token()") + f"\ntoken {FOOD} POST {UNKNOWN} body.json"
    done = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert tell(wired, f"Bearer {done.stdout}").json()["code"] == "ITEM_NOT_THERE"


def test_every_route_in_the_examples_exists() -> None:
    paths = [re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))) for _, path in access.ACCESS]
    named = set(re.findall(r"\$HUB(/api/v1/[^\s\"?]*)", PAGE))
    assert len(named) > 5 and [path for path in named if not any(p.fullmatch(path) for p in paths)] == []


def test_the_limits_on_the_page_are_those_of_the_door() -> None:
    from hub.api.reading import DEEPEST, JSON_LIMIT

    assert f"more than {DEEPEST} levels" in PAGE and JSON_LIMIT == 1 << 20 and "at most 1 MiB" in PAGE
