"""docker-compose.yml and Dockerfile against the Compose schema, our own commands and our own settings. It starts no container."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from jsonschema import Draft201909Validator

from hub.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
TEXT = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name: service for name, service in COMPOSE["services"].items() if str(service["image"]).startswith("yijian")}


def test_the_file_follows_the_compose_schema() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec" / "compose-spec.json").read_text())
    faults = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in Draft201909Validator(schema).iter_errors(COMPOSE)]
    assert not faults, faults


def test_the_schema_would_find_a_mistake() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec" / "compose-spec.json").read_text())
    wrong = {"services": {"hub": {"image": "x", "depends_of": []}}}
    assert list(Draft201909Validator(schema).iter_errors(wrong))


def test_there_are_two_nodes_a_worker_a_database_and_the_simulators() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "prepare", "hub-1", "hub-2", "worker", "simulators"}


def test_every_setting_is_one_of_ours() -> None:
    known = {f"YIJIAN_{name.upper()}" for name in Settings.model_fields}
    used = set(re.findall(r"YIJIAN_[A-Z_]+", TEXT + DOCKERFILE + (ROOT / "docs/compose/env.example").read_text()))
    assert used <= known, f"Not settings of hub/settings.py: {sorted(used - known)}"


def test_the_settings_of_each_service_are_taken() -> None:
    for name, service in OURS.items():
        given = {key[7:].lower(): value for key, value in service.get("environment", {}).items()}
        values = {
            key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in given.items()
        }  # what stands for what is not given
        values = {key: value if "${" not in value else "postgresql://filled-in" for key, value in values.items()}
        assert Settings(**values), name


def commands() -> set[str]:
    """The commands of our own program, with their groups: `serve`, `catalog publish`."""
    from hub.cli import main as app

    def walk(command: Any, path: tuple[str, ...]) -> set[str]:
        below = getattr(command, "commands", {})
        return {name for key, sub in below.items() for name in walk(sub, (*path, key))} or {" ".join(path)}

    return walk(typer.main.get_command(app), ())


def invocations() -> list[tuple[str, list[str]]]:
    """Every call of our program, by service: its command, and its health check where that is our program."""
    found = []
    for name, service in OURS.items():
        if "entrypoint" not in service:
            found.append((name, list(service["command"])))
        test = service.get("healthcheck", {}).get("test", [])
        if test[:2] == ["CMD", "yijian"]:
            found.append((name, test[2:]))
    script = (ROOT / "docs/compose/prepare.sh").read_text()
    found += [("prepare", line.split()[:3]) for line in re.findall(r"^\s*yijian (.*)$", script, re.M)]
    return found


@pytest.mark.parametrize(("service", "words"), invocations(), ids=str)
def test_every_command_is_one_of_ours(service: str, words: list[str]) -> None:
    known = commands()
    assert known & {" ".join(words[:n]) for n in (1, 2)}, (
        f"{service} calls `yijian {' '.join(words)}`, which does not exist"
    )


def test_the_simulators_are_started_as_they_say() -> None:
    from adapters.simulators.__main__ import _config, _parsed

    service = COMPOSE["services"]["simulators"]
    assert service["entrypoint"] == ["python", "-m", "adapters.simulators"]
    config = _config(_parsed(service["command"]))
    assert config.base_port and f"'127.0.0.1', {config.base_port + 1}" in str(service["healthcheck"]["test"])


def test_every_simulator_has_its_connection() -> None:
    from adapters.simulators.departments import connections, connections_toml

    kept = (ROOT / "docs/compose/connections.toml").read_text()
    wanted = connections_toml(connections("simulators", 9100, Path("/var/lib/outside")))
    assert kept[kept.index("[") :] == wanted, (
        "Below its comment docs/compose/connections.toml is what this prints: python -m adapters.simulators --connections "
        "--host simulators --ports 9100 --folder /var/lib/outside"
    )


def test_the_health_path_is_one_of_our_routes() -> None:
    [path] = set(re.findall(r"http://127\.0\.0\.1:\d+(/[a-z/]+)'", TEXT))
    source = "\n".join(p.read_text() for p in (ROOT / "hub").rglob("*.py"))
    assert f'"{path}"' in source, f"No route {path} in hub/; the health check of docker-compose.yml would always fail"


def test_our_containers_cannot_write_to_themselves_or_gain_rights() -> None:
    for name, service in OURS.items():
        assert service["read_only"] is True, name
        assert service["user"] == "10001:10001" and service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert name == "prepare" or service["healthcheck"]["test"], name


def test_only_the_loopback_of_the_host_is_published() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published)


def test_the_simulators_do_not_see_the_hubs_keys() -> None:
    volumes = COMPOSE["services"]["simulators"]["volumes"]
    assert all(not volume.startswith("hub:") for volume in volumes)


def test_every_secret_comes_from_outside_the_repository() -> None:
    example = dict(
        line.split("=", 1)
        for line in (ROOT / "docs/compose/env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    assert asked == {"PG_PASSWORD", "KEY_PASSPHRASE"} <= set(example)
    assert not any(example[name] for name in asked), "env.example must not carry secrets"
    for service in COMPOSE["services"].values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASS|SECRET|TOKEN|://", key + str(value)) and "PUBLIC_URL" not in key:
                assert "${" in str(value), f"{key} is a secret in plain text"


def test_no_env_file_and_no_private_key_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    assert not [f.name for f in files if f.name == ".env"]
    marker = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE" + b" KEY-----")
    assert not [f.name for f in files if f.is_file() and marker.search(f.read_bytes())]


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_in_particular() -> None:
    assert "uv sync --frozen --no-dev --no-editable" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.M)
    copied = set(re.findall(r"^COPY (?!--from)(\w+) \w+$", DOCKERFILE, re.M))
    assert copied == {"hub", "adapters", "certificates", "catalog"}
