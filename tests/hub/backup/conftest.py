"""A small hub on each engine with a stored file, a person, a running piece of work and a log; and an empty place to restore to. It holds no test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from hub.cli import main
from hub.clock import utc_now
from hub.settings import Settings
from hub.sharinglog import Admin
from hub.store import files as file_rows
from hub.store import subjects, work
from hub.store.numbers import next_number
from hub.store.tables import subjects as subject_rows
from hub.store.work import Task
from hub.wiring import keys
from hub.wiring.build import Ground, ground

PERSON = "411323199001019910"  # made up: sequence code 991
SCAN = b"%PDF-1.4 a scan of nothing"


@dataclass
class Place:
    """Where a hub is, or may be made: its settings, and its commands in its own surroundings."""

    folder: Path
    database_url: str
    log_url: str

    def environment(self) -> dict[str, str]:
        return {
            "YIJIAN_FOLDER": str(self.folder),
            "YIJIAN_DATABASE_URL": self.database_url,
            "YIJIAN_LOG_URL": self.log_url,
        }

    def run(self, *words: str | Path, code: int = 0) -> Result:
        done = CliRunner().invoke(main, [str(word) for word in words], env=self.environment())
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done

    def settings(self) -> Settings:
        return Settings(folder=self.folder, database_url=self.database_url, log_url=self.log_url)

    @contextmanager
    def opened(self) -> Iterator[Ground]:
        base = ground(self.settings())
        try:
            yield base
        finally:
            base.log.close()
            base.database.close()


Places = Callable[[], Place]


def place_on(request: pytest.FixtureRequest, stack: ExitStack, folder: Path) -> Place:
    """An empty place on the engine of the test; its databases go with the stack."""
    folder.mkdir(mode=0o700, parents=True)
    if "sqlite" in request.node.nodeid or _engine(request) == "sqlite":
        return Place(folder, "", "")
    server = request.getfixturevalue("postgres")
    return Place(folder, stack.enter_context(server.fresh()), stack.enter_context(server.fresh()))


def _engine(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", ""))


@pytest.fixture
def places(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """Gives an empty place as often as wanted, on the test's engine."""
    with ExitStack() as stack:
        yield lambda: place_on(request, stack, tmp_path / f"hub-{len(list(tmp_path.glob('hub-*')))}")


@pytest.fixture
def hub(places: Places) -> Place:
    """A hub with something of everything in it."""
    return filled(places())


def filled(place: Place) -> Place:
    """Keys, a file, a person, work, a record and a trust folder in an empty place."""
    keys.create(place.folder / "keys")
    with place.opened() as base:
        fill(base, "first")
        base.log.publish_checkpoint()
    (place.folder / "trust").mkdir()
    (place.folder / "trust" / "11411323MB00000019.json").write_text("{}")
    return place


def fill(base: Ground, mark: str) -> None:
    """One more file, person, piece of work and record."""
    stored = base.files.keep(SCAN + mark.encode(), "application/pdf")
    base.log.append(Admin("grant", f"G-{mark}"))
    with base.database.write() as session:
        file_rows.note(session, stored, utc_now())
        subjects.know(session, base.keys.index, base.settings.region, "person", PERSON, "测试甲", utc_now())
        work.put(session, Task("push", f"push:{mark}", {"case_id": mark}, stream="case-1×platform"), utc_now())
        next_number(session, base.settings.region, "case", f"{utc_now():%Y%m%d}")


def identifiers(base: Ground) -> list[str]:
    with base.database.read() as session:
        return [str(value) for value in session.execute(select(subject_rows.c.identifier)).scalars()]


def with_keys_of(hub: Place, other: Place) -> Place:
    """The keys came apart, by other hands."""
    shutil.copytree(hub.folder / "keys", other.folder / "keys")
    return other


def modes(folder: Path) -> set[int]:
    """The modes of all files and folders below."""
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
