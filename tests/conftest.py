"""What every test may ask for: a fresh database on both engines, and the guard on sockets. It holds no test.

Fixtures: `engine_url` (parametrised: sqlite, postgresql), `database` (migrated, on `engine_url`), `postgres` (the server itself),
`chromium` (path of the browser). YIJIAN_REQUIRE=pg,browser turns a missing part from a skip into a failure.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# A machine may forbid compiled files; here a hundred processes would each compile the hub anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
sys.modules["uvloop"] = None  # type: ignore[assignment]  # its connections would pass by the guard on sockets

import pytest  # noqa: E402
import structlog  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from hub.store import migrate  # noqa: E402
from hub.store.database import Database  # noqa: E402
from hub.store.sealing import RING  # noqa: E402
from tests.support import authorities, memory, statements  # noqa: E402
from tests.support.postgres import Postgres, required, running  # noqa: E402
from tests.support.sockets import Guard, installed  # noqa: E402

if TYPE_CHECKING:  # whoever needs no stage loads none
    from hub.demo.stage import Shared

ENGINES = ("sqlite", "postgresql")
SEALING_KEY = bytes(range(32))
memory.use_it()
statements.share()
authorities.share()
_guard = Guard()
# A busy machine is no fault of a rule, and the same code gets the same verdict each time; `make explore` looks further.
settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("explore" if os.environ.get("YIJIAN_EXPLORE") else "gate")
_per_engine: Counter[str] = Counter()
_outcomes: Counter[str] = Counter()


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this run."""
    with running() as server:
        yield server


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of the engine; a test that has it runs once on each."""
    request.node.user_properties.append(("engine", request.param))
    return str(request.param)


@pytest.fixture
def engine_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database that no other test sees: `sqlite:///…` or `postgresql://…` (unix socket, psycopg)."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.sqlite'}"
        return
    with request.getfixturevalue("postgres").fresh() as url:
        yield url


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The hub's database with its tables, made by the migrations (once per run, then copied)."""
    RING.use(SEALING_KEY)
    if engine == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), tmp_path / "hub.sqlite")
        yield from _opened(f"sqlite:///{tmp_path / 'hub.sqlite'}")
        return
    template = request.getfixturevalue("migrated_template")
    with request.getfixturevalue("postgres").fresh(template) as url:
        yield from _opened(url)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "hub.sqlite"
    _migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:  # one file, so that it can be copied
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    postgres.run("CREATE DATABASE migrated")
    _migrate(postgres.url("migrated"))
    return "migrated"


def _migrate(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    database.close()


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


# --- stages ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def in_common(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """What the stages of this process share: one mould of their processes, and one ceremony."""
    from hub.demo.moulded import Mould
    from hub.demo.stage import Shared

    mould = Mould()
    yield Shared(mould, tmp_path_factory.mktemp("ceremony") / "kept")
    mould.end()


# --- what a command does to the logs of its process --------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_program_log() -> Iterator[None]:
    """A command that ran in this process has set up its program log, on the stderr of its own test: the next test has none of it."""
    hook, level, kept = sys.excepthook, logging.root.level, structlog.get_config()
    yield
    sys.excepthook = hook
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**kept)
    for handler in list(logging.root.handlers):
        if isinstance(handler, logging.StreamHandler) and not type(handler).__module__.startswith("_pytest"):
            logging.root.removeHandler(handler)


# --- sockets and the browser ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _guard_on_sockets() -> Iterator[None]:
    with installed(_guard):
        yield


@pytest.fixture(autouse=True)
def sockets() -> Iterator[Guard]:
    """Fails the test that opened a connection which a rule of the house forbids, even if the exception was swallowed."""
    _guard.broken.clear()
    yield _guard
    assert not _guard.broken, "; ".join(_guard.broken)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser (YIJIAN_CHROMIUM or the system's)."""
    found = os.environ.get("YIJIAN_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found:
        return found
    if required("browser"):
        pytest.fail("Chromium is required (YIJIAN_REQUIRE) but is not installed; .ci/run installs it.")
    pytest.skip("Chromium is not installed")


# --- who runs what, where there are several processes ------------------------------------------------------------------


LONG = (
    "stories/test_every_matter_on_postgresql.py",
    "nodes/test_nodes.py",
    "stories/test_every_matter_on_sqlite.py",
    "hub/backup/test_drill.py",
    "survival/test_every_moment_on_postgresql.py",
    "browser/test_case.py",
    "survival/test_every_moment_on_sqlite.py",
    "browser/test_story_by_keyboard.py",
    "stories/test_open_guesthouse.py",
    "browser/test_pages.py",
    "hub/cases/test_print_outs.py",
    "hub/test_jobs.py",
)
"""Files that take longest, in the order in which they begin: one that computes beside one that waits."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several processes none is left with a long file at the end, while the others have nothing to do."""
    if hasattr(config, "workerinput"):
        rank: dict[Path, int] = {Path(__file__).parent / name: at for at, name in enumerate(LONG)}
        items.sort(key=lambda item: rank.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the search for garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()


# --- the summary ------------------------------------------------------------------------------------------------------


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.outcome != "skipped":
        _per_engine.update(value for name, value in report.user_properties if name == "engine")
        _outcomes["browser"] += "browser" in report.keywords
    _outcomes["skipped"] += report.outcome == "skipped"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The lines that .ci/run reads: tests per engine, browser tests, skips."""
    counts = [_per_engine[name] for name in ENGINES]
    verdict = "equal" if len(set(counts)) == 1 and counts[0] else "NOT EQUAL"
    per_engine = ", ".join(f"{name} {count}" for name, count in zip(ENGINES, counts, strict=True))
    terminalreporter.write_line(f"tests per engine: {per_engine} ({verdict})")
    terminalreporter.write_line(f"browser: {_outcomes['browser'] or 'NOT RUN'}")
    terminalreporter.write_line(f"skipped: {_outcomes['skipped']}")
