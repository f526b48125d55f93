"""The command line: serve, work, backup, restore, keys, catalog, accounts, peers, certificates, log, doctor, demo. Each command calls a part and holds no rule."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import backup as keeping
from hub.cli.adapter import adapter_app
from hub.cli.catalog import catalog_app
from hub.cli.keys import keys_app
from hub.cli.log import log_app
from hub.cli.memory import give_large_blocks_back, leave_what_stays
from hub.cli.people import accounts_app, peers_app
from hub.cli.registry import registry_app
from hub.cli.sentences import sentence_of

if TYPE_CHECKING:
    from hub.wiring.build import Hub

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="易简 Yijian: data sharing and e-certificates behind one-stop government service.",
)
certificate_app = typer.Typer(no_args_is_help=True, help="E-certificates.")
for name, group in (
    ("keys", keys_app),
    ("catalog", catalog_app),
    ("accounts", accounts_app),
    ("peers", peers_app),
    ("certificate", certificate_app),
    ("log", log_app),
    ("registry", registry_app),
    ("adapter", adapter_app),
):
    main.add_typer(group, name=name)


main.command("backup")(keeping.backup)
main.command("restore")(keeping.restore)


@main.command()
def serve() -> None:
    """Answer people and systems; with YIJIAN_WORKER (default) also do the work."""
    from hub.app import Server
    from hub.settings import Settings
    from hub.wiring.build import build
    from hub.wiring.telemetry import telling

    give_large_blocks_back()
    # The server gives the signal on once it has stopped; by default that would end the process before the log's last head is signed.
    signal.signal(signal.SIGTERM, _end)
    settings = Settings()
    _log_as(settings.log_level, settings.node)
    _arm(settings.crash_at)
    with telling(settings):
        hub = build(settings)
        try:
            server = Server(hub, settings.log_level.lower())
            leave_what_stays()
            server.run()
        finally:
            hub.close()


@main.command()
def worker() -> None:
    """Do the work only: ask departments, hand over, sign, push. For further nodes."""
    from hub.settings import Settings
    from hub.wiring.build import build
    from hub.wiring.telemetry import telling

    give_large_blocks_back()
    settings = Settings()
    _log_as(settings.log_level, settings.node)
    _arm(settings.crash_at)
    with telling(settings):
        hub = build(settings)
        leave_what_stays()
        try:
            asyncio.run(_work(hub))
        finally:
            hub.close()


async def _work(hub: Hub) -> None:
    """Until the process is asked to end."""
    from hub.watch.door import open_for, watched
    from hub.wiring.presence import present
    from hub.wiring.switchboard import following

    stop = asyncio.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sig, stop.set)
    async with open_for(watched(hub)), present(hub.presence()), following(hub.board):
        await hub.runner().run(stop)
    await hub.close_adapters()


@main.command()
def demo(
    once: Annotated[bool, typer.Option(help="Play the story, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the demo keeps its files; default a new folder.")] = None,
    port: Annotated[int, typer.Option(help="The hub's port; 0 takes a free one.")] = 8080,
    every: Annotated[bool, typer.Option("--all", help="Play every matter of the list, each alternative once.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="With --all: only this matter; may be repeated.")] = None,
    kill: Annotated[
        bool, typer.Option(help="Kill the hub ten times at random moments while the story is played.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="With --kill: draw the same moments again.")] = None,
) -> None:
    """Hub, departments and platform as real servers on this machine, and one matter (or all) played through the doors."""
    from hub.demo.run import What, run

    if kill and every:
        raise typer.BadParameter("--kill plays the one story; take out --all. `make survive` kills in many matters.")
    what = What(once, as_json, every, tuple(only or ()), kill, seed)
    raise typer.Exit(run(what, folder=folder, port=port))


@main.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array: about, state, sentence, command.")] = False,
) -> None:
    """Say what is missing or wrong, and what to type: machine, keys, database, queue, catalog, log, departments. Exit 1 where something must be mended."""
    from hub.wiring.doctor import examine, tally

    _log_as("ERROR", "doctor")  # what a start would warn of, the findings say
    findings = asyncio.run(examine())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(line for finding in findings for line in finding.lines()))
        typer.echo(tally(findings))
    raise typer.Exit(0 if all(f.well for f in findings) else 1)


@certificate_app.command("verify")
def certificate_verify(
    files: list[Path],
    trust: Annotated[Path | None, typer.Option(help="Trust folder; default the hub's own.")] = None,
    at: Annotated[str | None, typer.Option(help="As of this day or time.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also list what was not checked because a check failed.")
    ] = False,
    holder: Annotated[
        str, typer.Option(help="Whose it should be: ID number or credit code; - reads a line from standard input.")
    ] = "",
) -> None:
    """Verify certificates (data, OFD, PDF, the text of a code) by a trust folder; prints named checks.

    Exit 0 valid, or open: no check failed, but not every one could be made, which the last lines say. 1 a check failed. 2 not judged."""
    from certificates.command import moment, verify_files
    from certificates.errors import Malformed
    from hub.settings import Settings

    try:
        moment_at = moment(at, datetime.now(UTC))
    except Malformed as e:
        typer.echo(str(e), err=True)
        raise typer.Exit(2) from e
    whose = sys.stdin.readline() if holder == "-" else holder
    folder = trust or Settings().folder / "trust"
    raise typer.Exit(verify_files(files, folder, as_json, moment_at, sys.stdout, every, whose))


@certificate_app.command("page")
def certificate_page(
    trust: Annotated[Path | None, typer.Option(help="Trust folder; default the hub's own.")] = None,
) -> None:
    """Print the page that verifies codes without a network, with the keys and status lists of a trust folder inside."""
    from certificates.command import page_command
    from hub.settings import Settings

    raise typer.Exit(page_command(trust or Settings().folder / "trust", datetime.now(UTC), sys.stdout, sys.stderr))


@main.command("settings")
def show_settings() -> None:
    """The settings in force, as JSON; secrets are left out."""
    from hub.settings import Settings

    shown = Settings().model_dump(mode="json", exclude={"key_passphrase", "database_url", "log_url"})
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _end(number: int, frame: object) -> None:
    raise SystemExit(0)


def _arm(crash_at: str) -> None:
    """Only what runs cases can be told to die; loud, so that nobody leaves it so."""
    import structlog

    from hub import moments

    if said := moments.arm(crash_at):
        structlog.get_logger(__name__).error("crash_point_armed", advice=said)


def _log_as(level: str, node: str) -> None:
    from hub.wiring.program_log import configure

    configure(level, node)


def run() -> None:
    """Entry point: what stands in a command's way is a sentence and exit 2, never a traceback."""
    try:
        main()
    except Exception as e:
        sentence = sentence_of(e)
        if not sentence:
            raise
        typer.echo(sentence, err=True)
        raise SystemExit(2) from e
