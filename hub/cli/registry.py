"""The commands `registry …`: what the registry publishes as files, and certificates of other systems that come as files. They sign nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

registry_app = typer.Typer(no_args_is_help=True, help="The registry of certificates.")


@registry_app.callback()
def _group() -> None:
    """The registry of certificates."""


@registry_app.command("publish-status")
def publish_status(
    folder: Annotated[Path, typer.Argument(help="A folder that a web server gives out, or a trust folder.")],
) -> None:
    """Write each authority's lists: `status/<code>.jwt` and `<code>.ystatus`. They hold for a day. Exit 1 where nobody has a list, or
    where YIJIAN_PUBLIC_URL is not set."""
    from hub.settings import Settings
    from hub.wiring.build import build

    hub = build(Settings(), adapters={})
    try:
        written = hub.status_lists.write(folder)
    finally:
        hub.close()
    typer.echo(f"{written} authorities' lists are in {folder}; they hold for a day.")
    raise typer.Exit(0 if written else 1)


@registry_app.command("import")
def import_certificates(
    path: Annotated[
        Path, typer.Argument(help="A CSV or JSON-lines file of rows, or a folder of signed files.", exists=True)
    ],
    source: Annotated[str, typer.Option(help="The department whose certificates these are; no row may be of another.")],
    report: Annotated[
        Path | None, typer.Option(help="Where the result of each row goes; default: beside PATH.")
    ] = None,
) -> None:
    """Take in certificates that other systems issued; the same again changes nothing, so a run that broke off is run again.

    Exit 0: all are in the registry. 1: rows were refused or contradict what is there; the report names them. 2: nothing could be read."""
    from hub.settings import Settings
    from hub.wiring.build import build
    from hub.wiring.bulk import Unreadable, bring_in

    hub = build(Settings(), adapters={})
    out = report or path.with_name(f"{path.name.rstrip('/')}.report.csv")
    typer.echo(f"reading {path}; what came of each row goes into {out} as it is taken …", err=True)
    try:
        counts = bring_in(hub.bringing, hub.catalogs.current(), path, source, out)
    except Unreadable as e:
        typer.echo(str(e), err=True)
        raise typer.Exit(2) from e
    finally:
        hub.close()
    typer.echo("，".join(f"{name} {count}" for name, count in counts.items()) + f"; each row stands in {out}.")
    raise typer.Exit(1 if counts["refused"] or counts["conflict"] else 0)
