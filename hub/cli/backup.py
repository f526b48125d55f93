"""The commands `backup` and `restore`. Each calls a part and holds no rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.people import shell

if TYPE_CHECKING:
    from hub.wiring.backup.manifest import Manifest
    from hub.wiring.backup.restoring import Restored


def backup(
    target: Annotated[Path, typer.Argument(help="A folder (a second run adds what is new), or a .tar.")],
    with_keys: Annotated[
        Path | None,
        typer.Option("--with-keys", help="Also keys and connections, into this other .tar, for other hands."),
    ] = None,
) -> None:
    """Back the hub up while it runs: database, sharing log, replicas, files, trust folder.

    Keys and connections.toml (addresses and secrets) only with --with-keys: a restored hub opens and reaches nothing without them."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.backup.making import make

    made = make(Settings(), target, with_keys, shell(), utc_now)
    typer.echo(f"Backup {made.id} is in {target}: {_contents(made)}.")
    kept = "Keys and connections.toml are not in it: back them up with --with-keys OTHER.tar, for other hands."
    typer.echo(f"Keys and connections are in {with_keys}: keep them apart." if with_keys else kept)
    if made.missing:
        typer.echo(
            f"{len(made.missing)} files that rows name are missing in the file store: the first is {made.missing[0]}."
        )
    raise typer.Exit(1 if made.missing else 0)


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `yijian backup` wrote.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="The file of --with-keys; else the keys must be in place already.", exists=True, dir_okay=False
        ),
    ] = None,
    published_head: Annotated[
        Path | None, typer.Option(help="The log's newest head that anybody holds.", exists=True, dir_okay=False)
    ] = None,
    no_newer_head: Annotated[
        bool, typer.Option("--no-newer-head", help="Nobody holds a newer head than the backup.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Verify the backup and restore nothing.")] = False,
) -> None:
    """Make a hub of a backup, in an empty folder and empty databases. Exit 1 when something is left to do before it works."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.backup import packing
    from hub.wiring.backup.checking import check as verify
    from hub.wiring.backup.restoring import Wanted
    from hub.wiring.backup.restoring import restore as run

    if check:
        with packing.opened(source) as folder:
            typer.echo(f"The backup is whole: {_contents(verify(folder))}.")
        return
    done = run(Settings(), source, Wanted(keys, published_head, no_newer_head), shell(), utc_now)
    _tell(done)
    raise typer.Exit(1 if done.held or done.problems else 0)


def _contents(made: Manifest) -> str:
    return (
        f"{made.made_at:%Y-%m-%d %H:%M:%S} UTC, Yijian {made.version}, tables {made.migration}, {made.files} files, "
        f"log of {made.log.size} records"
    )


def _tell(done: Restored) -> None:
    """What there is now, and what to do next."""
    typer.echo(f"Restored {done.backup.id}: {_contents(done.backup)}.")
    typer.echo(
        f"{done.skipped} numbers of each series are left out, since they may have been given; everybody is logged out."
    )
    for problem in done.problems:
        typer.echo(f"MEND  {problem}")
    if done.held:
        typer.echo(f"MEND  {done.held}")
    typer.echo(
        'Next: `yijian doctor`; `yijian serve`; then what happened since the backup: docs/operations.md, "After a restore".'
    )
