"""The doctor: each thing that can be missing or wrong is found, and every finding that must be mended says what to type; on both engines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from typer.testing import CliRunner

from adapters.outside.signer import SoftwareSigner
from catalog.types import IssuedBy
from hub.cli import main
from hub.clock import utc_now
from hub.settings import Settings
from hub.sharinglog import Admin
from hub.store import migrate, work
from hub.store.tables import catalog_pointers
from hub.store.tables import work as tasks
from hub.wiring.build import Hub
from hub.wiring.checking.finding import Finding, State
from hub.wiring.doctor import COMMANDS, inside, machine, outside
from hub.wiring.presence import Presence
from tests.house.test_compose import commands
from tests.hub.cases.making import SITE
from tests.hub.cases.world import World


def checked(found: list[Finding]) -> dict[str, Finding]:
    """By what was looked at; whatever is not well says what to type, and what it says is a command of ours."""
    for one in found:
        assert one.command or one.state is State.WELL, one
        assert not one.command.startswith("yijian ") or one.command.split()[1] in roots(), one
    return {one.about: one for one in found}


def roots() -> set[str]:
    return {name.split()[0] for name in commands()}


def present_day(world: World) -> Hub:
    """The world's hub with the machine's clock."""
    return replace(world.hub, clock=utc_now)


def test_a_hub_in_order_is_found_so_but_for_what_a_person_should_look_at(world: World) -> None:
    found = checked(inside.look(present_day(world)))
    assert {about for about, one in found.items() if one.state is State.MEND} <= {"calendar"}
    assert found["backup"].state is State.LOOK and found["signed head"].state is State.WELL
    assert "each key opens" in found["signing keys"].sentence and found["clock"].state is State.WELL
    with world.hub.database.write() as session:
        session.execute(delete(catalog_pointers))
    assert checked(inside.look(present_day(world)))["catalog"].command.startswith("yijian catalog publish")


def test_what_stands_still_and_who_cannot_sign_is_found(world: World) -> None:
    with world.hub.database.write() as session:
        work.put(session, work.Task("stop", "stop:x"), world.now[0])
        session.execute(update(tasks).where(tasks.c.key == "stop:x").values(state=work.DEAD))
    assert checked([inside._queue(world.hub)])["queue"].state is State.MEND
    issuing = next(code for code, item in SITE.items.items() if item.result.issued_by == IssuedBy.HUB)
    site = replace(SITE, items={issuing: SITE.items[issuing]})
    signing = world.hub.settings.keys_folder / "signing"
    stranger = replace(world.hub, signer=SoftwareSigner(signing, "another passphrase, long enough", lambda use: None))
    (closed,) = inside._keys(stranger, site)
    assert closed.state is State.MEND and "passphrase" in closed.sentence
    (signing / f"{SITE.departments[SITE.items[issuing].department].uscc}.ES256.key").unlink()
    (lacking,) = inside._keys(world.hub, site)
    assert lacking.command == "yijian keys init"  # the world's own CA would certify it


@pytest.mark.parametrize(
    ("url", "state"), [("", "mend"), ("http://127.0.0.1:8080", "look"), ("https://zwfw.example.gov.cn", "ok")]
)
def test_a_hub_that_nobody_else_reaches_is_told_that_nobody_else_learns_of_a_revocation(url: str, state: str) -> None:
    (found,) = checked([inside._address(Settings(public_url=url))]).values()
    assert found.state.value == state and "status list" in found.sentence


def test_tables_that_are_behind_or_ahead_are_found(world: World) -> None:
    for version, state in (("0" * len(migrate.head()), "mend"), ("9" * len(migrate.head()), "look")):
        with world.hub.database.write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        assert checked([inside._tables(world.hub)])["database"].state.value == state


def test_a_clock_that_is_off_is_found_here_and_at_other_nodes(world: World) -> None:
    Presence(world.hub.database, "hub-9", lambda: utc_now() - timedelta(minutes=9), worker=True).say()
    wrong = list(inside._clocks(replace(world.hub, clock=lambda: utc_now() + timedelta(minutes=5))))
    told = [one.sentence for one in wrong]
    assert checked(wrong)["clock"].state is State.MEND
    assert len(told) == 2 and "hub-1 is 300 s ahead" in told[0] and "hub-9 is" in told[1] and "behind" in told[1]


def test_a_backup_is_found_with_its_age_and_a_head_that_is_not_the_entries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.now[0] = utc_now() - timedelta(hours=3)
    world.hub.log.append(Admin("backup", "backup:x"))
    assert inside._backup(present_day(world)).state is State.WELL and inside._head(world.hub.log).state is State.WELL
    later = inside._backup(replace(world.hub, clock=lambda: utc_now() + timedelta(days=3)))
    assert later.state is State.LOOK and "3.1 days" in later.sentence
    monkeypatch.setattr(world.hub.log, "root", lambda size=None: bytes(32))
    assert checked([inside._head(world.hub.log)])["signed head"].command == "yijian log verify"


@pytest.mark.parametrize(("days", "state"), [(400, "ok"), (200, "look"), (10, "mend")])
def test_working_days_that_are_not_known_far_ahead_are_found(days: int, state: str) -> None:
    last = SITE.calendar[-1]
    now = utc_now()
    site = replace(SITE, calendar=(replace(last, day=(now + timedelta(days=days)).date()),))
    assert inside._calendar(site, Path("calendar.csv"), now).state.value == state


def test_a_department_without_a_connection_is_found(world: World) -> None:
    found = {one.about: one for one in asyncio.run(outside.look(world.hub))}
    one = found[SITE.departments["tax"].name]
    assert one.state is State.MEND and "[departments.tax]" in one.sentence and "connections.toml" in one.command
    assert found[SITE.departments["health"].name].well or SITE.departments["health"].kind != "inbox"


# --- the machine ----------------------------------------------------------------------------------------------------------


def test_a_machine_in_order_is_found_so(tmp_path: Path) -> None:
    found = machine.look(Settings(folder=tmp_path))
    assert [one.about for one in found if not one.well] == ["files"] * (tmp_path.stat().st_mode & 0o077 != 0)
    assert any("was verified" in one.sentence for one in found)


def test_a_database_on_a_network_drive_is_found() -> None:
    mounts = "disk / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\n"
    found = machine._local(Settings(folder=Path("/srv/yijian")), mounts)
    assert [one.state for one in found] == [State.MEND, State.MEND]
    assert not machine._local(Settings(database_url="postgresql://db/hub", log_url="postgresql://db/log"), mounts)


def test_a_full_disk_a_missing_library_and_open_files_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "LEAST_FREE", 10**18)
    assert machine._disk(tmp_path / "not" / "yet").state is State.MEND
    assert machine._crypto(("libnothing.so.9",)).state is State.LOOK
    tmp_path.chmod(0o755)
    assert machine._modes(Settings(folder=tmp_path)).command.startswith("chmod")


# --- the command ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["doctor", *words], env={"YIJIAN_FOLDER": str(tmp_path / "hub")})
        return done.exit_code, done.output

    return run


def test_the_command_says_what_to_type_and_ends_with_1(doctor: Callable[..., tuple[int, str]]) -> None:
    code, output = doctor()
    assert code == 1 and "MEND  start: KEYS_MISSING" in output and "→ yijian keys create" in output
    assert output.splitlines()[-1].endswith("well") and " to mend, " in output.splitlines()[-1]
    code, output = doctor("--json")
    last = json.loads(output)[-1]
    assert code == 1 and (last["about"], last["state"], last["command"]) == ("start", "mend", "yijian keys create")


def test_every_command_that_the_doctor_knows_is_one_of_ours() -> None:
    assert {command.split()[1] for command in COMMANDS.values()} <= roots()
