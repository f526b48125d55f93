"""The commands `registry …`: what the registry publishes as files. They change no certificate."""

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
