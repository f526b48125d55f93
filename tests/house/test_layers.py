"""Who may import whom (docs/design.md §2, rules 1 and 3). It reads source and runs nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT, files, imports, module

MAY_IMPORT = {
    "hub": {"hub", "adapters", "catalog", "certificates"},
    "adapters": {"adapters", "catalog"},
    "catalog": {"catalog"},
    "certificates": {"certificates"},
}
PORTS = (
    "adapters/outside/",  # the network sides of ports that `certificates` declares
    "adapters/simulators/signingservice",  # it signs in the suites that it serves, with keys as ours are kept
    "adapters/simulators/issuer.py",  # an outsider that signs its own certificates in the open format
)

DOORS = ("web", "api", "cli", "demo")
CLIENT = tuple(f"adapters.client{part}" for part in ("", "certificates", "peer", "signing", "wire"))
LAYERS = (
    ("__main__",),
    ("cli",),
    ("demo",),
    ("app",),  # one process: both doors and the worker
    ("web", "api", "watch"),
    ("patience", "heads"),  # slow clients and HEAD, at any door
    ("wiring",),
    ("cases",),
    ("registry",),
    ("prefill",),
    ("exchange", "outbox", "jobs"),
    ("asking", "questions"),
    ("evidence", "sharinglog", "policy", "grades", "identity"),
    ("store",),
    ("trace", "metrics", "moments"),  # what every part may say about itself
    ("settings", "clock", "errors", "text"),
)
ONLY_IN = {
    "adapters.simulators": ("adapters/simulators/", "hub/demo"),
    "adapters.client": ("adapters/client", "hub/demo"),
}
CONNECTING = (
    *(
        "httpx2",
        "httpx",
        "requests",
        "urllib3",
        "aiohttp",
        "zeep",
        "urllib.request",
        "http.client",
        "socket",
        "smtplib",
    ),
    *("ftplib", "asyncssh", "paramiko", "websockets", "websocket", "telnetlib", "xmlrpc", "aiosmtplib"),
)
MAY_CONNECT = ("adapters/", "hub/demo")  # the demo plays the people at the window
STORIES_MAY_IMPORT = {"httpx2", *CLIENT}


def starts(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def part(path: Path) -> str:
    """`hub/store/work.py` → `store`; `hub/clock.py` → `clock`; `hub/__init__.py` → empty."""
    return (*module(path).split("."), "")[1]


def layer(name: str) -> int:
    return next((depth for depth, names in enumerate(LAYERS) if name in names), -1)


def between_packages() -> Iterator[str]:
    for path in files():
        for name, line in imports(path):
            top = name.split(".")[0]
            if top not in PACKAGES or top in MAY_IMPORT[path.parts[0]]:
                continue
            if not (top == "certificates" and path.as_posix().startswith(PORTS)):
                yield f"{path}:{line} imports {name}"


def test_packages_import_downwards_only() -> None:
    broken = list(between_packages())
    assert not broken, (
        "hub → adapters → catalog and hub → certificates; catalog and certificates import nothing of ours "
        f"(only adapters/outside may implement a port of certificates, and an outsider of the demo sign its own): {broken}"
    )


def test_every_part_of_the_hub_has_its_place_in_the_list() -> None:
    parts = {part(path) for path in files("hub")} - {""}
    listed = {name for names in LAYERS for name in names}
    assert parts <= listed, f"Give these parts of hub/ a place in the list of layers: {sorted(parts - listed)}"
    assert listed <= parts, f"The list names parts that do not exist: {sorted(listed - parts)}"


def upwards() -> Iterator[str]:
    for path in files("hub"):
        own = part(path)
        for name, line in imports(path):
            other = (*name.split("."), "")[1]
            if not name.startswith("hub.") or other == own:
                continue
            if layer(other) <= layer(own):
                yield f"{path}:{line} imports {name}"


def test_inside_the_hub_imports_go_down_the_list() -> None:
    broken = list(upwards())
    order = " > ".join("|".join(names) for names in LAYERS)
    assert not broken, f"Inside hub/ imports go down this list, never up or sideways: {order}. Broken by: {broken}"


def test_doors_never_import_each_other() -> None:
    broken = [
        f"{path}:{line} imports {name}"
        for path in files("hub")
        if part(path) in DOORS
        for name, line in imports(path)
        for other in [(*name.split("."), "")[1]]
        if name.startswith("hub.") and other in DOORS and other != part(path)
        if (part(path), other) != ("cli", "demo")  # the command starts it
    ]
    assert not broken, f"Doors never import each other: {broken}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_where_it_belongs(library: str) -> None:
    users = [path.as_posix() for path in files() for name, _ in imports(path) if starts(name, library)]
    broken = [path for path in users if not path.startswith(ONLY_IN[library])]
    assert users, f"Nobody imports {library} any more; take it out of ONLY_IN"
    assert not broken, f"Only {' and '.join(ONLY_IN[library])} (and tests) may import {library}: {broken}"


def test_only_adapters_import_what_opens_connections() -> None:
    broken = [
        f"{path}:{line} imports {name}"
        for path in files()
        for name, line in imports(path)
        if any(starts(name, library) for library in CONNECTING) and not path.as_posix().startswith(MAY_CONNECT)
    ]
    assert not broken, (
        f"Only adapters/ opens an outgoing connection (and the public client, which is outside): {broken}"
    )


def test_the_public_client_knows_nothing_of_ours() -> None:
    broken = [
        f"{path}:{line} imports {name}"
        for path in files("adapters")
        if module(path) in CLIENT
        for name, line in imports(path)
        if name.split(".")[0] in PACKAGES and name not in CLIENT
    ]
    assert not broken, f"The public client is what an outsider could write; it imports nothing of ours: {broken}"


def test_stories_play_through_the_doors() -> None:
    stories = [path for path in files("hub") if path.as_posix().startswith("hub/demo/story")]
    assert stories and list((ROOT / "tests" / "stories").glob("test_*.py")), "No story is played"
    broken = [
        f"{path}:{line} imports {name}"
        for path in stories
        for name, line in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(starts(name, allowed) for allowed in STORIES_MAY_IMPORT)
    ]
    assert not broken, f"Stories import only httpx2 and the public client: {broken}"


def test_tests_of_stories_touch_the_hub_through_its_demo_only() -> None:
    broken = [
        f"{path}:{line} imports {name}"
        for path in (p.relative_to(ROOT) for p in (ROOT / "tests" / "stories").rglob("test_*.py"))
        for name, line in imports(path)
        if starts(name, "hub") and not starts(name, "hub.demo")
    ]
    assert not broken, f"A story is judged by what the doors show, not by the hub's insides: {broken}"


def test_an_import_upwards_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Path("hub/store/fake.py")
    monkeypatch.setattr(f"{__name__}.files", lambda *_: (fake,))
    monkeypatch.setattr(f"{__name__}.imports", lambda _: (("hub.cases.flow", 3), ("hub.errors", 4), ("tests.x", 5)))
    assert list(upwards()) == ["hub/store/fake.py:3 imports hub.cases.flow"]
    monkeypatch.setattr(f"{__name__}.files", lambda *_: (Path("catalog/fake.py"),))
    assert list(between_packages()) == [
        "catalog/fake.py:3 imports hub.cases.flow",
        "catalog/fake.py:4 imports hub.errors",
    ]
